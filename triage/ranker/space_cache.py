"""Feature spaces on disk, which models share while the archive that taught them stays the same.

Finding topics takes most of the time of training, and a new label changes nothing about them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from triage.ranker.arrays import pack, read_npz, unpack, write_npz

if TYPE_CHECKING:
    from triage.ranker.space import FeatureSpace


class SpaceCache:
    """A folder with a file a space; deleted or damaged, it is made again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, key: str) -> Path:
        """Return the file of a space."""
        return self._folder / f"{key}.npz"

    def load(self, space: FeatureSpace) -> bool:
        """Fit a space from its file; returns whether that could be read."""
        try:
            unpack(space, read_npz(self.path(space.key_).read_bytes()), {})
        except (OSError, ValueError, KeyError):
            return False
        return True

    def save(self, space: FeatureSpace) -> None:
        """Keep a fitted space."""
        self._folder.mkdir(parents=True, exist_ok=True)
        half = self._folder / "half"
        write_synced(half, write_npz(pack(space)))
        half.replace(self.path(space.key_))

    def prune(self, needed: set[str]) -> None:
        """Remove all spaces but those with these keys."""
        for file in self._folder.glob("*"):
            if file.stem not in needed:
                file.unlink()
        # Where versions before kept the only one, whole or half written.
        for file in self._folder.parent.parent.glob("space.*"):
            file.unlink()


def write_synced(path: Path, data: bytes) -> None:
    """Write a file, and wait until it is on the disk."""
    with path.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
