"""Evidence to ranker, with its probability and the right share of other people's taste.

Training and backtesting both come here, so that what is measured is what runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.ranker.calibration import Calibrator, community_share, fit_calibrator
from triage.ranker.manifest import HeldOut, Measure
from triage.ranker.metrics import (
    SMALLEST_DAY,
    DayMeasures,
    area_under_curve,
    average_precision,
    measure_day,
)
from triage.ranker.relevance import Evidence, Relevance, fit_relevance
from triage.ranker.space import stack

Floats = NDArray[np.float64]

FOLDS = 5
HELD_OUT_DAYS = 24
HELD_OUT_BLOCKS = 4
"""The ranker is learned anew for each quarter of the held-out days."""
FEWEST_HELD_OUT = 8
FEWEST_COMMUNITY = 10
"""With fewer picks of other people than this, their taste is not learned."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Scores of papers by rankers that had not seen them."""

    noted: Floats
    """Shape (p,)."""
    others: Floats
    """Shape (n,)."""
    auc: Measure
    average_precision: Measure


@dataclass(frozen=True, slots=True)
class Tuning:
    """What is learned from held-out scores."""

    calibrator: Calibrator
    community_share: float = 0.0

    def step(self, lift: float) -> float:
        """Return what a lift in log-odds is as a step of the score."""
        return lift / self.calibrator.slope


def cross_validate(evidence: Evidence, *, seed: int = 0) -> Trial | None:
    """Score every paper with a ranker that learned from the others; None when there are too few."""
    noted, others = len(evidence.noted), len(evidence.others)
    folds = min(FOLDS, noted)
    if folds < 2 or others < 2 * folds:
        return None
    random = np.random.default_rng(seed)
    noted_fold = random.permutation(np.arange(noted) % folds)
    other_fold = random.permutation(np.arange(others) % folds)
    noted_scores, other_scores = np.zeros(noted), np.zeros(others)
    aucs, precisions = [], []
    for fold in range(folds):
        near, far = noted_fold == fold, other_fold == fold
        ranker = fit_relevance(evidence.without(near, far), seed=seed)
        noted_scores[near] = ranker.scores(evidence.noted.rows(near))
        other_scores[far] = ranker.scores(evidence.others.rows(far))
        scores = np.concatenate([noted_scores[near], other_scores[far]])
        truth = np.concatenate([np.ones(near.sum(), bool), np.zeros(far.sum(), bool)])
        aucs.append(area_under_curve(scores, truth))
        precisions.append(average_precision(scores, truth))
    return Trial(noted_scores, other_scores, _measure(aucs), _measure(precisions))


def tune(
    evidence: Evidence, trial: Trial | None, *, rate: float, community: Relevance | None = None
) -> Tuning:
    """Learn the probability curve, and how much to trust other people's picks.

    Parameters
    ----------
    trial : Trial, optional
        From :func:`cross_validate`; without it the usual curve and share are taken.
    rate : float
        How frequent relevant papers are among candidates.
    community : Relevance, optional
        Learned from other people's picks.
    """
    if trial is None:
        nothing = np.zeros(0)
        return Tuning(
            fit_calibrator(nothing, nothing, noted=len(evidence.noted), rate=rate),
            0.0 if community is None else community_share(nothing, nothing, nothing, nothing),
        )
    noted, others, share = trial.noted, trial.others, 0.0
    if community is not None:
        by_community = community.scores(evidence.noted), community.scores(evidence.others)
        share = community_share(noted, others, *by_community, weights=evidence.weights)
        noted = noted + share * by_community[0]
        others = others + share * by_community[1]
    return Tuning(
        fit_calibrator(noted, others, noted=len(evidence.noted), rate=rate, weights=evidence.weights), share
    )


def hold_out(evidence: Evidence, known_on: NDArray[np.int64], *, seed: int = 0) -> HeldOut | None:
    """Rank past days again, each with a ranker that knows only what was known before them.

    Parameters
    ----------
    evidence : Evidence
    known_on : array of shape (p,)
        Ordinal of the day that the reader said it of each noted paper; where it is 0 the paper's own
        day counts.

    Returns
    -------
    HeldOut or None
        Over the last :data:`HELD_OUT_DAYS` days on which a noted paper was announced among enough
        others; None when there are fewer than :data:`FEWEST_HELD_OUT` such days.
    """
    measured = _past_days(evidence, evidence, known_on, seed)
    if not measured:
        return None
    return HeldOut(
        days=len(measured),
        picks=sum(day.picks for day in measured),
        auc=_measure([day.auc for day in measured]),
        ndcg=_measure([day.ndcg for day in measured]),
        recall_10=_measure([day.recall_10 for day in measured]),
        average_precision=_measure([day.average_precision for day in measured]),
    )


def gain_on_past_days(
    evidence: Evidence, earlier: Evidence, known_on: NDArray[np.int64], *, seed: int = 0
) -> Measure | None:
    """Return what newer evidence gains on past days over earlier evidence, in nDCG a day.

    Parameters
    ----------
    evidence : Evidence
    earlier : Evidence
        The same papers in the same order, weighed as was known earlier: a noted paper that was not
        noted then weighs nothing.
    known_on : array of shape (p,)
        As for :func:`hold_out`.

    Returns
    -------
    Measure or None
        Mean of the differences on the same days; None when there are too few.
    """
    after = _past_days(evidence, evidence, known_on, seed)
    before = _past_days(evidence, earlier, known_on, seed)
    if not after:
        return None
    return _measure([new.ndcg - old.ndcg for new, old in zip(after, before, strict=True)])


def _past_days(
    truth: Evidence, teacher: Evidence, known_on: NDArray[np.int64], seed: int
) -> list[DayMeasures]:
    """Measure a ranker taught by one body of evidence against another's truth; empty for too few days."""
    noted, others = truth.noted.days, truth.others.days
    known = np.maximum(known_on, noted)
    days = [
        day
        for day in np.unique(noted[noted > 0]).tolist()
        if (others == day).sum() >= SMALLEST_DAY and (known < day).any()
    ][-HELD_OUT_DAYS:]
    if len(days) < FEWEST_HELD_OUT:
        return []
    measured = []
    for block in np.array_split(np.array(days), HELD_OUT_BLOCKS):
        before = teacher.without((known >= block[0]) | (teacher.weights <= 0), others >= block[0])
        ranker = fit_relevance(before, seed=seed) if len(before.noted) else None
        for day in block.tolist():
            listed = stack([truth.noted.rows(noted == day), truth.others.rows(others == day)])
            # Who knew nothing yet could not tell the papers apart.
            scores = ranker.scores(listed) if ranker else np.zeros(len(listed))
            measured.append(measure_day(scores, np.arange(len(listed)) < (noted == day).sum()))
    return measured


def _measure(values: list[float]) -> Measure:
    return Measure(float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values))))
