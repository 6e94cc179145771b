"""One announcement of the reader's categories, from whichever source has it.

On its own day the feeds carry an announcement, one category each; anomalies are checked against the
API.  Later, the API finds the papers by their submission window, and for long gaps OAI-PMH does; each
stands in for the other.  Every announcement ends in a state with a reason: none is ever empty by
accident.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from triage.errors import FetchError
from triage.listing.anomaly_checks import (
    FEWEST_TO_JUDGE,
    Anomaly,
    FeedReport,
    expected_size,
    feed_anomalies,
    index_lags,
    size_anomaly,
    was_deferred,
)
from triage.listing.calendar import (
    EASTERN,
    feed_time,
    follows_assumed_holiday,
    is_listing_day,
    submission_window,
    unlisted_years,
)
from triage.listing.categories import category_warnings
from triage.listing.feed import Feed
from triage.listing.merge import (
    ListingCriteria,
    candidates_of,
    ids_of,
    merge_feeds,
    papers_by_day,
    select_from_feeds,
    submitted_for,
    with_listing_day,
    without,
)
from triage.listing.responses import RequestError
from triage.papers import (
    Announcement,
    AnnouncementState,
    AnnounceType,
    ArxivId,
    ListedPaper,
    Listing,
    Paper,
)

LONG_GAP_DAYS = 5
"""From this many missed listing days on, OAI-PMH is asked before the API."""
HELD_FOR = timedelta(days=14)
"""How far back to look for papers that moderators held; few are held longer."""

_NAMES = {"api": "the API", "oai": "OAI-PMH"}

WindowSource = Callable[[Collection[str], datetime, datetime], Sequence[Paper]]
"""Finds the papers of some categories submitted in a half-open window."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where announcements come from; each raises FetchError when it has no usable answer."""

    feed: Callable[[str], Feed]
    """The feed of one category."""
    api: WindowSource
    oai: WindowSource
    listing_days: Callable[[Collection[ArxivId], Collection[str], date], Mapping[ArxivId, date]]
    """On which days papers of some categories were announced, as far as it is known, since a day."""


@dataclass(frozen=True, slots=True)
class _SearchResult:
    """What a search found, and what went wrong before."""

    source: str = ""
    """Empty when no source answered."""
    papers: Sequence[Paper] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Day:
    """A listing day, and how its outcome becomes a listing."""

    day: date
    criteria: ListingCriteria
    now: datetime

    @property
    def expected(self) -> float | None:
        """How many new papers to expect."""
        typical = self.criteria.typical_sizes.get(self.day.weekday())
        return expected_size(typical, self.day, self.criteria.extra_holidays)

    @property
    def usually_quiet(self) -> bool:
        """Whether no papers at all would be normal."""
        return self.expected is not None and self.expected < FEWEST_TO_JUDGE

    def listing(
        self,
        state: AnnouncementState,
        reason: str,
        items: Sequence[ListedPaper] = (),
        source: str = "",
    ) -> Listing:
        if state is AnnouncementState.FAILED:
            # A misspelt category has no papers, whoever is asked.
            reason = "; ".join((reason, *category_warnings(self.criteria.categories)))
        announcement = Announcement(
            day=self.day,
            state=state,
            new=len(ids_of(items, AnnounceType.NEW)),
            cross=len(ids_of(items, AnnounceType.CROSS)),
            replaced=sum(item.announce_type.is_replacement for item in items),
            source=source,
            reason=reason,
            checked_at=self.now,
        )
        return Listing(announcement, tuple(items))


def fetch_announcement(day: date, criteria: ListingCriteria, sources: Sources, now: datetime) -> Listing:
    """Fetch the announcement of one listing day.

    Its state is ``complete``, ``empty`` (no announcement that day), ``recovered`` (from the API or
    OAI-PMH alone), ``failed`` (nothing usable; to be tried again) or ``due`` (not out yet).
    """
    if is_listing_day(day, criteria.extra_holidays) and now.astimezone(EASTERN).date() == day:
        return _fetch_today(_Day(day, criteria, now), sources)
    return fetch_missed([day], criteria, sources, now)[0]


