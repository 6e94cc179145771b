"""Signals: stop at once, in the middle of anything; read the configuration again."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType

from triage.clock import Clock
from triage.progress import Progress

STOPPING = (signal.SIGTERM, signal.SIGINT)


class Stopped(BaseException):
    """The daemon is to end.  No :class:`Exception`, so that nothing takes it for a failure of its own."""


class StopSwitch:
    """Ends the work in hand when a signal says so.

    A step of the store, a file, a model is kept whole or not at all, so the work is left where it
    is: :class:`Stopped` is raised in it, as Ctrl-C raises ``KeyboardInterrupt``.  Python drops what
    is raised inside a finaliser, so the clock and the progress that the work is given look, too.
    """

    def __init__(self) -> None:
        self.thrown = False
        self._armed = False

    def throw(self) -> None:
        """End the work in hand, or the next before it begins."""
        self.thrown = True
        if self._armed:
            raise Stopped

    def check(self) -> None:
        """Raise if the switch was thrown."""
        if self.thrown:
            raise Stopped

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Let a signal end what is inside."""
        try:
            self._armed = True
            self.check()
            yield
        finally:
            self._armed = False

    def watching(self, progress: Progress) -> Progress:
        """Return a progress that also looks at the switch."""

        def report(what: str, done: int, total: int) -> None:
            self.check()
            progress(what, done, total)

        return report


class StoppableClock:
    """A clock whose sleepers look at the switch before and after."""

    def __init__(self, clock: Clock, switch: StopSwitch) -> None:
        self._clock = clock
        self._switch = switch

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Wait, unless the daemon is to end."""
        self._switch.check()
        self._clock.sleep(seconds)
        self._switch.check()


@contextmanager
def handled(
    switch: StopSwitch,
    on_stop: Callable[[], object],
    on_reload: Callable[[], object],
    wake: Callable[[], object],
) -> Iterator[None]:
    """Answer the signals while inside; what answered them before does again after.

    Parameters
    ----------
    switch : StopSwitch
        Thrown on SIGTERM and SIGINT, in the main thread, between any two instructions of it.
    on_stop, on_reload : callable
        Called in the main thread on SIGTERM and SIGINT, and on SIGHUP.
    wake : callable
        Called from another thread when a signal has come, to end the main thread's wait.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        on_stop()
        switch.throw()

    def reload(_number: int, _frame: FrameType | None) -> None:
        on_reload()

    before = {number: signal.signal(number, stop) for number in STOPPING}
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, reload)
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    wakeup_before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    helper = threading.Thread(target=_help, args=(ours, switch, wake), name="triage-signals", daemon=True)
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


def _help(signals: socket.socket, switch: StopSwitch, wake: Callable[[], object]) -> None:
    """Get the main thread out of a wait that began in the instant between a signal and its answer.

    Python answers a signal before its next instruction; a wait that has just begun comes first, and
    may be long.  The system writes each signal's number to our socket meanwhile.
    """
    main = threading.main_thread().ident
    while number := signals.recv(1):
        wake()
        if number[0] in STOPPING and main is not None:
            time.sleep(0.05)
            if not switch.thrown:
                # Interrupts whatever the main thread waits for, and comes back here as another byte.
                signal.pthread_kill(main, number[0])
