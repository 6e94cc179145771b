"""arXiv's OAI-PMH interface, through oaipmh-scythe and our polite client: for long gaps and backfill.

The package knows the protocol's requests and how pages follow each other; the client does the
waiting and retrying, and :mod:`triage.listing.oai_page` reads the pages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from triage.errors import FetchError, ListingError
from triage.listing.calendar import announced_day
from triage.listing.client import Client
from triage.listing.harvest_state import PageShelf
from triage.listing.oai_page import OaiPage, oai_set, parse_page
from triage.listing.response_check import Expect
from triage.papers import ArxivId, Paper
from triage.progress import Progress, silent

if TYPE_CHECKING:
    import httpx2
    from oaipmh_scythe import Scythe

FORMAT = "arXivRaw"


class StaleTokenError(FetchError):
    """The resumption token is too old or unknown; the list has to be begun again."""


class OaiSource:
    """Papers from OAI-PMH.

    Parameters
    ----------
    client : Client
    base_url : str
        Such as ``https://oaipmh.arxiv.org/oai``.
    extra_holidays : collection of date
        Further evenings without an announcement, for the papers' listing days.
    shelf : PageShelf, optional
        Where :meth:`by_window` keeps the pages of a list that is not whole yet: stopped, it goes on there.
    progress : Progress
        Hears how many records of a list have come.
    """

    def __init__(
        self,
        client: Client,
        base_url: str,
        *,
        extra_holidays: Collection[date] = (),
        shelf: PageShelf | None = None,
        progress: Progress = silent,
    ) -> None:
        self._client = client
        self._base_url = base_url
        self._extra_holidays = extra_holidays
        self._shelf = shelf
        self._progress = progress

    def pages(
        self, category: str, since: date, *, token: str = "", metadata_prefix: str = FORMAT
    ) -> Iterator[OaiPage]:
        """List the records of a category that have changed since a day, page by page.

        To resume after an interruption, hand in the token of the last page that was dealt with; how
        far it is, a page's ``cursor`` and ``complete_size`` say.

        Parameters
        ----------
        category : str
            Such as ``cs.CL``, or an archive (``cs``).
        since : date
            The earliest datestamp; the present is always the end, since a record that changes
            again would fall out of a list with an end.
        token : str
            Of an earlier page.
        metadata_prefix : {"arXivRaw", "arXiv"}

        Raises
        ------
        StaleTokenError
            If the token is not, or no longer, good.
        FetchError
            If there is no usable answer.
        """
        for body in self._bodies(category, since, token, metadata_prefix):
            yield self._page(body)

    def _bodies(self, category: str, since: date, token: str, metadata_prefix: str) -> Iterator[bytes]:
        """Ask for one page after the other."""
        from oaipmh_scythe import exceptions
        from oaipmh_scythe.iterator import OAIResponseIterator

        query = {"verb": "ListRecords", "resumptionToken": token}
        if not token:
            query = {
                "verb": "ListRecords",
                "from": since.isoformat(),
                "metadataPrefix": metadata_prefix,
                "set": oai_set(category),
            }
        tokens = {token}
        try:
            for response in OAIResponseIterator(self._scythe(), query):
                body = response.http_response.content
                page = self._page(body)
                if page.token and page.token in tokens:
                    # A cache on the way, or a fault: asking on would never end.
                    raise FetchError(
                        f"{self._base_url}: the list goes round in a circle ({page.token[:80]!r} again)",
                        remedy="Nothing is lost: the next run asks again.",
                    )
                tokens.add(page.token)
                self._progress(
                    f"fetching {category} from OAI-PMH",
                    (page.cursor or 0) + len(page.records),
                    page.complete_size or 0,
                )
                yield body
        except exceptions.NoRecordsMatch:
            return
        except exceptions.BadResumptionToken as error:
            raise StaleTokenError(
                f"{self._base_url}: the resumption token is no longer good ({error})",
                remedy="Begin the list again.",
            ) from error
        except exceptions.OAIPMHException as error:
            raise FetchError(
                f"{self._base_url}: {type(error).__name__}: {error}",
                remedy="Check arxiv.oai_url and the categories.",
            ) from error

    def by_window(self, categories: Collection[str], start: datetime, end: datetime) -> list[Paper]:
        """Find the papers of some categories, cross-lists included, that were submitted in a window.

        Papers that moderators held are counted by their announcement, as far as it is known: one
        that was submitted before, but announced with those of the window, is among them.

        Parameters
        ----------
        categories : collection of str
        start, end : datetime
            Of version 1, aware; half-open.

        Returns
        -------
        list of Paper
            In order of submission.

        Raises
        ------
        FetchError
            If there is no usable answer, or one with records that can't be read.
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

        Papers that have been replaced meanwhile are left out: their datestamp tells of the replacement.

        Raises
        ------
        FetchError
            If there is no usable answer, or one with records that can't be read.
        """
        found = self._changed_since(categories, since - timedelta(days=1))
        return {
            one: paper.announced
            for one in ids
            if (paper := found.get(one)) and paper.version == 1 and paper.announced is not None
        }

    def _changed_since(self, categories: Collection[str], since: date) -> dict[ArxivId, Paper]:
        found: dict[ArxivId, Paper] = {}
        for category in sorted(categories):
            try:
                found |= self._harvest(category, since)
            except StaleTokenError:
                self._forget(category, since)
                found |= self._harvest(category, since)
        return found

    def _harvest(self, category: str, since: date) -> dict[ArxivId, Paper]:
        found: dict[ArxivId, Paper] = {}
        for body in self._kept_and_new(category, since):
            page = self._page(body)
            if page.unreadable:
                self._forget(category, since)
                raise FetchError(
                    f"{self._base_url}: a record that can't be read: {page.unreadable[0]}",
                    remedy="Nothing is lost: the next run asks again.",
                )
            for record in page.records:
                if record.paper is None:
                    found.pop(record.id, None)
                else:
                    found[record.id] = record.paper
        self._forget(category, since)
        return found

    def _kept_and_new(self, category: str, since: date) -> Iterator[bytes]:
        """The pages of a list: those kept when it was stopped, then the others, which are kept in turn."""
        question = self._question(category, since)
        kept = self._shelf.pages(question) if self._shelf else []
        yield from kept
        token = self._page(kept[-1]).token if kept else ""
        if kept and not token:
            return
        for number, body in enumerate(self._bodies(category, since, token, FORMAT), start=len(kept)):
            if self._shelf:
                self._shelf.keep(question, number, body)
            yield body

    def _forget(self, category: str, since: date) -> None:
        if self._shelf:
            self._shelf.clear(self._question(category, since))

    def _question(self, category: str, since: date) -> str:
        return f"{self._base_url} {category} {since}"

    def _page(self, body: bytes) -> OaiPage:
        return parse_page(body, url=self._base_url, extra_holidays=self._extra_holidays)

    def _scythe(self) -> Scythe:
        """Return an oaipmh-scythe client whose requests go through the polite one."""
        from oaipmh_scythe import Scythe
        from oaipmh_scythe.response import OAIResponse

        client, url = self._client, self._base_url

        class PoliteScythe(Scythe):
            def harvest(self, query: dict[str, str]) -> OAIResponse:
                response = client.get(url, query, expect=Expect.XML, validate=_not_oai)
                answer = OAIResponse(cast("httpx2.Response", _Content(response.body)), params=query)
                answer.raise_for_oaipmh_error()
                return answer

        return PoliteScythe(url)


@dataclass(frozen=True, slots=True)
class _Content:
    """What oaipmh-scythe reads of an HTTP response."""

    content: bytes


def _not_oai(body: bytes) -> str | None:
    """Say so when a page is well-formed, but no answer of OAI-PMH."""
    try:
        parse_page(body, url="the answer")
    except ListingError as error:
        return error.message
    return None
