"""Files written completely or not at all, and never over somebody else's words."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import glob
import os
import secrets
import stat
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from triage.errors import FileError

LARGEST = 20_000_000
"""Bytes of a text that is read; a digest of a thousand papers has a twentieth of it."""


class Outcome(StrEnum):
    """What happened to a file that was to be written."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    """The file has this text already."""
    KEPT = "kept because edited"
    """The file differs from what was written last: it belongs to the reader now."""


def write_unless_edited(path: Path, text: str, last_written: str | None) -> Outcome:
    """Write a file, unless somebody has edited it.

    Missing folders are made; a symbolic link is followed and stays a link.

    A file with any other bytes than those that were written there last (None: nothing was) is kept.
    Raises FileError if the file can't be read or written.
    """
    mine = None if last_written is None else last_written.encode("utf-8")
    return _write(path, text, lambda current: current in (None, mine))


def write_file(path: Path, text: str) -> Outcome:
    """Write a file over whatever was there; KEPT if it was saved at the very same moment.

    Raises FileError if the file can't be read or written.
    """
    return _write(path, text, lambda _: True)


def _write(path: Path, text: str, may_replace: Callable[[bytes | None], bool]) -> Outcome:
    new = text.encode("utf-8")
    current = _read(path)
    if current == new:
        return Outcome.UNCHANGED
    written = may_replace(current) and _replace(path, new, only_over=current)
    return Outcome.WRITTEN if written else Outcome.KEPT


def read_text(path: Path) -> str | None:
    """Return a file's text with its line ends as they are, or None if there is no such file.

    Raises FileError if the file can't be read or is not UTF-8.
    """
    content = _read(path)
    try:
        return None if content is None else content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(
            f"{path} is not UTF-8 text (byte {error.start})", remedy="Save it as UTF-8 and run again."
        ) from error


def _read(path: Path) -> bytes | None:
    try:
        status = path.stat()
        # A pipe would be waited for, and a device read without end.
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            raise FileError(
                f"{path} can't be read: it is no regular file of at most {LARGEST // 1_000_000} MB",
                remedy="Move it away, or put the file back.",
            )
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(
            f"{path} can't be read: {error.strerror}", remedy="Check the path and its permissions."
        ) from error


def _replace(path: Path, content: bytes, *, only_over: bytes | None) -> bool:
    """Put `content` in place atomically; False if the file changed from `only_over` meanwhile."""
    target = path.resolve() if path.is_symlink() else path
    # Same folder, because a rename is atomic only within one file system.
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # One process works at a time, so what is there was left by one that was killed.
        for leftover in target.parent.glob(f".{glob.escape(target.name)}.????????.tmp"):
            leftover.unlink(missing_ok=True)
        _write_synced(temporary, content, like=target)
        # An editor may have saved while the text was made.
        if _read(target) != only_over or not swap_in(temporary, target, content, only_over):
            return False
    except OSError as error:
        raise FileError(
            f"{path} can't be written: {error.strerror}",
            remedy="Check the folder's permissions and the free space; nothing was changed.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return True


def swap_in(temporary: Path, target: Path, content: bytes, only_over: bytes | None) -> bool:
    """Put the new file in place; False, with the reader's text there, if they saved at this very moment.

    The old file is checked once more after it was swapped out, so that no moment is left in which a
    save would be lost (one, a system call wide, where the system can't swap).
    """
    try:
        swapped = only_over is not None and exchange(temporary, target)
    except FileNotFoundError:
        return False  # The reader has just deleted it: that counts as well.
    if not swapped:
        temporary.replace(target)
    # The disk takes longer than an editor that was about to empty the old file in order to save in it.
    sync_folder(target.parent)
    if not swapped or _read(temporary) == only_over:
        return True
    exchange(temporary, target)
    if _read(temporary) != content:
        # They saved once more in between: the newest counts.
        temporary.replace(target)
    sync_folder(target.parent)
    return False


def _write_synced(temporary: Path, content: bytes, *, like: Path) -> None:
    # Mode 0666 is cut down by the umask, as for any file the reader makes.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        with contextlib.suppress(FileNotFoundError):
            before = like.stat()
            now = os.fstat(stream.fileno())
            if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid):
                # A daemon run as another user gives the file back, where the system lets it.
                with contextlib.suppress(PermissionError):
                    os.fchown(stream.fileno(), before.st_uid, before.st_gid)
            os.fchmod(stream.fileno(), stat.S_IMODE(before.st_mode))
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until a rename is on the disk: without this a power cut may lose it, though not the bytes."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # Some network file systems can't sync a folder; the file itself is safe.
    finally:
        os.close(descriptor)


_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM)
"""Some file systems (network, FUSE) and sandboxes can't exchange files."""


def exchange(one: Path, other: Path) -> bool:
    """Swap two files of one file system atomically; False, with nothing done, where that can't be.

    Raises OSError if one of them is missing, or may not be renamed.
    """
    renameat2 = _renameat2()
    if renameat2 is None:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(other))


@cache
def _renameat2() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    # Older C libraries don't have it, though the kernel may.
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
