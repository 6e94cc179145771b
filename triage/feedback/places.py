"""Which papers the reader moved from one part of a digest to another."""

from __future__ import annotations

from enum import StrEnum

from triage.feedback.outline import Outline, PlacedAnchor
from triage.papers import ArxivId

_MOVED_BY_HAND = 10


class Part(StrEnum):
    """A part of a digest."""

    PICKS = "picks"
    ASKED = "asked"
    REST = "rest"


class Places:
    """Compares where papers stand with where the machine put them.

    Parameters
    ----------
    now : Outline
        The digest as it is.
    machine : Outline
        The digest as the machine wrote it.
    """

    def __init__(self, now: Outline, machine: Outline) -> None:
        self._now = now
        self._parts = {
            paper: _part(entry.anchors[0].line, machine) for paper, entry in machine.entries.items()
        }
        self._rest_from = self._boundary()
        self._last_pick = max((line for line, part in self._in_order() if part is Part.PICKS), default=0)

    def moved_up(self, paper: ArxivId) -> int | None:
        """Return the line where a paper stands among the picks that the machine had elsewhere."""
        part = self._parts.get(paper)
        if part is Part.PICKS:
            return None
        for placed in self._now.entries[paper].anchors:
            if self._is_pick(placed, paper, part):
                return placed.line
        return None

    def moved_down(self, paper: ArxivId) -> int | None:
        """Return the line where a pick of the machine's stands in the rest, if it stands nowhere else."""
        if self._parts.get(paper) is not Part.PICKS or self._rest_from is None:
            return None
        lines = [placed.line for placed in self._now.entries[paper].anchors]
        return lines[0] if all(line > self._rest_from for line in lines) else None

    def _is_pick(self, placed: PlacedAnchor, paper: ArxivId, part: Part | None) -> bool:
        above = self._rest_from is None or placed.line < self._rest_from
        if placed.anchor.shape.heading:
            # Picks are headings: the reader made a section of the paper, or added one of their own.
            return above or part is not None
        if part is None or not above:
            return False
        asked_from = self._now.asked_from
        if asked_from is not None:
            return placed.line < asked_from
        # Without the heading of the part, what was asked stands below the picks as it did.
        return part is Part.REST or placed.line < self._last_pick

    def _in_order(self) -> list[tuple[int, Part]]:
        placed = [
            (anchor.line, self._parts[paper])
            for paper, entry in self._now.entries.items()
            if paper in self._parts
            for anchor in entry.anchors
        ]
        return sorted(placed)

    def _boundary(self) -> int | None:
        """Return the line from which on papers are the rest; None if there is no rest."""
        order = self._in_order()
        rest = [line for line, part in order if part is Part.REST]
        explicit = self._now.rest_from
        if explicit is not None:
            above = sum(line < explicit for line in rest)
            # Somebody moves a few papers up; if many stand above it, the sign itself was moved or lost.
            if above <= _MOVED_BY_HAND:
                return explicit
        return _least_moved(order)


def _least_moved(order: list[tuple[int, Part]]) -> int | None:
    """Return the boundary by which the fewest papers have changed sides."""
    if not any(part is Part.REST for _, part in order):
        return None
    moved = sum(part is not Part.REST for _, part in order)
    best, boundary = moved, 0
    for line, part in order:
        moved += 1 if part is Part.REST else -1
        if moved < best:
            best, boundary = moved, line + 1
    return boundary


def _part(line: int, machine: Outline) -> Part:
    if machine.rest_from is not None and line > machine.rest_from:
        return Part.REST
    if machine.asked_from is not None and line > machine.asked_from:
        return Part.ASKED
    return Part.PICKS
