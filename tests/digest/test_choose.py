"""Which candidates a digest shows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.digest.choose import choose
from triage.papers import ArxivId, Paper, ScoredPaper


def scored(number: int, probability: float, *categories: str, score: float | None = None) -> ScoredPaper:
    paper = Paper(ArxivId(f"2401.{number:05d}"), f"Paper {number}")
    return ScoredPaper(paper, probability if score is None else score, probability, categories)


def ids(picks: object) -> list[str]:
    return [pick.scored.paper.id[-1] for pick in picks]  # type: ignore[attr-defined]


def test_best_come_first_and_the_budget_is_kept() -> None:
    choice = choose(
        [scored(1, 0.5), scored(2, 0.9), scored(3, 0.7), scored(4, 0.8)],
        budget=3,
        announcements=1,
        threshold=0.1,
    )
    assert ids(choice.picks) == ["2", "4", "3"]
    assert ids(choice.rest) == ["1"]
    assert [pick.rank for pick in choice.picks + choice.rest] == [1, 2, 3, 4]


def test_cap_adds_up_over_the_announcements_covered() -> None:
    choice = choose([scored(n, 0.9) for n in range(1, 9)], budget=3, announcements=2, threshold=0.5)
    assert (choice.cap, len(choice.picks), choice.passed) == (6, 6, 8)


def test_weak_day_is_not_padded() -> None:
    choice = choose([scored(1, 0.6), scored(2, 0.2)], budget=3, announcements=1, threshold=0.5)
    assert ids(choice.picks) == ["1"]
    assert (choice.cap, choice.passed) == (3, 1)


def test_the_threshold_itself_passes() -> None:
    assert choose([scored(1, 0.5)], budget=1, announcements=1, threshold=0.5).passed == 1


def test_category_has_its_own_threshold() -> None:
    choice = choose(
        [scored(1, 0.6, "Strict"), scored(2, 0.3, "Lax"), scored(3, 0.4, "Other")],
        budget=3,
        announcements=1,
        threshold=0.5,
        category_thresholds={"Strict": 0.7, "Lax": 0.25},
    )
    assert ids(choice.picks) == ["2"]


def test_the_best_category_with_a_threshold_counts() -> None:
    choice = choose(
        [scored(1, 0.4, "Unknown", "Lax", "Strict")],
        budget=1,
        announcements=1,
        threshold=0.9,
        category_thresholds={"Strict": 0.7, "Lax": 0.25},
    )
    assert ids(choice.picks) == ["1"]


def test_a_strict_category_does_not_stop_those_ranked_after_it() -> None:
    choice = choose(
        [scored(1, 0.6, "Strict"), scored(2, 0.5)],
        budget=1,
        announcements=1,
        threshold=0.4,
        category_thresholds={"Strict": 0.7},
    )
    assert ids(choice.picks) == ["2"]
    assert [pick.rank for pick in choice.picks] == [2]


def test_equal_scores_are_ordered_by_id() -> None:
    choice = choose([scored(3, 0.5), scored(1, 0.5), scored(2, 0.5)], budget=2, announcements=1, threshold=0)
    assert ids(choice.picks + choice.rest) == ["1", "2", "3"]


def test_score_orders_and_probability_passes() -> None:
    choice = choose(
        [scored(1, 0.9, score=1.0), scored(2, 0.2, score=2.0)], budget=2, announcements=1, threshold=0.5
    )
    assert ids(choice.rest) == ["2"]
    assert choice.rest[0].rank == 1


def test_what_is_not_a_number_is_never_picked() -> None:
    choice = choose([scored(1, math.nan), scored(2, 0.5)], budget=3, announcements=1, threshold=0)
    assert ids(choice.picks) == ["2"]
    assert ids(choice.rest) == ["1"]


@pytest.mark.parametrize(("budget", "announcements"), [(0, 1), (3, 0)])
def test_no_budget_or_no_announcement_picks_nothing(budget: int, announcements: int) -> None:
    choice = choose([scored(1, 0.9)], budget=budget, announcements=announcements, threshold=0)
    assert (choice.picks, choice.cap, choice.passed) == ((), 0, 1)


def test_negative_budget_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        choose([], budget=-1, announcements=1, threshold=0)


@given(
    st.lists(st.floats(0, 1), max_size=30),
    st.integers(0, 5),
    st.integers(0, 3),
    st.floats(0, 1),
    st.randoms(use_true_random=False),
)
def test_every_candidate_is_shown_once_whatever_their_order(
    probabilities: list[float],
    budget: int,
    announcements: int,
    threshold: float,
    shuffle: object,
) -> None:
    candidates = [scored(n, p) for n, p in enumerate(probabilities)]
    choice = choose(candidates, budget=budget, announcements=announcements, threshold=threshold)
    shuffle.shuffle(candidates)  # type: ignore[attr-defined]
    assert choose(candidates, budget=budget, announcements=announcements, threshold=threshold) == choice
    shown = choice.picks + choice.rest
    assert sorted(pick.scored.paper.id for pick in shown) == sorted(one.paper.id for one in candidates)
    assert len(choice.picks) == min(choice.cap, choice.passed)
    assert all(pick.scored.probability >= threshold for pick in choice.picks)


def test_what_the_reader_knows_costs_no_budget_and_a_withdrawn_paper_comes_last() -> None:
    known = replace(scored(1, 0.9), known="papers.md:3")
    gone = scored(2, 0.8)
    gone = replace(gone, paper=replace(gone.paper, comment="This paper has been withdrawn."))
    choice = choose([known, gone, scored(3, 0.7), scored(4, 0.6)], budget=1, announcements=1, threshold=0.5)
    assert ids(choice.picks) == ["3"]
    assert ids(choice.rest) == ["4", "2"]
    assert choice.known == (known,)
    assert choice.passed == 2
