"""The one polite HTTP client: everything that triage asks of arXiv goes through :meth:`Client.get`.

One request at a time and one every three seconds over all processes (:mod:`triage.listing.rate_limit`),
deadlines, Retry-After, pauses that grow, limits on size, no surprising redirects, conditional
requests, and a count of what was done.  Proxies and certificates come from the environment, as
requests understands it.
"""

from __future__ import annotations

import itertools
import json
import logging
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from triage.clock import Clock
from triage.listing.addresses import can_be_asked, joined, may_lead_to, with_params, without_login
from triage.listing.allowance import TooLargeError
from triage.listing.circuit_breaker import Patience, service_of
from triage.listing.http_cache import Memory, Remembered
from triage.listing.rate_limit import ClockFileError, Turns, TurnTimeoutError
from triage.listing.response_check import (
    ACCEPT,
    Expect,
    Validator,
    Verdict,
    judge,
    parse_retry_after,
    pause_seconds,
    remedy_of,
)
from triage.listing.responses import Counters, RequestError, Response
from triage.listing.transport import Answer, ExchangeError, Limits, exchange

__all__ = ["Client", "Counters", "RequestError", "Response"]

log = logging.getLogger(__name__)

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NEXT_RUN = "Nothing is lost: the next run asks again."


_questions = itertools.count(1)


@dataclass(slots=True)
class _Progress:
    """How one call of :meth:`Client.get` is getting on."""

    url: str
    service: str
    began: datetime
    seconds: float
    """How long it may take."""
    tries: int = 0
    failed: int = 0
    status: int | None = None
    number: int = field(default_factory=lambda: next(_questions))
    """Tells the lines of one question in the log from those of others in this process."""

    def seconds_left(self, now: datetime) -> float:
        """Return how long it may still take; a clock that was set back doesn't make it longer."""
        return self.seconds - max(0.0, (now - self.began).total_seconds())


@dataclass(frozen=True, slots=True)
class _Setback:
    """Why an attempt led nowhere, and what that means."""

    verdict: Verdict
    retry_after: float | None = None


