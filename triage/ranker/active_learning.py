"""Active learning: the papers whose label would teach most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from triage.papers import ScoredPaper
from triage.ranker.features import FeatureCache, count_papers
from triage.ranker.model import TrainedModel

MOST = 3
_UNSURE_TIMES = 5
"""Questions are chosen among this many times as many papers that the model is least sure about."""


def choose_questions(
    model: TrainedModel,
    ranked: Sequence[ScoredPaper],
    *,
    shown: int,
    most: int = MOST,
    cache: FeatureCache | None = None,
) -> list[ScoredPaper]:
    """Choose papers to ask the reader about: near the border of what is shown, and unlike each other; in rank order.

    ``ranked`` are a day's candidates, best first, of which the first ``shown`` are in the digest anyway.
    """
    near = near_border(np.array([one.score for one in ranked]), shown=shown, most=most)
    if not near:
        return []
    vectors = model.space.tfidf(count_papers([ranked[place].paper for place in near], cache))
    return [ranked[place] for place in sorted(near[chosen] for chosen in unlike(vectors, most))]


def near_border(scores: NDArray[np.float64], *, shown: int, most: int) -> list[int]:
    """Return the places of papers not shown whose scores are nearest to the border, the nearest first.

    Scores are in order, highest first; of places there are several times as many as questions wanted.
    """
    left = range(shown, len(scores))
    if not left or most < 1:
        return []
    # The border is the last paper shown: above it a yes teaches nothing, far below neither does a no.
    border = scores[shown - 1] if shown else scores[0]
    return sorted(left, key=lambda place: (abs(scores[place] - border), place))[: most * _UNSURE_TIMES]


def unlike(vectors: sparse.csr_matrix, most: int) -> list[int]:
    """Return at most so many rows that have little in common, the first row among them."""
    alike = np.asarray((vectors @ vectors.T).todense())
    chosen = [0]
    while len(chosen) < min(most, len(alike)):
        closest = alike[:, chosen].max(axis=1)
        closest[chosen] = np.inf
        chosen.append(int(np.argmin(closest)))
    return chosen
