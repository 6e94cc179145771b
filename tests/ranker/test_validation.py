"""Measures compare like with like: titles are no abstracts, and papers stand among those of their day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.ranker.papers import FIRST, SUBJECTS, archive, paper
from triage.papers import ArxivId, Example
from triage.ranker.training import train

SHARED = Path(__file__).resolve().parents[3] / "shared"
SAID = "known by their titles only"


def test_how_well_titles_are_told_from_abstracts_is_no_measure() -> None:
    anything = [paper(n, sorted(SUBJECTS)[n % 5]) for n in range(200)]
    titles = [Example(replace(one, id=ArxivId(""), abstract="")) for one in anything]
    model = train(titles, archive(600))
    assert model.manifest.auc is None
    assert any(SAID in one for one in model.manifest.warnings)
    assert max(one.probability for one in model.score(archive(40, from_number=30_000))) < 0.2


def test_notes_with_abstracts_are_measured_beside_titles() -> None:
    noted = [Example(paper(500 + n, "law")) for n in range(20)]
    titles = [Example(replace(paper(900 + n, "law"), id=ArxivId(""), abstract="")) for n in range(5)]
    model = train([*noted, *titles], archive(600))
    assert model.manifest.auc is not None
    assert model.manifest.auc.value > 0.7
    assert not any(SAID in one for one in model.manifest.warnings)


def test_a_fashion_is_no_taste() -> None:
    """Notes of the first weeks only, when all papers had a word of that time, taken by chance."""
    papers = [
        replace(one, abstract=f"{one.abstract} {'fashion ' * 5 if n < 600 else ''}")
        for n, one in enumerate(archive(2_000))
    ]
    noted = papers[7:600:14]
    model = train([Example(one, labelled_on=one.announced) for one in noted], [*papers])
    assert model.manifest.auc is not None
    assert model.manifest.auc.value < 0.62


def test_a_space_holds_for_a_month() -> None:
    """What a month's papers bring is learned when the month is over, as in a backtest."""
    papers = archive(1_400)
    months = [one for one in papers if one.announced and one.announced < FIRST + timedelta(days=50)]
    noted = [Example(paper(500 + n, "law")) for n in range(5)]
    before, after = train(noted, months), train(noted, months[:-20])
    assert before.space.key_ == after.space.key_
    assert train(noted, papers).space.key_ != before.space.key_


def test_real_titles_are_not_measured_against_abstracts() -> None:
    from triage.listing.files import read_listing

    listing = SHARED / "data/listings-2025-2026.jsonl.xz"
    if not listing.exists():
        pytest.skip("needs ../shared")
    papers = []
    for one in read_listing(listing):
        papers.append(one)
        if len(papers) == 2_400:
            break
    noted = [Example(replace(one, id=ArxivId(""), abstract="")) for one in papers[::12]]
    model = train(noted, [one for n, one in enumerate(papers) if n % 12])
    assert model.manifest.auc is None
