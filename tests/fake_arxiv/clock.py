"""A clock that a test owns: it stands still until somebody sleeps on it or sets it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class FakeClock:
    """A :class:`triage.clock.Clock` for tests; may be shared by threads.

    Parameters
    ----------
    now : datetime
        Aware; where it starts.
    """

    def __init__(self, now: datetime) -> None:
        self._lock = threading.Lock()
        self._now = now.astimezone(UTC)
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        """Return the current time of this clock, UTC."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        with self._lock:
            self.sleeps.append(seconds)
            self._now += timedelta(seconds=max(0.0, seconds))

    def set(self, now: datetime) -> None:
        """Jump to a time, forwards or backwards."""
        with self._lock:
            self._now = now.astimezone(UTC)


class StartedClock:
    """A clock that runs at the usual pace from a given time, for the server that a user starts."""

    def __init__(self, start: datetime) -> None:
        self._offset = start.astimezone(UTC) - datetime.now(UTC)

    def now(self) -> datetime:
        """Return the current time of this clock, UTC."""
        return datetime.now(UTC) + self._offset

    def sleep(self, seconds: float) -> None:
        """Wait."""
        threading.Event().wait(max(0.0, seconds))
