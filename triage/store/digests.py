"""Digests as they were written, and which papers they showed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from triage.papers import ArxivId, LabelSource
from triage.store.rows import Rows, columns_for, in_batches, put_rows, row_of
from triage.store.schema import deliveries, digest_days, digests, labels, shown


@dataclass(frozen=True, slots=True)
class StoredDigest:
    """A digest as the machine wrote it."""

    day: date
    """The listing day it is named for: the last one it covers."""
    covers: tuple[date, ...]
    file: str
    """The file's path, relative to the digests' folder."""
    machine_text: str
    """The bytes the machine last wrote, decoded."""
    synced_text: str
    """The text at the last reading of the reader's marks."""
    written_at: datetime
    total: int
    interesting: int
    model: str
    in_place: bool = True
    """Whether the file was seen to be written; False only between the record and the file."""
    replaced_text: str | None = None
    """The machine's earlier text, which may still be in the file while this one is not in place."""


@dataclass(frozen=True, slots=True)
class ShownPaper:
    """A paper in a digest."""

    paper: ArxivId
    rank: int
    picked: bool
    score: float
    probability: float
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a digest went, or why it did not."""

    digest: date
    target: str
    sent_at: datetime | None
    tries: int
    reason: str


class Digests(Rows):
    """The digests table, within one transaction."""

    def put(self, digest: StoredDigest, papers: Sequence[ShownPaper]) -> None:
        """Record a digest, replacing what was recorded for its day."""
        put_rows(self._connection, digests, [row_of(digests, digest)])
        covers = ({"announcement": day, "digest": digest.day} for day in digest.covers)
        put_rows(self._connection, digest_days, covers)
        self._connection.execute(shown.delete().where(shown.c.digest == digest.day))
        rows = (row_of(shown, paper, digest=digest.day) for paper in papers)
        for batch in in_batches(rows):
            self._connection.execute(shown.insert(), batch)

    def get(self, day: date) -> StoredDigest | None:
        """Return the digest named for a listing day."""
        return next(iter(self._where(digests.c.day == day)), None)

    def all(self) -> list[StoredDigest]:
        """Return every digest, oldest first."""
        return self._where()

    def showing(self, paper: ArxivId) -> list[StoredDigest]:
        """Return the digests that show a paper, oldest first."""
        return self._where(digests.c.day.in_(select(shown.c.digest).where(shown.c.paper == paper)))

    def days(self) -> list[date]:
        """Return the days that have a digest, oldest first."""
        return list(self._connection.execute(select(digests.c.day).order_by(digests.c.day)).scalars())

    def counts(self) -> list[tuple[date, int, int]]:
        """Return the days that have a digest, oldest first, each with its papers and picks."""
        columns = digests.c.day, digests.c.total, digests.c.interesting
        rows = self._connection.execute(select(*columns).order_by(digests.c.day))
        return [(day, total, picked) for day, total, picked in rows]

    def put_in_place(self, day: date, *, machine_text: str | None = None) -> None:
        """Record that a digest's file is written, and with which text if not the recorded one."""
        values: dict[str, Any] = {"in_place": True, "replaced_text": None}
        if machine_text is not None:
            values |= {"machine_text": machine_text, "synced_text": machine_text}
        self._connection.execute(digests.update().where(digests.c.day == day).values(values))

    def synced(self, day: date, text: str) -> None:
        """Record the text whose marks were read last."""
        self._connection.execute(digests.update().where(digests.c.day == day).values(synced_text=text))

    def moved(self, day: date, file: str) -> None:
        """Record that the reader moved or renamed a digest."""
        self._connection.execute(digests.update().where(digests.c.day == day).values(file=file))

    def shown_in(self, day: date) -> list[ShownPaper]:
        """Return the papers of a digest, in rank order."""
        columns = columns_for(shown, ShownPaper)
        rows = self._connection.execute(select(*columns).where(shown.c.digest == day).order_by(shown.c.rank))
        return [ShownPaper(*row) for row in rows]

    def left_alone(self) -> set[ArxivId]:
        """Return the picks that the reader passed over.

        Only those of digests up to the last one with a label of the reader's on any paper: later
        digests may not have been read yet.
        """
        statement = (
            select(func.max(shown.c.digest))
            .join(labels, labels.c.paper == shown.c.paper)
            .where(labels.c.source != LabelSource.NOTES, labels.c.said_at >= digests.c.written_at)
            .join(digests, digests.c.day == shown.c.digest)
        )
        last_read = self._connection.execute(statement).scalar()
        if last_read is None:
            return set()
        picked = select(shown.c.paper).where(shown.c.picked, shown.c.digest <= last_read)
        labelled = select(labels.c.paper)
        rows = self._connection.execute(picked.where(shown.c.paper.not_in(labelled))).scalars()
        return {ArxivId(paper) for paper in rows}

    def deliveries(self, day: date | None = None) -> list[Delivery]:
        """Return all deliveries or those of one digest, oldest first."""
        statement = select(*columns_for(deliveries, Delivery))
        if day is not None:
            statement = statement.where(deliveries.c.digest == day)
        statement = statement.order_by(deliveries.c.digest, deliveries.c.target)
        return [Delivery(*row) for row in self._connection.execute(statement)]

    def put_delivery(self, delivery: Delivery) -> None:
        """Record a delivery, sent or failed."""
        put_rows(self._connection, deliveries, [row_of(deliveries, delivery)])

    def _where(self, *conditions: ColumnElement[bool]) -> list[StoredDigest]:
        days = select(digest_days.c.digest, digest_days.c.announcement).order_by(digest_days.c.announcement)
        covered: dict[date, list[date]] = defaultdict(list)
        for digest, announcement in self._connection.execute(days):
            covered[digest].append(announcement)
        rows = self._connection.execute(select(digests).where(*conditions).order_by(digests.c.day))
        return [StoredDigest(covers=tuple(covered[row.day]), **row._mapping) for row in rows]
