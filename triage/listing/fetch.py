"""One announcement of the reader's categories, from whichever source has it.

On its own day the feeds carry an announcement, one category each; what is doubtful about them is
checked against the API.  Later, the API finds the papers by their submission window, and for long
gaps OAI-PMH does; each stands in for the other.  Every announcement ends in a state with a reason:
none is ever empty by accident.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from triage.errors import FetchError
from triage.listing.anomaly_checks import (
    FEWEST_TO_JUDGE,
    Doubt,
    FeedReport,
    doubts_about,
    expected_size,
    index_lags,
    odd_size,
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
from triage.listing.feed import Feed
from triage.listing.merge import (
    ListingCriteria,
    announced_on,
    dated,
    ids_of,
    merge_feeds,
    shared_out,
    submitted_for,
    unknown,
    wanted,
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
    """On which days papers of some categories were announced, as far as it is told, since a day."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search brought: from where, and what went wrong before."""

    source: str
    """Empty when no source answered."""
    papers: Sequence[Paper]
    problems: tuple[str, ...]


def fetch_announcement(day: date, criteria: ListingCriteria, sources: Sources, now: datetime) -> Listing:
    """Fetch the announcement of one listing day.

    Parameters
    ----------
    day : date
        The listing day.
    criteria : ListingCriteria
    sources : Sources
    now : datetime
        Aware.

    Returns
    -------
    Listing
        Its state is ``complete``, ``empty`` (no announcement that day), ``recovered`` (from the API or
        OAI-PMH alone), ``failed`` (nothing usable; to be tried again) or ``due`` (not out yet).
    """
    if is_listing_day(day, criteria.extra_holidays) and now.astimezone(EASTERN).date() == day:
        return _fetch_today(_Desk(day, criteria, now), sources)
    return fetch_missed([day], criteria, sources, now)[0]


def fetch_missed(
    days: Sequence[date], criteria: ListingCriteria, sources: Sources, now: datetime
) -> list[Listing]:
    """Fetch announcements that the feeds no longer carry, with one search for all of them.

    Parameters
    ----------
    days : sequence of date
        In order. Those that are no listing days get the state ``empty``, those to come ``due``.
    criteria : ListingCriteria
    sources : Sources
    now : datetime

    Returns
    -------
    list of Listing
        One for each day.  OAI-PMH tells when papers that moderators held were announced; where it
        doesn't, those submitted before the days come with the first of them.
    """
    missed = [day for day in days if is_listing_day(day, criteria.extra_holidays) and feed_time(day) <= now]
    order = ("oai", "api") if len(missed) >= LONG_GAP_DAYS else ("api", "oai")
    found = _search(missed, criteria, sources, order)
    told = _listing_days(found, missed, criteria, sources)
    by_day = shared_out(found.papers, missed, told, criteria.known_ids)
    fetched = []
    for day in days:
        desk = _Desk(day, criteria, now)
        if not is_listing_day(day, criteria.extra_holidays):
            fetched.append(desk.without_papers(AnnouncementState.EMPTY, _why_no_listing(day)))
        elif feed_time(day) > now:
            reason = "it appears at midnight US Eastern"
            fetched.append(desk.without_papers(AnnouncementState.DUE, reason))
        elif not found.source:
            fetched.append(desk.without_papers(AnnouncementState.FAILED, "; ".join(found.problems)))
        else:
            fetched.append(_recovered(desk, by_day[day], found))
    return fetched


@dataclass(frozen=True, slots=True)
class _Desk:
    """One day's work: what is wanted, and how its outcome is written down."""

    day: date
    criteria: ListingCriteria
    now: datetime

    @property
    def expected(self) -> float | None:
        """How many new papers to expect."""
        typical = self.criteria.typical_sizes.get(self.day.weekday())
        return expected_size(typical, self.day, self.criteria.extra_holidays)

    def with_papers(
        self, state: AnnouncementState, items: Sequence[ListedPaper], *, source: str, reason: str = ""
    ) -> Listing:
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

    def without_papers(self, state: AnnouncementState, reason: str) -> Listing:
        return Listing(Announcement(day=self.day, state=state, reason=reason, checked_at=self.now))


