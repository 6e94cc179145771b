"""How long a service that gives no usable answer is still asked.

On a day on which arXiv is down every call would try again for its whole time, and a run has many
calls.  So what failing costs is added up, for each service by itself, until its next usable answer:
hours of pages that come are no reason to stop, and neither is one service that is down for another
that is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from urllib3.util import parse_url

CALLS_IN_A_ROW = 2
"""After so many calls without a usable answer, each tried several times, a service is given up."""

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
class _Trouble:
    """What a service has cost since its last usable answer."""

    seconds: float = 0.0
    calls: int = 0
    problem: str = ""


class Patience:
    """Adds up what services cost that fail.

    Parameters
    ----------
    seconds : float
        What each may cost between two usable answers.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._troubles: dict[str, _Trouble] = {}

    def seconds_left(self, service: str) -> float:
        """Return how long a call of a service may take."""
        trouble = self._troubles.get(service)
        return self._seconds - trouble.seconds if trouble else self._seconds

    def given_up(self, service: str) -> str:
        """Return why a service is not to be asked again, or an empty string."""
        trouble = self._troubles.get(service)
        if trouble is None:
            return ""
        if trouble.calls < CALLS_IN_A_ROW and self.seconds_left(service) >= _LEAST_SECONDS:
            return ""
        minutes = max(1, round(trouble.seconds / 60))
        return (
            f"not asked, since {service} had no usable answer for {minutes}"
            f" minute{'s' if minutes > 1 else ''} ({trouble.problem})"
        )

    def answered(self, service: str) -> None:
        """Note a usable answer: what was before is forgotten."""
        self._troubles.pop(service, None)

    def failed(self, service: str, seconds: float, problem: str, *, down: bool) -> None:
        """Note a call without a usable answer.

        Parameters
        ----------
        service : str
        seconds : float
            What it took; what a clock that was set back makes negative counts as nothing.
        problem : str
        down : bool
            Whether the service seems to be in trouble; it may also have said plainly that it does
            not have what was asked for, which costs time only.
        """
        trouble = self._troubles.setdefault(service, _Trouble())
        trouble.seconds += max(0.0, seconds)
        trouble.calls += down
        trouble.problem = problem
