"""The HTTP cache: conditional requests, ages, damaged files."""

from __future__ import annotations

import os
import pickle
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fake_arxiv import FakeClock
from tests.listing.conftest import MakeClient
from tests.listing.raw_server import RawServer, answer
from triage.listing.client import RequestError
from triage.listing.http_cache import CachedResponse, HttpCache

PAGE = b"<rss><channel/></rss>"
RESPONSE = CachedResponse(PAGE, etag='"a"')
DATE = "Tue, 03 Jun 2025 04:00:00 GMT"


@pytest.fixture
def cache(tmp_path: Path, clock: FakeClock) -> HttpCache:
    return HttpCache(tmp_path / "cache", clock)


def second_head(make_client: MakeClient, cache: HttpCache, *headers: str) -> bytes:
    """Return the head of the second request, after an answer with such headers."""
    client = make_client(cache=cache)
    with RawServer(answer(PAGE, *headers)) as server:
        for _ in range(2):
            assert client.get(server.url, conditional=True).body == PAGE
        return server.heads[1]


@pytest.mark.parametrize(
    ("headers", "conditions"),
    [
        (['ETag: "a"'], [b'If-None-Match: "a"']),
        (['ETag: W/"a"'], [b'If-None-Match: W/"a"']),
        ([f"Last-Modified: {DATE}"], [b"If-Modified-Since: " + DATE.encode()]),
        (['ETag: "a"', f"Last-Modified: {DATE}"], [b'If-None-Match: "a"', b"If-Modified-Since: "]),
    ],
)
def test_it_asks_for_news_as_the_server_offers(
    make_client: MakeClient, cache: HttpCache, headers: list[str], conditions: list[bytes]
) -> None:
    head = second_head(make_client, cache, *headers)
    assert all(condition in head for condition in conditions)
    assert head.count(b"\r\nIf-") == len(conditions)


@pytest.mark.parametrize("header", ["X: y", "ETag: ", "ETag: " + "e" * 5_000, "ETag: a\x1bb", "ETag: \xe9"])
def test_what_a_server_would_refuse_is_not_sent_back(
    make_client: MakeClient, cache: HttpCache, header: str
) -> None:
    assert b"\r\nIf-" not in second_head(make_client, cache, header)


def test_what_is_no_longer_good_enough_is_fetched_again(make_client: MakeClient, cache: HttpCache) -> None:
    """As after an upgrade that looks at answers more closely."""
    client = make_client(cache=cache)
    with RawServer(answer(PAGE, 'ETag: "a"')) as server:
        client.get(server.url, conditional=True)
        seen: list[bytes] = []

        def closely(body: bytes) -> str | None:
            seen.append(body)
            return "not good enough" if len(seen) == 1 else None

        client.get(server.url, conditional=True, validate=closely)
        assert b"\r\nIf-" not in server.heads[1]


def test_not_modified_without_a_cached_response_is_an_error(
    make_client: MakeClient, cache: HttpCache
) -> None:
    client = make_client(cache=cache)
    with (
        RawServer(answer(b"", status="304 Not Modified")) as server,
        pytest.raises(RequestError, match="HTTP 304"),
    ):
        client.get(server.url, conditional=True)


@pytest.mark.parametrize(
    "damage",
    [
        lambda kept: kept[:-1],
        lambda kept: kept + b"x",
        lambda kept: kept.replace(b"rss", b"RSS"),
        lambda kept: kept.replace(b"\n", b" ", 1),
        lambda kept: b"[" * 50_000 + b"\n",
        lambda kept: b"[]\n" + kept,
        pickle.dumps,
        lambda kept: b"",
    ],
)
def test_a_damaged_file_is_not_used(cache: HttpCache, tmp_path: Path, damage: object) -> None:
    cache.put("http://a/", RESPONSE)
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(damage(kept.read_bytes()))  # type: ignore[operator]
    assert cache.get("http://a/") is None


def test_without_a_place_to_write_nothing_is_cached(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "file").touch()
    cache = HttpCache(tmp_path / "file" / "cache", clock)
    cache.put("http://a/", RESPONSE)
    assert cache.get("http://a/") is None


def test_what_was_not_renewed_in_two_months_is_deleted(cache: HttpCache, tmp_path: Path) -> None:
    cache.put("http://old/", RESPONSE)
    folder = tmp_path / "cache"
    (folder / "broken-off.123.part").touch()
    (folder / "somebody's").touch()
    for file in folder.iterdir():
        os.utime(file, (1e9, 1e9))
    cache.put("http://new/", RESPONSE)
    assert cache.get("http://old/") is None
    assert cache.get("http://new/") is not None
    assert [file.name for file in folder.iterdir() if file.suffix != ".answer"] == ["somebody's"]


def test_each_address_has_its_own_response(cache: HttpCache) -> None:
    cache.put("http://a/", CachedResponse(b"one"))
    cache.put("http://b/", CachedResponse(b"another"))
    cached = cache.get("http://a/")
    assert cached is not None
    assert cached.body == b"one"


def test_a_response_that_is_too_old_is_not_used(cache: HttpCache, clock: FakeClock) -> None:
    cache.put("http://a/", RESPONSE)
    clock.sleep(timedelta(hours=20, minutes=-1).total_seconds())
    assert cache.get("http://a/", max_age=timedelta(hours=20)) == RESPONSE
    clock.sleep(60)
    assert cache.get("http://a/", max_age=timedelta(hours=20)) is None
    assert cache.get("http://a/") == RESPONSE


def test_a_response_from_the_future_is_not_used(cache: HttpCache, clock: FakeClock) -> None:
    cache.put("http://a/", RESPONSE)
    clock.set(clock.now() - timedelta(days=1))
    assert cache.get("http://a/", max_age=timedelta(hours=20)) is None


def test_a_deleted_response_is_gone(cache: HttpCache, tmp_path: Path) -> None:
    cache.put("http://a/", RESPONSE)
    cache.delete("http://a/")
    cache.delete("http://never/")
    assert cache.get("http://a/") is None
    assert list((tmp_path / "cache").iterdir()) == []


@given(body=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_no_file_is_misread(cache: HttpCache, tmp_path: Path, body: bytes) -> None:
    cache.put("http://a/", RESPONSE)
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(file.read_bytes() + body)
    assert cache.get("http://a/") == (None if body else RESPONSE)
