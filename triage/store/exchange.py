"""Two files swapped in one step, where the system can: so that what was there is not lost but looked at."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

_HERE = -100
"""AT_FDCWD: relative paths start at the working folder."""
_EXCHANGE = 2
"""RENAME_EXCHANGE, see renameat2(2)."""
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM)
"""Some file systems (network, FUSE) and sandboxes don't know it."""


def exchange(one: Path, other: Path) -> bool:
    """Swap two files of one file system; returns False, with nothing done, where that can't be.

    Raises
    ------
    OSError
        If one of them is not there, or may not be renamed.
    """
    function = _renameat2()
    if function is None:
        return False
    if function(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(other))


@cache
def _renameat2() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    # Older C libraries don't have it, though the kernel may.
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
