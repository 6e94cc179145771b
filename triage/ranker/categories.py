"""The reader's own categories: those of the noted papers that are nearest, in words and in topics.

With a dozen notes a heading, the nearest notes name a paper better than a linear classifier a
heading does (bench/categories.py, bench/RANKING.md).  A category's score is the p-norm of the
similarities to its notes, which is little more than that to the nearest, discounted by its size.
A name is given when it is likely right: by its score, its lead over the next name and the size of its category,
learned from the notes themselves, each named by the others.
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

_SURE = 0.75
"""The least probability of a name to be right."""
_APART = 0.1
"""How much one name that is given to a paper like no note counts, against those of the notes."""
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
    curve_ : array of shape (4,)
        Of a logistic regression: by score, lead and logarithm of the size, and the intercept.
    reports_ : tuple of CategoryReport
    """

    ARRAYS: ClassVar[tuple[Array, ...]] = (
        Array("names", "names_", np.str_, ("categories",)),
        Array("members", "members_", np.float32, ("noted", "categories")),
        Array("curve", "curve_", np.float64, (4,)),
    )

    names_: NDArray[np.str_]
    members_: Float32s
    curve_: Floats
    reports_: tuple[CategoryReport, ...]

    def fit(self, X: FeatureMatrix, y: Sequence[tuple[str, ...]]) -> CategoryClassifier:
        """Learn the categories of noted papers; a paper may have none."""
        counts = Counter(name for names in y for name in set(names))
        learned = sorted(name for name, count in counts.items() if count >= ENOUGH_NOTES)
        members = np.array([[name in names for name in learned] for names in y], dtype=bool)
        members = members.reshape(len(y), len(learned))
        self.names_ = np.array(learned, dtype=np.str_)
        self.members_ = members.astype(np.float32)
        self.curve_, f1 = np.zeros(4), np.zeros(0)
        if learned:
            headed = np.array([bool(names) for names in y])
            similarity = _similarity(X, X)
            np.fill_diagonal(similarity, 0.0)
            f1 = self._fit_curve(_scores(similarity, members)[headed], members[headed])
        found = dict(zip(learned, f1.tolist(), strict=True))
        self.reports_ = tuple(CategoryReport(name, counts[name], found.get(name)) for name in sorted(counts))
        return self

    def _fit_curve(self, scores: Floats, true: Flags) -> Floats:
        """Learn when a name is right, from notes named by the others; return the F1 of each category."""
        from sklearn.linear_model import LogisticRegression

        candidates = _candidates(scores)
        if not candidates.any():
            return np.zeros(len(self.names_))
        features = _evidence(scores, self.members_)[candidates]
        mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-9
        # Three names more: two of the usual kind, half of them right, since a few notes make nothing certain, and a
        # wrong one of a paper that is like no note at all.
        apart = (np.array([0, 0, mean[2]]) - mean) / deviation
        known = np.vstack([(features - mean) / deviation, np.zeros((2, 3)), apart])
        weights = np.ones(len(known))
        weights[-1] = max(1.0, _APART * len(features))
        right = np.append(true[candidates], [False, True, False])
        fitted = LogisticRegression().fit(known, right, sample_weight=weights)
        slopes = fitted.coef_[0] / deviation
        self.curve_ = np.append(slopes, fitted.intercept_[0] - slopes @ mean)
        given = self._given(scores)
        return np.asarray(
            2 * (given & true).sum(axis=0) / np.maximum(1, given.sum(axis=0) + true.sum(axis=0))
        )

    def _given(self, scores: Floats) -> Flags:
        log_odds = _evidence(scores, self.members_) @ self.curve_[:-1] + self.curve_[-1]
        return np.asarray(_candidates(scores) & (log_odds >= np.log(_SURE / (1 - _SURE))))

    def predict(self, X: FeatureMatrix, noted: FeatureMatrix) -> list[tuple[str, ...]]:
        """Return each paper's categories, best first, none when unsure, by the noted papers it was fitted to."""
        if not len(self.names_):
            return [()] * len(X)
        scores = _scores(_similarity(X, noted), self.members_.astype(bool))
        return [
            tuple(str(self.names_[place]) for place in np.argsort(-row, kind="stable") if given[place])
            for row, given in zip(scores, self._given(scores), strict=True)
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


def _candidates(scores: Floats) -> Flags:
    best = scores.max(axis=1, keepdims=True, initial=0.0)
    return np.asarray((scores >= best - _BESIDE) & (scores > 0))


def _evidence(scores: Floats, members: Float32s) -> Floats:
    """Return what tells whether a name is right, shape (n, c, 3): score, lead over the others, size."""
    ordered = np.sort(np.column_stack([scores, np.zeros(len(scores))]), axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    lead = np.where(scores == best, best - second, scores - best)
    return np.stack([scores, lead, np.broadcast_to(np.log(members.sum(axis=0)), scores.shape)], axis=2)