def fetch_missed(
    days: Sequence[date], criteria: ListingCriteria, sources: Sources, now: datetime
) -> list[Listing]:
    """Fetch announcements that the feeds no longer carry, with one search for all of them.

    The days are in order; those that are no listing days get the state ``empty``, future ones ``due``.
    OAI-PMH says when papers that moderators held were announced; where it doesn't, those submitted
    before the days come with the first of them.
    """
    missed = [day for day in days if is_listing_day(day, criteria.extra_holidays) and feed_time(day) <= now]
    order = ("oai", "api") if len(missed) >= LONG_GAP_DAYS else ("api", "oai")
    found = _search(missed, criteria, sources, order)
    announced = _announcement_days(found, missed, criteria, sources)
    by_day = papers_by_day(found.papers, missed, announced, criteria.known_ids)
    listings = []
    for one in days:
        day = _Day(one, criteria, now)
        if not is_listing_day(one, criteria.extra_holidays):
            listings.append(day.listing(AnnouncementState.EMPTY, _why_no_listing(one)))
        elif feed_time(one) > now:
            listings.append(day.listing(AnnouncementState.DUE, "it appears at midnight US Eastern"))
        elif not found.source:
            listings.append(day.listing(AnnouncementState.FAILED, "; ".join(found.problems)))
        else:
            listings.append(_recovered(day, by_day[one], found))
    return listings


def _fetch_today(day: _Day, sources: Sources) -> Listing:
    """Fetch from the feeds, and check their anomalies against the API."""
    criteria = day.criteria
    reports = [_report(category, day, sources) for category in criteria.categories]
    usable = {report.category: report.feed for report in reports if report.usable and report.feed}
    items = select_from_feeds(merge_feeds(usable, criteria.categories), day.day, criteria)
    if follows_assumed_holiday(day.day, criteria.extra_holidays):
        reports = [report.with_anomaly(Anomaly.AFTER_HOLIDAY) for report in reports]
    all_usable = len(usable) == len(reports)
    if all_usable and (odd_size := size_anomaly(len(ids_of(items, AnnounceType.NEW)), day.expected)):
        reports = [report.with_anomaly(odd_size) for report in reports]
    reason = "; ".join(report.sentence() for report in reports if report.anomalies)
    if not reason:
        return day.listing(AnnouncementState.COMPLETE, "", items, "feed")
    found = _search([day.day], criteria, sources, ("api", "oai"))
    if found.source:
        of_day = papers_by_day(found.papers, [day.day], {}, criteria.known_ids)[day.day]
        return _checked(day, reports, items, replace(found, papers=of_day), reason)
    reason = "; ".join((reason, *found.problems))
    if _nothing_is_missing(reports):
        return day.listing(AnnouncementState.COMPLETE, reason, items, "feed")
    return day.listing(AnnouncementState.FAILED, reason)


def _checked(
    day: _Day,
    reports: Sequence[FeedReport],
    items: Sequence[ListedPaper],
    found: _SearchResult,
    reason: str,
) -> Listing:
    """Merge the feeds with what the API (or OAI-PMH) has for the day."""
    criteria = day.criteria
    candidates = without(candidates_of(found.papers, criteria), criteria.known_ids)
    extra = without(candidates, {item.paper.id for item in items})
    everything = [*items, *(with_listing_day(item, day.day) for item in extra)]
    reason = f"{reason}; {_NAMES[found.source]} has {len(extra)} more"
    unusable = [report for report in reports if not report.usable]
    # Feeds and API agree on nothing, where there is usually next to nothing.
    all_empty = not everything and all(report.anomalies == (Anomaly.EMPTY,) for report in unusable)
    if _nothing_is_missing(reports) or (day.usually_quiet and all_empty):
        return day.listing(AnnouncementState.COMPLETE, reason, everything, "feed")
    in_feeds = ids_of(items, AnnounceType.NEW)
    in_index = set(ids_of(candidates, AnnounceType.NEW))
    lags = index_lags(day.day, day.now, found=in_index, in_feeds=in_feeds, expected=day.expected)
    if lags or not everything:
        return day.listing(AnnouncementState.FAILED, f"{reason}; perhaps it is too early")
    if len(unusable) < len(reports):
        return day.listing(AnnouncementState.COMPLETE, reason, everything, "feed")
    return day.listing(AnnouncementState.RECOVERED, reason, everything, found.source)


