"""The embedded sample: complete, consistent, of real papers, in our own words."""

from __future__ import annotations

import json
import lzma
import re
from pathlib import Path
from typing import Any

import pytest

from triage.papers import parse_arxiv_id, title_key
from triage.sample import sample_files

PROJECT = Path(__file__).resolve().parents[2]
DATA = PROJECT.parent / "shared" / "data" / "listings-2025-2026.jsonl.xz"

NOTES = {
    "2025-05-12-paper-reading.md",
    "README.md",
    "llm-papers.md",
    "2025-05-08-insights.md",
    "LLM.md",
}


def read_listing(name: str) -> list[dict[str, Any]]:
    text = sample_files().joinpath(name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def read_notes() -> dict[str, str]:
    folder = sample_files().joinpath("notes")
    return {note.name: note.read_text(encoding="utf-8") for note in folder.iterdir()}


ANNOUNCEMENT = read_listing("announcement.jsonl")
ARCHIVE = read_listing("archive.jsonl")
EVERY_PAPER = ANNOUNCEMENT + ARCHIVE
NOTED_IDS = {found for note in read_notes().values() for found in re.findall(r"\d{4}\.\d{5}", note)}


def noted_in_archive() -> set[str]:
    """Return the archive's papers that a note gives by id or by title."""
    notes = title_key("\n".join(read_notes().values()))
    return {row["id"] for row in ARCHIVE if row["id"] in NOTED_IDS or title_key(row["title"]) in notes}


def test_there_are_enough_papers_to_learn_from_and_to_choose_from() -> None:
    assert len(ANNOUNCEMENT) >= 44
    assert len(ARCHIVE) >= 90


def test_the_announcement_is_of_one_day() -> None:
    assert {row["announced"] for row in ANNOUNCEMENT} == {"2025-05-13"}


def test_the_archive_is_older_and_of_several_days() -> None:
    days = {row["announced"] for row in ARCHIVE}
    assert max(days) < "2025-05-13"
    assert len(days) >= 5


def test_two_candidates_are_cross_lists() -> None:
    cross_lists = [row for row in ANNOUNCEMENT if row["categories"][0] != "cs.CL"]
    assert len(cross_lists) == 2
    assert all("cs.CL" in row["categories"] for row in ANNOUNCEMENT)


def test_a_title_has_latex_in_it() -> None:
    assert any("$" in row["title"] for row in ANNOUNCEMENT)


def test_no_paper_is_there_twice() -> None:
    ids = [row["id"] for row in EVERY_PAPER]
    assert len(ids) == len(set(ids))
    titles = [title_key(row["title"]) for row in EVERY_PAPER]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("row", EVERY_PAPER, ids=lambda row: row["id"])
def test_every_paper_is_whole(row: dict[str, Any]) -> None:
    bare, version = parse_arxiv_id(row["id"])
    assert (bare, version) == (row["id"], None)
    assert set(row) - {"submitted"} == {"id", "title", "abstract", "authors", "categories", "announced"}
    assert row["title"]
    assert row["authors"]
    assert row["abstract"] == " ".join(row["abstract"].split())
    assert 40 <= len(row["abstract"].split()) <= 100


def test_every_style_of_note_is_there() -> None:
    assert set(read_notes()) == NOTES


def test_every_paper_noted_with_an_id_is_in_the_archive() -> None:
    assert {row["id"] for row in ARCHIVE} >= NOTED_IDS


def test_the_notes_are_about_thirty_papers_of_the_archive() -> None:
    assert len(noted_in_archive()) == 31


def test_no_candidate_is_noted() -> None:
    notes = title_key("\n".join(read_notes().values()))
    assert not NOTED_IDS & {row["id"] for row in ANNOUNCEMENT}
    assert [row["id"] for row in ANNOUNCEMENT if title_key(row["title"]) in notes] == []


@pytest.mark.parametrize(
    "title",
    [
        "ReAct: Synergizing Reasoning and Acting in Language Models",
        "Training language models to follow instructions with human feedback",
        "Lost in the Middle: How Language Models Use Long Contexts",
    ],
)
def test_some_noted_papers_are_unknown_to_the_archive(title: str) -> None:
    assert any(title in note for note in read_notes().values())
    assert title_key(title) not in {title_key(row["title"]) for row in EVERY_PAPER}


@pytest.fixture(scope="module")
def originals() -> dict[str, dict[str, Any]]:
    if not DATA.is_file():
        pytest.skip("the listings that the sample's facts come from are not beside this project")
    wanted = {row["id"] for row in EVERY_PAPER}
    found: dict[str, dict[str, Any]] = {}
    with lzma.open(DATA, "rt", encoding="utf-8") as lines:
        for line in lines:
            # The id is the first value of every line, so that most lines need not be parsed.
            if (identifier := line[8:18]) in wanted:
                found[identifier] = json.loads(line)
            if len(found) == len(wanted):
                break
    return found


def test_the_facts_are_those_of_the_listings(originals: dict[str, dict[str, Any]]) -> None:
    for row in EVERY_PAPER:
        original = originals[row["id"]]
        for fact in ("title", "authors", "categories", "submitted", "announced"):
            assert row.get(fact) == original.get(fact), (row["id"], fact)


def runs_of_words(text: str, length: int) -> set[tuple[str, ...]]:
    words = re.sub(r"[^\w\s]", "", text.casefold()).split()
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def test_no_abstract_repeats_eight_words_of_the_original(originals: dict[str, dict[str, Any]]) -> None:
    for row in EVERY_PAPER:
        shared = runs_of_words(row["abstract"], 8) & runs_of_words(originals[row["id"]]["abstract"], 8)
        assert not shared, (row["id"], shared)
