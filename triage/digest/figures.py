"""The figures under a digest's picks: known from an earlier run, or fetched from arXiv once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from triage.context import Context
from triage.errors import FetchError
from triage.listing.calendar import EASTERN
from triage.listing.figures import FIGURE_SECONDS, Figure
from triage.papers import ArxivId, Paper

FetchFigure = Callable[[Paper], Figure | None]
"""Returns a paper's first figure, or None if it has none; raises FetchError without a usable answer."""

MOST_SECONDS = 60.0
"""For all pages of a digest, which does not wait long for decoration."""


@dataclass(frozen=True, slots=True)
class KnownFigure:
    """What arXiv answered about a paper's figure; a record of the store, by paper."""

    KEY: ClassVar[str] = "figure"

    figure: Figure | None = None
    """None when it has none."""
    failed: date | None = None
    """The day (US Eastern) on which there was no usable answer."""


def figures(context: Context, papers: Sequence[Paper], fetch: FetchFigure | None) -> dict[ArxivId, Figure]:
    """Return the figures of papers, by their ids; a paper without one is left out.

    Every answer is kept, also that a paper has no figure, so that a rerun makes the same digest without
    a request.  After an answer that is not usable, the next request is made on another day; without
    `fetch` there is none.
    """
    if not context.config.digest.figures:
        return {}
    began = context.clock.now()
    today = began.astimezone(EASTERN).date()
    found: dict[ArxivId, Figure] = {}
    for number, paper in enumerate(papers):
        with context.store.reading() as tx:
            known = tx.records.get(KnownFigure, paper.id)
        if fetch and (known is None or known.failed not in (None, today)):
            context.progress("fetching figures", number, len(papers))
            spent = (context.clock.now() - began).total_seconds()
            in_time = spent <= MOST_SECONDS - FIGURE_SECONDS
            known = _fetched(fetch, paper, today) if in_time else KnownFigure(failed=today)
            with context.store.transaction() as tx:
                tx.records.put(known, paper.id)
        if known and known.figure:
            found[paper.id] = known.figure
    return found


def _fetched(fetch: FetchFigure, paper: Paper, today: date) -> KnownFigure:
    try:
        return KnownFigure(fetch(paper))
    except FetchError:
        # The client has logged it; the digest is complete without.
        return KnownFigure(failed=today)
