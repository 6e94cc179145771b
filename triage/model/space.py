"""TF-IDF over hashed counts: which columns are used, and what each is worth.

The only thing learned from unlabelled papers; no label enters here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

MAX_COLUMNS = 30_000
_RARE = 5
_COMMON = 0.1


@dataclass(frozen=True, slots=True)
class Space:
    """Which hashed columns count, and their inverse document frequencies."""

    columns: NDArray[np.int32]
    """Sorted hashed columns, shape (k,)."""
    idf: NDArray[np.float32]
    """Shape (k,)."""

    def vectors(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Turn counts into TF-IDF vectors of length one (or nought, for a paper without known words).

        Parameters
        ----------
        counts : csr_matrix of shape (n, features.COLUMNS)

        Returns
        -------
        csr_matrix of shape (n, k), float32
        """
        counts = counts.tocsr()
        place = np.searchsorted(self.columns, counts.indices)
        place[place == len(self.columns)] = 0
        known = self.columns[place] == counts.indices if len(self.columns) else np.zeros(len(place), bool)
        ends = np.concatenate([[0], np.cumsum(known)])[counts.indptr]
        columns = place[known].astype(np.int32)
        values = (1 + np.log(counts.data[known])) * self.idf[columns] if len(columns) else np.zeros(0)
        vectors = sparse.csr_matrix(
            (values.astype(np.float32), columns, ends), shape=(counts.shape[0], len(self.columns))
        )
        return unit_rows(vectors)


def unit_rows(vectors: sparse.csr_matrix) -> sparse.csr_matrix:
    """Scale rows to length one; empty rows stay empty."""
    squares = np.bincount(
        np.repeat(np.arange(vectors.shape[0]), np.diff(vectors.indptr)),
        weights=vectors.data.astype(np.float64) ** 2,
        minlength=vectors.shape[0],
    )
    lengths = np.sqrt(np.where(squares > 0, squares, 1.0))
    data = vectors.data / np.repeat(lengths, np.diff(vectors.indptr))
    return sparse.csr_matrix((data.astype(np.float32), vectors.indices, vectors.indptr), shape=vectors.shape)


def learn_space(counts: sparse.csr_matrix, *, max_columns: int = MAX_COLUMNS) -> Space:
    """Choose the columns that tell papers apart, from papers of any kind.

    A column is used when at least five papers have it (fewer when there are few papers) and not more
    than a tenth of them; of those the most frequent ones.
    """
    papers = counts.shape[0]
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    rare = _RARE if papers >= 2_000 else 2 if papers >= 200 else 1
    common = _COMMON * papers if papers >= 200 else 0.5 * papers if papers >= 20 else papers
    usable = np.flatnonzero((frequency >= rare) & (frequency <= common))
    # stable, so that the same papers give the same columns
    order = np.argsort(-frequency[usable], kind="stable")[:max_columns]
    columns = np.sort(usable[order]).astype(np.int32)
    idf = np.log((1 + papers) / (1 + frequency[columns])) + 1
    return Space(columns, idf.astype(np.float32))
