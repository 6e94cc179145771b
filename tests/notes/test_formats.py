"""Reference managers, data files, Org, and formats of other people's making."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notes.helpers import papers, read
from triage.errors import NotesError
from triage.notes.extract import extract
from triage.notes.formats import NoteFormat, format_of, note_formats
from triage.notes.formats.bibliographies import text_of_latex

DPO = "Direct Preference Optimization: Your Language Model is Secretly a Reward Model"


def bib(fields: str, kind: str = "article", key: str = "k") -> str:
    return f"@{kind}{{{key},\n  title = {{{DPO}}},\n  {fields}\n}}\n"


@pytest.mark.parametrize(
    ("fields", "arxiv_id"),
    [
        ("eprint = {2305.18290}, archiveprefix = {arXiv}", "2305.18290"),
        ("eprint = {2305.18290v2}, eprinttype = {arxiv}", "2305.18290"),
        ("eprint = {arXiv:2305.18290}", "2305.18290"),
        ("eprint = {hep-th/9901001}, archivePrefix = {arXiv}", "hep-th/9901001"),
        ("eprint = {9901001}, archivePrefix = {arXiv}, primaryClass = {hep-th}", "hep-th/9901001"),
        ("eprint = {math.DG/0303109}", "math/0303109"),
        ("url = {https://arxiv.org/abs/2305.18290}", "2305.18290"),
        ("journal = {arXiv preprint arXiv:2305.18290}", "2305.18290"),
        ("journal = {CoRR}, volume = {abs/2305.18290}", "2305.18290"),
        ("doi = {10.48550/arXiv.2305.18290}", "2305.18290"),
        ("number = {arXiv:2305.18290}, publisher = {arXiv}", "2305.18290"),
        ("note = {arXiv:2305.18290 [cs]}", "2305.18290"),
        ("adsurl = {https://ui.adsabs.harvard.edu/abs/2023arXiv230518290R}", "2305.18290"),
        ("arxivid = {2305.18290}", "2305.18290"),
        ("howpublished = {\\url{https://arxiv.org/abs/2305.18290}}", "2305.18290"),
        ("eprint = {12345678}, eprinttype = {pubmed}, doi = {10.1000/xyz}", ""),
        ("journal = {Nature}, pages = {1234--1240}, doi = {10.1038/nature14236}", ""),
    ],
)
def test_bibtex_gives_the_identifier_from_any_field(fields: str, arxiv_id: str, tmp_path: Path) -> None:
    assert papers(read(bib(fields), tmp_path, "l.bib")) == [(arxiv_id, DPO)]


def test_a_bibcode_or_dblp_key_is_an_identifier(tmp_path: Path) -> None:
    text = bib("year = {2023}", key="2023arXiv230518290R") + bib(
        "year = {2018}", key="DBLP:journals/corr/abs-1810-04805"
    )
    assert [one[0] for one in papers(read(text, tmp_path, "l.bib"))] == ["2305.18290", "1810.04805"]


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"{BERT}: {P}re-training", "BERT: Pre-training"),
        (r"G{\"o}del, Erd{\H{o}}s and {\'E}cole", "Gödel, Erdős and École"),
        (r"\textbf{Bold} and \emph{slanted}", "Bold and slanted"),
        (r"$\alpha$-R{\'e}nyi at $10^{-3}$", r"$\alpha$-Rényi at $10^{-3}$"),
        (r"Simple \& Effective", "Simple & Effective"),
        ("two\n   lines", "two lines"),
    ],
)
def test_latex_in_titles_becomes_text(latex: str, text: str) -> None:
    assert " ".join(text_of_latex(latex).split()) == text


def test_a_broken_bibtex_entry_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    text = "@article{bad, title = {Unclosed\n\n" + bib("eprint = {2305.18290}", key="good")
    extraction = read(text, tmp_path, "l.bib")
    assert ("2305.18290", DPO) in papers(extraction)
    assert [problem.line for problem in extraction.problems] == [1]


def test_a_key_that_stands_twice_loses_no_paper(tmp_path: Path) -> None:
    text = bib("eprint = {2305.18290}") + bib("eprint = {2005.11401}")
    assert [one[0] for one in papers(read(text, tmp_path, "l.bib"))] == ["2305.18290", "2005.11401"]


def test_groups_of_bibtex_are_tags_and_its_keywords_are_kept_apart(tmp_path: Path) -> None:
    (entry,) = read(
        bib("eprint = {2305.18290}, keywords = {alignment, rlhf}, groups = {Read}"), tmp_path, "l.bib"
    ).entries
    assert (entry.tags, entry.keywords) == (("Read",), ("alignment", "rlhf"))


def test_better_bibtex_json_gives_collections_as_section(tmp_path: Path) -> None:
    exported = {
        "collections": {"C1": {"key": "C1", "name": "Alignment", "items": [7]}},
        "items": [
            {"itemType": "preprint", "itemID": 7, "title": DPO, "url": "http://arxiv.org/abs/2305.18290", "tags": [{"tag": "rlhf"}],
             "notes": [{"note": "<p>no reward model</p>"}]},
            {"itemType": "attachment", "itemID": 8, "title": "Full Text PDF", "url": "https://arxiv.org/pdf/2305.18290"},
            {"itemType": "webpage", "itemID": 9, "title": "A page", "url": "https://example.org"},
            {"itemType": "journalArticle", "itemID": 10, "title": "Mastering the game of Go", "DOI": "10.1038/nature16961"},
        ],
    }  # fmt: skip
    extraction = read(json.dumps(exported, indent=1), tmp_path, "library.json")
    assert papers(extraction) == [("2305.18290", DPO), ("", "Mastering the game of Go")]
    assert extraction.entries[0].section == ("Alignment",)
    assert extraction.entries[0].tags == ("rlhf",)
    assert "no reward model" in extraction.entries[0].text


@pytest.mark.parametrize(
    "data",
    [
        {"title": DPO, "arxiv_id": "2305.18290"},
        {"title": DPO, "externalIds": {"ArXiv": "2305.18290"}, "authors": [{"name": "R. Rafailov"}]},
        {"nodes": [{"title": DPO, "url": "https://arxiv.org/abs/2305.18290"}], "edges": []},
        [{"title": DPO, "arxiv": "2305.18290", "tags": [{"name": "rlhf"}]}, {"title": "", "children": []}],
        {"papers": [{"name": DPO, "url": "https://arxiv.org/pdf/2305.18290"}]},
        {"Alignment": [{"paper": DPO, "link": "https://arxiv.org/abs/2305.18290", "year": 2023}]},
        {"2305.18290": {"title": DPO, "date": "2023-05-29"}},
        {DPO: "https://arxiv.org/abs/2305.18290"},
        {
            "cs.CL": {
                "2305.18290": f"|**2023-05-29**|**{DPO}**|Rafailov et.al.|[2305.18290](http://arxiv.org/abs/2305.18290)|null|"
            }
        },
        [f"{DPO} https://arxiv.org/abs/2305.18290"],
    ],
)
def test_json_of_many_makings_is_read(data: object, tmp_path: Path) -> None:
    assert papers(read(json.dumps(data), tmp_path, "papers.json")) == [("2305.18290", DPO)]


def test_json_lines_are_read_with_their_lines(tmp_path: Path) -> None:
    text = (
        json.dumps({"title": "Nothing to see", "n": 1})
        + "\n"
        + json.dumps({"title": DPO, "arxiv_id": "2305.18290"})
        + "\n"
    )
    (entry,) = read(text, tmp_path, "papers.jsonl").entries
    assert (entry.arxiv_id, entry.line) == ("2305.18290", 2)


@pytest.mark.parametrize(
    "text",
    ['{"name": "my-package", "version": "1.2.3", "scripts": {"test": "x"}}', "[1, 2, 3]", '"text"', "{}"],
)
def test_json_that_is_no_library_gives_nothing(text: str, tmp_path: Path) -> None:
    assert papers(read(text, tmp_path, "x.json")) == []


@pytest.mark.parametrize(
    ("name", "text", "line"), [("x.json", '{\n"a": 1,\n', 3), ("x.yaml", "a: 1\nb: [unclosed\nc: 2\n", 3)]
)
def test_a_data_file_that_cannot_be_parsed_is_named_with_the_line(
    name: str, text: str, line: int, tmp_path: Path
) -> None:
    (problem,) = read(text, tmp_path, name).problems
    assert (problem.file, problem.line) == (name, line)
    assert problem.suggestion


def test_endnote_and_pubmed_records_are_read(tmp_path: Path) -> None:
    endnote = f"%0 Journal Article\n%T {DPO}\n%A Rafailov, R.\n%U https://arxiv.org/abs/2305.18290\n\n"
    assert papers(read(endnote, tmp_path, "x.enw")) == [("2305.18290", DPO)]
    pubmed = f"PMID- 1234567\nTI  - {DPO[:31]}\n      {DPO[32:]}\nJT  - A journal\n"
    assert papers(read(pubmed, tmp_path, "x.nbib")) == [("", DPO)]


def test_formats_of_other_packages_can_claim_an_ending() -> None:
    class Shouting:
        name = "shouting"
        suffixes = (".md",)

        def recognises(self, text: str) -> bool:
            return text.isupper()

        def read(self, text: str, file: str) -> object:
            raise AssertionError

    shouting = Shouting()
    formats = [shouting, *note_formats()]
    assert isinstance(shouting, NoteFormat)
    assert format_of("x.md", "LOUD", formats) is shouting
    chosen = format_of("x.md", "quiet", formats)
    assert chosen is not None
    assert chosen.name == "markdown"


def test_an_ending_that_no_format_reads_is_left_alone() -> None:
    assert format_of("x.py", "import os") is None


def installed(folder: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a package with an entry point on the path, as pip would."""
    info = folder / "shouting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[triage.note_formats]\nshouting = {target}\n", encoding="utf-8")
    (folder / "shouting_notes.py").write_text(
        "from triage.notes.formats import Reading\nfrom triage.papers import NoteEntry\n"
        "class Shouting:\n    name = 'shouting'\n    suffixes = ('.loud',)\n"
        "    def recognises(self, text):\n        return text.isupper()\n"
        "    def read(self, text, file):\n        return Reading((NoteEntry(text.strip(), None, (), '', file, 1),))\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(folder))


@pytest.fixture
def fresh_formats() -> Iterator[None]:
    note_formats.cache_clear()
    yield
    note_formats.cache_clear()


@pytest.mark.usefixtures("fresh_formats")
def test_a_format_of_an_installed_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    installed(tmp_path / "site", "shouting_notes:Shouting", monkeypatch)
    assert papers(read("ATTENTION\n", tmp_path, "x.loud")) == [("", "ATTENTION")]


@pytest.mark.usefixtures("fresh_formats")
def test_a_package_whose_format_cannot_be_loaded_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "shouting_notes:Missing", monkeypatch)
    with pytest.raises(NotesError, match="shouting_notes:Missing"):
        note_formats()