def _nothing_is_missing(reports: Sequence[FeedReport]) -> bool:
    """Whether the feeds are strange only in ways that lose no papers."""
    return not any(anomaly.may_miss_papers for report in reports for anomaly in report.anomalies)


def _search(
    days: Sequence[date], criteria: ListingCriteria, sources: Sources, order: Sequence[str]
) -> _SearchResult:
    """Find the papers of some listing days, and those of a while before, of which some were held.

    One source after the other is asked, until one answers.
    """
    if not days:
        return _SearchResult()
    start = submission_window(days[0], criteria.extra_holidays)[0]
    end = submission_window(days[-1], criteria.extra_holidays)[1]
    if criteria.known_ids:  # without any, nothing tells which of the earlier papers were held
        start -= HELD_FOR
    problems: list[str] = []
    for name in order:
        source: WindowSource = getattr(sources, name)
        try:
            return _SearchResult(name, source(criteria.categories, start, end), tuple(problems))
        except FetchError as error:
            problems.append(f"{_NAMES[name]}: {_problem(error)}")
    return _SearchResult(problems=tuple(problems))


def _announcement_days(
    found: _SearchResult, days: Sequence[date], criteria: ListingCriteria, sources: Sources
) -> Mapping[ArxivId, date]:
    """Ask when the papers were announced: the API says only when they were submitted."""
    if found.source != "api" or not found.papers:
        return {}
    try:
        return sources.listing_days([paper.id for paper in found.papers], criteria.categories, days[0])
    except FetchError:
        # For nearly all, the time of submission is enough.
        return {}


def _recovered(day: _Day, papers: Sequence[Paper], found: _SearchResult) -> Listing:
    """Check what a search found for a past day."""
    source, criteria = _NAMES[found.source], day.criteria
    items = without(candidates_of(papers, criteria), criteria.known_ids)
    new = ids_of(items, AnnounceType.NEW)
    due = candidates_of(submitted_for(day.day, found.papers, criteria.extra_holidays), criteria)
    if was_deferred({item.paper.id for item in due}, {item.paper.id for item in items}):
        reason = "arXiv put it off: its papers came with another announcement"
        return day.listing(AnnouncementState.EMPTY, reason)
    if not items and not day.usually_quiet:
        return day.listing(AnnouncementState.FAILED, f"{source} knows no papers for it")
    if index_lags(day.day, day.now, found=new, in_feeds=(), expected=day.expected):
        reason = f"{source} has {len(new)} new papers only; perhaps it is too early"
        return day.listing(AnnouncementState.FAILED, reason)
    reason = str(size_anomaly(len(new), day.expected) or "")
    return day.listing(AnnouncementState.RECOVERED, reason, items, found.source)


def _report(category: str, day: _Day, sources: Sources) -> FeedReport:
    try:
        feed = sources.feed(category)
    except FetchError as error:
        return FeedReport(category, None, (Anomaly.FAILED,), _problem(error))
    return FeedReport(category, feed, feed_anomalies(feed, category, day.day, day.criteria.known_ids))


def _problem(error: FetchError) -> str:
    """What was wrong, without the address: the sentence names the service."""
    return error.problem if isinstance(error, RequestError) else error.message


def _why_no_listing(day: date) -> str:
    if day.weekday() >= 5:
        return "arXiv has no listing on weekends"
    assumed = unlisted_years([day - timedelta(days=1)])
    note = " (assumed: arXiv's list for the year is not known)" if assumed else ""
    return f"no announcement on arXiv's holidays{note}"
