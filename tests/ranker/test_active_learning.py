"""Questions are few, unlike each other, and about what the digest does not show."""

from __future__ import annotations

import pytest

from tests.ranker.papers import archive, paper
from triage.papers import Example
from triage.ranker.active_learning import choose_questions
from triage.ranker.model import TrainedModel
from triage.ranker.training import train

DAY = [paper(n, subject) for n, subject in enumerate(["law", "speech", "parsing", "retrieval", "reward"] * 8)]


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return train([Example(paper(500 + n, "law")) for n in range(10)], archive(600))


def test_up_to_three_papers_that_are_not_shown(model: TrainedModel) -> None:
    ranked = model.score(DAY, explain=False)
    asked = choose_questions(model, ranked, shown=3)
    assert len(asked) == 3
    assert not {one.paper.id for one in asked} & {one.paper.id for one in ranked[:3]}


def test_questions_come_from_the_border(model: TrainedModel) -> None:
    ranked = model.score(DAY, explain=False)
    asked = choose_questions(model, ranked, shown=3)
    assert {one.paper.id for one in asked} <= {one.paper.id for one in ranked[3:18]}


def test_a_paper_is_not_asked_about_twice_in_other_words(model: TrainedModel) -> None:
    twins = [*DAY, *(paper(n, "law") for n in range(40, 46))]
    titles = {one.paper.title for one in choose_questions(model, model.score(twins, explain=False), shown=3)}
    assert len(titles) == 3


def test_nothing_left_is_nothing_to_ask(model: TrainedModel) -> None:
    ranked = model.score(DAY[:3], explain=False)
    assert choose_questions(model, ranked, shown=3) == []
    assert len(choose_questions(model, ranked, shown=0)) == 3
