"""How people really write: one habit a test, each seen in public notes, in words of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notes.helpers import papers, read
from triage.notes.extract import extract

EMU = "Emu Nets for Counting Trees"
SHEEP = "Sheep Nets for Meadows"
GOAT = "Do Goats Count? A Study of Fences"


def test_the_text_of_a_link_is_the_title_however_it_reads(tmp_path: Path) -> None:
    text = (
        "# [Emus as points](https://arxiv.org/abs/2101.00011)\nFast.\n\n"
        "## Emu loss\n- Authors: A. Emu\n- Link: https://arxiv.org/abs/2101.00012\n\n"
        "#### 2. Emus in the wild | [`[emu21.pdf]`](https://arxiv.org/abs/2101.00013)\n\n"
        "## External\nSheep Loss: Counting by Regret\nhttps://arxiv.org/abs/2101.00014\n\n"
        "## We Need Fewer Emus\nhttps://arxiv.org/abs/2101.00015\n"
    )
    assert papers(read(text, tmp_path)) == [
        ("2101.00011", "Emus as points"),
        ("2101.00012", "Emu loss"),
        ("2101.00013", "Emus in the wild"),
        ("2101.00014", "Sheep Loss: Counting by Regret"),
        ("2101.00015", "We Need Fewer Emus"),
    ]


@pytest.mark.parametrize(
    "words", ["Link to the paper", "Paper link", "PDF", "source", "論文リンク", "View paper"]
)
def test_the_own_link_of_a_post_gets_the_title_of_its_front_matter(words: str, tmp_path: Path) -> None:
    text = f"---\nlayout: post\ntitle: {EMU}\n---\n\n* [{words}](https://arxiv.org/abs/2101.00011)\n\n## Task\n\n* Slow.\n"
    assert papers(read(text, tmp_path)) == [("2101.00011", EMU)]


def test_a_reference_to_the_own_paper_under_the_last_heading_is_the_own_link(tmp_path: Path) -> None:
    text = (
        f"---\ntitle: {EMU}\n---\n\n## Idea\n\nCount.\n\n## References\n\n"
        f'- [A. Emu, "{EMU}," BMVC 2021](https://arxiv.org/abs/2101.00011)\n'
        f"- [{SHEEP}](https://arxiv.org/abs/2101.00012)\n"
    )
    assert papers(read(text, tmp_path)) == [("2101.00011", EMU)]


def test_bullets_of_prose_are_no_papers(tmp_path: Path) -> None:
    text = (
        "---\ntitle: Emu Counting\ntags: [reading]\n---\n## Task\n"
        "- Given an image and a question (about the image), predict the answer\n"
        "- The algorithm does not compute the decomposition\n- Nested Emu Modules (NEM)\n"
        "## Highlights first synced by [[Readwise]] [[Feb 5th, 2023]]\n"
        "- Ask a friend about the second proof [[May 11th, 2021]]\n- n-gram\n"
    )
    assert papers(read(text, tmp_path)) == []


def test_several_papers_in_a_bullet_are_several_entries(tmp_path: Path) -> None:
    text = (
        "- [Uni-Emu](https://arxiv.org/abs/2101.00011), [issue](https://git.example/1), [Flora-Emu](https://arxiv.org/abs/2101.00012)\n"
        f"- [{EMU}](https://arxiv.org/abs/2101.00013) and [{SHEEP}](https://arxiv.org/abs/2101.00014)\n"
    )
    assert papers(read(text, tmp_path)) == [
        ("2101.00011", "Uni-Emu"),
        ("2101.00012", "Flora-Emu"),
        ("2101.00013", EMU),
        ("2101.00014", SHEEP),
    ]


def test_weeks_and_issues_are_no_papers(tmp_path: Path) -> None:
    text = (
        f"# List of papers\n- [{EMU}](https://example.org/papers/emu)\n- [{GOAT}](https://arxiv.org/abs/2101.00012)\n\n"
        "# Weeks\n- [Top Papers of the Week (June 1 - June 7)](https://example.org/w1)\n"
        "- [Top Papers of the Week (June 8 - June 14)](https://example.org/w2)\n"
    )
    assert papers(read(text, tmp_path)) == [("", EMU), ("2101.00012", GOAT)]


def test_cells_with_several_lines_are_read_line_by_line(tmp_path: Path) -> None:
    text = (
        "| **Paper** | **Links** |\n| --- | --- |\n"
        "| 1) **EmuGPT** - An agent that counts. <br>● It plans. | [Paper](https://arxiv.org/abs/2101.00011) |\n"
        "| 2) Sheep Former  A transformer for shepherds. <br>● Fast. | [Paper](https://arxiv.org/abs/2101.00012), [Tweet](https://x.example/1) |\n"
        "| [Emu A](https://arxiv.org/abs/2101.00013)<br>[Emu B](https://arxiv.org/abs/2101.00014) | two in a cell |\n"
    )
    assert papers(read(text, tmp_path)) == [
        ("2101.00011", "EmuGPT"),
        ("2101.00012", "Sheep Former"),
        ("2101.00013", "Emu A"),
        ("2101.00014", "Emu B"),
    ]


@pytest.mark.parametrize(
    "wrapped",
    [
        f"{{% note blue %}} {EMU} {{% endnote %}}",
        f"{{{{< hint info >}}}} {EMU} {{{{< /hint >}}}}",
        f':::note "{EMU}"',
        f'??? note "{EMU}"',
        f"> [!info] {EMU}",
        f"<details><summary>{EMU}</summary>",
    ],
)
def test_a_wrapper_never_eats_what_it_wraps(wrapped: str, tmp_path: Path) -> None:
    assert papers(read(f"{wrapped}\n\n**链接**: https://arxiv.org/abs/2101.00011\n", tmp_path)) == [
        ("2101.00011", EMU)
    ]


def test_an_identifier_that_was_read_as_a_number_gets_its_zeros_back(tmp_path: Path) -> None:
    extraction = read(f"---\ntitle: {EMU}\narxiv: 2311.0921\n---\n", tmp_path)
    assert papers(extraction) == [("2311.09210", EMU)]
    assert "lost its last zeros" in extraction.problems[0].what


def test_org_headings_cite_by_key(tmp_path: Path) -> None:
    org = "* TODO Emu Auto-Encoders for Trees\n  [[cite:emu21][Emu 2021]]\n- cite:sheep23 arXiv:2101.00012\n"
    bib = "@misc{emu21, title={Emu Auto-Encoders for Trees}, eprint={2101.00013}, archiveprefix={arXiv}}"
    (tmp_path / "note.org").write_text(org, encoding="utf-8")
    assert papers(extract([tmp_path])) == [("", "Emu Auto-Encoders for Trees"), ("2101.00012", "")]
    (tmp_path / "library.bib").write_text(bib, encoding="utf-8")
    found = [one for one in extract([tmp_path]).entries if one.file == "note.org"]
    assert [one.arxiv_id for one in found] == ["2101.00013", "2101.00012"]


def test_properties_of_an_org_heading_belong_to_it(tmp_path: Path) -> None:
    org = f"* {EMU}\n:PROPERTIES:\n:ROAM_REFS: https://arxiv.org/abs/2101.00011\n:END:\n"
    (entry,) = read(org, tmp_path, "note.org").entries
    assert (entry.arxiv_id, entry.title, entry.section) == ("2101.00011", EMU, ())


def test_a_note_named_by_its_citation_key_gets_the_identifier_of_the_bibliography(tmp_path: Path) -> None:
    (tmp_path / "@emu2021.md").write_text(f"---\ntitle: {EMU}\nyear: 2021\n---\nTrees.\n", encoding="utf-8")
    (tmp_path / "z.bib").write_text(
        f"@article{{emu2021, title={{{EMU}}}, eprint={{2101.00011}}}}", encoding="utf-8"
    )
    (note,) = [one for one in extract([tmp_path]).entries if one.file == "@emu2021.md"]
    assert (note.arxiv_id, note.title) == ("2101.00011", EMU)


def test_a_list_without_addresses_is_proven_by_the_pages_that_it_lists(tmp_path: Path) -> None:
    titles = [EMU, SHEEP, GOAT]
    index = "".join(f"- [{title}](https://blog.example/{place})\n" for place, title in enumerate(titles))
    (tmp_path / "README.md").write_text(
        f"# My shelf\n\n{index}- [About me](https://blog.example/me)\n", encoding="utf-8"
    )
    for place, title in enumerate(titles):
        post = f"---\ntitle: {title}\n---\n\n[Paper](https://arxiv.org/abs/2101.0001{place})\n"
        (tmp_path / f"post-{place}.md").write_text(post, encoding="utf-8")
    found = [one.title for one in extract([tmp_path]).entries if one.file == "README.md"]
    assert found == titles


def test_most_notes_of_a_folder_prove_the_others_of_the_same_form(tmp_path: Path) -> None:
    for place, title in enumerate((EMU, SHEEP, GOAT)):
        link = f"[Paper](https://arxiv.org/abs/2101.0001{place})" if place else "No link here."
        (tmp_path / f"{place}.md").write_text(
            f"---\nlayout: post\ntitle: {title}\n---\n\n{link}\n", encoding="utf-8"
        )
    assert [one.title for one in extract([tmp_path]).entries] == [EMU, SHEEP, GOAT]


def test_every_identifier_is_an_entry_or_a_mention_with_a_reason(tmp_path: Path) -> None:
    text = (
        f"# Shelf\n\n- [{EMU}](https://arxiv.org/abs/2101.00011)\n\nAs [others](https://arxiv.org/abs/2101.00012) said, it is slow.\n\n"
        "```\ncurl https://arxiv.org/abs/2101.00013\n```\n\n## See also\n\n- https://arxiv.org/abs/2101.00014\n"
    )
    extraction = read(text, tmp_path)
    assert [one.arxiv_id for one in extraction.entries] == ["2101.00011"]
    assert {one.id: one.why for one in extraction.mentions} == {
        "2101.00012": "it is mentioned in running text",
        "2101.00013": "it stands in code",
        "2101.00014": "it stands under “See also”",
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("journals/2024_01_17.md", f"- [{EMU}](https://arxiv.org/abs/2101.00011)\n"),
        ("log.md", f"## 2024-01-17\n\n- [{EMU}](https://arxiv.org/abs/2101.00011)\n"),
        ("note.md", f"---\ntitle: {EMU}\narxiv: 2101.00011\ncreated: 2024-01-17T10:00\n---\n"),
        ("library.csv", f'Title,Authors,Url,Date Added\n{EMU},A. Emu,https://arxiv.org/abs/2101.00011,2024-01-17 10:00\n'),
    ],
)  # fmt: skip
def test_the_day_on_which_a_paper_was_noted(name: str, text: str, tmp_path: Path) -> None:
    read(text, tmp_path, name)
    (entry,) = extract([tmp_path]).entries
    assert (entry.arxiv_id, str(entry.noted_on)) == ("2101.00011", "2024-01-17")


def test_fields_of_a_table_of_properties_are_no_titles_whatever_they_are_called(tmp_path: Path) -> None:
    note = (
        "# Paper Boats: Small Vessels for Large Ponds\n\n| Item | Value |\n| --- | --- |\n"
        "| Session | Boats and Harbours 2 |\n| arXiv | <https://arxiv.org/abs/2406.01835> |\n| Authors | Marsh, Ada |\n"
    )
    assert papers(read(note, tmp_path)) == [("2406.01835", "Paper Boats: Small Vessels for Large Ponds")]
