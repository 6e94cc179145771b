"""Unlabelled papers to learn against: of recent weeks, and of the listing days of noted papers.

Against recent papers alone, notes of an earlier year are recognised by their year, not by what the
reader likes.  What to fetch is decided by pure functions (:func:`next_day`, :func:`eras_apart`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel, Field, RootModel

from triage.config.schema import Config
from triage.context import Context
from triage.errors import FetchError
from triage.listing.calendar import is_listing_day, latest_listing_day, submission_window
from triage.listing.sources import PaperLookup
from triage.papers import Paper, with_aliases
from triage.store.store import Transaction

BACKGROUND = 8_000
"""Unlabelled papers that a model learns from, at most, and those of the month: the newest.  More teach nothing that
could be measured (bench/RANKING.md), and a day would take the longer the more is stored."""

ENOUGH_OF_ONES_OWN = 2_000
"""With fewer papers of the reader's own categories, those of others help out."""

WINDOW = timedelta(days=7)
MOST_WINDOWS = 26
"""Half a year: the background of a category too small for that stays small."""

LEAST_NOTED_DAYS = 8
MOST_NOTED_DAYS = 24
"""Listing days of noted papers that are fetched, ever: the least and the most past days that are ranked
again to measure a model."""
WHOLE_DAY = 15
"""With so many papers of the reader's categories, a listing day is known."""

FEW_NOTED = 10
"""Fewer noted papers say nothing about an era."""
FEW_A_MONTH = 50
"""The background lacks a month with fewer papers."""


class RecentWeeks(BaseModel, frozen=True, populate_by_name=True):
    """How far back the recent half was fetched; a record of the store."""

    KEY: ClassVar[str] = "background reached"

    start: datetime = Field(validation_alias="from", serialization_alias="from")
    done: bool


class NotedDays(RootModel[dict[date, int]], frozen=True):
    """The listing days of noted papers that were fetched, with their sizes; a record of the store."""

    KEY: ClassVar[str] = "background days"


def fill_background(context: Context, lookup: PaperLookup, *, most: int = MOST_WINDOWS) -> None:
    """Fetch older papers of the reader's categories to learn against, if the store has too few.

    Half of them (more where a few days fill that) are of the listing days of relevant papers, so these
    must be known before; the others are of the weeks before the latest listing.  Each window is
    fetched once, in a transaction of its own, so that a stopped run goes on where it was.  A failure
    is a notice: there is only less to compare with.  ``most`` is for a digest that waits: so many days
    and weeks at most, and the others another time.
    """
    try:
        _fill_noted_days(context, lookup, most)
        _fill_recent(context, lookup, most)
    except FetchError as error:
        context.warn(f"older papers could not be fetched: {error.message}")


def noted_listing_days(tx: Transaction) -> list[date]:
    """Return the listing day of every relevant paper, where it is known, in order."""
    current_labels = tx.labels.current_labels()
    papers = tx.papers.get(one for one, current in current_labels.items() if current.relevant)
    return sorted(paper.announced for paper in papers.values() if paper.announced is not None)


def noted_days_fetched(tx: Transaction) -> list[date]:
    """Return the listing days of noted papers whose other papers were fetched or are stored."""
    return list((tx.records.get(NotedDays) or NotedDays({})).root)


def next_day(noted: Iterable[date], fetched: Collection[date]) -> date | None:
    """Return the listing day to fetch next, None when there is none left.

    Days are shared out over months as the noted papers are, by D'Hondt's rule, which gives the same
    days whether they are fetched at once or over weeks in which notes are added; within a month the
    day with most noted papers comes first.  ``noted`` has the listing day of each noted paper.
    """
    on = Counter(noted)
    in_month: Counter[tuple[int, int]] = Counter()
    for day, papers in on.items():
        in_month[_month(day)] += papers
    had = Counter(_month(day) for day in fetched)
    left = [day for day in on if day not in fetched]
    return max(
        left,
        key=lambda day: (in_month[_month(day)] / (had[_month(day)] + 1), on[day], -day.toordinal()),
        default=None,
    )


