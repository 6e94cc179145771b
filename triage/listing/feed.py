"""arXiv's daily feeds: RSS 2.0 and Atom.

A feed carries one announcement, the newest.  Its date is that of the request, so a feed that has
stood still for days looks fresh; :mod:`triage.listing.anomaly_checks` deals with that.

feedparser gives both formats one shape; what arXiv means by it (versions, announce types, prefixes in
the text) is read from that shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import quote

from triage.listing.calendar import EASTERN
from triage.listing.client import Client
from triage.listing.response_check import require_xml, root_is
from triage.listing.text import (
    as_text,
    listed_names,
    parse_iso_time,
    parse_mail_time,
    single_spaced,
    without_repeats,
)
from triage.papers import AnnounceType, ArxivId, InvalidArxivId, ListedPaper, Paper, parse_arxiv_id

MOST_ITEMS = 2_000
"""arXiv cuts a feed here; replacements come first, so new papers are what is cut off."""

_IS_FEED = root_is(("rss", "feed"), "a feed")
_TITLE_END = " updates on arXiv.org"
_ID_DRESS = re.compile(r"^(?:oai:arXiv\.org:|https?://(?:[\w.-]*\.)?arxiv\.org/abs/)", re.IGNORECASE)
_DESCRIPTION = re.compile(
    r"^\s*arXiv:(?P<id>\S+)\s+Announce Type:\s*(?P<type>[\w-]+)\s*(?:Abstract:)?", re.IGNORECASE
)
_AND_OTHERS = re.compile(r",?\s*et al\.\s*\(\d+ additional authors? not shown\)")


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed."""

    category: str
    """What the feed says it is about: ``cs.CL``, or ``cs.CL, cs.AI`` for a combined one."""
    day: date | None
    """The listing day that the feed claims: the day it was asked for, US Eastern."""
    items: tuple[ListedPaper, ...]
    """In the feed's order; the papers' listing days are left open."""
    truncated: bool
    """Whether arXiv's limit of items was reached, so that new papers may be missing."""
    unreadable: tuple[str, ...] = ()
    """Items that are not what an item should be, each with the reason."""


class _UnreadableError(ValueError):
    """What is wrong with one item."""


def fetch_feed(client: Client, base_url: str, category: str) -> Feed:
    """Fetch the feed of one category: a feed of several that is cut off would lose more.

    The base address is like ``https://rss.arxiv.org/rss`` (or ``/atom``).  FetchError is raised when
    there is no usable answer.
    """
    url = f"{base_url.rstrip('/')}/{quote(category, safe='')}"
    response = client.get(url, validate=_IS_FEED, conditional=True)
    return parse_feed(response.body, url=url)


def parse_feed(body: bytes, *, url: str) -> Feed:
    """Parse a feed: RSS 2.0 or Atom.  The address is for messages.

    Raises ListingError if it is no feed, or not a whole one.
    """
    require_xml(body, _IS_FEED, url=url)
    import feedparser  # slow to import, and only needed here

    # Sanitising would take "$a<b$" in a title for a tag; texts are made harmless where they are shown.
    parsed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    category = single_spaced(str(parsed.feed.get("title", ""))).removesuffix(_TITLE_END)
    items, unreadable = [], []
    for number, entry in enumerate(parsed.entries, 1):
        try:
            items.append(_listed(entry))
        except _UnreadableError as error:
            unreadable.append(f"item {number}: {error}")
    return Feed(
        category=category,
        day=_claimed_day(parsed.feed),
        items=tuple(items),
        truncated=len(parsed.entries) >= MOST_ITEMS,
        unreadable=tuple(unreadable),
    )


def _listed(entry: Any) -> ListedPaper:
    def text(*keys: str) -> str:
        values = (entry.get(key) for key in keys)
        return next((value for value in values if isinstance(value, str) and value), "")

    title, description = as_text(text("title")), text("summary", "description")
    prefix = _DESCRIPTION.match(description)
    identifier, version = _identified([text("id"), prefix["id"] if prefix else "", text("link")])
    if not title:
        raise _UnreadableError(f"{identifier} has no title")
    written_type = text("arxiv_announce_type") or (prefix["type"] if prefix else "")
    try:
        announce_type = AnnounceType(written_type.strip().lower())
    except ValueError:
        problem = f"{identifier} is neither new, cross nor replace but {written_type!r}"
        raise _UnreadableError(problem) from None
    several = [str(author.get("name") or "") for author in entry.get("authors") or ()]
    creators = ", ".join(several) if several[1:] else text("author")
    tags = [str(tag.get("term") or "") for tag in entry.get("tags") or ()]
    return ListedPaper(
        Paper(
            id=identifier,
            title=title,
            abstract=as_text(description[prefix.end() :] if prefix else description),
            # "LHCb collaboration: R. Aaij, et al. (909 additional authors not shown)"
            authors=listed_names(_AND_OTHERS.sub("", single_spaced(creators))),
            categories=without_repeats(tags),
            version=version,
            doi=single_spaced(text("arxiv_doi")),
            journal_ref=as_text(text("arxiv_journal_reference")),
        ),
        announce_type,
    )


def _identified(candidates: Iterable[str]) -> tuple[ArxivId, int]:
    """The id, and the version from whichever part of the item tells it; all must mean one paper."""
    found: dict[ArxivId, int] = {}
    for candidate in candidates:
        try:
            identifier, version = parse_arxiv_id(_ID_DRESS.sub("", candidate.strip()))
        except InvalidArxivId:
            continue
        found[identifier] = max(version or 1, found.get(identifier, 1))
    if len(found) != 1:
        raise _UnreadableError("two ids in one item" if found else "no arXiv id")
    return next(iter(found.items()))


def _claimed_day(channel: Any) -> date | None:
    for key, parse in (("published", parse_mail_time), ("updated", parse_iso_time)):
        value = channel.get(key)
        if isinstance(value, str):
            try:
                return parse(value).astimezone(EASTERN).date()
            except ValueError:
                continue
    return None
