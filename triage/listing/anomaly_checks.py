"""The anomaly checks: is a feed, or an answer of the API, plausible.  Pure decisions over plain values.

A feed that stands still looks fresh, since its date is that of the request; an empty one may be a
quiet day, a holiday or a fault; one of exactly the largest size has lost its newest papers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from triage.listing.calendar import announcement_time, previous_listing_day
from triage.listing.categories import CATEGORIES
from triage.listing.feed import Feed
from triage.papers import AnnounceType, ArxivId, Paper, with_aliases

STALE_SHARE = 0.5
"""A feed is stale when this share of its new papers came with an earlier announcement."""
OTHER_SHARE = 0.2
"""A feed is of another category when more than this share of its papers are."""
FEWEST_TO_JUDGE = 5
"""Below this usual size, an empty listing is normal."""
TOO_SMALL, TOO_LARGE = 0.4, 2.5
"""Listings between these multiples of the usual size are normal."""
WELL_KNOWN_SHARE = 0.8
"""A day is well known when this share of its papers is."""
DEFERRED_SHARE = 0.9
"""A past day had no announcement when this share of its papers came with others."""
FEWEST_TO_COMPARE = 3
"""Fewer papers in the feeds say nothing about the API."""
INDEX_LAG = timedelta(hours=16)
"""After this long, the API and OAI-PMH are taken to know a whole announcement."""


class Anomaly(StrEnum):
    """What is wrong or strange about the feed of one category."""

    FAILED = "could not be fetched"
    OTHER_DAY = "is dated another day"
    OTHER_CATEGORY = "is of another category"
    EMPTY = "is empty on a working day"
    STALE = "repeats papers of an earlier announcement"
    CUT = "is cut at its largest size"
    UNREADABLE = "has items that can't be read"
    TOO_FEW = "has far fewer new papers than usual"
    TOO_MANY = "has far more new papers than usual"
    """The only one with which no papers are missing."""


UNUSABLE = {Anomaly.FAILED, Anomaly.OTHER_DAY, Anomaly.OTHER_CATEGORY, Anomaly.EMPTY, Anomaly.STALE}
"""With one of these, nothing in a feed can be taken for the day's listing."""


@dataclass(frozen=True, slots=True)
class FeedReport:
    """The feed of one category and its anomalies."""

    category: str
    feed: Feed | None
    anomalies: tuple[Anomaly, ...] = ()
    detail: str = ""
    """The error, when there is no feed."""

    @property
    def usable(self) -> bool:
        """Whether its items belong to the day's listing."""
        return self.feed is not None and UNUSABLE.isdisjoint(self.anomalies)

    def sentence(self) -> str:
        """Return the anomalies in words, for the announcement's reason."""
        detail = f" ({self.detail})" if self.detail else ""
        return f"the feed of {self.category} {', '.join(self.anomalies)}{detail}"


def feed_anomalies(
    feed: Feed, category: str, day: date, known_ids: Collection[ArxivId]
) -> tuple[Anomaly, ...]:
    """Return the anomalies of a feed that should carry a category's papers of a listing day.

    The known ids are those of earlier announcements.
    """
    anomalies = []
    if feed.day is not None and feed.day != day:
        anomalies.append(Anomaly.OTHER_DAY)
    if category in CATEGORIES and _is_of_another_category(feed, set(with_aliases([category]))):
        anomalies.append(Anomaly.OTHER_CATEGORY)
    if not feed.items:
        anomalies.append(Anomaly.EMPTY)
    new = [item.paper.id for item in feed.items if item.announce_type is AnnounceType.NEW]
    if new and sum(identifier in known_ids for identifier in new) >= STALE_SHARE * len(new):
        anomalies.append(Anomaly.STALE)
    if feed.truncated:
        anomalies.append(Anomaly.CUT)
    if feed.unreadable:
        anomalies.append(Anomaly.UNREADABLE)
    return tuple(anomalies)


def _is_of_another_category(feed: Feed, names: set[str]) -> bool:
    titled = CATEGORIES.intersection(feed.category.split(", "))
    strange = sum(bool(one.paper.categories) and names.isdisjoint(one.paper.categories) for one in feed.items)
    return bool(titled and names.isdisjoint(titled)) or strange > OTHER_SHARE * len(feed.items)


def size_anomaly(new: int, expected: float | None) -> Anomaly | None:
    """Return an anomaly if a listing has far too few or many new papers; never when little is expected."""
    if expected is None or expected < FEWEST_TO_JUDGE:
        return None
    if new < TOO_SMALL * expected:
        return Anomaly.TOO_FEW
    return Anomaly.TOO_MANY if new > TOO_LARGE * expected else None


def expected_size(typical: float | None, day: date, extra_holidays: Collection[date] = ()) -> float | None:
    """Return how many new papers to expect, given the usual number on such a weekday.

    The listing after a holiday carries the papers of the days that had none.
    """
    if typical is None:
        return None
    gap = (day - previous_listing_day(day, extra_holidays)).days
    return typical * sum((day - timedelta(days=number)).weekday() < 5 for number in range(gap))


def index_lags(
    day: date,
    now: datetime,
    *,
    found: Collection[ArxivId],
    in_feeds: Collection[ArxivId],
    expected: float | None,
) -> bool:
    """Whether the API or OAI-PMH doesn't know the whole announcement yet.

    Of the new papers that it has ``found``, it should know most of those that trusted feeds have, or of
    those to expect.
    """
    if now - announcement_time(day) >= INDEX_LAG:
        return False
    if len(in_feeds) >= FEWEST_TO_COMPARE:
        return sum(identifier in found for identifier in in_feeds) < WELL_KNOWN_SHARE * len(in_feeds)
    return expected is None or not found or len(found) < TOO_SMALL * expected


def was_deferred(due: Collection[ArxivId], came: Collection[ArxivId]) -> bool:
    """Whether a past day had no announcement of its own: nearly all its papers came with others.

    ``due`` are those that were submitted in time for it, ``came`` those that came with no other.
    """
    elsewhere = sum(identifier not in came for identifier in due)
    nearly_all = DEFERRED_SHARE * len(due)
    return bool(due) and elsewhere >= nearly_all and len(came) <= len(due) - nearly_all


def held_back(earlier: Sequence[Paper], known_ids: Collection[ArxivId]) -> list[Paper]:
    """Find papers that moderators held and that were announced later than their submission says.

    Of the papers submitted for an earlier listing day that is well known, those that are not known
    were not announced then; so they were later.  Days that are not well known say nothing.

    The papers are all that were submitted for some earlier listing days, and the known ids those of
    the announcements that were fetched.
    """
    by_day: dict[date | None, list[Paper]] = {}
    for paper in earlier:
        by_day.setdefault(paper.announced, []).append(paper)
    held = []
    for papers in by_day.values():
        unknown = [paper for paper in papers if paper.id not in known_ids]
        if len(unknown) <= (1 - WELL_KNOWN_SHARE) * len(papers):
            held += unknown
    return held
