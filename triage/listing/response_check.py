"""The response check: is an HTTP answer usable, worth another try (and when), or hopeless.

Pure decisions; :mod:`triage.listing.client` acts on them.
"""

from __future__ import annotations

import json
import random
import xml.sax.handler
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any, Literal
from xml.sax import SAXException

import defusedxml.ElementTree
import defusedxml.sax
from defusedxml.common import DefusedXmlException

Validator = Callable[[bytes], str | None]
"""Returns what is wrong with a body, or None; a wrong body is requested again."""


Expect = Literal["xml", "json", "any"]
"""What a body must be."""

ACCEPT: dict[Expect, str] = {
    "xml": "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
    "json": "application/json, */*;q=0.1",
    "any": "*/*",
}

# arXiv throttles with 429, with 503 and, as seen, with 406; 425 means "too early".
_THROTTLING = frozenset({406, 425, 429, 503})
_RATE_EXCEEDED = b"rate exceeded"
LONGEST_RETRY_AFTER_SECONDS = 86_400.0
"""A server that asks for more (a year, the year 9999) is asked again the next day."""
_MOST_NODES, _DEEPEST, _LONGEST_PIECE_BYTES = 500_000, 100, 500_000
"""Elements and attributes, and the length of a tag or a text: far more than the largest pages have
(2,000 records of thirty elements, ten deep).  Millions of them take minutes and gigabytes to read."""
_LARGEST_JSON_BYTES = 8_000_000
"""What is asked for as JSON are counts and a day's picks.  Empty lists of this size take 190 MB."""
_ODD_SHAPE = "XML of more, deeper or longer pieces than any answer of arXiv"
_FIRST_PAUSE_SECONDS, _FIRST_PAUSE_THROTTLED_SECONDS, _LONGEST_PAUSE_SECONDS = 5.0, 20.0, 300.0


@dataclass(frozen=True, slots=True)
class ResponseCheck:
    """The result of checking one answer."""

    problem: str = ""
    """What is wrong; empty when the answer is good."""
    retry: bool = False
    """Whether another try may help."""
    throttled: bool = False
    """Whether the server said that we send too many requests."""
    remedy: str = ""
    """What the user can do about it; empty for what the HTTP status tells."""
    retry_after: float | None = None
    """Seconds for which the server wants to be left alone, if it said so."""

    @property
    def usable(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem


def check_response(
    status: int, body: bytes, expect: Expect, validate: Validator | None = None
) -> ResponseCheck:
    """Check a complete answer, its body decompressed."""
    rate_exceeded = body[:200].strip().lower().startswith(_RATE_EXCEEDED)
    if status == 200 and not rate_exceeded:
        problem = _format_problem(body, expect) or (validate(body) if validate else None)
        return ResponseCheck(problem, retry=True) if problem else ResponseCheck()
    if rate_exceeded:
        return ResponseCheck(f'HTTP {status}, "Rate exceeded."', retry=True, throttled=True)
    throttled = status in _THROTTLING
    retry = throttled or status >= 500 or status == 408
    return ResponseCheck(f"HTTP {status}", retry=retry, throttled=throttled)


def parse_retry_after(text: str | None, now: datetime) -> float | None:
    """Read a Retry-After header: seconds from `now`, 0 to a day; None when it is not usable."""
    if not text:
        return None
    text = text.strip()
    try:
        if text.isascii() and text.isdecimal():
            seconds = float(text)
        else:
            moment = parsedate_to_datetime(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            seconds = (moment - now) / timedelta(seconds=1)
    except (OverflowError, ValueError):
        return None
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_SECONDS)


def pause_seconds(
    attempt: int, *, throttled: bool, retry_after: float | None = None, rng: random.Random
) -> float:
    """Return how long to wait after a failed attempt (1 is the first): doubling, half of it left to chance.

    After ``throttled`` answers the pauses start longer.  None is shorter than ``retry_after``, but a
    little longer by chance, so that not all clients come back at the same moment.
    """
    first = _FIRST_PAUSE_THROTTLED_SECONDS if throttled else _FIRST_PAUSE_SECONDS
    longest = min(_LONGEST_PAUSE_SECONDS, first * 2.0 ** min(attempt - 1, 20))
    pause = longest * rng.uniform(0.5, 1.0)
    return pause if retry_after is None else max(pause, retry_after + rng.uniform(0.0, 2.0))


def remedy_of(status: int | None) -> str:
    """Return what the user can do when another try won't help."""
    if status in (400, 404):
        return "Check the address in the configuration (arxiv.*_url) and the categories."
    if status in (401, 403, 407):
        return "Check the proxy, and that the User-Agent names a contact; arXiv may have blocked the address."
    return "Check the address in the configuration (arxiv.*_url)."


def root_name(body: bytes) -> str:
    """Return the name of a whole XML body's root element, without its namespace."""
    _, root = next(iter(defusedxml.ElementTree.iterparse(BytesIO(body), events=("start",))))
    return str(root.tag.rpartition("}")[2])


def _format_problem(body: bytes, expect: Expect) -> str | None:
    if expect == "any":
        return None
    if not body.strip():
        return "an empty body"
    return _json_problem(body) if expect == "json" else _xml_problem(body)


def _json_problem(body: bytes) -> str | None:
    if len(body) > _LARGEST_JSON_BYTES:
        return f"JSON of more than {_LARGEST_JSON_BYTES:,} bytes"
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        return f"a body that is not JSON ({error})"
    return None


def _xml_problem(body: bytes) -> str | None:
    # Where no window is without the beginning of a tag, no tag and no text is as long as two windows.
    windows = range(0, len(body) - _LONGEST_PIECE_BYTES + 1, _LONGEST_PIECE_BYTES)
    if any(body.find(b"<", start, start + _LONGEST_PIECE_BYTES) < 0 for start in windows):
        return _ODD_SHAPE
    try:
        parser = defusedxml.sax.make_parser()
        parser.forbid_dtd = True  # no answer of arXiv has one, but error pages (HTML) do
        # With namespaces, as all later readers.
        parser.setFeature(xml.sax.handler.feature_namespaces, True)
        parser.setContentHandler(_ShapeHandler())
        parser.parse(BytesIO(body))
    except DefusedXmlException:
        return "a page with a document type, which may hold entities"
    except _OddShapeError:
        return _ODD_SHAPE
    except (SAXException, ValueError, LookupError) as error:
        return f"a body that is not whole XML ({error})"
    return None


class _OddShapeError(Exception):
    """The body is not shaped like an answer of arXiv."""


class _ShapeHandler(xml.sax.handler.ContentHandler):
    """Counts the elements and attributes of a body, and how deep they are."""

    def __init__(self) -> None:
        super().__init__()
        self._nodes = self._depth = 0

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802 -- SAX's name
        self._nodes += 1 + len(attrs)
        self._depth += 1
        if self._nodes > _MOST_NODES or self._depth > _DEEPEST:
            raise _OddShapeError

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802 -- SAX's name
        self._depth -= 1
