"""The daemon's loop: wait for one of few things to happen, do it, plan anew.

Everything happens in this thread, one thing at a time; alarms, watches and signals only leave a
word in the inbox.
"""

from __future__ import annotations

import errno
import logging
import queue
import random
import shutil
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from triage.clock import Clock
from triage.config.schema import Config
from triage.daemon.alarms import LEARN, RUN, Alarms
from triage.daemon.changes import Changed, Stamp, Unsettled
from triage.daemon.log import event, redacted, run_id, secrets_of
from triage.daemon.plan import End, Past, clock_change, next_run, ready_day
from triage.daemon.signals import StoppableClock, Stopped, StopSwitch
from triage.daemon.work import Work, end_of_error
from triage.errors import BusyError, StoreError, TriageError
from triage.progress import silent
from triage.store.daemon_state import DaemonState

log = logging.getLogger(__name__)

TICK_SECONDS = 20.0
"""How often the clocks are compared and the configuration file is looked at."""
NEEDED_BYTES = 50_000_000
"""With less free space no work is begun: a run writes a few megabytes, a model some more."""


class Word(StrEnum):
    """What may be left in the inbox besides changes."""

    RUN = RUN
    LEARN = LEARN
    STOP = "stop"
    RELOAD = "reload"


class Leave(StrEnum):
    """Why the loop ended."""

    STOPPED = "stopped"
    RELOAD = "reload"


Message = Word | Changed


class Inbox:
    """Words from other threads and from signal handlers."""

    def __init__(self) -> None:
        # A SimpleQueue may be put to while the same thread is in get: signal handlers need that.
        self._queue: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

    def put(self, message: Message | None) -> None:
        """Leave a word, or None only to end the wait."""
        self._queue.put(message)

    def ring(self, word: str) -> None:
        """Leave the word of an alarm."""
        self._queue.put(Word(word))

    def get(self, seconds: float) -> Message | None:
        """Return the next word, or None if there is none for so long, or only a call to wake."""
        try:
            return self._queue.get(timeout=seconds)
        except queue.Empty:
            return None


