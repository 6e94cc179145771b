"""The polite HTTP client: every request that triage makes to arXiv goes through :meth:`Client.get`.

It keeps the rate limit over all processes (:mod:`triage.listing.rate_limit`), deadlines and limits on
size, obeys Retry-After, retries with growing pauses, follows no surprising redirects, makes conditional
requests and counts what it does.  Proxies and certificates come from the environment, as requests
understands it.
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
from triage.listing.addresses import (
    is_web_address,
    redirect_allowed,
    redirect_target,
    with_params,
    without_credentials,
)
from triage.listing.circuit_breaker import CircuitBreaker, service_of
from triage.listing.http_cache import CachedResponse, HttpCache
from triage.listing.rate_limit import RateLimiter, RateLimitFileError, RateLimitTimeoutError
from triage.listing.response_check import (
    ACCEPT,
    Expect,
    ResponseCheck,
    Validator,
    check_response,
    parse_retry_after,
    pause_seconds,
    remedy_of,
)
from triage.listing.responses import NOTHING_LOST, Counters, RequestError, Response
from triage.listing.transport import Answer, ExchangeError, Limits, TooLargeError, exchange

__all__ = ["Client", "Counters", "RequestError", "Response"]

log = logging.getLogger(__name__)

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_call_numbers = itertools.count(1)


@dataclass(slots=True)
class _Call:
    """The state of one call of :meth:`Client.get`."""

    url: str
    service: str
    began: datetime
    seconds: float
    """How long it may take."""
    tries: int = 0
    failed: int = 0
    status: int | None = None
    number: int = field(default_factory=lambda: next(_call_numbers))
    """Tells the log lines of one call from those of others in this process."""

    def seconds_left(self, now: datetime) -> float:
        """Return how long it may still take; a clock that was set back doesn't make it longer."""
        return self.seconds - max(0.0, (now - self.began).total_seconds())


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a try gave no response, and for how long the server wants to be left alone."""

    check: ResponseCheck
    retry_after: float | None = None


class Client:
    """Makes polite requests.

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
        Seconds for connecting, for a single read, and for one whole answer: after one that arrives
        a byte a second there is time for another try.
    total_deadline : float
        Seconds that one call of :meth:`get` may take, with all its tries and pauses.
    service_deadline : float
        Seconds that a service may cost between two usable answers, over all calls; see
        :class:`CircuitBreaker`.
    max_body_bytes : int
        The largest body, before and after decompression.
    max_attempts : int
        Tries of one call.
    may_redirect_to : collection of str
        Addresses to whose hosts and ports a redirect may lead, besides the one of the request.
    cache : HttpCache, optional
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
        cache: HttpCache | None = None,
    ) -> None:
        self.counters = Counters()
        self._user_agent = user_agent
        self._clock = clock
        self._rng = rng
        self._min_interval = min_interval
        self._rate_limiter = RateLimiter(lock_path, clock, min_interval)
        self._limits = Limits(connect_timeout, read_timeout, max_body_bytes)
        self._answer_timeout = answer_timeout
        self._total_deadline = total_deadline
        self._breaker = CircuitBreaker(service_deadline)
        self._max_attempts = max_attempts
        self._may_redirect_to = tuple(may_redirect_to)
        self._cache = cache

    def get(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        *,
        expect: Expect | str = Expect.XML,
        validate: Validator | None = None,
        conditional: bool = False,
    ) -> Response:
        """Get a page; wait and retry as long as that is polite and may help.

        Parameters
        ----------
        url : str
            http or https.
        params : mapping, optional
            Added to the query.
        expect : {"xml", "json", "any"}
            What the body must be.  Anything else is an error page, cut off or a proxy's, and is
            requested again.
        validate : callable, optional
            Returns what is wrong with a body, or None.
        conditional : bool
            Make a conditional request if there is a cached response, and cache the new one.

        Raises
        ------
        RequestError
            If there is no usable answer in the time and the tries allowed.
        """
        full = with_params(url, params)
        expect = Expect(expect)
        call = self._begin(full)
        cached = self._cached(full, expect, validate) if conditional else None
        while isinstance(outcome := self._try(call, expect, validate, cached), _Failure):
            self._pause_or_raise(call, outcome)
        self._breaker.record_success(call.service)
        if conditional and not outcome.not_modified:
            self._store(full, outcome)
        return outcome

    def _begin(self, url: str) -> _Call:
        now = self._clock.now()
        if not is_web_address(url):
            raise self._logged_error(_Call(url, "", now, 0.0), "not a web address", remedy=remedy_of(None))
        service = service_of(url)
        call = _Call(url, service, now, min(self._total_deadline, self._breaker.seconds_left(service)))
        if problem := self._breaker.open_reason(service):
            raise self._logged_error(call, problem, remedy=NOTHING_LOST)
        return call

    def _try(
        self, call: _Call, expect: Expect, validate: Validator | None, cached: CachedResponse | None
    ) -> Response | _Failure:
        """Make one try, following redirects."""
        headers = {"User-Agent": self._user_agent, "Accept": ACCEPT[expect], "Accept-Encoding": "gzip"}
        if cached:
            headers |= cached.conditions()
        url = call.url
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._request(url, headers, call)
            if isinstance(answer, _Failure):
                return answer
            if answer.status == 304 and cached:
                self.counters.not_modified += 1
                return Response(url, 304, cached.body, answer.headers, not_modified=True)
            if answer.status in _REDIRECTS and (location := answer.headers.get("Location")):
                url = self._redirected(url, location, call)
                continue
            check = check_response(answer.status, answer.body, expect, validate)
            if check.usable:
                return Response(url, answer.status, answer.body, answer.headers)
            return _Failure(check, self._retry_after(answer))
        return _Failure(ResponseCheck(f"more than {_MOST_REDIRECTS} redirects"))

    def _request(self, url: str, headers: Mapping[str, str], call: _Call) -> Answer | _Failure:
        """Make one request within the rate limit."""
        host = urlsplit(url).hostname or ""
        try:
            with self._rate_limiter.slot(host, call.seconds_left(self._clock.now())) as slot:
                self._count_wait(slot.waited)
                self.counters.requests += 1
                call.tries += 1
                began = self._clock.now()
                seconds = min(self._answer_timeout, max(1.0, call.seconds_left(began)))
                answer = exchange(url, headers, self._limits, seconds=seconds)
                if answer.status != 200 and (retry_after := self._retry_after(answer)) is not None:
                    slot.backoff_until = self._clock.now() + timedelta(seconds=retry_after)
        except RateLimitTimeoutError as error:
            self._count_wait(error.waited)
            raise self._rate_limit_error(call, host, error) from error
        except RateLimitFileError as error:
            raise self._error(
                call,
                f"no request is made, since {self._rate_limiter.path}, which keeps the rate limit"
                f" over all processes, {error}",
                remedy="Free some space, or make the file and its folder writable for this user.",
            ) from error
        except ExchangeError as error:
            return _Failure(ResponseCheck(str(error), retry=True))
        except TooLargeError as error:
            return _Failure(ResponseCheck(f"the answer is too large: {error}"))
        call.status = answer.status
        self.counters.bytes_received += answer.received_bytes
        log.info(
            "request id=%d url=%s status=%d bytes=%d seconds=%.2f waited=%.2f try=%d",
            call.number,
            without_credentials(url),
            answer.status,
            answer.received_bytes,
            (self._clock.now() - began).total_seconds(),
            slot.waited,
            call.tries,
        )
        return answer

    def _retry_after(self, answer: Answer) -> float | None:
        return parse_retry_after(answer.headers.get("Retry-After"), self._clock.now())

    def _redirected(self, url: str, location: str, call: _Call) -> str:
        """Where a redirect leads, if it may lead there."""
        target = redirect_target(url, location)
        if not redirect_allowed(url, target, self._may_redirect_to):
            raise self._error(
                call,
                f"redirects to {without_credentials(target)[:200] or 'no address'}, which is another place",
                remedy="If that is right, set the new address in the configuration.",
            )
        log.info(
            "redirect id=%d from=%s to=%s",
            call.number,
            without_credentials(url),
            without_credentials(target),
        )
        return target

    def _pause_or_raise(self, call: _Call, failure: _Failure) -> None:
        """Wait before the next try, or give up."""
        call.failed += 1
        check = failure.check
        if not check.retry:
            raise self._error(call, check.problem, remedy=remedy_of(call.status))
        now = self._clock.now()
        pause = pause_seconds(
            call.failed, throttled=check.throttled, retry_after=failure.retry_after, rng=self._rng
        )
        too_late = max(pause, self._min_interval) > call.seconds_left(now)
        if too_late or call.failed >= self._max_attempts:
            retry_at = None if failure.retry_after is None else now + timedelta(seconds=pause)
            raise self._error(call, check.problem, down=True, retry_at=retry_at, remedy=NOTHING_LOST)
        log.warning(
            "retry id=%d url=%s problem=%s try=%d pause=%.1f",
            call.number,
            without_credentials(call.url),
            json.dumps(check.problem),
            call.tries,
            pause,
        )
        self.counters.retries += 1
        self._count_wait(pause)
        self._clock.sleep(pause)

    def _count_wait(self, seconds: float) -> None:
        self.counters.waits += seconds > 0
        self.counters.seconds_waited += seconds

    def _rate_limit_error(self, call: _Call, host: str, error: RateLimitTimeoutError) -> RequestError:
        if error.host_asked:
            return self._error(
                call,
                f"{host} has asked to be left alone until {error.until:%Y-%m-%d %H:%M} UTC",
                retry_at=error.until,
                remedy="Nothing is lost: a run after that time tries again.",
            )
        return self._error(
            call,
            "another triage process kept the connection to arXiv busy",
            remedy="Wait until it is done, or end it.",
        )

    def _error(
        self,
        call: _Call,
        problem: str,
        *,
        down: bool = False,
        retry_at: datetime | None = None,
        remedy: str = "",
    ) -> RequestError:
        """Record a failed call, and return its error."""
        seconds = (self._clock.now() - call.began).total_seconds()
        self._breaker.record_failure(call.service, seconds, problem, down=down)
        return self._logged_error(call, problem, retry_at=retry_at, remedy=remedy)

    def _logged_error(
        self, call: _Call, problem: str, *, retry_at: datetime | None = None, remedy: str = ""
    ) -> RequestError:
        self.counters.failures += 1
        url = without_credentials(call.url)
        log.error(
            "failed id=%d url=%s problem=%s tries=%d", call.number, url, json.dumps(problem), call.tries
        )
        return RequestError(
            url, problem, tries=call.tries, status=call.status, retry_at=retry_at, remedy=remedy
        )

    def _cached(self, url: str, expect: Expect, validate: Validator | None) -> CachedResponse | None:
        """Return a cached response if it has conditions, and today's checks find it usable."""
        cached = self._cache.get(url) if self._cache else None
        if cached is None or not cached.conditions():
            return None
        return cached if check_response(200, cached.body, expect, validate).usable else None

    def _store(self, url: str, response: Response) -> None:
        etag = response.headers.get("ETag", "")
        last_modified = response.headers.get("Last-Modified", "")
        if self._cache and (etag or last_modified):
            self._cache.put(url, CachedResponse(response.body, etag, last_modified))
