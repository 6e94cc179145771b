"""What the store knows of noted papers, for finding mistakes in the notes."""

from __future__ import annotations

from collections.abc import Sequence

from triage.clock import SystemClock
from triage.notes.doctor import Verdict
from triage.papers import NoteEntry
from triage.store.store import Store
from triage.training.lookup import match_entries


def verdicts_of(entries: Sequence[NoteEntry], store: Store) -> list[Verdict]:
    """Look entries up in the store; arXiv is not asked.  Empty if the store has no paper yet."""
    with store.reading() as tx:
        if not tx.papers.count():
            return []
        known = tx.papers.get({entry.arxiv_id for entry in entries if entry.arxiv_id})
    titles = {arxiv_id: paper.title for arxiv_id, paper in known.items()}
    return [
        Verdict(
            one.entry,
            one.paper.id if one.paper else None,
            one.paper.title if one.paper else "",
            titles.get(one.entry.arxiv_id, "") if one.entry.arxiv_id else "",
            doubtful=bool(one.conflict),
        )
        for one in match_entries(entries, store, None, SystemClock())
    ]
