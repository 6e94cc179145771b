"""The alarm clock itself: APScheduler rings when it should."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from triage.daemon.alarms import LEARN, RUN, ScheduledAlarms
from triage.daemon.plan import End, Past, ready_day

SEED = 7
Heard = queue.SimpleQueue[str]


@pytest.fixture
def heard() -> Heard:
    return queue.SimpleQueue()


@pytest.fixture
def alarms(heard: Heard) -> Iterator[ScheduledAlarms]:
    alarms = ScheduledAlarms(heard.put, SEED)
    alarms.start()
    yield alarms
    alarms.close()


def now() -> datetime:
    return datetime.now(UTC)


def test_a_start_rings_at_once_and_once(alarms: ScheduledAlarms, heard: Heard) -> None:
    alarms.run_after(Past(), ())
    assert heard.get(timeout=10) == RUN
    with pytest.raises(queue.Empty):
        heard.get(timeout=0.2)


def test_after_a_good_run_it_is_quiet(alarms: ScheduledAlarms, heard: Heard) -> None:
    alarms.run_after(Past(ready_day(now(), SEED), End.DONE, now()), ())
    with pytest.raises(queue.Empty):
        heard.get(timeout=0.2)


def test_an_alarm_missed_for_a_day_still_rings(alarms: ScheduledAlarms, heard: Heard) -> None:
    alarms.learn_at(now() - timedelta(days=1))
    assert heard.get(timeout=10) == LEARN


def test_a_new_time_replaces_the_old(alarms: ScheduledAlarms, heard: Heard) -> None:
    alarms.learn_at(now() + timedelta(hours=1))
    alarms.learn_at(now() + timedelta(milliseconds=50))
    assert heard.get(timeout=10) == LEARN
    alarms.recheck()
    with pytest.raises(queue.Empty):
        heard.get(timeout=0.2)


def test_closing_just_as_an_alarm_rings_ends_no_thread_with_an_error(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda told: errors.append(told.exc_value))
    for _ in range(50):
        alarms = ScheduledAlarms(heard.put, SEED)
        alarms.start()
        alarms.learn_at(now() - timedelta(seconds=1))
        heard.get(timeout=10)
        alarms.close()
    assert errors == []
