"""The reader's word: an append-only log of labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from triage.papers import ArxivId, Label, LabelSource
from triage.store.schema import labels


@dataclass(frozen=True, slots=True)
class LoggedLabel:
    """A label as it stands in the log."""

    number: int
    label: Label
    undoes: int | None
    """The number of the entry that this one takes back."""


@dataclass(frozen=True, slots=True)
class CurrentLabel:
    """What the reader holds of a paper now: of each thing said, the last word."""

    paper: ArxivId
    relevant: bool | None
    relevant_said: Label | None
    """The entry that holds for relevance."""
    category: str | None
    read: bool
    remark: str


class Labels:
    """The label log, within one transaction.  Nothing is ever deleted."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, said: Iterable[Label]) -> list[LoggedLabel]:
        """Append what adds something to the log; a repetition of what holds already is skipped.

        The first word of the notes is kept also when it repeats a mark, so that the notes are known
        to have spoken and do not overrule a later mark.
        """
        log = self.log()
        current_labels = self._opinions(log)
        noted = {entry.label.paper for entry in log if entry.label.source is LabelSource.NOTES}
        added: list[LoggedLabel] = []
        for label in said:
            relevance_noted = label.source is LabelSource.NOTES and label.relevant is not None
            first_note = relevance_noted and label.paper not in noted
            if _adds_nothing(current_labels.get(label.paper), label) and not first_note:
                continue
            if first_note:
                noted.add(label.paper)
            added.append(LoggedLabel(self._append(label, None), label, None))
            current_labels[label.paper] = _updated(current_labels.get(label.paper), label)
        return added

    def undo(self, number: int, now: datetime) -> LoggedLabel | None:
        """Append an entry that takes back entry ``number``; None when there is no such standing entry."""
        standing = {entry.number: entry for entry in self._standing(self.log())}
        entry = standing.get(number)
        if entry is None:
            return None
        taken_back = Label(paper=entry.label.paper, said_at=now, source=LabelSource.COMMAND, where="undo")
        return LoggedLabel(self._append(taken_back, number), taken_back, number)

    def log(self, papers: Sequence[ArxivId] = ()) -> list[LoggedLabel]:
        """Return the log in the order things were said, of some papers or of all."""
        statement = select(labels).order_by(labels.c.number)
        if papers:
            statement = statement.where(labels.c.paper.in_(papers))
        return [_to_logged(row) for row in self._connection.execute(statement)]

    def current_labels(self, *, until: int | None = None) -> dict[ArxivId, CurrentLabel]:
        """Return what holds for each labelled paper: of each thing said, the last word.

        With ``until``, what held when the log ended with that entry.
        """
        return self._opinions([entry for entry in self.log() if until is None or entry.number <= until])

    def last_number(self) -> int:
        """Return the number of the newest entry, 0 for an empty log."""
        return self._connection.execute(select(func.max(labels.c.number))).scalar() or 0

    def restore(self, entry: LoggedLabel) -> None:
        """Put an exported entry back under its own number."""
        self._append(entry.label, entry.undoes, number=entry.number)

    def _append(self, label: Label, undoes: int | None, *, number: int | None = None) -> int:
        result = self._connection.execute(
            labels.insert().values(
                **({} if number is None else {"number": number}),
                paper=label.paper,
                said_at=label.said_at,
                source=label.source.value,
                relevant=label.relevant,
                category=label.category,
                read=label.read,
                remark=label.remark,
                # A file's name may hold bytes that are no text.
                place=label.where.encode("utf-8", "backslashreplace").decode("utf-8"),
                undoes=undoes,
            )
        )
        key = result.inserted_primary_key
        assert key is not None  # an INSERT of one row has one
        return int(key[0])

    def _opinions(self, log: Sequence[LoggedLabel]) -> dict[ArxivId, CurrentLabel]:
        held: dict[ArxivId, CurrentLabel] = {}
        for entry in self._standing(log):
            held[entry.label.paper] = _updated(held.get(entry.label.paper), entry.label)
        return held

    @staticmethod
    def _standing(log: Sequence[LoggedLabel]) -> list[LoggedLabel]:
        taken_back = {entry.undoes for entry in log if entry.undoes is not None}
        return [entry for entry in log if entry.undoes is None and entry.number not in taken_back]


def _updated(held: CurrentLabel | None, label: Label) -> CurrentLabel:
    return CurrentLabel(
        paper=label.paper,
        relevant=label.relevant if label.relevant is not None else held.relevant if held else None,
        relevant_said=label if label.relevant is not None else held.relevant_said if held else None,
        category=label.category if label.category is not None else held.category if held else None,
        read=label.read if label.read is not None else held.read if held else False,
        remark=label.remark or (held.remark if held else ""),
    )


def _adds_nothing(held: CurrentLabel | None, label: Label) -> bool:
    if held is None:
        return label.relevant is None and label.category is None and label.read is None and not label.remark
    return (
        label.relevant in (None, held.relevant)
        and label.category in (None, held.category)
        and label.read in (None, held.read)
        and label.remark in ("", held.remark)
    )


def _to_logged(row: Row[Any]) -> LoggedLabel:
    return LoggedLabel(
        number=row.number,
        label=Label(
            paper=ArxivId(row.paper),
            said_at=row.said_at,
            source=LabelSource(row.source),
            relevant=row.relevant,
            category=row.category,
            read=row.read,
            remark=row.remark,
            where=row.place,
        ),
        undoes=row.undoes,
    )
