"""TF-IDF over hashed counts, and the topics that unlabelled papers teach.

No label enters here.  The topics are the leading directions of the TF-IDF vectors of an archive
(latent semantic analysis; Deerwester et al., 1990): papers that share no word can share a topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from triage.ranker.authors import nobody
from triage.ranker.form import TRAITS

MAX_COLUMNS = 30_000
MAX_TOPICS = 100
RECENT = 12_000
"""How many of the latest papers a space is learned from: older ones speak of yesterday's subjects."""
_RARE = 5
_COMMON = 0.1

Rows = NDArray[np.intp] | NDArray[np.bool_] | slice


@dataclass(frozen=True, slots=True)
class Placed:
    """Papers in a space, one a row."""

    vectors: sparse.csr_matrix
    """TF-IDF, rows of length one, shape (n, k)."""
    topics: NDArray[np.float32]
    """Rows of length one, shape (n, t)."""
    days: NDArray[np.int64]
    """Ordinal of the day that each was announced or submitted, 0 when unknown; shape (n,)."""
    form: NDArray[np.float32]
    """Traits apart from the subject (:mod:`triage.ranker.form`), NaN when unknown; shape (n, f)."""
    names: sparse.csr_matrix
    """Authors (:mod:`triage.ranker.authors`), an empty row when unknown; shape (n, NAMES)."""

    def __len__(self) -> int:
        return int(self.vectors.shape[0])

    def rows(self, rows: Rows) -> Placed:
        """Return some of the papers."""
        return Placed(
            self.vectors[rows], self.topics[rows], self.days[rows], self.form[rows], self.names[rows]
        )


def stack(parts: Sequence[Placed]) -> Placed:
    """Put papers of the same space one after another."""
    return Placed(
        sparse.vstack([part.vectors for part in parts], format="csr"),
        np.vstack([part.topics for part in parts]),
        np.concatenate([part.days for part in parts]),
        np.vstack([part.form for part in parts]),
        sparse.vstack([part.names for part in parts], format="csr"),
    )


@dataclass(frozen=True, slots=True)
class Space:
    """Which hashed columns count, what each is worth, and the topics."""

    columns: NDArray[np.int32]
    """Sorted hashed columns, shape (k,)."""
    idf: NDArray[np.float32]
    """Inverse document frequencies, shape (k,)."""
    basis: NDArray[np.float32]
    """Topics in terms of columns, shape (k, t); t is nought for a handful of papers."""

    def place(
        self,
        counts: sparse.csr_matrix,
        days: NDArray[np.int64] | None = None,
        form: NDArray[np.float32] | None = None,
        names: sparse.csr_matrix | None = None,
    ) -> Placed:
        """Place counted papers in this space.

        Parameters
        ----------
        counts : csr_matrix of shape (n, features.COLUMNS)
        days : array of shape (n,), optional
            Ordinals of their days, 0 when unknown.
        form : array of shape (n, f), optional
            Their traits, NaN when unknown.
        names : csr_matrix of shape (n, NAMES), optional
            Their authors.
        """
        vectors = self.vectors(counts)
        return Placed(
            vectors,
            self.topics(vectors),
            np.zeros(vectors.shape[0], np.int64) if days is None else days,
            np.full((vectors.shape[0], len(TRAITS)), np.nan, np.float32) if form is None else form,
            nobody(vectors.shape[0]) if names is None else names,
        )

    def topics(self, vectors: sparse.csr_matrix) -> NDArray[np.float32]:
        """Return how much papers are about each topic, as rows of length one."""
        topics = np.asarray(vectors @ self.basis, dtype=np.float32)
        lengths = np.linalg.norm(topics, axis=1, keepdims=True)
        return np.asarray(topics / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)

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


def learn_space(
    counts: sparse.csr_matrix, *, max_columns: int = MAX_COLUMNS, max_topics: int = MAX_TOPICS, seed: int = 0
) -> Space:
    """Choose the columns that tell papers apart, and find the topics, from papers of any kind.

    A column is used when at least five papers have it (fewer when there are few papers) and not more
    than a tenth of them; of those the most frequent ones.
    """
    papers = counts.shape[0]
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    rare = _RARE if papers >= 2_000 else 2 if papers >= 200 else 1
    common = _COMMON * papers if papers >= 200 else 0.5 * papers if papers >= 20 else papers
    usable = np.flatnonzero((frequency >= rare) & (frequency <= common))
    if not len(usable):
        # So few different words that all of them are common: better those than none.
        usable = np.flatnonzero(frequency)
    # stable, so that the same papers give the same columns
    order = np.argsort(-frequency[usable], kind="stable")[:max_columns]
    columns = np.sort(usable[order]).astype(np.int32)
    idf = (np.log((1 + papers) / (1 + frequency[columns])) + 1).astype(np.float32)
    plain = Space(columns, idf, np.zeros((len(columns), 0), np.float32))
    topics = min(max_topics, papers // 20, len(columns) // 2)
    if topics < 2:
        return plain
    return Space(columns, idf, _basis(plain.vectors(counts), topics, seed))


def _basis(vectors: sparse.csr_matrix, topics: int, seed: int) -> NDArray[np.float32]:
    from sklearn.utils.extmath import randomized_svd

    _, _, directions = randomized_svd(vectors, topics, n_oversamples=20, n_iter=2, random_state=seed)
    # Rounded as it is kept on disk, so that a loaded model scores like the one that was trained.
    return np.ascontiguousarray(directions.T.astype(np.float16).astype(np.float32))
