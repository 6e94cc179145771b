"""OAI-PMH through the polite client: recorded pages, harvesting, resuming, and bad days."""

from __future__ import annotations

import doctest
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.fake_arxiv import FakeArxiv, FakeClock, Kind
from tests.listing.conftest import TUESDAY, MakeClient, oai_source
from tests.listing.papers import held, papers_of
from triage.errors import FetchError, ListingError
from triage.listing import oai_page
from triage.listing.calendar import submission_window
from triage.listing.client import Client
from triage.listing.oai import OaiSource
from triage.listing.oai_page import OaiPage, OaiRecord, oai_set, parse_page
from triage.papers import Paper
from triage.progress import Progress, silent

Read = Callable[[str], OaiPage]


@pytest.fixture
def read(recorded: Path) -> Read:
    return lambda name: parse_page((recorded / "oai" / name).read_bytes(), url=name)


@pytest.fixture
def source(arxiv: FakeArxiv, client: Client) -> OaiSource:
    return oai_source(client, arxiv.oai_url)


def only(page: OaiPage) -> Paper:
    (record,) = page.records
    assert record.paper is not None
    return record.paper


@pytest.mark.parametrize(
    ("name", "count", "cursor", "size", "token"),
    [
        ("arxivraw_ListRecordsResponse.xml", 6, 0, 58_011, "726959|1001"),
        ("arxivraw_GetRecordResponse.xml", 1, None, None, ""),
        ("arxivsync_listrecords_page_47001.xml", 1_000, 46_000, 907_096, "496549|47001"),
    ],
)
def test_a_recorded_page_gives_all_its_records(
    read: Read, name: str, count: int, cursor: int | None, size: int | None, token: str
) -> None:
    page = read(name)
    assert (len(page.records), page.cursor, page.complete_size, page.token) == (count, cursor, size, token)
    assert page.unreadable == ()
    for record in page.records:
        assert record.paper is not None
        assert record.paper.title
        assert record.paper.authors
        assert record.paper.categories


def test_the_facts_of_a_recorded_arxivraw_record(read: Read) -> None:
    paper = only(read("arxivraw_GetRecordResponse.xml"))
    assert (paper.id, paper.version, paper.categories) == ("1302.2146", 2, ("hep-ph", "hep-ex"))
    assert paper.title == "The Same-Sign Dilepton Signature of RPV/MFV SUSY"
    assert paper.authors == ("Joshua Berger", "Maxim Perelstein", "Michael Saelim", "Philip Tanedo")
    assert paper.submitted == datetime(2013, 2, 8, 21, 0, 1, tzinfo=UTC)
    assert paper.updated == datetime(2013, 4, 2, 1, 50, 8, tzinfo=UTC)
    assert paper.announced == date(2013, 2, 12)  # a Friday after 14:00


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("sample_arxiv_response_listrecords_physics.xml", 150),
        ("hepcrawl_sample_arxiv_record.xml", 12),
        ("sample_arxiv_response_no_namespace.xml", 1),
    ],
)
def test_a_recorded_page_in_another_format_is_reported(read: Read, name: str, count: int) -> None:
    page = read(name)
    assert (len(page.records), len(page.unreadable)) == (0, count)
    assert all("in another format <arXiv>" in problem for problem in page.unreadable)


def test_first_versions_in_a_recorded_page_carry_their_listing_day_as_datestamp(read: Read) -> None:
    page = read("arxivsync_listrecords_page_47001.xml")
    fresh = [
        record.datestamp == record.paper.announced
        for record in page.records
        if record.paper and record.paper.version == 1 and _days_old(record) < 7
    ]
    assert len(fresh) > 200
    assert sum(fresh) > 0.9 * len(fresh)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("arxivraw_ErrorResponseBadArgument.xml", "badArgument"),
        ("arxivraw_ErrorResponseBadResumptionToken.xml", "badResumptionToken"),
        ("arxivraw_ErrorResponseBadVerb.xml", "badVerb"),
        ("arxivraw_ErrorResponseIdDoesNotExist.xml", "idDoesNotExist"),
        ("arxivraw_ErrorResponseNoRecordsMatch.xml", "noRecordsMatch"),
    ],
)
def test_a_recorded_error_is_returned(read: Read, name: str, code: str) -> None:
    page = read(name)
    assert (page.error, page.records) == (code, ())
    assert page.message


