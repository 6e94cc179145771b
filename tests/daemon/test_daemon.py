"""The daemon, on a clock of its own: what it does when, and what it makes of failures."""

from __future__ import annotations

import errno
import itertools
import logging
import os
import queue
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

import pytest

from tests.reader import FixedClock
from triage.clock import Clock
from triage.config.schema import Config
from triage.daemon.daemon import Daemon
from triage.daemon.jobs import Jobs
from triage.daemon.schedule import (
    AFTER_WAKING,
    RETRIES,
    SETTLE_LIMIT,
    SETTLE_TIME,
    WHEN_BUSY,
    WHEN_FULL,
    End,
    first_try,
)
from triage.daemon.watcher import Changed
from triage.errors import BusyError, StoreError, TriageError
from triage.listing.calendar import listing_days
from triage.progress import Progress
from triage.store.daemon_state import FOLDER, DaemonState, read_daemon_state

SEED = 7
MONDAY = date(2024, 1, 22)


@dataclass
class Script(Jobs):
    """Work whose results are scripted: each is an end, or an error to raise; then all is well."""

    clock: FixedClock
    results: list[End | Exception] = field(default_factory=list)
    runs: list[tuple[datetime, date]] = field(default_factory=list)
    learned: list[tuple[datetime, Changed]] = field(default_factory=list)
    takes: timedelta = timedelta(0)
    during: Callable[[], object] = lambda: None

    def _result(self) -> End:
        result = self.results.pop(0) if self.results else End.DONE
        if isinstance(result, Exception):
            raise result
        return result

    def run(self, config: Config, until: date, clock: Clock, progress: Progress) -> End:
        self.runs.append((clock.now(), until))
        self.clock.time += self.takes
        self.during()
        return self._result()

    def learn(self, config: Config, changed: Changed, clock: Clock, progress: Progress) -> End:
        self.learned.append((clock.now(), changed))
        return self._result()


