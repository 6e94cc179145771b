"""arXiv's query API: its language, and its answers in Atom."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import defusedxml.ElementTree

from triage.errors import FetchError
from triage.listing.calendar import announced_day
from triage.listing.client import Client
from triage.listing.responses import NOTHING_LOST, RequestError
from triage.listing.text import as_text, child_text, parse_iso_time, without_repeats
from triage.papers import ArxivId, InvalidArxivId, Paper, parse_arxiv_id, with_aliases

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_RESULTS = 30_000
"""What arXiv gives for one query, over all its pages."""
_PAGE = 1_000
_IDS_A_REQUEST = 100
_TITLE_CANDIDATES = 10
_WORDS_OF_TITLE = 6
_ERROR_IDS = "/api/errors"
_PAPER_PATH = re.compile(r"arxiv\.org/(?:abs|pdf)/")
_CATEGORY = re.compile(r"[A-Za-z-]+(?:\.[A-Za-z-]+)?")
_WORD = re.compile(r"[^\W_]+")


class ApiSource:
    """Papers from the API, with computed listing days.

    All methods raise FetchError when there is no usable answer.  The base address is like
    ``https://export.arxiv.org/api/query``; ``extra_holidays`` are evenings without an announcement.
    """

    def __init__(self, client: Client, base_url: str, *, extra_holidays: Collection[date] = ()) -> None:
        self._client = client
        self._base_url = base_url
        self._extra_holidays = extra_holidays

    def by_ids(self, ids: Iterable[ArxivId]) -> dict[ArxivId, Paper]:
        """Look papers up by identifier; those that arXiv doesn't know are absent.

        What can't be an identifier is not sent: one would spoil its batch.
        """
        found: dict[ArxivId, Paper] = {}
        sendable = [text for text in dict.fromkeys(ids) if _is_id(text)]
        for first in range(0, len(sendable), _IDS_A_REQUEST):
            batch = sendable[first : first + _IDS_A_REQUEST]
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
        wrong = sorted(category for category in categories if not _CATEGORY.fullmatch(category))
        if wrong:
            raise FetchError(f"not an arXiv category: {wrong[0]!r}", remedy="Correct arxiv.categories.")
        any_category = " OR ".join(f"cat:{category}" for category in sorted(with_aliases(categories)))
        # Whole minutes, both included; what lies outside is dropped below.
        minutes = " TO ".join(f"{moment.astimezone(UTC):%Y%m%d%H%M}" for moment in (start, end))
        words = f"({any_category}) AND submittedDate:[{minutes}]"
        query = {"search_query": words, "sortBy": "submittedDate", "sortOrder": "ascending"}
        try:
            papers = self._papers(query, page_size=_PAGE, all_pages=True)
        except _TooManyError:
            middle = start + (end - start) / 2
            if end - start <= timedelta(minutes=2):
                raise FetchError(f"more than {MOST_RESULTS:,} papers in two minutes") from None
            return self.by_window(categories, start, middle) + self.by_window(categories, middle, end)
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
        return self._papers({"search_query": query}, page_size=_TITLE_CANDIDATES)[:_TITLE_CANDIDATES]

    def _by_batch(self, batch: Sequence[ArxivId]) -> list[Paper]:
        try:
            return self._papers({"id_list": ",".join(batch)}, page_size=len(batch))
        except RequestError as error:
            if error.status != 400:
                raise
            # One id that arXiv calls malformed spoils the batch; halving finds it.
            if len(batch) == 1:
                return []
            middle = len(batch) // 2
            return self._by_batch(batch[:middle]) + self._by_batch(batch[middle:])

    def _papers(self, query: dict[str, str], *, page_size: int, all_pages: bool = False) -> list[Paper]:
        """Return the papers of the first page of a query's results, or of all."""
        found: dict[ArxivId, Paper] = {}
        start = 0
        while True:
            params = query | {"start": start, "max_results": page_size}
            root = defusedxml.ElementTree.fromstring(
                self._client.get(self._base_url, params, validate=_page_problem).body
            )
            total, _, entries = _page(root)
            if total > MOST_RESULTS and all_pages:
                raise _TooManyError
            try:
                found |= {paper.id: paper for paper in map(self._paper, entries)}
            except (OverflowError, ValueError) as error:
                problem = f"an answer that can't be understood ({error})"
                raise FetchError(f"{self._base_url}: {problem}", remedy=NOTHING_LOST) from error
            start += page_size
            if not all_pages or start >= total:
                break
        if all_pages and len(found) < total:
            problem = f"{len(found)} papers of the {total} that it says there are ({query['search_query']})"
            raise FetchError(f"{self._base_url}: {problem}", remedy=NOTHING_LOST)
        return list(found.values())

    def _paper(self, entry: Element) -> Paper:
        identifier, version = parse_arxiv_id(_after_path(child_text(entry, "id")))
        for link in entry.iterfind("{*}link"):
            address = link.get("href", "")
            if _PAPER_PATH.search(address) and parse_arxiv_id(_after_path(address))[0] != identifier:
                raise ValueError(f"{identifier} has a link to another paper")
        submitted = parse_iso_time(child_text(entry, "published"))
        title = as_text(child_text(entry, "title"))
        if not title:
            raise ValueError(f"{identifier} has no title")
        names = (as_text(child_text(author, "name")) for author in entry.iterfind("{*}author"))
        marked = [*entry.iterfind("{*}primary_category"), *entry.iterfind("{*}category")]
        return Paper(
            id=identifier,
            title=title,
            abstract=as_text(child_text(entry, "summary")),
            authors=tuple(filter(None, names)),
            categories=without_repeats(category.get("term", "") for category in marked),
            version=version or 1,
            submitted=submitted,
            updated=parse_iso_time(child_text(entry, "updated")),
            announced=announced_day(submitted, self._extra_holidays),
            doi=child_text(entry, "doi"),
            journal_ref=as_text(child_text(entry, "journal_ref")),
            comment=as_text(child_text(entry, "comment")),
        )


class _TooManyError(Exception):
    """More results than the API gives for one query."""


def _page(root: Element) -> tuple[int, int, list[Element]]:
    """Return how many results there are, how many this page should have, and its entries."""
    total, start, page = (
        int(child_text(root, name)) for name in ("totalResults", "startIndex", "itemsPerPage")
    )
    return total, max(0, min(page, total - start)), root.findall("{*}entry")


def _page_problem(body: bytes) -> str | None:
    """Return what is wrong with a page, if another try may help."""
    root = defusedxml.ElementTree.fromstring(body)
    name = root.tag.rpartition("}")[2]
    if name != "feed":
        return f"not an API answer but <{name[:40]}>"
    for entry in root.iterfind("{*}entry"):
        if _ERROR_IDS in child_text(entry, "id"):
            summary = child_text(entry, "summary")
            raise FetchError(f"the API answers: {summary[:200]}", remedy="Please report this query.")
    try:
        total, expected, entries = _page(root)
    except ValueError:
        return "a page that doesn't say how many results there are"
    if len(entries) < expected:
        return f"a page with {len(entries)} entries instead of {expected} (of {total})"
    return None


def _after_path(address: str) -> str:
    """Return what an address has after ``/abs/`` or ``/pdf/``."""
    return _PAPER_PATH.split(address, maxsplit=1)[-1]


def _is_id(text: ArxivId) -> bool:
    try:
        return parse_arxiv_id(text) == (text, None)
    except InvalidArxivId:
        return False
