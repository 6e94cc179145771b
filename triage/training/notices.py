"""Notices about notes and models.

``triage learn`` shows all of them; a run shows the new ones, a line a topic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from triage.ranker.manifest import TOO_FEW_NOTES
from triage.store.notices import Notices, new_notices
from triage.store.store import Transaction

if TYPE_CHECKING:
    from triage.training.labels import NotesUpdate
    from triage.training.update import Training

_NAMES_A_LINE = 3


def new_lines(tx: Transaction, topics: Mapping[str, Notices]) -> list[str]:
    """Return a line for each topic with new notices, with a count of those that it leaves out."""
    lines = []
    for topic, notices in topics.items():
        fresh = new_notices(tx, topic, notices)
        if fresh and topic in _NAMES_OF:
            more = f" and {len(fresh) - _NAMES_A_LINE} more" if fresh[_NAMES_A_LINE:] else ""
            lines.append(f"{_NAMES_OF[topic]}: {', '.join(fresh[:_NAMES_A_LINE])}{more} (all: triage learn)")
        elif fresh:
            more = f" (and {len(fresh) - 1} more: triage learn)" if fresh[1:] else ""
            lines.append(f"{fresh[0]}{more}")
    return lines


_NAMES_OF = {
    "unknown": "labelled, but arXiv does not know",
    "small categories": "too few notes yet to learn",
}
"""Topics whose notices are names, with the beginning of their line."""


def notices_of_notes(notes: NotesUpdate) -> dict[str, Notices]:
    """Return the notices about the notes, by topic."""
    return {
        "notes": {f"{one.file} {one.what}": f"{one.file}:{one.line}: {one.what}" for one in notes.problems},
        "look-ups": {notes.error: pending_notice(notes)} if notes.pending else {},
        "unknown": {one: one for one in notes.unknown_ids},
    }


def notices_of_training(training: Training) -> dict[str, Notices]:
    """Return the notices about the model in use after training, by topic."""
    small = [one.name for one in training.manifest.categories if not one.learned]
    # One of the warnings is about the small categories, which have a topic of their own.
    warnings = [one for one in training.manifest.warnings if not one.startswith(TOO_FEW_NOTES)]
    return {
        "model": {re.sub(r"\d+", "", one).partition(":")[0]: one for one in warnings},
        "eras": {"eras": training.eras} if training.eras else {},
        "small categories": {one: one for one in small},
    }


def pending_notice(notes: NotesUpdate) -> str:
    """Return the sentence about what is left to look up."""
    titles = "noted title is" if notes.pending == 1 else "noted titles are"
    why = f" (arXiv could not be asked: {notes.error})" if notes.error else ""
    return f"{notes.pending:,} {titles} still to be looked up{why}: triage learn"
