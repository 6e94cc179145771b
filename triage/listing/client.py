"""The polite HTTP client: every request that triage makes to arXiv goes through :meth:`Client.get`.

It keeps the rate limit over all processes (:mod:`triage.listing.rate_limit`), deadlines and limits on
size, obeys Retry-After, retries with growing pauses, follows no surprising redirects, makes conditional
requests and counts what it does.  Proxies and certificates come from the environment, as requests
understands it.
"""

from __future__ import annotations

import copy
import itertools
import logging
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
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
from triage.listing.rate_limit import RateLimiter, RateLimitError
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
from triage.listing.transport import ExchangeError, Limits, exchange
from triage.progress import event

__all__ = ["Client", "Counters", "RequestError", "Response"]

log = logging.getLogger(__name__)

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_call_numbers = itertools.count(1)


@dataclass(slots=True)
class _Call:
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


@dataclass(kw_only=True, eq=False)
class Client:
    """Makes polite requests.  All times are in seconds."""

    user_agent: str
    """Names the tool, its version and a contact, as arXiv asks."""
    lock_path: Path
    """The file that all processes of this reader share; see :mod:`triage.listing.rate_limit`."""
    clock: Clock
    rng: random.Random
    """For the jitter in pauses."""
    min_interval: float = 3.0
    """Between two requests."""
    connect_timeout: float = 15.0
    read_timeout: float = 60.0
    answer_timeout: float = 300.0
    """For one whole answer: after one that arrives a byte a second there is time for another try."""
    total_deadline: float = 900.0
    """For one call of :meth:`get`, with all its tries and pauses."""
    service_deadline: float = 900.0
    """What a service may cost between two usable answers, over all calls; see :class:`CircuitBreaker`."""
    max_body_bytes: int = 24_000_000
    """Before and after decompression."""
    max_attempts: int = 6
    may_redirect_to: Collection[str] = ()
    """Addresses to whose hosts and ports a redirect may lead, besides the one of the request."""
    cache: HttpCache | None = None
    """For conditional requests."""
    counters: Counters = field(default_factory=Counters, init=False)

    def __post_init__(self) -> None:
        self._rate_limiter = RateLimiter(self.lock_path, self.clock, self.min_interval)
        self._limits = Limits(self.connect_timeout, self.read_timeout, self.max_body_bytes)
        self._breaker = CircuitBreaker(self.service_deadline)

    def within(self, seconds: float) -> Client:
        """Return this client with another deadline for one call; all else is shared."""
        quick = copy.copy(self)
        quick.total_deadline = seconds
        return quick

    def get(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        *,
        expect: Expect = "xml",
        validate: Validator | None = None,
        conditional: bool = False,
    ) -> Response:
        """Get a page; wait and retry as long as that is polite and may help.

        ``params`` are added to the query.  A body that is not what to ``expect``, or that ``validate``
        finds wrong, is an error page, cut off or a proxy's, and is requested again.  With ``conditional``,
        a cached response makes the request a conditional one, and the new one is cached.

        Raises RequestError if there is no usable answer in the time and the tries allowed.
        """
        full = with_params(url, params)
        call = self._begin(full)
        cached = self._cached(full, expect, validate) if conditional else None
        while isinstance(outcome := self._try(call, expect, validate, cached), ResponseCheck):
            self._pause_or_raise(call, outcome)
        self._breaker.record_success(call.service)
        if conditional and self.cache and not outcome.not_modified:
            etag, last_modified = (outcome.headers.get(name, "") for name in ("ETag", "Last-Modified"))
            if etag or last_modified:
                self.cache.put(full, CachedResponse(outcome.body, etag, last_modified))
        return outcome

    def _begin(self, url: str) -> _Call:
        now = self.clock.now()
        if not is_web_address(url):
            raise self._error(_Call(url, "", now, 0.0), "not a web address", remedy_of(None))
        service = service_of(url)
        call = _Call(url, service, now, min(self.total_deadline, self._breaker.seconds_left(service)))
        if problem := self._breaker.open_reason(service):
            raise self._error(call, problem, NOTHING_LOST)
        return call

    def _cached(self, url: str, expect: Expect, validate: Validator | None) -> CachedResponse | None:
        """Return a cached response if it has conditions, and today's checks find it usable."""
        cached = self.cache.get(url) if self.cache else None
        if cached is None or not cached.conditions():
            return None
        return cached if check_response(200, cached.body, expect, validate).usable else None

    def _try(
        self, call: _Call, expect: Expect, validate: Validator | None, cached: CachedResponse | None
    ) -> Response | ResponseCheck:
        """Make one try, following redirects; return what is wrong if it fails."""
        headers = {"User-Agent": self.user_agent, "Accept": ACCEPT[expect], "Accept-Encoding": "gzip"}
        if cached:
            headers |= cached.conditions()
        url = call.url
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                response = self._request(url, headers, call)
            except ExchangeError as error:
                return ResponseCheck(str(error), retry=error.retry, remedy=error.remedy)
            if response.status == 304 and cached:
                self.counters.not_modified += 1
                return replace(response, body=cached.body, not_modified=True)
            if response.status in _REDIRECTS and (location := response.headers.get("Location")):
                url = self._redirected(url, location, call)
                continue
            check = check_response(response.status, response.body, expect, validate)
            return response if check.usable else replace(check, retry_after=self._retry_after(response))
        return ResponseCheck(f"more than {_MOST_REDIRECTS} redirects")

    def _request(self, url: str, headers: Mapping[str, str], call: _Call) -> Response:
        host = urlsplit(url).hostname or ""
        try:
            with self._rate_limiter.slot(host, call.seconds_left(self.clock.now())) as slot:
                self._count_wait(slot.waited)
                self.counters.requests += 1
                call.tries += 1
                began = self.clock.now()
                seconds = min(self.answer_timeout, max(1.0, call.seconds_left(began)))
                response = exchange(url, headers, self._limits, seconds=seconds)
                if response.status != 200 and (retry_after := self._retry_after(response)) is not None:
                    slot.backoff_until = self.clock.now() + timedelta(seconds=retry_after)
        except RateLimitError as error:
            self._count_wait(error.waited)
            raise self._failed(call, str(error), remedy=error.remedy) from error
        call.status = response.status
        self.counters.bytes_received += response.received_bytes
        event(
            log,
            "request",
            id=call.number,
            url=without_credentials(url),
            status=response.status,
            bytes=response.received_bytes,
            seconds=round((self.clock.now() - began).total_seconds(), 2),
            waited=round(slot.waited, 2),
            tries=call.tries,
        )
        return response

    def _retry_after(self, response: Response) -> float | None:
        return parse_retry_after(response.headers.get("Retry-After"), self.clock.now())

    def _redirected(self, url: str, location: str, call: _Call) -> str:
        target = redirect_target(url, location)
        shown = without_credentials(target)
        if not redirect_allowed(url, target, self.may_redirect_to):
            raise self._failed(
                call,
                f"redirects to {shown[:200] or 'no address'}, which is another place",
                remedy="If that is right, set the new address in the configuration.",
            )
        event(log, "redirect", id=call.number, url=without_credentials(url), to=shown)
        return target

    def _pause_or_raise(self, call: _Call, check: ResponseCheck) -> None:
        call.failed += 1
        if not check.retry:
            raise self._failed(call, check.problem, remedy=check.remedy or remedy_of(call.status))
        now = self.clock.now()
        pause = pause_seconds(
            call.failed, throttled=check.throttled, retry_after=check.retry_after, rng=self.rng
        )
        too_late = max(pause, self.min_interval) > call.seconds_left(now)
        if too_late or call.failed >= self.max_attempts:
            raise self._failed(call, check.problem, down=True, remedy=NOTHING_LOST)
        url = without_credentials(call.url)
        event(
            log,
            "retry",
            logging.WARNING,
            id=call.number,
            url=url,
            problem=check.problem,
            tries=call.tries,
            pause=round(pause, 1),
        )
        self.counters.retries += 1
        self._count_wait(pause)
        self.clock.sleep(pause)

    def _count_wait(self, seconds: float) -> None:
        self.counters.waits += seconds > 0
        self.counters.seconds_waited += seconds

    def _failed(self, call: _Call, problem: str, *, remedy: str, down: bool = False) -> RequestError:
        """Record what a failed call has cost, and return its error."""
        seconds = (self.clock.now() - call.began).total_seconds()
        self._breaker.record_failure(call.service, seconds, problem, down=down)
        return self._error(call, problem, remedy)

    def _error(self, call: _Call, problem: str, remedy: str) -> RequestError:
        self.counters.failures += 1
        url = without_credentials(call.url)
        event(log, "failed", logging.ERROR, id=call.number, url=url, problem=problem, tries=call.tries)
        return RequestError(url, problem, tries=call.tries, status=call.status, remedy=remedy)
