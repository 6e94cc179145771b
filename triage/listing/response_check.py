"""What to think of an HTTP answer: good, to be asked for again (and when), or hopeless.

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
from enum import StrEnum
from io import BytesIO
from typing import Any
from xml.sax import SAXException

import defusedxml.sax
from defusedxml.common import DefusedXmlException

Validator = Callable[[bytes], str | None]
"""Looks at a body and says what is wrong with it, or None; a wrong body is asked for again."""


class Expect(StrEnum):
    """What a body must be."""

    XML = "xml"
    JSON = "json"
    ANY = "any"


ACCEPT = {
    Expect.XML: "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
    Expect.JSON: "application/json, */*;q=0.1",
    Expect.ANY: "*/*",
}

# arXiv throttles with 429, with 503 and, seen, with 406; the other is a hint that we were too early.
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
class Verdict:
    """The judgement of one answer."""

    problem: str = ""
    """What is wrong; empty when the answer is good."""
    again: bool = False
    """Whether asking again may help."""
    throttled: bool = False
    """Whether the server said that we ask too often."""

    @property
    def good(self) -> bool:
        """Whether the answer can be used."""
        return not self.problem


def judge(status: int, body: bytes, expect: Expect, validate: Validator | None = None) -> Verdict:
    """Judge a complete answer.

    Parameters
    ----------
    status : int
        The HTTP status.
    body : bytes
        Decompressed.
    expect : Expect
    validate : callable, optional
        A further look at the body of a good answer.
    """
    if status == 200 and not _says_rate_exceeded(body):
        return _format_verdict(body, expect) or _content_verdict(body, validate)
    return _status_verdict(status, body)


def parse_retry_after(text: str | None, now: datetime) -> float | None:
    """Read a Retry-After header in either form.

    Returns
    -------
    float or None
        Seconds from `now`, from none to a day; None when there is no usable header.
    """
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
    """Return how long to wait after a failed attempt: doubling, with half of it left to chance.

    Parameters
    ----------
    attempt : int
        1 after the first attempt.
    throttled : bool
        Whether the server said that we ask too often; the pauses then start longer.
    retry_after : float, optional
        Seconds that the server asked for: the pause is not shorter, and not to the second, so that
        not all who were told the same come back at once.  A server that asks for none gets the
        usual pause.
    rng : random.Random
    """
    first = _FIRST_PAUSE_THROTTLED_SECONDS if throttled else _FIRST_PAUSE_SECONDS
    longest = min(_LONGEST_PAUSE_SECONDS, first * 2.0 ** min(attempt - 1, 20))
    pause = longest * rng.uniform(0.5, 1.0)
    return pause if retry_after is None else max(pause, retry_after + rng.uniform(0.0, 2.0))


def remedy_of(status: int | None) -> str:
    """Return what the reader can do when asking again won't help."""
    if status in (400, 404):
        return "Check the address in the configuration (arxiv.*_url) and the categories."
    if status in (401, 403, 407):
        return "Check the proxy, and that the User-Agent names a contact; arXiv may have blocked the address."
    return "Check the address in the configuration (arxiv.*_url)."


def _says_rate_exceeded(body: bytes) -> bool:
    return body[:200].strip().lower().startswith(_RATE_EXCEEDED)


def _status_verdict(status: int, body: bytes) -> Verdict:
    if _says_rate_exceeded(body):
        return Verdict(f'HTTP {status}, "Rate exceeded."', again=True, throttled=True)
    throttled = status in _THROTTLING
    return Verdict(f"HTTP {status}", again=throttled or status >= 500 or status == 408, throttled=throttled)


def _format_verdict(body: bytes, expect: Expect) -> Verdict | None:
    if expect is Expect.ANY:
        return None
    if not body.strip():
        return Verdict("an empty body", again=True)
    return _json_verdict(body) if expect is Expect.JSON else _xml_verdict(body)


def _json_verdict(body: bytes) -> Verdict | None:
    if len(body) > _LARGEST_JSON_BYTES:
        return Verdict(f"JSON of more than {_LARGEST_JSON_BYTES:,} bytes", again=True)
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        return Verdict(f"a body that is not JSON ({error})", again=True)
    return None


def _xml_verdict(body: bytes) -> Verdict | None:
    # Where no window is without the beginning of a tag, no tag and no text is as long as two windows.
    windows = range(0, len(body) - _LONGEST_PIECE_BYTES + 1, _LONGEST_PIECE_BYTES)
    if any(body.find(b"<", start, start + _LONGEST_PIECE_BYTES) < 0 for start in windows):
        return Verdict(_ODD_SHAPE, again=True)
    try:
        parser = defusedxml.sax.make_parser()
        parser.forbid_dtd = True  # no answer of arXiv has one, but error pages (HTML) do
        # With namespaces, as all that read it later.
        parser.setFeature(xml.sax.handler.feature_namespaces, True)
        parser.setContentHandler(_Shape())
        parser.parse(BytesIO(body))
    except DefusedXmlException:
        return Verdict("a page with a document type, which may hold entities", again=True)
    except _OddShapeError:
        return Verdict(_ODD_SHAPE, again=True)
    except (SAXException, ValueError, LookupError) as error:
        return Verdict(f"a body that is not whole XML ({error})", again=True)
    return None


class _OddShapeError(Exception):
    """A body has no shape of arXiv's answers."""


class _Shape(xml.sax.handler.ContentHandler):
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


def _content_verdict(body: bytes, validate: Validator | None) -> Verdict:
    problem = validate(body) if validate else None
    return Verdict(problem, again=True) if problem else Verdict()
