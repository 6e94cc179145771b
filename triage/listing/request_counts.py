"""What was asked of arXiv, counted over all processes of a store: for status and metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from triage.listing.responses import Counters
from triage.store.store import Transaction

_KEY = "asked of arXiv"


@dataclass(frozen=True, slots=True)
class Asked:
    """Counts of one day and of all days."""

    today: Counters = field(default_factory=Counters)
    total: Counters = field(default_factory=Counters)


def read_asked(tx: Transaction, today: date) -> Asked:
    """Return what was asked today (US Eastern, as arXiv counts its days) and since the store was made."""
    known: dict[str, Any] = tx.facts.get(_KEY) or {}
    of_today = known.get("today", {}) if known.get("day") == today.isoformat() else {}
    return Asked(Counters(**of_today), Counters(**known.get("total", {})))


def add_asked(tx: Transaction, counters: Iterable[Counters], today: date) -> None:
    """Add what some clients did to what is known."""
    known = read_asked(tx, today)
    counters = list(counters)
    if not any(one.requests or one.failures for one in counters):
        return
    tx.facts.put(
        _KEY,
        {
            "day": today.isoformat(),
            "today": asdict(_sum([known.today, *counters])),
            "total": asdict(_sum([known.total, *counters])),
        },
    )


def _sum(counters: Iterable[Counters]) -> Counters:
    together = [asdict(one) for one in counters]
    return Counters(**{name: sum(one[name] for one in together) for name in asdict(Counters())})
