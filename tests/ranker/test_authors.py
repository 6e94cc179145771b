"""Who wrote a paper, and a reader who comes back to the same people."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from triage.papers import ArxivId, Example, Paper
from triage.ranker.authors import author_features
from triage.ranker.model import TrainedModel
from triage.ranker.training import train

SUBJECTS = ["parsing trees", "speech sounds", "legal texts", "medical notes", "old poems"]


def paper(number: int, *authors: str, day: int = 0) -> Paper:
    rng = random.Random(number)
    return Paper(
        id=ArxivId(f"2401.{number:05d}"),
        title=f"About {rng.choice(SUBJECTS)}",
        abstract=f"What {rng.choice(SUBJECTS)} have to do with {rng.choice(SUBJECTS)} and how.",
        authors=authors,
        categories=("cs.CL",),
        announced=date(2024, 1, 1) + timedelta(days=day),
    )


def alike(first: Paper, second: Paper) -> float:
    return float((author_features([first]) @ author_features([second]).T).toarray()[0, 0])


def test_papers_are_alike_by_the_authors_they_share() -> None:
    assert alike(paper(1, "Ann Lee", "Bo Ek"), paper(2, "Bo Ek", "Cy Dahl")) == pytest.approx(0.5)
    assert alike(paper(1, "Ann Lee"), paper(2, "Bo Ek")) == 0
    assert alike(paper(1), paper(2)) == 0


@pytest.mark.parametrize("written", ["ANN LEE", " Ann  Lee ", "\uff21nn Lee"])
def test_a_name_is_the_same_however_it_is_set(written: str) -> None:
    assert alike(paper(1, "Ann Lee"), paper(2, written)) == pytest.approx(1)


def test_half_a_name_is_another_name() -> None:
    assert alike(paper(1, "Ann Lee"), paper(2, "Ann", "Lee")) == 0


def test_an_author_named_twice_counts_once() -> None:
    assert alike(paper(1, "Ann Lee", "Ann Lee"), paper(2, "Ann Lee")) == pytest.approx(1)


def test_of_an_endless_list_of_authors_only_the_first_are_read() -> None:
    assert author_features([paper(1, *(f"Author {n}" for n in range(50_000)))]).nnz <= 200


def reader_of_ann_and_wei() -> TrainedModel:
    """Noted five papers by Ann Lee, whom nobody else saw, and five by Wei Wang, of whom there are many."""
    background = [
        paper(20 * day + k, "Wei Wang" if k < 8 else f"Stranger {day} {k}", day=day)
        for day in range(40)
        for k in range(20)
    ]
    noted = [paper(5000 + n, "Ann Lee" if n < 5 else "Wei Wang", day=n) for n in range(10)]
    return train([Example(one) for one in noted], background)


def test_whose_papers_were_noted_ranks_higher() -> None:
    model = reader_of_ann_and_wei()
    by_ann, by_ann_and_others, by_nobody = (
        replace(paper(9000), id=ArxivId(f"2403.0000{n}"), authors=authors)
        for n, authors in enumerate([("Ann Lee",), ("Ann Lee", "X Y", "Z Q"), ("X Y", "Z Q", "U V")])
    )
    scores = {one.paper.id: one.score for one in model.score([by_ann, by_ann_and_others, by_nobody])}
    assert scores[by_ann.id] > scores[by_nobody.id] + 0.5
    assert scores[by_ann.id] > scores[by_ann_and_others.id] > scores[by_nobody.id]


def test_a_name_that_many_bear_says_nothing() -> None:
    by_wei = author_features([paper(1, "Wei Wang")])
    by_ann = author_features([paper(1, "Ann Lee")])
    odds = reader_of_ann_and_wei().ranker.coef_.authors
    assert (by_ann @ odds)[0] > 1
    assert (by_wei @ odds)[0] < 0.2


def test_an_author_of_negatives_counts_less() -> None:
    background = [paper(20 * day + k, f"Stranger {day} {k}", day=day) for day in range(40) for k in range(20)]
    noted = [Example(paper(5000 + n, "Ann Lee" if n < 2 else f"Noted {n}", day=n)) for n in range(10)]
    negatives = [Example(paper(6000 + n, "Ann Lee", day=n), relevant=False) for n in range(4)]
    by_ann = author_features([paper(1, "Ann Lee")])
    before, after = (train(examples, background) for examples in (noted, noted + negatives))
    assert (by_ann @ after.ranker.coef_.authors)[0] < (by_ann @ before.ranker.coef_.authors)[0]


def test_names_survive_the_disk() -> None:
    model = reader_of_ann_and_wei()
    today = [paper(9000 + n, *authors) for n, authors in enumerate([("Ann Lee",), ("Wei Wang",), ("X Y",)])]
    loaded = TrainedModel.from_bytes(model.to_bytes(), model.manifest)
    assert loaded.score(today) == model.score(today)