@pytest.mark.parametrize(
    "name",
    [
        "nock2020_errors-should-reject-malformed-xml-arxiv_0_200.txt",
        "nock_listrecords-should-list-identifiers-from-arxiv_0_503.html",
    ],
)
def test_a_recorded_page_that_is_no_oai_answer_is_refused(read: Read, name: str) -> None:
    with pytest.raises(ListingError, match="not OAI-PMH"):
        read(name)


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"Rate exceeded.",
        b"<OAI-PMH>",
        b"<?xml version='1.0' encoding='UVF-8'?><OAI-PMH/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><OAI-PMH>&b;</OAI-PMH>",
    ],
)
def test_what_is_not_whole_is_refused(page: bytes) -> None:
    with pytest.raises(ListingError, match="not a usable answer"):
        parse_page(page, url="here")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("<record/>", "without header"),
        ("<record><header><identifier>oai:x:1</identifier></header></record>", "not an arXiv identifier"),
        (
            "<record><header><identifier>oai:arXiv.org:2506.00001</identifier><datestamp>x</datestamp>"
            "</header></record>",
            "Invalid isoformat",
        ),
        (
            "<record><header><identifier>oai:arXiv.org:2506.00001</identifier>"
            "<datestamp>2025-06-03</datestamp></header></record>",
            "has no metadata",
        ),
    ],
)
def test_a_record_that_makes_no_sense_is_reported(record: str, reason: str) -> None:
    page = parse_page(f"<OAI-PMH><ListRecords>{record}</ListRecords></OAI-PMH>".encode(), url="here")
    assert page.records == ()
    assert reason in page.unreadable[0]


def test_sets_are_named_as_arxiv_names_them() -> None:
    assert doctest.testmod(oai_page).failed == 0
    assert oai_set("physics.comp-ph") == "physics:physics:comp-ph"
    assert oai_set("math.AG") == "math:math:AG"


def test_a_category_is_harvested_with_its_progress(source: OaiSource, arxiv: FakeArxiv) -> None:
    arxiv.oai_page = 5
    pages = list(source.pages("cs.CL", date(2025, 5, 30)))
    listed = [
        listed.paper.id
        for day in (date(2025, 5, 30), date(2025, 6, 2), TUESDAY)
        for listed in arxiv.world.listing(day, ["cs.CL"])
    ]
    assert [record.id for page in pages for record in page.records] == listed
    assert [page.cursor for page in pages] == list(range(0, len(listed), 5))
    assert {page.complete_size for page in pages} == {len(listed)}
    first, second, *_ = arxiv.requests
    assert first.params == {
        "verb": "ListRecords",
        "from": "2025-05-30",
        "metadataPrefix": "arXivRaw",
        "set": "cs:cs:CL",
    }
    assert set(second.params) == {"verb", "resumptionToken"}
    assert second.at - first.at == timedelta(seconds=3)


def test_a_harvest_resumes_where_it_was_interrupted(source: OaiSource, arxiv: FakeArxiv) -> None:
    arxiv.oai_page = 5
    whole = [record.id for page in source.pages("cs.CL", date(2025, 5, 30)) for record in page.records]
    asked = len(arxiv.requests)
    next(source.pages("cs.CL", date(2025, 5, 30)))
    again = list(source.pages("cs.CL", date(2025, 5, 30)))
    assert [record.id for page in again for record in page.records] == whole
    assert [page.was_cached for page in again] == [True] + [False] * (len(again) - 1)
    assert len(arxiv.requests) == 2 * asked


def test_deleted_records_have_no_paper(client: Client, clock: FakeClock) -> None:
    with FakeArxiv(papers_of(TUESDAY, 6), clock=clock, deleted=[("2506.03005", TUESDAY)]) as arxiv:
        (page,) = oai_source(client, arxiv.oai_url).pages("cs.CL", TUESDAY)
    gone = [record for record in page.records if record.paper is None]
    assert [(record.id, record.datestamp) for record in gone] == [("2506.03005", TUESDAY)]


def test_nothing_changed_is_no_error(source: OaiSource) -> None:
    assert list(source.pages("math.AG", TUESDAY)) == []


def test_a_list_whose_tokens_are_never_good_is_an_error(source: OaiSource, arxiv: FakeArxiv) -> None:
    arxiv.oai_page = 5
    arxiv.faults.add(Kind.STALE_TOKEN, "oai", times=None)
    with pytest.raises(FetchError, match="badResumptionToken"):
        list(source.pages("cs.CL", TUESDAY))


def test_another_protocol_error_is_explained(source: OaiSource, arxiv: FakeArxiv, client: Client) -> None:
    with pytest.raises(FetchError, match="not OAI-PMH"):
        list(oai_source(client, f"{arxiv.feed_url}/cs.CL").pages("cs.CL", TUESDAY))


