"""One exchange: it ends in time, and within its size, whatever comes over the wire."""

from __future__ import annotations

import gzip
import ssl
import threading
import tracemalloc
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest
import trustme

from tests.listing.raw_server import RawServer, answer, for_ever
from triage.listing.responses import Response
from triage.listing.transport import ExchangeError, Limits, TooLargeError, exchange

LIMITS = Limits(connect_timeout=5.0, read_timeout=5.0, max_body_bytes=200_000)
PAGE = b"<rss><channel/></rss>"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's proxy is, loopback is asked directly."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side of TLS; the client trusts it for the time of the test."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def ask(url: str, limits: Limits = LIMITS, *, seconds: float = 5.0) -> Response:
    return exchange(url, {"Accept-Encoding": "gzip"}, limits, seconds=seconds)


NEVER_ENDING = {
    "status line": for_ever(b"HTTP/1.1 200 O", b"K"),
    "headers": for_ever(HEAD, b"X"),
    "header after header": for_ever(HEAD, b"X: y\r\n"),
    "continue": for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": for_ever(HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "chunks": for_ever(CHUNKED + b"\r\n", b"1\r\nx\r\n"),
    "chunk extension": for_ever(CHUNKED + b"\r\n1;", b"x"),
    "trailers": for_ever(CHUNKED + b"\r\n0\r\n", b"X: y\r\n"),
}


@pytest.mark.parametrize("where", NEVER_ENDING)
def test_the_deadline_holds_when_pieces_arrive_one_by_one(where: str) -> None:
    with (
        RawServer(NEVER_ENDING[where], pause=0.02) as server,
        pytest.raises(ExchangeError, match="did not end in time"),
    ):
        ask(server.url, seconds=0.3)


FAST = {
    "continue": for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "chunk extensions": for_ever(CHUNKED + b"\r\n", b"1;" + b"x" * 60_000 + b"\r\nx\r\n"),
    "trailers": for_ever(CHUNKED + b"\r\n0\r\n", b"X: y\r\n" * 1000),
}


@pytest.mark.parametrize("where", FAST)
def test_the_deadline_holds_when_what_frames_a_body_never_ends(where: str) -> None:
    with RawServer(FAST[where]) as server, pytest.raises(ExchangeError, match="did not end in time"):
        ask(server.url, seconds=0.3)


@pytest.mark.parametrize("where", ["status line", "headers", "body"])
def test_the_deadline_holds_under_tls(where: str, tls: ssl.SSLContext) -> None:
    with (
        RawServer(NEVER_ENDING[where], pause=0.02, tls=tls) as server,
        pytest.raises(ExchangeError, match="did not end in time"),
    ):
        ask(server.url, seconds=0.4)


def test_the_deadline_holds_for_a_proxys_answer_to_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(for_ever(HEAD, b"Via: p\r\n"), pause=0.02) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(ExchangeError, match="did not end in time"):
            ask("https://rss.arxiv.org/rss/cs.CL", seconds=0.6)
    assert proxy.heads[0].startswith(b"CONNECT rss.arxiv.org:443 ")


def test_a_whole_answer_comes_through_tls(tls: ssl.SSLContext) -> None:
    with RawServer(answer(PAGE), tls=tls) as server:
        assert ask(server.url).body == PAGE


@pytest.mark.parametrize("encrypted", [False, True])
def test_silence_ends_with_the_read_timeout(tls: ssl.SSLContext, encrypted: bool) -> None:
    limits = Limits(connect_timeout=5.0, read_timeout=0.1, max_body_bytes=1)
    silence: Iterable[bytes] = for_ever(b"", b"")
    with (
        RawServer(silence, pause=0.02, tls=tls if encrypted else None) as server,
        pytest.raises(ExchangeError, match="no answer in time"),
    ):
        ask(server.url, limits)


def test_a_handshake_that_never_comes_ends_with_the_connect_timeout() -> None:
    limits = Limits(connect_timeout=0.1, read_timeout=5.0, max_body_bytes=1)
    with (
        RawServer(for_ever(b"", b""), pause=0.02, after_head=False) as server,
        pytest.raises(ExchangeError, match="time"),
    ):
        ask(server.url.replace("http://", "https://"), limits)


