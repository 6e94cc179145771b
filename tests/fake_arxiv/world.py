"""What the fake arXiv knows: papers, when each of their versions was announced, and to whom when."""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from triage.listing.calendar import (
    EASTERN,
    announcement_time,
    is_listing_day,
    submission_window,
)
from triage.papers import AnnounceType, ArxivId, ListedPaper, Paper, with_aliases

OAI_READY = timedelta(hours=2, minutes=30)
"""How long after an announcement OAI-PMH has it."""


@dataclass(frozen=True)
class Version:
    """One version of a paper: when it was submitted and in which listing it was announced."""

    number: int
    submitted: datetime
    day: date


@dataclass(frozen=True)
class Known:
    """A paper as arXiv has it at some moment."""

    paper: Paper
    """At its latest announced version."""
    versions: tuple[Version, ...]
    """The announced ones, oldest first."""

    @property
    def datestamp(self) -> date:
        """The day of its last change."""
        return self.versions[-1].day


class World:
    """Papers and their announcements.

    Parameters
    ----------
    papers : iterable of Paper
        With their listing days; a day without announcement becomes the next that has one, as when
        arXiv puts a mailing off. Papers without submission time get one inside their window.
    replaced_share : float
        The share of the papers that get a second version, announced some listing days later.
    """

    def __init__(self, papers: Iterable[Paper], *, replaced_share: float = 0.0) -> None:
        self.papers: dict[ArxivId, Paper] = {}
        self.versions: dict[ArxivId, list[Version]] = {}
        self._by_submission: list[tuple[datetime, ArxivId]] = []
        self._by_day: dict[date, list[tuple[ArxivId, int]]] = defaultdict(list)
        for number, paper in enumerate(papers):
            if paper.announced is None:
                raise ValueError(f"{paper.id} has no listing day")
            day = next_listing_day(paper.announced)
            submitted = paper.submitted or inside_window(day, number)
            self.papers[paper.id] = replace(paper, submitted=submitted, announced=day)
            self._announce(paper.id, Version(1, submitted, day))
            if _chance(paper.id) < replaced_share:
                later = day + timedelta(days=3 + zlib.crc32(paper.id.encode()) % 10)
                self.replace(paper.id, next_listing_day(later))

    def replace(self, identifier: ArxivId, day: date) -> None:
        """Let a paper get its next version in the listing of a day."""
        number = len(self.versions[identifier]) + 1
        self._announce(identifier, Version(number, inside_window(day, number), day))

    def announce_anyway(self, identifier: ArxivId, day: date) -> None:
        """Let a paper's first version be announced on a day that by the calendar has no listing."""
        first = self.versions[identifier][0]
        self._by_day[first.day].remove((identifier, 1))
        self.versions[identifier][0] = replace(first, day=day)
        self._by_day[day].append((identifier, 1))

    def listing(self, day: date, categories: Iterable[str]) -> list[ListedPaper]:
        """Return the feed of a day: replacements first, kinds relative to the categories."""
        wanted = set(with_aliases(categories))
        items = []
        for identifier, number in self._by_day.get(day, ()):
            paper = self.papers[identifier]
            if not wanted & reached(paper):
                continue
            at_home = paper.primary_category in wanted or _archive(paper.primary_category) in wanted
            kind = _kind(number, at_home=at_home)
            items.append(ListedPaper(replace(paper, version=number), kind))
        return sorted(items, key=lambda item: (not item.announce_type.is_replacement, item.paper.id))

    def submitted_between(self, first: datetime, last: datetime, now: datetime) -> list[Known]:
        """Return the papers submitted between two times, both included, that are announced at `now`."""
        if len(self._by_submission) != len(self.papers):
            self._by_submission = sorted(
                (versions[0].submitted, identifier) for identifier, versions in self.versions.items()
            )
        start = bisect_left(self._by_submission, (first, ArxivId("")))
        found = []
        for submitted, identifier in self._by_submission[start:]:
            if submitted > last:
                break
            if known := self.known(identifier, now):
                found.append(known)
        return found

    def changed_since(self, first: date, now: datetime) -> list[Known]:
        """Return the papers whose last announced change is of a day or later, by day and id."""
        ids = {
            identifier for day, changes in self._by_day.items() if day >= first for identifier, _ in changes
        }
        known = [one for identifier in ids if (one := self.known(identifier, now))]
        return sorted(
            (one for one in known if one.datestamp >= first), key=lambda one: (one.datestamp, one.paper.id)
        )

    def known(self, identifier: ArxivId, now: datetime) -> Known | None:
        """Return one paper as it was announced at `now`, if it was."""
        versions = tuple(
            version for version in self.versions.get(identifier, ()) if announcement_time(version.day) <= now
        )
        if not versions:
            return None
        latest = versions[-1]
        paper = replace(self.papers[identifier], version=latest.number, updated=latest.submitted)
        return Known(paper, versions)

    def _announce(self, identifier: ArxivId, version: Version) -> None:
        self.versions.setdefault(identifier, []).append(version)
        self._by_day[version.day].append((identifier, version.number))


def next_listing_day(day: date) -> date:
    """Return the day itself, or the first after it that has a listing."""
    while not is_listing_day(day):
        day += timedelta(days=1)
    return day


def inside_window(day: date, number: int) -> datetime:
    """Return some submission time for a listing day, later for higher numbers as far as it goes."""
    start, end = submission_window(day)
    return (start + (end - start) * ((number % 997) / 1000)).replace(microsecond=0).astimezone(UTC)


def reached(paper: Paper) -> set[str]:
    """Return the categories and archives in whose listings a paper stands."""
    return {*paper.categories, *map(_archive, paper.categories)}


def feed_day(now: datetime) -> date:
    """Return the day whose listing the feeds carry: the Eastern date."""
    return now.astimezone(EASTERN).date()


def _kind(number: int, *, at_home: bool) -> AnnounceType:
    if number == 1:
        return AnnounceType.NEW if at_home else AnnounceType.CROSS
    return AnnounceType.REPLACE if at_home else AnnounceType.REPLACE_CROSS


def _archive(category: str) -> str:
    return category.partition(".")[0]


def _chance(identifier: ArxivId) -> float:
    return zlib.crc32(b"replaced" + identifier.encode()) / 2**32
