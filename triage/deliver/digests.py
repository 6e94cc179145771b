"""A digest as it goes out: its text as it is in the file now, and its picks from the store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from triage.digest.content import digest_title
from triage.digest.language import Language
from triage.papers import Paper
from triage.store.digests import ShownPaper, StoredDigest
from triage.store.files import read_text
from triage.store.store import Transaction

# Front matter ends at a line of three dashes; a digest without one has none.
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n.*?^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PickedPaper:
    """A pick of a digest, with what is known of the paper."""

    paper: Paper
    shown: ShownPaper


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest, to be put into another form."""

    day: date
    """The listing day it is named for."""
    covers: tuple[date, ...]
    total: int
    file: Path
    text: str
    """The Markdown below the front matter, with the reader's edits, ``\\n`` line ends."""
    as_written: bool
    """Whether the file is as the machine wrote it."""
    written_at: datetime
    changed_at: datetime
    """When the reader edited it last, or else when it was written; UTC."""
    picks: tuple[PickedPaper, ...]
    """In rank order."""

    @property
    def title(self) -> str:
        return digest_title(self.day)

    def counts(self, language: Language) -> str:
        """How many papers were picked out of how many, in words."""
        return language.text("picked_of_total", picked=len(self.picks), total=self.total)


def read_digest(tx: Transaction, stored: StoredDigest, folder: Path) -> Digest | None:
    """Read a recorded digest from its file in the digests' folder; None if the reader has removed it.

    Raises FileError if the file is there but can't be read, or is not UTF-8.
    """
    file = folder / stored.file
    text = read_text(file)
    if text is None:
        return None
    as_written = text == stored.machine_text
    picked = [shown for shown in tx.digests.shown_in(stored.day) if shown.picked]
    papers = tx.papers.get(shown.paper for shown in picked)
    return Digest(
        day=stored.day,
        covers=stored.covers,
        total=stored.total,
        file=file,
        text=without_front_matter(text),
        as_written=as_written,
        written_at=stored.written_at,
        changed_at=stored.written_at if as_written else _modified(file, stored.written_at),
        picks=tuple(PickedPaper(papers[shown.paper], shown) for shown in picked if shown.paper in papers),
    )


def without_front_matter(text: str) -> str:
    r"""Return a digest's Markdown body.

    >>> without_front_matter("---\r\ntitle: x\r\n---\r\n\r\nA weak day.\r\n")
    'A weak day.\n'
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _FRONT_MATTER.sub("", unified, count=1).lstrip("\n")


def _modified(file: Path, written_at: datetime) -> datetime:
    try:
        changed = datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
    except OSError:
        # Removed since it was read, a moment ago.
        return written_at
    return max(changed, written_at)