class World:
    """A daemon whose scheduler goes by a clock that the test moves."""

    def __init__(self, folder: Path, clock: FixedClock) -> None:
        (folder / ".triage" / FOLDER).mkdir(parents=True)
        self.file = folder / "config.yaml"
        self.file.write_text("categories: [cs.CL]\n", encoding="utf-8")
        self.clock = clock
        self.steady = 0.0
        self.jobs = Script(self.clock)
        self.daemon = Daemon(self.file, self.jobs, self.clock, SEED, steady=lambda: self.steady)
        self.daemon.start(self.daemon.load_config())

    @property
    def state(self) -> DaemonState:
        return self.daemon.state

    def go_on(self, until: datetime) -> None:
        """Run jobs in order until a time."""
        while True:
            seconds = self.run_due()
            left = (until - self.clock.now()).total_seconds()
            if seconds > left:
                break
            self.pass_time(timedelta(seconds=seconds))
        self.pass_time(max(timedelta(0), timedelta(seconds=left)))

    def run_due(self) -> float:
        before = self.clock.now()
        seconds = self.daemon.scheduler.run_due()
        self.steady += (self.clock.now() - before).total_seconds()
        return seconds

    def pass_time(self, time: timedelta) -> None:
        self.clock.time += time
        self.steady += time.total_seconds()
        self.daemon.wait(0)

    def sleep(self, time: timedelta) -> None:
        """Suspend the machine: only the wall clock goes on."""
        self.clock.time += time
        self.daemon.wait(0)

    def change(self, what: Changed) -> None:
        """Change notes or digests."""
        while not self.daemon.wakeups.empty():
            self.daemon.wakeups.get()
        self.daemon.wakeups.put(what)
        self.daemon.wait(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    """A minute after Monday's first try; APScheduler reads it, too."""
    clock = FixedClock(first_try(MONDAY, SEED) + timedelta(minutes=1))

    class Now(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock.now()

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Now)
    return clock


@pytest.fixture
def world(tmp_path: Path, clock: FixedClock) -> World:
    return World(tmp_path, clock)


def pauses(world: World) -> list[timedelta]:
    times = [at for at, _ in world.jobs.runs]
    return [after - before for before, after in itertools.pairwise(times)]


def test_a_year_runs_every_listing_day_at_its_time_and_checks_every_day(
    tmp_path: Path, clock: FixedClock
) -> None:
    clock.time = start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    world = World(tmp_path, clock)
    world.go_on(start + timedelta(days=365))
    first_runs: dict[date, datetime] = {}
    for at, until in world.jobs.runs:
        first_runs.setdefault(until, at)
    days = listing_days(date(2026, 1, 2), date(2026, 12, 31))
    assert [day for day in first_runs if day >= days[0]] == days
    assert all(first_runs[day] == first_try(day, SEED) for day in days)
    assert len(world.jobs.runs) == 1 + len(days) + 365


def test_a_late_announcement_is_tried_again_until_it_is_there(world: World) -> None:
    world.jobs.results = [End.UNFINISHED] * 3
    world.go_on(world.clock.now() + timedelta(hours=6))
    assert pauses(world) == list(RETRIES[:3])
    assert {until for _, until in world.jobs.runs} == {MONDAY}


def test_an_explained_error_is_logged_with_its_remedy_and_tried_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.jobs.results = [TriageError("the mail server is away.", remedy="Look at deliver.mail.")]
    with caplog.at_level(logging.INFO):
        world.go_on(world.clock.now() + timedelta(hours=1))
    assert pauses(world) == [RETRIES[0]]
    (fields,) = (record.fields for record in caplog.records if record.message == "run-failed")  # type: ignore[attr-defined]
    assert fields == {"reason": "the mail server is away.", "remedy": "Look at deliver.mail."}


def test_a_bug_does_not_end_the_daemon(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.jobs.results = [ZeroDivisionError("oh")]
    world.go_on(world.clock.now() + timedelta(hours=1))
    assert pauses(world) == [RETRIES[0]]
    assert any(record.exc_info and record.message == "run-failed" for record in caplog.records)


def test_a_failed_run_s_error_is_in_the_state_without_secrets_until_a_run_succeeds(world: World) -> None:
    world.jobs.results = [TriageError("https://me:hunter2@example.org/ refused."), BusyError("busy")]
    problems = []
    for _ in range(3):
        world.go_on(world.state.next_run or world.clock.now())
        problems.append(world.state.last_problem)
    assert problems == [*["https://***@example.org/ refused."] * 2, ""]


def test_another_process_at_work_is_waited_for_and_named(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.jobs.results = [BusyError("another triage is at work here: 'triage learn', process 12")]
    world.go_on(world.clock.now() + timedelta(minutes=10))
    assert pauses(world) == [WHEN_BUSY]
    (fields,) = (record.fields for record in caplog.records if record.message == "run-waits")  # type: ignore[attr-defined]
    assert "process 12" in fields["reason"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        StoreError("the store refused: database or disk is full"),
    ],
    ids=["a file", "the store"],
)
def test_a_full_disk_is_logged_and_checked_again_for_ever(
    world: World, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    world.jobs.results = [error] * 20
    world.go_on(world.clock.now() + timedelta(hours=6))
    assert pauses(world)[:20] == [WHEN_FULL] * 20
    assert sum(record.message == "disk-full" for record in caplog.records) == 20
    assert world.state.last_end == End.DONE


def test_nothing_is_begun_on_a_nearly_full_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(world.file.parent)
    full = os.statvfs_result((*tuple(real)[:3], 10, 10, *tuple(real)[5:]))
    with monkeypatch.context() as patch:
        patch.setattr(os, "statvfs", lambda path: full)
        world.go_on(world.clock.now())
    assert (world.jobs.runs, world.state.last_end) == ([], End.FULL)
    world.go_on(world.clock.now() + WHEN_FULL)
    assert len(world.jobs.runs) == 1


def test_a_store_whose_disk_is_not_mounted_is_not_created_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(world.file.parent / ".triage")
    world.go_on(world.clock.now())
    assert world.jobs.runs == []
    assert any("is gone" in str(getattr(record, "fields", "")) for record in caplog.records)


def test_a_state_file_that_can_not_be_written_is_logged_once_and_stops_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    (world.file.parent / ".triage" / FOLDER).rename(world.file.parent / "away")
    world.go_on(world.clock.now() + timedelta(days=2))
    assert len(world.jobs.runs) > 1
    assert [record.message for record in caplog.records].count("journal-unwritten") == 1


def test_the_state_has_the_plan_and_the_last_run(world: World) -> None:
    world.go_on(world.clock.now())
    seen = read_daemon_state(world.file.parent / ".triage")
    assert seen is not None
    assert world.state.next_run is not None
    now, next_run = (time.replace(microsecond=0) for time in (world.clock.now(), world.state.next_run))
    assert (seen.last_run, seen.last_end, seen.doing) == (now, "done", "")
    assert (seen.next_run, seen.next_why) == (next_run, "the daily check")


def test_a_laptop_that_slept_over_an_announcement_runs_it_on_waking(world: World) -> None:
    world.go_on(world.clock.now())
    world.sleep(timedelta(days=1, hours=9))
    world.go_on(world.clock.now())
    assert [until for _, until in world.jobs.runs] == [MONDAY, MONDAY + timedelta(days=1)]
    assert world.state.clock_changes == 1


def test_a_week_asleep_is_one_run(world: World) -> None:
    world.go_on(world.clock.now())
    world.sleep(timedelta(days=7))
    world.go_on(world.clock.now() + timedelta(minutes=30))
    assert len(world.jobs.runs) == 2


def test_what_failed_before_a_suspend_is_tried_soon_after_it(world: World) -> None:
    world.jobs.results = [End.UNFINISHED] * 3
    world.go_on(world.clock.now() + RETRIES[0] + timedelta(minutes=1))
    world.sleep(timedelta(hours=3))
    woken = world.clock.now()
    world.go_on(woken + timedelta(minutes=10))
    assert world.jobs.runs[-1][0] == woken + AFTER_WAKING


def test_a_clock_set_back_does_not_delay_the_next_run(world: World) -> None:
    world.go_on(world.clock.now())
    world.sleep(timedelta(days=400))  # a wrong clock, far ahead
    world.go_on(world.clock.now())
    world.sleep(timedelta(days=-400))
    world.go_on(world.clock.now() + timedelta(days=1))
    assert {until for _, until in world.jobs.runs[2:]} == {MONDAY, MONDAY + timedelta(days=1)}


def test_what_becomes_due_during_long_work_is_done_afterwards(world: World) -> None:
    world.go_on(world.clock.now())
    planned = world.state.next_run
    assert planned is not None
    world.pass_time(planned - SETTLE_TIME - world.clock.now())
    world.change(Changed.NOTES)
    world.jobs.takes = timedelta(hours=2)
    world.pass_time(SETTLE_TIME)
    world.run_due()
    assert (len(world.jobs.runs), len(world.jobs.learned)) == (2, 1)


def test_a_process_that_was_stopped_for_a_day_catches_up(world: World) -> None:
    world.go_on(world.clock.now())
    world.pass_time(timedelta(days=1))  # stopped (SIGSTOP): both clocks went on
    world.go_on(world.clock.now())
    assert [until for _, until in world.jobs.runs] == [MONDAY, MONDAY + timedelta(days=1)]
    assert world.state.clock_changes == 0


def test_long_work_is_no_suspend(world: World) -> None:
    world.jobs.takes = timedelta(hours=2)
    world.go_on(world.clock.now())
    assert world.state.clock_changes == 0


def test_a_new_note_is_learned_from_once_the_reader_has_stopped_writing(world: World) -> None:
    world.go_on(world.clock.now())
    for _ in range(5):
        world.change(Changed.NOTES)
        world.pass_time(timedelta(seconds=20))
    world.change(Changed.DIGESTS)
    stopped = world.clock.now()
    world.go_on(stopped + timedelta(minutes=30))
    assert world.jobs.learned == [(stopped + SETTLE_TIME, Changed.NOTES | Changed.DIGESTS)]


def test_changes_wait_no_longer_than_the_limit(world: World) -> None:
    world.go_on(world.clock.now())
    began = world.clock.now()
    while world.clock.now() < began + 2 * SETTLE_LIMIT:
        world.change(Changed.NOTES)
        world.go_on(world.clock.now() + timedelta(seconds=30))
    assert world.jobs.learned[0][0] == began + SETTLE_LIMIT


def test_learning_is_postponed_while_another_process_is_at_work(world: World) -> None:
    world.go_on(world.clock.now())
    world.jobs.results = [BusyError("another triage is at work here")]
    world.change(Changed.NOTES)
    world.go_on(world.clock.now() + timedelta(minutes=5))
    assert [what for _, what in world.jobs.learned] == [Changed.NOTES, Changed.NOTES]
    assert world.state.learned == 1


class Hurry(queue.SimpleQueue[Changed | None]):
    """Wakes at once, and does something each time it is waited for."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self._steps = list(steps)

    def get(self, block: bool = True, timeout: float | None = None) -> Changed | None:
        if self._steps:
            self._steps.pop(0)()
        raise queue.Empty


def stop(world: World) -> None:
    world.daemon.signals.handle(signal.SIGTERM, None)


def waited_out(world: World, *steps: Callable[[], object]) -> bool:
    """Run the daemon while something happens at each wait; returns whether it ends to read its configuration."""
    world.daemon.wakeups = Hurry(*steps, partial(stop, world))
    world.daemon.run(world.daemon.config)
    return world.daemon.signals.reload


def save(world: World, text: str = "categories: [cs.CL, cs.IR]\n") -> None:
    world.file.write_text(text, encoding="utf-8")


def nothing() -> None:
    pass


def test_a_saved_configuration_is_reloaded_without_a_signal(world: World) -> None:
    assert waited_out(world, nothing, partial(save, world), nothing)


def test_a_configuration_saved_just_after_it_was_read_is_reloaded(world: World) -> None:
    save(world)
    assert waited_out(world, nothing, nothing)


def test_a_configuration_saved_unchanged_is_not_reloaded(world: World) -> None:
    assert not waited_out(world, partial(save, world, world.file.read_text("utf-8")), nothing, nothing)


def test_a_configuration_that_is_being_saved_is_not_read(world: World) -> None:
    assert waited_out(world, *[partial(save, world, "#" * size) for size in range(1, 6)], nothing)
    assert world.file.stat().st_size == 5


def test_a_missing_configuration_is_waited_for(world: World) -> None:
    assert not waited_out(world, world.file.unlink, nothing, nothing)


def test_a_stop_before_the_work_begins_begins_nothing(world: World) -> None:
    stop(world)
    world.run_due()
    assert world.jobs.runs == []


def test_a_signal_to_reload_is_waited_for_until_the_work_is_done(world: World) -> None:
    world.jobs.during = partial(world.daemon.signals.handle, signal.SIGHUP, None)
    world.daemon.run(world.daemon.config)
    assert [until for _, until in world.jobs.runs] == [MONDAY]
    assert world.state.last_end == "done"
