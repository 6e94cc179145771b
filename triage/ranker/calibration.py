"""From a score to a probability that means what it says, and the share of other people's picks.

A logistic curve (Platt, 1999) is fitted to scores of papers that the ranker had not learned from,
weighted so that relevant papers are as frequent as they are in a day's listing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from triage.ranker.matrix import Days, Flags, Floats

USUAL_PRIOR = 0.03
"""Share of a day's listing that a reader finds relevant when nothing dated says it: three in a hundred."""
USUAL_SHARE = 0.5
"""Weight of the community's score against the reader's own before anything is known."""

_MOST_SHARE = 1.5
_STEEPEST = 1.2
_MOST_LIFT = 3.0
_LIFT_PRIOR = 1.0
"""How many papers picked by others it takes until their number counts as much as the one expected."""
_SLOPE_PRIOR = 8.0
"""How many relevant papers it takes until their slope counts as much as the usual one."""


def usual_slope(relevant: int) -> float:
    """Return the slope to expect of a ranker that learned from so many relevant papers.

    In units of the standard deviation of unlabelled papers it is how far relevant ones stand off:
    0.25 with one noted paper, 0.6 with five, 0.9 with ten, 1.1 with twenty (from the areas under the
    curve of bench/cold_start.py).

    >>> [round(usual_slope(relevant), 2) for relevant in (1, 5, 10, 20, 100)]
    [0.2, 0.68, 0.89, 1.1, 1.2]
    """
    return min(_STEEPEST, 0.2 + 0.3 * float(np.log(max(1, relevant))))


@dataclass(frozen=True, slots=True)
class Calibrator:
    """``1 / (1 + exp(-(slope * score + intercept)))``."""

    slope: float
    intercept: float

    @staticmethod
    def constant(prior: float) -> Calibrator:
        """Return the curve of a score of 0 that all papers share."""
        return Calibrator(1.0, float(np.log(prior / (1 - prior))))

    def probability(self, scores: Floats) -> Floats:
        """Return the probabilities of scores."""
        return _logistic(self.slope * scores + self.intercept)


def fit_calibrator(
    relevant: Floats,
    others: Floats,
    *,
    n_relevant: int,
    prior: float = USUAL_PRIOR,
    weights: Floats | None = None,
) -> Calibrator:
    """Fit the curve to held-out scores.

    Parameters
    ----------
    relevant, others : arrays of shape (p,) and (n,)
        Scores, in units of the standard deviation of unlabelled papers.  With no relevant score at
        all the usual slope is taken.
    n_relevant : int
        How many relevant papers the ranker learned from.
    prior : float
        How frequent relevant papers are among candidates, above 0 and below 1.
    weights : array of shape (p,), optional
        Weights of the relevant scores.
    """
    usual = usual_slope(n_relevant)
    if not len(relevant) or not len(others):
        return Calibrator(usual, float(np.log(prior / (1 - prior)) - usual**2 / 2))
    slopes, intercept = _fit(
        relevant[:, None], others[:, None], np.array([usual]), prior=prior, weights=weights
    )
    return Calibrator(max(0.05, float(slopes[0])), intercept)


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
        prior=USUAL_PRIOR,
        weights=weights,
    )
    return float(np.clip(slopes[1] / max(0.1, slopes[0]), 0.0, _MOST_SHARE))


def community_lift(days: Days, relevant: Flags, picked_before: Flags) -> float:
    """Return by how much, in log-odds, a paper that others had picked already is likelier relevant.

    Counted over the candidates since the first relevant one, and drawn to 0: without a single paper
    picked by others it is 0, however few or many were relevant.

    Parameters
    ----------
    days : array of shape (n,)
        When each past candidate was announced.
    relevant, picked_before : boolean arrays of shape (n,)
        Whether the reader noted it, and whether others had picked it before that day.
    """
    if not relevant.any():
        return 0.0
    others = ~relevant & (days >= days[relevant].min())
    n_relevant, n_others = int(relevant.sum()), int(others.sum())
    relevant_picked, others_picked = int(picked_before[relevant].sum()), int(picked_before[others].sum())
    picked = (relevant_picked + others_picked) / (n_relevant + n_others)
    own = (relevant_picked + _LIFT_PRIOR) / (picked * n_relevant + _LIFT_PRIOR)
    rest = (others_picked + _LIFT_PRIOR) / (picked * n_others + _LIFT_PRIOR)
    return float(np.clip(np.log(own / rest), 0.0, _MOST_LIFT))


def _fit(
    relevant: Floats, others: Floats, usual: Floats, *, prior: float, weights: Floats | None
) -> tuple[Floats, float]:
    """Fit a logistic regression by Newton's method, its slopes drawn to the usual ones."""
    weight = np.ones(len(relevant)) if weights is None else weights
    scores = np.vstack([relevant, others])
    design = np.column_stack([scores, np.ones(len(scores))])
    target = np.concatenate([np.ones(len(relevant)), np.zeros(len(others))])
    # The total weight is that of a listing in which the relevant papers have the given rate.
    mass = np.concatenate([weight, np.full(len(others), weight.sum() * (1 - prior) / prior / len(others))])
    pull = np.append(np.full(len(usual), _SLOPE_PRIOR), 0.0)
    found = np.append(usual, np.log(prior / (1 - prior)))
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
