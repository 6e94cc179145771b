"""The reader's own categories: those of the noted papers that are nearest, in words and in topics.

With a dozen notes a heading, the nearest notes name a paper better than a linear classifier a
heading does (bench/categories.py, bench/RANKING.md).  A category's score is the p-norm of the
similarities to its notes, which is little more than that to the nearest, discounted by its size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.ranker.manifest import CategoryReport
from triage.ranker.space import Placed

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ENOUGH_NOTES = 3
"""A category with fewer noted papers can't be learned."""

_OWN_THRESHOLD = 8
"""From so many notes on a category has a threshold of its own, before that the common one."""
_ENOUGH_TOPICS = 50
_POWER = 16.0
_BESIDE = 0.02
"""A further category is given when its score is this near to the best one's."""


@dataclass(frozen=True, slots=True)
class Categories:
    """Which noted papers are in which category, and from which score on a paper belongs."""

    names: tuple[str, ...]
    members: NDArray[np.float32]
    """1 where a noted paper is in a category, shape (p, c)."""
    thresholds: NDArray[np.float32]
    """Shape (c,)."""

    def assign(self, papers: Placed, noted: Placed) -> list[tuple[str, ...]]:
        """Return each paper's categories, best first; none when unsure."""
        if not self.names:
            return [()] * len(papers)
        scores = _scores(_similarity(papers, noted), self.members.astype(bool))
        belongs = _belongs(scores, self.thresholds.astype(np.float64))
        return [
            tuple(self.names[place] for place in np.argsort(-row, kind="stable") if given[place])
            for row, given in zip(scores, belongs, strict=True)
        ]


def fit_categories(
    noted: Placed, named: list[tuple[str, ...]]
) -> tuple[Categories, tuple[CategoryReport, ...]]:
    """Learn the categories of noted papers.

    Parameters
    ----------
    noted : Placed
        The noted papers.
    named : list of length p
        Their categories; a paper may have none.
    """
    counts: dict[str, int] = {}
    for names in named:
        for name in set(names):
            counts[name] = counts.get(name, 0) + 1
    learned = tuple(sorted(name for name, count in counts.items() if count >= ENOUGH_NOTES))
    members = np.array([[name in names for name in learned] for names in named], dtype=bool)
    members = members.reshape(len(named), len(learned))
    thresholds, f1 = _thresholds(noted, members)
    found = dict(zip(learned, zip(thresholds.tolist(), f1.tolist(), strict=True), strict=True))
    reports = tuple(
        CategoryReport(name, counts[name], *found[name])
        if name in found
        else CategoryReport(name, counts[name], 0.0)
        for name in sorted(counts)
    )
    return Categories(learned, members.astype(np.float32), thresholds.astype(np.float32)), reports


def _similarity(papers: Placed, noted: Placed) -> Floats:
    words = np.asarray((papers.vectors @ noted.vectors.T).todense(), dtype=np.float64)
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


def _thresholds(noted: Placed, members: Flags) -> tuple[Floats, Floats]:
    """Choose thresholds on the notes themselves, each scored by the others; return the F1s as well."""
    if not members.shape[1]:
        return np.zeros(0), np.zeros(0)
    similarity = _similarity(noted, noted)
    np.fill_diagonal(similarity, 0.0)
    rows = members.any(axis=1)
    scores, true = _scores(similarity, members)[rows], members[rows]
    given = _belongs(scores, np.zeros(members.shape[1]))
    common = _best_threshold(scores[given], true[given], int(true.sum()))
    thresholds = np.full(members.shape[1], common)
    for place in np.flatnonzero(true.sum(axis=0) >= _OWN_THRESHOLD):
        said = given[:, place]
        thresholds[place] = _best_threshold(scores[said, place], true[said, place], int(true[:, place].sum()))
    said = _belongs(scores, thresholds)
    right = (said & true).sum(axis=0)
    return thresholds, 2 * right / np.maximum(1, said.sum(axis=0) + true.sum(axis=0))


def _best_threshold(scores: Floats, right: Flags, wanted: int) -> float:
    """Return the lowest score at which F1 is best; nought when nothing was given."""
    if not len(scores):
        return 0.0
    order = np.argsort(-scores, kind="stable")
    f1 = 2 * np.cumsum(right[order]) / (np.arange(len(scores)) + 1 + wanted)
    best = len(f1) - 1 - int(np.argmax(f1[::-1]))
    return float(scores[order][best]) - 1e-6
