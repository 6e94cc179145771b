"""The reader's own categories: one linear classifier each, with a threshold of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from triage.model.manifest import CategoryReport

Floats = NDArray[np.float64]

ENOUGH_NOTES = 3
"""A category with fewer noted papers can't be learned."""


@dataclass(frozen=True, slots=True)
class Categories:
    """Linear classifiers over the same columns as the relevance."""

    names: tuple[str, ...]
    weights: NDArray[np.float32]
    """Shape (c, k)."""
    offsets: NDArray[np.float32]
    """Shape (c,); the threshold is subtracted already, so a category holds from nought on."""

    def assign(self, vectors: sparse.csr_matrix) -> list[tuple[str, ...]]:
        """Return each paper's categories, best first; none when unsure."""
        if not self.names:
            return [()] * vectors.shape[0]
        scores = np.asarray(vectors @ self.weights.T) + self.offsets
        return [
            tuple(self.names[place] for place in np.argsort(-row, kind="stable") if row[place] >= 0)
            for row in scores
        ]


def fit_categories(
    noted: sparse.csr_matrix, named: list[tuple[str, ...]], *, seed: int = 0
) -> tuple[Categories, tuple[CategoryReport, ...]]:
    """Learn the categories of noted papers.

    Parameters
    ----------
    noted : csr_matrix of shape (p, k)
        TF-IDF vectors of noted papers.
    named : list of length p
        Their categories; a paper may have none.
    """
    rows = np.array([bool(names) for names in named], dtype=bool)
    counts: dict[str, int] = {}
    for names in named:
        for name in set(names):
            counts[name] = counts.get(name, 0) + 1
    learned, reports, weights, offsets = [], [], [], []
    labelled = noted[np.flatnonzero(rows)]
    kept = [set(names) for names, row in zip(named, rows, strict=True) if row]
    for name in sorted(counts):
        belongs = np.array([name in names for names in kept])
        if counts[name] < ENOUGH_NOTES or belongs.all():
            reports.append(CategoryReport(name, counts[name], 0.0))
            continue
        held_out = _held_out_scores(labelled, belongs, seed)
        threshold, f1 = _best_threshold(held_out, belongs)
        weight, offset = _fit(labelled, belongs, seed)
        learned.append(name)
        weights.append(weight)
        offsets.append(offset - threshold)
        reports.append(CategoryReport(name, counts[name], threshold, f1))
    return (
        Categories(
            tuple(learned),
            np.array(weights, dtype=np.float32).reshape(len(learned), noted.shape[1]),
            np.array(offsets, dtype=np.float32),
        ),
        tuple(reports),
    )


def _fit(vectors: sparse.csr_matrix, belongs: NDArray[np.bool_], seed: int) -> tuple[Floats, float]:
    from sklearn.svm import LinearSVC

    model = LinearSVC(C=1.0, class_weight="balanced", random_state=seed, max_iter=10_000)
    model.fit(vectors, belongs)
    return model.coef_[0], float(model.intercept_[0])


def _held_out_scores(vectors: sparse.csr_matrix, belongs: NDArray[np.bool_], seed: int) -> Floats:
    from sklearn.model_selection import StratifiedKFold

    folds = min(5, int(belongs.sum()), int((~belongs).sum()))
    scores = np.full(len(belongs), -1.0)
    if folds < 2:
        return scores
    for learn, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(vectors, belongs):
        weight, offset = _fit(vectors[learn], belongs[learn], seed)
        scores[test] = vectors[test] @ weight + offset
    return scores


def _best_threshold(scores: Floats, belongs: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the threshold with the best held-out F1, between two scores, and that F1."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(belongs[order])
    f1 = 2 * right / (np.arange(len(scores)) + 1 + belongs.sum())
    best = int(np.argmax(f1))
    ordered = scores[order]
    following = ordered[best + 1] if best + 1 < len(ordered) else ordered[best] - 0.2
    return float((ordered[best] + following) / 2), float(f1[best])
