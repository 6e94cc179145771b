"""What was read from the note files, by their hash, and the answers to look-ups."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select

from triage.papers import ArxivId
from triage.store.rows import Rows, put_rows
from triage.store.schema import lookups, note_readings


class Notes(Rows):
    """The notes' readings and look-ups, within one transaction."""

    def reading(self, digest: str) -> Mapping[str, Any] | None:
        """Return the reading stored under a digest, or None."""
        stored = self._connection.scalar(
            select(note_readings.c.reading).where(note_readings.c.digest == digest)
        )
        return cast("Mapping[str, Any] | None", stored)

    def put_readings(self, readings: Mapping[str, Mapping[str, Any]]) -> None:
        """Store readings, plain JSON values, under their digests."""
        rows = ({"digest": digest, "reading": dict(reading)} for digest, reading in readings.items())
        put_rows(self._connection, note_readings, rows)

    def keep_readings(self, digests: Collection[str]) -> int:
        """Delete the readings of files that changed or no longer exist; return how many."""
        gone = set(self._connection.scalars(select(note_readings.c.digest))) - set(digests)
        for digest in gone:
            self._connection.execute(note_readings.delete().where(note_readings.c.digest == digest))
        return len(gone)

    def lookups(self) -> dict[str, tuple[ArxivId | None, datetime]]:
        """Return ``question -> (paper or None, when)`` of earlier look-ups at arXiv."""
        rows = self._connection.execute(select(lookups.c.question, lookups.c.paper, lookups.c.asked_at))
        return {question: (paper and ArxivId(paper), asked_at) for question, paper, asked_at in rows}

    def put_lookups(self, answers: Mapping[str, ArxivId | None], now: datetime) -> None:
        """Store what arXiv answered, so that it is not asked again tomorrow."""
        rows = (
            {"question": question, "paper": paper, "asked_at": now} for question, paper in answers.items()
        )
        put_rows(self._connection, lookups, rows)
