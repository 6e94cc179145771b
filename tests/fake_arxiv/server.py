"""The fake arXiv as an HTTP server on loopback."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.fake_arxiv import answers
from tests.fake_arxiv.faults import TRANSPORT, Fault, Faults, Reply, Where, spoil
from tests.fake_arxiv.world import World
from triage.clock import Clock, SystemClock
from triage.listing.files import read_listing
from triage.papers import Paper


@dataclass(frozen=True)
class ReceivedRequest:
    """One request that the server got."""

    at: datetime
    """By the server's clock."""
    where: Where
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    status: int
    faults: tuple[str, ...] = field(default=())


class FakeArxiv:
    """A fake arXiv; use it in a ``with`` statement.

    Parameters
    ----------
    papers : iterable of Paper or Path
        The papers, with their listing days; or a listing file.
    clock : Clock
        What the server takes for the time: what has been announced depends on it.
    replaced_share : float
        The share of the papers that get a second version some days later.
    feed_cap, oai_page : int
        The most items of a feed, and records of an OAI-PMH page.
    deleted : iterable of (str, date)
        Ids of deleted OAI-PMH records, with their datestamps.
    port : int
        On 127.0.0.1; 0 takes any free one.

    Attributes
    ----------
    world : World
        What there is to know.
    faults : Faults
        The switches.
    requests : list of ReceivedRequest
        All requests, in order.
    most_connections : int
        How many requests were under way at the same time, at most.
    """

    def __init__(
        self,
        papers: Iterable[Paper] | Path,
        *,
        clock: Clock | None = None,
        replaced_share: float = 0.0,
        feed_cap: int = answers.FEED_CAP,
        oai_page: int = answers.OAI_PAGE,
        deleted: Iterable[tuple[str, date]] = (),
        port: int = 0,
    ) -> None:
        if isinstance(papers, Path):
            papers = read_listing(papers)
        self.world = World(papers, replaced_share=replaced_share)
        self.clock: Clock = clock or SystemClock()
        self.faults = Faults()
        self.requests: list[ReceivedRequest] = []
        self.most_connections = 0
        self.feed_cap, self.oai_page, self.deleted = feed_cap, oai_page, tuple(deleted)
        self._open = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> FakeArxiv:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def feed_url(self) -> str:
        """For ``arxiv.feed_url``."""
        return f"{self.base_url}/rss"

    @property
    def atom_url(self) -> str:
        """The same feeds as Atom."""
        return f"{self.base_url}/atom"

    @property
    def api_url(self) -> str:
        """For ``arxiv.api_url``."""
        return f"{self.base_url}/api/query"

    @property
    def oai_url(self) -> str:
        """For ``arxiv.oai_url``."""
        return f"{self.base_url}/oai"

    @property
    def site_url(self) -> str:
        """For ``arxiv.site_url``."""
        return self.base_url

    def requests_to(self, where: Where | str) -> list[ReceivedRequest]:
        """Return the requests to one service."""
        return [request for request in self.requests if request.where == where]

    def answer(self, target: str, headers: Mapping[str, str]) -> Reply:
        """Answer one request, faults and all, and write it down."""
        now = self.clock.now()
        url = urlsplit(target)
        path = unquote(url.path)
        params = dict(parse_qsl(url.query, keep_blank_values=True))
        where = _service(path)
        faults = self.faults.take(where)
        reply = self._reply(where, path, params, now, [f for f in faults if f.kind not in TRANSPORT])
        for fault in faults:
            if fault.kind in TRANSPORT:
                reply = spoil(reply, fault)
        etag = reply.headers.get("ETag")
        if etag and reply.status == 200 and headers.get("If-None-Match") == etag:
            reply = Reply(304, headers={"ETag": etag})
        with self._lock:
            self.requests.append(
                ReceivedRequest(
                    now, where, path, params, dict(headers), reply.status, tuple(f.kind for f in faults)
                )
            )
        return reply

    def _reply(
        self, where: Where, path: str, params: Mapping[str, str], now: datetime, faults: list[Fault]
    ) -> Reply:
        match where:
            case Where.FEED:
                return answers.feed(self.world, path, faults, now, cap=self.feed_cap)
            case Where.API:
                return answers.api(self.world, params, faults, now)
            case Where.OAI:
                return answers.oai(self.world, params, faults, now, page=self.oai_page, deleted=self.deleted)
            case _:
                return answers.site(self.world, path, now)

    def enter(self) -> None:
        """Count a request that begins."""
        with self._lock:
            self._open += 1
            self.most_connections = max(self.most_connections, self._open)

    def leave(self) -> None:
        """Count a request that is over."""
        with self._lock:
            self._open -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeArxiv

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.stopping = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is its own business."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        fake = self.server.fake
        fake.enter()
        try:
            self._send(fake.answer(self.path, dict(self.headers)))
        finally:
            fake.leave()

    def _send(self, reply: Reply) -> None:
        if reply.reset:
            # Linger of nothing: closing sends a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        if reply.delay:
            self.server.stopping.wait(reply.delay)
        self.send_response(reply.status)
        if reply.drip_head:
            self.flush_headers()
            self._send_slowly(repeat(b"X-Later: more\r\n"), reply.drip_head)
            return
        for name, value in {"Content-Type": reply.content_type, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.drip:
            self._send_slowly((bytes([byte]) for byte in reply.body), reply.drip)
            return
        self.wfile.write(reply.body if reply.break_after is None else reply.body[: reply.break_after])
        if reply.break_after is not None:
            self.close_connection = True

    def _send_slowly(self, pieces: Iterable[bytes], pause: float) -> None:
        for piece in pieces:
            if self.server.stopping.wait(pause):
                return
            self.wfile.write(piece)
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Be silent; :attr:`FakeArxiv.requests` has it all."""


def _service(path: str) -> Where:
    if path.startswith(("/rss/", "/atom/")):
        return Where.FEED
    return {"/api/query": Where.API, "/oai": Where.OAI}.get(path, Where.SITE)
