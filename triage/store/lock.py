"""One process works at a time; a second says who holds the lock, and leaves."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from triage.errors import BusyError, StoreError

FILE_NAME = "triage.store.lock"


@contextmanager
def work_lock(folder: Path, what: str, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the store's lock while working.

    The operating system frees the lock when its holder ends, however it ends, so a lock never goes
    stale; the file beside it only says who that is.

    Parameters
    ----------
    folder : Path
        The store's folder.
    what : str
        What the holder does, for the message to others.
    wait_seconds : float
        How long to wait for another holder.

    Raises
    ------
    BusyError
        If another process holds the lock for longer than that.
    StoreError
        If the folder can't be made or written.
    """
    holder = folder / f"{FILE_NAME}.holder"
    lock = FileLock(folder / FILE_NAME)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait_seconds)
    except OSError as error:
        if isinstance(error, Timeout):
            raise BusyError(
                f"another triage is at work here: {_told(holder)}.",
                remedy="Wait until it is done, or stop it; nothing was changed.",
            ) from error
        raise StoreError(f"the store's folder {folder} can't be used: {error}.") from error
    try:
        holder.write_text(
            json.dumps(
                {
                    "pid": os.getpid(),
                    "host": socket.gethostname(),
                    "what": what,
                    "since": datetime.now(UTC).isoformat(timespec="seconds"),
                    "program": Path(sys.argv[0]).name,
                }
            ),
            encoding="utf-8",
        )
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def is_held(folder: Path) -> bool:
    """Return whether a process holds the lock of a folder now.

    It is asked for as one of many readers, who don't shut each other out; a worker who comes in that
    very moment would be refused, and so waits a little (``wait_seconds``) where somebody may look.

    Raises
    ------
    OSError
        If the lock's file can't be read.
    """
    try:
        handle = os.open(folder / FILE_NAME, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _told(holder: Path) -> str:
    try:
        told = json.loads(holder.read_text(encoding="utf-8"))
        return f"'triage {told['what']}', process {told['pid']} on {told['host']}, since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has not said who it is"