def test_a_window_holds_what_was_submitted_in_it(source: OaiSource, arxiv: FakeArxiv) -> None:
    start, end = submission_window(date(2025, 6, 2))
    found = source.by_window(["cs.CL", "cs.AI"], start, end)
    truth = [listed.paper.id for listed in arxiv.world.listing(date(2025, 6, 2), ["cs.CL", "cs.AI"])]
    assert [paper.id for paper in found] == truth


class StoppedError(Exception):
    """The run was stopped here."""


def test_a_stopped_window_goes_on_where_it_was(
    arxiv: FakeArxiv, make_client: MakeClient, clock: FakeClock, tmp_path: Path
) -> None:
    def source(progress: Progress = silent) -> OaiSource:
        return oai_source(make_client(), arxiv.oai_url, progress)

    def stop(what: str, done: int, total: int) -> None:
        assert (what, total) == ("fetching cs.CL from OAI-PMH", 30)
        if done > 8:
            raise StoppedError

    arxiv.oai_page = 4
    window = submission_window(TUESDAY)
    whole = source().by_window(["cs.CL"], *window)
    pages = len(arxiv.requests)
    with pytest.raises(StoppedError):
        source(stop).by_window(["cs.CL"], *window)
    stopped_at = len(arxiv.requests)
    assert source().by_window(["cs.CL"], *window) == whole
    # Two pages were kept; the third, which was being read, is asked for again.
    assert len(arxiv.requests) - stopped_at == pages - 2
    assert "resumptionToken" in arxiv.requests[stopped_at].params
    assert list((tmp_path / "harvest").iterdir()) == []


def test_a_window_begins_again_when_its_token_grows_old(source: OaiSource, arxiv: FakeArxiv) -> None:
    arxiv.oai_page = 4
    arxiv.faults.add(Kind.STALE_TOKEN, "oai", times=2)  # the first page has no token to be stale
    start, end = submission_window(TUESDAY)
    assert len(source.by_window(["cs.CL"], start, end)) == len(arxiv.world.listing(TUESDAY, ["cs.CL"]))
    beginnings = [request for request in arxiv.requests if "resumptionToken" not in request.params]
    assert len(beginnings) == 2


def test_a_list_that_goes_round_in_a_circle_ends(source: OaiSource, arxiv: FakeArxiv) -> None:
    arxiv.oai_page = 4
    arxiv.faults.add(Kind.CIRCLE, "oai", times=None)
    with pytest.raises(FetchError, match="in a circle"):
        list(source.pages("cs.CL", TUESDAY))
    assert len(arxiv.requests) == 2


def test_arxivs_503_with_retry_after_is_obeyed(source: OaiSource, arxiv: FakeArxiv) -> None:
    arxiv.faults.add(Kind.STATUS, "oai", value=503, retry_after="10")
    assert list(source.pages("cs.CL", TUESDAY))
    first, second = arxiv.requests
    assert second.at - first.at >= timedelta(seconds=10)


def test_a_held_papers_listing_day_is_its_datestamp(client: Client, clock: FakeClock) -> None:
    early, *others = papers_of(date(2025, 5, 28), 4)
    with FakeArxiv([held(early, TUESDAY), *others], clock=clock) as arxiv:
        papers = {
            record.id: record.paper
            for page in oai_source(client, arxiv.oai_url).pages("cs", date(2025, 5, 20))
            for record in page.records
        }
    paper = papers[early.id]
    assert paper is not None
    assert paper.announced == TUESDAY


def test_a_replaced_papers_datestamp_says_nothing_of_its_listing_day(
    client: Client, clock: FakeClock
) -> None:
    papers = papers_of(date(2025, 5, 28), 2)
    with FakeArxiv(papers, clock=clock) as arxiv:
        arxiv.world.replace(papers[0].id, TUESDAY)
        (page,) = oai_source(client, arxiv.oai_url).pages("cs.CL", TUESDAY)
    assert (only(page).version, only(page).announced) == (2, date(2025, 5, 28))


def test_namespaces_make_no_difference(recorded: Path) -> None:
    body = (recorded / "oai" / "arxivraw_GetRecordResponse.xml").read_bytes()
    bare = re.sub(rb'\s(?:xmlns(?::\w+)?|xsi:\w+)="[^"]*"', b"", body)
    assert bare != body
    assert only(parse_page(bare, url="here")) == only(parse_page(body, url="here"))


def _days_old(record: OaiRecord) -> int:
    assert record.paper is not None
    assert record.paper.submitted is not None
    return (record.datestamp - record.paper.submitted.date()).days
