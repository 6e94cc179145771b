"""How good a ranker is on papers that it has not seen: cross-validated, and on past days."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from sklearn.base import clone

from triage.ranker.manifest import HeldOut, Measure
from triage.ranker.matrix import Days, FeatureMatrix, Flags, Floats
from triage.ranker.metrics import (
    SMALLEST_DAY,
    DayMeasures,
    area_under_curve,
    average_precision,
    measure_day,
)
from triage.ranker.relevance import RELEVANT, Labels, Relevance

HELD_OUT_DAYS = 24
HELD_OUT_BLOCKS = 4
"""The ranker is learned anew for each quarter of the held-out days."""
FEWEST_HELD_OUT = 8


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Scores of papers by rankers that had not seen them."""

    scores: Floats
    """Shape (n,)."""
    tested: Flags
    """Which papers were scored: relevant ones that are known as well as the others are, and these."""
    auc: Measure
    average_precision: Measure


def cross_validate(
    relevance: Relevance,
    X: FeatureMatrix,
    y: Labels,
    sample_weight: Floats,
    *,
    candidate: Flags,
    cv: int,
    random_state: int,
) -> CrossValidation | None:
    """Score every paper with a ranker that learned from the others; None when there are too few.

    Like is compared with like. The form of a title alone gives it away beside whole abstracts, whatever it
    says, so it is learned from and not tested; and a noted paper is compared with the candidates of its own day, which
    it stood among.  Only with too few such days it is compared with those of any day.
    """
    relevant, has_abstract = y == RELEVANT, np.isfinite(X.metadata[:, 0])
    usually = 2 * has_abstract[~relevant].sum() > (~relevant).sum()
    tested = ~relevant | (has_abstract == usually)
    n_relevant, n_others = int((relevant & tested).sum()), int((~relevant).sum())
    folds = min(cv, n_relevant)
    if folds < 2 or n_others < 2 * folds:
        return None
    random = np.random.default_rng(random_state)
    fold_of = np.full(len(y), -1)
    for side in (relevant & tested, ~relevant):
        fold_of[side] = random.permutation(np.arange(int(side.sum())) % folds)
    scores = np.zeros(len(y))
    for fold in range(folds):
        test = fold_of == fold
        fitted = clone(relevance).fit(X[~test], y[~test], sample_weight[~test])
        scores[test] = fitted.decision_function(X[test])
    compared = tested & candidate
    rows = [np.flatnonzero(compared & (X.days == day)) for day in np.unique(X.days[relevant & (X.days > 0)])]
    groups = [day for day in rows if relevant[day].any() and (~relevant[day]).sum() >= SMALLEST_DAY]
    if len(groups) < FEWEST_HELD_OUT:
        groups = [np.flatnonzero(fold_of == fold) for fold in range(folds)]
    return CrossValidation(
        scores,
        tested,
        _measure(
            [
                area_under_curve(scores[rows], relevant[rows])
                for rows in groups
                for _ in range(relevant[rows].sum())
            ]
        ),
        _measure([average_precision(scores[rows], relevant[rows]) for rows in groups]),
    )


@dataclass(frozen=True, slots=True)
class PastDays:
    """Papers with labels, and since when they are known, to be ranked again day by day."""

    relevance: Relevance
    X: FeatureMatrix
    y: Labels
    sample_weight: Floats
    known_on: Days
    """Ordinal of the day that each label was given; 0 where it is unknown, and the paper's own day counts."""
    _fitted: dict[tuple[bytes, ...], Relevance] = field(default_factory=dict, repr=False)
    """By what they learned from: most new labels are later than the days ranked again."""

    def held_out(self) -> HeldOut | None:
        """Rank the past days again, each with a ranker that knows only what was known before them.

        Over the last :data:`HELD_OUT_DAYS` days on which a noted paper was announced among enough
        others; None when there are fewer than :data:`FEWEST_HELD_OUT` such days.
        """
        days = self._measure(self.y, self.sample_weight)
        if not days:
            return None
        names = ("auc", "ndcg", "recall_10", "average_precision")
        values = {name: _measure([getattr(day, name) for day in days]) for name in names}
        return HeldOut(len(days), sum(day.picks for day in days), **values)

    def gain_over(self, y: Labels, sample_weight: Floats) -> Measure | None:
        """Return what the labels gain on past days over earlier ones, in nDCG a day; None for too few days.

        Parameters
        ----------
        y, sample_weight : arrays of shape (n,)
            As was known earlier: a noted paper that was not noted then has weight 0.
        """
        after, before = self._measure(self.y, self.sample_weight), self._measure(y, sample_weight)
        if not after:
            return None
        return _measure([new.ndcg - old.ndcg for new, old in zip(after, before, strict=True)])

    def _measure(self, y: Labels, sample_weight: Floats) -> list[DayMeasures]:
        """Measure rankers that learned from some labels against those known now; empty for too few days."""
        days_of, noted = self.X.days, self.y == RELEVANT
        known = np.where(noted, np.maximum(self.known_on, days_of), days_of)
        days = [
            day
            for day in np.unique(days_of[noted & (days_of > 0)]).tolist()
            if (~noted & (days_of == day)).sum() >= SMALLEST_DAY and (known[noted] < day).any()
        ][-HELD_OUT_DAYS:]
        if len(days) < FEWEST_HELD_OUT:
            return []
        measured = []
        for block in np.array_split(np.array(days), HELD_OUT_BLOCKS):
            before = (known < block[0]) & (sample_weight > 0)
            fitted = None
            if (before & (y == RELEVANT)).any():
                learned = before.tobytes(), y[before].tobytes(), sample_weight[before].tobytes()
                if learned not in self._fitted:
                    fresh: Relevance = clone(self.relevance)
                    self._fitted[learned] = fresh.fit(self.X[before], y[before], sample_weight[before])
                fitted = self._fitted[learned]
            for day in block.tolist():
                listed = np.flatnonzero(days_of == day)
                # Who knew nothing yet could not tell the papers apart.
                scores = fitted.decision_function(self.X[listed]) if fitted else np.zeros(len(listed))
                measured.append(measure_day(scores, noted[listed]))
        return measured


def _measure(values: list[float]) -> Measure:
    return Measure(float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values))))