@pytest.mark.usefixtures("fresh_formats")
def test_a_format_that_fails_costs_its_own_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    installed(tmp_path / "site", "shouting_notes:Shouting", monkeypatch)
    module = tmp_path / "site" / "shouting_notes.py"
    module.write_text(
        module.read_text("utf-8") + "    def read(self, text, file):\n        return 1 / 0\n", "utf-8"
    )
    monkeypatch.delitem(sys.modules, "shouting_notes", raising=False)
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "a.loud").write_text("ATTENTION\n", encoding="utf-8")
    (notes / "b.md").write_text("- [A Paper on Rivers](https://arxiv.org/abs/2401.00001)\n", encoding="utf-8")
    extraction = extract([notes])
    assert [entry.arxiv_id for entry in extraction.entries] == ["2401.00001"]
    assert [(one.file, "ZeroDivisionError" in one.what) for one in extraction.problems] == [("a.loud", True)]


def test_automatic_tags_of_zotero_are_keywords(tmp_path: Path) -> None:
    tags = [{"tag": "rlhf"}, {"tag": "Computer Science - Learning", "type": 1}]
    item = {"itemType": "preprint", "title": DPO, "archiveID": "arXiv:2305.18290", "tags": tags}
    (noted,) = read(json.dumps({"items": [item]}), tmp_path, "items.json").entries
    assert (noted.tags, noted.keywords) == (("rlhf",), ("Computer Science - Learning",))
