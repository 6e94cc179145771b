"""A real HTTP server on loopback that takes what Apprise posts."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(json.loads(body))
        if self.server.silent:
            self.server.closing.wait(20)
            return
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        # What Slack says; the others look at the status alone.
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


class Webhook(ThreadingHTTPServer):
    """Start it with ``with``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses: list[int] = []
        """Of the next answers; all further ones are 200."""
        self.silent = False
        """Take it, and never answer."""
        self.posted: list[dict[str, Any]] = []
        self.closing = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> Webhook:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
