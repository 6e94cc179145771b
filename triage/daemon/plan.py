"""When to run next: pure decisions over the announcement calendar, what happened, and the time.

A listing day is first tried some minutes after its feed is renewed at midnight Eastern.  What that
leaves unfinished (arXiv late, a stale feed, no network) is tried again with growing pauses until
the next announcement, and once a day after that.  Nothing here reads a clock or a file.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from triage.listing.calendar import EASTERN, feed_time, latest_listing_day, listing_days

FEED_SETTLES = timedelta(minutes=10)
"""How long after midnight Eastern the feeds of a day are first asked, at the earliest."""
JITTER = timedelta(minutes=20)
"""Up to so much later, so that not all who run triage ask in the same minute."""
RETRIES = (
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
)
"""Pauses after an unfinished run; together less than a day, so the next announcement comes first."""
AFTER_WAKING = timedelta(minutes=1)
"""After a suspend or a new clock, what is unfinished is tried at once; the network needs a moment."""
WHEN_BUSY = timedelta(minutes=5)
WHEN_FULL = timedelta(minutes=15)
DAILY_CHECK = time(12)
"""Eastern; on every day, also those without an announcement."""

_LONGEST_SEARCH = timedelta(days=70)


class End(StrEnum):
    """How a run ended."""

    DONE = "done"
    UNFINISHED = "unfinished"
    """Something failed that a run in an hour may mend: today's announcement, a delivery, an error."""
    OLDER_LEFT = "older-left"
    """Only announcements of earlier days still fail: once or twice a day is enough for them."""
    BUSY = "busy"
    """Another process held the store's lock; nothing was done."""
    FULL = "full"
    """The disk is full; nothing is lost and nothing new is kept."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the plan must know of the runs before; a fresh one means that there was none."""

    covered: date | None = None
    """The newest listing day that was ready when the last run was made."""
    end: End = End.DONE
    ended_at: datetime | None = None
    tries: int = 0
    """Runs in a row that ended unfinished."""

    def after(self, end: End, covered: date, now: datetime) -> Past:
        """Return the past with one more run in it."""
        before = self.tries if covered == self.covered else 0
        return Past(covered, end, now, before + 1 if end is End.UNFINISHED else 0)

    def after_clock_change(self, now: datetime) -> Past:
        """Return the past as it counts after a suspend or a new clock: pauses start anew."""
        return self if self.end in (End.DONE, End.OLDER_LEFT) else replace(self, ended_at=now, tries=0)


@dataclass(frozen=True, slots=True)
class Planned:
    """When to run next, and why."""

    at: datetime
    """UTC."""
    why: str


def first_try(day: date, seed: int) -> datetime:
    """Return when a listing day is first asked for, UTC.

    Parameters
    ----------
    day : date
        A listing day.
    seed : int
        Shifts the time within the jitter; the same seed gives the same time, however often it is asked.
    """
    return feed_time(day) + FEED_SETTLES + _jitter(day, seed)


def ready_day(now: datetime, seed: int, holidays: Collection[date] = ()) -> date:
    """Return the newest listing day whose first try has come."""
    latest = latest_listing_day(now, holidays)
    if first_try(latest, seed) <= now:
        return latest
    return listing_days(latest - _LONGEST_SEARCH, latest - timedelta(days=1), holidays)[-1]


def next_first_try(now: datetime, seed: int, holidays: Collection[date] = ()) -> Planned:
    """Return the first try of the listing day after the newest that is ready."""
    ready = ready_day(now, seed, holidays)
    day = listing_days(ready + timedelta(days=1), ready + _LONGEST_SEARCH, holidays)[0]
    return Planned(first_try(day, seed), f"the announcement of {day}")


def next_daily_check(now: datetime, seed: int) -> Planned:
    """Return the next daily check after `now`."""
    today = now.astimezone(EASTERN).date()
    for day in (today, today + timedelta(days=1)):
        at = datetime.combine(day, DAILY_CHECK, EASTERN).astimezone(UTC) + _jitter(day, seed)
        if at > now:
            break
    return Planned(at, "the daily check")


def next_run(past: Past, now: datetime, *, seed: int, holidays: Collection[date] = ()) -> Planned:
    """Return when to run next; `now` when that is at once.

    Parameters
    ----------
    past : Past
    now : datetime
        Aware.
    seed : int
        See :func:`first_try`.
    holidays : collection of date
        Evenings without an announcement beyond those known.
    """
    ready = ready_day(now, seed, holidays)
    if past.covered is None:
        return Planned(now, "the start")
    # Also when the day before is the newest: the clock was ahead, and the plan made by it is void.
    if past.covered != ready:
        return Planned(now, f"the announcement of {ready}")
    plans = [next_first_try(now, seed, holidays), next_daily_check(now, seed)]
    if (pause := _pause(past)) is not None:
        # A run that ended in the future was timed by a clock that has been set back since.
        ended = min(past.ended_at or now, now)
        plans.append(Planned(max(now, ended + pause), _retry_reason(past)))
    return min(plans, key=lambda plan: plan.at)


def _pause(past: Past) -> timedelta | None:
    """How long to wait after the last run, if it wants another before the next announcement."""
    if past.end is End.BUSY:
        return WHEN_BUSY
    if past.end is End.FULL:
        return WHEN_FULL
    if past.end is End.UNFINISHED and past.tries <= len(RETRIES):
        return RETRIES[past.tries - 1] if past.tries else AFTER_WAKING
    return None


def _retry_reason(past: Past) -> str:
    if past.end is End.BUSY:
        return "another triage was at work"
    if past.end is End.FULL:
        return "the disk was full"
    return f"retry {past.tries}" if past.tries else "the clock changed, or the machine slept"


def _jitter(day: date, seed: int) -> timedelta:
    return JITTER * random.Random(f"{seed} {day}").random()  # noqa: S311 -- spreads load, no secret


def clock_change(wall_before: datetime, wall_now: datetime, seconds_between: float) -> timedelta | None:
    """Return how far the wall clock and the steady clock have come apart, if that matters.

    The steady clock stands still while the machine sleeps (on Linux), so a suspend shows as a jump
    forward, like a clock that was set.

    Parameters
    ----------
    seconds_between : float
        By a clock that nobody sets.

    Returns
    -------
    timedelta or None
        None below a minute: time servers move clocks by less all the time.
    """
    apart = (wall_now - wall_before) - timedelta(seconds=seconds_between)
    return apart if abs(apart) >= timedelta(minutes=1) else None
