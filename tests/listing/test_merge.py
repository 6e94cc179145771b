"""New, cross-listed, replaced: relative to all of the reader's categories together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.listing.conftest import TUESDAY
from tests.listing.papers import papers_of
from triage.listing.feed import Feed
from triage.listing.merge import ListingCriteria, candidates_of, merge_feeds, papers_by_day, select_from_feeds
from triage.papers import AnnounceType, ArxivId, ListedPaper, Paper

NEW, CROSS = AnnounceType.NEW, AnnounceType.CROSS
REPLACE, REPLACE_CROSS = AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS
PAPER = Paper(id=ArxivId("2506.00100"), title="T", categories=("cs.CL", "cs.AI"))
CRITERIA = ListingCriteria(("cs.CL", "cs.AI"), cross_lists=True, known_ids=frozenset())


def feed(*items: ListedPaper) -> Feed:
    return Feed(category="x", day=TUESDAY, items=items, truncated=False)


@pytest.mark.parametrize(
    ("in_cl", "in_ai", "together"),
    [
        (NEW, CROSS, NEW),
        (CROSS, NEW, NEW),
        (CROSS, CROSS, CROSS),
        (REPLACE, REPLACE_CROSS, REPLACE),
        (REPLACE_CROSS, REPLACE_CROSS, REPLACE_CROSS),
        # Replaced here and cross-listed there on the same day: it has been here before.
        (REPLACE, CROSS, REPLACE),
        (REPLACE_CROSS, CROSS, REPLACE_CROSS),
    ],
)
def test_a_paper_in_two_feeds_is_listed_once(
    in_cl: AnnounceType, in_ai: AnnounceType, together: AnnounceType
) -> None:
    merged = merge_feeds({"cs.CL": feed(ListedPaper(PAPER, in_cl)), "cs.AI": feed(ListedPaper(PAPER, in_ai))})
    assert merged == [ListedPaper(PAPER, together)]


@pytest.mark.parametrize("primary", ["cs.CL", "eess.SY"])
def test_without_its_own_feed_a_paper_of_an_own_category_is_new(primary: str) -> None:
    paper = replace(PAPER, categories=(primary, "cs.AI"))
    feeds = {"cs.AI": feed(ListedPaper(paper, CROSS))}
    assert merge_feeds(feeds, ["cs.CL", "cs.SY", "cs.AI"]) == [ListedPaper(paper, NEW)]
    with_its_own = {**feeds, "cs.CL": feed(), "cs.SY": feed()}
    assert merge_feeds(with_its_own, ["cs.CL", "cs.SY", "cs.AI"]) == [ListedPaper(paper, CROSS)]


def test_a_paper_twice_in_one_feed_is_listed_once() -> None:
    assert len(merge_feeds({"cs.CL": feed(ListedPaper(PAPER, CROSS), ListedPaper(PAPER, NEW))})) == 1


def test_a_new_paper_without_categories_is_at_home_in_its_feed() -> None:
    bare = replace(PAPER, categories=())
    new, cross = merge_feeds(
        {"cs.CL": feed(ListedPaper(bare, NEW), ListedPaper(replace(bare, id=ArxivId("2506.00101")), CROSS))}
    )
    assert (new.paper.categories, cross.paper.categories) == (("cs.CL",), ())


def test_new_papers_get_the_listing_day() -> None:
    (item,) = select_from_feeds([ListedPaper(PAPER, NEW)], TUESDAY, CRITERIA)
    assert item.paper.announced == TUESDAY


@pytest.mark.parametrize(
    ("identifier", "of_today"), [("2506.00101", True), ("2505.09999", False), ("hep-th/9901001", False)]
)
def test_a_cross_list_is_of_today_when_its_id_is_among_the_new_ones(identifier: str, of_today: bool) -> None:
    cross = ListedPaper(replace(PAPER, id=ArxivId(identifier)), CROSS)
    _, item = select_from_feeds([ListedPaper(PAPER, NEW), cross], TUESDAY, CRITERIA)
    assert item.paper.announced == (TUESDAY if of_today else None)


def test_what_came_with_another_announcement_is_not_sold_again() -> None:
    criteria = replace(CRITERIA, known_ids={PAPER.id})
    assert select_from_feeds([ListedPaper(PAPER, NEW), ListedPaper(PAPER, CROSS)], TUESDAY, criteria) == []
    assert select_from_feeds([ListedPaper(PAPER, REPLACE)], TUESDAY, criteria) == [
        ListedPaper(PAPER, REPLACE)
    ]


def test_cross_lists_are_left_out_when_not_wanted() -> None:
    criteria = replace(CRITERIA, cross_lists=False)
    items = [ListedPaper(PAPER, kind) for kind in (CROSS, REPLACE_CROSS)]
    assert [item.announce_type for item in select_from_feeds(items, TUESDAY, criteria)] == [REPLACE_CROSS]
    elsewhere = replace(PAPER, categories=("stat.ML", "cs.CL"))
    assert candidates_of([elsewhere], criteria) == []
    assert candidates_of([elsewhere], CRITERIA) == [ListedPaper(elsewhere, CROSS)]


FRIDAY, MONDAY = date(2025, 5, 30), date(2025, 6, 2)


def test_papers_are_distributed_by_the_day_of_their_submission() -> None:
    papers = [*papers_of(MONDAY, 3), *papers_of(TUESDAY, 2)]
    assert papers_by_day(papers, [MONDAY, TUESDAY], {}, set()) == {MONDAY: papers[:3], TUESDAY: papers[3:]}


def test_a_known_announcement_day_is_used() -> None:
    first, second, third = papers_of(MONDAY, 3)
    told = {first.id: TUESDAY, second.id: date(2025, 6, 4)}
    shared = papers_by_day([first, second, third], [MONDAY, TUESDAY], told, set())
    # The second comes with the announcement of Wednesday.
    assert shared == {MONDAY: [third], TUESDAY: [replace(first, announced=TUESDAY)]}


def test_a_held_paper_is_with_its_known_day_or_else_the_first() -> None:
    friday = papers_of(FRIDAY, 12)
    known = {paper.id for paper in friday[2:]}
    shared = papers_by_day(friday, [MONDAY, TUESDAY], {friday[0].id: TUESDAY}, known)
    assert shared == {
        MONDAY: [replace(friday[1], announced=MONDAY)],
        TUESDAY: [replace(friday[0], announced=TUESDAY)],
    }
