"""Digests as they were written, and which papers they showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from triage.papers import ArxivId, LabelSource
from triage.store.batches import in_batches
from triage.store.schema import deliveries, digest_days, digests, labels, shown
from triage.store.upsert import replace_row


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


class Digests:
    """The digests table, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, digest: StoredDigest, papers: Sequence[ShownPaper]) -> None:
        """Record a digest, replacing what was recorded for its day."""
        replace_row(
            self._connection,
            digests,
            {
                "day": digest.day,
                "file": digest.file,
                "machine_text": digest.machine_text,
                "synced_text": digest.synced_text,
                "written_at": digest.written_at,
                "total": digest.total,
                "interesting": digest.interesting,
                "model": digest.model,
                "in_place": digest.in_place,
                "replaced_text": digest.replaced_text,
            },
        )
        for announcement in digest.covers:
            replace_row(self._connection, digest_days, {"announcement": announcement, "digest": digest.day})
        self._connection.execute(shown.delete().where(shown.c.digest == digest.day))
        for batch in in_batches(papers):
            self._connection.execute(
                shown.insert(),
                [
                    {
                        "digest": digest.day,
                        "paper": paper.paper,
                        "rank": paper.rank,
                        "picked": paper.picked,
                        "score": paper.score,
                        "probability": paper.probability,
                        "categories": list(paper.categories),
                    }
                    for paper in batch
                ],
            )

    def get(self, day: date) -> StoredDigest | None:
        """Return the digest named for a listing day."""
        row = self._connection.execute(select(digests).where(digests.c.day == day)).first()
        return self._to_digest(row) if row else None

    def covering(self, announcement: date) -> StoredDigest | None:
        """Return the digest that covers an announcement."""
        statement = (
            select(digests)
            .join(digest_days, digest_days.c.digest == digests.c.day)
            .where(digest_days.c.announcement == announcement)
        )
        row = self._connection.execute(statement).first()
        return self._to_digest(row) if row else None

    def all(self) -> list[StoredDigest]:
        """Return every digest, oldest first."""
        rows = self._connection.execute(select(digests).order_by(digests.c.day)).all()
        return [self._to_digest(row) for row in rows]

    def put_in_place(self, day: date, *, machine_text: str | None = None) -> None:
        """Remember that a digest's file is there, and with which text if not the recorded one."""
        values: dict[str, Any] = {"in_place": True, "replaced_text": None}
        if machine_text is not None:
            values |= {"machine_text": machine_text, "synced_text": machine_text}
        self._connection.execute(digests.update().where(digests.c.day == day).values(values))

    def synced(self, day: date, text: str) -> None:
        """Remember the text whose marks were read last."""
        self._connection.execute(digests.update().where(digests.c.day == day).values(synced_text=text))

    def moved(self, day: date, file: str) -> None:
        """Remember that the reader moved or renamed a digest."""
        self._connection.execute(digests.update().where(digests.c.day == day).values(file=file))

    def shown_in(self, day: date) -> list[ShownPaper]:
        """Return the papers of a digest, in rank order."""
        rows = self._connection.execute(select(shown).where(shown.c.digest == day).order_by(shown.c.rank))
        return [
            ShownPaper(
                paper=ArxivId(row.paper),
                rank=row.rank,
                picked=row.picked,
                score=row.score,
                probability=row.probability,
                categories=tuple(row.categories),
            )
            for row in rows
        ]

    def left_alone(self) -> set[ArxivId]:
        """Return the picks that the reader passed over.

        Only those of digests up to the last one in which the reader said something of any paper:
        later digests may not have been read yet.
        """
        statement = (
            select(func.max(shown.c.digest))
            .join(labels, labels.c.paper == shown.c.paper)
            .where(labels.c.source != LabelSource.NOTES.value, labels.c.said_at >= digests.c.written_at)
            .join(digests, digests.c.day == shown.c.digest)
        )
        last_read = self._connection.execute(statement).scalar()
        if last_read is None:
            return set()
        picked = select(shown.c.paper).where(shown.c.picked, shown.c.digest <= last_read)
        said = select(labels.c.paper)
        rows = self._connection.execute(picked.where(shown.c.paper.not_in(said))).scalars()
        return {ArxivId(paper) for paper in rows}

    def delivery(self, day: date, target: str) -> Delivery | None:
        """Return what is known of a digest's delivery to a target."""
        row = self._connection.execute(
            select(deliveries).where(deliveries.c.digest == day, deliveries.c.target == target)
        ).first()
        return _to_delivery(row) if row else None

    def deliveries(self) -> list[Delivery]:
        """Return all deliveries, oldest first."""
        rows = self._connection.execute(select(deliveries).order_by(deliveries.c.digest, deliveries.c.target))
        return [_to_delivery(row) for row in rows]

    def put_delivery(self, delivery: Delivery) -> None:
        """Record a delivery, sent or failed."""
        replace_row(
            self._connection,
            deliveries,
            {
                "digest": delivery.digest,
                "target": delivery.target,
                "sent_at": delivery.sent_at,
                "tries": delivery.tries,
                "reason": delivery.reason,
            },
        )

    def _to_digest(self, row: Row[Any]) -> StoredDigest:
        covered = self._connection.execute(
            select(digest_days.c.announcement)
            .where(digest_days.c.digest == row.day)
            .order_by(digest_days.c.announcement)
        ).scalars()
        return StoredDigest(
            day=row.day,
            covers=tuple(covered),
            file=row.file,
            machine_text=row.machine_text,
            synced_text=row.synced_text,
            written_at=row.written_at,
            total=row.total,
            interesting=row.interesting,
            model=row.model,
            in_place=row.in_place,
            replaced_text=row.replaced_text,
        )


def _to_delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        digest=row.digest, target=row.target, sent_at=row.sent_at, tries=row.tries, reason=row.reason
    )