class Client:
    """Asks arXiv politely.

    Parameters
    ----------
    user_agent : str
        Names the tool, its version and a contact, as arXiv asks.
    lock_path : Path
        The file that all processes of this reader share; see :mod:`triage.listing.rate_limit`.
    clock : Clock
    rng : random.Random
        For the jitter in pauses.
    min_interval : float
        Seconds between two requests.
    connect_timeout, read_timeout, answer_timeout : float
        Seconds for connecting, for a single read, and for one answer to arrive whole: one that
        comes a byte a second leaves time for another try.
    total_deadline : float
        Seconds that one call of :meth:`get` may take, with all its tries and pauses.
    service_deadline : float
        Seconds that a service (feeds, API, OAI-PMH) may cost between two usable answers, over all
        calls.  Then, and after two calls in a row that failed, further calls fail at once: on a day
        on which arXiv is down, a run's end is at most so long away for each service.
    max_body_bytes : int
        The largest body, before and after decompression.
    max_attempts : int
        How often the same thing is asked before giving up.
    may_redirect_to : collection of str
        Addresses to whose hosts and ports a redirect may lead, besides the one that was asked.
    memory : Memory, optional
        For conditional requests; without it, there are none.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        lock_path: Path,
        clock: Clock,
        rng: random.Random,
        min_interval: float = 3.0,
        connect_timeout: float = 15.0,
        read_timeout: float = 60.0,
        answer_timeout: float = 300.0,
        total_deadline: float = 900.0,
        service_deadline: float = 900.0,
        max_body_bytes: int = 24_000_000,
        max_attempts: int = 6,
        may_redirect_to: Collection[str] = (),
        memory: Memory | None = None,
    ) -> None:
        self.counters = Counters()
        self._user_agent = user_agent
        self._clock = clock
        self._rng = rng
        self._min_interval = min_interval
        self._turns = Turns(lock_path, clock, min_interval)
        self._limits = Limits(connect_timeout, read_timeout, max_body_bytes)
        self._answer_timeout = answer_timeout
        self._total_deadline = total_deadline
        self._patience = Patience(service_deadline)
        self._max_attempts = max_attempts
        self._may_redirect_to = tuple(may_redirect_to)
        self._memory = memory

    def get(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        *,
        expect: Expect | str = Expect.XML,
        validate: Validator | None = None,
        conditional: bool = False,
    ) -> Response:
        """Get a page; wait, and ask again, as long as that is polite and may help.

        Parameters
        ----------
        url : str
            http or https.
        params : mapping, optional
            Added to the query.
        expect : {"xml", "json", "any"}
            What the body must be. Anything else is an error page, cut off or a proxy's, and is
            asked for again.
        validate : callable, optional
            Looks at the body and says what is wrong with it, or None.
        conditional : bool
            Ask only for news since the answer in the memory, and remember the new one.

        Raises
        ------
        RequestError
            If there is no usable answer in the time and the tries allowed.
        """
        full = with_params(url, params)
        expect = Expect(expect)
        progress = self._begin(full)
        remembered = self._recalled(full, expect, validate) if conditional else None
        while True:
            outcome = self._attempt(progress, expect, validate, remembered)
            if isinstance(outcome, Response):
                break
            self._pause_or_raise(progress, outcome)
        self._patience.answered(progress.service)
        if conditional and not outcome.not_modified:
            self._remember(full, outcome)
        return outcome

    def _begin(self, url: str) -> _Progress:
        if not can_be_asked(url):
            raise self._told(
                _Progress(url, "", self._clock.now(), 0.0), "not a web address", remedy=remedy_of(None)
            )
        service = service_of(url)
        seconds = min(self._total_deadline, self._patience.seconds_left(service))
        progress = _Progress(url, service, self._clock.now(), seconds)
        if problem := self._patience.given_up(service):
            raise self._told(progress, problem, remedy=_NEXT_RUN)
        return progress

    def _attempt(
        self,
        progress: _Progress,
        expect: Expect,
        validate: Validator | None,
        remembered: Remembered | None,
    ) -> Response | _Setback:
        """Ask once, following redirects."""
        headers = {
            "User-Agent": self._user_agent,
            "Accept": ACCEPT[expect],
            "Accept-Encoding": "gzip",
        }
        if remembered:
            headers |= remembered.conditions()
        url = progress.url
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._request(url, headers, progress)
            if isinstance(answer, _Setback):
                return answer
            if answer.status == 304 and remembered:
                self.counters.not_modified += 1
                return Response(url, 304, remembered.body, answer.headers, not_modified=True)
            if answer.status in _REDIRECTS and (target := answer.headers.get("Location")):
                url = self._redirected(url, target, progress)
                continue
            verdict = judge(answer.status, answer.body, expect, validate)
            if verdict.good:
                return Response(url, answer.status, answer.body, answer.headers)
            retry_after = parse_retry_after(answer.headers.get("Retry-After"), self._clock.now())
            return _Setback(verdict, retry_after)
        return _Setback(Verdict(f"more than {_MOST_REDIRECTS} redirects"))

    def _request(self, url: str, headers: Mapping[str, str], progress: _Progress) -> Answer | _Setback:
        """Make one request in its turn."""
        host = urlsplit(url).hostname or ""
        try:
            with self._turns.take(host, progress.seconds_left(self._clock.now())) as turn:
                self._count_wait(turn.waited)
                self.counters.requests += 1
                progress.tries += 1
                began = self._clock.now()
                seconds = min(self._answer_timeout, max(1.0, progress.seconds_left(began)))
                answer = exchange(url, headers, self._limits, seconds=seconds)
                turn.rest_until = self._rest_until(answer)
        except TurnTimeoutError as error:
            self._count_wait(error.waited)
            raise self._no_turn(progress, host, error) from error
        except ClockFileError as error:
            raise self._error(
                progress,
                f"nothing is asked, since {self._turns.path}, by which processes take turns, {error}",
                remedy="Free some space, or make the file and its folder writable for this user.",
            ) from error
        except ExchangeError as error:
            return _Setback(Verdict(str(error), again=True))
        except TooLargeError as error:
            return _Setback(Verdict(f"the answer is too large: {error}"))
        progress.status = answer.status
        self.counters.bytes_received += answer.received_bytes
        log.info(
            "request id=%d url=%s status=%d bytes=%d seconds=%.2f waited=%.2f try=%d",
            progress.number,
            without_login(url),
            answer.status,
            answer.received_bytes,
            (self._clock.now() - began).total_seconds(),
            turn.waited,
            progress.tries,
        )
        return answer

    def _rest_until(self, answer: Answer) -> datetime | None:
        """Until when the host wants to be left alone by all our processes."""
        if answer.status == 200:
            return None
        now = self._clock.now()
        seconds = parse_retry_after(answer.headers.get("Retry-After"), now)
        return None if seconds is None else now + timedelta(seconds=seconds)

    def _redirected(self, url: str, target: str, progress: _Progress) -> str:
        """Where a redirect leads, if it may lead there."""
        new = joined(url, target)
        if not may_lead_to(url, new, self._may_redirect_to):
            raise self._error(
                progress,
                f"redirects to {without_login(new)[:200] or 'no address'}, which is another place",
                remedy="If that is right, set the new address in the configuration.",
            )
        log.info("redirect id=%d from=%s to=%s", progress.number, without_login(url), without_login(new))
        return new

    def _pause_or_raise(self, progress: _Progress, setback: _Setback) -> None:
        """Wait before the next try, or give up."""
        progress.failed += 1
        verdict = setback.verdict
        if not verdict.again:
            raise self._error(progress, verdict.problem, remedy=remedy_of(progress.status))
        now = self._clock.now()
        pause = pause_seconds(
            progress.failed, throttled=verdict.throttled, retry_after=setback.retry_after, rng=self._rng
        )
        too_late = max(pause, self._min_interval) > progress.seconds_left(now)
        if too_late or progress.failed >= self._max_attempts:
            retry_at = None if setback.retry_after is None else now + timedelta(seconds=pause)
            raise self._error(progress, verdict.problem, down=True, retry_at=retry_at, remedy=_NEXT_RUN)
        log.warning(
            "retry id=%d url=%s problem=%s try=%d pause=%.1f",
            progress.number,
            without_login(progress.url),
            json.dumps(verdict.problem),
            progress.tries,
            pause,
        )
        self.counters.retries += 1
        self._count_wait(pause)
        self._clock.sleep(pause)

    def _count_wait(self, seconds: float) -> None:
        self.counters.waits += seconds > 0
        self.counters.seconds_waited += seconds

    def _no_turn(self, progress: _Progress, host: str, error: TurnTimeoutError) -> RequestError:
        if error.host_asked:
            return self._error(
                progress,
                f"{host} has asked to be left alone until {error.until:%Y-%m-%d %H:%M} UTC",
                retry_at=error.until,
                remedy="Nothing is lost: a run after that time asks again.",
            )
        return self._error(
            progress,
            "another triage process kept the connection to arXiv busy",
            remedy="Wait until it is done, or end it.",
        )

    def _error(
        self,
        progress: _Progress,
        problem: str,
        *,
        down: bool = False,
        retry_at: datetime | None = None,
        remedy: str = "",
    ) -> RequestError:
        seconds = (self._clock.now() - progress.began).total_seconds()
        self._patience.failed(progress.service, seconds, problem, down=down)
        return self._told(progress, problem, retry_at=retry_at, remedy=remedy)

    def _told(
        self, progress: _Progress, problem: str, *, retry_at: datetime | None = None, remedy: str = ""
    ) -> RequestError:
        self.counters.failures += 1
        url = without_login(progress.url)
        log.error(
            "failed id=%d url=%s problem=%s tries=%d",
            progress.number,
            url,
            json.dumps(problem),
            progress.tries,
        )
        return RequestError(
            url, problem, tries=progress.tries, status=progress.status, retry_at=retry_at, remedy=remedy
        )

    def _recalled(self, url: str, expect: Expect, validate: Validator | None) -> Remembered | None:
        """Return an earlier answer if it is one to ask for news of, and usable by what is asked of it now."""
        remembered = self._memory.recall(url) if self._memory else None
        if remembered is None or not remembered.conditions():
            return None
        return remembered if judge(200, remembered.body, expect, validate).good else None

    def _remember(self, url: str, response: Response) -> None:
        etag = response.headers.get("ETag", "")
        last_modified = response.headers.get("Last-Modified", "")
        if self._memory and (etag or last_modified):
            self._memory.remember(url, Remembered(etag, last_modified, response.body))