def _fetch_today(desk: _Desk, sources: Sources) -> Listing:
    """Fetch from the feeds, and check what is doubtful about them against the API."""
    criteria = desk.criteria
    reports = [_report(category, desk, sources) for category in criteria.categories]
    usable = {report.category: report.feed for report in reports if report.usable and report.feed}
    items = dated(merge_feeds(usable), desk.day, criteria)
    if follows_assumed_holiday(desk.day, criteria.extra_holidays):
        reports = [replace(report, doubts=(*report.doubts, Doubt.AFTER_HOLIDAY)) for report in reports]
    whole = len(usable) == len(reports)
    if whole and (odd := odd_size(len(ids_of(items, AnnounceType.NEW)), desk.expected)):
        reports = [replace(report, doubts=(*report.doubts, odd)) for report in reports]
    reason = "; ".join(_sentence(report) for report in reports if report.doubts)
    if not reason:
        return desk.with_papers(AnnouncementState.COMPLETE, items, source="feed")
    found = _search([desk.day], criteria, sources, ("api", "oai"))
    if found.source:
        by_day = shared_out(found.papers, [desk.day], {}, criteria.known_ids)
        found = replace(found, papers=by_day[desk.day])
        return _checked(desk, reports, items, found, reason)
    reason = "; ".join((reason, *found.problems))
    if _nothing_is_missing(reports):
        return desk.with_papers(AnnouncementState.COMPLETE, items, source="feed", reason=reason)
    return desk.without_papers(AnnouncementState.FAILED, reason)


def _checked(
    desk: _Desk,
    reports: Sequence[FeedReport],
    items: Sequence[ListedPaper],
    found: _Found,
    reason: str,
) -> Listing:
    """Put the feeds together with what the API (or OAI-PMH) has for the day."""
    criteria = desk.criteria
    candidates = unknown(wanted(found.papers, criteria), criteria.known_ids)
    extra = unknown(candidates, {item.paper.id for item in items})
    everything = [*items, *(announced_on(item, desk.day) for item in extra)]
    reason = f"{reason}; {_NAMES[found.source]} has {len(extra)} more"
    unusable = [report for report in reports if not report.usable]
    if _nothing_is_missing(reports) or _nothing_to_expect(desk, unusable, everything):
        return desk.with_papers(AnnouncementState.COMPLETE, everything, source="feed", reason=reason)
    in_feeds = ids_of(items, AnnounceType.NEW)
    in_index = set(ids_of(candidates, AnnounceType.NEW))
    lags = index_lags(desk.day, desk.now, found=in_index, in_feeds=in_feeds, expected=desk.expected)
    if lags or not everything:
        return desk.without_papers(AnnouncementState.FAILED, f"{reason}; perhaps it is too early")
    if len(unusable) < len(reports):
        return desk.with_papers(AnnouncementState.COMPLETE, everything, source="feed", reason=reason)
    return desk.with_papers(AnnouncementState.RECOVERED, everything, source=found.source, reason=reason)


def _nothing_is_missing(reports: Sequence[FeedReport]) -> bool:
    """Whether the feeds are strange only in ways that lose no papers."""
    return not any(doubt.may_lack for report in reports for doubt in report.doubts)


def _nothing_to_expect(
    desk: _Desk, unusable: Sequence[FeedReport], everything: Sequence[ListedPaper]
) -> bool:
    """Whether feeds and API agree on nothing, where there is usually next to nothing."""
    usually_quiet = desk.expected is not None and desk.expected < FEWEST_TO_JUDGE
    return usually_quiet and not everything and all(report.doubts == (Doubt.EMPTY,) for report in unusable)


