"""How good a ranking is: measures over days, with their uncertainty.

A *day* is the scores of its candidates and which of them were picked.  Ties are broken against the
ranking: among equals, picks come last (the area under the curve counts a tie as a half).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SMALLEST_DAY = 15
"""Days with fewer candidates say little about an order and are left out."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DayMeasures:
    """The measures of one day with at least one pick; recall is of the picks, precision of the places."""

    candidates: int
    picks: int
    auc: float
    ndcg: float
    average_precision: float
    recall_3: float
    recall_10: float
    recall_tenth: float
    precision_3: float
    precision_10: float
    precision_tenth: float


PER_PICK = ("auc", "recall_3", "recall_10", "recall_tenth")
"""Measures that are means over picks; the others are means over days."""
MEASURES = tuple(one.name for one in fields(DayMeasures))[2:]


def measure_day(scores: Floats, picked: Flags) -> DayMeasures:
    """Measure one ranked day with at least one pick, both arrays of shape (n,)."""
    order = np.lexsort((picked, -scores))
    ranks = np.flatnonzero(picked[order])
    candidates, picks = len(scores), len(ranks)
    tenth = max(1, candidates // 10)
    ideal = np.sum(1 / np.log2(np.arange(picks) + 2))
    return DayMeasures(
        candidates=candidates,
        picks=picks,
        auc=area_under_curve(scores, picked),
        ndcg=float(np.sum(1 / np.log2(ranks + 2)) / ideal),
        average_precision=average_precision(scores, picked),
        recall_3=float(np.mean(ranks < 3)),
        recall_10=float(np.mean(ranks < 10)),
        recall_tenth=float(np.mean(ranks < tenth)),
        precision_3=float(np.sum(ranks < 3) / min(3, candidates)),
        precision_10=float(np.sum(ranks < 10) / min(10, candidates)),
        precision_tenth=float(np.sum(ranks < tenth) / tenth),
    )


def area_under_curve(scores: Floats, picked: Flags) -> float:
    """Return the chance that a pick is above an unpicked one, ties counting a half; NaN without both."""
    above, below = scores[picked], np.sort(scores[~picked])
    if not len(above) or not len(below):
        return float("nan")
    under = np.searchsorted(below, above, side="left")
    same = np.searchsorted(below, above, side="right") - under
    return float(np.mean((under + 0.5 * same) / len(below)))


def average_precision(scores: Floats, picked: Flags) -> float:
    """Return the mean over picks of the precision at their rank; NaN without a pick."""
    order = np.lexsort((picked, -scores))
    ranks = np.flatnonzero(picked[order])
    return float(np.mean((np.arange(len(ranks)) + 1) / (ranks + 1))) if len(ranks) else float("nan")


def bootstrap(days: Sequence[DayMeasures], *, seed: int = 0, draws: int = 1_000) -> dict[str, Interval]:
    """Return every measure with the 2.5th and 97.5th percentile over resampled days."""
    drawn = np.random.default_rng(seed).integers(0, len(days), size=(draws, len(days)))
    intervals = {}
    for name in MEASURES:
        values = np.array([getattr(day, name) for day in days])
        weights = np.array([day.picks if name in PER_PICK else 1 for day in days], dtype=float)
        samples = (values * weights)[drawn].sum(axis=1) / weights[drawn].sum(axis=1)
        low, high = np.percentile(samples, [2.5, 97.5])
        intervals[name] = Interval(float(np.average(values, weights=weights)), float(low), float(high))
    return intervals


def brier_score(probabilities: Floats, picked: Flags) -> float:
    """Return the mean squared error of probabilities (0 is perfect)."""
    return float(np.mean((probabilities - picked) ** 2))


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Papers given similar probabilities, and how many of them were picked."""

    papers: int
    mean_probability: float
    share_picked: float


def calibration_table(probabilities: Floats, picked: Flags, *, bins: int = 10) -> list[CalibrationBin]:
    """Split papers into bins of equal size by probability and compare promise with outcome."""
    order = np.argsort(probabilities, kind="stable")
    return [
        CalibrationBin(len(part), float(np.mean(probabilities[part])), float(np.mean(picked[part])))
        for part in np.array_split(order, bins)
        if len(part)
    ]


def calibration_error(table: Iterable[CalibrationBin]) -> float:
    """Return the expected calibration error: the mean gap between promise and outcome over papers."""
    table = list(table)
    papers = sum(row.papers for row in table)
    return sum(row.papers * abs(row.mean_probability - row.share_picked) for row in table) / max(1, papers)
