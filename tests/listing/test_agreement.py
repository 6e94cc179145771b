"""Feed, API and OAI-PMH say the same of the same paper."""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from tests.fake_arxiv import FakeArxiv, FakeClock
from tests.listing.conftest import TUESDAY, Replay, oai_source
from triage.listing.api import ApiSource
from triage.listing.client import Client
from triage.listing.feed import fetch_feed, parse_feed
from triage.listing.oai_page import parse_page
from triage.listing.text import as_text
from triage.papers import AnnounceType, ArxivId, Paper


def facts(paper: Paper) -> tuple[object, ...]:
    """What all three sources tell of a paper."""
    return (
        paper.id,
        paper.version,
        paper.title,
        paper.abstract,
        paper.authors,
        paper.categories,
        paper.doi,
        paper.journal_ref,
    )


def test_new_and_replaced_papers_are_the_same_from_all_sources(arxiv: FakeArxiv, client: Client) -> None:
    older = arxiv.world.listing(date(2025, 5, 30), ["cs.CL"])
    for listed in older[:3]:
        arxiv.world.replace(listed.paper.id, TUESDAY)
    feed = fetch_feed(client, arxiv.feed_url, "cs.CL")
    atom = fetch_feed(client, arxiv.atom_url, "cs.CL")
    ids = [listed.paper.id for listed in feed.items]
    from_api = ApiSource(client, arxiv.api_url).by_ids(ids)
    pages = oai_source(client, arxiv.oai_url).pages("cs.CL", TUESDAY)
    from_oai = {record.id: record.paper for page in pages for record in page.records if record.paper}
    assert any(listed.paper.version == 2 for listed in feed.items)
    assert len(feed.items) == len(atom.items) == len(from_oai) > 10
    for listed, other in zip(feed.items, atom.items, strict=True):
        identifier = listed.paper.id
        assert listed == other
        assert facts(listed.paper) == facts(from_api[identifier]) == facts(from_oai[identifier])


def test_api_and_oai_agree_on_all_dates(arxiv: FakeArxiv, client: Client) -> None:
    (page,) = oai_source(client, arxiv.oai_url).pages("cs.CL", date(2025, 5, 30))
    from_api = ApiSource(client, arxiv.api_url).by_ids(record.id for record in page.records)
    assert page.records
    for record in page.records:
        assert record.paper == from_api[record.id]


def recorded_papers(recorded: Path, replay: Replay) -> Iterator[Paper]:
    """The papers of real answers of each kind: a whole feed, pages of OAI-PMH and of the API."""
    feed = (recorded / "rss" / "rss2_quant-ph_2025-04-28_fullday.xml").read_bytes()
    yield from (item.paper for item in parse_feed(feed, url="feed").items)
    for name in ("arxivraw_ListRecordsResponse", "arxivsync_listrecords_page_47001"):
        page = parse_page((recorded / "oai" / f"{name}.xml").read_bytes(), url=name)
        yield from (record.paper for record in page.records if record.paper)
    answer = (recorded / "api" / "api_query_testing_p0_100.xml").read_bytes()
    ids = re.findall(rb"<id>http://arxiv.org/abs/([^<]+)v\d+</id>", answer)
    for paper in replay(answer).by_ids(ArxivId(one.decode()) for one in ids).values():
        # The recorder took UTF-8 for Latin-1 in this one file.
        if not {"Ã", "Â", "Î"} & set(f"{paper.authors} {paper.abstract}"):
            yield paper


def test_recorded_papers_are_the_same_from_all_sources(
    recorded: Path, replay: Replay, clock: FakeClock, client: Client
) -> None:
    """Papers that arXiv told by one way, told again by all ways: LaTeX, accents, markup and all."""
    known = {one.id: one for one in recorded_papers(recorded, replay)}
    papers = [
        replace(one, version=1, announced=TUESDAY, submitted=None, updated=None) for one in known.values()
    ]
    assert len(papers) > 300
    assert sum("$" in one.title or "\\" in one.title for one in papers) > 5
    with FakeArxiv(papers, clock=clock) as arxiv:
        from_api = ApiSource(client, arxiv.api_url).by_ids(known)
        archives = {one.primary_category.partition(".")[0] for one in papers}
        source = oai_source(client, arxiv.oai_url)
        pages = [page for archive in sorted(archives) for page in source.pages(archive, TUESDAY)]
        from_oai = {record.id: record.paper for page in pages for record in page.records if record.paper}
        feeds = [fetch_feed(client, arxiv.feed_url, archive) for archive in sorted(archives)]
    from_feed = {item.paper.id: item.paper for feed in feeds for item in feed.items}
    assert set(from_feed) == set(from_api) == set(from_oai) == set(known)
    for paper in papers:
        assert facts(paper) == facts(from_feed[paper.id])
        assert facts(paper) == facts(from_api[paper.id]) == facts(from_oai[paper.id])


def real_records(data: Path, last: date) -> Iterator[dict[str, object]]:
    """arXiv's records of 2025 up to a day, as they were later told by another way than the feeds."""
    with lzma.open(data / "listings-2025-2026.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["announced"] > last.isoformat():
                return
            yield record


def test_recorded_feeds_agree_with_arxivs_later_records(recorded: Path, data: Path) -> None:
    """Title, abstract, names and day of what was new that morning, against arXiv's records months later.

    A few papers were changed since by their authors, or held, so that all but 2 % must agree.
    """
    day = date(2025, 7, 4)
    name = f"rss2_cs.CL_cs.CV_cs.MM_cs.LG_cs.SI_{day}_fullday_rebuilt.xml"
    feed = parse_feed((recorded / "rss" / name).read_bytes(), url=name)
    new = {item.paper.id: item.paper for item in feed.items if item.announce_type is AnnounceType.NEW}
    later = {str(one["id"]): one for one in real_records(data, day + timedelta(days=10)) if one["id"] in new}
    assert len(later) > 150
    differ: dict[str, list[str]] = {"title": [], "abstract": [], "authors": [], "announced": []}
    for identifier, record in later.items():
        paper = new[identifier]  # type: ignore[index]
        record["title"], record["abstract"] = (
            as_text(str(record["title"])),
            as_text(str(record["abstract"])[:1000]),
        )
        told = {
            "title": paper.title,
            "abstract": paper.abstract[: len(str(record["abstract"]))].strip(),
            "authors": list(paper.authors),
            "announced": feed.day.isoformat() if feed.day else "",
        }
        for key, value in told.items():
            if record[key] != value:
                differ[key].append(identifier)
    assert feed.day == day
    assert {key: ids for key, ids in differ.items() if len(ids) > 0.02 * len(later)} == {}
