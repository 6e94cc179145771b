"""Older papers of the reader's categories from OAI-PMH, page by page: what a stopped backfill has, it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from triage.context import Context
from triage.listing.oai import OaiSource, StaleTokenError
from triage.listing.oai_page import OaiPage


@dataclass(frozen=True, slots=True)
class HarvestPosition:
    """How far the backfill of a category has come; a record of the store, by category."""

    KEY: ClassVar[str] = "backfill"

    since: date
    token: str
    """OAI-PMH's resumption token of the next page; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What was stored of one category."""

    category: str
    papers: int
    """Announced since the day asked for; of a backfill that was stopped before, those of this run."""
    changed: int
    """Of these, new to the store or newer there."""
    resumed: bool
    """Whether this run went on where one before was stopped."""


def backfill(context: Context, source: OaiSource, since: date) -> Iterator[Backfilled]:
    """Store all papers of the reader's categories that were announced since a day.

    Each page is a step of its own with the token that asks for the next one, so that a stopped
    backfill goes on where it was when it is asked for again within a day, while the token lives.

    Parameters
    ----------
    context : Context
        Open, and locked for this process; what can't be read is among its notices.
    source : OaiSource
    since : date
        The first listing day.

    Yields
    ------
    Backfilled
        One a category, when it is whole.

    Raises
    ------
    FetchError
        If there is no usable answer; what came before it is stored.
    """
    for category in context.config.categories:
        with context.store.reading() as tx:
            reached = tx.records.get(HarvestPosition, category)
        token = reached.token if reached and reached.since == since else ""
        papers = changed = 0
        for page in _pages(source, category, since, token):
            for problem in page.unreadable:
                context.warn(f"a record of {category} can't be read and is left out: {problem}")
            fresh = [
                record.paper
                for record in page.records
                if record.paper and (record.paper.announced is None or record.paper.announced >= since)
            ]
            papers += len(fresh)
            with context.store.transaction() as tx:
                changed += tx.papers.put(fresh)
                tx.records.put(HarvestPosition(since, page.token), category)
        yield Backfilled(category, papers, changed, resumed=bool(token))


def _pages(source: OaiSource, category: str, since: date, token: str) -> Iterator[OaiPage]:
    """The pages from a token on, or all of them when there is none or it has grown too old."""
    try:
        yield from source.pages(category, since, token=token)
    except StaleTokenError:
        yield from source.pages(category, since)
