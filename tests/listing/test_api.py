"""The query API through the polite client: recorded answers, look-ups, windows, and bad days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.fake_arxiv import FakeArxiv, FakeClock, Kind
from tests.listing.conftest import TUESDAY, Replay
from tests.listing.papers import TITLES, papers_of
from triage.errors import FetchError
from triage.listing import api
from triage.listing.api import ApiSource
from triage.listing.calendar import submission_window
from triage.listing.client import Client
from triage.papers import ArxivId, Paper


@pytest.fixture
def source(arxiv: FakeArxiv, client: Client) -> ApiSource:
    return ApiSource(client, arxiv.api_url)


def ids(*texts: str) -> list[ArxivId]:
    return [ArxivId(text) for text in texts]


@pytest.mark.parametrize(
    ("name", "identifier", "version", "published", "categories"),
    [
        ("api_doc_sample_2", "hep-ex/0307015", 1, "2003-07-07T17:46:39", ("hep-ex",)),
        ("api_id_1605.08386", "1605.08386", 1, "2016-05-26T17:59:46", ("math.CO", "math.ST")),
        ("api_id_1707.08567", "1707.08567", 1, "2017-07-27T08:18:33", ("cs.IT",)),
        ("api_id_oldstyle_astro-ph_0601001", "astro-ph/0601001", 1, "2006-01-02T14:57:58", ("astro-ph",)),
        ("api_id_oldstyle_versioned", "quant-ph/0201082", 1, "2002-01-18T15:08:05", ("quant-ph", "cs.PL")),
        ("api_id_paper_titled_0", "2104.12255", 1, "2021-04-20T16:07:14", ("cs.CR",)),
        ("api_idlist_one_bad_one_good", "1707.08567", 1, "2017-07-27T08:18:33", ("cs.IT",)),
        (
            "api_old2016_id_1111.2011v2",
            "1111.2011",
            2,
            "2011-11-08T18:48:36",
            ("cond-mat.str-el", "cond-mat.stat-mech"),
        ),
        (
            "api_old2016_query_and",
            "cond-mat/0603029",
            1,
            "2006-03-02T02:22:45",
            ("cond-mat.str-el", "cond-mat.supr-con"),
        ),
    ],
)
def test_a_recorded_answer_gives_the_right_paper(
    recorded: Path,
    replay: Replay,
    name: str,
    identifier: str,
    version: int,
    published: str,
    categories: tuple[str, ...],
) -> None:
    found = replay((recorded / "api" / f"{name}.xml").read_bytes()).by_ids(ids(identifier))
    paper = found[ArxivId(identifier)]
    assert (paper.version, paper.categories) == (version, categories)
    assert paper.submitted == datetime.fromisoformat(published).replace(tzinfo=UTC)
    assert paper.title == " ".join(paper.title.split()) != ""
    assert paper.abstract
    assert paper.authors


def test_the_recorded_paper_titled_0_keeps_its_title(recorded: Path, replay: Replay) -> None:
    source = replay((recorded / "api" / "api_id_paper_titled_0.xml").read_bytes())
    assert source.by_ids(ids("2104.12255"))[ArxivId("2104.12255")].title == "0"


@pytest.mark.parametrize(
    ("name", "first", "count"),
    [
        ("api_query_testing_p0_100", "2202.12139", 10),
        ("api_query_testing_start30", "2101.12036", 10),
        ("api_old2016_query_del_maestro", None, 10),
    ],
)
def test_a_recorded_search_gives_its_papers(
    recorded: Path, replay: Replay, name: str, first: str | None, count: int
) -> None:
    papers = replay((recorded / "api" / f"{name}.xml").read_bytes()).by_title("testing")
    assert len(papers) == count
    assert first in (None, papers[0].id)


@pytest.mark.parametrize("name", ["api_id_nonexistent_0000.0000", "api_id_wrong_digits_0808.05394"])
def test_a_recorded_answer_to_an_unknown_id_is_no_paper(recorded: Path, replay: Replay, name: str) -> None:
    assert replay((recorded / "api" / f"{name}.xml").read_bytes()).by_ids(ids("0808.0539")) == {}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("constructed_blank_200.txt", "empty body"),
        ("constructed_rate_exceeded_429.txt", "Rate exceeded"),
        ("constructed_truncated_midstream.xml", "not whole XML"),
        ("constructed_total_214881_zero_entries.xml", "0 entries instead of 100"),
        ("api_doc_error_2007.xml", "incorrect id format for 1234.12345"),
    ],
)
def test_a_recorded_bad_answer_is_an_error(recorded: Path, replay: Replay, name: str, reason: str) -> None:
    with pytest.raises(FetchError, match=reason):
        replay((recorded / "api" / name).read_bytes()).by_title("testing")


def test_papers_are_found_by_id(source: ApiSource, arxiv: FakeArxiv) -> None:
    wanted = ids("2506.03001", "2505.30002", "2506.99999", "hep-th/9901001")
    found = source.by_ids(wanted)
    assert set(found) == {"2506.03001", "2505.30002"}
    assert found[ArxivId("2506.03001")] == arxiv.world.papers[ArxivId("2506.03001")]


def test_what_cant_be_an_id_is_never_sent(source: ApiSource, arxiv: FakeArxiv) -> None:
    source.by_ids(ids("2506.03001", "abc", "2506.0300", "2506.03001v2", "9912.1", "2506.03001,abc"))
    assert [request.params["id_list"] for request in arxiv.requests] == ["2506.03001"]


def test_no_ids_are_no_request(source: ApiSource, arxiv: FakeArxiv) -> None:
    assert source.by_ids(ids("abc")) == {}
    assert arxiv.requests == []


def test_many_ids_go_in_batches_and_each_once(client: Client, clock: FakeClock) -> None:
    papers = papers_of(TUESDAY, 250)
    with FakeArxiv(papers, clock=clock) as arxiv:
        wanted = [paper.id for paper in papers]
        found = ApiSource(client, arxiv.api_url).by_ids(wanted + wanted)
        assert set(found) == set(wanted)
        assert [len(request.params["id_list"].split(",")) for request in arxiv.requests] == [100, 100, 50]


def test_an_id_that_arxiv_calls_malformed_costs_only_itself(
    source: ApiSource, arxiv: FakeArxiv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_is_id", lambda text: True)
    found = source.by_ids(ids("2506.03001", "2506.03002", "2506.03003", "not-an-id", "2506.03004"))
    assert set(found) == {"2506.03001", "2506.03002", "2506.03003", "2506.03004"}


def test_an_empty_answer_to_several_ids_is_requested_once_more(source: ApiSource, arxiv: FakeArxiv) -> None:
    arxiv.faults.add(Kind.EMPTY, "api")
    assert len(source.by_ids(ids("2506.03001", "2506.03002"))) == 2


def test_a_window_holds_what_was_submitted_in_it(source: ApiSource, arxiv: FakeArxiv) -> None:
    start, end = submission_window(TUESDAY)
    found = source.by_window(["cs.CL", "stat.ML"], start, end)
    truth = [listed.paper.id for listed in arxiv.world.listing(TUESDAY, ["cs.CL", "stat.ML"])]
    assert [paper.id for paper in found] == truth
    assert {paper.announced for paper in found} == {TUESDAY}


def test_the_ends_of_a_window_are_exact_to_the_second(source: ApiSource) -> None:
    first = next(iter(source.by_ids(ids("2506.03006")).values()))
    assert first.submitted is not None
    moment = first.submitted
    assert first in source.by_window(["cs.CL"], moment, moment + timedelta(seconds=1))
    assert source.by_window(["cs.CL"], moment - timedelta(seconds=1), moment) == []


def test_a_long_window_is_read_page_by_page(
    client: Client, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_PAGE", 7)
    with FakeArxiv(papers_of(TUESDAY, 40), clock=clock) as arxiv:
        found = ApiSource(client, arxiv.api_url).by_window(["cs.CL"], *submission_window(TUESDAY))
        assert len(found) == len(arxiv.world.listing(TUESDAY, ["cs.CL"])) > 14
        assert [request.params["start"] for request in arxiv.requests] == ["0", "7", "14", "21"]


def test_a_window_with_more_than_arxiv_gives_is_halved(
    client: Client, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_RESULTS", 10)
    with FakeArxiv(papers_of(TUESDAY, 40), clock=clock) as arxiv:
        found = ApiSource(client, arxiv.api_url).by_window(["cs.CL"], *submission_window(TUESDAY))
        assert (
            len(found) == len({paper.id for paper in found}) == len(arxiv.world.listing(TUESDAY, ["cs.CL"]))
        )


@pytest.mark.parametrize("kind", [Kind.NO_ENTRIES, Kind.SHORT_PAGE, Kind.CUT_XML, Kind.RATE_EXCEEDED])
def test_a_page_that_lacks_papers_is_requested_again(source: ApiSource, arxiv: FakeArxiv, kind: Kind) -> None:
    arxiv.faults.add(kind, "api", times=2)
    found = source.by_window(["cs.CL"], *submission_window(TUESDAY))
    assert len(found) == len(arxiv.world.listing(TUESDAY, ["cs.CL"]))


@pytest.mark.parametrize("kind", [Kind.NO_ENTRIES, Kind.SHORT_PAGE])
def test_papers_that_stay_away_are_an_error_never_a_loss(
    source: ApiSource, arxiv: FakeArxiv, kind: Kind
) -> None:
    arxiv.faults.add(kind, "api", times=None)
    with pytest.raises(FetchError, match="entries instead of"):
        source.by_window(["cs.CL"], *submission_window(TUESDAY))


def test_retry_after_holds_for_the_arxiv_package_too(source: ApiSource, arxiv: FakeArxiv) -> None:
    arxiv.faults.add(Kind.STATUS, "api", value=503, retry_after="90")
    source.by_ids(ids("2506.03001"))
    first, second = arxiv.requests
    assert second.at - first.at >= timedelta(seconds=90)
    assert first.headers["User-Agent"].startswith("triage/")


def test_no_categories_or_no_time_are_no_request(source: ApiSource, arxiv: FakeArxiv) -> None:
    start, end = submission_window(TUESDAY)
    assert source.by_window([], start, end) == source.by_window(["cs.CL"], end, start) == []
    assert arxiv.requests == []


def test_a_title_finds_its_paper(source: ApiSource) -> None:
    papers = source.by_title(f"{TITLES[2]} ({TUESDAY} number 2)")
    assert [paper.id for paper in papers] == ["2506.03002"]


def test_a_title_with_a_word_left_out_is_found_by_its_longest_words(source: ApiSource) -> None:
    papers = source.by_title("Estimating $O(n \\log n)$ with less (2025-06-03 number 7)")
    assert ArxivId("2506.03007") in [paper.id for paper in papers]


def test_a_title_without_words_is_no_request(source: ApiSource, arxiv: FakeArxiv) -> None:
    assert source.by_title("$$ -- ?!") == []
    assert arxiv.requests == []


def test_a_paper_from_the_api_has_its_listing_day(source: ApiSource) -> None:
    paper: Paper = source.by_ids(ids("2505.30001"))[ArxivId("2505.30001")]
    assert paper.announced == date(2025, 5, 30)
