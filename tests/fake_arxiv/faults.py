"""The switches: what may go wrong with an answer, how often, and where.

Faults of transport work on any answer, whatever it says; faults of content are about what arXiv
would have said.
"""

from __future__ import annotations

import gzip
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum


class Where(StrEnum):
    """The services."""

    FEED = "feed"
    API = "api"
    OAI = "oai"
    SITE = "site"


class Kind(StrEnum):
    """Everything that can be switched on.  In brackets: what ``value`` means."""

    STATUS = "status"
    """An error status [the status, 503]; with ``retry_after`` as seconds or an HTTP date."""
    RATE_EXCEEDED = "rate-exceeded"
    """Status 200 and nothing but "Rate exceeded."."""
    BLANK = "blank"
    """Status 200 and a blank body."""
    CUT_XML = "cut-xml"
    """The body ends in the middle, and the server doesn't notice."""
    BROKEN_OFF = "broken-off"
    """The connection ends in the middle of the body."""
    RESET = "reset"
    """The connection is reset before the answer."""
    SLOW = "slow"
    """Nothing is sent for a while [seconds of real time, 2]."""
    DRIP = "drip"
    """A byte now and then, for ever [seconds of real time between them, 0.05]."""
    DRIP_HEAD = "drip-head"
    """Headers without end, one now and then [seconds of real time between them, 0.05]."""
    HTML = "html"
    """A log-in page with status 200, as hotel networks have it."""
    ENTITIES = "entities"
    """XML whose entities expand to a billion laughs."""
    BOMB = "bomb"
    """A small compressed body that expands far [bytes, 200 million]."""
    HUGE = "huge"
    """A large body [bytes, 100 million]."""
    DAMAGED_GZIP = "damaged-gzip"
    """A compressed body that is not one."""
    REDIRECT = "redirect"
    """Status 302 [to this address]."""
    STALE = "stale"
    """The feed of an earlier day [the day], dated today."""
    EMPTY = "empty"
    """A feed without items; an API page or OAI-PMH list without results, total 0."""
    CUT = "cut"
    """The feed ends after so many items, replacements first [items, 2,000]."""
    THIN = "thin"
    """Only a share of the new papers is in the feed [the share, 0.1]."""
    OTHER_CATEGORY = "other-category"
    """The feed has no categories in its items."""
    WRONG_FEED = "wrong-feed"
    """The feed of another category [which, cs.CV], title and all."""
    WRONG_ITEMS = "wrong-items"
    """The feed with the papers of another category [which, cs.CV]."""
    CREATORS = "creators"
    """Every author in an element of their own."""
    NO_ENTRIES = "no-entries"
    """An API page without entries though the total is large."""
    SHORT_PAGE = "short-page"
    """An API page that lacks its last entry."""
    LAG = "lag"
    """API and OAI-PMH don't know the newest announcements yet [how long it takes, 12 hours]."""
    MISSING_RANGE = "missing-range"
    """OAI-PMH leaves a run of ids out [how many, 10]."""
    STALE_TOKEN = "stale-token"
    """OAI-PMH no longer knows its resumption token."""
    CIRCLE = "circle"
    """OAI-PMH answers with the first page, and its token, again."""


@dataclass
class Fault:
    """One switch that is on."""

    kind: Kind
    where: Where | None = None
    """None is everywhere."""
    times: int | None = 1
    """How many more answers it spoils; None is all."""
    value: object = None
    retry_after: str = ""
    spoiled: int = 0


@dataclass
class Reply:
    """An answer on its way."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/xml; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    drip_head: float = 0.0
    break_after: int | None = None
    reset: bool = False


class Faults:
    """The faults of a server; safe to change while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(
        self,
        kind: Kind | str,
        where: Where | str | None = None,
        *,
        times: int | None = 1,
        value: object = None,
        retry_after: str = "",
    ) -> Fault:
        """Switch a fault on for the next answers of a service (or of all)."""
        fault = Fault(Kind(kind), Where(where) if where else None, times, value, retry_after)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._faults.clear()

    def take(self, where: Where) -> list[Fault]:
        """Return the faults for one answer, counting them."""
        with self._lock:
            now = [fault for fault in self._faults if fault.where in (None, where)]
            # Of several faults of transport, the first one decides; the others wait.
            transport = [fault for fault in now if fault.kind in TRANSPORT][1:]
            now = [fault for fault in now if fault not in transport]
            for fault in now:
                fault.spoiled += 1
                if fault.times is not None:
                    fault.times -= 1
            self._faults = [fault for fault in self._faults if fault.times is None or fault.times > 0]
        return now


