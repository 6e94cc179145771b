"""The feature space, kept while the archive that taught it stays the same.

Finding topics takes most of the time of training, and a new label changes nothing about them.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from triage.ranker.arrays import pack, read_npz, unpack, write_npz
from triage.ranker.features import FEATURES_VERSION
from triage.ranker.matrix import FeatureMatrix

if TYPE_CHECKING:
    from triage.ranker.space import FeatureSpace

FILE_NAME = "space.npz"


class SpaceCache:
    """One file with the last space; deleted or damaged, it is made again.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME

    def load(self, space: FeatureSpace, X: FeatureMatrix) -> bool:
        """Fit a space from the file, if that was fitted to the same papers; returns whether it was."""
        try:
            arrays = read_npz(self._file.read_bytes())
            if str(arrays["key"]) == _key(space, X):
                unpack(space, arrays, {})
                return True
        except (OSError, ValueError, KeyError):
            pass
        return False

    def save(self, space: FeatureSpace, X: FeatureMatrix) -> None:
        """Keep a space that was fitted to papers."""
        self._write(write_npz(pack(space) | {"key": np.array(_key(space, X))}, compressed=False))

    def _write(self, data: bytes) -> None:
        half = self._file.with_suffix(".part")
        # Without room on the disk it is learned again next time; the step that counts comes later.
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            half.write_bytes(data)
            half.replace(self._file)
        # Also what a killed process of an earlier version left.
        for leftover in self._file.parent.glob(f"{self._file.stem}.*part"):
            with suppress(OSError):
                leftover.unlink()


def _key(space: FeatureSpace, X: FeatureMatrix) -> str:
    parameters = {name: value for name, value in space.get_params().items() if name != "cache"}
    digest = hashlib.sha256(f"{FEATURES_VERSION} {parameters} {X.words.shape}".encode())
    for part in (X.words.indptr, X.words.indices, X.words.data):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
