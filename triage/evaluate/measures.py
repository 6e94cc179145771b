"""The measures of a backtest: over all days, per month, per category, and how well calibrated it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from triage.errors import ModelError
from triage.evaluate.backtest import ScoredDay
from triage.papers import canonical_category
from triage.ranker.metrics import (
    SMALLEST_DAY,
    CalibrationBin,
    DayMeasures,
    Interval,
    bootstrap,
    brier_score,
    calibration_error,
    calibration_table,
    measure_day,
)

_BAR = 50
"""Characters of the longest bar."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The measures of some of the days or of some of their candidates."""

    kind: str
    """``all``, ``month`` or ``category``."""
    name: str
    days: int
    candidates: int
    picks: int
    measures: dict[str, Interval]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a backtest says."""

    scopes: tuple[Scope, ...]
    """All, then the months, then the primary categories."""
    brier: float
    brier_of_rate: float
    """The Brier score of always saying the share of picks: what there is to beat."""
    calibration: tuple[CalibrationBin, ...]
    calibration_error: float
    candidates: int
    """Of all days, as the next."""
    picks: int
    in_first_ten: int
    """Picks that were among the first ten of their day."""


def measure(days: Sequence[ScoredDay], *, seed: int = 0) -> Measured:
    """Measure scored days; days with fewer than fifteen candidates or without a pick are left out.

    Brier score and calibration are over all candidates of all days.

    Raises
    ------
    ModelError
        If no day can be measured.
    """
    months = sorted({f"{day.day:%Y-%m}" for day in days})
    categories = sorted({canonical_category(paper.primary_category) for day in days for paper in day.papers})
    scopes = [_scope("all", "all", days, seed)]
    scopes += [_scope("month", name, [d for d in days if f"{d.day:%Y-%m}" == name], seed) for name in months]
    if len(categories) > 1:
        scopes += [_scope("category", name, [_only(day, name) for day in days], seed) for name in categories]
    if not scopes[0].days:
        raise ModelError(
            f"no day has both a pick and {SMALLEST_DAY} candidates, so there is nothing to measure",
            remedy="Check that the picks are from the listing's days and categories.",
        )
    probabilities = np.concatenate([day.probabilities for day in days])
    picked = np.concatenate([day.picked for day in days])
    table = calibration_table(probabilities, picked)
    return Measured(
        scopes=tuple(scope for scope in scopes if scope.days),
        brier=brier_score(probabilities, picked),
        brier_of_rate=brier_score(np.full(len(picked), picked.mean()), picked),
        calibration=tuple(table),
        calibration_error=calibration_error(table),
        candidates=len(picked),
        picks=int(picked.sum()),
        in_first_ten=sum(
            int((day.scores >= one).sum() <= 10) for day in days for one in day.scores[day.picked]
        ),
    )


def reliability(bins: Sequence[CalibrationBin]) -> list[str]:
    """Draw promise against outcome as lines of text: a bar is what was picked, ``|`` what was promised."""
    scale = _BAR / max(max(one.mean_probability, one.share_picked) for one in bins)
    lines = ["promised  picked   (a tenth of the papers a line, the bar is what was picked, | was promised)"]
    for one in bins:
        bar = list(("#" * round(scale * one.share_picked)).ljust(_BAR + 1))
        bar[round(scale * one.mean_probability)] = "|"
        lines.append(f"{one.mean_probability:8.3f}{one.share_picked:8.3f}   {''.join(bar).rstrip()}")
    return lines


def _scope(kind: str, name: str, days: Sequence[ScoredDay], seed: int) -> Scope:
    measured: list[DayMeasures] = [
        measure_day(day.scores, day.picked)
        for day in days
        if len(day.papers) >= SMALLEST_DAY and day.picked.any() and not day.picked.all()
    ]
    candidates, picks = sum(day.candidates for day in measured), sum(day.picks for day in measured)
    intervals = bootstrap(measured, seed=seed) if measured else {}
    return Scope(kind, name, len(measured), candidates, picks, intervals)


def _only(day: ScoredDay, category: str) -> ScoredDay:
    rows = [n for n, paper in enumerate(day.papers) if canonical_category(paper.primary_category) == category]
    papers = tuple(day.papers[n] for n in rows)
    return ScoredDay(day.day, papers, day.scores[rows], day.probabilities[rows], day.picked[rows])
