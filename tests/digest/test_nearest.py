"""Links from a digest to the reader's notes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.reader import Reader, listing
from triage.digest.nearest import anchor_of, note_address, wikilink
from triage.papers import ArxivId, NearestNote

WEDNESDAY = date(2024, 1, 17)


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("RAG", "rag"),
        ("1. What's *new*, in `code`?", "1-whats-new-in-code"),
        ("[A [B] title: sub](https://arxiv.org/abs/2401.00001)", "a-b-title-sub"),
        ("工具调用（Tools）", "工具调用tools"),
        ("snake_case and _emphasis_ - dash", "snake_case-and-emphasis---dash"),
        ("<b>", "b"),
    ],
)
def test_an_anchor_is_the_one_that_github_makes(heading: str, anchor: str) -> None:
    assert anchor_of(heading) == anchor


def note(file: str, heading: str = "", anchor: str = "") -> NearestNote:
    return NearestNote(ArxivId("2401.00001"), "T", 0.5, file, heading, anchor)


def test_an_address_is_one_of_markdown_whatever_the_file_is_called() -> None:
    assert (
        note_address(note("../my notes/a(1)#2 论文.md", "X", "x")) == "../my%20notes/a%281%29%232%20论文.md#x"
    )
    assert note_address(note("")) == "https://arxiv.org/abs/2401.00001"


def test_a_wikilink_has_nothing_that_ends_it() -> None:
    assert wikilink(note("../notes/a.md", "[A | B]: #c"), "T ]] | x") == "[[../notes/a#A B c|T   x]]"
    assert wikilink(note("../notes/a.bib"), "T") == "[[../notes/a.bib|T]]"


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path, settings="digest: {preset: plain, threshold: 0.0}")


def test_a_digest_links_the_note_that_is_nearest_as_it_is_now(reader: Reader) -> None:
    reader.learn()
    (made,) = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1))).digests
    near = made.choice.picks[0].scored.explanation.nearest_notes[0]
    file = made.file.parent / near.file
    assert near.heading in file.read_text("utf-8")
    assert f"]({near.file}#{near.anchor})" in made.file.read_text("utf-8")


def test_of_equal_headings_the_right_one_is_linked(reader: Reader) -> None:
    reader.learn()
    file = next((reader.folder / "notes").glob("*.md"))
    near_before = nearest_of(reader)
    file.write_text(f"# {near_before.heading}\n\n{file.read_text('utf-8')}", "utf-8")
    assert nearest_of(reader).anchor == f"{near_before.anchor}-1"


def test_a_note_that_is_gone_is_linked_at_arxiv(reader: Reader) -> None:
    reader.learn()
    for file in (reader.folder / "notes").glob("*.md"):
        file.rename(file.with_suffix(".bak"))
    assert not nearest_of(reader).file


def nearest_of(reader: Reader) -> NearestNote:
    (made,) = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)), since=WEDNESDAY).digests
    return made.choice.picks[0].scored.explanation.nearest_notes[0]
