"""What there is to say of notes and models, and what of it the reader was told before.

``triage learn`` says all of it; a run says what is new, a line a topic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from pydantic import RootModel

from triage.store.store import Transaction

if TYPE_CHECKING:
    from triage.training.learn import Gathered, Training

_AT_MOST = 3
"""Names in a line."""

Said = Mapping[str, str]
"""Sentences by what they are about: one that differs in a number or a line is the same news."""


class KnownNotices(RootModel[tuple[str, ...]], frozen=True):
    """Hashes of the notices of a topic that the reader has been given; a record of the store, by topic."""

    KEY: ClassVar[str] = "told"


def news(tx: Transaction, topic: str, said: Said) -> list[str]:
    """Return what was not said of a topic when it was last spoken of, and remember what is said now.

    What was mended in between and comes back is news again.

    Parameters
    ----------
    tx : Transaction
        Keeps their hashes.
    topic : str
    said : mapping of str to str
        All that there is to say now.
    """
    known = tx.records.get(KnownNotices, topic)
    before = set(known.root) if known else set()
    now = {
        sha256(about.encode("utf-8", "surrogatepass")).hexdigest()[:16]: one for about, one in said.items()
    }
    if before != set(now):
        tx.records.put(KnownNotices(tuple(sorted(now))), topic)
    return [one for mark, one in now.items() if mark not in before]


def tell_news(tx: Transaction, topics: Mapping[str, Said]) -> list[str]:
    """Return a line for each topic that has news, with a count of what it leaves out."""
    lines = []
    for topic, said in topics.items():
        fresh = news(tx, topic, said)
        if fresh and topic in _LISTED:
            more = f" and {len(fresh) - _AT_MOST} more" if fresh[_AT_MOST:] else ""
            lines.append(f"{_LISTED[topic]}: {', '.join(fresh[:_AT_MOST])}{more} (all: triage learn)")
        elif fresh:
            more = f" (and {len(fresh) - 1} more: triage learn)" if fresh[1:] else ""
            lines.append(f"{fresh[0]}{more}")
    return lines


_LISTED = {
    "unknown": "labelled, but arXiv does not know",
    "small categories": "too few notes yet to learn",
}
"""Topics whose news are names, by what is said of them."""


def about_notes(gathered: Gathered) -> dict[str, Said]:
    """Return what is to be said of the notes as they were read."""
    return {
        "notes": {
            f"{one.file} {one.what}": f"{one.file}:{one.line}: {one.what}" for one in gathered.problems
        },
        "look-ups": {gathered.trouble: still_to_look_up(gathered)} if gathered.waiting else {},
        "unknown": {one: one for one in gathered.unknown_ids},
    }


def about_training(trained: Training) -> dict[str, Said]:
    """Return what is to be said of the model in use after training."""
    small = [one.name for one in trained.manifest.categories if not one.learned]
    listed = ", ".join(small)
    # One of the warnings lists the small categories, which have a topic of their own.
    warnings = [one for one in trained.manifest.warnings if not small or not one.endswith(listed)]
    return {
        "model": {re.sub(r"\d+", "", one).partition(":")[0]: one for one in warnings},
        "eras": {"eras": trained.eras} if trained.eras else {},
        "small categories": {one: one for one in small},
    }


def still_to_look_up(gathered: Gathered) -> str:
    """Return the sentence that tells the reader what is left for later."""
    titles = "noted title is" if gathered.waiting == 1 else "noted titles are"
    why = f" (arXiv could not be asked: {gathered.trouble})" if gathered.trouble else ""
    return f"{gathered.waiting:,} {titles} still to be looked up{why}: triage learn"
