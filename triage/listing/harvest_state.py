"""Pages of a long list kept on disk until the list is whole, so that a stopped harvest goes on where it was."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from triage.clock import Clock

TOKENS_LIVE = timedelta(hours=20)
"""arXiv's resumption tokens live a day; with older pages a list can't be gone on with."""


class PageShelf:
    """Keeps the pages of each list in one file, in order; a disk that is full keeps fewer.

    Parameters
    ----------
    folder : Path
        Made when something is to be kept.  Its files may be deleted at any time.
    clock : Clock
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def pages(self, question: str) -> list[bytes]:
        """Return the pages kept of a list, up to the first that is damaged; none that are too old."""
        kept: list[bytes] = []
        with suppress(OSError), self._file(question).open("rb") as file:
            while (head := file.readline()) and (page := _page(head, file.read(_length(head)))):
                asked_at, body = page
                if not kept and not timedelta() <= self._clock.now() - asked_at < TOKENS_LIVE:
                    break
                kept.append(body)
        return kept

    def keep(self, question: str, before: int, body: bytes) -> None:
        """Add the next page of a list.

        Parameters
        ----------
        question : str
            Tells one list from another.
        before : int
            How many pages came before it; with none, what was kept is forgotten.
        body : bytes
        """
        head = {
            "at": self._clock.now().isoformat(),
            "length": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._file(question).open("ab" if before else "wb") as file:
                file.write(json.dumps(head).encode() + b"\n" + body)

    def clear(self, question: str) -> None:
        """Forget a list: it is whole, or can't be gone on with."""
        with suppress(OSError):
            self._file(question).unlink(missing_ok=True)

    def _file(self, question: str) -> Path:
        return self._folder / f"{hashlib.sha256(question.encode()).hexdigest()[:32]}.pages"


def _length(head: bytes) -> int:
    try:
        return max(0, int(json.loads(head)["length"]))
    except (KeyError, TypeError, ValueError):
        return 0


def _page(head: bytes, body: bytes) -> tuple[datetime, bytes] | None:
    try:
        record = json.loads(head)
        whole = record["sha256"] == hashlib.sha256(body).hexdigest()
        return (datetime.fromisoformat(record["at"]), body) if whole else None
    except (KeyError, TypeError, ValueError):
        return None
