"""Announcements from arXiv's three sources, on good days and bad ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from tests.fake_arxiv import FakeArxiv, FakeClock, Kind
from tests.listing.conftest import TUESDAY, oai_source
from tests.listing.papers import held, papers_of
from triage.listing.api import ApiSource
from triage.listing.calendar import EASTERN, listing_days
from triage.listing.client import Client
from triage.listing.feed import fetch_feed
from triage.listing.fetch import (
    Fetcher,
    ListingCriteria,
    Sources,
)
from triage.listing.merge import ids_of
from triage.papers import AnnouncementState, AnnounceType, ArxivId, Listing

MONDAY, FRIDAY = date(2025, 6, 2), date(2025, 5, 30)
WANTED = ("cs.CL", "cs.AI")
COMPLETE, EMPTY = AnnouncementState.COMPLETE, AnnouncementState.EMPTY
RECOVERED, FAILED = AnnouncementState.RECOVERED, AnnouncementState.FAILED

Fetch = Callable[..., Listing]


def sources_of(arxiv: FakeArxiv, client: Client) -> Sources:
    oai = oai_source(client, arxiv.oai_url)
    return Sources(
        feed=partial(fetch_feed, client, arxiv.feed_url),
        api=ApiSource(client, arxiv.api_url).by_window,
        oai=oai.by_window,
        listing_days=oai.listing_days,
    )


@pytest.fixture
def arxiv(clock: FakeClock) -> Iterator[FakeArxiv]:
    """Three weeks of papers, twenty a day, the newest on Tuesday 2025-06-03."""
    days = listing_days(date(2025, 5, 14), TUESDAY)
    with FakeArxiv([paper for day in days for paper in papers_of(day, 20)], clock=clock) as server:
        yield server


@pytest.fixture
def fetch(arxiv: FakeArxiv, client: Client, clock: FakeClock) -> Fetch:
    def run(day: date = TUESDAY, **changes: object) -> Listing:
        now = changes.pop("now", clock.now())
        criteria = replace(criteria_for(known_before(arxiv, TUESDAY)), **changes)  # type: ignore[arg-type]
        return Fetcher(criteria, sources_of(arxiv, client), now).announcement(day)[0]  # type: ignore[arg-type]

    return run


def every_weekday(size: float) -> dict[int, float]:
    return dict.fromkeys(range(5), size)


def criteria_for(known: set[ArxivId]) -> ListingCriteria:
    return ListingCriteria(WANTED, cross_lists=True, known_ids=known, typical_sizes=every_weekday(13.0))


def known_before(arxiv: FakeArxiv, day: date) -> set[ArxivId]:
    return {identifier for identifier, paper in arxiv.world.papers.items() if paper.announced < day}  # type: ignore[operator]


def truth(arxiv: FakeArxiv, day: date, *kinds: AnnounceType) -> set[ArxivId]:
    return {
        item.paper.id for item in arxiv.world.listing(day, WANTED) if not kinds or item.announce_type in kinds
    }


def ids(fetched: Listing) -> set[ArxivId]:
    assert len({item.paper.id for item in fetched.items}) == len(fetched.items)
    return {item.paper.id for item in fetched.items}


def test_a_good_day_costs_one_request_a_category(fetch: Fetch, arxiv: FakeArxiv, clock: FakeClock) -> None:
    fetched = fetch()
    new, cross = truth(arxiv, TUESDAY, AnnounceType.NEW), truth(arxiv, TUESDAY, AnnounceType.CROSS)
    announcement = fetched.announcement
    assert (announcement.state, announcement.source, announcement.reason) == (COMPLETE, "feed", "")
    assert (announcement.new, announcement.cross, announcement.replaced) == (len(new), len(cross), 0)
    assert announcement.checked_at is not None
    assert ids(fetched) == new | cross
    assert [request.path for request in arxiv.requests] == ["/rss/cs.CL", "/rss/cs.AI"]


def test_all_papers_of_the_day_carry_it(fetch: Fetch) -> None:
    assert {item.paper.announced for item in fetch().items} == {TUESDAY}


def test_replacements_are_listed_and_never_new(fetch: Fetch, arxiv: FakeArxiv) -> None:
    old = sorted(truth(arxiv, FRIDAY))[:4]
    for identifier in old:
        arxiv.world.replace(identifier, TUESDAY)
    fetched = fetch()
    replaced = {item.paper.id for item in fetched.items if item.announce_type.is_replacement}
    assert replaced == set(old)
    assert fetched.announcement.replaced == 4
    assert {item.paper.version for item in fetched.items if item.announce_type.is_replacement} == {2}


@pytest.mark.parametrize("day", [date(2025, 6, 7), date(2025, 6, 8), date(2025, 6, 20), date(2024, 1, 16)])
def test_a_day_without_announcement_is_empty_without_a_request(
    fetch: Fetch, arxiv: FakeArxiv, day: date
) -> None:
    announcement = fetch(day).announcement
    assert announcement.state is EMPTY
    assert announcement.reason
    assert arxiv.requests == []


def test_an_assumed_holiday_is_called_so(fetch: Fetch) -> None:
    reason = fetch(date(2027, 1, 19)).announcement.reason
    assert "assumed" in reason


def test_a_listing_that_is_not_out_yet_is_due(fetch: Fetch, arxiv: FakeArxiv) -> None:
    evening = datetime(2025, 6, 2, 20, 30, tzinfo=EASTERN)
    assert fetch(now=evening).announcement.state is AnnouncementState.DUE
    assert arxiv.requests == []


@pytest.mark.parametrize(
    ("kind", "value", "anomaly"),
    [
        (Kind.EMPTY, None, "is empty on a working day"),
        (Kind.STALE, MONDAY, "repeats papers of an earlier announcement"),
        (Kind.STATUS, 404, "could not be fetched"),
        (Kind.WRONG_FEED, "hep-th", "is of another category"),
        (Kind.WRONG_ITEMS, "hep-th", "is of another category"),
    ],
)
def test_useless_feeds_are_recovered_from_the_api(
    fetch: Fetch, arxiv: FakeArxiv, kind: Kind, value: object, anomaly: str
) -> None:
    arxiv.faults.add(kind, "feed", times=None, value=value)
    fetched = fetch()
    assert (fetched.announcement.state, fetched.announcement.source) == (RECOVERED, "api")
    assert f"the feed of cs.CL {anomaly}" in fetched.announcement.reason
    assert ids(fetched) == truth(arxiv, TUESDAY)


@pytest.mark.parametrize(
    ("kind", "value", "anomaly"),
    [
        (Kind.CUT, 2, "has far fewer new papers than usual"),
        (Kind.THIN, 0.1, "has far fewer new papers than usual"),
        (Kind.EMPTY, None, "is empty on a working day"),
        (Kind.STALE, MONDAY, "repeats papers"),
        (Kind.STATUS, 404, "could not be fetched"),
        (Kind.WRONG_FEED, "hep-th", "is of another category"),
        (Kind.WRONG_ITEMS, "hep-th", "is of another category"),
    ],
)
def test_a_spoiled_feed_among_good_ones_is_completed(
    fetch: Fetch, arxiv: FakeArxiv, kind: Kind, value: object, anomaly: str
) -> None:
    arxiv.faults.add(kind, "feed", times=2 if "fewer" in anomaly else 1, value=value)
    fetched = fetch()
    assert fetched.announcement.state is COMPLETE
    assert anomaly in fetched.announcement.reason
    assert ids(fetched) == truth(arxiv, TUESDAY)
    assert set(ids_of(fetched.items, AnnounceType.NEW)) == truth(arxiv, TUESDAY, AnnounceType.NEW)


def test_a_feed_at_the_limit_is_filled_up(client: Client, clock: FakeClock) -> None:
    earlier = [*papers_of(FRIDAY, 990), *papers_of(MONDAY, 990), *papers_of(date(2025, 5, 29), 990)]
    with FakeArxiv([*earlier, *papers_of(TUESDAY, 990)], clock=clock) as arxiv:
        for paper in earlier:
            arxiv.world.replace(paper.id, TUESDAY)
        criteria = ListingCriteria(("cs.CL",), cross_lists=True, known_ids=known_before(arxiv, TUESDAY))
        (fetched,) = Fetcher(criteria, sources_of(arxiv, client), clock.now()).announcement(TUESDAY)
        new = {item.paper.id for item in arxiv.world.listing(TUESDAY, ["cs.CL"]) if item.paper.version == 1}
    assert "the feed of cs.CL is cut at its largest size; the API has" in fetched.announcement.reason
    assert new <= ids(fetched)
    assert fetched.announcement.new + fetched.announcement.cross == len(new)


@pytest.mark.parametrize(("typical", "state"), [(5.0, COMPLETE), (60.0, FAILED)])
def test_without_a_cross_check_a_listing_may_be_too_long_but_not_too_short(
    fetch: Fetch, arxiv: FakeArxiv, typical: float, state: AnnouncementState
) -> None:
    for where in ("api", "oai"):
        arxiv.faults.add(Kind.STATUS, where, times=None, value=404)
    fetched = fetch(typical_sizes=every_weekday(typical))
    assert fetched.announcement.state is state
    assert "new papers than usual" in fetched.announcement.reason
    assert "HTTP 404" in fetched.announcement.reason


@pytest.mark.parametrize("fault", [None, Kind.STATUS])
def test_one_category_has_two_names(client: Client, clock: FakeClock, fault: Kind | None) -> None:
    papers = [replace(one, categories=("math.MP", "math-ph")) for one in papers_of(TUESDAY, 20)]
    with FakeArxiv(papers, clock=clock) as arxiv:
        if fault:
            arxiv.faults.add(fault, "feed", times=None, value=404)
        criteria = replace(criteria_for(set()), categories=("math-ph",), cross_lists=False)
        fetched = Fetcher(criteria, sources_of(arxiv, client), clock.now()).announcement(TUESDAY)[0]
    assert fetched.announcement.state is (RECOVERED if fault else COMPLETE)
    assert (fetched.announcement.new, fetched.announcement.cross) == (20, 0)


def test_every_author_of_a_feed_is_kept(fetch: Fetch, arxiv: FakeArxiv) -> None:
    arxiv.faults.add(Kind.CREATORS, "feed", times=None)
    authors = {item.paper.authors for item in fetch().items}
    assert ("Kurt Gödel", "Émilie du Châtelet") in authors
    assert ("Chien-Shiung Wu", "J. R. R. Tolkien") in authors


def test_a_day_on_which_nothing_answers_has_failed(fetch: Fetch, arxiv: FakeArxiv) -> None:
    arxiv.faults.add(Kind.STATUS, times=None, value=404)
    fetched = fetch()
    assert (fetched.announcement.state, fetched.items) == (FAILED, ())
    assert "HTTP 404" in fetched.announcement.reason


def test_oai_stands_in_for_the_api(fetch: Fetch, arxiv: FakeArxiv) -> None:
    arxiv.faults.add(Kind.EMPTY, "feed", times=None)
    arxiv.faults.add(Kind.STATUS, "api", times=None, value=404)
    fetched = fetch()
    assert (fetched.announcement.state, fetched.announcement.source) == (RECOVERED, "oai")
    assert ids(fetched) == truth(arxiv, TUESDAY)


@pytest.mark.parametrize("kind", [Kind.EMPTY, Kind.STALE])
def test_a_useless_feed_and_an_index_that_lags_have_failed(
    fetch: Fetch, arxiv: FakeArxiv, kind: Kind
) -> None:
    arxiv.faults.add(kind, "feed", times=None, value=MONDAY)
    arxiv.faults.add(Kind.LAG, "api", times=None, value=timedelta(hours=14))
    fetched = fetch()
    assert (fetched.announcement.state, fetched.items) == (FAILED, ())
    assert "perhaps it is too early" in fetched.announcement.reason


def test_an_index_that_lags_cant_vouch_for_a_thin_feed(fetch: Fetch, arxiv: FakeArxiv) -> None:
    arxiv.faults.add(Kind.CUT, "feed", times=None, value=2)
    arxiv.faults.add(Kind.LAG, "api", times=None, value=timedelta(hours=14))
    assert fetch().announcement.state is FAILED


def test_the_next_try_completes_what_had_failed(fetch: Fetch, arxiv: FakeArxiv, clock: FakeClock) -> None:
    arxiv.faults.add(Kind.EMPTY, "feed", times=None)
    arxiv.faults.add(Kind.LAG, "api", times=None, value=timedelta(hours=14))
    assert fetch().announcement.state is FAILED
    clock.sleep(6 * 3600)
    fetched = fetch(now=clock.now())
    assert fetched.announcement.state is RECOVERED
    assert ids(fetched) == truth(arxiv, TUESDAY)


def test_a_quiet_category_may_be_empty_while_others_are_not(fetch: Fetch, arxiv: FakeArxiv) -> None:
    fetched = fetch(categories=("cs.CL", "math.AG"))
    assert fetched.announcement.state is COMPLETE
    assert fetched.announcement.reason == "the feed of math.AG is empty on a working day; the API has 0 more"


def test_where_next_to_nothing_is_usual_nothing_is_believed(fetch: Fetch) -> None:
    fetched = fetch(categories=("math.AG",), typical_sizes=every_weekday(0.7))
    assert (fetched.announcement.state, fetched.announcement.new) == (COMPLETE, 0)


def test_where_nothing_is_known_of_the_usual_nothing_is_not_believed(fetch: Fetch) -> None:
    assert fetch(categories=("math.AG",), typical_sizes={}).announcement.state is FAILED


def test_cross_lists_are_left_out_when_not_wanted(fetch: Fetch, arxiv: FakeArxiv) -> None:
    fetched = fetch(cross_lists=False)
    assert ids(fetched) == truth(arxiv, TUESDAY, AnnounceType.NEW)
    assert fetched.announcement.cross == 0


def test_a_missed_day_is_recovered_from_the_api(fetch: Fetch, arxiv: FakeArxiv) -> None:
    known = known_before(arxiv, MONDAY) | truth(arxiv, TUESDAY)
    fetched = fetch(MONDAY, known_ids=known)
    assert (fetched.announcement.state, fetched.announcement.source) == (RECOVERED, "api")
    assert ids(fetched) == truth(arxiv, MONDAY)
    assert {item.paper.announced for item in fetched.items} == {MONDAY}
    # OAI-PMH, one category a request, knows when each was announced.
    assert [request.where for request in arxiv.requests] == ["api", "oai", "oai"]


def test_a_missed_day_whose_papers_came_later_was_put_off(fetch: Fetch, arxiv: FakeArxiv) -> None:
    known = known_before(arxiv, TUESDAY)
    fetched = fetch(MONDAY, known_ids=known)
    assert (fetched.announcement.state, fetched.items) == (EMPTY, ())
    assert "put it off" in fetched.announcement.reason


def test_a_missed_day_of_which_nothing_is_known_has_failed(fetch: Fetch, arxiv: FakeArxiv) -> None:
    arxiv.faults.add(Kind.EMPTY, "api", times=None)
    fetched = fetch(MONDAY, known_ids=set())
    assert (fetched.announcement.state, fetched.announcement.reason) == (
        FAILED,
        "the API knows no papers for it",
    )


def test_papers_that_moderators_held_are_found_too(client: Client, clock: FakeClock) -> None:
    friday, monday = papers_of(FRIDAY, 20), papers_of(MONDAY, 20)
    late = held(friday[7], MONDAY)
    with FakeArxiv([*friday[:7], late, *friday[8:], *monday], clock=clock) as arxiv:
        known = {paper.id for paper in friday} - {late.id}
        (fetched,) = Fetcher(criteria_for(known), sources_of(arxiv, client), clock.now()).announcement(MONDAY)
        assert ids(fetched) == truth(arxiv, MONDAY)
    assert late.id in ids(fetched)


def test_two_weeks_away_are_caught_up_with_one_search(
    arxiv: FakeArxiv, client: Client, clock: FakeClock
) -> None:
    days = listing_days(date(2025, 5, 19), MONDAY)
    criteria = criteria_for(known_before(arxiv, days[0]))
    fetched = Fetcher(criteria, sources_of(arxiv, client), clock.now()).missed(days)
    assert [one.announcement.day for one in fetched] == days
    assert {one.announcement.state for one in fetched} == {RECOVERED}
    assert all(ids(one) == truth(arxiv, one.announcement.day) for one in fetched)
    assert {request.where for request in arxiv.requests} == {"oai"}  # a long gap
    assert len(arxiv.requests) == len(WANTED)


def test_a_few_missed_days_are_searched_in_the_api(
    arxiv: FakeArxiv, client: Client, clock: FakeClock
) -> None:
    days = listing_days(date(2025, 5, 28), MONDAY)
    criteria = criteria_for(known_before(arxiv, days[0]))
    fetched = Fetcher(criteria, sources_of(arxiv, client), clock.now()).missed(days)
    assert all(ids(one) == truth(arxiv, one.announcement.day) for one in fetched)
    assert [request.where for request in arxiv.requests] == ["api", "oai", "oai"]


def test_of_missed_days_a_held_paper_comes_with_the_one_it_was_announced_on(
    client: Client, clock: FakeClock
) -> None:
    thursday = date(2025, 5, 29)
    earlier, friday, monday = papers_of(thursday, 20), papers_of(FRIDAY, 20), papers_of(MONDAY, 20)
    held_papers = [held(earlier[3], MONDAY), held(friday[7], MONDAY), held(monday[9], TUESDAY)]
    on_time = [one for one in (*earlier, *friday, *monday) if one.id not in {late.id for late in held_papers}]
    with FakeArxiv([*on_time, *held_papers, *papers_of(TUESDAY, 20)], clock=clock) as arxiv:
        criteria = criteria_for(known_before(arxiv, FRIDAY))
        fetched = Fetcher(criteria, sources_of(arxiv, client), clock.now()).missed([FRIDAY, MONDAY])
        assert [one.announcement.source for one in fetched] == ["api", "api"]
        assert [ids(one) for one in fetched] == [truth(arxiv, FRIDAY), truth(arxiv, MONDAY)]
        assert {item.paper.announced for item in fetched[1].items} == {MONDAY}


def test_without_oai_held_papers_come_with_the_first_missed_day(client: Client, clock: FakeClock) -> None:
    earlier = papers_of(date(2025, 5, 29), 20)
    late = held(earlier[3], MONDAY)
    papers = [*earlier[:3], late, *earlier[4:], *papers_of(FRIDAY, 20), *papers_of(MONDAY, 20)]
    with FakeArxiv(papers, clock=clock) as arxiv:
        arxiv.faults.add(Kind.STATUS, "oai", times=None, value=404)
        criteria = criteria_for(known_before(arxiv, FRIDAY))
        friday, monday = Fetcher(criteria, sources_of(arxiv, client), clock.now()).missed([FRIDAY, MONDAY])
        assert ids(friday) == truth(arxiv, FRIDAY) | {late.id}
        assert ids(monday) == truth(arxiv, MONDAY) - {late.id}


def test_missed_days_without_listing_are_named_as_such(
    arxiv: FakeArxiv, client: Client, clock: FakeClock
) -> None:
    days = [date(2025, 5, 30) + timedelta(days=number) for number in range(4)]
    criteria = ListingCriteria(WANTED, cross_lists=True, known_ids=set())
    states = [
        one.announcement.state
        for one in Fetcher(criteria, sources_of(arxiv, client), clock.now()).missed(days)
    ]
    assert states == [RECOVERED, EMPTY, EMPTY, RECOVERED]


def test_a_failure_names_the_category_that_does_not_exist(fetch: Fetch) -> None:
    listing = fetch(categories=("cs.CLL",))
    assert listing.announcement.state is FAILED
    assert "did you mean cs.CL?" in listing.announcement.reason


def test_missed_days_fail_together_when_nothing_answers(
    arxiv: FakeArxiv, client: Client, clock: FakeClock
) -> None:
    arxiv.faults.add(Kind.STATUS, times=None, value=404)
    criteria = ListingCriteria(WANTED, cross_lists=True, known_ids=set())
    fetched = Fetcher(criteria, sources_of(arxiv, client), clock.now()).missed([FRIDAY, MONDAY])
    assert [one.announcement.state for one in fetched] == [FAILED, FAILED]
    assert "HTTP 404" in fetched[0].announcement.reason


def test_no_days_are_no_request(arxiv: FakeArxiv, client: Client, clock: FakeClock) -> None:
    criteria = ListingCriteria(WANTED, cross_lists=True, known_ids=set())
    assert Fetcher(criteria, sources_of(arxiv, client), clock.now()).missed([]) == []
    assert arxiv.requests == []


def test_a_holiday_in_no_list_is_understood_afterwards(client: Client, clock: FakeClock) -> None:
    """arXiv puts a mailing off: that day fails, and is empty once its papers have come."""
    monday, tuesday = papers_of(MONDAY, 20), papers_of(TUESDAY, 20)
    together = [*[held(paper, TUESDAY) for paper in monday], *tuesday]
    with FakeArxiv([*papers_of(FRIDAY, 20), *together], clock=clock) as arxiv:
        sources = sources_of(arxiv, client)
        known = {paper.id for paper in papers_of(FRIDAY, 20)}
        clock.set(datetime(2025, 6, 2, 12, tzinfo=UTC))

        def fetch(day: date, known_ids: set[ArxivId]) -> Listing:
            return Fetcher(criteria_for(known_ids), sources, clock.now()).announcement(day)[0]

        assert fetch(MONDAY, known).announcement.state is FAILED
        clock.set(datetime(2025, 6, 3, 12, tzinfo=UTC))
        second = fetch(TUESDAY, known)
        assert ids(second) == truth(arxiv, TUESDAY)
        first = fetch(MONDAY, known | ids(second))
        assert (first.announcement.state, first.items) == (EMPTY, ())
