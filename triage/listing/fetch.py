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
from triage.listing.calendar import EASTERN, feed_time, is_listing_day, submission_window, unlisted_years
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
from triage.papers import AnnouncementState, AnnounceType, ArxivId, ListedPaper, Listing, Paper

LONG_GAP_DAYS = 5
"""From this many missed listing days on, OAI-PMH is asked before the API."""
HELD_FOR = timedelta(days=14)
"""How far back to look for papers that moderators held; few are held longer."""
CHECKED_DAYS = 7
"""So many of the last listings are checked once a week."""

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

    @property
    def name(self) -> str:
        return _NAMES[self.source]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches announcements, as it is at one time.

    Their states are ``complete``, ``empty`` (no announcement that day), ``recovered`` (from the API or
    OAI-PMH alone), ``failed`` (nothing usable; to be tried again) or ``due`` (not out yet).
    """

    criteria: ListingCriteria
    sources: Sources
    now: datetime

    def announcement(self, day: date) -> list[Listing]:
        """Fetch the announcement of one listing day; earlier listings come after it where they lacked papers."""
        if self._is_listing_day(day) and self.now.astimezone(EASTERN).date() == day:
            return self._today(day)
        return self.missed([day])

    def missed(self, days: Sequence[date]) -> list[Listing]:
        """Fetch announcements that the feeds no longer carry, with one search for all of them.

        The days are in order; those that are no listing days get the state ``empty``, future ones ``due``.
        OAI-PMH says when papers that moderators held were announced; where it doesn't, those submitted
        before the days come with the first of them.  Earlier listings come last where they lacked papers.
        """
        missed = [day for day in days if self._is_listing_day(day) and feed_time(day) <= self.now]
        order = ("oai", "api") if len(missed) >= LONG_GAP_DAYS else ("api", "oai")
        found = self._search(missed, order)
        by_day = self._by_day(found, missed)
        listings = []
        for day in days:
            if not self._is_listing_day(day):
                listings.append(self._listing(day, AnnouncementState.EMPTY, _why_no_listing(day)))
            elif feed_time(day) > self.now:
                why = "it appears at midnight US Eastern"
                listings.append(self._listing(day, AnnouncementState.DUE, why))
            elif not found.source:
                listings.append(self._listing(day, AnnouncementState.FAILED, "; ".join(found.problems)))
            else:
                listings.append(self._recovered(day, by_day[day], found))
        return [*listings, *self._completed(by_day, missed, found)]

    def missing(self) -> list[Listing] | None:
        """Compare the last stored listings with OAI-PMH or the API; returns those that lacked papers, completed.

        An announcement made on a holiday is among them, with the day after.  None when nothing answers.
        """
        days = list(filter(self._is_listing_day, sorted(self.criteria.whole)))[-CHECKED_DAYS:]
        # Nothing is known: what moderators held is not searched for, it has come by now.
        found = replace(self, criteria=replace(self.criteria, known_ids=()))._search(days, ("oai", "api"))
        announced = self._announcement_days(found, days)
        by_day = papers_by_day(found.papers, [], announced, self.criteria)
        return self._completed(by_day, [], found) if found.source else None

    def _today(self, day: date) -> list[Listing]:
        reports = [self._report(category, day) for category in self.criteria.categories]
        usable = {report.category: report.feed for report in reports if report.usable and report.feed}
        items = select_from_feeds(merge_feeds(usable, self.criteria.categories), day, self.criteria)
        new = len(ids_of(items, AnnounceType.NEW))
        if len(usable) == len(reports) and (odd_size := size_anomaly(new, self._expected(day))):
            reports = [replace(report, anomalies=(*report.anomalies, odd_size)) for report in reports]
        reason = "; ".join(report.sentence() for report in reports if report.anomalies)
        if not reason:
            return [self._listing(day, AnnouncementState.COMPLETE, "", items, "feed")]
        found = self._search([day], ("api", "oai"))
        if found.source:
            by_day = self._by_day(found, [day])
            checked = self._checked(day, reports, items, replace(found, papers=by_day[day]), reason)
            return [checked, *self._completed(by_day, [day], found)]
        reason = "; ".join((reason, *found.problems))
        if _nothing_is_missing(reports):
            return [self._listing(day, AnnouncementState.COMPLETE, reason, items, "feed")]
        return [self._undone(day, reason, reports)]

    def _checked(
        self,
        day: date,
        reports: Sequence[FeedReport],
        items: Sequence[ListedPaper],
        found: _SearchResult,
        reason: str,
    ) -> Listing:
        candidates = without(candidates_of(found.papers, self.criteria), self.criteria.known_ids)
        extra = without(candidates, {item.paper.id for item in items})
        everything = [*items, *(with_listing_day(item, day) for item in extra)]
        reason = f"{reason}; {found.name} has {len(extra)} more"
        unusable = [report for report in reports if not report.usable]
        # Feeds and API agree on nothing, where there is usually next to nothing.
        all_empty = not everything and all(report.anomalies == (Anomaly.EMPTY,) for report in unusable)
        if _nothing_is_missing(reports) or (self._usually_quiet(day) and all_empty):
            return self._listing(day, AnnouncementState.COMPLETE, reason, everything, "feed")
        in_feeds = ids_of(items, AnnounceType.NEW)
        in_index = set(ids_of(candidates, AnnounceType.NEW))
        lags = index_lags(day, self.now, found=in_index, in_feeds=in_feeds, expected=self._expected(day))
        if lags or not everything:
            return self._undone(day, f"{reason}; perhaps it is too early", reports)
        if len(unusable) < len(reports):
            return self._listing(day, AnnouncementState.COMPLETE, reason, everything, "feed")
        return self._listing(day, AnnouncementState.RECOVERED, reason, everything, found.source)

    def _recovered(self, day: date, papers: Sequence[Paper], found: _SearchResult) -> Listing:
        criteria = self.criteria
        items = without(candidates_of(papers, criteria), criteria.known_ids)
        new, expected = ids_of(items, AnnounceType.NEW), self._expected(day)
        due = candidates_of(submitted_for(day, found.papers, criteria.extra_holidays), criteria)
        if was_deferred({item.paper.id for item in due}, {item.paper.id for item in items}):
            reason = "arXiv put it off: its papers came with another announcement"
            return self._listing(day, AnnouncementState.EMPTY, reason)
        if not items and not self._usually_quiet(day):
            return self._undone(day, f"{found.name} knows no papers for it")
        if index_lags(day, self.now, found=new, in_feeds=(), expected=expected):
            reason = f"{found.name} has {len(new)} new papers only; perhaps it is too early"
            return self._listing(day, AnnouncementState.FAILED, reason)
        reason = str(size_anomaly(len(new), expected) or "")
        return self._listing(day, AnnouncementState.RECOVERED, reason, items, found.source)

    def _completed(
        self, by_day: Mapping[date, Sequence[Paper]], days: Collection[date], found: _SearchResult
    ) -> list[Listing]:
        """The stored listings that lacked papers, with these and a reason."""
        listings = []
        for day in sorted(by_day.keys() - set(days)):
            items = candidates_of(by_day[day], self.criteria)
            if not items:
                continue
            before = self.criteria.whole[day]
            found_then = f"{len(items)} missing papers found by {found.name} on {self.now:%Y-%m-%d}"
            reason = "; ".join(filter(None, (before.reason, found_then)))
            more = Listing.of(day, before.state, items).announcement
            new, cross = before.new + more.new, before.cross + more.cross
            whole = replace(before, new=new, cross=cross, reason=reason, checked_at=self.now)
            listings.append(Listing(whole, tuple(items)))
        return listings

    def _search(self, days: Sequence[date], order: Sequence[str]) -> _SearchResult:
        """Find the papers of some listing days, and those of a while before, of which some were held.

        One source after the other is asked, until one answers.
        """
        if not days:
            return _SearchResult()
        criteria = self.criteria
        start = submission_window(days[0], criteria.extra_holidays)[0]
        end = submission_window(days[-1], criteria.extra_holidays)[1]
        if criteria.known_ids:  # without any, nothing tells which of the earlier papers were held
            start -= HELD_FOR
        problems: list[str] = []
        for name in order:
            source: WindowSource = getattr(self.sources, name)
            try:
                return _SearchResult(name, source(criteria.categories, start, end), tuple(problems))
            except FetchError as error:
                problems.append(f"{_NAMES[name]}: {_problem(error)}")
        return _SearchResult(problems=tuple(problems))

    def _by_day(self, found: _SearchResult, days: Sequence[date]) -> dict[date, list[Paper]]:
        """Distribute what was found over listing days; see :func:`papers_by_day`."""
        return papers_by_day(found.papers, days, self._announcement_days(found, days), self.criteria)

    def _announcement_days(self, found: _SearchResult, days: Sequence[date]) -> Mapping[ArxivId, date]:
        """Ask when the papers were announced: the API says only when they were submitted."""
        if found.source != "api" or not found.papers:
            return {one.id: one.announced for one in found.papers if one.version == 1 and one.announced}
        missing = [one.announced for one in found.papers if self.criteria.is_missing(one) and one.announced]
        ids, since = [paper.id for paper in found.papers], min([*days, *missing])
        try:
            return self.sources.listing_days(ids, self.criteria.categories, since)
        except FetchError:
            # For nearly all, the time of submission is enough.
            return {}

    def _report(self, category: str, day: date) -> FeedReport:
        try:
            feed = self.sources.feed(category)
        except FetchError as error:
            return FeedReport(category, None, (Anomaly.FAILED,), _problem(error))
        return FeedReport(category, feed, feed_anomalies(feed, category, day, self.criteria.known_ids))

    def _is_listing_day(self, day: date) -> bool:
        return is_listing_day(day, self.criteria.extra_holidays)

    def _expected(self, day: date) -> float | None:
        typical = self.criteria.typical_sizes.get(day.weekday())
        return expected_size(typical, day, self.criteria.extra_holidays)

    def _usually_quiet(self, day: date) -> bool:
        expected = self._expected(day)
        return expected is not None and expected < FEWEST_TO_JUDGE

    def _listing(
        self,
        day: date,
        state: AnnouncementState,
        reason: str,
        items: Sequence[ListedPaper] = (),
        source: str = "",
    ) -> Listing:
        if state is AnnouncementState.FAILED:
            # A misspelt category has no papers, whoever is asked.
            reason = "; ".join((reason, *category_warnings(self.criteria.categories)))
        return Listing.of(day, state, items, source=source, reason=reason, checked_at=self.now)

    def _undone(self, day: date, reason: str, reports: Sequence[FeedReport] = ()) -> Listing:
        """Nothing usable: a failure, unless the day may be a holiday that triage doesn't know."""
        years = unlisted_years([day - timedelta(days=1)])
        if years and all(report.anomalies == (Anomaly.EMPTY,) for report in reports):
            reason = f"{reason}; perhaps a holiday, since arXiv's list of {years[0]} is not known"
            return self._listing(day, AnnouncementState.DUE, reason)
        return self._listing(day, AnnouncementState.FAILED, reason)


def _nothing_is_missing(reports: Sequence[FeedReport]) -> bool:
    """Whether the feeds are strange only in ways that lose no papers."""
    return {anomaly for report in reports for anomaly in report.anomalies} <= {Anomaly.TOO_MANY}


def _problem(error: FetchError) -> str:
    """What was wrong, without the address: the sentence names the service."""
    return error.problem if isinstance(error, RequestError) else error.message


def _why_no_listing(day: date) -> str:
    if day.weekday() >= 5:
        return "arXiv has no listing on weekends"
    assumed = unlisted_years([day - timedelta(days=1)])
    note = " (assumed: arXiv's list for the year is not known)" if assumed else ""
    return f"no announcement on arXiv's holidays{note}"