def eras_apart(noted: Sequence[date], background: Iterable[date]) -> str:
    """Return a warning when the background hardly has the months of most noted papers, or nothing.

    Both are the listing days of papers.
    """
    known = Counter(map(_month, background))
    # Of a background that is small altogether, a tenth is not hardly any.
    few = min(FEW_A_MONTH, known.total() / 10)
    alone = sorted(day for day in noted if known[_month(day)] < few)
    if len(noted) < FEW_NOTED or 2 * len(alone) <= len(noted):
        return ""
    return (
        f"{len(alone)} of {len(noted)} noted papers, of {alone[0]:%Y-%m} to {alone[-1]:%Y-%m}, have almost no "
        "unlabelled papers of the same months to compare with, so the measures show how well old papers differ "
        f"from new ones, not what you like; fetch more with: triage archive fetch --since {alone[0].replace(day=1)}"
    )


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _fill_noted_days(context: Context, lookup: PaperLookup, most: int) -> None:
    config, holidays = context.config, context.config.arxiv.holidays
    wanted = config.arxiv.background // 2
    latest = latest_listing_day(context.clock.now(), holidays)
    with context.store.reading() as tx:
        days = [day for day in noted_listing_days(tx) if day < latest and is_listing_day(day, holidays)]
        fetched = dict((tx.records.get(NotedDays) or NotedDays({})).root)
    for _ in range(most):
        day = next_day(days, fetched.keys()) if _more_days(fetched.values(), wanted) else None
        if day is None:
            return
        context.progress("fetching papers of the days of noted papers", len(fetched), MOST_NOTED_DAYS)
        with context.store.reading() as tx:
            known = tx.papers.counts_by_day(day, day, config.categories).get(day, 0)
        papers: list[Paper] = []
        if known < WHOLE_DAY:
            papers = lookup.by_window(config.categories, *submission_window(day, holidays))
        fetched[day] = len(papers) or known
        with context.store.transaction() as tx:
            tx.papers.put(papers)
            tx.records.put(NotedDays(fetched))


def _more_days(sizes: Collection[int], wanted: int) -> bool:
    if not wanted or len(sizes) >= MOST_NOTED_DAYS:
        return False
    return len(sizes) < LEAST_NOTED_DAYS or sum(sizes) < wanted


def _fill_recent(context: Context, lookup: PaperLookup, most: int) -> None:
    config, store = context.config, context.store
    wanted, holidays = config.arxiv.background, config.arxiv.holidays
    with store.reading() as tx:
        have = tx.papers.count()
        reached = tx.records.get(RecentWeeks)
    if reached is not None and reached.done:
        return
    latest = latest_listing_day(context.clock.now(), holidays)
    end = reached.start if reached else submission_window(latest, holidays)[0]
    for _ in range(most):
        if have >= wanted:
            break
        context.progress("fetching older papers to compare with", have, wanted)
        papers = lookup.by_window(config.categories, end - WINDOW, end)
        end -= WINDOW
        with store.transaction() as tx:
            tx.papers.put(papers)
            tx.records.put(RecentWeeks(start=end, done=False))
            have = tx.papers.count()
    if most == MOST_WINDOWS or have >= wanted:
        with store.transaction() as tx:
            tx.records.put(RecentWeeks(start=end, done=True))


def background_papers(
    tx: Transaction, config: Config, before: date | None, *, most: int = BACKGROUND
) -> list[Paper]:
    """Return the unlabelled papers that a model learns from, announced before a day: the newest, and of noted days."""
    # As many before the month, so that a feature space holds for as long.
    latest = tx.papers.newest(before=before, categories=config.categories, limit=1)
    day = latest[0].announced if latest else None
    this_month = tx.papers.counts_by_day(day.replace(day=1), day, config.categories) if day else {}
    limit = most + sum(this_month.values())
    found = tx.papers.newest(before=before, categories=config.categories, limit=limit)
    if len(found) < ENOUGH_OF_ONES_OWN:
        more = tx.papers.newest(before=before, categories=(), limit=ENOUGH_OF_ONES_OWN)
    else:
        # In a large archive these are older than the newest.
        more = [
            paper
            for day in noted_days_fetched(tx)
            for paper in (tx.papers.announced_on(day) if before is None or day < before else ())
            if paper.primary_category in with_aliases(config.categories)
        ]
    known = {paper.id for paper in found}
    return found + [paper for paper in more if paper.id not in known]
