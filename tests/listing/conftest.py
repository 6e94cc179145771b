"""What the listing room's tests share: a polite client on a clock of their own, and a few papers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.fake_arxiv import FakeArxiv, FakeClock
from tests.listing.papers import papers_of
from triage.listing.api import ApiSource
from triage.listing.client import Client
from triage.listing.http_cache import HttpCache
from triage.listing.oai import OaiSource
from triage.progress import Progress, silent

TUESDAY = date(2025, 6, 3)
RECORDED = Path(__file__).parents[2].parent / "shared" / "recorded"
DATA = RECORDED.parent / "data"

MakeClient = Callable[..., Client]
Replay = Callable[..., ApiSource]


def oai_source(client: Client, url: str, progress: Progress = silent) -> OaiSource:
    """OAI-PMH with the cache beside the client's clock file."""
    cache = HttpCache(client.lock_path.with_name("harvest"), client.clock)
    return OaiSource(client, url, cache=cache, progress=progress)


@pytest.fixture
def recorded() -> Path:
    """The folder of recorded answers; the test is skipped where it is absent."""
    if not RECORDED.is_dir():
        pytest.skip("the recorded answers (../shared/recorded) are not here")
    return RECORDED


@pytest.fixture
def data() -> Path:
    """The folder of real listings; the test is skipped where it is absent."""
    if not DATA.is_dir():
        pytest.skip("the real listings (../shared/data) are not here")
    return DATA


@pytest.fixture
def clock() -> FakeClock:
    """8:00 Eastern on Tuesday 2025-06-03, standing still."""
    return FakeClock(datetime(2025, 6, 3, 12, tzinfo=UTC))


@pytest.fixture
def make_client(tmp_path: Path, clock: FakeClock) -> MakeClient:
    """Makes polite clients that share a lock file and the clock."""

    def make(**options: object) -> Client:
        defaults: dict[str, object] = {
            "user_agent": "triage/0 (test; mailto:reader@example.org)",
            "lock_path": tmp_path / "arxiv.clock",
            "clock": clock,
            "rng": random.Random(5),
        }
        return Client(**{**defaults, **options})  # type: ignore[arg-type]

    return make


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    """A polite client."""
    return make_client()


@pytest.fixture
def arxiv(clock: FakeClock) -> Iterator[FakeArxiv]:
    """A fake arXiv with the papers of three listing days, the newest on Tuesday 2025-06-03."""
    papers = [
        *papers_of(date(2025, 5, 30), 12),
        *papers_of(date(2025, 6, 2), 12),
        *papers_of(TUESDAY, 20),
    ]
    with FakeArxiv(papers, clock=clock) as server:
        yield server


@pytest.fixture
def replay(make_client: MakeClient) -> Iterator[Replay]:
    """Makes an API that answers with a given body, whatever is asked."""
    servers = []

    def serve(body: bytes, status: int = 200, attempts: int = 1) -> ApiSource:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return ApiSource(make_client(max_attempts=attempts), f"http://127.0.0.1:{server.server_port}/api")

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()
