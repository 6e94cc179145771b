"""The HTTP cache: earlier responses in a folder.

It serves conditional requests (feeds), and keeps the pages of an OAI-PMH harvest until it is complete.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from triage.clock import Clock
from triage.listing.text import parse_iso_time

_KEPT_SECONDS = 60 * 86_400
"""What was not renewed for so long (a category dropped, a write that a crash broke off) is deleted."""
_LONGEST_VALIDATOR = 1_000
"""Characters of an ETag; servers refuse long headers."""


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """An earlier response."""

    body: bytes
    etag: str = ""
    last_modified: str = ""

    def conditions(self) -> dict[str, str]:
        """Return the headers of a conditional request, without what a server would always refuse."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {
            name: value
            for name, value in headers.items()
            if value and len(value) <= _LONGEST_VALIDATOR and value.isascii() and value.isprintable()
        }


class HttpCache:
    """Keeps the latest response of each address as one file, which may be deleted at any time."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def get(self, url: str, *, max_age: timedelta | None = None) -> CachedResponse | None:
        """Return the response of an address, if it is there, whole, and no older than `max_age`."""
        try:
            head, body = self._path(url).read_bytes().split(b"\n", 1)
            record = json.loads(head)
            if record["sha256"] != hashlib.sha256(body).hexdigest():
                return None
            age = self._clock.now() - parse_iso_time(record["stored_at"])
            if max_age is not None and not timedelta() <= age < max_age:
                return None
            return CachedResponse(body, str(record["etag"]), str(record["last_modified"]))
        except (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError):
            return None

    def put(self, url: str, response: CachedResponse) -> None:
        """Replace the response of an address in one step; do nothing when the disk can't be written."""
        head = {
            "url": url,
            "stored_at": self._clock.now().isoformat(),
            "etag": response.etag,
            "last_modified": response.last_modified,
            "sha256": hashlib.sha256(response.body).hexdigest(),
        }
        path = self._path(url)
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(json.dumps(head).encode() + b"\n" + response.body)
            part.replace(path)
            self._delete_older_than(path.stat().st_mtime - _KEPT_SECONDS)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def delete(self, url: str) -> None:
        with suppress(OSError):
            self._path(url).unlink(missing_ok=True)

    def _delete_older_than(self, written: float) -> None:
        for file in self._folder.iterdir():
            if file.suffix in (".answer", ".part") and file.stat().st_mtime < written:
                file.unlink(missing_ok=True)

    def _path(self, url: str) -> Path:
        return self._folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.answer"
