"""Which days of a daily list are to be asked for.  A pure decision."""

from __future__ import annotations

from datetime import date, timedelta

FIRST_DAYS = 30
"""So many days back the first time, and after a longer absence: tastes of last year say little."""
MOST_A_RUN = 10
"""Days asked for in one run, a request each; the next run goes on."""


def days_due(asked_until: date | None, today: date) -> list[date]:
    """Return the days to ask for now, oldest first.

    Only days that are over: a list still grows on its own day.

    Parameters
    ----------
    asked_until : date, optional
        The last day that was asked for.
    today : date
        By UTC.
    """
    first = today - timedelta(days=FIRST_DAYS)
    if asked_until is not None:
        first = max(first, asked_until + timedelta(days=1))
    wanted = [first + timedelta(days=number) for number in range((today - first).days)]
    return wanted[:MOST_A_RUN]
