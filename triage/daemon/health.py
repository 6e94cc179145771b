"""How the daemon is, over HTTP on the loopback interface: ``/healthz`` and ``/metrics``."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from triage.clock import Clock
from triage.config.schema import Config
from triage.daemon.log import event
from triage.errors import ConfigError, TriageError
from triage.status import Status, look
from triage.store.daemon_state import DaemonState

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
FRESH = timedelta(seconds=30)
"""A look at the store checks all of it; asked more often, the last answer is given."""


class Health:
    """What the two pages tell, looked up at most twice a minute.

    Parameters
    ----------
    config : Config
    state : DaemonState
        Of the running daemon.
    clock : Clock
    """

    def __init__(self, config: Config, state: DaemonState, clock: Clock) -> None:
        self._config = config
        self._state = state
        self._clock = clock
        self._lock = threading.Lock()
        self._looked: tuple[datetime, Status | None, str] | None = None

    def status(self) -> tuple[Status | None, str]:
        """Return how the store stands, or None and why it can't be told."""
        with self._lock:
            now = self._clock.now()
            if self._looked is None or abs(now - self._looked[0]) >= FRESH:
                try:
                    self._looked = (now, look(self._config, now, daemon=self._state.model_copy()), "")
                except (TriageError, OSError) as error:
                    self._looked = (now, None, str(error))
            return self._looked[1], self._looked[2]

    def report(self) -> dict[str, Any]:
        """Return what ``/healthz`` says: whether all is well, what is wrong, what the daemon does."""
        status, problem = self.status()
        wrong = list(status.needs) if status else [problem]
        state = self._state
        return {
            "ok": not wrong,
            "wrong": wrong,
            "doing": state.doing,
            "started": _iso(state.started),
            "last_run": _iso(state.last_run),
            "last_end": state.last_end or None,
            "next_run": _iso(state.next_run),
            "next_why": state.next_why,
            "last_done": status.last_done.isoformat() if status and status.last_done else None,
            "last_good": status.last_good.day.isoformat() if status and status.last_good else None,
        }

    def metrics(self) -> bytes:
        """Return what ``/metrics`` says, in Prometheus's text format.

        Raises
        ------
        ImportError
            If prometheus-client is not installed.
        """
        from triage.daemon.metrics import exposition

        status, _ = self.status()
        return exposition(status, self._state, self._clock.now())


class _Pages(BaseHTTPRequestHandler):
    server: _Server
    server_version = "triage"
    sys_version = ""
    timeout = 10  # seconds that a client may take to ask

    def do_GET(self) -> None:
        """Answer one of the two pages."""
        # A page in the reader's browser must not reach us under a name that it points here.
        if _host_name(self.headers.get("Host", "")) not in (HOST, "localhost"):
            self._answer(HTTPStatus.FORBIDDEN, "text/plain; charset=utf-8", b"only for this machine\n")
            return
        page = self.server.pages.get(self.path)
        if page is None:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"/healthz or /metrics\n")
            return
        self._answer(*page())

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    pages: Mapping[str, Callable[[], tuple[HTTPStatus, str, bytes]]]

    def handle_error(self, request: object, client_address: object) -> None:
        """Tell in one line what went wrong with a request; mostly the client has left."""
        gone = isinstance(sys.exception(), ConnectionError)
        log.log(
            logging.INFO if gone else logging.ERROR,
            "health-page-unread" if gone else "health-page-failed",
            exc_info=None if gone else sys.exception(),
            extra={"fields": {"reason": repr(sys.exception())}},
        )


class HealthServer:
    """Serves the two pages until closed.

    Parameters
    ----------
    health : Health
    port : int
        0 for any that is free.

    Raises
    ------
    ConfigError
        If the port is taken.
    """

    def __init__(self, health: Health, port: int) -> None:
        self._health = health
        try:
            self._server = _Server((HOST, port), _Pages)
        except OSError as error:
            raise ConfigError(
                f"daemon.health_port: port {port} can't be used: {error.strerror}.",
                remedy="Name another port, or 0 for no health page.",
            ) from error
        self._server.pages = {"/healthz": self._healthz, "/metrics": self._metrics}
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.1},
            name="triage-health",
            daemon=True,
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        event(log, "health-page", url=f"http://{HOST}:{self.port}/healthz")

    def close(self) -> None:
        """Answer no more."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def _healthz(self) -> tuple[HTTPStatus, str, bytes]:
        report = self._health.report()
        status = HTTPStatus.OK if report["ok"] else HTTPStatus.SERVICE_UNAVAILABLE
        return status, "application/json", json.dumps(report).encode() + b"\n"

    def _metrics(self) -> tuple[HTTPStatus, str, bytes]:
        try:
            body = self._health.metrics()
        except ImportError:
            told = b"metrics need prometheus-client: pip install prometheus-client\n"
            return HTTPStatus.NOT_IMPLEMENTED, "text/plain; charset=utf-8", told
        return HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", body


def _host_name(given: str) -> str | None:
    try:
        return urlsplit(f"//{given}").hostname
    except ValueError:
        return None


def _iso(time: datetime | None) -> str | None:
    return time.isoformat("T", "seconds") if time else None
