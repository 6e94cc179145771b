"""Which papers to ask the reader about, because their answer would teach most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from triage.model.features import FeatureCache, count_papers
from triage.model.trained import TrainedModel
from triage.papers import Scored

MOST = 3
_UNSURE_SHARE = 5
"""Of the papers least sure about, the questions are chosen among this many times as many."""


def ask_about(
    model: TrainedModel,
    ranked: Sequence[Scored],
    *,
    shown: int,
    most: int = MOST,
    cache: FeatureCache | None = None,
) -> list[Scored]:
    """Choose papers whose label would teach most: near the border, and unlike each other.

    Parameters
    ----------
    ranked : sequence of Scored
        A day's candidates, best first.
    shown : int
        How many of the first are in the digest anyway; they are not asked about.
    most : int
        At most so many questions.

    Returns
    -------
    list of Scored
        In rank order.
    """
    left = list(ranked[shown:])
    if not left or most < 1:
        return []
    # The border is the last paper shown: above it a yes teaches nothing, far below neither does a no.
    border = ranked[shown - 1].score if shown else left[0].score
    near = sorted(left, key=lambda one: (abs(one.score - border), one.paper.id))[: most * _UNSURE_SHARE]
    vectors = model.space.vectors(count_papers([one.paper for one in near], cache))
    alike = np.asarray((vectors @ vectors.T).todense())
    chosen = [0]
    while len(chosen) < min(most, len(near)):
        closest = alike[:, chosen].max(axis=1)
        closest[chosen] = np.inf
        chosen.append(int(np.argmin(closest)))
    return sorted((near[place] for place in chosen), key=lambda one: (-one.score, one.paper.id))
