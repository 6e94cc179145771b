"""How the store stands: where it is, its size, and the disk's free space."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from triage.config.schema import Config
from triage.errors import StoreError
from triage.store.store import Store, Transaction

LOW_DISK_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The store at a time."""

    place: str
    """The database's file, or its address without a password."""
    papers: int
    size_bytes: int | None
    """None for databases other than SQLite."""
    disk_free_bytes: int
    damage: StoreError | None
    """If the database finds itself damaged."""

    @property
    def needs(self) -> tuple[str, ...]:
        sentences = [f"{self.damage.message} {self.damage.remedy}"] if self.damage else []
        if self.disk_free_bytes < LOW_DISK_BYTES:
            sentences.append(f"the disk is nearly full: {self.disk_free_bytes // 1_000_000} MB are free")
        return tuple(sentences)


def store_status(config: Config, store: Store, tx: Transaction) -> StoreStatus:
    return StoreStatus(
        place=store.shown if config.store.url else str(config.store_folder / "triage.db"),
        papers=tx.papers.count(),
        size_bytes=store.size_bytes,
        disk_free_bytes=disk_free_bytes(config.store_folder),
        damage=store.damage(),
    )


def disk_free_bytes(folder: Path) -> int:
    """Return the free space where a folder is, or would be: a database elsewhere needs no folder here."""
    return shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists())).free
