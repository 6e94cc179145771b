"""What an entry is, and what is none: one rule a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notes.helpers import papers, read

DPO = "Direct Preference Optimization: Your Language Model is Secretly a Reward Model"
RAG = "Retrieval-Augmented Generation for Knowledge-Intensive NLP Tasks"


def test_a_paper_mentioned_in_running_text_is_none(tmp_path: Path) -> None:
    text = f"# Thoughts\n\nAs shown in [{DPO}](https://arxiv.org/abs/2305.18290), one can do without.\n"
    assert papers(read(text, tmp_path)) == []


def test_a_paragraph_that_begins_with_a_link_and_runs_on_is_a_mention(tmp_path: Path) -> None:
    text = f"# Thoughts\n\n[{DPO}](https://arxiv.org/abs/2305.18290) made it simple, and so nobody tunes rewards.\n"
    assert papers(read(text, tmp_path)) == []


def test_a_line_that_says_it_was_read_is_an_entry(tmp_path: Path) -> None:
    text = f"## 2024-02-01\n\nRead [{DPO}](https://arxiv.org/abs/2305.18290) on the way home.\n"
    assert papers(read(text, tmp_path)) == [("2305.18290", DPO)]


@pytest.mark.parametrize(
    "heading",
    [
        "References",
        "Read next",
        "参考文献",
        "Related work",
        "次に読むべき論文",
        "참고 문헌",
        "À lire ensuite",
    ],
)
def test_lists_of_what_is_elsewhere_are_no_entries(heading: str, tmp_path: Path) -> None:
    text = f"# Log\n\n- [{DPO}](https://arxiv.org/abs/2305.18290)\n\n## {heading}\n\n- [{RAG}](https://arxiv.org/abs/2005.11401)\n"
    assert papers(read(text, tmp_path)) == [("2305.18290", DPO)]


def test_a_file_that_is_nothing_but_references_is_a_bibliography(tmp_path: Path) -> None:
    text = f"# References\n\n- [{DPO}](https://arxiv.org/abs/2305.18290)\n- [{RAG}](https://arxiv.org/abs/2005.11401)\n"
    assert len(papers(read(text, tmp_path))) == 2


def test_a_label_for_other_papers_keeps_its_items_out(tmp_path: Path) -> None:
    text = f"- Paper: {DPO}\n  - Link: https://arxiv.org/abs/2305.18290\n  - Related papers:\n    - [{RAG}](https://arxiv.org/abs/2005.11401)\n"
    assert papers(read(text, tmp_path)) == [("2305.18290", DPO)]


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/eric-mitchell/direct-preference-optimization",
        "https://www.youtube.com/watch?v=x",
        "https://example.medium.com/dpo",
    ],
)
def test_repositories_videos_and_blogs_are_none(url: str, tmp_path: Path) -> None:
    text = f"# Papers\n\n- [{RAG}](https://arxiv.org/abs/2005.11401)\n- [Fine-tuning tricks](%s)\n" % url
    assert papers(read(text, tmp_path)) == [("2005.11401", RAG)]


def test_a_figure_with_an_identifier_in_its_name_is_none(tmp_path: Path) -> None:
    assert (
        papers(
            read(
                "# Pictures\n\n![2210.03629](img/2210.03629.png)\n\n![x](https://arxiv.org/abs/2210.03629)\n",
                tmp_path,
            )
        )
        == []
    )


def test_code_and_comments_are_not_read(tmp_path: Path) -> None:
    text = f"# Papers\n\n```\n- [{DPO}](https://arxiv.org/abs/2305.18290)\n```\n\n<!-- - [{RAG}](https://arxiv.org/abs/2005.11401) -->\n"
    assert papers(read(text, tmp_path)) == []


def test_footnotes_are_not_read(tmp_path: Path) -> None:
    text = f"# Notes\n\nA remark[^1].\n\n[^1]: {RAG}, https://arxiv.org/abs/2005.11401\n"
    assert papers(read(text, tmp_path)) == []


def test_a_table_of_contents_is_not_read(tmp_path: Path) -> None:
    text = f"# Papers\n\n- [{DPO}](#dpo)\n\n## {DPO}\n\nhttps://arxiv.org/abs/2305.18290\n"
    assert papers(read(text, tmp_path)) == [("2305.18290", DPO)]


def test_a_heading_takes_the_address_under_it(tmp_path: Path) -> None:
    extraction = read(
        f"# Log\n\n## {DPO}\n\n[arXiv](https://arxiv.org/abs/2305.18290) | [code](https://github.com/x/y)\n\nNice.\n",
        tmp_path,
    )
    (entry,) = extraction.entries
    assert (entry.arxiv_id, entry.section, entry.line, entry.reading) == (
        "2305.18290",
        ("Log",),
        3,
        "heading",
    )
    assert "https://github.com/x/y" in entry.links
    assert "Nice." in entry.text


def test_a_label_without_an_address_leaves_the_identifier_empty(tmp_path: Path) -> None:
    text = f"- 前言\n  - 论文名称：{DPO}\n  - 论文地址：\n  - 会议：NeurIPS\n"
    assert papers(read(text, tmp_path)) == [("", DPO)]


def test_headings_that_read_like_titles_need_a_note_about_papers(tmp_path: Path) -> None:
    text = "# My machine\n\n## Large Language Model Serving on a Single Machine\n\nDrivers first.\n"
    assert papers(read(text, tmp_path)) == []


def test_the_front_matter_gives_tags_and_the_day(tmp_path: Path) -> None:
    text = (
        f'---\ntitle: "{DPO}"\narxiv: 2305.18290\ntags: [alignment, rlhf]\ndate: 2024-02-03\n---\n\nShort.\n'
    )
    (entry,) = read(text, tmp_path).entries
    assert entry.arxiv_id == "2305.18290"
    assert entry.tags == ("alignment", "rlhf")
    assert str(entry.noted_on) == "2024-02-03"


def test_an_identifier_in_yaml_keeps_its_trailing_zero(tmp_path: Path) -> None:
    assert papers(read(f"---\ntitle: {RAG}\narxiv: 2005.11400\n---\n", tmp_path)) == [("2005.11400", RAG)]


def test_broken_front_matter_is_read_line_by_line(tmp_path: Path) -> None:
    text = f'---\ntitle: {DPO}\nurl: https://arxiv.org/abs/2305.18290\nbad: [unclosed "\n---\n\nx\n'
    assert papers(read(text, tmp_path)) == [("2305.18290", DPO)]


def test_a_paper_noted_twice_in_a_file_is_two_notes(tmp_path: Path) -> None:
    item = f"- [{DPO}](https://arxiv.org/abs/2305.18290)\n"
    assert len(read(f"# A\n\n{item}\n# B\n\n{item}", tmp_path).entries) == 2


def test_a_very_long_line_is_cut_and_named(tmp_path: Path) -> None:
    extraction = read(
        f"# Papers\n\n- [{DPO}](https://arxiv.org/abs/2305.18290)\n\n{'word ' * 220_000}\n", tmp_path
    )
    assert papers(extraction) == [("2305.18290", DPO)]
    (problem,) = extraction.problems
    assert (problem.line, "characters" in problem.what) == (5, True)


def test_an_embedded_picture_of_a_megabyte_does_no_harm(tmp_path: Path) -> None:
    text = f"# Papers\n\n- [{DPO}](https://arxiv.org/abs/2305.18290) ![x](data:image/png;base64,{'A' * 1_000_000})\n"
    extraction = read(text, tmp_path)
    assert (papers(extraction), extraction.problems) == ([("2305.18290", DPO)], ())


def test_sloppy_lists_are_read_as_they_are_meant(tmp_path: Path) -> None:
    text = f"1. {DPO}\n- [paper](https://arxiv.org/abs/2305.18290)\n2. {RAG}\n - [paper](https://arxiv.org/abs/2005.11401)\n"
    assert papers(read(text, tmp_path)) == [("2305.18290", DPO), ("2005.11401", RAG)]


def test_headings_without_a_space_are_headings(tmp_path: Path) -> None:
    text = f"##{DPO}\n\n论文地址：https://arxiv.org/abs/2305.18290\n"
    assert papers(read(text, tmp_path)) == [("2305.18290", DPO)]


CURVES = "Rational points on curves of genus two"
CONJECTURE = "A note on the Sato-Tate conjecture"
FERMAT = "Modular elliptic curves and Fermat's last theorem"
NUMERICS = "Numerics of transport equations. Part II. Practical Aspects"


def test_a_mathematicians_publications_are_read_without_addresses(tmp_path: Path) -> None:
    text = (
        "# Publications\n\n1. On the cohomology of towers, with A. Smith, to appear in J. Amer. Math. Soc.\n"
        f"2. {NUMERICS}, Math. Comp. 80 (2011), 1-30.\n3. A. Wiles, {FERMAT}, Ann. of Math. 141 (1995), 443-551.\n"
        f"4. {CURVES}\n5. {CONJECTURE}\n"
    )
    titles = ["On the cohomology of towers", NUMERICS, FERMAT, CURVES, CONJECTURE]
    assert papers(read(text, tmp_path)) == [("", title) for title in titles]


@pytest.mark.parametrize(
    "text", ["Papers I want to read\n\n{}\n{}\n{}\n", "# Jane Doe\n\n- {}\n- {}\n- {}\n"]
)
def test_a_plain_list_of_titles_is_said_to_be_left_out(text: str, tmp_path: Path) -> None:
    extraction = read(text.format(CURVES, CONJECTURE, FERMAT), tmp_path)
    left_out = [entry.title for entry in extraction.left_out]
    assert [title for title in (CURVES, CONJECTURE, FERMAT) if title in left_out] == [
        CURVES,
        CONJECTURE,
        FERMAT,
    ]
