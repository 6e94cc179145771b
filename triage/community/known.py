"""Other people's picks as they were known before a listing day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from triage.community.refresh import sources
from triage.config.schema import Config
from triage.papers import ArxivId, Example, Paper
from triage.store.store import Transaction


def community_examples(config: Config, tx: Transaction, before: date | None) -> list[Example]:
    """Return the papers that others picked before a listing day (None: ever), of those in the store.

    The candidates of that day, and later papers, teach nothing yet.
    """
    names = sources(config)
    picks = tx.community.before(before or date.max, names) if names else []
    papers = tx.papers.get(paper for _, paper in picks)
    return [
        Example(paper=paper, labelled_on=day)
        for day, arxiv_id in picks
        if (paper := papers.get(arxiv_id)) is not None
        and (before is None or paper.announced is None or paper.announced < before)
    ]


def picked_before(config: Config, tx: Transaction, papers: Iterable[Paper], day: date) -> frozenset[ArxivId]:
    """Return the papers that others had picked before they were announced (or, undated, before a day)."""
    names = sources(config)
    if not names:
        return frozenset()
    first = {paper: picked for picked, paper in reversed(tx.community.before(date.max, names))}
    return frozenset(
        paper.id for paper in papers if paper.id in first and first[paper.id] < (paper.announced or day)
    )
