"""The reader's marks and edits in the digests, read back into the label log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from triage.config import Config
from triage.store.store import Store

if TYPE_CHECKING:
    from triage.store.labels import LoggedLabel


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What the digests newly say."""

    labels: tuple[LoggedLabel, ...] = ()
    problems: tuple[str, ...] = ()
    """What could not be understood, with file and line."""


def sync(config: Config, store: Store, now: datetime) -> SyncReport:
    """Read every digest's marks; what was read before is skipped."""
    return SyncReport()
