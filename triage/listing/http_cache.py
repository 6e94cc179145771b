"""Earlier answers, kept in a folder, so that the feeds can be asked for news only."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_KEPT_SECONDS = 60 * 86_400
"""What was not renewed for so long (a category dropped, a write that a crash broke off) goes."""
_LONGEST_VALIDATOR = 1_000
"""Characters of an ETag; servers refuse long headers."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """An earlier answer, for conditional requests."""

    etag: str
    last_modified: str
    body: bytes

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for news; not what a server would refuse, as it would every day."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {
            name: value
            for name, value in headers.items()
            if value and len(value) <= _LONGEST_VALIDATOR and value.isascii() and value.isprintable()
        }


class Memory(Protocol):
    """Keeps the latest answer of each address between runs."""

    def recall(self, url: str) -> Remembered | None:
        """Return what was remembered under an address, if anything."""
        ...

    def remember(self, url: str, answer: Remembered) -> None:
        """Keep an answer, replacing the one before."""
        ...


class FolderMemory:
    """Keeps the latest answer of each address as one file; see :class:`Memory`.

    Parameters
    ----------
    folder : Path
        Made when something is to be kept. Its files may be deleted at any time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recall(self, url: str) -> Remembered | None:
        """Return what was remembered under an address; a damaged file counts as nothing."""
        try:
            head, body = self._path(url).read_bytes().split(b"\n", 1)
            record = json.loads(head)
            if record["sha256"] != hashlib.sha256(body).hexdigest():
                return None
            return Remembered(str(record["etag"]), str(record["last_modified"]), body)
        except (KeyError, OSError, RecursionError, TypeError, ValueError):
            return None

    def remember(self, url: str, answer: Remembered) -> None:
        """Keep an answer, replacing the one before in one step; without a disk to write on, don't."""
        head = {
            "url": url,
            "etag": answer.etag,
            "last_modified": answer.last_modified,
            "sha256": hashlib.sha256(answer.body).hexdigest(),
        }
        path = self._path(url)
        half = path.with_suffix(f".{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            half.write_bytes(json.dumps(head).encode() + b"\n" + answer.body)
            half.replace(path)
            self._drop_older_than(path.stat().st_mtime - _KEPT_SECONDS)
        except OSError:
            with suppress(OSError):
                half.unlink(missing_ok=True)

    def _drop_older_than(self, written: float) -> None:
        for file in self._folder.iterdir():
            if file.suffix in (".answer", ".part") and file.stat().st_mtime < written:
                file.unlink(missing_ok=True)

    def _path(self, url: str) -> Path:
        return self._folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.answer"
