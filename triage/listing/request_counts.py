"""Requests to arXiv, counted over all processes of a store: for status and metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
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


def add_request_counts(tx: Transaction, counters: Iterable[Counters], today: date) -> None:
    """Add what some clients did to the counts in the store."""
    known = read_request_counts(tx, today)
    counters = list(counters)
    if any(one.requests or one.failures for one in counters):
        tx.records.put(RequestCounts(today, _sum([known.today, *counters]), _sum([known.total, *counters])))


def _sum(counters: Iterable[Counters]) -> Counters:
    together = [asdict(one) for one in counters]
    return Counters(**{name: sum(one[name] for one in together) for name in asdict(Counters())})
