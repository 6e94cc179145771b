"""The alarm clock: APScheduler with the announcement calendar as a trigger.

Its jobs do no work.  They only say that it is time, and the daemon's own thread, which signals can
reach, does the work: so one thing happens at a time, and what was missed meanwhile is one wake-up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import Protocol

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger

from triage.daemon.plan import End, Past, next_run, ready_day

RUN, LEARN = "run", "learn"


class Alarms(Protocol):
    """What the daemon asks of an alarm clock."""

    def run_after(self, past: Past, holidays: Collection[date]) -> None:
        """Set when to run next, by the calendar and what happened, replacing what was set."""
        ...

    def learn_at(self, at: datetime) -> None:
        """Set when to look at what the reader changed, replacing what was set."""
        ...

    def recheck(self) -> None:
        """Look at the wall clock anew: it was set, or the machine slept."""
        ...


class AnnouncementTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 has no types
    """Fires by the announcement calendar (:mod:`triage.daemon.plan`).

    Parameters
    ----------
    past : Past
        What happened so far.
    seed : int
        Of the jitter.
    holidays : collection of date
        Evenings without an announcement beyond those known.
    """

    def __init__(self, past: Past, seed: int, holidays: Collection[date] = ()) -> None:
        self._past = past
        self._seed = seed
        self._holidays = holidays

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the next time to run; after the first, as if each run had gone well.

        The daemon sets a new trigger after each run, which knows how it went.
        """
        past = self._past
        if previous_fire_time is not None:
            past = past.after(End.DONE, ready_day(now, self._seed, self._holidays), now)
        return next_run(past, now, seed=self._seed, holidays=self._holidays).at

    def __repr__(self) -> str:
        return f"AnnouncementTrigger({self._past!r})"


class ScheduledAlarms:
    """Alarms by APScheduler, in a thread of its own.

    A late wake-up is never too late (no misfire limit: a laptop opened at noon still wants its
    digest), and many missed ones are one.

    Parameters
    ----------
    ring : callable
        Called from another thread with :data:`RUN` or :data:`LEARN` when it is time.
    seed : int
        Of the jitter.
    """

    def __init__(self, ring: Callable[[str], object], seed: int) -> None:
        self._ring = ring
        self._seed = seed
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            # Rings in the scheduler's own thread: no second thread to start (a machine may have none
            # left), and no alarm skipped because the one before is still on its way out of a pool.
            executors={"default": DebugExecutor()},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin to ring."""
        self._scheduler.start()

    def close(self) -> None:
        """Ring no more."""
        # A shutdown does not wait for the scheduler's thread, which may just be taking an alarm that
        # has rung off its list: it would find neither alarm nor list, and end with an error.  This waits.
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown()

    def run_after(self, past: Past, holidays: Collection[date]) -> None:
        """Set when to run next, by the calendar and what happened."""
        self._scheduler.add_job(
            self._ring,
            AnnouncementTrigger(past, self._seed, holidays),
            args=(RUN,),
            id=RUN,
            replace_existing=True,
        )

    def learn_at(self, at: datetime) -> None:
        """Set when to look at what the reader changed."""
        self._scheduler.add_job(
            self._ring, DateTrigger(at, timezone=UTC), args=(LEARN,), id=LEARN, replace_existing=True
        )

    def recheck(self) -> None:
        """Look at the wall clock anew."""
        self._scheduler.wakeup()
