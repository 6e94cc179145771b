"""arXiv: feed, query API, OAI-PMH and figures behind one rate limit."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import ClassVar
from urllib.parse import urlsplit

from triage import __version__
from triage.clock import Clock
from triage.config.schema import Config
from triage.errors import FetchError, StoreError
from triage.listing.api import ApiSource
from triage.listing.calendar import EASTERN, feed_time, is_listing_day, latest_listing_day, listing_days
from triage.listing.client import Client
from triage.listing.feed import fetch_feed
from triage.listing.fetch import Fetcher, Sources, WindowSource
from triage.listing.figures import FIGURE_SECONDS, Figure, fetch_figure
from triage.listing.http_cache import HttpCache
from triage.listing.merge import ListingCriteria
from triage.listing.oai import OaiSource
from triage.listing.responses import add_request_counts
from triage.listing.sources import typical_sizes
from triage.papers import WHOLE, AnnounceType, Listing, Paper
from triage.progress import Progress, silent
from triage.store.store import Store, Transaction

USUAL_OF = timedelta(weeks=8)
"""How far back stored papers tell the usual size of a listing, before enough listings were seen."""
CHECK_EVERY = timedelta(weeks=1)
"""So often the last listings are compared with what arXiv has."""
LOOKUP_SECONDS = 30.0
"""For one look-up in a run, with all its tries: the digest waits for it."""


def user_agent(config: Config) -> str:
    """Return the User-Agent: the tool, its version, and whom to write to, as arXiv asks."""
    contact = f"; mailto:{config.arxiv.contact}" if config.arxiv.contact else ""
    return f"triage/{__version__} (arXiv triage from the reader's notes{contact})"


def with_path(url: str, usual: str) -> str:
    """Return a base address with its usual path, when only the server was given."""
    return url + usual if urlsplit(url).path in ("", "/") else url


def open_client(
    config: Config, clock: Clock, *, lock_name: str = "arxiv.clock", deadline_seconds: float = 900.0
) -> Client:
    """Return an HTTP client that shares its rate limit with every other process of this store."""
    arxiv = config.arxiv
    return Client(
        user_agent=user_agent(config),
        lock_path=config.clock_folder / lock_name,
        clock=clock,
        rng=random.Random(),  # noqa: S311 -- jitter, no secret
        total_deadline=deadline_seconds,
        may_redirect_to=(arxiv.feed_url, arxiv.api_url, arxiv.oai_url, arxiv.site_url),
        cache=HttpCache(config.clock_folder / "answers", clock),
    )


@dataclass(frozen=True, slots=True)
class Arxiv:
    """arXiv's services behind one rate limit."""

    source: ArxivSource
    """Announcements."""
    lookup: ApiSource
    quick_lookup: ApiSource
    """The same with a short deadline, for what a run can do without until tomorrow."""
    oai: OaiSource
    figure: Callable[[Paper], Figure | None]
    """Returns a paper's first figure; see :func:`triage.listing.figures.fetch_figure`."""


@dataclass(frozen=True, slots=True)
class AnsweredQueries:
    """What the API answered on one day (US Eastern); a record of the store."""

    KEY: ClassVar[str] = "api answered"

    day: date
    questions: tuple[str, ...] = ()


def once_a_day(search: WindowSource, store: Store, clock: Clock) -> WindowSource:
    """Return a search that repeats no query on a day: the API's answers change once a day, says its manual."""

    def searched(categories: Collection[str], start: datetime, end: datetime) -> Sequence[Paper]:
        query = f"{' '.join(sorted(categories))} {start.isoformat()} {end.isoformat()}"
        today = clock.now().astimezone(EASTERN).date()
        with store.reading() as tx:
            known = tx.records.get(AnsweredQueries)
        answered = known.questions if known and known.day == today else ()
        if query in answered:
            raise FetchError(
                "the API answered this query before today, and its answers change once a day",
                remedy="Nothing is lost: a run tomorrow tries again.",
            )
        papers = search(categories, start, end)
        with store.transaction() as tx:
            tx.records.put(AnsweredQueries(today, (*answered, query)))
        return papers

    return searched