class Loop:
    """One configuration's life.

    Parameters
    ----------
    config : Config
    config_file : Path
        Looked at for changes.
    config_stamp : Stamp or None
        What it was just before it was read: a change while it was read must not go unseen.
    work : Work
    alarms : Alarms
    inbox : Inbox
    switch : StopSwitch
    state : DaemonState
    clock : Clock
        The wall clock.
    steady : callable
        Seconds by a clock that nobody sets.
    rng : random.Random
        Names runs.
    seed : int
        Of the plan's jitter; the same as the alarms'.
    past : Past
        What happened before.
    """

    def __init__(
        self,
        config: Config,
        *,
        config_file: Path,
        config_stamp: Stamp | None,
        work: Work,
        alarms: Alarms,
        inbox: Inbox,
        switch: StopSwitch,
        state: DaemonState,
        clock: Clock,
        rng: random.Random,
        seed: int,
        past: Past,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.past = past
        self._config = config
        self._config_file = config_file
        self._work = work
        self._alarms = alarms
        self._inbox = inbox
        self._switch = switch
        self._state = state
        self._clock = clock
        self._steady = steady
        self._rng = rng
        self._seed = seed
        self._unsettled: Unsettled | None = None
        self._late_since: float | None = None
        self._journal_unwritten = False
        self._problem = ""
        self._stamp = config_stamp
        self._seen_stamp = self._stamp
        self._wall_before = self._planned_at = clock.now()
        self._steady_before = steady()

    def run(self) -> Leave:
        """Go on until stopped, or until the configuration is to be read anew."""
        self.plan()
        while True:
            message = self._inbox.get(TICK_SECONDS)
            if self._switch.thrown or message is Word.STOP:
                return Leave.STOPPED
            if message is Word.RELOAD:
                return Leave.RELOAD
            try:
                self.handle(message)
            except Stopped:
                return Leave.STOPPED
            if self._config_changed():
                event(log, "configuration-changed", file=self._config_file)
                return Leave.RELOAD

    def handle(self, message: Message | None) -> None:
        """Do what one word asks for; None is the tick in which nothing came."""
        self._compare_clocks()
        if isinstance(message, Changed):
            self._note_change(message)
        elif message is Word.RUN:
            self._run_when_due()
        elif message is Word.LEARN:
            self._learn_when_settled()
        self._do_what_did_not_ring()

    def plan(self) -> None:
        """Set the alarm by what happened so far."""
        planned = next_run(
            self.past, self._clock.now(), seed=self._seed, holidays=self._config.arxiv.holidays
        )
        self._planned_at = self._state.next_run = planned.at
        self._state.next_why = planned.why
        self._write_journal()
        event(
            log,
            "next-run",
            at=planned.at.astimezone(self._config.zone).isoformat("T", "minutes"),
            why=planned.why,
        )
        self._alarms.run_after(self.past, self._config.arxiv.holidays)

    def _write_journal(self) -> None:
        try:
            self._state.write(self._config.store_folder)
        except OSError as error:
            if not self._journal_unwritten:
                event(
                    log,
                    "journal-unwritten",
                    logging.WARNING,
                    reason=str(error),
                    consequence="triage status can't tell what the daemon plans",
                )
            self._journal_unwritten = True
        else:
            self._journal_unwritten = False

    def _compare_clocks(self) -> None:
        wall, steady = self._clock.now(), self._steady()
        apart = clock_change(self._wall_before, wall, steady - self._steady_before)
        self._wall_before, self._steady_before = wall, steady
        if apart is None:
            return
        self._state.clock_changes += 1
        event(
            log,
            "clock-changed",
            seconds=round(apart.total_seconds()),
            cause="clock set, or machine suspended",
        )
        self.past = self.past.after_clock_change(wall)
        if self._unsettled is not None:
            self._note_change(self._unsettled.what)
        self.plan()
        self._alarms.recheck()

    def _run_when_due(self) -> None:
        now = self._clock.now()
        if now < self._planned_at:
            # An alarm of an earlier plan, or the clock was set back a little since it rang.
            self._alarms.run_after(self.past, self._config.arxiv.holidays)
            return
        ready = ready_day(now, self._seed, self._config.arxiv.holidays)
        end = self._doing(
            "run", lambda clock: self._work.run(self._config, ready, clock, self._switch.watching(silent))
        )
        after = self._clock.now()
        if end is not End.BUSY:
            self._state.last_problem = self._problem
        self._state.last_end, self._state.last_run = end.value, after
        self._state.last_run_seconds = max(0.0, (after - now).total_seconds())
        self._state.runs[end.value] = self._state.runs.get(end.value, 0) + 1
        self.past = self.past.after(end, ready, after)
        self.plan()

    def _do_what_did_not_ring(self) -> None:
        """Do what is due though no alarm rang: an alarm clock that has died must not silence the daemon."""
        now = self._clock.now()
        run = now >= self._planned_at
        learn = self._unsettled is not None and now >= self._unsettled.settled_at
        if not (run or learn):
            self._late_since = None
            return
        steady = self._steady()
        # An alarm may be on its way: after a stop (SIGSTOP) its thread wakes when this one does.
        self._late_since = steady if self._late_since is None else self._late_since
        if steady - self._late_since < TICK_SECONDS:
            return
        self._late_since = None
        event(log, "alarm-missed", logging.ERROR, consequence="done without it")
        if learn:
            self._learn_when_settled()
        if run:
            self._run_when_due()

    def _note_change(self, what: Changed) -> None:
        now = self._clock.now()
        before = self._unsettled
        # A first change that lies in the future was timed by a clock that has been set back.
        if before is None or before.first > now:
            self._unsettled = Unsettled(what | (before.what if before else Changed.NOTHING), now, now)
        else:
            self._unsettled = before.and_also(what, now)
        self._alarms.learn_at(self._unsettled.settled_at)

    def _learn_when_settled(self) -> None:
        if self._unsettled is None:
            return
        if self._unsettled.settled_at > self._clock.now():
            self._alarms.learn_at(self._unsettled.settled_at)
            return
        what = self._unsettled.what

        def learn(clock: Clock) -> End:
            self._work.learn(self._config, what, clock, self._switch.watching(silent))
            return End.DONE

        self._unsettled = None
        end = self._doing("learn", learn)
        if end is End.DONE:
            self._state.learned += 1
        elif end in (End.BUSY, End.FULL):
            self._note_change(what)
        # Any other failure is told; the next run reads notes and digests again.

    def _doing(self, name: str, work: Callable[[Clock], End]) -> End:
        """Do a piece of work; only :class:`Stopped` gets out of it."""
        state = self._state
        with run_id(f"{self._rng.getrandbits(32):08x}"):
            event(log, f"{name}-begun")
            state.doing, state.doing_since = name, self._clock.now()
            self._write_journal()
            self._problem = ""
            try:
                check_space(self._config.store_folder)
                with self._switch.armed():
                    end = work(StoppableClock(self._clock, self._switch))
            except Stopped:
                event(log, f"{name}-stopped", consequence="finished steps are kept; the next start goes on")
                raise
            except Exception as error:
                end = end_of_error(error)
                self._problem = redacted(_in_a_line(error), secrets_of(self._config))
                _tell_failure(name, error, end)
            finally:
                state.doing, state.doing_since = "", None
                # An alarm that rang meanwhile waits in the inbox.
                self._late_since = None
                self._write_journal()
            event(log, f"{name}-ended", end=end.value)
            return end

    def _config_changed(self) -> bool:
        """Whether the file is another than at the start, and the same as a tick ago: saved, not being saved."""
        now = Stamp.of(self._config_file)
        settled = now == self._seen_stamp
        self._seen_stamp = now
        return now is not None and now != self._stamp and settled


def check_space(folder: Path) -> None:
    """Make sure that there is room to begin.

    Raises
    ------
    OSError
        ``ENOSPC`` when the disk is full.
    StoreError
        If the folder is gone: a disk that is not mounted must not become an empty store.
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


def _in_a_line(error: Exception) -> str:
    return " ".join((str(error) or repr(error)).split())


def _tell_failure(name: str, error: Exception, end: End) -> None:
    if isinstance(error, BusyError):
        event(log, f"{name}-waits", logging.WARNING, reason=error.message)
    elif end is End.FULL:
        event(
            log,
            "disk-full",
            logging.ERROR,
            reason=str(error),
            consequence="what is stored is kept, the step was undone; goes on when there is space",
        )
    elif isinstance(error, TriageError):
        event(log, f"{name}-failed", logging.ERROR, reason=error.message, remedy=error.remedy)
    else:
        log.error(f"{name}-failed", exc_info=error, extra={"fields": {"reason": f"a bug: {error!r}"}})
