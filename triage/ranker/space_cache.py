"""The space of words and topics, kept while the archive that taught it stays the same.

Finding topics takes most of the time of training, and a new label changes nothing about them.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
from scipy import sparse

from triage.ranker.features import FEATURES_VERSION
from triage.ranker.space import Space, learn_space

FILE_NAME = "space.npz"


class KeptSpace:
    """One file with the last space; deleted or damaged, it is made again.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME

    def learn(self, counts: sparse.csr_matrix, *, seed: int) -> Space:
        """Return the space that :func:`~triage.ranker.space.learn_space` learns from papers."""
        key = _key(counts, seed)
        kept = self._read(key)
        if kept is not None:
            return kept
        space = learn_space(counts, seed=seed)
        self._write(key, space)
        return space

    def _read(self, key: str) -> Space | None:
        try:
            with self._file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                if str(arrays["key"]) != key:
                    return None
                return Space(
                    arrays["columns"].astype(np.int32),
                    arrays["idf"].astype(np.float32),
                    arrays["basis"].astype(np.float32),
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def _write(self, key: str, space: Space) -> None:
        out = io.BytesIO()
        np.savez(
            out,
            key=np.array(key),
            columns=space.columns,
            idf=space.idf,
            # A space is rounded to this when it is learned, so nothing is lost.
            basis=space.basis.astype(np.float16),
        )
        half = self._file.with_suffix(f".{os.getpid()}.part")
        # Without room on the disk it is learned again next time; the step that counts comes later.
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            half.write_bytes(out.getvalue())
            half.replace(self._file)
        with suppress(OSError):
            half.unlink(missing_ok=True)


def _key(counts: sparse.csr_matrix, seed: int) -> str:
    digest = hashlib.sha256(f"{FEATURES_VERSION} {seed} {counts.shape}".encode())
    for part in (counts.indptr, counts.indices, counts.data):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
