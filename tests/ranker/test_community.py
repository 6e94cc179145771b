"""Community picks count in a day's scores as they do in the backtest, and are explained."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pytest

from tests.ranker.papers import archive
from triage.evaluate.backtest import backtest
from triage.papers import ArxivId, Example
from triage.ranker.calibration import community_lift
from triage.ranker.manifest import ManifestFile
from triage.ranker.matrix import PaperVectorizer
from triage.ranker.model import TrainedModel
from triage.ranker.training import train, train_prior

DAY = date(2024, 2, 1)
PAPERS = [paper for paper in archive(800) if paper.announced and paper.announced <= DAY]
TODAY = [paper for paper in PAPERS if paper.announced == DAY]
BEFORE = [paper for paper in PAPERS if paper.announced and paper.announced < DAY]
LAW = BEFORE[::5]
EARLY = timedelta(days=2)
"""Others pick before the paper is announced here."""


def picks_and_others() -> tuple[dict[ArxivId, date], dict[ArxivId, date]]:
    picks = {one.id: one.announced for one in random.Random(1).sample(LAW, 60) if one.announced}
    liked = [
        *random.Random(2).sample(sorted(picks), 40),
        *(one.id for one in random.Random(3).sample(BEFORE, 30)),
    ]
    announced = {one.id: one.announced for one in PAPERS if one.announced}
    others = {one: announced[one] - EARLY for one in liked}
    return picks, others | {TODAY[0].id: DAY - EARLY, TODAY[1].id: DAY - EARLY}


def daily_model(picks: dict[ArxivId, date], others: dict[ArxivId, date]) -> TrainedModel:
    """Train as the daily run would for DAY."""
    return train(
        [Example(one, labelled_on=picks[one.id]) for one in BEFORE if one.id in picks],
        BEFORE,
        community=[Example(one, labelled_on=others[one.id]) for one in BEFORE if one.id in others],
        categories=["cs.CL"],
    )


PICKS, OTHERS = picks_and_others()
MODEL = daily_model(PICKS, OTHERS)


def test_the_daily_scores_are_those_of_the_backtest() -> None:
    (walked,) = backtest(PAPERS, PICKS, categories=["cs.CL"], first=DAY, last=DAY, community=OTHERS)
    daily = {
        one.paper.id: one.score for one in MODEL.score(TODAY, explain=False, picked_by_others=set(OTHERS))
    }
    scores = np.array([daily[paper.id] for paper in walked.papers])
    assert np.corrcoef(scores, walked.scores)[0, 1] > 0.99
    assert np.abs(scores - walked.scores).max() < 0.25, "in standard deviations of unlabelled papers"
    best = [
        paper.id
        for paper, _ in sorted(zip(walked.papers, walked.scores, strict=True), key=lambda one: -one[1])
    ]
    assert sorted(daily, key=lambda one: -daily[one])[:3] == best[:3]


def test_a_community_pick_is_a_step_up_and_explained() -> None:
    plain = {one.paper.id: one for one in MODEL.score(TODAY)}
    told = {one.paper.id: one for one in MODEL.score(TODAY, picked_by_others={TODAY[0].id})}
    assert MODEL.ranker.community_step_ > 0
    assert told[TODAY[0].id].score == pytest.approx(plain[TODAY[0].id].score + MODEL.ranker.community_step_)
    assert told[TODAY[0].id].explanation.picked_by_others
    assert told[TODAY[0].id].probability > plain[TODAY[0].id].probability
    assert told[TODAY[1].id] == plain[TODAY[1].id]


def test_the_community_part_of_a_score_is_what_it_lacks_without_them() -> None:
    ranker = MODEL.ranker
    assert ranker.community_coef_ is not None
    for one in MODEL.score(TODAY):
        X = MODEL.space.transform(PaperVectorizer().transform([one.paper]))
        own = float(ranker.coef_.decision_function(X)[0] - ranker.community_coef_.decision_function(X)[0])
        assert one.score - one.explanation.community == pytest.approx(own, abs=1e-5)


def test_without_community_picks_no_explanation_names_them() -> None:
    alone = train([Example(one) for one in LAW[:20]], BEFORE)
    assert alone.ranker.community_coef_ is None
    assert all(
        one.explanation.community == 0 and not one.explanation.picked_by_others for one in alone.score(TODAY)
    )


@pytest.mark.parametrize("community", [OTHERS, {}])
def test_what_was_learned_of_community_picks_survives_the_disk(community: dict[ArxivId, date]) -> None:
    model = daily_model(PICKS, community)
    kept = ManifestFile.from_json(ManifestFile("", model.manifest).to_json()).manifest
    loaded = TrainedModel.from_bytes(model.to_bytes(), kept)
    assert loaded.score(TODAY, picked_by_others=set(OTHERS)) == model.score(
        TODAY, picked_by_others=set(OTHERS)
    )


def lift(relevant: dict[int, bool], others: dict[int, bool]) -> float:
    """Return the lift of candidates given as listing day and whether others picked them before."""
    return counted([*relevant.items()], [*others.items()])


def counted(relevant: list[tuple[int, bool]], others: list[tuple[int, bool]]) -> float:
    rows = np.array([*relevant, *others], dtype=np.int64).reshape(-1, 2)
    return community_lift(rows[:, 0], np.arange(len(rows)) < len(relevant), rows[:, 1].astype(bool))


def test_a_lift_counts_picks_from_before_the_announcement_since_the_first_note() -> None:
    noted, others = range(10, 30), dict.fromkeys(range(10, 110), False)
    told = lift(dict.fromkeys(noted, True), others)
    assert told > 1
    assert lift(dict.fromkeys(noted, False), others) == 0, "a pick on the day itself was not known before"
    assert lift({}, dict.fromkeys(range(1, 6), False)) == 0
    early = lift(dict.fromkeys(noted, True), {1: True, 2: True, **others})
    assert early == told, "what came before the first note was never chosen among"


def test_of_an_unknown_reader_all_papers_are_as_likely_in_the_listings_order() -> None:
    scored = train_prior(BEFORE).score(TODAY)
    assert [one.paper.id for one in scored] == sorted(one.id for one in TODAY)
    assert {round(one.probability, 6) for one in scored} == {0.03}


def test_of_an_unknown_reader_without_an_archive_too() -> None:
    model = train_prior([])
    again = TrainedModel.from_bytes(model.to_bytes(), model.manifest)
    assert [one.paper.id for one in again.score(TODAY)] == sorted(one.id for one in TODAY)


def test_an_unknown_reader_gets_what_the_community_picks() -> None:
    community = [Example(one, labelled_on=one.announced) for one in LAW[:40]]
    model = train_prior(BEFORE, community=community)
    best = model.score(TODAY)[:3]
    assert {int(one.paper.id[-5:]) % 5 for one in best} == {int(LAW[0].id[-5:]) % 5}
    assert all(one.explanation.community > 0.3 for one in best)
    assert "by what other people pick" in model.manifest.warnings[0]


def of_one_day(relevant: int, relevant_picked: int, others: int, others_picked: int) -> float:
    return counted(
        [(1, n < relevant_picked) for n in range(relevant)], [(1, n < others_picked) for n in range(others)]
    )


def test_a_lift_needs_picks_of_other_people() -> None:
    assert of_one_day(100, 0, 3_000, 0) == 0
    assert of_one_day(100, 0, 3_000, 48) == 0
    assert 0 < of_one_day(2, 1, 100, 5) < of_one_day(200, 100, 10_000, 500) < 3
    few, many = of_one_day(20, 2, 600, 4), of_one_day(200, 20, 6_000, 40)
    assert 0 < few < many < np.log(0.1 / (40 / 6_000))
