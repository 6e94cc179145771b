"""The circuit breaker: a service that gives no usable answer is no longer asked.

On a day on which arXiv is down every call would retry for its whole time, and a run has many calls.
So the time lost to failures is added up per service until its next usable answer: hours of pages that
arrive are no reason to stop, and neither is one service that is down for another that is not.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from urllib3.util import parse_url

MAX_FAILURES = 2
"""After so many calls in a row without a usable answer, each tried several times, a service is given up."""

_LEAST_SECONDS = 30.0
"""With less time than this left, a call is not begun."""


def service_of(url: str) -> str:
    """Return host, port and first folder of an address: feeds, API and OAI-PMH may share a server.

    >>> service_of("https://rss.arxiv.org/rss/cs.CL"), service_of("http://localhost:80/api/query?id=1")
    ('rss.arxiv.org/rss', 'localhost:80/api')
    """
    parts = parse_url(url)
    return f"{parts.netloc}/{(parts.path or '').lstrip('/').partition('/')[0]}"


@dataclass(slots=True)
class _Failures:
    seconds: float = 0.0
    calls: int = 0
    problem: str = ""


class CircuitBreaker:
    """Adds up the time that failing services cost; each may cost `seconds` between usable answers."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._failures: defaultdict[str, _Failures] = defaultdict(_Failures)

    def seconds_left(self, service: str) -> float:
        """Return how long a call of a service may take."""
        return self._seconds - self._failures[service].seconds

    def open_reason(self, service: str) -> str:
        """Return why a service is no longer asked, or an empty string."""
        failures = self._failures[service]
        if failures.calls < MAX_FAILURES and self.seconds_left(service) >= _LEAST_SECONDS:
            return ""
        minutes = max(1, round(failures.seconds / 60))
        return (
            f"not asked, since {service} had no usable answer for {minutes}"
            f" minute{'s' if minutes > 1 else ''} ({failures.problem})"
        )

    def record_success(self, service: str) -> None:
        self._failures.pop(service, None)

    def record_failure(self, service: str, seconds: float, problem: str, *, down: bool) -> None:
        """Add a call without a usable answer, and what it took; negative seconds (a clock set back) are zero.

        ``down`` says that the service seems to be in trouble; a plain "not found" only costs time.
        """
        failures = self._failures[service]
        failures.seconds += max(0.0, seconds)
        failures.calls += down
        failures.problem = problem
