"""Other people's picks, out of whatever they are published as.  Pure functions; all text is hostile.

Sources: Hugging Face's Daily Papers (``/api/daily_papers?date=YYYY-MM-DD``: a list of objects whose
``paper.id`` is an arXiv identifier), picks files (TSV), feeds (RSS, Atom), and digests with their index
as triage and the blogs it learned from write them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from triage.errors import ListingError
from triage.notes.identifiers import first_id
from triage.papers import ArxivId, InvalidArxivId, parse_arxiv_id, parse_saved_id

DatedPick = tuple[date, ArxivId]

_DAY = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)", re.ASCII)
_DAY_LINK = re.compile(r"(?:\]\(|href=[\"'])\s*<?([^\s()<>\"']*\d{4}-\d{2}-\d{2}[^\s()<>\"']*)", re.ASCII)
_HEADING = re.compile(r"^ {0,3}##?#?\s+(.*)$|<h[123]\b[^>]*>(.*?)</h[123]>", re.MULTILINE | re.DOTALL)
_LARGEST_HEADING = 1_000


@dataclass(frozen=True, slots=True)
class Published:
    """What a file or an address gave."""

    picks: tuple[DatedPick, ...] = ()
    digests: tuple[tuple[date, str], ...] = ()
    """Digests that it links, with their days; oldest first."""


def read_daily_papers(body: bytes) -> list[ArxivId]:
    """Return the papers of one day of Hugging Face's Daily Papers.

    Raises
    ------
    ListingError
        If the answer is something else.  Single entries without an arXiv identifier are left out; a
        day without any entry is a quiet one.
    """
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ListingError("the answer is no JSON") from error
    if not isinstance(entries, list):
        raise ListingError("the answer is not a list of papers")
    found = [paper for entry in entries if (paper := _paper_of(entry))]
    if entries and not found:
        raise ListingError("no entry of the answer has an arXiv identifier at 'paper.id'")
    return list(dict.fromkeys(found))


def _paper_of(entry: object) -> ArxivId | None:
    paper = entry.get("paper") if isinstance(entry, dict) else None
    name = paper.get("id") if isinstance(paper, dict) else None
    try:
        return parse_arxiv_id(name)[0] if isinstance(name, str) else None
    except InvalidArxivId:
        return None


def read_published(body: bytes, *, today: date, name: str = "") -> Published:
    """Understand a picks file, a feed, a digest or an index of digests.

    What has no day of its own has that in the file's name, else today's; nothing is dated later.

    Raises
    ------
    ListingError
        If there is neither a pick nor a link to a digest in it.
    """
    text = body.decode("utf-8-sig", errors="replace")
    start = text.lstrip()[:300].lower()
    if start.startswith("date\tarxiv_id"):
        found = Published(tuple(read_rows(text)))
    elif start.startswith(("<?xml", "<rss", "<feed", "<rdf")):
        found = Published(tuple(_entries(body, today)))
    else:
        links = tuple(sorted({(day, link) for link in _DAY_LINK.findall(text) if (day := last_day(link))}))
        found = Published(tuple((last_day(name) or today, one) for one in headed(text)), links)
    if not found.picks and not found.digests and "\t" not in start:
        raise ListingError("there is neither a pick nor a link to a digest in it")
    return Published(
        tuple(sorted({(min(day, today), paper) for day, paper in found.picks})),
        tuple((day, link) for day, link in found.digests if day <= today),
    )


def read_rows(text: str, warn: Callable[[str], None] = lambda _: None) -> Iterator[DatedPick]:
    """Read a picks file below its header: a day, a tab, an identifier.

    A line without these is skipped; ``warn`` gets a sentence about it, and about a number made an identifier.
    """
    for number, line in enumerate(text.splitlines()[1:], start=2):
        cells = line.split("\t")
        try:
            day = date.fromisoformat(cells[0].strip())
            paper, mended = parse_saved_id(cells[1])
        except (ValueError, IndexError) as error:
            if line.strip():
                warn(f"line {number}: {error if len(cells) > 1 else 'no tab'}; the line is skipped")
            continue
        if mended:
            warn(f"line {number}: {cells[1].strip()} was saved as a number; read as {paper}")
        yield day, paper


def _entries(body: bytes, today: date) -> Iterable[DatedPick]:
    import feedparser

    for entry in feedparser.parse(body).entries:
        published = entry.get("published_parsed") or entry.get("updated_parsed")
        try:
            day = date(*published[:3]) if published else today
        except (ValueError, TypeError):
            day = today
        texts = [entry.get("summary", ""), *(part.get("value", "") for part in entry.get("content", ()))]
        papers = [one for text in texts for one in headed(str(text))]
        itself = first_id(f"{entry.get('link', '')} {entry.get('id', '')} {entry.get('title', '')}")
        for paper in [itself] if itself else papers:
            yield day, paper


def headed(text: str) -> list[ArxivId]:
    """Return the papers that headings link: the picks of a digest, not the rest of its listing."""
    headings = ("".join(pair)[:_LARGEST_HEADING] for pair in _HEADING.findall(text))
    return list(dict.fromkeys(paper for heading in headings if (paper := first_id(heading))))


def last_day(text: str) -> date | None:
    """Return the last day written in a text as YYYY-MM-DD, if any."""
    days = []
    for found in _DAY.findall(text):
        try:
            days.append(date.fromisoformat(found))
        except ValueError:
            continue
    return days[-1] if days else None
