"""Whose turn it is to ask arXiv: one request at a time and one every few seconds, over all processes.

A small file holds when the last request ended and which hosts asked to be left alone until when.
Who makes a request holds the file's lock (``flock``, which the kernel drops when a process dies)
from before the request to after it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from triage.clock import Clock
from triage.listing.text import parse_iso_time

LONGEST_REST = timedelta(days=1)
"""A host's wish to be left alone for longer than this is a clock that has changed."""
_POLL_SECONDS = 0.25


class TurnTimeoutError(Exception):
    """The turn would come after the deadline.

    Attributes
    ----------
    until : datetime
        When the turn would come at the earliest, UTC.
    host_asked : bool
        Whether the host asked for the wait; otherwise another process is in the way.
    """

    def __init__(self, until: datetime, *, host_asked: bool) -> None:
        super().__init__(f"no turn before {until.isoformat()}")
        self.until = until
        self.host_asked = host_asked


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
        """Return it without what a clock that was set back has left in the future.

        The interval then counts from now, and rests longer than any that is asked for are dropped.
        """
        resting = {host: until for host, until in self.resting.items() if until - now <= LONGEST_REST}
        return Ledger(min(self.last, now) if self.last else None, resting)

    def dumps(self, now: datetime) -> bytes:
        """Write it down, without rests that are over."""
        resting = {host: until.isoformat() for host, until in self.resting.items() if until > now}
        return json.dumps({"last": self.last and self.last.isoformat(), "resting": resting}).encode()

    @classmethod
    def loads(cls, data: bytes) -> Ledger:
        """Read it; anything unreadable (a crash in the middle of a write) counts as empty."""
        try:
            record = json.loads(data)
            last = parse_iso_time(record["last"]) if record["last"] else None
            return cls(last, {host: parse_iso_time(text) for host, text in record["resting"].items()})
        except (AttributeError, KeyError, TypeError, ValueError):
            return cls()


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
        self._path = path
        self._clock = clock
        self._min_interval = timedelta(seconds=min_interval)

    @contextmanager
    def take(self, host: str, deadline: datetime) -> Iterator[float]:
        """Wait for a turn and hold it during the ``with`` block.

        Yields
        ------
        float
            Seconds waited.

        Raises
        ------
        TurnTimeoutError
            If the turn would come after `deadline`.
        """
        began = self._clock.now()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            while True:
                self._lock(file, deadline)
                now = self._clock.now()
                ledger = _read(file).corrected(now)
                opens = ledger.opens_at(host, now, self._min_interval)
                if opens <= now:
                    break
                # Others may have their turn while this one waits; it is asked for again after.
                _write(file, ledger, now)
                fcntl.flock(file, fcntl.LOCK_UN)
                if opens > deadline:
                    raise TurnTimeoutError(opens, host_asked=host in ledger.resting)
                self._clock.sleep((opens - now).total_seconds())
            ledger.last = now  # what a crash during the request leaves behind
            _write(file, ledger, now)
            try:
                yield (now - began).total_seconds()
            finally:
                ended = self._clock.now()
                ledger = _read(file)
                ledger.last = ended
                _write(file, ledger, ended)

    def rest(self, host: str, until: datetime) -> None:
        """Remember, for all processes, that a host wants to be left alone; only inside a turn."""
        with self._path.open("r+b") as file:
            ledger = _read(file)
            ledger.resting[host] = until
            _write(file, ledger, self._clock.now())

    def _lock(self, file: BinaryIO, deadline: datetime) -> None:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                now = self._clock.now()
                if now > deadline:
                    raise TurnTimeoutError(now, host_asked=False) from None
                self._clock.sleep(_POLL_SECONDS)
            else:
                return


def _read(file: BinaryIO) -> Ledger:
    file.seek(0)
    return Ledger.loads(file.read())


def _write(file: BinaryIO, ledger: Ledger, now: datetime) -> None:
    file.seek(0)
    file.truncate()
    file.write(ledger.dumps(now))
    file.flush()
