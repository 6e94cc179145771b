"""The measures, against values worked out by hand."""

from __future__ import annotations

import doctest
from math import log2

import numpy as np
import pytest

from triage.ranker import calibration
from triage.ranker.calibration import community_share, fit_calibrator, learned_prior
from triage.ranker.metrics import (
    area_under_curve,
    bootstrap,
    brier_score,
    calibration_error,
    calibration_table,
    measure_day,
)


def test_a_day_worked_out_by_hand() -> None:
    scores = np.arange(20, 0, -1, dtype=float)
    picked = np.isin(np.arange(20), [1, 11])
    day = measure_day(scores, picked)
    assert (day.candidates, day.picks) == (20, 2)
    assert day.auc == pytest.approx(((18 - 1) + (18 - 10)) / 36)
    assert day.ndcg == pytest.approx((1 / log2(3) + 1 / log2(13)) / (1 + 1 / log2(3)))
    assert day.average_precision == pytest.approx((1 / 2 + 2 / 12) / 2)
    assert (day.recall_3, day.recall_10, day.recall_tenth) == (0.5, 0.5, 0.5)
    assert (day.precision_3, day.precision_10, day.precision_tenth) == (1 / 3, 1 / 10, 1 / 2)


def test_ties_are_broken_against_the_ranking() -> None:
    picked = np.isin(np.arange(20), [0])
    day = measure_day(np.zeros(20), picked)
    assert day.recall_10 == 0
    assert day.auc == 0.5


def test_the_area_needs_both_kinds() -> None:
    assert np.isnan(area_under_curve(np.ones(3), np.ones(3, bool)))


def test_intervals_hold_their_value_and_are_the_same_for_the_same_seed() -> None:
    random = np.random.default_rng(0)
    days = [measure_day(random.normal(size=30), np.arange(30) < 2) for _ in range(40)]
    once, again = bootstrap(days, seed=3), bootstrap(days, seed=3)
    assert once == again
    assert all(interval.low <= interval.value <= interval.high for interval in once.values())


def test_a_calibrated_probability_means_what_it_says() -> None:
    random = np.random.default_rng(0)
    scores = np.concatenate([random.normal(1.5, 1, 300), random.normal(0, 1, 9_700)])
    picked = np.arange(10_000) < 300
    probabilities = fit_calibrator(
        scores, picked, n_relevant=300, n_unlabelled=9_700, prior=0.03
    ).probability(scores)
    assert probabilities.mean() == pytest.approx(0.03, abs=0.002)
    assert calibration_error(calibration_table(probabilities, picked)) < 0.005
    assert brier_score(probabilities, picked) < 0.03 * 0.97


def test_one_note_keeps_to_the_usual_curve() -> None:
    others = np.random.default_rng(0).normal(size=500)
    usual = fit_calibrator(np.zeros(0), np.zeros(0, bool), n_relevant=1, n_unlabelled=500)
    one = fit_calibrator(np.array([2.0, *others]), np.arange(501) < 1, n_relevant=1, n_unlabelled=500)
    assert one.slope == pytest.approx(usual.slope, abs=0.3)


def test_the_examples_in_the_documentation_are_true() -> None:
    assert doctest.testmod(calibration).failed == 0


def test_of_a_few_notes_no_probability_is_high() -> None:
    nothing = np.zeros(0), np.zeros(0, bool)
    best_of_the_day = [
        float(fit_calibrator(*nothing, n_relevant=noted, n_unlabelled=5_000).probability(np.array([3.0]))[0])
        for noted in (1, 3, 10, 100)
    ]
    assert best_of_the_day == sorted(best_of_the_day)
    assert best_of_the_day[0] < 0.06
    assert best_of_the_day[1] < 0.12


def test_the_community_counts_when_it_tells_and_not_when_it_misleads() -> None:
    random = np.random.default_rng(0)
    relevant = np.arange(5_200) < 200
    own = random.normal(0.5 * relevant)
    useful = community_share(own, random.normal(2.0 * relevant), relevant)
    useless = community_share(own, random.normal(0.0 * relevant), relevant)
    harmful = community_share(own, random.normal(-1.0 * relevant), relevant)
    assert useful > 0.8 > 0.3 > useless
    assert harmful == 0


def test_a_curve_moves_with_the_base_rate() -> None:
    scores = np.random.default_rng(0).normal(size=2_000)
    curve = fit_calibrator(scores, np.arange(2_000) < 60, n_relevant=60, n_unlabelled=1_940, prior=0.03)
    rarer = curve.moved(0.03, 0.01).probability(scores)
    assert rarer.mean() == pytest.approx(0.01, abs=0.002)
    assert (np.argsort(rarer) == np.argsort(curve.probability(scores))).all()


def test_notes_without_the_rest_of_their_listing_say_nothing_of_a_rate() -> None:
    day = np.full(205, 738_000)
    assert learned_prior(day[:65], np.ones(65, bool), np.arange(65) < 60) < 0.06
    assert learned_prior(np.repeat(day, 10), np.ones(2_050, bool), np.arange(2_050) < 500) == pytest.approx(
        0.216, abs=0.01
    )


def test_no_paper_is_nearly_certain() -> None:
    random = np.random.default_rng(0)
    scores, relevant = (
        np.concatenate([random.normal(6, 1, 300), random.normal(0, 1, 9_700)]),
        np.arange(10_000) < 300,
    )
    for prior in (0.01, 0.03):
        curve = fit_calibrator(scores, relevant, n_relevant=300, n_unlabelled=9_700, prior=prior)
        assert curve.probability(np.array([50.0]))[0] < 21 * prior
