"""arXiv's OAI-PMH service, for long gaps and backfill; :mod:`triage.listing.oai_page` reads its pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain

from triage.errors import FetchError
from triage.listing.addresses import with_params
from triage.listing.calendar import announced_day
from triage.listing.client import Client
from triage.listing.http_cache import CachedResponse, HttpCache
from triage.listing.oai_page import FORMAT, IS_OAI, OaiPage, oai_set, parse_page
from triage.listing.responses import NOTHING_LOST, RequestError
from triage.papers import ArxivId, Paper
from triage.progress import Progress, silent

TOKEN_LIFETIME = timedelta(hours=20)
"""arXiv's resumption tokens live a day; a list can't be resumed with older pages."""


class OaiSource:
    """Papers from OAI-PMH, at an address such as ``https://oaipmh.arxiv.org/oai``.

    All methods raise FetchError when there is no usable answer.  The cache keeps the pages of a list
    until all of it has been read, so that a stopped one is resumed.
    """

    def __init__(
        self,
        client: Client,
        base_url: str,
        *,
        cache: HttpCache,
        extra_holidays: Collection[date] = (),
        progress: Progress = silent,
    ) -> None:
        self._client = client
        self._base_url = base_url
        self._cache = cache
        self._extra_holidays = extra_holidays
        self._progress = progress

    def pages(self, category: str, since: date) -> Iterator[OaiPage]:
        """List the records of a category (or an archive: ``cs``) that have changed since a day, page by page.

        The present is always the end, since a record that changes again would fall out of a list with
        an end.  When its tokens have grown old, a list begins again, and pages come twice.
        """
        urls: list[str] = []
        try:
            yield from self._walk(category, since, urls)
        except RequestError:
            raise  # the pages so far are good
        except FetchError:
            self._forget(urls)
            raise
        self._forget(urls)

    def _walk(self, category: str, since: date, urls: list[str]) -> Iterator[OaiPage]:
        """Yield the pages of a list, and note their addresses."""
        first = {"from": since.isoformat(), "metadataPrefix": FORMAT, "set": oai_set(category)}
        token, tokens, begun_again = "", {""}, False
        while True:
            query = {"verb": "ListRecords", **({"resumptionToken": token} if token else first)}
            url = with_params(self._base_url, query)
            urls.append(url)
            cached = self._cache.get(url, max_age=TOKEN_LIFETIME)
            body = cached.body if cached else self._client.get(url, validate=IS_OAI).body
            page = parse_page(body, url=self._base_url, extra_holidays=self._extra_holidays)
            if page.error == "badResumptionToken" and not begun_again:
                # Too old, or unknown to the server.
                self._forget(urls)
                token, tokens, begun_again = "", {""}, True
                continue
            if page.error and page.error != "noRecordsMatch":
                problem = f"{self._base_url}: {page.error}: {page.message}"
                raise FetchError(problem, remedy="Check arxiv.oai_url and the categories.")
            if page.token and page.token in tokens:
                # A cache on the way, or a fault: the list would never end.
                raise self._error(f"the list goes round in a circle ({page.token[:80]!r} again)")
            if page.error:
                return
            count = (page.cursor or 0) + len(page.records)
            self._progress(f"fetching {category} from OAI-PMH", count, page.complete_size or 0)
            if not cached:
                self._cache.put(url, CachedResponse(body))
            yield replace(page, was_cached=bool(cached))
            if not page.token:
                return
            token = page.token
            tokens.add(token)

    def _forget(self, urls: list[str]) -> None:
        for url in urls:
            self._cache.delete(url)
        urls.clear()

    def by_window(self, categories: Collection[str], start: datetime, end: datetime) -> list[Paper]:
        """Find the papers of some categories, cross-lists included, submitted in a half-open window.

        They come in order of submission.  Papers that moderators held are counted by their
        announcement, as far as it is known: one that was submitted before, but announced with those of
        the window, is among them.  A record that can't be read is an error.
        """
        # A day earlier: the datestamp may be that of the evening, and in another zone.
        found = self._changed_since(categories, (start - timedelta(days=1)).date())
        first = announced_day(start, self._extra_holidays)
        last = announced_day(end - timedelta(microseconds=1), self._extra_holidays)
        inside = [
            (paper.submitted, paper.id)
            for paper in found.values()
            if paper.submitted is not None
            and paper.announced is not None
            and first <= paper.announced <= last
        ]
        return [found[identifier] for _, identifier in sorted(inside)]

    def listing_days(
        self, ids: Collection[ArxivId], categories: Collection[str], since: date
    ) -> dict[ArxivId, date]:
        """Return on which days papers were announced, of those announced since a day.

        Papers that have been replaced meanwhile are left out: their datestamp is the replacement's.
        A record that can't be read is an error.
        """
        found = self._changed_since(categories, since - timedelta(days=1))
        return {
            one: paper.announced
            for one in ids
            if (paper := found.get(one)) and paper.version == 1 and paper.announced is not None
        }

    def _changed_since(self, categories: Collection[str], since: date) -> dict[ArxivId, Paper]:
        found: dict[ArxivId, Paper] = {}
        for page in chain.from_iterable(self.pages(category, since) for category in sorted(categories)):
            if page.unreadable:
                raise self._error(f"a record that can't be read: {page.unreadable[0]}")
            for record in page.records:
                if record.paper is None:
                    found.pop(record.id, None)
                else:
                    found[record.id] = record.paper
        return found

    def _error(self, problem: str) -> FetchError:
        return FetchError(f"{self._base_url}: {problem}", remedy=NOTHING_LOST)
