"""The rate limit: one request at a time and one every few seconds, over all processes.

A small file holds when the last request ended, and which hosts want to be left alone until when.
A request is made while holding a lock file beside it, which the kernel frees when a process dies.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from triage.clock import Clock
from triage.progress import event

log = logging.getLogger(__name__)

LONGEST_BACKOFF = timedelta(days=1)
"""A host that is to be left alone for longer than this means a clock that has changed."""
_POLL_SECONDS = 0.25
_FILE_BYTES = 1024
"""The file always has this size: writing over it takes no room on a full disk."""
_MOST_BYTES = 1 << 16


class RateLimitError(Exception):
    """No request is made: the host asks for a longer wait, another process is in the way, or the file that
    all processes share can't be used."""

    def __init__(self, problem: str, remedy: str, *, waited: float = 0.0) -> None:
        super().__init__(problem)
        self.remedy, self.waited = remedy, waited


@dataclass(slots=True)
class RateLimitState:
    """What the file says."""

    last_request: Annotated[AwareDatetime | None, Field(alias="last")] = None
    """When it ended."""
    backoff: Annotated[dict[str, AwareDatetime], Field(alias="resting")] = field(default_factory=dict)
    """Until when each host wants to be left alone."""

    def opens_at(self, host: str, now: datetime, min_interval: timedelta) -> datetime:
        """Return when a request to a host may be made; `now` or later."""
        opens = now if self.last_request is None else max(now, self.last_request + min_interval)
        return max(opens, self.backoff.get(host, now))

    def corrected(self, now: datetime) -> RateLimitState:
        """Return it as it is by the present clock, which may have been set back.

        When the last request is in the future, the interval counts from now, and backoffs last as long
        from now as they did from then.  Those longer than any that is asked for are dropped.
        """
        written = max(now, self.last_request or now)
        left = {host: until - written for host, until in self.backoff.items()}
        backoff = {host: now + rest for host, rest in left.items() if timedelta(0) < rest <= LONGEST_BACKOFF}
        return RateLimitState(min(self.last_request, now) if self.last_request else None, backoff)


STATE = TypeAdapter(RateLimitState)
"""Its JSON."""


@dataclass(slots=True)
class Slot:
    waited: float
    """Seconds waited for it."""
    backoff_until: datetime | None = None
    """To be set when the host wants to be left alone by all processes."""


class RateLimiter:
    """Allows one request at a time, with `min_interval` seconds from the end of one to the next.

    The file at `path` is made when missing; all processes of one reader share it.
    """

    def __init__(self, path: Path, clock: Clock, min_interval: float) -> None:
        self.path = path
        self._clock = clock
        self._min_interval = timedelta(seconds=min_interval)

    @contextmanager
    def slot(self, host: str, timeout: float) -> Iterator[Slot]:
        """Wait until a request to a host may be made, and shut out others during the ``with`` block.

        It waits ``timeout`` seconds at most, by what is slept: the time of day may be set back meanwhile.

        Raises RateLimitError, also for a disk that is full or read-only.
        """
        lock = FileLock(self.path.with_name(f"{self.path.name}.lock"))
        try:
            slot = Slot(self._wait(lock, host, timeout))
            try:
                yield slot
            finally:
                self._record_end(host, slot.backoff_until)
        finally:
            lock.release()

    def _wait(self, lock: FileLock, host: str, timeout: float) -> float:
        """Wait until the lock is held and the time has come; return the seconds slept."""
        waited = 0.0
        while True:
            pause, host_asked = self._try(lock, host)
            if not pause:
                return waited
            if waited + pause > timeout:
                problem = "another triage process kept the connection to arXiv busy"
                remedy = "Wait until it is done, or end it."
                if host_asked:
                    until = self._clock.now() + timedelta(seconds=pause)
                    problem = f"{host} has asked to be left alone until {until:%Y-%m-%d %H:%M} UTC"
                    remedy = "Nothing is lost: a run after that time tries again."
                raise RateLimitError(problem, remedy, waited=waited)
            self._clock.sleep(pause)
            waited += pause

    def _try(self, lock: FileLock, host: str) -> tuple[float, bool]:
        """Take the lock, if a request may be made now.

        Otherwise return the seconds to wait, and whether the host asked for that; other processes may
        make their requests meanwhile.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
            now = self._clock.now()
            state = self._read().corrected(now)
            pause = (state.opens_at(host, now, self._min_interval) - now).total_seconds()
            if pause <= 0:
                state.last_request = now  # what a crash during the request leaves behind
            self._write(state)
        except Timeout:
            return _POLL_SECONDS, False
        except OSError as error:  # a network file system without locks, for example
            raise RateLimitError(
                f"no request is made, since {self.path}, which keeps the rate limit over all processes,"
                f" can't be used ({error.strerror})",
                "Free some space, or make the file and its folder writable for this user.",
            ) from error
        if pause <= 0:
            return 0.0, False
        lock.release()
        return pause, host in state.backoff

    def _record_end(self, host: str, backoff_until: datetime | None) -> None:
        """Write that a request has ended; if this fails, the file still says that it began."""
        now = self._clock.now()
        try:
            state = self._read().corrected(now)
            state.last_request = now
            if backoff_until:
                state.backoff[host] = backoff_until
            self._write(state)
        except OSError as error:
            event(log, "clock-file-unwritable", logging.WARNING, problem=str(error))

    def _read(self) -> RateLimitState:
        try:
            with self.path.open("rb") as file:
                return STATE.validate_json(file.read(_MOST_BYTES))
        except (FileNotFoundError, ValidationError):  # a crash may have ended a write in its middle
            return RateLimitState()

    def _write(self, state: RateLimitState) -> None:
        self.path.touch(mode=0o600)
        with self.path.open("r+b") as file:
            file.write(STATE.dump_json(state, by_alias=True).ljust(_FILE_BYTES))
            file.truncate()
