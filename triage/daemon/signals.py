"""Signals: stop at once, in the middle of anything; read the configuration again."""

from __future__ import annotations

import signal
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
def handled(on_stop: Callable[[int], object], on_reload: Callable[[], object]) -> Iterator[None]:
    """Answer the signals while inside; what answered them before does again after.

    Parameters
    ----------
    on_stop : callable
        Called with the signal's number on SIGTERM and SIGINT, in the main thread, between any two
        instructions of it.
    on_reload : callable
        Called on SIGHUP, likewise.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        on_stop(number)

    def reload(_number: int, _frame: FrameType | None) -> None:
        on_reload()

    before = {number: signal.signal(number, stop) for number in STOPPING}
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, reload)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
