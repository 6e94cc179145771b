"""Notes in every style: each fixture gives its papers, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.notes.helpers import FIXTURES, fixtures, gold
from triage.notes.extract import extract

WANTED = gold()
# In a folder, tables are data beside the notes; one given by itself is read.
EXTRACTION = extract([FIXTURES, *FIXTURES.glob("*.csv")])


def test_there_are_fixtures_of_many_styles() -> None:
    assert len(fixtures()) >= 60
    assert {Path(name).suffix for name in fixtures()} >= {
        ".md",
        ".txt",
        ".org",
        ".bib",
        ".ris",
        ".json",
        ".yaml",
        ".yml",
        ".csv",
    }


@pytest.mark.parametrize("name", fixtures())
def test_a_fixture_gives_its_papers_with_title_identifier_and_line(name: str) -> None:
    found = [
        (entry.arxiv_id or "", entry.title, entry.line) for entry in EXTRACTION.entries if entry.file == name
    ]
    assert sorted(found) == sorted(WANTED[name])


@pytest.mark.parametrize("name", [name for name in fixtures() if "/" not in name])
def test_the_ending_of_the_name_does_not_matter(name: str, tmp_path: Path) -> None:
    """Every format is recognised by its text: people keep BibTeX in .txt files."""
    copy = tmp_path / f"{Path(name).stem}.txt"
    shutil.copy(FIXTURES / name, copy)
    found = [(entry.arxiv_id or "", entry.title) for entry in extract([copy]).entries]
    assert sorted(found) == sorted((arxiv_id, title) for arxiv_id, title, _ in WANTED[name])


def test_every_entry_says_by_which_reading_it_was_found() -> None:
    assert all(entry.reading for entry in EXTRACTION.entries)


def test_a_broken_identifier_is_reported_with_its_line() -> None:
    (broken,) = [entry for entry in EXTRACTION.entries if entry.broken_id]
    assert (broken.title[:22], broken.broken_id, broken.arxiv_id) == (
        "Deep Interest Network ",
        "1706.069",
        None,
    )
    assert [(problem.file, problem.line) for problem in EXTRACTION.problems] == [(broken.file, broken.line)]
