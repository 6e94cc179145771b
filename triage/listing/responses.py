"""What comes of a request: a response, or an error that says what is wrong; and counts of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from triage.errors import FetchError

NOTHING_LOST = "Nothing is lost: the next run tries again."
"""The usual remedy."""


class RequestError(FetchError):
    """A request that did not lead to a usable answer.

    Attributes
    ----------
    url : str
        Without user name and password.
    problem : str
        What was wrong, without the address.
    tries : int
    status : int or None
        The last HTTP status, if there was an answer.
    """

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
