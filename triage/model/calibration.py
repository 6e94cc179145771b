"""From a score to a probability that means what it says.

A logistic curve (Platt, 1999) is fitted to scores of papers that the ranker had not learned from,
weighted so that relevant papers are as frequent as they are in a day's listing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

USUAL_RATE = 0.03
"""Share of a day's listing that a reader finds relevant when nothing dated says it: three in a hundred."""

_USUAL_SLOPE = 1.2
_TRUST = 8.0
"""How many relevant papers it takes until their slope counts as much as the usual one."""


@dataclass(frozen=True, slots=True)
class Calibrator:
    """``1 / (1 + exp(-(slope * score + offset)))``."""

    slope: float
    offset: float

    def probability(self, scores: Floats) -> Floats:
        """Return the probabilities of scores."""
        return 1.0 / (1.0 + np.exp(-np.clip(self.slope * scores + self.offset, -30, 30)))


def fit_calibrator(
    relevant: Floats, others: Floats, *, rate: float = USUAL_RATE, weights: Floats | None = None
) -> Calibrator:
    """Fit the curve to held-out scores.

    Parameters
    ----------
    relevant, others : arrays of shape (p,) and (n,)
        Scores, in units of the standard deviation of unlabelled papers.  With no relevant score at
        all the usual slope is taken.
    rate : float
        How frequent relevant papers are among candidates, above 0 and below 1.
    weights : array of shape (p,), optional
        Weights of the relevant scores.
    """
    weight = np.ones(len(relevant)) if weights is None else weights
    scores = np.concatenate([relevant, others])
    target = np.concatenate([np.ones(len(relevant)), np.zeros(len(others))])
    trusted = float(weight.sum())
    if not trusted or not len(others):
        return Calibrator(_USUAL_SLOPE, float(np.log(rate / (1 - rate)) - _USUAL_SLOPE**2 / 2))
    # The total weight is that of a listing in which the relevant papers have the given rate.
    mass = np.concatenate([weight, np.full(len(others), trusted * (1 - rate) / rate / len(others))])
    slope, offset = _USUAL_SLOPE, float(np.log(rate / (1 - rate)))
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(slope * scores + offset, -30, 30)))
        curvature = mass * p * (1 - p)
        gradient = np.array(
            [
                np.sum(mass * (p - target) * scores) + _TRUST * rate * (slope - _USUAL_SLOPE),
                np.sum(mass * (p - target)),
            ]
        )
        hessian = np.array(
            [
                [np.sum(curvature * scores**2) + _TRUST * rate, np.sum(curvature * scores)],
                [np.sum(curvature * scores), np.sum(curvature)],
            ]
        ) + 1e-9 * np.eye(2)
        step = np.clip(np.linalg.solve(hessian, gradient), -1.0, 1.0)
        slope, offset = max(0.05, slope - step[0]), offset - step[1]
        if np.abs(step).max() < 1e-8:
            break
    return Calibrator(float(slope), float(offset))
