"""What other people picked, as it was known before a listing day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from triage.config import Config
from triage.examples import others_examples
from triage.papers import ArxivId, Example, Paper
from triage.signals.refresh import sources
from triage.store.store import Step


def taste_of_others(config: Config, step: Step, before: date | None) -> list[Example]:
    """Return the papers that others picked before a listing day (None: ever), of those in the store."""
    names = sources(config)
    if not names:
        return []
    picks = step.community.before(before or date.max, names)
    return others_examples(picks, step.papers.get(paper for _, paper in picks), before)


def picked_before(config: Config, step: Step, papers: Iterable[Paper], day: date) -> frozenset[ArxivId]:
    """Return the papers that others had picked before they were announced (or, undated, before a day)."""
    names = sources(config)
    if not names:
        return frozenset()
    first = {paper: picked for picked, paper in reversed(step.community.before(date.max, names))}
    return frozenset(
        paper.id for paper in papers if paper.id in first and first[paper.id] < (paper.announced or day)
    )
