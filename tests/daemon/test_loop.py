"""The loop, on a clock of its own: what it does when, and what it makes of failures."""

from __future__ import annotations

import errno
import itertools
import logging
import os
import random
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.reader import FixedClock
from triage.clock import Clock
from triage.config.load import load_config
from triage.config.schema import Config
from triage.daemon.alarms import LEARN, RUN, AnnouncementTrigger
from triage.daemon.changes import PATIENCE, QUIET, Changed, Stamp
from triage.daemon.loop import TICK_SECONDS, Inbox, Leave, Loop, Message, Word
from triage.daemon.plan import AFTER_WAKING, RETRIES, WHEN_BUSY, WHEN_FULL, End, Past, first_try
from triage.daemon.signals import StopSwitch
from triage.errors import BusyError, StoreError, TriageError
from triage.listing.calendar import listing_days
from triage.progress import Progress
from triage.store.daemon_state import FOLDER, DaemonState, read_daemon_state

SEED = 7
MONDAY = date(2024, 1, 22)


class HandAlarms:
    """An alarm clock by the same trigger as the real one, read by the test instead of a thread."""

    def __init__(self, clock: FixedClock) -> None:
        self._clock = clock
        self.set: dict[str, datetime] = {}

    def run_after(self, past: Past, holidays: Collection[date]) -> None:
        self.set[RUN] = AnnouncementTrigger(past, SEED, holidays).get_next_fire_time(None, self._clock.now())

    def learn_at(self, at: datetime) -> None:
        self.set[LEARN] = at

    def recheck(self) -> None:
        pass


@dataclass
class Script:
    """Work whose results are scripted: each is an end, or an error to raise; then all is well."""

    clock: FixedClock
    results: list[End | Exception] = field(default_factory=list)
    runs: list[tuple[datetime, date]] = field(default_factory=list)
    learned: list[tuple[datetime, Changed]] = field(default_factory=list)
    takes: timedelta = timedelta(0)

    def run(self, config: Config, until: date, clock: Clock, progress: Progress) -> End:
        self.runs.append((clock.now(), until))
        self.clock.time += self.takes
        result = self.results.pop(0) if self.results else End.DONE
        if isinstance(result, Exception):
            raise result
        return result

    def learn(self, config: Config, changed: Changed, clock: Clock, progress: Progress) -> None:
        self.learned.append((clock.now(), changed))
        result = self.results.pop(0) if self.results else End.DONE
        if isinstance(result, Exception):
            raise result


class World:
    """A loop with a clock that the test moves."""

    def __init__(self, folder: Path, start: datetime) -> None:
        (folder / ".triage" / FOLDER).mkdir(parents=True)
        self.file = folder / "config.yaml"
        self.file.write_text("categories: [cs.CL]\n", encoding="utf-8")
        self.clock = FixedClock(start)
        self.steady = 0.0
        self.alarms = HandAlarms(self.clock)
        self.work = Script(self.clock)
        self.state = DaemonState(started=start)
        self.switch = StopSwitch()
        self.inbox = Inbox()
        self.loop = self.made()
        self.loop.plan()

    def made(self, inbox: Inbox | None = None, stamp: Stamp | None = None) -> Loop:
        return Loop(
            load_config(self.file),
            config_file=self.file,
            config_stamp=stamp or Stamp.of(self.file),
            work=self.work,
            alarms=self.alarms,
            inbox=inbox or self.inbox,
            switch=self.switch,
            state=self.state,
            clock=self.clock,
            rng=random.Random(1),
            seed=SEED,
            past=Past(),
            steady=lambda: self.steady,
        )

    def go_on(self, until: datetime) -> None:
        """Let alarms ring, in order, until a time."""
        while True:
            word, at = min(self.alarms.set.items(), key=lambda alarm: alarm[1])
            if at > until:
                break
            del self.alarms.set[word]
            self.pass_time(max(timedelta(0), at - self.clock.now()))
            before = self.clock.now()
            self.loop.handle(Word(word))
            self.steady += (self.clock.now() - before).total_seconds()
            self.alarms.set.setdefault(RUN, datetime.max.replace(tzinfo=UTC))
        self.pass_time(until - self.clock.now())

    def pass_time(self, time: timedelta) -> None:
        self.clock.time += time
        self.steady += time.total_seconds()
        self.loop.handle(None)

    def sleep(self, time: timedelta) -> None:
        """Suspend the machine: only the wall clock goes on."""
        self.clock.time += time
        self.loop.handle(None)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, first_try(MONDAY, SEED) + timedelta(minutes=1))


