"""From a score to a probability that means what it says, and the share of other people's picks.

A logistic curve (Platt, 1999) is fitted to scores of papers that the ranker had not learned from,
weighted so that relevant papers are as frequent as they are in a day's listing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from triage.ranker.matrix import Days, Flags, Floats
from triage.ranker.numbers import FEW

USUAL_PRIOR = 0.03
"""Share of a day's listing that a reader finds relevant when nothing dated says it: three in a hundred."""
USUAL_SHARE = 0.5
"""Weight of the community's score against the reader's own before anything is known."""

_MOST_SHARE = 1.5
_PRIOR_DAYS = 180
_PRIOR_COUNT = 300
"""How many candidates it takes until the reader's own share counts as much as the usual one."""
_MOST_AWAY = 5.0
"""A reader who only reads for a while is not to get empty digests."""
_FLATTEST, _STEEPEST = 0.05, 1.2
_MOST_TIMES = 20
"""No paper is promised to be relevant with more than so many times the usual odds: of those that seemed
nearly certain, most readers picked fewer than half (bench/RANKING.md)."""
_MOST_LIFT = 3.0
_LIFT_PRIOR = 1.0
"""How many community picks it takes until their number counts as much as the one expected."""
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


def learned_prior(days: Days, candidate: Flags, relevant: Flags) -> float:
    """Return the share of relevant papers among past candidates, drawn to the usual one.

    Counted from the first relevant candidate of the last half year on, over days of which other papers are
    known as well: where only the noted ones were looked up, they are no share of anything.
    """
    dated = candidate & (days > 0)
    dated &= days > days[dated].max(initial=0) - _PRIOR_DAYS
    first = days[dated & relevant].min(initial=np.iinfo(np.int64).max)
    dated &= (days >= first) & np.isin(days, days[dated & ~relevant])
    others = int((dated & ~relevant).sum())
    # Notes without the rest of their listing say nothing of how frequent they are.
    noted = min(int((dated & relevant).sum()), others)
    share = (noted + _PRIOR_COUNT * USUAL_PRIOR) / (noted + others + _PRIOR_COUNT)
    return float(np.clip(share, USUAL_PRIOR / _MOST_AWAY, 0.5))


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A logistic curve, ``slope * score + intercept`` in log-odds, that levels off below a ceiling."""

    slope: float
    intercept: float
    ceiling: float = 30.0
    """The largest log-odds that can be told from so many papers."""

    @staticmethod
    def constant(prior: float) -> Calibrator:
        """Return the curve of a score of 0 that all papers share."""
        return Calibrator(1.0, _log_odds(prior))

    def moved(self, prior: float, other: float) -> Calibrator:
        """Return the curve for another prior than the one it was fitted with."""
        step = _log_odds(other) - _log_odds(prior)
        return replace(self, intercept=self.intercept + step, ceiling=self.ceiling + step)

    def probability(self, scores: Floats) -> Floats:
        """Return the probabilities of scores."""
        return _logistic(-np.logaddexp(-(self.slope * scores + self.intercept), -self.ceiling))


def fit_calibrator(
    scores: Floats,
    relevant: Flags,
    *,
    n_relevant: int,
    n_unlabelled: int,
    n_community: int = 0,
    prior: float = USUAL_PRIOR,
    sample_weight: Floats | None = None,
) -> Calibrator:
    """Fit the curve to held-out scores.

    Parameters
    ----------
    scores
        In units of the standard deviation of unlabelled papers.  Without any, the usual slope is taken.
    n_relevant, n_unlabelled, n_community
        From how many papers of each kind the ranker learned.  With few, probabilities are near the
        prior: n papers can't show that something is more than n times as frequent as usual.
    prior
        How frequent relevant papers are among candidates, above 0 and below 1.
    sample_weight
        Only those of relevant papers count.
    """
    usual = max(_FLATTEST, usual_slope(n_relevant) * n_unlabelled / (n_unlabelled + FEW))
    known = min(n_relevant + n_community, n_unlabelled, _MOST_TIMES)
    ceiling = _log_odds(prior) + float(np.log1p(known))
    if not len(scores):
        return Calibrator(usual, _log_odds(prior) - usual**2 / 2, ceiling)
    slopes, intercept = _fit(scores[:, None], relevant, np.array([usual]), prior, sample_weight)
    curve = Calibrator(max(_FLATTEST, float(slopes[0])), intercept, ceiling)
    listing = _listing_weights(relevant, prior, sample_weight)
    for _ in range(5):
        # What the ceiling takes from the best papers, the others get.
        mean = np.average(curve.probability(scores), weights=listing)
        curve = replace(curve, intercept=curve.intercept + float(np.log(prior / mean)))
    return curve


def community_share(
    own: Floats, by_community: Floats, relevant: Flags, *, sample_weight: Floats | None = None
) -> float:
    """Return how much the community's score counts against the reader's own, from held-out scores.

    Drawn to :data:`USUAL_SHARE` until there are enough relevant papers to tell; never negative.
    """
    if not len(own):
        return USUAL_SHARE
    usual = np.array([1.0, USUAL_SHARE]) * usual_slope(int(relevant.sum()))
    slopes, _ = _fit(np.column_stack([own, by_community]), relevant, usual, USUAL_PRIOR, sample_weight)
    return float(np.clip(slopes[1] / max(0.1, slopes[0]), 0.0, _MOST_SHARE))


def community_lift(days: Days, relevant: Flags, picked_before: Flags) -> float:
    """Return by how much, in log-odds, a paper that is a community pick already is likelier relevant.

    Counted over the past candidates since the first relevant one, and drawn to 0: without a single
    community pick it is 0, however few or many were relevant.
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
    scores: Floats, relevant: Flags, usual: Floats, prior: float, sample_weight: Floats | None
) -> tuple[Floats, float]:
    """Fit a logistic regression by Newton's method, its slopes drawn to the usual ones."""
    design = np.column_stack([scores, np.ones(len(scores))])
    listing = _listing_weights(relevant, prior, sample_weight)
    # An unlabelled paper can't count for more than the one that it is.
    mass = listing / max(1.0, listing[~relevant].max())
    pull = np.append(np.full(len(usual), _SLOPE_PRIOR), 0.0)
    found = np.append(usual, _log_odds(prior))
    start = found.copy()
    for _ in range(50):
        p = _logistic(design @ found)
        gradient = design.T @ (mass * (p - relevant)) + pull * (found - start)
        curvature = (design * (mass * p * (1 - p))[:, None]).T @ design + np.diag(pull + 1e-9)
        step = np.clip(np.linalg.solve(curvature, gradient), -1.0, 1.0)
        found = found - step
        if np.abs(step).max() < 1e-8:
            break
    return found[:-1], float(found[-1])


def _listing_weights(relevant: Flags, prior: float, sample_weight: Floats | None) -> Floats:
    """Weigh papers as in a listing in which relevant ones are as frequent as the prior says."""
    weights = np.ones(len(relevant)) if sample_weight is None else sample_weight
    others = weights[relevant].sum() * (1 - prior) / prior / (~relevant).sum()
    return np.where(relevant, weights, others)


def _log_odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _logistic(values: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -30, 30))))