def spoil(reply: Reply, fault: Fault) -> Reply:
    """Return what becomes of an answer under a fault of transport."""
    return TRANSPORT[fault.kind](reply, fault)


def number(fault: Fault, default: float) -> float:
    """Return the fault's value as a number."""
    return float(str(fault.value)) if fault.value is not None else default


def day(fault: Fault) -> date:
    """Return the fault's value as a day."""
    return fault.value if isinstance(fault.value, date) else date.fromisoformat(str(fault.value))


def lag(fault: Fault) -> timedelta:
    """Return the fault's value as a length of time."""
    return fault.value if isinstance(fault.value, timedelta) else timedelta(hours=number(fault, 12))


def _status(_: Reply, fault: Fault) -> Reply:
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    status = int(number(fault, 503))
    body = f"<html><body>\n<h1>Retry after {fault.retry_after or 'a while'}</h1>\n</body></html>\n"
    return Reply(status, body.encode(), "text/html", headers)


def _html(*_: object) -> Reply:
    page = b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body><p>Welcome<br></body></html>"
    return Reply(200, page, "text/html")


def _entities(*_: object) -> Reply:
    laughs = "".join(
        f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">\n' if level else '<!ENTITY l0 "ha">\n'
        for level in range(10)
    )
    return Reply(200, f"<?xml version='1.0'?>\n<!DOCTYPE rss [\n{laughs}]>\n<rss>&l9;</rss>".encode())


def _bomb(_: Reply, fault: Fault) -> Reply:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    left, pieces = int(number(fault, 200_000_000)), []
    while left > 0:
        pieces.append(packer.compress(bytes(min(left, 1 << 20))))
        left -= 1 << 20
    return Reply(200, b"".join([*pieces, packer.flush()]), headers={"Content-Encoding": "gzip"})


def _damaged(reply: Reply, _: Fault) -> Reply:
    packed = bytearray(gzip.compress(reply.body))
    packed[len(packed) // 2] ^= 0xFF
    return Reply(200, bytes(packed[:-4]), headers={"Content-Encoding": "gzip"})


def _redirect(_: Reply, fault: Fault) -> Reply:
    return Reply(302, b"", headers={"Location": str(fault.value)})


def _slow(reply: Reply, fault: Fault) -> Reply:
    reply.delay = number(fault, 2)
    return reply


def _drip(reply: Reply, fault: Fault) -> Reply:
    reply.drip = number(fault, 0.05)
    return reply


def _drip_head(reply: Reply, fault: Fault) -> Reply:
    reply.drip_head = number(fault, 0.05)
    return reply


def _broken_off(reply: Reply, _: Fault) -> Reply:
    reply.break_after = len(reply.body) // 2
    return reply


def _reset(reply: Reply, _: Fault) -> Reply:
    reply.reset = True
    return reply


TRANSPORT: dict[Kind, Callable[[Reply, Fault], Reply]] = {
    Kind.STATUS: _status,
    Kind.RATE_EXCEEDED: lambda *_: Reply(200, b"Rate exceeded.", "text/plain"),
    Kind.BLANK: lambda *_: Reply(200, b"\n"),
    Kind.CUT_XML: lambda reply, _: Reply(200, reply.body[: len(reply.body) * 2 // 3]),
    Kind.BROKEN_OFF: _broken_off,
    Kind.RESET: _reset,
    Kind.SLOW: _slow,
    Kind.DRIP: _drip,
    Kind.DRIP_HEAD: _drip_head,
    Kind.HTML: _html,
    Kind.ENTITIES: _entities,
    Kind.BOMB: _bomb,
    Kind.HUGE: lambda _, fault: Reply(200, b" " * int(number(fault, 100_000_000))),
    Kind.DAMAGED_GZIP: _damaged,
    Kind.REDIRECT: _redirect,
}
