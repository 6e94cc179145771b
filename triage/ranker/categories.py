"""The reader's own categories: those of the noted papers that are nearest, in words and in topics.

With a dozen notes a heading, the nearest notes name a paper better than a linear classifier a
heading does (bench/categories.py, bench/RANKING.md).  A category's score is the p-norm of the
similarities to its notes, which is little more than that to the nearest, discounted by its size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from triage.ranker.arrays import Array
from triage.ranker.manifest import CategoryReport
from triage.ranker.matrix import FeatureMatrix, Flags, Float32s, Floats

ENOUGH_NOTES = 3
"""A category with fewer noted papers can't be learned."""

_SURE = 0.85
"""The share of names that must be right among the notes; of later papers' it is a little less."""
_FEWEST_NAMES = 3
_OWN_THRESHOLD = 15
"""From so many notes on a category has a threshold of its own, before that the common one."""
_OUT_OF_REACH = 1e9
_ENOUGH_TOPICS = 50
_POWER = 16.0
_BESIDE = 0.02
"""A further category is given when its score is this near to the best one's."""


class CategoryClassifier(BaseEstimator):
    """Names papers by the nearest noted ones.

    Attributes
    ----------
    names_ : array of shape (c,)
        Categories with enough notes.
    members_ : array of shape (p, c)
        1 where a noted paper is in a category.
    thresholds_ : array of shape (c,)
        From which score on a paper belongs.
    reports_ : tuple of CategoryReport
    """

    ARRAYS: ClassVar[tuple[Array, ...]] = (
        Array("names", "names_", np.str_, ("categories",)),
        Array("members", "members_", np.float32, ("noted", "categories")),
        Array("thresholds", "thresholds_", np.float32, ("categories",)),
    )

    names_: NDArray[np.str_]
    members_: Float32s
    thresholds_: Float32s
    reports_: tuple[CategoryReport, ...]

    def fit(self, X: FeatureMatrix, y: Sequence[tuple[str, ...]]) -> CategoryClassifier:
        """Learn the categories of noted papers; a paper may have none."""
        counts = Counter(name for names in y for name in set(names))
        learned = sorted(name for name, count in counts.items() if count >= ENOUGH_NOTES)
        members = np.array([[name in names for name in learned] for names in y], dtype=bool)
        members = members.reshape(len(y), len(learned))
        thresholds, f1 = _thresholds(X, members)
        self.names_ = np.array(learned, dtype=np.str_)
        self.members_ = members.astype(np.float32)
        self.thresholds_ = thresholds.astype(np.float32)
        found = dict(zip(learned, zip(thresholds.tolist(), f1.tolist(), strict=True), strict=True))
        self.reports_ = tuple(
            CategoryReport(name, counts[name], *found.get(name, (0.0,))) for name in sorted(counts)
        )
        return self

    def predict(self, X: FeatureMatrix, noted: FeatureMatrix) -> list[tuple[str, ...]]:
        """Return each paper's categories, best first, none when unsure, by the noted papers it was fitted to."""
        if not len(self.names_):
            return [()] * len(X)
        scores = _scores(_similarity(X, noted), self.members_.astype(bool))
        belongs = _belongs(scores, self.thresholds_.astype(np.float64))
        return [
            tuple(str(self.names_[place]) for place in np.argsort(-row, kind="stable") if given[place])
            for row, given in zip(scores, belongs, strict=True)
        ]


def _similarity(papers: FeatureMatrix, noted: FeatureMatrix) -> Floats:
    words = np.asarray((papers.words @ noted.words.T).todense(), dtype=np.float64)
    # With a handful of topics any two papers are alike.
    share = min(1.0, noted.topics.shape[1] / _ENOUGH_TOPICS)
    topics = share * (papers.topics @ noted.topics.T).astype(np.float64)
    return np.asarray(np.maximum(words + topics, 0.0), dtype=np.float64)


def _scores(similarity: Floats, members: Flags) -> Floats:
    """Return the score of each paper for each category, shape (n, c)."""
    largest = similarity.max(axis=1, keepdims=True, initial=1e-9)
    sizes = np.sqrt(np.maximum(1, members.sum(axis=0)))
    sums = (similarity / largest) ** _POWER @ members / sizes
    return np.asarray(sums ** (1 / _POWER) * largest, dtype=np.float64)


def _belongs(scores: Floats, thresholds: Floats) -> Flags:
    best = scores.max(axis=1, keepdims=True, initial=0.0)
    return np.asarray((scores >= best - _BESIDE) & (scores >= thresholds) & (scores > 0))


def _thresholds(noted: FeatureMatrix, members: Flags) -> tuple[Floats, Floats]:
    """Choose thresholds on the notes themselves, each scored by the others; return the F1s as well."""
    if not members.shape[1]:
        return np.zeros(0), np.zeros(0)
    similarity = _similarity(noted, noted)
    np.fill_diagonal(similarity, 0.0)
    rows = members.any(axis=1)
    scores, true = _scores(similarity, members)[rows], members[rows]
    given = _belongs(scores, np.zeros(members.shape[1]))
    common = _sure_threshold(scores[given], true[given])
    thresholds = np.full(members.shape[1], common)
    for place in np.flatnonzero(true.sum(axis=0) >= _OWN_THRESHOLD):
        rows = given[:, place]
        thresholds[place] = _sure_threshold(scores[rows, place], true[rows, place])
    given = _belongs(scores, thresholds)
    right = (given & true).sum(axis=0)
    return thresholds, 2 * right / np.maximum(1, given.sum(axis=0) + true.sum(axis=0))


def _sure_threshold(scores: Floats, right: Flags) -> float:
    """Return the lowest score down to which enough of the names are right; out of reach when none is."""
    order = np.argsort(-scores, kind="stable")
    names = np.arange(1, len(scores) + 1)
    sure = np.flatnonzero((np.cumsum(right[order]) >= _SURE * names) & (names >= _FEWEST_NAMES))
    return float(scores[order][sure[-1]]) - 1e-6 if len(sure) else _OUT_OF_REACH
