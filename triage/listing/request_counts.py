"""Requests to arXiv, counted over all processes of a store: for status and metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from triage.listing.responses import Counters
from triage.store.store import Transaction


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Counts of one day (US Eastern, as arXiv counts its days) and of all days; a record of the store."""

    KEY: ClassVar[str] = "asked of arXiv"

    day: date
    today: Counters = field(default_factory=Counters)
    total: Counters = field(default_factory=Counters)


def read_request_counts(tx: Transaction, today: date) -> RequestCounts:
    """Return the counts of today and of all days since the store was made."""
    known = tx.records.get(RequestCounts) or RequestCounts(today)
    return known if known.day == today else RequestCounts(today, total=known.total)


def add_request_counts(tx: Transaction, counters: Counters, today: date) -> None:
    """Add what a client did to the counts in the store."""
    known = read_request_counts(tx, today)
    if counters.requests or counters.failures:
        tx.records.put(RequestCounts(today, known.today + counters, known.total + counters))
