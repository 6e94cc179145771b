"""From notes to a model that ranks, explains itself and is the same every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tests.ranker.papers import FIRST, archive, paper
from triage.errors import ModelError
from triage.papers import ArxivId, Example, Paper
from triage.ranker.model import TrainedModel, fingerprint
from triage.ranker.training import train

DAY = [paper(n, subject) for n, subject in enumerate(["law", "speech", "parsing", "retrieval", "reward"] * 6)]
BACKGROUND = archive(600)


def noted(subject: str, papers: int, **more: object) -> list[Example]:
    return [replace(Example(paper(500 + n, subject)), **more) for n in range(papers)]


def subject_of(one: Paper) -> str:
    return ["law", "speech", "parsing", "retrieval", "reward"][DAY.index(one) % 5]


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    examples = noted("law", 12, categories=("courts",)) + noted("reward", 12, categories=("rewards",))
    return train(examples, BACKGROUND)


def test_papers_like_the_noted_ones_come_first(model: TrainedModel) -> None:
    first = [subject_of(one.paper) for one in model.score(DAY)[:12]]
    assert set(first) == {"law", "reward"}


def test_the_number_of_threads_changes_no_byte() -> None:
    made = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            made.append(fingerprint(train(noted("law", 40), archive(1_500))))
    assert made[0] == made[1]


def test_two_interests_do_not_blur_into_none(model: TrainedModel) -> None:
    first = [subject_of(one.paper) for one in model.score(DAY)[:12]]
    assert first.count("law") == first.count("reward") == 6


@pytest.mark.parametrize("notes", [1, 2, 5])
def test_it_works_with_few_notes_and_says_so(notes: int) -> None:
    small = train(noted("speech", notes), BACKGROUND)
    assert {subject_of(one.paper) for one in small.score(DAY)[:5]} == {"speech"}
    assert any(f"only {notes} relevant" in warning for warning in small.manifest.warnings)


def test_it_works_without_background_and_says_so() -> None:
    alone = train(noted("speech", 3), [])
    assert subject_of(alone.score(DAY)[0].paper) == "speech"
    assert any("unlabelled" in warning for warning in alone.manifest.warnings)


def test_without_a_relevant_paper_there_is_no_model() -> None:
    with pytest.raises(ModelError, match="no relevant paper"):
        train([Example(paper(1, "law"), relevant=False)], BACKGROUND)


def test_a_negative_pushes_its_like_down() -> None:
    examples = noted("law", 6) + noted("reward", 6)
    negatives = noted("reward", 9)[6:]
    before = train(examples, BACKGROUND)
    after = train(examples + [replace(one, relevant=False) for one in negatives], BACKGROUND)

    def rank(of: TrainedModel) -> float:
        order = [subject_of(one.paper) for one in of.score(DAY, explain=False)]
        return float(np.mean([place for place, name in enumerate(order) if name == "reward"]))

    assert rank(after) > rank(before)


def test_a_noted_paper_with_only_a_title_is_learned_from() -> None:
    title = Example(Paper(id=ArxivId(""), title="statute court litigation jurisdiction"))
    assert subject_of(train([title], BACKGROUND).score(DAY)[0].paper) == "law"


def test_other_peoples_picks_lift_what_they_like() -> None:
    community = noted("parsing", 20)
    alone = train(noted("law", 5), BACKGROUND)
    helped = train(noted("law", 5), BACKGROUND, community=community)

    def second(of: TrainedModel) -> list[str]:
        return [subject_of(one.paper) for one in of.score(DAY, explain=False)[6:12]]

    assert second(helped).count("parsing") > second(alone).count("parsing")
    assert helped.manifest.community == 20


def test_equals_are_ordered_by_id(model: TrainedModel) -> None:
    same = [replace(DAY[0], id=ArxivId(f"2405.0000{n}")) for n in (3, 1, 2)]
    assert [one.paper.id[-1] for one in model.score(same)] == ["1", "2", "3"]


def test_the_same_notes_give_the_same_bytes(model: TrainedModel) -> None:
    examples = noted("law", 12, categories=("courts",)) + noted("reward", 12, categories=("rewards",))
    again = train(examples, BACKGROUND)
    assert again.to_bytes() == model.to_bytes()
    assert again.manifest == model.manifest


def test_categories_are_the_readers_and_empty_when_unsure(model: TrainedModel) -> None:
    named = {one.paper.id: one.categories for one in model.score(DAY)}
    law = [named[one.id] for one in DAY if subject_of(one) == "law"]
    speech = [named[one.id] for one in DAY if subject_of(one) == "speech"]
    assert law.count(("courts",)) >= 5
    assert not any("courts" in names and "rewards" in names for names in law + speech)


def test_a_category_with_too_few_notes_says_so() -> None:
    examples = noted("law", 8, categories=("courts",)) + noted("speech", 1, categories=("voices",))
    manifest = train(examples, BACKGROUND).manifest
    assert [report.learned for report in manifest.categories if report.name == "voices"] == [False]
    assert any("voices" in warning for warning in manifest.warnings)


def test_probabilities_rise_with_the_score_and_stay_within_bounds(model: TrainedModel) -> None:
    probabilities = [one.probability for one in model.score(DAY, explain=False)]
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0 < probabilities[-1] < probabilities[0] < 1


def test_removing_a_named_word_moves_the_score_the_stated_way(model: TrainedModel) -> None:
    tried = 0
    for one in model.score(DAY):
        for word in one.explanation.contributions:
            text = f"{one.paper.abstract}"
            without = replace(
                one.paper,
                title=_without(one.paper.title, word.term),
                abstract=_without(text.rstrip("."), word.term),
            )
            moved = one.score - model.score([without], explain=False)[0].score
            assert moved == pytest.approx(word.value, abs=1e-4), word
            tried += 1
    assert tried > 60


def _without(text: str, term: str) -> str:
    words, wanted = text.split(), term.split()
    if len(wanted) == 1:
        return " ".join(word for word in words if word != term)
    kept: list[str] = []
    gone = {n + k for n in range(len(words) - 1) if words[n : n + 2] == wanted for k in (0, 1)}
    kept.extend(word for n, word in enumerate(words) if n not in gone)
    return " ".join(kept)


def test_words_are_named_in_both_directions(model: TrainedModel) -> None:
    weights = [word.value for one in model.score(DAY) for word in one.explanation.contributions]
    assert min(weights) < 0 < max(weights)


def test_the_nearest_noted_papers_are_of_the_same_subject(model: TrainedModel) -> None:
    best = next(one for one in model.score(DAY) if subject_of(one.paper) == "law")
    laws = {paper(500 + n, "law").id for n in range(12)}
    assert best.explanation.nearest_notes[0].id in laws
    assert best.explanation.nearest_notes[0].similarity >= best.explanation.nearest_notes[-1].similarity


def test_dated_notes_are_measured_on_past_days() -> None:
    days = [FIRST + timedelta(days=n) for n in range(4, 30)]
    examples = [Example(paper(700 + n, "law", day=day), labelled_on=day) for n, day in enumerate(days)]
    held_out = train(examples, BACKGROUND).manifest.held_out
    assert held_out is not None
    assert held_out.days == 24
    # Four unlabelled papers of each day are on the same subject, so 0.9 is the most there is to expect.
    assert held_out.auc.value > 0.85
    assert train(noted("law", 12), BACKGROUND).manifest.held_out is None, "without dates there are no days"
