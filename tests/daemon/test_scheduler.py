"""The scheduler by itself: jobs run when they should, in the thread that asks."""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.date import DateTrigger

from triage.clock import SystemClock
from triage.daemon.schedule import AnnouncementTrigger, SettledTrigger
from triage.daemon.scheduler import MainThreadScheduler, Wakeups
from triage.daemon.watcher import Changed

SEED = 7


@pytest.fixture
def wakeups() -> Wakeups:
    return queue.SimpleQueue()


@pytest.fixture
def scheduler(wakeups: Wakeups) -> Iterator[MainThreadScheduler]:
    scheduler = MainThreadScheduler(wakeups)
    scheduler.start()
    yield scheduler
    scheduler.shutdown()


@pytest.fixture
def ran() -> list[str]:
    return []


def test_without_a_job_it_waits_for_ever(scheduler: MainThreadScheduler) -> None:
    assert scheduler.run_due() == math.inf


def test_a_job_runs_in_the_calling_thread(scheduler: MainThreadScheduler) -> None:
    threads = []
    scheduler.add_job(lambda: threads.append(threading.current_thread()))
    scheduler.run_due()
    assert threads == [threading.current_thread()]


def test_the_first_run_is_at_once_and_once(scheduler: MainThreadScheduler, ran: list[str]) -> None:
    trigger = AnnouncementTrigger(SystemClock(), SEED)
    scheduler.add_job(ran.append, trigger, args=["run"])
    trigger.last_run = trigger.last_run.followed_by(
        trigger.last_run.end, trigger.ready_day(), datetime.now(UTC)
    )
    assert 0 < scheduler.run_due() < timedelta(hours=26).total_seconds()
    scheduler.run_due()
    assert ran == ["run"]


def test_a_job_missed_for_a_day_still_runs(scheduler: MainThreadScheduler, ran: list[str]) -> None:
    scheduler.add_job(ran.append, DateTrigger(datetime.now(UTC) - timedelta(days=1)), args=["learn"])
    scheduler.run_due()
    assert ran == ["learn"]


def test_a_job_that_is_to_run_again_is_kept(scheduler: MainThreadScheduler) -> None:
    trigger, found = SettledTrigger(), []

    def learn() -> None:
        found.append(trigger.take())
        if len(found) == 1:
            trigger.add(Changed.NOTES, datetime.now(UTC))

    trigger.add(Changed.NOTES, datetime.now(UTC) - timedelta(days=1))
    scheduler.add_job(learn, trigger, id="learn", replace_existing=True)
    assert 50 < scheduler.run_due() <= 60
    assert (found, trigger.what) == ([Changed.NOTES], Changed.NOTES)


def test_a_bug_in_a_job_is_raised_and_not_repeated_for_ever(scheduler: MainThreadScheduler) -> None:
    scheduler.add_job(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scheduler.run_due()


def test_a_new_job_ends_the_wait(scheduler: MainThreadScheduler, wakeups: Wakeups) -> None:
    assert wakeups.get(timeout=10) is None  # the start
    threading.Timer(0.05, lambda: scheduler.add_job(print, DateTrigger(datetime.now(UTC)))).start()
    assert wakeups.get(timeout=10) is None
