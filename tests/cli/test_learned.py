"""Learning shows each paper once, with all its places."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reader import Reader, learn_notes
from triage.cli.learning import paper_lines, print_learned
from triage.notes.formats import NoteProblem
from triage.papers import ArxivId, NoteEntry, Paper
from triage.training.labels import NotesUpdate
from triage.training.lookup import EntryMatch

RIVERS = Paper(ArxivId("2401.00001"), "Rivers of Words")


def finding(
    title: str, where: str, *, paper: Paper | None = None, conflict: str = "", pending: bool = False
) -> EntryMatch:
    file, line = where.split(":")
    entry = NoteEntry(title, None, (), "", file, int(line))
    reason = "" if paper else f"not found: title {title!r}"
    return EntryMatch(entry, paper, "", conflict=conflict, reason=reason, pending=pending)


def lines(
    *findings: EntryMatch, left_out: tuple[EntryMatch, ...] = (), problems: tuple[NoteProblem, ...] = ()
) -> list[str]:
    return list(paper_lines(NotesUpdate((*findings, *left_out), problems, (), left_out, {}, 0)))


def test_an_unknown_paper_has_one_line_with_all_its_places() -> None:
    assert lines(
        finding("Quiet Bridges", "a.md:3"),
        finding("Loud Towers", "a.md:4"),
        finding("quiet bridges", "b.md:9"),
        finding("Quiet Bridges", "a.md:3"),
    ) == [
        "unknown    a.md:3, b.md:9: not found: title 'Quiet Bridges'",
        "unknown    a.md:4: not found: title 'Loud Towers'",
    ]


def test_papers_that_are_known_or_still_to_be_looked_up_are_not_listed() -> None:
    assert lines(finding("Rivers", "a.md:1", paper=RIVERS), finding("Towers", "a.md:2", pending=True)) == []


def test_a_doubt_is_shown_for_known_papers_too() -> None:
    assert lines(finding("Rivers", "a.md:1", paper=RIVERS, conflict="the id is of Towers")) == [
        "in doubt   a.md:1: the id is of Towers"
    ]


def test_what_is_left_out_or_wrong_comes_last() -> None:
    shown = lines(
        finding("Quiet Bridges", "a.md:3"),
        left_out=(finding("桥", "a.md:5"), finding("桥", "c.md:1")),
        problems=(NoteProblem("d.md", 7, "is no arXiv id", ""),),
    )
    assert [line[:10].strip() for line in shown] == ["unknown", "left out", "unreadable"]
    assert "a.md:5, c.md:1" in shown[1]


def test_the_command_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reader = Reader(tmp_path)
    for name in ("one.md", "two.md"):
        (tmp_path / "notes" / name).write_text(
            "# Papers\n\n- Quiet Bridges over Many Long Documents\n", "utf-8"
        )
    reader.import_archive()
    report = learn_notes(reader.config, offline=True, clock=reader.clock)
    print_learned(report, as_json=False, offline=True, verbose=True)
    listed = "unknown    one.md:3, two.md:3: not found in the store (offline)"
    assert listed in capsys.readouterr().out
    print_learned(report, as_json=False, offline=True)
    shown = capsys.readouterr().out
    assert shown.startswith("15 papers in 3 note files: 14 known, 1 unknown.\n")
    assert "triage learn --verbose" in shown
    assert listed not in shown
