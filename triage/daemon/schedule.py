"""When to run and when to learn: arXiv's calendar, how the last run ended, and what has changed.

A listing day is first tried some minutes after its feed is renewed at midnight Eastern.  What that
leaves unfinished (arXiv late, a stale feed, no network) is tried again with growing pauses until
the next announcement, and once a day after that.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from apscheduler.triggers.base import BaseTrigger

from triage.clock import Clock
from triage.daemon.watcher import Changed
from triage.listing.calendar import EASTERN, feed_time, latest_listing_day, listing_days

FEED_SETTLES = timedelta(minutes=10)
"""How long after midnight Eastern the feeds of a day are first requested, at the earliest."""
JITTER = timedelta(minutes=20)
"""Up to so much later, so that not all installations send their requests in the same minute."""
RETRIES = (
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
)
"""Pauses after an unfinished run; together less than a day, so the next announcement comes first."""
AFTER_WAKING = timedelta(minutes=1)
"""After a suspend or a clock change, what is unfinished is tried at once; the network needs a moment."""
WHEN_BUSY = timedelta(minutes=5)
WHEN_FULL = timedelta(minutes=15)
DAILY_CHECK = time(12)
"""Eastern; on every day, also those without an announcement."""
SETTLE_TIME = timedelta(minutes=1)
"""Nothing changed for so long: the reader has stopped writing."""
SETTLE_LIMIT = timedelta(minutes=15)
"""After so long a change is read even if the reader still writes."""

_LONGEST_SEARCH = timedelta(days=70)


class End(StrEnum):
    """How a run ended."""

    DONE = "done"
    UNFINISHED = "unfinished"
    """Something failed that may work in an hour: today's announcement, a delivery, an error."""
    OLDER_LEFT = "older-left"
    """Only announcements of earlier days still fail: once or twice a day is enough for them."""
    BUSY = "busy"
    """Another process held the store's lock; nothing was done."""
    FULL = "full"
    """The disk is full; nothing is lost and nothing new is kept."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the schedule must know of the runs before; the default means that there was none."""

    covered: date | None = None
    """The newest listing day that was ready when the last run was made."""
    end: End = End.DONE
    ended_at: datetime | None = None
    tries: int = 0
    """Runs in a row that ended unfinished."""

    def followed_by(self, end: End, covered: date, now: datetime) -> LastRun:
        before = self.tries if covered == self.covered else 0
        return LastRun(covered, end, now, before + 1 if end is End.UNFINISHED else 0)

    def after_clock_change(self, now: datetime) -> LastRun:
        """Return the state after a suspend or a clock change: the pauses start again."""
        return self if self.end in (End.DONE, End.OLDER_LEFT) else replace(self, ended_at=now, tries=0)


@dataclass(frozen=True, slots=True)
class Planned:
    """When to run next (UTC), and why."""

    at: datetime
    why: str


def first_try(day: date, seed: int) -> datetime:
    """Return when a listing day is first tried, UTC; the same for the same seed."""
    return feed_time(day) + FEED_SETTLES + _jitter(day, seed)


def ready_day(now: datetime, seed: int, holidays: Collection[date] = ()) -> date:
    """Return the newest listing day whose first try has come."""
    latest = latest_listing_day(now, holidays)
    if first_try(latest, seed) <= now:
        return latest
    return listing_days(latest - _LONGEST_SEARCH, latest - timedelta(days=1), holidays)[-1]


def next_daily_check(now: datetime, seed: int) -> Planned:
    """Return the next daily check after `now`."""
    today = now.astimezone(EASTERN).date()
    for day in (today, today + timedelta(days=1)):
        at = datetime.combine(day, DAILY_CHECK, EASTERN).astimezone(UTC) + _jitter(day, seed)
        if at > now:
            break
    return Planned(at, "the daily check")


def next_run(last: LastRun, now: datetime, *, seed: int, holidays: Collection[date] = ()) -> Planned:
    """Return when to run next; `now` when that is at once."""
    ready = ready_day(now, seed, holidays)
    if last.covered is None:
        return Planned(now, "the start")
    # Also when a later day was covered: the clock was ahead, and the plan made by it is void.
    if last.covered != ready:
        return Planned(now, f"the announcement of {ready}")
    coming = listing_days(ready + timedelta(days=1), ready + _LONGEST_SEARCH, holidays)[0]
    plans = [
        Planned(first_try(coming, seed), f"the announcement of {coming}"),
        next_daily_check(now, seed),
    ]
    if (retry := _retry(last)) is not None:
        pause, why = retry
        # A run that ended in the future was timed by a clock that has been set back since.
        plans.append(Planned(max(now, min(last.ended_at or now, now) + pause), why))
    return min(plans, key=lambda plan: plan.at)


def _retry(last: LastRun) -> tuple[timedelta, str] | None:
    """How long to wait after the last run, and why, if it needs another before the next announcement."""
    if last.end is End.BUSY:
        return WHEN_BUSY, "another triage was at work"
    if last.end is End.FULL:
        return WHEN_FULL, "the disk was full"
    if last.end is End.UNFINISHED and not last.tries:
        return AFTER_WAKING, "the clock changed, or the machine slept"
    if last.end is End.UNFINISHED and last.tries <= len(RETRIES):
        return RETRIES[last.tries - 1], f"retry {last.tries}"
    return None


def _jitter(day: date, seed: int) -> timedelta:
    return JITTER * random.Random(f"{seed} {day}").random()  # noqa: S311 -- spreads load, no secret


class AnnouncementTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 has no types
    """Fires by the announcement calendar and by how the last run ended."""

    def __init__(
        self, clock: Clock, seed: int, holidays: Collection[date] = (), last_run: LastRun | None = None
    ) -> None:
        self.holidays = holidays
        self.last_run = last_run or LastRun()
        self.planned = Planned(clock.now(), "")
        self._clock = clock
        self._seed = seed

    def ready_day(self) -> date:
        return ready_day(self._clock.now(), self._seed, self.holidays)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the next time to run, by the clock as it is after a run; `now` was before it."""
        self.planned = next_run(self.last_run, self._clock.now(), seed=self._seed, holidays=self.holidays)
        # APScheduler also asks, before a run, for all times up to now that it would make up for: there are none.
        return (
            self.planned.at if previous_fire_time is None else max(self.planned.at, now + datetime.resolution)
        )


class SettledTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires when changed files have been quiet for a while.

    Editors save in many ways: in place, by a new file and a rename, every few seconds.
    """

    def __init__(self) -> None:
        self.what = Changed.NOTHING
        self._first = self._last = datetime.min.replace(tzinfo=UTC)

    def add(self, what: Changed, now: datetime) -> None:
        """Wait from now on for one more change to settle."""
        # A first change that lies in the future was timed by a clock that has been set back.
        if not self.what or self._first > now:
            self._first = now
        self.what |= what
        self._last = now

    def take(self) -> Changed:
        what, self.what = self.what, Changed.NOTHING
        return what

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        settled = min(self._last + SETTLE_TIME, self._first + SETTLE_LIMIT)
        return settled if self.what and (previous_fire_time is None or settled > previous_fire_time) else None


def clock_change(wall_before: datetime, wall_now: datetime, seconds_between: float) -> timedelta | None:
    """Return how far the wall clock has moved against a clock that nobody sets, if that matters.

    The steady clock stands still while the machine sleeps (on Linux), so a suspend shows as a jump
    forward, like a clock that was set.  Below a minute it does not: time servers move clocks by less
    all the time.
    """
    apart = (wall_now - wall_before) - timedelta(seconds=seconds_between)
    return apart if abs(apart) >= timedelta(minutes=1) else None
