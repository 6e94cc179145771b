"""What was read from the note files, by their digest, and what look-ups were answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, select

from triage.papers import ArxivId
from triage.store.schema import lookups, note_readings
from triage.store.upsert import replace_row


class Notes:
    """The notes' readings and look-ups, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reading(self, digest: str) -> Mapping[str, Any] | None:
        """Return what was kept under a digest, or None."""
        kept = self._connection.scalar(
            select(note_readings.c.reading).where(note_readings.c.digest == digest)
        )
        return cast("Mapping[str, Any] | None", kept)

    def put_readings(self, readings: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep readings, plain JSON values, under their digests."""
        for digest, reading in readings.items():
            replace_row(self._connection, note_readings, {"digest": digest, "reading": dict(reading)})

    def keep_readings(self, digests: Collection[str]) -> int:
        """Drop the readings of files that are no more, or are no longer so; return how many."""
        gone = set(self._connection.scalars(select(note_readings.c.digest))) - set(digests)
        for digest in gone:
            self._connection.execute(note_readings.delete().where(note_readings.c.digest == digest))
        return len(gone)

    def lookups(self) -> dict[str, tuple[ArxivId | None, datetime]]:
        """Return ``question -> (paper or None, when)`` of what arXiv was asked before."""
        rows = self._connection.execute(select(lookups))
        return {
            row.question: (ArxivId(row.paper) if row.paper is not None else None, row.asked_at)
            for row in rows
        }

    def put_lookups(self, answers: Mapping[str, ArxivId | None], now: datetime) -> None:
        """Remember what arXiv answered, so that it is not asked again tomorrow."""
        for question, paper in answers.items():
            replace_row(self._connection, lookups, {"question": question, "paper": paper, "asked_at": now})
