"""What listed papers are to the reader: new, cross-listed or replaced, and announced when.

Pure functions.  arXiv says how a paper stands in one category's listing; the reader has several.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from triage.listing.anomaly_checks import held_back
from triage.listing.calendar import announced_day
from triage.listing.feed import Feed
from triage.papers import Announcement, AnnounceType, ArxivId, ListedPaper, Paper, with_aliases

# One that was replaced in any category has been there before; a cross-list elsewhere is no news then.
_ORDER = (AnnounceType.NEW, AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS, AnnounceType.CROSS)
_AT_HOME = {AnnounceType.CROSS: AnnounceType.NEW, AnnounceType.REPLACE_CROSS: AnnounceType.REPLACE}


@dataclass(frozen=True, slots=True)
class ListingCriteria:
    """Which papers of an announcement are candidates, and what is known already."""

    categories: tuple[str, ...]
    cross_lists: bool
    """Whether papers of other primary categories are candidates; they come as ``cross``."""
    known_ids: Collection[ArxivId]
    """Papers that came with *other* announcements; they are never new again.  Papers known only from
    notes don't belong here, nor those of the announcement that is fetched."""
    typical_sizes: Mapping[int, float] = field(default_factory=dict)
    """How many new papers the reader's categories usually have, by weekday of the listing, 0 is Monday."""
    extra_holidays: Collection[date] = ()
    """Further evenings without an announcement."""
    whole: Mapping[date, Announcement] = field(default_factory=dict)
    """The announcements whose listings are stored, fetched for the same categories."""
    listed_ids: Collection[ArxivId] = ()
    """Papers that came as new or cross-listed with any of them."""

    def is_missing(self, paper: Paper) -> bool:
        """Whether a paper was submitted for a stored listing and came with none."""
        return paper.announced in self.whole and paper.id not in self.listed_ids


def merge_feeds(feeds: Mapping[str, Feed], categories: Collection[str] = ()) -> list[ListedPaper]:
    """Merge the feeds of several of the reader's categories (the keys), each paper once.

    The announce type becomes relative to all the categories: new in one and cross-listed in another
    is new; replaced in one and cross-listed in another is replaced.  So is what another feed calls
    cross-listed, when the feed of its own category is not there.
    """
    absent = set(with_aliases(categories)).difference(with_aliases(feeds))
    merged: dict[ArxivId, ListedPaper] = {}
    for category, feed in feeds.items():
        for listed in feed.items:
            item = _with_category(listed, category)
            if item.paper.primary_category in absent:
                item = replace(item, announce_type=_AT_HOME.get(item.announce_type, item.announce_type))
            known = merged.get(item.paper.id, item)
            merged[item.paper.id] = min(known, item, key=lambda each: _ORDER.index(each.announce_type))
    return list(merged.values())


def select_from_feeds(
    items: Sequence[ListedPaper], day: date, criteria: ListingCriteria
) -> list[ListedPaper]:
    """Give a feed's papers their listing day, and drop what is no candidate or known already.

    Replacements are kept.  Cross-lists of papers announced the same day have ids among the new ones;
    an older id was announced on a day that the feed doesn't say.
    """
    first_new = min(ids_of(items, AnnounceType.NEW), default=None)
    kept = []
    for item in items:
        if item.announce_type.is_replacement:
            kept.append(item)
        elif item.paper.id not in criteria.known_ids and (
            item.announce_type is AnnounceType.NEW or criteria.cross_lists
        ):
            # As text, ids of 2007 and later are in order; older ones (hep-th/...) never are of today.
            of_today = first_new is not None and "/" not in item.paper.id and item.paper.id >= first_new
            kept.append(with_listing_day(item, day) if of_today else item)
    return kept


def announce_type_for(paper: Paper, categories: Collection[str]) -> AnnounceType | None:
    """Return how a paper on its first day stands for a reader of ``categories``; None if it does not."""
    own = with_aliases(categories)
    if paper.primary_category in own:
        return AnnounceType.NEW
    return AnnounceType.CROSS if not set(own).isdisjoint(paper.categories) else None


def candidates_of(papers: Iterable[Paper], criteria: ListingCriteria) -> list[ListedPaper]:
    """Return the candidates among the papers that a search found, with their announce types."""
    typed = ((paper, announce_type_for(paper, criteria.categories)) for paper in papers)
    wanted = {AnnounceType.NEW, *([AnnounceType.CROSS] if criteria.cross_lists else [])}
    return [ListedPaper(paper, kind) for paper, kind in typed if kind in wanted]


def without(items: Iterable[ListedPaper], ids: Collection[ArxivId]) -> list[ListedPaper]:
    return [item for item in items if item.paper.id not in ids]


def papers_by_day(
    papers: Iterable[Paper],
    days: Sequence[date],
    announced: Mapping[ArxivId, date],
    criteria: ListingCriteria,
) -> dict[date, list[Paper]]:
    """Distribute the papers that a search found over listing days, which are in order.

    Papers announced after the days are left out: they come with the announcement of their own day.
    Those that earlier listings lack are with the day they are missing from; where that is not sure,
    a few of a day are taken for held by moderators until the first of the days.

    ``announced`` has the day a paper was really announced on, where it is known; else it follows from
    its submission.
    """
    by_day: dict[date, list[Paper]] = {day: [] for day in days}
    dated = [replace(paper, announced=announced.get(paper.id, paper.announced)) for paper in papers]
    earlier = [one for one in dated if not days or one.announced is None or one.announced < days[0]]
    held = {one.id for one in held_back(earlier, criteria.known_ids)} if days else set()
    for paper in dated:
        day = paper.announced
        if days and day is not None and days[0] <= day <= days[-1]:
            day = next(one for one in days if one >= day)
        elif criteria.is_missing(paper) and (paper.id in announced or paper.id not in held):
            assert day is not None
        elif paper.id in held:
            day = days[0]
        else:
            continue
        by_day.setdefault(day, []).append(replace(paper, announced=day))
    return by_day


def submitted_for(day: date, papers: Iterable[Paper], extra_holidays: Collection[date]) -> list[Paper]:
    """Return the papers that were submitted in time for a listing day, whenever they were announced."""
    return [
        paper for paper in papers if paper.submitted and announced_day(paper.submitted, extra_holidays) == day
    ]


def with_listing_day(item: ListedPaper, day: date) -> ListedPaper:
    return replace(item, paper=replace(item.paper, announced=day))


def ids_of(items: Iterable[ListedPaper], announce_type: AnnounceType) -> list[ArxivId]:
    return [item.paper.id for item in items if item.announce_type is announce_type]


def _with_category(item: ListedPaper, category: str) -> ListedPaper:
    """A paper whose feed leaves its categories out is at home where it is new or replaced."""
    if item.paper.categories or item.announce_type in _AT_HOME:
        return item
    return replace(item, paper=replace(item.paper, categories=(category,)))
