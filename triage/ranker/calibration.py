"""From a score to a probability that means what it says, and the share of other people's taste.

A logistic curve (Platt, 1999) is fitted to scores of papers that the ranker had not learned from,
weighted so that relevant papers are as frequent as they are in a day's listing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.int64]

NEVER = date.max.toordinal()
"""The day of what has not happened."""

USUAL_RATE = 0.03
"""Share of a day's listing that a reader finds relevant when nothing dated says it: three in a hundred."""

USUAL_SHARE = 0.5
"""Weight of the community's score against the reader's own before anything is known."""

_MOST_SHARE = 1.5
_STEEPEST = 1.2
_MOST_LIFT = 3.0
_LIFT_TRUST = 1.0
"""How many papers picked by others it takes until their number counts as much as the one expected."""
_TRUST = 8.0
"""How many relevant papers it takes until their slope counts as much as the usual one."""


def usual_slope(noted: int) -> float:
    """Return the slope to expect of a ranker that learned from so many papers.

    In units of the standard deviation of unlabelled papers it is how far relevant ones stand off:
    0.25 with one noted paper, 0.6 with five, 0.9 with ten, 1.1 with twenty (from the areas under the
    curve of bench/cold_start.py).

    >>> [round(usual_slope(noted), 2) for noted in (1, 5, 10, 20, 100)]
    [0.2, 0.68, 0.89, 1.1, 1.2]
    """
    return min(_STEEPEST, 0.2 + 0.3 * float(np.log(max(1, noted))))


@dataclass(frozen=True, slots=True)
class Calibrator:
    """``1 / (1 + exp(-(slope * score + offset)))``."""

    slope: float
    offset: float

    def probability(self, scores: Floats) -> Floats:
        """Return the probabilities of scores."""
        return _logistic(self.slope * scores + self.offset)


def fit_calibrator(
    relevant: Floats, others: Floats, *, noted: int, rate: float = USUAL_RATE, weights: Floats | None = None
) -> Calibrator:
    """Fit the curve to held-out scores.

    Parameters
    ----------
    relevant, others : arrays of shape (p,) and (n,)
        Scores, in units of the standard deviation of unlabelled papers.  With no relevant score at
        all the usual slope is taken.
    noted : int
        How many papers the ranker learned from.
    rate : float
        How frequent relevant papers are among candidates, above 0 and below 1.
    weights : array of shape (p,), optional
        Weights of the relevant scores.
    """
    usual = usual_slope(noted)
    if not len(relevant) or not len(others):
        return Calibrator(usual, float(np.log(rate / (1 - rate)) - usual**2 / 2))
    slopes, offset = _fit(relevant[:, None], others[:, None], np.array([usual]), rate=rate, weights=weights)
    return Calibrator(max(0.05, float(slopes[0])), offset)


def community_share(
    relevant: Floats,
    others: Floats,
    relevant_by_community: Floats,
    others_by_community: Floats,
    *,
    weights: Floats | None = None,
) -> float:
    """Return how much the community's score counts against the reader's own, from held-out scores.

    Drawn to :data:`USUAL_SHARE` until there are enough relevant papers to tell; never negative.
    """
    if not len(relevant) or not len(others):
        return USUAL_SHARE
    slopes, _ = _fit(
        np.column_stack([relevant, relevant_by_community]),
        np.column_stack([others, others_by_community]),
        np.array([1.0, USUAL_SHARE]) * usual_slope(len(relevant)),
        rate=USUAL_RATE,
        weights=weights,
    )
    return float(np.clip(slopes[1] / max(0.1, slopes[0]), 0.0, _MOST_SHARE))


def picked_lift(*, relevant: int, relevant_picked: int, others: int, others_picked: int) -> float:
    """Return by how much, in log-odds, a paper that others had picked already is likelier relevant.

    Counted on the reader's own past candidates, and drawn to nought until there is evidence: without
    a single paper picked by others it is nought, however few or many were relevant.
    """
    picked = (relevant_picked + others_picked) / max(1, relevant + others)
    own = (relevant_picked + _LIFT_TRUST) / (picked * relevant + _LIFT_TRUST)
    rest = (others_picked + _LIFT_TRUST) / (picked * others + _LIFT_TRUST)
    return float(np.clip(np.log(own / rest), 0.0, _MOST_LIFT))


def lift_of_others(noted: Days, noted_by_others: Days, others: Days, others_by_others: Days) -> float:
    """Return :func:`picked_lift` over the candidates since the first one that the reader noted.

    Parameters
    ----------
    noted, others : arrays of ordinal days
        When each past candidate was announced: those that the reader noted, and the rest.
    noted_by_others, others_by_others : arrays of ordinal days
        When other people picked each, :data:`NEVER` if they did not.
    """
    since = others >= noted.min(initial=NEVER)
    return picked_lift(
        relevant=len(noted),
        relevant_picked=int((noted_by_others < noted).sum()),
        others=int(since.sum()),
        others_picked=int((since & (others_by_others < others)).sum()),
    )


def _fit(
    relevant: Floats, others: Floats, usual: Floats, *, rate: float, weights: Floats | None
) -> tuple[Floats, float]:
    """Fit a logistic regression by Newton's method, its slopes drawn to the usual ones."""
    weight = np.ones(len(relevant)) if weights is None else weights
    scores = np.vstack([relevant, others])
    design = np.column_stack([scores, np.ones(len(scores))])
    target = np.concatenate([np.ones(len(relevant)), np.zeros(len(others))])
    # The total weight is that of a listing in which the relevant papers have the given rate.
    mass = np.concatenate([weight, np.full(len(others), weight.sum() * (1 - rate) / rate / len(others))])
    pull = np.append(np.full(len(usual), _TRUST), 0.0)
    found = np.append(usual, np.log(rate / (1 - rate)))
    start = found.copy()
    for _ in range(50):
        p = _logistic(design @ found)
        gradient = design.T @ (mass * (p - target)) + pull * (found - start)
        curvature = (design * (mass * p * (1 - p))[:, None]).T @ design + np.diag(pull + 1e-9)
        step = np.clip(np.linalg.solve(curvature, gradient), -1.0, 1.0)
        found = found - step
        if np.abs(step).max() < 1e-8:
            break
    return found[:-1], float(found[-1])


def _logistic(values: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -30, 30))))
