"""The store's lock: one process works at a time, and a second one learns who does."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from triage.errors import BusyError, StoreError

FILE_NAME = "triage.store.lock"


@contextmanager
def work_lock(folder: Path, what: str, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock of a store's folder while working on ``what`` (a command's name).

    The operating system frees the lock when its holder ends, however it ends, so a lock is never left
    behind; the file beside it only says who the holder is.

    Raises BusyError if another process still holds the lock after ``wait_seconds``. Raises StoreError if the
    folder can't be made or written.
    """
    holder = folder / f"{FILE_NAME}.holder"
    lock = FileLock(folder / FILE_NAME)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait_seconds)
    except Timeout as error:
        raise BusyError(
            f"another triage process is at work here: {_described(holder)}.",
            remedy="Wait until it has finished, or stop it. Nothing was changed.",
        ) from error
    except OSError as error:
        raise StoreError(
            f"the store's folder {folder} can't be used: {error}.",
            remedy="Check its permissions and the free disk space.",
        ) from error
    try:
        description = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "what": what,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        holder.write_text(json.dumps(description), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def is_held(folder: Path) -> bool:
    """Return whether a process holds the lock of a folder now.

    This takes a shared lock for a moment, so that processes that only look don't disturb each other. A
    worker that starts in this very moment would be refused, so it waits a little (``wait_seconds``).
    """
    with suppress(FileNotFoundError), (folder / FILE_NAME).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _described(holder: Path) -> str:
    try:
        one = json.loads(holder.read_text(encoding="utf-8"))
        return f"'triage {one['what']}', process {one['pid']} on {one['host']}, since {one['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has not written its name"
