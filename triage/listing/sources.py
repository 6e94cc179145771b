"""Where a day's announcements come from: a listing file, or arXiv itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import Protocol

from triage.config.schema import Config
from triage.errors import ListingError
from triage.listing.anomaly_checks import FEWEST_TO_JUDGE
from triage.listing.merge import announce_type_for
from triage.papers import (
    WHOLE,
    Announcement,
    AnnouncementState,
    ArxivId,
    ListedPaper,
    Listing,
    Paper,
)
from triage.progress import Progress, silent

TYPICAL_OF_LAST, ENOUGH_FOR_TYPICAL = 20, 5
"""A listing's usual size is the median of so many announcements before it; of fewer than the second
number there is no telling."""

TYPICAL_OF_WEEKDAY, ENOUGH_FOR_WEEKDAY = 8, 4
"""The same for one weekday: Tuesday's listing, with a weekend's papers, is twice as long as others."""


def typical_size(past: Sequence[Announcement], weekday: int | None = None) -> float | None:
    """Return the usual number of new submissions of an announcement; None when too few are known.

    Only announcements that triage saw whole count: an imported archive may hold a part of each day.
    Where enough of a weekday (Monday is 0) are known, only these count.  ``past`` is oldest first.
    """
    return _usual([(one.day, one.new) for one in past if one.state in WHOLE], weekday)


def typical_sizes(past: Sequence[Announcement], stored: Mapping[date, int]) -> dict[int, float]:
    """Return the usual number of new submissions by weekday, Monday to Friday; unknown ones are left out.

    ``stored`` has the number of stored papers of earlier listing days.  In the first days of use this
    background tells the usual size, but it may hold a part of each day only: it never makes a category a
    quiet one.
    """
    seen = {one.day: one.new for one in past if one.state in WHOLE}
    known, least = seen, 0
    if len(seen) < ENOUGH_FOR_TYPICAL:
        known, least = {**stored, **seen}, FEWEST_TO_JUDGE
    sizes = ((weekday, _usual(sorted(known.items()), weekday)) for weekday in range(5))
    return {weekday: size for weekday, size in sizes if size is not None and size >= least}


def _usual(sizes: Sequence[tuple[date, int]], weekday: int | None) -> float | None:
    same = [size for day, size in sizes if day.weekday() == weekday][-TYPICAL_OF_WEEKDAY:]
    if len(same) >= ENOUGH_FOR_WEEKDAY:
        return median(same)
    last = [size for _, size in sizes][-TYPICAL_OF_LAST:]
    return median(last) if len(last) >= ENOUGH_FOR_TYPICAL else None


class PaperLookup(Protocol):
    """Finds single papers and older ones at arXiv: :class:`triage.listing.api.ApiSource`."""

    def by_ids(self, ids: Sequence[ArxivId]) -> dict[ArxivId, Paper]:
        """Return the known papers among ``ids``."""

    def by_title(self, title: str) -> list[Paper]:
        """Return papers with a title like this."""

    def by_window(self, categories: Collection[str], start: datetime, end: datetime) -> list[Paper]:
        """Return the papers of some categories submitted in a window."""


class Source(Protocol):
    """What can say which announcements there are, and bring them."""

    def days(self, first: date | None, last: date | None) -> list[date]:
        """Return the listing days from one to another, both included, oldest first.

        Without ``first``, the days that a fresh store begins with.
        """

    def fetch(self, days: Sequence[date], now: datetime) -> Iterator[Listing]:
        """Yield the announcements of listing days, in order; a failure is a state, not an error."""


class FileSource:
    """Announcements from a listing file; never touches the network."""

    def __init__(self, config: Config, path: Path, progress: Progress = silent) -> None:
        from triage.listing.files import read_listing

        self._name = path.name
        self._days: dict[date, dict[str, ListedPaper]] = {}
        undated = 0
        for number, paper in enumerate(read_listing(path, extra_holidays=config.arxiv.holidays), 1):
            if number % 10_000 == 0:
                progress(f"reading {path.name}", number, 0)
            announce_type = announce_type_for(paper, config.categories)
            if announce_type is None:
                continue
            if paper.announced is None:
                undated += 1
                continue
            self._days.setdefault(paper.announced, {})[paper.id] = ListedPaper(paper, announce_type)
        if not self._days:
            why = f"; {undated} had neither a listing day nor a submission time" if undated else ""
            raise ListingError(
                f"{path} has no paper of {', '.join(config.categories)}{why}.",
                remedy="Check 'categories' in config.yaml against the file's.",
            )

    def days(self, first: date | None, last: date | None) -> list[date]:
        return sorted(
            day for day in self._days if (first is None or day >= first) and (last is None or day <= last)
        )

    def fetch(self, days: Sequence[date], now: datetime) -> Iterator[Listing]:
        for day in days:
            items, source = self._days[day].values(), f"file:{self._name}"
            yield Listing.of(day, AnnouncementState.COMPLETE, items, source=source, checked_at=now)