def pauses(world: World) -> list[timedelta]:
    times = [at for at, _ in world.work.runs]
    return [after - before for before, after in itertools.pairwise(times)]


def test_a_year_runs_every_listing_day_at_its_time_and_checks_every_day(tmp_path: Path) -> None:
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    world = World(tmp_path, start)
    world.go_on(start + timedelta(days=365))
    first_runs: dict[date, datetime] = {}
    for at, until in world.work.runs:
        first_runs.setdefault(until, at)
    days = listing_days(date(2026, 1, 2), date(2026, 12, 31))
    assert [day for day in first_runs if day >= days[0]] == days
    assert all(first_runs[day] == first_try(day, SEED) for day in days)
    assert len(world.work.runs) == 1 + len(days) + 365


def test_an_announcement_that_is_late_is_asked_for_until_it_is_there(world: World) -> None:
    world.work.results = [End.UNFINISHED] * 3
    world.go_on(world.clock.now() + timedelta(hours=6))
    assert pauses(world) == list(RETRIES[:3])
    assert {until for _, until in world.work.runs} == {MONDAY}


def test_an_error_that_is_explained_is_told_with_its_remedy_and_tried_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.work.results = [TriageError("the mail server is away.", remedy="Look at deliver.mail.")]
    with caplog.at_level(logging.INFO):
        world.go_on(world.clock.now() + timedelta(hours=1))
    assert pauses(world) == [RETRIES[0]]
    (told,) = (record.fields for record in caplog.records if record.message == "run-failed")  # type: ignore[attr-defined]
    assert told == {"reason": "the mail server is away.", "remedy": "Look at deliver.mail."}


