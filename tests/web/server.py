"""The pages of a reader, served on the loopback address; and a browser without script for them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from pathlib import Path

import pytest
import requests

pytest.importorskip("starlette", reason="the pages need the extra: web")

from tests.reader import Reader, listing
from triage.clock import Clock
from triage.config.schema import Config
from triage.context import open_context
from triage.web.app import make_app
from triage.web.desk import Desk
from triage.web.server import Server, settings_of

DAY = date(2024, 1, 17)


def made_reader(folder: Path) -> Reader:
    """Return a reader with a digest of twenty papers."""
    reader = Reader(folder)
    reader.learn()
    reader.run(reader.write("day.jsonl", listing(DAY, 100)))
    return reader


@contextmanager
def served(config: Config, clock: Clock | None = None, *, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve the pages; yields their address without a slash at its end."""
    import socket

    address: list[str] = []
    ready = threading.Event()

    def tell(url: str) -> None:
        address.append(url)
        ready.set()

    with socket.create_server(("127.0.0.1", 0)) as listening, open_context(config, clock=clock) as context:
        server = Server(settings_of(make_app(Desk(context), host)), tell)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            assert ready.wait(30)
            yield address[0].rstrip("/")
        finally:
            server.should_exit = True
            thread.join(30)


@dataclass
class Browser:
    """Follows links and sends the forms of pages, as a browser without script."""

    root: str
    http: requests.Session = field(default_factory=requests.Session)
    text: str = ""
    status: int = 0

    def get(self, path: str) -> str:
        response = self.http.get(self.root + path, timeout=30)
        self.status, self.text = response.status_code, response.text
        return self.text

    def send(self, path: str, *, headers: dict[str, str] | None = None, **values: str) -> str:
        """Send a form of the page that is shown, with its own hidden fields."""
        form = next(
            one
            for one in re.findall(r"<form.*?</form>", self.text, re.DOTALL)
            if f'"{path}"' in one and all(f'name="{name}"' in one for name in values)
        )
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
        data = {name: unescape(value) for name, value in hidden.items()} | values
        response = self.http.post(self.root + path, data=data, headers=headers, timeout=30)
        self.status, self.text = response.status_code, response.text
        return self.text

    def article(self, paper: str) -> str:
        """Return the part of the page about a paper."""
        return next(
            one for one in re.findall(r"<article.*?</article>", self.text, re.DOTALL) if f"p-{paper}" in one
        )
