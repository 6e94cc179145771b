"""Typing errors in categories are told from quiet categories."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from triage.listing import categories
from triage.listing.categories import CATEGORIES, category_warnings
from triage.listing.files import read_listing


def test_the_examples_in_the_documentation_are_true() -> None:
    assert doctest.testmod(categories).failed == 0


@pytest.mark.parametrize("name", ["cs.CL", "math.AG", "hep-th", "astro-ph.GA", "cond-mat.str-el", "q-bio.NC"])
def test_known_categories_give_no_warning(name: str) -> None:
    assert category_warnings([name]) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cs.LC", "cs.CL"),
        ("cs.cl", "cs.CL"),
        ("CS.LG", "cs.LG"),
        ("stat.MLL", "stat.ML"),
        ("hep-ht", "hep-th"),
    ],
)
def test_a_typing_error_is_answered_with_what_was_meant(name: str, meant: str) -> None:
    (doubt,) = category_warnings([name])
    assert doubt.endswith(f"did you mean {meant}?")


def test_all_primary_categories_of_two_real_years_are_known(data: Path) -> None:
    papers = read_listing(data / "listings-2023-2024.jsonl.xz")
    seen = {paper.primary_category for paper in papers if paper.primary_category}
    assert len(seen) > 20
    assert seen <= CATEGORIES
