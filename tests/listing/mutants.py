"""Answers of arXiv, spoiled in a thousand ways, and what the real sources make of them.

A body goes the whole way: from a server on loopback through the polite client to papers.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.fake_arxiv import FakeClock, World
from tests.fake_arxiv.pages import api, atom, oai_records, rss
from tests.listing.conftest import oai_source
from tests.listing.papers import papers_of
from triage.listing.api import ApiSource
from triage.listing.client import Client
from triage.listing.feed import fetch_feed
from triage.papers import ArxivId, Paper

DAY = date(2025, 6, 3)
NOW = datetime(2025, 6, 3, 12, tzinfo=UTC)
LARGEST = 160_000
"""Recorded answers above this size (whole days) say nothing more, and take long to read."""

LAST_PAGE = oai_records({"verb": "ListRecords"}, [], now=NOW, metadata_prefix="arXivRaw")
"""What a list goes on with, so that it ends."""


class Service(StrEnum):
    """What is asked."""

    FEED = "feed"
    API = "api"
    OAI = "oai"


@dataclass(frozen=True)
class Original:
    """An answer as it should be."""

    name: str
    service: Service
    body: bytes


class ReplayServer:
    """A server that answers every question (but for a list's next page) with the same body, and the sources that ask it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.body, self.encoding = b"", ""
        self._url = url
        self._lock_path, self._clock = folder / "arxiv.clock", FakeClock(NOW)

    def _client(self) -> Client:
        """Return a new client each time: one gives a service up whose answers are of no use again and again."""
        return Client(
            user_agent="triage/0 (test; mailto:reader@example.org)",
            lock_path=self._lock_path,
            clock=self._clock,
            rng=random.Random(5),
            max_attempts=1,
        )

    def ask(self, service: Service, body: bytes, encoding: str = "") -> list[Paper]:
        """Return the papers that the service's source finds in a body.

        Raises
        ------
        FetchError
            If it refuses the body.
        """
        self.body, self.encoding = body, encoding
        client, begin = self._client(), datetime(1990, 1, 1, tzinfo=UTC)
        match service:
            case Service.FEED:
                return [item.paper for item in fetch_feed(client, self._url, "cs.CL").items]
            case Service.API:
                end = datetime(2040, 1, 1, tzinfo=UTC)
                return ApiSource(client, self._url).by_window(["cs.CL"], begin, end)
            case Service.OAI:
                pages = oai_source(client, self._url).pages("cs.CL", begin.date())
                return [record.paper for page in pages for record in page.records if record.paper]

    def ask_for_title(self, body: bytes, encoding: str = "") -> list[Paper]:
        """Return what the API's answer to the question for a title has."""
        self.body, self.encoding = body, encoding
        return ApiSource(self._client(), self._url).by_title("any")


@contextmanager
def replay_server(folder: Path) -> Iterator[ReplayServer]:
    """Serve bodies on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, encoding = server.body, server.encoding
            if "resumptionToken=" in self.path:
                body, encoding = LAST_PAGE, ""
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            if encoding:
                self.send_header("Content-Encoding", encoding)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Be silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = ReplayServer(folder, f"http://127.0.0.1:{http.server_address[1]}/")
        Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        http.shutdown()


def made_up() -> list[Original]:
    """Answers as the fake arXiv writes them."""
    world = World(papers_of(DAY - timedelta(days=1), 4) + papers_of(DAY, 12), replaced_share=0.4)
    listed = world.listing(DAY, ["cs.CL", "cs.AI"])
    known = world.changed_since(date(2000, 1, 1), NOW)
    listing = {"verb": "ListRecords"}
    page = api({"search_query": "cat:cs.CL"}, known, total=len(known), start=0, page=1000, now=NOW)
    return [
        Original("rss", Service.FEED, rss(["cs.CL"], listed, NOW)),
        Original("atom", Service.FEED, atom(["cs.CL"], listed, NOW)),
        Original("api", Service.API, page),
        Original("arXivRaw", Service.OAI, oai_records(listing, known, now=NOW, metadata_prefix="arXivRaw")),
    ]


def recorded(folder: Path) -> list[Original]:
    """Real answers, as far as there are."""
    services = {"rss": Service.FEED, "api": Service.API, "oai": Service.OAI}
    return [
        Original(path.name, service, path.read_bytes())
        for name, service in services.items()
        for path in sorted((folder / name).glob("*.xml"))
        if path.stat().st_size <= LARGEST
    ]


def mutated(body: bytes, rng: random.Random) -> bytes:
    """Spoil a body in one to three places."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        body = rng.choice(WAYS)(body or b" ", rng)
    return body


def packed(body: bytes, rng: random.Random) -> bytes:
    """Compress a body, and spoil that."""
    return mutated(gzip.compress(body, 1), rng)


def _flip(body: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(body))
    return body[:place] + bytes([body[place] ^ (1 << rng.randrange(8))]) + body[place + 1 :]


def _cut_out(body: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(body))
    return body[:place] + body[place + rng.choice([1, 5, 50, 500, 5000]) :]


def _repeat(body: bytes, rng: random.Random) -> bytes:
    place, start = rng.randrange(len(body)), rng.randrange(len(body))
    piece = body[start : start + rng.choice([1, 20, 400, 4000])]
    return body[:place] + piece * rng.choice([1, 1, 2, 50]) + body[place:]


def _end_early(body: bytes, rng: random.Random) -> bytes:
    return body[: rng.randrange(len(body))]


def _put_in(body: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(body))
    return body[:place] + rng.choice(NASTY) + body[place:]


def _digit(body: bytes, rng: random.Random) -> bytes:
    """Change a digit: of an id, a version, a date or a count."""
    digits = [place for place in range(len(body)) if 48 <= body[place] <= 57]
    if not digits:
        return body
    place = rng.choice(digits)
    return body[:place] + b"%d" % rng.randrange(10) + body[place + 1 :]


def _letter(body: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(body))
    return body[:place] + bytes([rng.choice(b"abcxyzABC .:/-v")]) + body[place + 1 :]


def _drop_element(body: bytes, rng: random.Random) -> bytes:
    """Take a tag and what follows it out, up to the next tag or the end of the element."""
    start = body.find(b"<", rng.randrange(len(body)))
    name = body[start + 1 : start + 40].split(b">")[0].split(b" ")[0]
    end = body.find(b"</" + name + b">", start)
    return body if start < 0 or end < 0 or not name else body[:start] + body[end + len(name) + 3 :]


def _swap_texts(body: bytes, rng: random.Random) -> bytes:
    """Exchange two pieces between tags: an id for a title, a date for a name."""
    pieces = body.split(b">")
    one, other = rng.randrange(len(pieces)), rng.randrange(len(pieces))
    texts = [pieces[place].split(b"<", 1) for place in (one, other)]
    texts[0][0], texts[1][0] = texts[1][0], texts[0][0]
    pieces[one], pieces[other] = (b"<".join(text) for text in texts)
    return b">".join(pieces)


def _other_encoding(body: bytes, rng: random.Random) -> bytes:
    claimed = rng.choice([b"utf-16", b"latin-1", b"utf-7", b"cp037", b"no-such", b"idna", b"undefined"])
    if rng.random() < 0.5:
        return b'<?xml version="1.0" encoding="%s"?>\n' % claimed + body.partition(b"?>")[2]
    return body.decode("utf-8", "replace").encode("utf-16")


WAYS = (
    _flip,
    _cut_out,
    _repeat,
    _end_early,
    _put_in,
    _digit,
    _digit,
    _letter,
    _drop_element,
    _swap_texts,
    _other_encoding,
)

NASTY = (
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"&#0;",
    b"&#x10FFFF;",
    b"&#xD800;",
    b"&amp;#xD800;",
    b"&nosuch;",
    b"\xff\xfe\x00",
    b"\x00",
    b"<a>" * 5_000,
    b"<a>" * 5_000 + b"</a>" * 5_000,
    b"<a b='" + b"x" * 200_000 + b"'/>",
    b"&amp;" * 20_000,
    b"(" * 20_000,
    b"9" * 5_000,
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    b"<?xml-stylesheet href='file:///etc/passwd'?>",
    "\u202e\u0000\ufffe".encode(),
)


def read_as(server: ReplayServer, original: Original, body: bytes, encoding: str = "") -> list[Paper]:
    """Return the papers found in a body that stands for an original.

    A recorded page of the API is one of many; only the question for a title takes it alone.
    """
    if original.service is Service.API and original.name != "api":
        return server.ask_for_title(body, encoding)
    return server.ask(original.service, body, encoding)


def ids_in(server: ReplayServer, original: Original) -> set[ArxivId]:
    """Return the ids that an answer has when it is not spoiled."""
    return {paper.id for paper in read_as(server, original, original.body)}
