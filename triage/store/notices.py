"""Which notices a reader has seen, so that each is shown once."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from pydantic import RootModel

if TYPE_CHECKING:
    from triage.store.store import Transaction

Notices = Mapping[str, str]
"""Sentences by what they are about: one that differs in a number or a line is the same notice."""

ACKNOWLEDGED = "acknowledged"
"""The topic of what the reader has acknowledged; elsewhere a topic is what notices are about."""


class ShownNotices(RootModel[tuple[str, ...]], frozen=True):
    """Hashes of a topic's notices when it was last shown; a record of the store, by topic."""

    KEY: ClassVar[str] = "told"


def new_notices(tx: Transaction, topic: str, notices: Notices) -> list[str]:
    """Return the notices that were not there when the topic was last shown, and remember those of now.

    A problem that was fixed in between and comes back is new again.
    """
    before = _seen(tx, topic)
    if before != (now := set(map(_hash, notices))):
        tx.records.put(ShownNotices(tuple(sorted(now))), topic)
    return [notice for about, notice in notices.items() if _hash(about) not in before]


def not_acknowledged(tx: Transaction, notices: Notices) -> list[str]:
    """Return the notices that the reader has not acknowledged; changes nothing."""
    seen = _seen(tx, ACKNOWLEDGED)
    return [notice for about, notice in notices.items() if _hash(about) not in seen]


def _seen(tx: Transaction, topic: str) -> set[str]:
    shown = tx.records.get(ShownNotices, topic)
    return set(shown.root) if shown else set()


def _hash(about: str) -> str:
    return sha256(about.encode("utf-8", "surrogatepass")).hexdigest()[:16]