def _search(
    days: Sequence[date], criteria: ListingCriteria, sources: Sources, order: Sequence[str]
) -> _Found:
    """Find the papers of some listing days, and those of a while before, of which some were held."""
    if not days:
        return _Found("", (), ())
    start = submission_window(days[0], criteria.extra_holidays)[0]
    end = submission_window(days[-1], criteria.extra_holidays)[1]
    # Without any known papers, nothing tells which of the earlier ones were held.
    return _ask(order, sources, criteria, start - HELD_FOR if criteria.known_ids else start, end)


def _listing_days(
    found: _Found, days: Sequence[date], criteria: ListingCriteria, sources: Sources
) -> Mapping[ArxivId, date]:
    """Ask when the papers were announced: the API tells only when they were submitted."""
    if found.source != "api" or not found.papers:
        return {}
    try:
        return sources.listing_days([paper.id for paper in found.papers], criteria.categories, days[0])
    except FetchError:
        # Their submission tells it of nearly all.
        return {}


def _recovered(desk: _Desk, papers: Sequence[Paper], found: _Found) -> Listing:
    """Judge what a search found for a past day."""
    source, criteria = found.source, desk.criteria
    items = unknown(wanted(papers, criteria), criteria.known_ids)
    new = ids_of(items, AnnounceType.NEW)
    meant = wanted(submitted_for(desk.day, found.papers, criteria.extra_holidays), criteria)
    if was_deferred({item.paper.id for item in meant}, {item.paper.id for item in items}):
        reason = "arXiv put it off: its papers came with another announcement"
        return desk.without_papers(AnnouncementState.EMPTY, reason)
    usually_quiet = desk.expected is not None and desk.expected < FEWEST_TO_JUDGE
    if not items and not usually_quiet:
        reason = f"{_NAMES[source]} knows no papers for it"
        return desk.without_papers(AnnouncementState.FAILED, reason)
    if index_lags(desk.day, desk.now, found=new, in_feeds=(), expected=desk.expected):
        reason = f"{_NAMES[source]} has {len(new)} new papers only; perhaps it is too early"
        return desk.without_papers(AnnouncementState.FAILED, reason)
    reason = str(odd_size(len(new), desk.expected) or "")
    return desk.with_papers(AnnouncementState.RECOVERED, items, source=source, reason=reason)


def _report(category: str, desk: _Desk, sources: Sources) -> FeedReport:
    try:
        feed = sources.feed(category)
    except FetchError as error:
        return FeedReport(category, None, (Doubt.FAILED,), _problem(error))
    return FeedReport(category, feed, doubts_about(feed, desk.day, desk.criteria.known_ids))


def _ask(
    order: Sequence[str], sources: Sources, criteria: ListingCriteria, start: datetime, end: datetime
) -> _Found:
    """Ask one source after the other, until one answers."""
    problems: list[str] = []
    for name in order:
        search: WindowSource = getattr(sources, name)
        try:
            return _Found(name, search(criteria.categories, start, end), tuple(problems))
        except FetchError as error:
            problems.append(f"{_NAMES[name]}: {_problem(error)}")
    return _Found("", (), tuple(problems))


def _problem(error: FetchError) -> str:
    """What was wrong, without the address: which service it was is said beside it."""
    return error.problem if isinstance(error, RequestError) else error.message


def _why_no_listing(day: date) -> str:
    if day.weekday() >= 5:
        return "arXiv has no listing on weekends"
    assumed = (
        " (assumed: arXiv's list for the year is not known)"
        if unlisted_years([day - timedelta(days=1)])
        else ""
    )
    return f"no announcement on arXiv's holidays{assumed}"


def _sentence(report: FeedReport) -> str:
    doubts = ", ".join(report.doubts)
    return f"the feed of {report.category} {doubts}" + (f" ({report.detail})" if report.detail else "")
