"""The reader's counts come from their author page; what can't be asked keeps its last known value."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.reader import FixedClock
from triage.config.load import parse_config
from triage.config.schema import Config
from triage.digest.author import AuthorCount, parse_page, refresh_counts
from triage.errors import FetchError
from triage.listing.client import Client
from triage.store.store import Store

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


class AuthorPage:
    """A server on loopback that answers every request with one body and status."""

    def __init__(self) -> None:
        self.body, self.status, self.asked = b'{"citationCount": 205, "paperCount": 9}', 200, []
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page.asked.append(self.path)
                self.send_response(page.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(page.body)))
                self.end_headers()
                self.wfile.write(page.body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    body: bytes
    asked: list[str]


@pytest.fixture
def page() -> Iterator[AuthorPage]:
    opened = AuthorPage()
    thread = threading.Thread(target=opened.server.serve_forever, args=(0.02,))
    thread.start()
    yield opened
    opened.server.shutdown()
    opened.server.server_close()
    thread.join()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path / 'triage.db'}") as opened:
        yield opened


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(
        user_agent="triage-tests",
        lock_path=tmp_path / "turns",
        clock=FixedClock(NOW),
        rng=random.Random(1),
        max_attempts=1,
    )


def config(page: AuthorPage, author: str = "1741101") -> Config:
    text = f"categories: [cs.CL]\nauthor: {{semantic_scholar_id: '{author}', semantic_scholar_url: '{page.url}'}}"
    return parse_config(text, Path("config.yaml"))


def counts(store: Store) -> tuple[object, object]:
    with store.reading() as tx:
        cite, publish = tx.records.get(AuthorCount, "cite"), tx.records.get(AuthorCount, "publish")
        return cite and cite.root, publish and publish.root


def test_the_counts_are_fetched_and_kept(page: AuthorPage, store: Store, client: Client) -> None:
    assert refresh_counts(config(page), store, client, NOW) == ""
    assert counts(store) == (205, 9)
    assert page.asked == ["/graph/v1/author/1741101?fields=citationCount%2CpaperCount"]


def test_without_an_author_nothing_is_fetched(page: AuthorPage, store: Store, client: Client) -> None:
    assert refresh_counts(config(page, ""), store, client, NOW) == ""
    assert page.asked == []


def test_counts_are_fetched_once_a_day(page: AuthorPage, store: Store, client: Client) -> None:
    for hours, asked in ((0, 1), (1, 1), (19, 1), (23, 2)):
        refresh_counts(config(page), store, client, NOW + timedelta(hours=hours))
        assert len(page.asked) == asked


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"{}"),
        (503, b""),
        (200, b"<html>"),
        (200, b"{}"),
        (200, b'{"citationCount": "many", "paperCount": 9}'),
    ],
)
def test_when_counts_cannot_be_fetched_the_last_known_stay_with_a_warning(
    page: AuthorPage, store: Store, client: Client, status: int, body: bytes
) -> None:
    refresh_counts(config(page), store, client, NOW)
    page.status, page.body = status, body
    said = refresh_counts(config(page), store, client, NOW + timedelta(days=1))
    assert said.startswith("the author page could not be read, so cite and publish are the last known: ")
    assert counts(store) == (205, 9)


def test_after_a_failure_the_next_run_fetches_again(page: AuthorPage, store: Store, client: Client) -> None:
    page.status = 404
    assert refresh_counts(config(page), store, client, NOW) != ""
    page.status = 200
    assert refresh_counts(config(page), store, client, NOW + timedelta(minutes=5)) == ""
    assert counts(store) == (205, 9)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"3", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"citationCount": 1}',
        b'{"citationCount": true, "paperCount": 1}', b'{"citationCount": 1.5, "paperCount": 1}',
        b'{"citationCount": -1, "paperCount": 1}', b'{"citationCount": null, "paperCount": 1}',
    ],
)  # fmt: skip
def test_an_answer_without_two_counts_is_refused(body: bytes) -> None:
    with pytest.raises(FetchError):
        parse_page(body)
