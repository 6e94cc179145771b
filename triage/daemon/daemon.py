"""The daemon itself: one scheduler, two jobs, and a look at clock and configuration between them.

Everything happens in the main thread, one thing at a time; the watcher and the signals only wake it.
"""

from __future__ import annotations

import errno
import logging
import queue
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from apscheduler.events import EVENT_JOB_ADDED, EVENT_JOB_MODIFIED, EVENT_JOB_SUBMITTED, JobEvent

from triage.clock import Clock
from triage.config.load import load_config
from triage.config.schema import Config
from triage.daemon.jobs import Jobs, end_of_error
from triage.daemon.log import error_event, redacted, run_id, secrets_of
from triage.daemon.schedule import AnnouncementTrigger, End, SettledTrigger, clock_change
from triage.daemon.scheduler import MainThreadScheduler, Wakeups
from triage.daemon.signals import Signals, StoppableClock, Stopped
from triage.daemon.watcher import Changed
from triage.errors import BusyError, StoreError, TriageError
from triage.progress import Progress, event
from triage.store.daemon_state import DaemonState

log = logging.getLogger(__name__)

RUN, LEARN = "run", "learn"
CHECK_SECONDS = 20.0
"""How often at least the clocks are compared and the configuration file is read."""
NEEDED_BYTES = 50_000_000
"""With less free space no work is begun: a run writes a few megabytes, a model some more."""


