"""How the daemon is, over HTTP on the loopback interface: ``/healthz`` and ``/metrics``."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from triage.clock import Clock
from triage.config.schema import Config
from triage.errors import ConfigError, TriageError
from triage.progress import event
from triage.status import Status, look
from triage.store.daemon_state import DaemonState

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
FRESH = timedelta(seconds=30)
"""A status checks all of the store; requested more often, the last one is given."""

Page = tuple[HTTPStatus, str, bytes]
"""Status, content type and body."""


class Health:
    """The two pages, from a status that is at most half a minute old."""

    def __init__(self, config: Config, state: DaemonState, clock: Clock) -> None:
        self._config = config
        self._state = state
        self._clock = clock
        self._lock = threading.Lock()
        self._last: tuple[datetime, Status | None, str] | None = None

    def page(self, path: str) -> Page | None:
        """Return a page, or None if there is none of that name."""
        pages = {"/healthz": self._healthz, "/metrics": self._metrics}
        return pages[path]() if path in pages else None

    def _status(self) -> tuple[Status | None, str]:
        """Return the store's status, or None and why it can't be read."""
        with self._lock:
            now = self._clock.now()
            if self._last is None or abs(now - self._last[0]) >= FRESH:
                try:
                    self._last = now, look(self._config, now, daemon=self._state.model_copy()), ""
                except (TriageError, OSError) as error:
                    self._last = now, None, str(error)
            return self._last[1], self._last[2]

    def _healthz(self) -> Page:
        status, problem = self._status()
        wrong = list(status.needs) if status else [problem]
        shown = {"doing", "started", "last_run", "last_end", "next_run", "next_why"}
        announcements = status.announcements if status else None
        last_good = announcements.last_good if announcements else None
        report = {
            "ok": not wrong,
            "wrong": wrong,
            **self._state.model_dump(mode="json", include=shown),
            "last_end": self._state.last_end or None,
            "last_done": announcements and announcements.last_done,
            "last_good": last_good and last_good.day,
        }
        code = HTTPStatus.SERVICE_UNAVAILABLE if wrong else HTTPStatus.OK
        return code, "application/json", json.dumps(report, default=str).encode() + b"\n"

    def _metrics(self) -> Page:
        try:
            from triage.daemon.metrics import exposition
        except ImportError:
            missing = b"metrics need prometheus-client: pip install prometheus-client\n"
            return HTTPStatus.NOT_IMPLEMENTED, "text/plain; charset=utf-8", missing
        body = exposition(self._status()[0], self._state)
        return HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", body


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "triage"
    sys_version = ""
    timeout = 10  # seconds that a client may take to send its request

    def do_GET(self) -> None:
        # A page in the reader's browser must not reach us under a name that it points here.
        if _host_name(self.headers.get("Host", "")) not in (HOST, "localhost"):
            page: Page = HTTPStatus.FORBIDDEN, "text/plain; charset=utf-8", b"only for this machine\n"
        else:
            missing = HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"/healthz or /metrics\n"
            page = self.server.health.page(self.path) or missing
        status, kind, body = page
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log no requests."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    health: Health

    def handle_error(self, request: object, client_address: object) -> None:
        """Log in one line what went wrong with a request; mostly the client has left."""
        event(log, "health-page-unread", reason=repr(sys.exception()))


@contextmanager
def health_page(health: Health, port: int) -> Iterator[int]:
    """Answer the two pages while inside; yields the port, which is any free one for 0.

    Raises ConfigError if the port is taken.
    """
    try:
        server = _Server((HOST, port), _Handler)
    except OSError as error:
        raise ConfigError(
            f"daemon.health_port: port {port} can't be used: {error.strerror}.",
            remedy="Use another port, or 0 for no health page.",
        ) from error
    server.health = health
    serving = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="triage-health", daemon=True
    )
    with server:
        serving.start()
        event(log, "health-page", url=f"http://{HOST}:{server.server_port}/healthz")
        try:
            yield server.server_port
        finally:
            server.shutdown()


def _host_name(given: str) -> str | None:
    try:
        return urlsplit(f"//{given}").hostname
    except ValueError:
        return None
