"""The reader's own past: what is in the store, as the material of a backtest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from triage.clock import Clock
from triage.community.refresh import sources
from triage.config.schema import Config
from triage.errors import TriageError
from triage.papers import ArxivId, LabelSource, Paper, with_aliases
from triage.progress import Progress, silent
from triage.store.labels import CurrentLabel
from triage.store.store import Store
from triage.training.labels import noted_days
from triage.training.lookup import match_entries
from triage.training.notes import own_entries

MOST_PAPERS = 60_000
"""The newest papers are walked; a store may hold all of arXiv."""
ENOUGH_PICKS = 5
ENOUGH_PAPERS = 500
"""Before the first day that is scored when the reader names none."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a backtest goes by."""

    papers: tuple[Paper, ...] = field(repr=False)
    """All with their listing days."""
    picks: Mapping[ArxivId, date]
    """What the reader holds relevant, and the day of that label."""
    negatives: Mapping[ArxivId, date] = field(default_factory=dict)
    community: Mapping[ArxivId, date] = field(default_factory=dict)
    """Other people's picks, if the reader wants them to count."""
    categories: Mapping[ArxivId, tuple[str, ...]] = field(default_factory=dict)
    """The reader's own, of their picks."""
    undated: int = 0
    """Relevant papers whose listing day is unknown: they are left out."""


def gather_own_past(
    config: Config, store: Store, clock: Clock, *, last: date | None = None, progress: Progress = silent
) -> Past:
    """Gather papers and labels from the store, and the days of notes from the notes; writes nothing.

    Papers are those up to the listing day ``last``.

    Raises
    ------
    NotesError
        If a notes path does not exist.
    """
    from triage.notes.extract import extract

    extraction = extract(
        config.note_paths,
        include=config.notes.include,
        exclude=config.notes.exclude,
        progress=lambda done, total: progress("reading notes", done, total),
    )
    matches = match_entries(own_entries(extraction.entries, config, store), store, None, clock, progress)
    before = None if last is None else last + timedelta(days=1)
    with store.reading() as tx:
        current_labels = tx.labels.current_labels()
        newest = tx.papers.newest(before=before, categories=(), limit=MOST_PAPERS)
        papers = {paper.id: paper for paper in newest} | tx.papers.get(current_labels)
        # Whether the daily run uses community picks.
        community = tx.community.before(date.max) if sources(config) else []
    dated = {one: paper.announced for one, paper in papers.items() if paper.announced is not None}
    picks, negatives = label_days(current_labels, dated, noted_days(matches), config.zone)
    return Past(
        papers=tuple(papers[one] for one in dated),
        picks=picks,
        negatives=negatives,
        community={paper: day for day, paper in reversed(community)},
        categories={one: current_labels[one].categories or () for one in picks},
        undated=sum(current.relevant is True and one not in dated for one, current in current_labels.items()),
    )


def label_days(
    current_labels: Mapping[ArxivId, CurrentLabel],
    announced: Mapping[ArxivId, date],
    noted_on: Mapping[ArxivId, date],
    zone: ZoneInfo,
) -> tuple[dict[ArxivId, date], dict[ArxivId, date]]:
    """Return the days of labels, of relevant papers and of others, for papers with a listing day.

    A mark counts from the reader's day on which it was read; a note from the day it bears, or else
    from the paper's listing day, as if it had been found on the day.
    """
    picks: dict[ArxivId, date] = {}
    negatives: dict[ArxivId, date] = {}
    for paper, current in sorted(current_labels.items()):
        label = current.relevance_label
        if paper not in announced or label is None:
            continue
        if label.source is LabelSource.NOTES:
            day = noted_on.get(paper, announced[paper])
        else:
            day = label.said_at.astimezone(zone).date()
        (picks if current.relevant else negatives)[paper] = day
    return picks, negatives


def first_day(papers: Sequence[Paper], picks: Mapping[ArxivId, date], categories: Collection[str]) -> date:
    """Return the first listing day before which enough picks and papers were known, or raise."""
    own = with_aliases(categories)
    dated = [(one.announced, one.primary_category) for one in papers if one.announced is not None]
    picked, days = sorted(picks.values()), sorted(day for day, _ in dated)
    if len(picked) >= ENOUGH_PICKS and len(days) > ENOUGH_PAPERS:
        known = max(picked[ENOUGH_PICKS - 1], days[ENOUGH_PAPERS - 1])
        candidates = [day for day, category in dated if day > known and category in own]
        if candidates:
            return min(candidates)
    raise TriageError(
        f"there is too little past to walk: {len(picked)} relevant papers with a listing day and "
        f"{len(days)} papers in all; a day is scored when {ENOUGH_PICKS} and {ENOUGH_PAPERS} are known before it.",
        remedy="Import older listings with 'triage archive import FILE', mark or note more papers, or name the "
        "first day yourself with --from.",
    )
