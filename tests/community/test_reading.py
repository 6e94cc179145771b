"""Whatever other people publish their picks as is understood, or refused with a reason."""

from __future__ import annotations

import itertools
import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.community.parse import read_daily_papers, read_published
from triage.community.refresh import FIRST_DAYS, MOST_A_RUN, days_due
from triage.errors import ListingError

TODAY = date(2024, 1, 17)


def daily(*ids: object) -> bytes:
    return json.dumps([{"title": "A paper", "paper": {"id": one, "upvotes": 3}} for one in ids]).encode()


def test_a_day_of_daily_papers_names_its_papers_once() -> None:
    assert read_daily_papers(daily("2401.00001", "2401.00002v2", "2401.00001")) == [
        "2401.00001",
        "2401.00002",
    ]


def test_a_quiet_day_has_none() -> None:
    assert read_daily_papers(b"[]") == []


def test_single_odd_entries_are_left_out() -> None:
    odd = [*json.loads(daily("2401.00001", None, 7, "not an id")), None, 3, {}, {"paper": []}]
    assert read_daily_papers(json.dumps(odd).encode()) == ["2401.00001"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"error": "try later"}', "not a list"),
        (b"null", "not a list"),
        (daily("x", None), "no entry"),
        (b'["2401.00001"]', "no entry"),
    ],
)
def test_another_answer_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(ListingError, match=why):
        read_daily_papers(body)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["2401.00001", "id", "paper"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["paper", "id", "x"]), inner),
    max_leaves=20,
)


@given(st.binary() | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_no_answer_does_worse_than_be_refused(body: bytes) -> None:
    try:
        papers = read_daily_papers(body)
    except ListingError:
        return
    assert len(papers) == len(set(papers))


def test_a_picks_file_is_read_and_its_odd_lines_left_out() -> None:
    body = (
        b"date\tarxiv_id\n2024-01-02\t2401.00001\nsoon\t2401.00002\n2024-01-03\n\n2024-01-01\t2312.00003v1\n"
    )
    published = read_published(body, today=TODAY)
    assert published.picks == ((date(2024, 1, 1), "2312.00003"), (date(2024, 1, 2), "2401.00001"))


def test_an_empty_picks_file_is_no_mistake() -> None:
    assert read_published(b"date\tarxiv_id\n", today=TODAY).picks == ()


DIGEST = """\
---
title: 2024-01-12-insights
---

> An ordinary day, see https://arxiv.org/abs/2401.09999.

## [A picked paper](https://arxiv.org/pdf/2401.00001.pdf)

It builds on [another](https://arxiv.org/abs/2301.00007).

## The rest of the listing

- [ ] [Left alone](https://arxiv.org/pdf/2401.00002.pdf) · 2%
"""


def test_a_digest_names_its_picks_by_headings_and_its_day_by_its_name() -> None:
    published = read_published(DIGEST.encode(), today=TODAY, name="digests/2024-01-12-insights.md")
    assert published.picks == ((date(2024, 1, 12), "2401.00001"),)


def test_an_index_links_its_digests() -> None:
    index = b"# Digests\n\n| Mon | Tue |\n|---|---|\n| [1(9->2 papers)](2024-01-16-insights.md) | [x](2024-01-02-insights.md) |\n"
    days = [(date(2024, 1, 2), "2024-01-02-insights.md"), (date(2024, 1, 16), "2024-01-16-insights.md")]
    assert list(read_published(index, today=TODAY).digests) == days


FEED = """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<entry><title>Two papers</title><id>urn:1</id><published>2024-01-09T06:00:00Z</published>
<content type="html">&lt;h2&gt;&lt;a href="https://arxiv.org/abs/2401.00001"&gt;x&lt;/a&gt;&lt;/h2&gt;
&lt;p&gt;https://arxiv.org/abs/2401.00009&lt;/p&gt;</content></entry>
<entry><title>One</title><id>urn:2</id><link href="https://arxiv.org/abs/2401.00002v1"/></entry>
</feed>
"""


def test_a_feed_names_papers_by_links_and_headings() -> None:
    assert read_published(FEED.encode(), today=TODAY).picks == (
        (date(2024, 1, 9), "2401.00001"),
        (TODAY, "2401.00002"),
    )


def test_nothing_is_dated_later_than_today() -> None:
    body = b"date\tarxiv_id\n2031-01-02\t2401.00001\n"
    assert read_published(body, today=TODAY).picks == ((TODAY, "2401.00001"),)


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Log in</body></html>", b"# Nothing here", b"<?xml version='1.0'?><rss/>"]
)
def test_a_page_without_picks_is_refused(body: bytes) -> None:
    with pytest.raises(ListingError, match="neither a pick nor a link"):
        read_published(body, today=TODAY)


PIECES = st.sampled_from(
    ["date\tarxiv_id\n", "2024-01-02\t2401.00001\n", "## ", "https://arxiv.org/abs/2401.00001", "<?xml", "<h2>",
     "</h2>", "](2024-01-02-insights.md)", "2024-13-40", "<entry>", "href='", "\n", "%2F", "\x00"]
)  # fmt: skip


@given(
    st.binary()
    | st.lists(PIECES | st.text(max_size=5)).map(lambda parts: "".join(parts).encode("utf-8", "replace"))
)
def test_no_page_does_worse_than_be_refused(body: bytes) -> None:
    try:
        published = read_published(body, today=TODAY, name="2024-01-02-x.md")
    except ListingError:
        return
    assert all(day <= TODAY for day, _ in (*published.picks, *published.digests))


def test_the_first_time_a_month_is_asked_for_a_bounded_part_a_run() -> None:
    days = days_due(None, TODAY)
    assert days[0] == TODAY - timedelta(days=FIRST_DAYS)
    assert len(days) == MOST_A_RUN


def test_a_day_is_asked_for_when_it_is_over_and_once() -> None:
    yesterday = TODAY - timedelta(days=1)
    assert days_due(yesterday - timedelta(days=1), TODAY) == [yesterday]
    assert days_due(yesterday, TODAY) == []
    assert days_due(TODAY + timedelta(days=3), TODAY) == []


@given(st.none() | st.dates(), st.dates(min_value=date(1, 3, 1)))
def test_days_follow_each_other_and_are_over(until: date | None, today: date) -> None:
    days = days_due(until, today)
    assert len(days) <= MOST_A_RUN
    assert all(day < today and (until is None or day > until) for day in days)
    assert all((later - day).days == 1 for day, later in itertools.pairwise(days))
