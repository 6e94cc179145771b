"""The circuit breaker: failing services are asked less and less, each for itself."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fake_arxiv import FakeArxiv, FakeClock, Kind
from tests.listing.conftest import TUESDAY, MakeClient, oai_source
from triage.listing.api import ApiSource
from triage.listing.circuit_breaker import CircuitBreaker, service_of
from triage.listing.client import Client, RequestError
from triage.listing.feed import fetch_feed
from triage.listing.fetch import Fetcher, Sources
from triage.listing.merge import ListingCriteria
from triage.papers import AnnouncementState


@given(st.lists(st.tuples(st.floats(-10, 1e6), st.booleans()), max_size=20))
def test_failing_calls_never_cost_more_than_allowed(calls: list[tuple[float, bool]]) -> None:
    breaker = CircuitBreaker(900)
    spent = 0.0
    for wanted, down in calls:
        if breaker.open_reason("s"):
            break
        took = min(wanted, breaker.seconds_left("s"))
        spent += max(0.0, took)
        breaker.record_failure("s", took, "HTTP 503", down=down)
    assert spent <= 900 + 1e-6


def test_two_failed_calls_in_a_row_are_enough() -> None:
    breaker = CircuitBreaker(900)
    breaker.record_failure("s", 60, "HTTP 503", down=True)
    assert breaker.open_reason("s") == ""
    breaker.record_failure("s", 60, "HTTP 502", down=True)
    assert breaker.open_reason("s") == "not asked, since s had no usable answer for 2 minutes (HTTP 502)"


def test_a_usable_answer_closes_the_circuit() -> None:
    breaker = CircuitBreaker(900)
    for _ in range(100):
        breaker.record_failure("s", 800, "HTTP 503", down=True)
        breaker.record_success("s")
    assert breaker.seconds_left("s") == 900
    assert breaker.open_reason("s") == ""


def test_a_plain_no_is_no_sign_of_trouble() -> None:
    breaker = CircuitBreaker(900)
    for _ in range(50):
        breaker.record_failure("s", 3, "HTTP 404", down=False)
    assert breaker.open_reason("s") == ""


def test_services_of_one_server_stand_for_themselves() -> None:
    breaker = CircuitBreaker(900)
    feed, api = (
        service_of("http://localhost:8765/rss/cs.CL"),
        service_of("http://localhost:8765/api/query?x=1"),
    )
    breaker.record_failure(feed, 1000, "HTTP 503", down=True)
    assert breaker.open_reason(feed)
    assert breaker.open_reason(api) == ""
    assert service_of("http://localhost:8765/rss/cs.AI") == feed


@pytest.mark.parametrize(
    "url", ["http://h", "http://h/", "http://h?x", "http://[::1]:8080/a/b", "http://u:p@h/a"]
)
def test_every_address_has_a_service(url: str) -> None:
    assert "/" in service_of(url)
    assert "p@" not in service_of(url)


def test_a_dead_service_fails_at_once_and_says_why(
    arxiv: FakeArxiv, client: Client, clock: FakeClock
) -> None:
    arxiv.faults.add(Kind.STATUS, "feed", times=None, value=503)
    for category in ("cs.CL", "cs.AI"):
        with pytest.raises(RequestError, match="HTTP 503"):
            client.get(f"{arxiv.feed_url}/{category}")
    asked, now = len(arxiv.requests), clock.now()
    with pytest.raises(RequestError, match=r"cs\.LG: not asked, since .*/rss had no usable answer") as caught:
        client.get(f"{arxiv.feed_url}/cs.LG")
    assert (len(arxiv.requests), clock.now()) == (asked, now)
    assert (caught.value.tries, caught.value.status) == (0, None)
    assert caught.value.remedy == "Nothing is lost: the next run tries again."
    assert client.get(arxiv.api_url, {"id_list": "2506.03001"}).status == 200


def test_the_reason_stays_the_same(arxiv: FakeArxiv, client: Client) -> None:
    arxiv.faults.add(Kind.RESET, "feed", times=None)
    messages = []
    for _ in range(5):
        with pytest.raises(RequestError) as caught:
            client.get(f"{arxiv.feed_url}/cs.CL")
        messages.append(caught.value.message)
    assert messages[2] == messages[3] == messages[4]


@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.RATE_EXCEEDED, Kind.RESET, Kind.CUT_XML])
def test_a_dead_service_costs_a_quarter_of_an_hour_at_most(
    arxiv: FakeArxiv, client: Client, clock: FakeClock, kind: Kind
) -> None:
    arxiv.faults.add(kind, "feed", times=None)
    began = clock.now()
    for number in range(40):
        with pytest.raises(RequestError):
            client.get(f"{arxiv.feed_url}/cs.CL", {"n": number})
    assert clock.now() - began <= timedelta(minutes=15)


def test_long_work_that_gets_on_is_not_cut(arxiv: FakeArxiv, client: Client, clock: FakeClock) -> None:
    """Every page needs several tries, and there are hours of them."""
    began = clock.now()
    for number in range(60):
        arxiv.faults.add(Kind.STATUS, "oai", times=4, value=503)
        assert client.get(arxiv.oai_url, {"verb": "Identify", "n": number}).status == 200
    assert clock.now() - began > timedelta(hours=2)


@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.RATE_EXCEEDED, Kind.HTML, Kind.RESET])
def test_a_run_on_a_dead_arxiv_ends_within_three_quarters_of_an_hour_and_the_next_one_makes_up_for_it(
    arxiv: FakeArxiv, make_client: MakeClient, clock: FakeClock, kind: Kind
) -> None:
    criteria = ListingCriteria(
        ("cs.CL", "cs.AI", "cs.LG", "cs.IR", "stat.ML"), cross_lists=True, known_ids=frozenset()
    )
    missed = [date(2025, 5, 30), date(2025, 6, 2)]

    def states() -> list[AnnouncementState]:
        client = make_client()
        oai = oai_source(client, arxiv.oai_url)
        sources = Sources(
            feed=partial(fetch_feed, client, arxiv.feed_url),
            api=ApiSource(client, arxiv.api_url).by_window,
            oai=oai.by_window,
            listing_days=oai.listing_days,
        )
        fetched = Fetcher(criteria, sources, clock.now()).missed(missed)
        (today,) = Fetcher(criteria, sources, clock.now()).announcement(TUESDAY)
        return [one.announcement.state for one in (*fetched, today)]

    arxiv.faults.add(kind, times=None)
    began = clock.now()
    assert states() == [AnnouncementState.FAILED] * 3
    assert clock.now() - began <= timedelta(minutes=45)
    arxiv.faults.clear()
    assert states() == [AnnouncementState.RECOVERED] * 2 + [AnnouncementState.COMPLETE]


def test_the_next_run_asks_again(arxiv: FakeArxiv, make_client: MakeClient) -> None:
    arxiv.faults.add(Kind.RESET, "feed", times=12)
    client = make_client()
    for _ in range(3):
        with pytest.raises(RequestError):
            client.get(f"{arxiv.feed_url}/cs.CL")
    assert make_client().get(f"{arxiv.feed_url}/cs.CL").status == 200
