"""What was read from the note files, by content hash, and what look-ups were answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from triage.papers import ArxivId
from triage.store.schema import lookups, note_files
from triage.store.upsert import replace_row


class Notes:
    """The note files and look-ups, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_file(
        self,
        path: str,
        content_hash: str,
        entries: list[dict[str, Any]],
        problems: list[dict[str, Any]],
        now: datetime,
    ) -> None:
        """Remember what a file's content gave."""
        replace_row(
            self._connection,
            note_files,
            {
                "path": path,
                "content_hash": content_hash,
                "entries": entries,
                "problems": problems,
                "read_at": now,
                "gone_at": None,
            },
        )

    def files(self) -> dict[str, tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]:
        """Return ``path -> (content hash, entries, problems)`` of the files that were there last time."""
        rows = self._connection.execute(select(note_files).where(note_files.c.gone_at.is_(None)))
        return {row.path: (row.content_hash, row.entries, row.problems) for row in rows}

    def mark_gone(self, path: str, now: datetime) -> None:
        """Remember that a file was deleted or renamed; its labels stay."""
        self._connection.execute(note_files.update().where(note_files.c.path == path).values(gone_at=now))

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
