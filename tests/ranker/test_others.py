"""What other people picked counts in a day's scores as it does in the backtest, and is said."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pytest
from triage.ranker.prior import know_nothing

from tests.ranker.papers import archive
from triage.evaluate.backtest import backtest
from triage.papers import ArxivId, Example, Paper
from triage.ranker.calibration import NEVER, lift_of_others, picked_lift
from triage.ranker.manifest import Manifest
from triage.ranker.model import TrainedModel
from triage.ranker.training import train

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


def test_what_others_picked_before_is_a_step_up_and_said() -> None:
    plain = {one.paper.id: one for one in MODEL.score(TODAY)}
    told = {one.paper.id: one for one in MODEL.score(TODAY, picked_by_others={TODAY[0].id})}
    assert MODEL.step > 0
    assert told[TODAY[0].id].score == pytest.approx(plain[TODAY[0].id].score + MODEL.step)
    assert told[TODAY[0].id].explanation.picked_by_others
    assert told[TODAY[0].id].probability > plain[TODAY[0].id].probability
    assert told[TODAY[1].id] == plain[TODAY[1].id]


def test_the_part_of_others_in_a_score_is_what_it_lacks_without_them() -> None:
    for one in MODEL.score(TODAY):
        assert MODEL.others is not None
        placed = MODEL.space.place(_counts(one.paper), form=_form(one.paper))
        own = float(MODEL.relevance.scores(placed)[0] - MODEL.others.scores(placed)[0])
        assert one.score - one.explanation.community == pytest.approx(own, abs=1e-5)


def _counts(paper: Paper):  # type: ignore[no-untyped-def]
    from triage.ranker.features import count_papers

    return count_papers([paper])


def _form(paper: Paper):  # type: ignore[no-untyped-def]
    from triage.ranker.form import form_of

    return form_of([paper])


def test_without_others_nothing_is_said_of_them() -> None:
    alone = train([Example(one) for one in LAW[:20]], BEFORE)
    assert alone.others is None
    assert all(
        one.explanation.community == 0 and not one.explanation.picked_by_others for one in alone.score(TODAY)
    )


@pytest.mark.parametrize("community", [OTHERS, {}])
def test_what_was_learned_of_others_survives_the_disk(community: dict[ArxivId, date]) -> None:
    model = daily_model(PICKS, community)
    loaded = TrainedModel.from_bytes(model.to_bytes(), Manifest.from_json(model.manifest.to_json()))
    assert loaded.score(TODAY, picked_by_others=set(OTHERS)) == model.score(
        TODAY, picked_by_others=set(OTHERS)
    )


def days(*given: int) -> np.ndarray:
    return np.array(given, dtype=np.int64)


def test_a_lift_counts_picks_from_before_the_announcement_since_the_first_note() -> None:
    told = lift_of_others(
        days(*range(10, 30)), days(*range(9, 29)), days(*range(10, 110)), days(*[NEVER] * 100)
    )
    late = lift_of_others(
        days(*range(10, 30)), days(*range(10, 30)), days(*range(10, 110)), days(*[NEVER] * 100)
    )
    assert told > 1
    assert late == 0, "a pick on the day itself was not known before"
    nobody = days(*[NEVER] * 5)
    assert lift_of_others(days(), days(), days(1, 2, 3, 4, 5), nobody) == 0
    others, never = [*range(10, 110)], [NEVER] * 100
    early = lift_of_others(days(*range(10, 30)), days(*range(9, 29)), days(1, 2, *others), days(0, 1, *never))
    assert early == told, "what came before the first note was never chosen among"


def test_of_an_unknown_reader_all_papers_are_as_likely_in_the_listings_order() -> None:
    scored = know_nothing(BEFORE).score(TODAY)
    assert [one.paper.id for one in scored] == sorted(one.id for one in TODAY)
    assert {round(one.probability, 6) for one in scored} == {0.03}


def test_of_an_unknown_reader_without_an_archive_too() -> None:
    model = know_nothing([])
    again = TrainedModel.from_bytes(model.to_bytes(), model.manifest)
    assert [one.paper.id for one in again.score(TODAY)] == sorted(one.id for one in TODAY)


def test_an_unknown_reader_gets_what_others_like() -> None:
    community = [Example(one, labelled_on=one.announced) for one in LAW[:40]]
    model = know_nothing(BEFORE, community=community)
    best = model.score(TODAY)[:3]
    assert {int(one.paper.id[-5:]) % 5 for one in best} == {int(LAW[0].id[-5:]) % 5}
    assert all(one.explanation.community > 0.3 for one in best)
    assert "by what other people pick" in model.manifest.warnings[0]


def test_a_lift_wants_evidence() -> None:
    assert picked_lift(relevant=100, relevant_picked=0, others=3_000, others_picked=0) == 0
    assert picked_lift(relevant=100, relevant_picked=0, others=3_000, others_picked=48) == 0
    few = picked_lift(relevant=20, relevant_picked=2, others=600, others_picked=4)
    many = picked_lift(relevant=200, relevant_picked=20, others=6_000, others_picked=40)
    assert 0 < few < many < np.log(0.1 / (40 / 6_000))
