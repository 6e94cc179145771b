"""Signals: stop at once, in the middle of anything; read the configuration again."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import FrameType

from triage.clock import Clock

STOPPING = (signal.SIGTERM, signal.SIGINT)


class Stopped(BaseException):
    """The daemon is to end.  No :class:`Exception`, so that nothing takes it for a failure of its own."""


class Signals:
    """What signals have asked for: SIGTERM and SIGINT to stop, SIGHUP to reload.

    A transaction, a file, a model is kept as a whole or not at all, so the work is left where it is:
    :class:`Stopped` is raised in it, as Ctrl-C raises ``KeyboardInterrupt``.  Python drops what is
    raised inside a finaliser, so the clock and the progress that the work is given check, too.

    ``wake`` ends the main thread's wait; it is called after a signal, from any thread.
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        self.stop = self.reload = False
        self._interrupting = False
        self._wake = wake

    def check(self) -> None:
        if self.stop:
            raise Stopped

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Let a signal to stop end what is inside."""
        try:
            self._interrupting = True
            self.check()
            yield
        finally:
            self._interrupting = False

    def progress(self, what: str, done: int, total: int) -> None:
        self.check()

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal, in the main thread, between any two of its instructions."""
        if number in STOPPING:
            self.stop = True
        else:
            self.reload = True
        self._wake()
        if self._interrupting:
            self.check()

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle the signals while inside; afterwards the handlers before are back."""
        before = {number: signal.signal(number, self.handle) for number in (*STOPPING, signal.SIGHUP)}
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        wakeup_before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        helper = threading.Thread(target=self._insist, args=(ours,), name="triage-signals", daemon=True)
        helper.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup_before)
            for number, handler in before.items():
                signal.signal(number, handler)
            theirs.close()
            helper.join(timeout=2)
            ours.close()

    def _insist(self, signals: socket.socket) -> None:
        """Get the main thread out of a wait that began just before its handler could run.

        Python runs a handler before its next instruction; a wait that has just begun comes first, and
        may be long.  The system writes each signal's number to our socket meanwhile.
        """
        main = threading.main_thread().ident
        while number := signals.recv(1):
            self._wake()
            if number[0] in STOPPING and main is not None:
                time.sleep(0.05)
                if not self.stop:
                    # Interrupts whatever the main thread waits for, and comes back here as another byte.
                    signal.pthread_kill(main, number[0])


@dataclass(frozen=True, slots=True)
class StoppableClock:
    """A clock whose sleepers check before and after."""

    clock: Clock
    check: Callable[[], None]

    def now(self) -> datetime:
        return self.clock.now()

    def sleep(self, seconds: float) -> None:
        self.check()
        self.clock.sleep(seconds)
        self.check()
