"""What makes a feed or an answer doubtful: decisions over plain values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.listing.conftest import TUESDAY
from tests.listing.papers import papers_of
from triage.listing.anomaly_checks import (
    INDEX_LAG,
    Anomaly,
    expected_size,
    feed_anomalies,
    held_back,
    index_lags,
    size_anomaly,
    was_deferred,
)
from triage.listing.calendar import announcement_time
from triage.listing.feed import Feed
from triage.papers import AnnounceType, ArxivId, ListedPaper

PAPERS = [replace(paper, categories=("cs.AI", "cs.CL")) for paper in papers_of(TUESDAY, 10)]
OTHERS = tuple(ListedPaper(replace(paper, categories=("cs.CV",))) for paper in PAPERS)
FEED = Feed(
    category="cs.CL",
    day=TUESDAY,
    items=tuple(ListedPaper(paper) for paper in PAPERS),
    truncated=False,
)


def known(count: int) -> set[ArxivId]:
    return {paper.id for paper in PAPERS[:count]}


@pytest.mark.parametrize(
    ("changes", "known_ids", "anomalies"),
    [
        ({}, set(), ()),
        ({}, known(4), ()),
        ({}, known(5), (Anomaly.STALE,)),
        ({}, known(10), (Anomaly.STALE,)),
        ({"day": None}, set(), ()),
        ({"day": date(2025, 6, 2)}, set(), (Anomaly.OTHER_DAY,)),
        ({"category": "cs.CV"}, set(), (Anomaly.OTHER_CATEGORY,)),
        ({"category": "cs.AI, cs.CL"}, set(), ()),
        ({"category": "News"}, set(), ()),
        ({"items": OTHERS}, set(), (Anomaly.OTHER_CATEGORY,)),
        ({"items": ()}, set(), (Anomaly.EMPTY,)),
        ({"truncated": True}, set(), (Anomaly.CUT,)),
        ({"unreadable": ("item 3: no arXiv id",)}, set(), (Anomaly.UNREADABLE,)),
        ({"items": (), "day": date(2025, 6, 2)}, set(), (Anomaly.OTHER_DAY, Anomaly.EMPTY)),
    ],
)
def test_a_feeds_anomalies_are_found(
    changes: dict[str, object], known_ids: set[ArxivId], anomalies: tuple[Anomaly, ...]
) -> None:
    assert feed_anomalies(replace(FEED, **changes), "cs.CL", TUESDAY, known_ids) == anomalies  # type: ignore[arg-type]


def test_replacements_of_known_papers_are_no_anomaly() -> None:
    items = tuple(replace(item, announce_type=AnnounceType.REPLACE) for item in FEED.items)
    assert feed_anomalies(replace(FEED, items=items), "cs.CL", TUESDAY, known(10)) == ()


def test_either_name_of_a_category_will_do() -> None:
    items = tuple(ListedPaper(replace(paper, categories=("eess.SY",))) for paper in PAPERS)
    assert feed_anomalies(replace(FEED, category="eess.SY", items=items), "cs.SY", TUESDAY, set()) == ()


@pytest.mark.parametrize(
    ("new", "expected", "odd"),
    [
        (100, 100.0, None),
        (40, 100.0, None),
        (39, 100.0, Anomaly.TOO_FEW),
        (250, 100.0, None),
        (251, 100.0, Anomaly.TOO_MANY),
        (0, 5.0, Anomaly.TOO_FEW),
        (0, 4.9, None),
        (0, None, None),
        (10_000, None, None),
    ],
)
def test_a_size_is_odd_when_far_from_the_usual(new: int, expected: float | None, odd: Anomaly | None) -> None:
    assert size_anomaly(new, expected) is odd


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-06-03", 50.0),
        ("2025-06-02", 50.0),  # a Monday: the weekend before has no listings anyway
        ("2024-01-17", 100.0),  # after a holiday's evening
        ("2024-12-30", 150.0),  # after two, and a weekend
    ],
)
def test_more_is_expected_after_holidays(day: str, expected: float) -> None:
    assert expected_size(50.0, date.fromisoformat(day)) == expected
    assert expected_size(None, date.fromisoformat(day)) is None


AT = announcement_time(TUESDAY)


@pytest.mark.parametrize(
    ("now", "found", "in_feeds", "expected", "lags"),
    [
        (AT + timedelta(hours=6), 10, 10, None, False),
        (AT + timedelta(hours=6), 7, 10, None, True),
        (AT + timedelta(hours=6), 0, 2, None, True),
        (AT + timedelta(hours=6), 10, 0, None, True),  # nothing to compare with
        (AT + timedelta(hours=6), 10, 0, 12.0, False),
        (AT + timedelta(hours=6), 3, 0, 12.0, True),
        (AT + INDEX_LAG, 0, 10, 12.0, False),
    ],
)
def test_an_index_lags_when_it_lacks_what_is_known(
    now: datetime, found: int, in_feeds: int, expected: float | None, lags: bool
) -> None:
    verdict = index_lags(
        TUESDAY,
        now,
        found=known(found),
        in_feeds=[paper.id for paper in PAPERS[:in_feeds]],
        expected=expected,
    )
    assert verdict is lags


ALL = {paper.id for paper in PAPERS}


@pytest.mark.parametrize(("elsewhere", "deferred"), [(10, True), (9, True), (8, False), (0, False)])
def test_a_day_was_put_off_when_its_papers_came_with_another(elsewhere: int, deferred: bool) -> None:
    assert was_deferred(ALL, ALL - known(elsewhere)) is deferred


def test_a_day_without_papers_was_not_put_off() -> None:
    assert not was_deferred(set(), set())


def test_a_day_with_papers_of_an_earlier_one_was_not_put_off() -> None:
    held = {ArxivId("2505.00001"), ArxivId("2505.00002")}
    assert not was_deferred(ALL, held)


def test_what_a_well_known_day_lacks_was_held_back() -> None:
    assert held_back(PAPERS, known(9)) == PAPERS[9:]


def test_a_day_that_is_not_well_known_says_nothing() -> None:
    assert held_back(PAPERS, known(5)) == []
    assert held_back(PAPERS, set()) == []


@given(st.integers(0, 10), st.integers(0, 10))
def test_known_papers_are_never_held_back(first: int, second: int) -> None:
    yesterday = papers_of(date(2025, 6, 2), 10)
    known_ids = known(first) | {paper.id for paper in yesterday[:second]}
    assert not {paper.id for paper in held_back([*PAPERS, *yesterday], known_ids)} & known_ids
