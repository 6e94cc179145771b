"""Which papers the reader moved from one part of a digest to another."""

from __future__ import annotations

from enum import StrEnum

from triage.feedback.anchors import Anchor
from triage.feedback.outline import Outline
from triage.papers import ArxivId

_MOVED_BY_HAND = 10


class _Part(StrEnum):
    PICKS = "picks"
    QUESTIONS = "questions"
    REST = "rest"


class Moves:
    """Compares where papers are now with where the machine put them."""

    def __init__(self, now: Outline, machine: Outline) -> None:
        self._now = now
        self._parts = {
            paper: _part(entry.anchors[0].line.number, machine) for paper, entry in machine.entries.items()
        }
        order = sorted(
            (anchor.line.number, self._parts[paper])
            for paper, entry in now.entries.items()
            if paper in self._parts
            for anchor in entry.anchors
        )
        self._rest_from = _boundary(order, now.rest_from)
        self._last_pick = max((line for line, part in order if part is _Part.PICKS), default=0)

    def moved_up(self, paper: ArxivId) -> int | None:
        """Return the line where a paper that the machine had elsewhere is among the picks."""
        part = self._parts.get(paper)
        if part is _Part.PICKS:
            return None
        anchors = self._now.entries[paper].anchors
        return next((one.line.number for one in anchors if self._is_pick(one, part)), None)

    def moved_down(self, paper: ArxivId) -> int | None:
        """Return the line where a pick of the machine's is in the rest, if it is nowhere else."""
        if self._parts.get(paper) is not _Part.PICKS or self._rest_from is None:
            return None
        lines = [one.line.number for one in self._now.entries[paper].anchors]
        return lines[0] if all(line > self._rest_from for line in lines) else None

    def _is_pick(self, anchor: Anchor, part: _Part | None) -> bool:
        number, questions_from = anchor.line.number, self._now.questions_from
        above = self._rest_from is None or number < self._rest_from
        if anchor.line.heading:
            # Picks are headings: the reader made a section of the paper, or added one of their own.
            return above or part is not None
        if part is None or not above:
            return False
        if questions_from is not None:
            return number < questions_from
        # Without the heading of the part, the questions are below the picks as they were.
        return part is _Part.REST or number < self._last_pick


def _boundary(order: list[tuple[int, _Part]], heading: int | None) -> int | None:
    """Return the line from which on papers are the rest; None if there is no rest."""
    rest = [line for line, part in order if part is _Part.REST]
    # Somebody moves a few papers up; if many are above the heading, that was moved itself.
    if heading is not None and sum(line < heading for line in rest) <= _MOVED_BY_HAND:
        return heading
    if not rest:
        return None
    # The boundary by which the fewest papers have changed sides.
    moved = fewest = len(order) - len(rest)
    boundary = 0
    for line, part in order:
        moved += 1 if part is _Part.REST else -1
        if moved < fewest:
            fewest, boundary = moved, line + 1
    return boundary


def _part(line: int, machine: Outline) -> _Part:
    if machine.rest_from is not None and line > machine.rest_from:
        return _Part.REST
    if machine.questions_from is not None and line > machine.questions_from:
        return _Part.QUESTIONS
    return _Part.PICKS