def test_a_handshake_that_drips_ends_with_the_connect_timeout() -> None:
    limits = Limits(connect_timeout=0.2, read_timeout=5.0, max_body_bytes=1)
    # A record of TLS that announces 16 kB, byte by byte.
    with (
        RawServer(for_ever(b"\x16\x03\x03\x40\x00\x02", b"\x00"), pause=0.02, after_head=False) as server,
        pytest.raises(ExchangeError, match="time"),
    ):
        ask(server.url.replace("http://", "https://"), limits)


def test_no_thread_is_left_behind() -> None:
    with RawServer(NEVER_ENDING["headers"], pause=0.02) as server:
        before = set(threading.enumerate())
        with pytest.raises(ExchangeError):
            ask(server.url, seconds=0.1)
        assert {thread for thread in threading.enumerate() if "_answer" not in thread.name} <= before


ENDLESS = {
    "chunks of a byte": for_ever(CHUNKED + b"\r\n", b"1\r\nx\r\n" * 1000),
    "body": for_ever(HEAD + b"\r\n", b"x" * 60_000),
    "body of a redirect": for_ever(b"HTTP/1.1 302 Found\r\nLocation: /rss\r\n\r\n", b"x" * 60_000),
}


@pytest.mark.parametrize("where", ENDLESS)
def test_more_than_allowed_is_not_read(where: str) -> None:
    with RawServer(ENDLESS[where]) as server, pytest.raises(TooLargeError):
        ask(server.url, seconds=60)


@pytest.mark.parametrize(
    "head",
    [HEAD + b"".join(b"X-%d: y\r\n" % number for number in range(5_000)), HEAD + b"X: " + b"y" * 100_000],
    ids=["many", "long"],
)
def test_headers_too_many_or_too_long_are_an_error(head: bytes) -> None:
    with RawServer([head + b"\r\n"]) as server, pytest.raises(ExchangeError, match="got more than"):
        ask(server.url)


@pytest.mark.parametrize("status", ["200 OK", "302 Found", "503 Service Unavailable"])
def test_a_small_body_that_expands_far_is_not_expanded(status: str) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush()
    server = RawServer(answer(bomb, "Content-Encoding: gzip", "Location: /rss", status=status))
    tracemalloc.start()
    try:
        with server, pytest.raises(TooLargeError, match="expands to more than 200,000 bytes"):
            ask(server.url)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_compressed_body_may_be_of_several_members() -> None:
    body = gzip.compress(PAGE[:7]) + gzip.compress(b"") + gzip.compress(PAGE[7:])
    with RawServer(answer(body, "Content-Encoding: gzip")) as server:
        assert ask(server.url).body == PAGE


@pytest.mark.parametrize(
    ("body", "encoding", "problem"),
    [
        (gzip.compress(PAGE, mtime=0)[:-5], "gzip", "ends too early"),
        (gzip.compress(PAGE, mtime=0) + b"and more", "gzip", "damaged"),
        (
            gzip.compress(gzip.compress(PAGE, mtime=0), mtime=0),
            "gzip, gzip",
            "an encoding that was not asked for",
        ),
        (PAGE, "br", "an encoding that was not asked for"),
        (PAGE, "gzip", "damaged"),
    ],
)
def test_a_body_packed_in_another_way_is_an_error(body: bytes, encoding: str, problem: str) -> None:
    with (
        RawServer(answer(body, f"Content-Encoding: {encoding}")) as server,
        pytest.raises(ExchangeError, match=problem),
    ):
        ask(server.url)


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD + b"Content-Length: 50\r\n\r\n" + PAGE],
        [CHUNKED + b"\r\n%x\r\n%s\r\n" % (len(PAGE), PAGE)],
        [CHUNKED + b"\r\nzz\r\n"],
        [b"SSH-2.0-OpenSSH_9.6\r\n"],
        [],
    ],
    ids=["length", "chunks", "no chunk", "another protocol", "nothing"],
)
def test_an_answer_cut_off_is_an_error(pieces: list[bytes]) -> None:
    with RawServer(pieces) as server, pytest.raises(ExchangeError):
        ask(server.url)


def test_a_redirect_is_returned_not_followed() -> None:
    with RawServer(answer(b"over there", "Location: //[bad", status="301 Moved")) as server:
        redirect = ask(server.url)
        assert (redirect.status, redirect.headers["location"]) == (301, "//[bad")
        assert len(server.heads) == 1
