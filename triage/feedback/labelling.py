"""Labels by command: added, listed, undone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from triage.context import Context
from triage.errors import TriageError
from triage.notes.identifiers import first_id
from triage.papers import ArxivId, InvalidArxivId, Label, LabelSource, parse_arxiv_id
from triage.store.labels import LoggedLabel


def parse_ids(given: Sequence[str]) -> list[ArxivId]:
    """Return the ids in a list of ids and links.

    Raises TriageError if one of them is neither; nothing was changed.
    """
    ids = []
    for text in given:
        try:
            found: ArxivId | None = parse_arxiv_id(text)[0]
        except InvalidArxivId:
            found = first_id(text)
        if found is None:
            raise TriageError(
                f"{text!r} is neither an arXiv id nor a link to a paper; nothing was labelled.",
                remedy="An id looks like 2401.08565 or hep-th/9901001.",
            )
        ids.append(found)
    return list(dict.fromkeys(ids))


def add_labels(
    context: Context,
    given: Sequence[str],
    *,
    relevant: bool | None,
    categories: Sequence[str],
    read: bool | None,
) -> tuple[list[LoggedLabel], list[ArxivId]]:
    """Label papers, all or none; returns what was new in the log, and the papers not in the store."""
    ids, now = parse_ids(given), context.clock.now()
    for name in categories:
        if ";" in name or not name.strip():
            raise TriageError(f"{name!r} can't be a category: it is empty or holds a semicolon.")
    label = partial(Label, said_at=now, source=LabelSource.COMMAND, relevant=relevant, read=read)
    with context.store.transaction() as tx:
        stored = tx.papers.get(ids)
        added = tx.labels.add(
            label(paper, categories=tuple(categories) or None, where="triage label") for paper in ids
        )
    return added, [one for one in ids if one not in stored]


def label_log(context: Context, given: Sequence[str], *, source: str) -> list[LoggedLabel]:
    """Return the log, oldest first, of some papers or one source.

    Raises TriageError if there is no such source.
    """
    if source and source not in list(LabelSource):
        raise TriageError(f"there is no source {source!r}; it is one of {', '.join(LabelSource)}.")
    with context.store.reading() as tx:
        entries = tx.labels.log(parse_ids(given))
    return [entry for entry in entries if not source or entry.label.source == source]


def undo_label(context: Context, number: int) -> LoggedLabel:
    with context.store.transaction() as tx:
        entry = tx.labels.undo(number, context.clock.now())
    if entry is None:
        raise TriageError(
            f"there is no entry {number} to undo.", remedy="See the numbers with: triage labels"
        )
    return entry