@dataclass(eq=False)
class Daemon:
    """Runs and learns when it is time, with one configuration after the other."""

    config_file: Path
    """Read again when it changes."""
    jobs: Jobs
    clock: Clock
    """The wall clock."""
    seed: int
    """Of the schedule's jitter."""
    steady: Callable[[], float] = time.monotonic
    """Seconds by a clock that nobody sets."""

    def __post_init__(self) -> None:
        self.config: Config
        self.state = DaemonState(started=self.clock.now())
        self.wakeups: Wakeups = queue.SimpleQueue()
        self.signals = Signals(wake=lambda: self.wakeups.put(None))
        self.trigger = AnnouncementTrigger(self.clock, self.seed)
        self.settled = SettledTrigger()
        self.scheduler = MainThreadScheduler(self.wakeups)
        # These say that the scheduler has asked the trigger.
        planned = EVENT_JOB_ADDED | EVENT_JOB_MODIFIED | EVENT_JOB_SUBMITTED
        self.scheduler.add_listener(self._publish_plan, planned)
        self.scheduler.start()
        self._config_text: bytes | None = None
        self._text_before: bytes | None = None
        self._clocks_before = self.clock.now(), self.steady()
        self._state_unwritten = False

    def load_config(self) -> Config:
        """Read the configuration. Raises ConfigError if it is wrong."""
        self.signals.reload = False
        # Read before it is understood, so that a change meanwhile is not missed.
        self._config_text = self._text_before = _content(self.config_file)
        return load_config(self.config_file)

    def run(self, config: Config) -> None:
        """Go on with one configuration until the daemon is to stop or to read it again."""
        self.start(config)
        while not (self.signals.stop or self.signals.reload):
            self.wait(min(self.scheduler.run_due(), CHECK_SECONDS))

    def start(self, config: Config) -> None:
        self.config = config
        self.trigger.holidays = config.arxiv.holidays
        self.scheduler.add_job(self._run, self.trigger, id=RUN, replace_existing=True)

    def wait(self, seconds: float) -> None:
        """Wait until something happens, but no longer; then look at it, the clock and the configuration."""
        try:
            changed = self.wakeups.get(timeout=max(0.0, seconds))
        except queue.Empty:
            changed = None
        self._check_clock()
        if changed is not None:
            self._learn_when_settled(changed)
        text = _content(self.config_file)
        # The same as at the check before: saved, not being saved.
        if text is not None and text != self._config_text and text == self._text_before:
            event(log, "configuration-changed", file=self.config_file)
            self.signals.reload = True
        self._text_before = text

    def _run(self) -> None:
        day, began = self.trigger.ready_day(), self.clock.now()
        ended = self._do(RUN, partial(self.jobs.run, self.config, day))
        if ended is None:
            return
        end, problem = ended
        now = self.clock.now()
        state = self.state
        if end is not End.BUSY:
            state.last_problem = problem
        state.last_end, state.last_run = end.value, now
        state.last_run_seconds = max(0.0, (now - began).total_seconds())
        state.runs[end.value] = state.runs.get(end.value, 0) + 1
        self.trigger.last_run = self.trigger.last_run.followed_by(end, day, now)

    def _learn(self) -> None:
        what = self.settled.take()
        ended = self._do(LEARN, partial(self.jobs.learn, self.config, what))
        if ended is None:
            return
        if ended[0] is End.DONE:
            self.state.learned += 1
        elif ended[0] in (End.BUSY, End.FULL):
            self.settled.add(what, self.clock.now())
        # After any other failure the next run reads notes and digests again.

    def _learn_when_settled(self, what: Changed) -> None:
        self.settled.add(what, self.clock.now())
        self.scheduler.add_job(self._learn, self.settled, id=LEARN, replace_existing=True)

    def _do(self, name: str, work: Callable[[Clock, Progress], End]) -> tuple[End, str] | None:
        """Do a piece of work; returns how it ended and the problem, or None if it was stopped."""
        if self.signals.stop:
            return None
        state = self.state
        with run_id(secrets.token_hex(4)):
            event(log, f"{name}-begun")
            state.doing, state.doing_since = name, self.clock.now()
            self._write_state()
            problem = ""
            try:
                check_space(self.config.store_folder)
                with self.signals.interrupting():
                    end = work(StoppableClock(self.clock, self.signals.check), self.signals.progress)
            except Stopped:
                event(log, f"{name}-stopped", consequence="finished steps are kept; the next start continues")
                return None
            except Exception as error:
                end = end_of_error(error)
                problem = redacted(" ".join((str(error) or repr(error)).split()), secrets_of(self.config))
                _log_failure(name, error, end)
            finally:
                state.doing, state.doing_since = "", None
                self._write_state()
            event(log, f"{name}-ended", end=end.value)
            return end, problem

    def _check_clock(self) -> None:
        wall, steady = self.clock.now(), self.steady()
        wall_before, steady_before = self._clocks_before
        self._clocks_before = wall, steady
        moved = clock_change(wall_before, wall, steady - steady_before)
        if moved is None:
            return
        self.state.clock_changes += 1
        seconds = round(moved.total_seconds())
        event(log, "clock-changed", seconds=seconds, cause="clock set, or machine suspended")
        self.trigger.last_run = self.trigger.last_run.after_clock_change(wall)
        if self.settled.what:
            self._learn_when_settled(Changed.NOTHING)
        self.scheduler.reschedule_job(RUN, trigger=self.trigger)

    def _publish_plan(self, change: JobEvent) -> None:
        """Log when the next run is, and write it where other processes see it."""
        if change.job_id != RUN or self.signals.stop:
            return
        planned = self.trigger.planned
        self.state.next_run, self.state.next_why = planned.at, planned.why
        self._write_state()
        at = planned.at.astimezone(self.config.zone).isoformat("T", "minutes")
        event(log, "next-run", at=at, why=planned.why)

    def _write_state(self) -> None:
        try:
            self.state.write(self.config.store_folder)
        except OSError as error:
            if not self._state_unwritten:
                event(
                    log,
                    "journal-unwritten",
                    logging.WARNING,
                    reason=str(error),
                    consequence="triage status can't show what the daemon plans",
                )
            self._state_unwritten = True
        else:
            self._state_unwritten = False


def check_space(folder: Path) -> None:
    """Make sure that there is room to begin.

    Raises OSError: ``ENOSPC`` when the disk is full. Raises StoreError if the folder is gone: a disk that is
    not mounted must not become an empty store.
    """
    try:
        free = shutil.disk_usage(folder).free
    except FileNotFoundError as error:
        raise StoreError(
            f"the store's folder {folder} is gone.", remedy="Mount its disk, or restart the daemon."
        ) from error
    if free < NEEDED_BYTES:
        raise OSError(
            errno.ENOSPC, f"{free // 1_000_000} MB free, {NEEDED_BYTES // 1_000_000} MB needed", str(folder)
        )


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _log_failure(name: str, error: Exception, end: End) -> None:
    if isinstance(error, BusyError):
        event(log, f"{name}-waits", logging.WARNING, reason=error.message)
    elif end is End.FULL:
        event(
            log,
            "disk-full",
            logging.ERROR,
            reason=str(error),
            consequence="what is stored is kept, the step was undone; continues when there is space",
        )
    elif isinstance(error, TriageError):
        error_event(log, f"{name}-failed", error)
    else:
        log.error(f"{name}-failed", exc_info=error, extra={"fields": {"reason": f"a bug: {error!r}"}})
