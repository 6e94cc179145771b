"""Numbers that hold: the same with any number of threads, and when there is little to tell them by.

The one place that divides by a spread.  Rows have a length of one, so a score can't differ by more than
twice the length of its weights; what is small against that is rounding, not a spread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

from triage.ranker.matrix import Flags, Floats

_LEAST_SHARE = 0.02
"""The least deviation of scores, in lengths of the weights."""
_LEAST_VARIANCE = 1e-6
"""The least mean variance of a topic, in squares of the rows' length."""
FEW = 20
"""How many unlabelled papers it takes until what they say counts as much as what is usual."""


_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def one_thread(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Let sums run in one thread: the number of threads would change their order, and so the last digits."""

    @wraps(function)
    def wrapped(*values: _Parameters.args, **options: _Parameters.kwargs) -> _Result:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):
            return function(*values, **options)

    return wrapped


def score_deviation(scores: Floats, relevant: Flags, weights: Floats) -> float:
    """Return the deviation of the scores of papers that are not relevant, as it would be for new ones.

    A few papers that were learned from lie close together: they count with the distance of both sides.
    ``weights`` made the scores.
    """
    others, n = scores[~relevant], int((~relevant).sum())
    apart = np.square(scores[relevant].mean() - others.mean()) / 4
    variance = others.var() + apart * FEW / (n + FEW)
    return float(max(np.sqrt(variance), _LEAST_SHARE * np.linalg.norm(weights))) or 1.0


def discriminant(covariance: Floats, away: Floats, shrinkage: float) -> Floats:
    """Return a linear discriminant's direction, its covariance drawn to a round one (in mean variances)."""
    width = len(away)
    if not width:
        return np.zeros(0)
    ridge = shrinkage * max(float(np.trace(covariance)) / width, _LEAST_VARIANCE)
    return np.asarray(np.linalg.solve(covariance + ridge * np.eye(width), away), dtype=np.float64)
