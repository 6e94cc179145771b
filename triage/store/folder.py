"""The folder that triage keeps its own files in, which is no part of the reader's repository."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def make_store_folder(folder: Path) -> None:
    """Make the store's folder, with a ``.gitignore`` that keeps all of it out of Git.

    A folder that holds anything is left as it is: it may be one of the reader's own.  What can't be
    made is told by those who need it.
    """
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
