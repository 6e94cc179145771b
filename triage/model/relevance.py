"""The ranker: one weight a column, learned from what the reader noted against what they did not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Relevance:
    """A linear score in units of the standard deviation of unlabelled papers, whose mean is nought."""

    weights: NDArray[np.float32]
    """Shape (k,)."""
    offset: float

    def scores(self, vectors: sparse.csr_matrix) -> Floats:
        """Score TF-IDF vectors, shape (n, k) -> (n,)."""
        return np.asarray(vectors @ self.weights, dtype=np.float64) + self.offset


def fit_relevance(
    noted: sparse.csr_matrix,
    weights: Floats,
    refused: sparse.csr_matrix,
    refused_weights: Floats,
    background: sparse.csr_matrix,
    *,
    seed: int = 0,
) -> Relevance:
    """Learn from noted papers, refused papers and unlabelled background, all as TF-IDF vectors.

    Parameters
    ----------
    noted, refused, background : csr_matrix of shape (p, k), (r, k), (n, k)
        At least one noted paper; refused and background may have no rows.
    weights, refused_weights : arrays of shape (p,), (r,)
        1 for a plain word of the reader, less for weak evidence.
    """
    from sklearn.svm import LinearSVC

    others = sparse.vstack([refused, background], format="csr")
    if not others.shape[0]:
        direction = np.asarray(noted.T @ weights, dtype=np.float64)
        return Relevance(direction.astype(np.float32), 0.0)
    other_weights = np.concatenate([20 * refused_weights, np.ones(background.shape[0])])
    sample = np.concatenate([weights / weights.sum(), other_weights / other_weights.sum()])
    model = LinearSVC(C=0.01, max_iter=10_000, tol=1e-4, random_state=seed)
    model.fit(
        sparse.vstack([noted, others], format="csr"),
        np.concatenate([np.ones(len(weights)), np.zeros(others.shape[0])]),
        sample_weight=sample * (len(weights) + others.shape[0]) / 2,
    )
    return standardised(model.coef_[0], background if background.shape[0] else others)


def standardised(direction: Floats, unlabelled: sparse.csr_matrix) -> Relevance:
    """Scale a direction so that unlabelled papers score nought on average with deviation one."""
    scores = np.asarray(unlabelled @ direction, dtype=np.float64)
    deviation = float(scores.std()) or 1.0
    return Relevance((direction / deviation).astype(np.float32), -float(scores.mean()) / deviation)
