"""Feed, API and OAI-PMH say the same of the same paper."""

from __future__ import annotations

from datetime import date

from tests.fake_arxiv import FakeArxiv
from tests.listing.conftest import TUESDAY
from triage.listing.api import ApiSource
from triage.listing.client import Client
from triage.listing.feed import fetch_feed
from triage.listing.oai import OaiSource
from triage.papers import Paper


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
    pages = OaiSource(client, arxiv.oai_url).pages("cs.CL", TUESDAY)
    from_oai = {record.id: record.paper for page in pages for record in page.records if record.paper}
    assert any(listed.paper.version == 2 for listed in feed.items)
    assert len(feed.items) == len(atom.items) == len(from_oai) > 10
    for listed, other in zip(feed.items, atom.items, strict=True):
        identifier = listed.paper.id
        assert listed == other
        assert facts(listed.paper) == facts(from_api[identifier]) == facts(from_oai[identifier])


def test_api_and_oai_agree_on_all_dates(arxiv: FakeArxiv, client: Client) -> None:
    (page,) = OaiSource(client, arxiv.oai_url).pages("cs.CL", date(2025, 5, 30))
    from_api = ApiSource(client, arxiv.api_url).by_ids(record.id for record in page.records)
    assert page.records
    for record in page.records:
        assert record.paper == from_api[record.id]
