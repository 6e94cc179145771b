"""Older papers for the store, from listing files or OAI-PMH: what a stopped import has stored, it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from triage.config.schema import Config
from triage.errors import TriageError
from triage.listing.files import read_listing
from triage.listing.oai import OaiSource
from triage.papers import ArxivId
from triage.progress import Progress, silent
from triage.store.rows import in_batches
from triage.store.store import Store

PAPERS_A_TRANSACTION = 5_000


def import_listing(config: Config, store: Store, file: Path, progress: Progress = silent) -> tuple[int, int]:
    """Store the papers of a listing file; returns how many it has, and how many were new or changed."""
    read = changed = 0
    papers = read_listing(file, extra_holidays=config.arxiv.holidays)
    for batch in in_batches(papers, PAPERS_A_TRANSACTION):
        with store.transaction() as tx:
            changed += tx.papers.put(batch)
        read += len(batch)
        progress(f"storing {file.name}", read, 0)
    return read, changed


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What was stored of one category."""

    category: str
    papers: int
    """Announced since the first day."""
    changed: int
    """Of these, new to the store or newer there."""
    resumed: bool
    """Whether this run went on where one before was stopped."""


def backfill(
    config: Config,
    store: Store,
    source: OaiSource,
    since: date,
    *,
    now: datetime,
    warn: Callable[[str], None],
) -> Iterator[Backfilled]:
    """Store all papers of the reader's categories that were announced since a day.

    Each page is one transaction.  A stopped backfill continues where it was when it is started again
    within a day; see :class:`OaiSource`.

    Yields each category when it is whole, and warns of records that can't be read.

    Raises TriageError if the day is in the future, or arXiv has no usable answer; what came before it is
    stored.
    """
    if since > now.date():
        raise TriageError(
            f"{since} is in the future.", remedy="Name the first listing day to fetch: --since 2024-01-01."
        )
    for category in config.categories:
        papers: set[ArxivId] = set()
        changed, resumed = 0, False
        for page in source.pages(category, since):
            resumed |= page.was_cached
            for problem in page.unreadable:
                warn(f"a record of {category} can't be read and is left out: {problem}")
            fresh = [
                record.paper
                for record in page.records
                if record.paper and (record.paper.announced is None or record.paper.announced >= since)
            ]
            papers |= {paper.id for paper in fresh}
            with store.transaction() as tx:
                changed += tx.papers.put(fresh)
        yield Backfilled(category, len(papers), changed, resumed)
