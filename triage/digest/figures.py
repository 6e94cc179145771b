"""The figures under a digest's picks: known from an earlier run, or asked of arXiv once."""

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

AskFigure = Callable[[Paper], Figure | None]
"""Returns a paper's first figure, or None if it has none; raises FetchError when that can't be told."""

MOST_SECONDS = 60.0
"""For all pages of a digest, which is not to wait for what only adorns it."""


@dataclass(frozen=True, slots=True)
class KnownFigure:
    """What arXiv answered about a paper's figure; a record of the store, by paper."""

    KEY: ClassVar[str] = "figure"

    figure: Figure | None = None
    """None when it has none."""
    failed: date | None = None
    """The day (US Eastern) on which there was no usable answer."""


def figures(context: Context, papers: Sequence[Paper], ask: AskFigure | None) -> dict[ArxivId, Figure]:
    """Return the figures of papers, by their ids; a paper without one is left out.

    What arXiv said of a paper, that it has no figure as well, is kept, so that the same digest is made
    again without asking.  Where it said nothing usable, it is asked again on another day.

    Parameters
    ----------
    context : Context
    papers : sequence of Paper
        The picks.
    ask : callable, optional
        See :data:`AskFigure`; None to stay offline.
    """
    if not context.config.digest.figures:
        return {}
    began = context.clock.now()
    today = began.astimezone(EASTERN).date()
    found: dict[ArxivId, Figure] = {}
    for number, paper in enumerate(papers):
        with context.store.reading() as tx:
            known = tx.records.get(KnownFigure, paper.id)
        if ask and (known is None or known.failed not in (None, today)):
            context.progress("asking for figures", number, len(papers))
            spent = (context.clock.now() - began).total_seconds()
            in_time = spent <= MOST_SECONDS - FIGURE_SECONDS
            known = _asked(ask, paper, today) if in_time else KnownFigure(failed=today)
            with context.store.transaction() as tx:
                tx.records.put(known, paper.id)
        if known and known.figure:
            found[paper.id] = known.figure
    return found


def _asked(ask: AskFigure, paper: Paper, today: date) -> KnownFigure:
    try:
        return KnownFigure(ask(paper))
    except FetchError:
        # Logged where it was asked; the digest is whole without it.
        return KnownFigure(failed=today)