@dataclass(frozen=True, slots=True)
class LastCheck:
    """The newest listing when the stored ones were last compared with arXiv's; a record of the store."""

    KEY: ClassVar[str] = "listings checked"

    day: date
    since: date
    """The first listing that was fetched for the same categories: earlier ones lack what was not wanted."""
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArxivSource:
    """Announcements from arXiv: feed first, then API, then OAI-PMH."""

    config: Config
    store: Store
    sources: Sources
    quick: Sources
    """With a short deadline, for the weekly check: the digest waits for it."""
    now: datetime

    def days(self, first: date | None, last: date | None) -> list[date]:
        """Return the weekdays up to the latest listing, oldest first; holidays among them end as empty."""
        holidays = self.config.arxiv.holidays
        latest = latest_listing_day(self.now, holidays)
        if first is None:
            before = latest - timedelta(days=2 * self.config.arxiv.first_run_days + 14)
            # Between 20:00 and midnight Eastern the latest is in no feed yet; a first run is not to wait for it.
            out = [day for day in listing_days(before, latest, holidays) if feed_time(day) <= self.now]
            first = out[-1 - self.config.arxiv.first_run_days]
        last = latest if last is None else min(last, latest)
        every = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return [day for day in every if day.weekday() < 5]

    def fetch(self, days: Sequence[date], now: datetime) -> Iterator[Listing]:
        """Yield the announcements of listing days, in order, then earlier ones that lacked papers.

        Each must be stored before the next is asked for.
        """
        # At 20:00 Eastern the next day's listing is announced, but until midnight the feeds carry this one's.
        in_feeds = now.astimezone(EASTERN).date()
        missed = [day for day in days if day < in_feeds]
        if missed:
            yield from Fetcher(self._criteria(missed[0]), self.sources, now).missed(missed)
        for day in days[len(missed) :]:
            yield from Fetcher(self._criteria(day), self.sources, now).announcement(day)
        if days:
            yield from self._check(days, now)

    def _check(self, days: Sequence[date], now: datetime) -> Iterator[Listing]:
        """Once a week, and after holidays, compare the last listings with what arXiv has."""
        with self.store.reading() as tx:
            last = self._last_check(tx)
        if last is not None:
            if not self._is_check_due(days[-1], last.day):
                return
            criteria = self._criteria(days[-1] + timedelta(days=1))
            found = Fetcher(criteria, self.quick, now).missing() if days[-1] in criteria.whole else None
            if found is None:
                return
            yield from found
        since = last.since if last else days[0]
        with self.store.transaction() as tx:
            tx.records.put(LastCheck(days[-1], since, self._wanted))

    @property
    def _wanted(self) -> tuple[str, ...]:
        return (*sorted(self.config.categories), *(["cross-lists"] if self.config.cross_lists else []))

    def _last_check(self, tx: Transaction) -> LastCheck | None:
        last = tx.records.get(LastCheck)
        # Later than the latest listing: the clock was ahead.
        latest = latest_listing_day(self.now, self.config.arxiv.holidays)
        return last if last and last.wanted == self._wanted and last.day <= latest else None

    def _is_check_due(self, day: date, last: date) -> bool:
        """Whether a week has passed, or a holiday: arXiv may have announced all the same."""
        between = (last + timedelta(days=number) for number in range(1, (day - last).days))
        return day - last >= CHECK_EVERY or any(
            one.weekday() < 5 and not is_listing_day(one, self.config.arxiv.holidays) for one in between
        )

    def _criteria(self, day: date) -> ListingCriteria:
        with self.store.reading() as tx:
            known = tx.announcements.listed_elsewhere(day)
            before = day - timedelta(days=1)
            past = tx.announcements.all(last=before)
            last_check = self._last_check(tx)
            since = last_check.since if last_check else date.max
            candidates = tx.announcements.listed_on(None, (AnnounceType.NEW, AnnounceType.CROSS))
            stored = tx.papers.counts_by_day(before - USUAL_OF, before, self.config.categories)
        return ListingCriteria(
            categories=self.config.categories,
            cross_lists=self.config.cross_lists,
            known_ids=known,
            typical_sizes=typical_sizes(past, stored),
            extra_holidays=self.config.arxiv.holidays,
            whole={one.day: one for one in past if one.state in WHOLE and one.day >= since},
            listed_ids=set(candidates),
        )


@contextmanager
def open_arxiv(config: Config, store: Store, clock: Clock, progress: Progress = silent) -> Iterator[Arxiv]:
    """Open the way to arXiv for the time of some work; its requests are counted in the store."""
    settings, holidays = config.arxiv, config.arxiv.holidays
    client = open_client(config, clock)
    harvest = HttpCache(config.clock_folder / "harvest", clock)

    def services(client: Client) -> tuple[ApiSource, OaiSource, Sources]:
        api = ApiSource(client, with_path(settings.api_url, "/api/query"), extra_holidays=holidays)
        oai_url = with_path(settings.oai_url, "/oai")
        oai = OaiSource(client, oai_url, cache=harvest, extra_holidays=holidays, progress=progress)
        sources = Sources(
            feed=partial(fetch_feed, client, with_path(settings.feed_url, "/rss")),
            api=once_a_day(api.by_window, store, clock),
            oai=oai.by_window,
            listing_days=oai.listing_days,
        )
        return api, oai, sources

    api, oai, sources = services(client)
    quick_api, _, quick = services(client.within(LOOKUP_SECONDS))
    try:
        yield Arxiv(
            source=ArxivSource(config, store, sources, quick, clock.now()),
            lookup=api,
            quick_lookup=quick_api,
            oai=oai,
            figure=partial(fetch_figure, client.within(FIGURE_SECONDS), settings.site_url),
        )
    finally:
        # What ends the work (a full disk, say) is more important than what was counted.
        with suppress(StoreError), store.transaction() as tx:
            add_request_counts(tx, client.counters, clock.now().astimezone(EASTERN).date())
