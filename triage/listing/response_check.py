"""The response check: is an HTTP answer usable, worth another try (and when), or hopeless.

Pure decisions; :mod:`triage.listing.client` acts on them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Literal
from xml.parsers import expat

import defusedxml.ElementTree

from triage.errors import ListingError

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


def root_is(names: Collection[str], what: str) -> Validator:
    """Return the check that the root of whole XML has one of some names: login pages and errors have others."""

    def problem(body: bytes) -> str | None:
        _, root = next(iter(defusedxml.ElementTree.iterparse(BytesIO(body), events=("start",))))
        name = root.tag.rpartition("}")[2]
        return None if name in names else f"not {what} but <{name[:40]}>"

    return problem


def require_xml(body: bytes, validate: Validator, *, url: str) -> None:
    """Raise ListingError if a body is not whole XML that passes a check: half a feed would pass for a quiet day."""
    check = check_response(200, body, "xml", validate)
    if not check.usable:
        raise ListingError(f"{url}: not a usable answer: {check.problem}", remedy="Fetch it again.")


def _format_problem(body: bytes, expect: Expect) -> str | None:
    if expect == "any":
        return None
    if not body.strip():
        return "an empty body"
    return _json_problem(body) if expect == "json" else _xml_problem(body)


def _json_problem(body: bytes) -> str | None:
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        return f"a body that is not JSON ({error})"
    return None


class _DoctypeError(Exception):
    """No answer of arXiv has a document type, but error pages (HTML) do."""


def _xml_problem(body: bytes) -> str | None:
    def refuse(*_: object) -> None:
        raise _DoctypeError

    parser = expat.ParserCreate(namespace_separator=" ")  # with namespaces, as all later readers
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except _DoctypeError:
        return "a page with a document type, which may hold entities"
    except (expat.ExpatError, ValueError, LookupError) as error:
        return f"a body that is not whole XML ({error})"
    return None
