"""Whose turn it is to ask arXiv: one request at a time and one every few seconds, over all processes.

A small file holds when the last request ended and which hosts asked to be left alone until when.
Who makes a request holds the file's lock (``flock``, which the kernel drops when a process dies)
from before the request to after it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from triage.clock import Clock
from triage.listing.text import parse_iso_time

log = logging.getLogger(__name__)

LONGEST_REST = timedelta(days=1)
"""A host's wish to be left alone for longer than this is a clock that has changed."""
_POLL_SECONDS = 0.25
_FILE_BYTES = 1024
"""The file has this size from the first: writing over it takes no room on a full disk."""
_MOST_BYTES = 1 << 16


class TurnTimeoutError(Exception):
    """The turn would come too late.

    Attributes
    ----------
    until : datetime
        When the turn would come at the earliest, UTC.
    host_asked : bool
        Whether the host asked for the wait; otherwise another process is in the way.
    waited : float
        Seconds waited in vain.
    """

    def __init__(self, until: datetime, *, host_asked: bool, waited: float) -> None:
        super().__init__(f"no turn before {until.isoformat()}")
        self.until = until
        self.host_asked = host_asked
        self.waited = waited


class ClockFileError(Exception):
    """The file that all processes share can't be used, so nobody knows whose turn it is."""


@dataclass(slots=True)
class Ledger:
    """What the file says: the end of the last request, and until when hosts want to be left alone."""

    last: datetime | None = None
    resting: dict[str, datetime] = field(default_factory=dict)

    def opens_at(self, host: str, now: datetime, min_interval: timedelta) -> datetime:
        """Return when a host may be asked next; `now` or later."""
        ready = now if self.last is None else max(now, self.last + min_interval)
        return max(ready, self.resting.get(host, now))

    def corrected(self, now: datetime) -> Ledger:
        """Return it as it is by the present clock, which may have been set back.

        When the last request is in the future, the interval counts from now, and rests last as long
        from now as they did from then.  Those longer than any that is asked for are dropped.
        """
        written = max(now, self.last or now)
        left = {host: until - written for host, until in self.resting.items()}
        resting = {host: now + rest for host, rest in left.items() if timedelta(0) < rest <= LONGEST_REST}
        return Ledger(min(self.last, now) if self.last else None, resting)

    def dumps(self) -> bytes:
        """Write it down."""
        resting = {host: until.isoformat() for host, until in self.resting.items()}
        return json.dumps({"last": self.last and self.last.isoformat(), "resting": resting}).encode()

    @classmethod
    def loads(cls, data: bytes) -> Ledger:
        """Read it; anything unreadable (a crash in the middle of a write) counts as empty."""
        try:
            record = json.loads(data)
            last = parse_iso_time(record["last"]) if record["last"] else None
            return cls(last, {host: parse_iso_time(text) for host, text in record["resting"].items()})
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
            return cls()


@dataclass(slots=True)
class Turn:
    """The turn to make one request."""

    waited: float
    """Seconds waited for it."""
    rest_until: datetime | None = None
    """To be set when the host wants to be left alone by all processes."""


class Turns:
    """Hands out turns to make one request.

    Parameters
    ----------
    path : Path
        The file with the clock; made when missing. All processes of one reader share it.
    clock : Clock
    min_interval : float
        Seconds between the end of a request and the start of the next.
    """

    def __init__(self, path: Path, clock: Clock, min_interval: float) -> None:
        self.path = path
        self._clock = clock
        self._min_interval = timedelta(seconds=min_interval)

    @contextmanager
    def take(self, host: str, patience: float) -> Iterator[Turn]:
        """Wait for a turn and hold it during the ``with`` block.

        Parameters
        ----------
        host : str
        patience : float
            Seconds to wait at most, by what is slept: the time of day may be set back meanwhile.

        Raises
        ------
        TurnTimeoutError
            If the turn would come later.
        ClockFileError
            If the file can't be opened, locked or written: on a disk that is full or read-only, or
            when it is another user's.
        """
        with _open(self.path) as descriptor:
            turn = Turn(self._wait(descriptor, host, patience))
            try:
                yield turn
            finally:
                self._note_end(descriptor, host, turn.rest_until)

    def _note_end(self, descriptor: int, host: str, rest_until: datetime | None) -> None:
        """Write down that a request has ended; that it began stands there, should this fail."""
        now = self._clock.now()
        try:
            ledger = _read(descriptor).corrected(now)
            ledger.last = now
            if rest_until:
                ledger.resting[host] = rest_until
            _write(descriptor, ledger)
        except ClockFileError as error:
            log.warning("clock-file-unwritable problem=%s", json.dumps(str(error)))

    def _wait(self, descriptor: int, host: str, patience: float) -> float:
        """Wait for the lock and the time, and return the seconds slept; the lock is then held."""
        waited = 0.0
        while True:
            waited = self._lock(descriptor, patience, waited)
            now = self._clock.now()
            ledger = _read(descriptor).corrected(now)
            opens = ledger.opens_at(host, now, self._min_interval)
            pause = (opens - now).total_seconds()
            if pause <= 0:
                ledger.last = now  # what a crash during the request leaves behind
                _write(descriptor, ledger)
                return waited
            # Others may have their turn while this one waits; it is asked for again after.
            _write(descriptor, ledger)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            if waited + pause > patience:
                raise TurnTimeoutError(opens, host_asked=host in ledger.resting, waited=waited)
            self._clock.sleep(pause)
            waited += pause

    def _lock(self, descriptor: int, patience: float, waited: float) -> float:
        """Wait for the lock, and return the seconds slept since the turn was asked for."""
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if waited >= patience:
                    now = self._clock.now()
                    raise TurnTimeoutError(now, host_asked=False, waited=waited) from None
                self._clock.sleep(_POLL_SECONDS)
                waited += _POLL_SECONDS
            except OSError as error:  # a file system of the network that knows no locks
                raise ClockFileError(f"can't be locked ({error.strerror})") from error
            else:
                return waited


@contextmanager
def _open(path: Path) -> Iterator[int]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ClockFileError(f"can't be opened ({error.strerror})") from error
    try:
        yield descriptor
    finally:
        with suppress(OSError):
            # A process forked meanwhile has the file open too: closing alone would leave it the lock.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _read(descriptor: int) -> Ledger:
    try:
        return Ledger.loads(os.pread(descriptor, _MOST_BYTES, 0))
    except OSError as error:
        raise ClockFileError(f"can't be read ({error.strerror})") from error


def _write(descriptor: int, ledger: Ledger) -> None:
    data = ledger.dumps().ljust(_FILE_BYTES)
    try:
        if os.pwrite(descriptor, data, 0) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.ftruncate(descriptor, len(data))
    except OSError as error:
        raise ClockFileError(f"can't be written ({error.strerror})") from error
