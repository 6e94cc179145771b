"""What comes of a request: a response, or an error that says what is wrong; and counts of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import ClassVar

from triage.errors import FetchError
from triage.store.store import Transaction

NOTHING_LOST = "Nothing is lost: the next run tries again."
"""The usual remedy."""


class RequestError(FetchError):
    """A request that did not lead to a usable answer; the address is without user name and password."""

    def __init__(
        self,
        url: str,
        problem: str,
        *,
        tries: int,
        status: int | None = None,
        remedy: str = "",
    ) -> None:
        self.problem = f"{problem}, after {tries} tries" if tries > 1 else problem
        # The query, which can be a line long, is in the log.
        super().__init__(f"{url.partition('?')[0]}: {self.problem}", remedy=remedy)
        self.url, self.tries, self.status = url, tries, status


@dataclass(frozen=True, slots=True)
class Response:
    """A complete HTTP answer, whatever its status."""

    url: str
    """Where it came from, after redirects."""
    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes
    """Decompressed; when nothing was modified, from the cache."""
    received_bytes: int
    """The body as it was sent."""
    not_modified: bool = False
    """The server said that the cached body is still the current one."""


@dataclass(slots=True)
class Counters:
    """What a client has done so far."""

    requests: int = 0
    retries: int = 0
    failures: int = 0
    """Calls of :meth:`Client.get` that ended in an error."""
    not_modified: int = 0
    waits: int = 0
    seconds_waited: float = 0.0
    bytes_received: int = 0
    """Of complete answers, as they were sent."""

    def __add__(self, other: Counters) -> Counters:
        mine, theirs = asdict(self), asdict(other)
        return Counters(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Counts of one day (US Eastern, as arXiv counts its days) and of all days; a record of the store."""

    KEY: ClassVar[str] = "asked of arXiv"

    day: date
    today: Counters = field(default_factory=Counters)
    total: Counters = field(default_factory=Counters)


def read_request_counts(tx: Transaction, today: date) -> RequestCounts:
    """Return the counts of today and of all days since the store was made."""
    known = tx.records.get(RequestCounts) or RequestCounts(today)
    return known if known.day == today else RequestCounts(today, total=known.total)


def add_request_counts(tx: Transaction, counters: Counters, today: date) -> None:
    """Add what a client did to the counts in the store."""
    known = read_request_counts(tx, today)
    if counters.requests or counters.failures:
        tx.records.put(RequestCounts(today, known.today + counters, known.total + counters))
