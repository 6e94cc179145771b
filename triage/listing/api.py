"""arXiv's query API, through the arxiv package and the polite client.

The package knows the API's language and format.  What it lacks (timeouts, Retry-After, errors for
pages that are empty or short) the client and :class:`_PageCheck` add; its own waiting and retrying
are switched off.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import cast

import arxiv  # type: ignore[import-untyped]  # it has annotations, but no py.typed
import defusedxml.ElementTree
import requests

from triage.errors import FetchError
from triage.listing.calendar import announced_day
from triage.listing.client import Client
from triage.listing.response_check import Validator
from triage.listing.responses import NOTHING_LOST, RequestError
from triage.listing.text import as_text, single_spaced, without_repeats
from triage.papers import ArxivId, InvalidArxivId, Paper, parse_arxiv_id, with_aliases
from triage.store.rows import in_batches

MOST_RESULTS = 30_000
"""What arXiv gives for one query, over all its pages."""
_PAGE = 1_000
_IDS_A_REQUEST = 100
_TITLE_CANDIDATES = 10
_WORDS_OF_TITLE = 6
_ATOM = "{http://www.w3.org/2005/Atom}"
_SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ERROR_IDS = "/api/errors"
_PAPER_PATH = re.compile(r"arxiv\.org/(?:abs|pdf)/")
_WORD = re.compile(r"[^\W_]+")


class ApiSource:
    """Papers from the API, with computed listing days; FetchError when there is no usable answer."""

    def __init__(self, client: Client, base_url: str, *, extra_holidays: Collection[date] = ()) -> None:
        self._client = client
        self._base_url = base_url
        self._extra_holidays = extra_holidays

    def by_ids(self, ids: Iterable[ArxivId]) -> dict[ArxivId, Paper]:
        """Look papers up by identifier; those that arXiv doesn't know are absent.

        What can't be an identifier is not sent: one would spoil its batch.
        """
        found: dict[ArxivId, Paper] = {}
        for batch in in_batches(filter(_is_id, dict.fromkeys(ids)), _IDS_A_REQUEST):
            papers = self._by_batch(batch)
            # arXiv has answered "zero results" for a while to what it knows well.
            if not papers and len(batch) > 1:
                papers = self._by_batch(batch)
            found |= {paper.id: paper for paper in papers if paper.id in batch}
        return found

    def by_window(self, categories: Collection[str], start: datetime, end: datetime) -> list[Paper]:
        """Find the papers of some categories, cross-lists included, submitted in a half-open window.

        They come in order of submission.  The index lags the announcement by hours, and papers that
        moderators hold appear later.  Fewer papers than arXiv says there are is an error.
        """
        if not categories or end <= start:
            return []
        any_category = " OR ".join(f"cat:{category}" for category in sorted(with_aliases(categories)))
        # Whole minutes, both included; what lies outside is dropped below.
        minutes = " TO ".join(f"{moment.astimezone(UTC):%Y%m%d%H%M}" for moment in (start, end))
        query = f"({any_category}) AND submittedDate:[{minutes}]"
        check = _PageCheck()
        search = arxiv.Search(
            query,
            max_results=None,
            sort_by=arxiv.SortCriterion.SubmittedDate,
            sort_order=arxiv.SortOrder.Ascending,
        )
        try:
            papers = self._papers(search, check, page_size=_PAGE)
        except _TooManyError:
            middle = start + (end - start) / 2
            if end - start <= timedelta(minutes=2):
                raise FetchError(f"more than {MOST_RESULTS:,} papers in two minutes") from None
            return self.by_window(categories, start, middle) + self.by_window(categories, middle, end)
        if len(papers) < check.total:
            problem = f"{len(papers)} papers of the {check.total} that it says there are ({query})"
            raise FetchError(f"{self._base_url}: {problem}", remedy=NOTHING_LOST)
        return [paper for paper in papers if paper.submitted and start <= paper.submitted < end]

    def by_title(self, title: str) -> list[Paper]:
        """Find a handful of papers with a title like the one given (plain words or LaTeX), best first.

        How near they are is for the caller to judge.
        """
        words = _WORD.findall(title)
        if not words:
            return []
        papers = self._titled(f'ti:"{" ".join(words)}"')
        if not papers and len(words) > 1:
            longest = sorted(dict.fromkeys(words), key=len, reverse=True)[:_WORDS_OF_TITLE]
            papers = self._titled(" AND ".join(f"ti:{word}" for word in longest))
        return papers

    def _titled(self, query: str) -> list[Paper]:
        search = arxiv.Search(query, max_results=_TITLE_CANDIDATES)
        return self._papers(search, _PageCheck(), page_size=_TITLE_CANDIDATES)

    def _by_batch(self, batch: Sequence[ArxivId]) -> list[Paper]:
        search = arxiv.Search(id_list=list(batch), max_results=len(batch))
        try:
            return self._papers(search, _PageCheck(), page_size=len(batch))
        except RequestError as error:
            if error.status != 400:
                raise
            # One id that arXiv calls malformed spoils the batch; halving finds it.
            if len(batch) == 1:
                return []
            middle = len(batch) // 2
            return self._by_batch(batch[:middle]) + self._by_batch(batch[middle:])

    def _papers(self, search: arxiv.Search, check: _PageCheck, *, page_size: int) -> list[Paper]:
        pages = arxiv.Client(page_size=page_size, delay_seconds=0, num_retries=0)
        pages.query_url_format = self._base_url.replace("{", "{{").replace("}", "}}") + "?{}"
        pages._session = cast("requests.Session", _PoliteSession(self._client, check))
        try:
            found = {paper.id: paper for paper in map(self._paper, pages.results(search))}
        # Earlier versions of the package read parts of an entry that may be missing.
        except (arxiv.ArxivError, AttributeError, OverflowError, TypeError, ValueError) as error:
            problem = f"an answer that can't be understood ({error})"
            raise FetchError(f"{self._base_url}: {problem}", remedy=NOTHING_LOST) from error
        return list(found.values())

    def _paper(self, result: arxiv.Result) -> Paper:
        identifier, version = parse_arxiv_id(_after_path(result.entry_id))
        for link in result.links:
            if _PAPER_PATH.search(link.href) and parse_arxiv_id(_after_path(link.href))[0] != identifier:
                raise ValueError(f"{identifier} has a link to another paper")
        submitted = result.published.astimezone(UTC)
        title = as_text(result.title)
        if not title:
            raise ValueError(f"{identifier} has no title")
        return Paper(
            id=identifier,
            title=title,
            abstract=as_text(result.summary),
            authors=tuple(filter(None, (as_text(author.name) for author in result.authors))),
            categories=without_repeats([result.primary_category, *result.categories]),
            version=version or 1,
            submitted=submitted,
            updated=result.updated.astimezone(UTC),
            announced=announced_day(submitted, self._extra_holidays),
            doi=single_spaced(result.doi or ""),
            journal_ref=as_text(result.journal_ref or ""),
            comment=as_text(result.comment or ""),
        )


class _PoliteSession:
    """What the arxiv package needs of a ``requests.Session``, through a polite client.

    Its headers and timeouts give way to the client's.
    """

    def __init__(self, client: Client, check: Validator) -> None:
        self._client = client
        self._check = check

    def get(self, url: str, **_: object) -> _PoliteResponse:
        return _PoliteResponse(self._client.get(url, validate=self._check).body)


@dataclass(frozen=True, slots=True)
class _PoliteResponse:
    """What the package reads of a ``requests.Response``; only usable answers become one."""

    content: bytes
    status_code: int = 200


class _TooManyError(Exception):
    """More results than the API gives for one query."""


class _PageCheck:
    """Checks each page before the arxiv package reads it, and keeps the number of results it claims."""

    def __init__(self) -> None:
        self.total = 0

    def __call__(self, body: bytes) -> str | None:
        """Return what is wrong with the page, if another try may help."""
        root = defusedxml.ElementTree.fromstring(body)
        if root.tag != f"{_ATOM}feed":
            return f"not an API answer but <{root.tag.rpartition('}')[2][:40]}>"
        entries = root.findall(f"{_ATOM}entry")
        for entry in entries:
            if _ERROR_IDS in (entry.findtext(f"{_ATOM}id") or ""):
                summary = single_spaced(entry.findtext(f"{_ATOM}summary") or "")
                raise FetchError(f"the API answers: {summary[:200]}", remedy="Please report this query.")
        try:
            total, start, page = (
                int(root.findtext(f"{_SEARCH}{name}") or "")
                for name in ("totalResults", "startIndex", "itemsPerPage")
            )
        except ValueError:
            return "a page that doesn't say how many results there are"
        self.total = total
        expected = max(0, min(page, total - start))
        if len(entries) < expected:
            return f"a page with {len(entries)} entries instead of {expected} (of {total})"
        if total > MOST_RESULTS and page == _PAGE:
            raise _TooManyError
        return None


def _after_path(address: str) -> str:
    """Return what an address has after ``/abs/`` or ``/pdf/``."""
    return _PAPER_PATH.split(address, maxsplit=1)[-1]


def _is_id(text: ArxivId) -> bool:
    try:
        return parse_arxiv_id(text) == (text, None)
    except InvalidArxivId:
        return False
