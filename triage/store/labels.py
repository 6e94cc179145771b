"""The label log: what the reader said of papers, append-only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from triage.papers import ArxivId, Label, LabelSource
from triage.store.rows import Rows, columns_for, row_of
from triage.store.schema import labels, split_categories

_LABEL = columns_for(labels, Label)


@dataclass(frozen=True, slots=True)
class LoggedLabel:
    """An entry of the log."""

    number: int
    label: Label
    undoes: int | None
    """The number of the entry that this one undoes."""


@dataclass(frozen=True, slots=True)
class CurrentLabel:
    """What holds for a paper now: of relevance, categories, read and remark, the last word."""

    paper: ArxivId
    relevant: bool | None = None
    relevance_label: Label | None = None
    """The label that decided ``relevant``."""
    categories: tuple[str, ...] | None = None
    read: bool = False
    remark: str = ""


class Labels(Rows):
    """The label log, within one transaction.  Nothing is ever deleted."""

    def add(self, new: Iterable[Label]) -> list[LoggedLabel]:
        """Append the labels that change something; a repetition of what holds already is skipped.

        The first relevance from the notes is kept even when it repeats a mark, so that the notes do
        not overrule a later mark.
        """
        log = self.log()
        current = _current(log)
        noted = {entry.label.paper for entry in log if entry.label.source is LabelSource.NOTES}
        added: list[LoggedLabel] = []
        for given in new:
            names = given.categories
            label = given if names is None else replace(given, categories=split_categories(names))
            held = current.get(label.paper, CurrentLabel(label.paper))
            changed = _updated(held, label)
            first_note = (
                label.source is LabelSource.NOTES and label.relevant is not None and label.paper not in noted
            )
            if first_note:
                noted.add(label.paper)
            elif replace(changed, relevance_label=held.relevance_label) == held and (
                label.read is None or label.paper in current
            ):
                continue
            added.append(LoggedLabel(self._append(label, None), label, None))
            current[label.paper] = changed
        return added

    def undo(self, number: int, now: datetime) -> LoggedLabel | None:
        """Append an entry that undoes entry ``number``; None if there is none, or it is undone already."""
        entry = next((one for one in _standing(self.log()) if one.number == number), None)
        if entry is None:
            return None
        label = Label(paper=entry.label.paper, said_at=now, source=LabelSource.COMMAND, where="undo")
        return LoggedLabel(self._append(label, number), label, number)

    def log(self, papers: Sequence[ArxivId] = ()) -> list[LoggedLabel]:
        """Return the log of some papers or of all, oldest entry first."""
        statement = select(labels.c.number, labels.c.undoes, *_LABEL).order_by(labels.c.number)
        if papers:
            statement = statement.where(labels.c.paper.in_(papers))
        rows = self._connection.execute(statement)
        return [LoggedLabel(number, Label(*label), undoes) for number, undoes, *label in rows]

    def current_labels(self, *, until: int | None = None) -> dict[ArxivId, CurrentLabel]:
        """Return what holds for each labelled paper.

        With ``until``, what held when the log ended with that entry.
        """
        return _current([entry for entry in self.log() if until is None or entry.number <= until])

    def places(self, *, until: datetime | None = None) -> dict[ArxivId, str]:
        """Return where each labelled paper was labelled last; with ``until``, up to that time."""
        return {
            entry.label.paper: entry.label.where or entry.label.source.value
            for entry in _standing(self.log())
            if until is None or entry.label.said_at <= until
        }

    def last_number(self) -> int:
        """Return the number of the newest entry, 0 for an empty log."""
        return self._connection.execute(select(func.max(labels.c.number))).scalar() or 0

    def restore(self, entry: LoggedLabel) -> None:
        """Put an exported entry back under its own number."""
        self._append(entry.label, entry.undoes, number=entry.number)

    def _append(self, label: Label, undoes: int | None, **number: int) -> int:
        # A file's name may hold bytes that are no text.
        where = label.where.encode("utf-8", "backslashreplace").decode("utf-8")
        row = row_of(labels, label, where=where, undoes=undoes, **number)
        key = self._connection.execute(labels.insert().values(**row)).inserted_primary_key
        assert key is not None  # an INSERT of one row has one
        return int(key[0])


def _standing(log: Sequence[LoggedLabel]) -> list[LoggedLabel]:
    undone = {entry.undoes for entry in log}
    return [entry for entry in log if entry.undoes is None and entry.number not in undone]


def _current(log: Sequence[LoggedLabel]) -> dict[ArxivId, CurrentLabel]:
    current: dict[ArxivId, CurrentLabel] = {}
    for entry in _standing(log):
        paper = entry.label.paper
        current[paper] = _updated(current.get(paper, CurrentLabel(paper)), entry.label)
    return current


def _updated(held: CurrentLabel, label: Label) -> CurrentLabel:
    decides = label.relevant is not None
    return CurrentLabel(
        paper=held.paper,
        relevant=label.relevant if decides else held.relevant,
        relevance_label=label if decides else held.relevance_label,
        categories=held.categories if label.categories is None else label.categories,
        read=held.read if label.read is None else label.read,
        remark=label.remark or held.remark,
    )