def test_a_bug_does_not_end_the_daemon(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.work.results = [ZeroDivisionError("oh")]
    world.go_on(world.clock.now() + timedelta(hours=1))
    assert pauses(world) == [RETRIES[0]]
    assert any(record.exc_info and record.message == "run-failed" for record in caplog.records)


def test_what_ended_a_run_is_told_to_others_without_secrets_until_one_ends_well(world: World) -> None:
    world.work.results = [TriageError("https://me:hunter2@example.org/ refused."), BusyError("busy")]
    problems = []
    for _ in range(3):
        world.go_on(world.alarms.set[RUN])
        problems.append(world.state.last_problem)
    assert problems == [*["https://***@example.org/ refused."] * 2, ""]


def test_an_alarm_of_an_earlier_plan_changes_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.go_on(world.clock.now())
    planned = world.state.next_run
    caplog.clear()
    with caplog.at_level(logging.INFO):
        world.loop.handle(Word.RUN)
    assert len(world.work.runs) == 1
    assert (world.alarms.set[RUN], caplog.records) == (planned, [])


def test_another_process_at_work_is_waited_for_and_named(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.work.results = [BusyError("another triage is at work here: 'triage learn', process 12")]
    world.go_on(world.clock.now() + timedelta(minutes=10))
    assert pauses(world) == [WHEN_BUSY]
    (told,) = (record.fields for record in caplog.records if record.message == "run-waits")  # type: ignore[attr-defined]
    assert "process 12" in told["reason"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        StoreError("the store refused: database or disk is full"),
    ],
    ids=["a file", "the store"],
)
def test_a_full_disk_is_said_and_waited_out_without_end(
    world: World, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    world.work.results = [error] * 20
    world.go_on(world.clock.now() + timedelta(hours=6))
    assert pauses(world)[:20] == [WHEN_FULL] * 20
    assert sum(record.message == "disk-full" for record in caplog.records) == 20
    assert world.state.last_end == End.DONE


def test_nothing_is_begun_on_a_nearly_full_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(world.file.parent)
    full = os.statvfs_result((*tuple(real)[:3], 10, 10, *tuple(real)[5:]))
    monkeypatch.setattr(os, "statvfs", lambda path: full)
    world.go_on(world.clock.now())
    assert (world.work.runs, world.state.last_end) == ([], End.FULL)
    monkeypatch.undo()
    world.go_on(world.clock.now() + WHEN_FULL)
    assert len(world.work.runs) == 1


def test_a_store_whose_disk_is_not_mounted_is_not_begun_anew(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(world.file.parent / ".triage")
    world.go_on(world.clock.now())
    assert world.work.runs == []
    assert any("is gone" in str(getattr(record, "fields", "")) for record in caplog.records)


def test_a_journal_that_can_not_be_written_is_told_once_and_stops_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    (world.file.parent / ".triage" / FOLDER).rename(world.file.parent / "away")
    world.go_on(world.clock.now() + timedelta(days=2))
    assert len(world.work.runs) > 1
    assert [record.message for record in caplog.records].count("journal-unwritten") == 1


def test_the_journal_tells_the_plan_and_the_last_run(world: World) -> None:
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
    assert [until for _, until in world.work.runs] == [MONDAY, MONDAY + timedelta(days=1)]
    assert world.state.clock_changes == 1


def test_a_week_asleep_is_one_run(world: World) -> None:
    world.go_on(world.clock.now())
    world.sleep(timedelta(days=7))
    world.go_on(world.clock.now() + timedelta(minutes=30))
    assert len(world.work.runs) == 2


def test_what_failed_before_a_suspend_is_tried_soon_after_it(world: World) -> None:
    world.work.results = [End.UNFINISHED] * 3
    world.go_on(world.clock.now() + RETRIES[0] + timedelta(minutes=1))
    world.sleep(timedelta(hours=3))
    woken = world.clock.now()
    world.go_on(woken + timedelta(minutes=10))
    assert world.work.runs[-1][0] == woken + AFTER_WAKING


def test_a_clock_set_back_does_not_put_the_next_run_off(world: World) -> None:
    world.go_on(world.clock.now())
    world.sleep(timedelta(days=400))  # a wrong clock, far ahead
    world.go_on(world.clock.now())
    world.sleep(timedelta(days=-400))
    world.go_on(world.clock.now() + timedelta(days=1))
    assert {until for _, until in world.work.runs[2:]} == {MONDAY, MONDAY + timedelta(days=1)}


def test_what_no_alarm_rings_for_is_done_all_the_same_and_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.loop.handle(Changed.NOTES)
    world.alarms.set.clear()  # the alarm clock has died
    for _ in range(10):
        world.pass_time(timedelta(seconds=TICK_SECONDS))
    assert [until for _, until in world.work.runs] == [MONDAY]
    assert [what for _, what in world.work.learned] == [Changed.NOTES]
    assert any(record.message == "alarm-missed" for record in caplog.records)


def test_an_alarm_that_is_a_moment_late_is_waited_for(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.go_on(world.clock.now())
    world.pass_time(timedelta(days=1))  # stopped (SIGSTOP): both clocks went on
    world.go_on(world.clock.now())
    assert [until for _, until in world.work.runs] == [MONDAY, MONDAY + timedelta(days=1)]
    assert not any(record.message == "alarm-missed" for record in caplog.records)


def test_an_alarm_that_rings_during_long_work_is_not_missed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    @dataclass
    class Long(Script):
        def run(self, *_: object) -> End:
            self.clock.time += timedelta(hours=2)
            world.steady += 7200
            return End.DONE

    world.go_on(world.clock.now())
    world.loop._work = long = Long(world.clock)
    planned = world.alarms.set[RUN]
    world.pass_time(planned - QUIET - world.clock.now())
    world.loop.handle(Changed.NOTES)
    world.pass_time(QUIET)
    for rung in (Word.RUN, Word.LEARN):
        world.loop.handle(rung)
    assert len(long.learned) == 1
    assert not any(record.message == "alarm-missed" for record in caplog.records)


def test_long_work_is_no_suspend(world: World) -> None:
    world.work.takes = timedelta(hours=2)
    world.go_on(world.clock.now())
    assert world.state.clock_changes == 0


def test_a_new_note_is_learned_from_once_the_reader_has_stopped_writing(world: World) -> None:
    world.go_on(world.clock.now())
    for _ in range(5):
        world.loop.handle(Changed.NOTES)
        world.pass_time(timedelta(seconds=20))
    world.loop.handle(Changed.DIGESTS)
    stopped = world.clock.now()
    world.go_on(stopped + timedelta(minutes=30))
    assert world.work.learned == [(stopped + QUIET, Changed.NOTES | Changed.DIGESTS)]


def test_changes_wait_no_longer_than_patience(world: World) -> None:
    world.go_on(world.clock.now())
    began = world.clock.now()
    while world.clock.now() < began + 2 * PATIENCE:
        world.loop.handle(Changed.NOTES)
        world.go_on(world.clock.now() + timedelta(seconds=30))
    assert world.work.learned[0][0] == began + PATIENCE


def test_learning_that_found_another_process_at_work_is_done_later(world: World) -> None:
    world.go_on(world.clock.now())
    world.work.results = [BusyError("another triage is at work here")]
    world.loop.handle(Changed.NOTES)
    world.go_on(world.clock.now() + timedelta(minutes=5))
    assert [what for _, what in world.work.learned] == [Changed.NOTES, Changed.NOTES]
    assert world.state.learned == 1


class Hurry(Inbox):
    """An inbox that does not wait, and does something the more often it is empty."""

    def __init__(self, *ticks: Callable[[], object]) -> None:
        super().__init__()
        self._ticks = list(ticks)

    def get(self, seconds: float) -> Message | None:
        message = super().get(0.001)
        if message is None and self._ticks:
            self._ticks.pop(0)()
        return message


def test_a_configuration_that_was_saved_is_read_anew_without_a_signal(world: World) -> None:
    def save() -> None:
        world.file.write_text("categories: [cs.CL, cs.IR]\n", encoding="utf-8")

    inbox = Hurry(lambda: None, save)
    assert world.made(inbox).run() is Leave.RELOAD


def test_a_configuration_that_was_saved_just_after_it_was_read_is_read_anew(world: World) -> None:
    before = Stamp.of(world.file)
    world.file.write_text("categories: [cs.CL, cs.IR]\n", encoding="utf-8")
    inbox = Hurry(lambda: None, lambda: None, lambda: inbox.put(Word.STOP))
    assert world.made(inbox, before).run() is Leave.RELOAD


def test_a_configuration_that_is_being_saved_is_not_read(world: World) -> None:
    inbox = Hurry(*[partial(world.file.write_text, "#" * size, encoding="utf-8") for size in range(1, 6)])
    assert world.made(inbox).run() is Leave.RELOAD
    assert world.file.stat().st_size == 5


def test_a_missing_configuration_is_waited_for(world: World) -> None:
    inbox = Hurry(world.file.unlink, lambda: None, lambda: None, lambda: inbox.put(Word.STOP))
    assert world.made(inbox).run() is Leave.STOPPED


def test_a_stop_before_the_work_begins_begins_nothing(world: World) -> None:
    world.switch.throw()
    world.inbox.put(Word.RUN)
    assert world.loop.run() is Leave.STOPPED
    assert world.work.runs == []
