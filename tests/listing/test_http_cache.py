"""Conditional requests: what is remembered, and what is asked then."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from tests.listing.conftest import MakeClient
from tests.listing.raw_server import RawServer, answer
from triage.listing.client import RequestError
from triage.listing.http_cache import FolderMemory, Remembered

PAGE = b"<rss><channel/></rss>"
DATE = "Tue, 03 Jun 2025 04:00:00 GMT"


def asked_twice(make_client: MakeClient, folder: Path, *headers: str) -> bytes:
    """Return what is asked the second time, after an answer with such headers."""
    client = make_client(memory=FolderMemory(folder))
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
    make_client: MakeClient, tmp_path: Path, headers: list[str], conditions: list[bytes]
) -> None:
    asked = asked_twice(make_client, tmp_path / "memory", *headers)
    assert all(condition in asked for condition in conditions)
    assert asked.count(b"\r\nIf-") == len(conditions)


@pytest.mark.parametrize("header", ["X: y", "ETag: ", "ETag: " + "e" * 5_000, "ETag: a\x1bb", "ETag: \xe9"])
def test_what_a_server_would_refuse_is_not_sent_back(
    make_client: MakeClient, tmp_path: Path, header: str
) -> None:
    assert b"\r\nIf-" not in asked_twice(make_client, tmp_path / "memory", header)


def test_what_is_no_longer_good_enough_is_asked_for_anew(make_client: MakeClient, tmp_path: Path) -> None:
    """As after an upgrade that looks at answers more closely."""
    client = make_client(memory=FolderMemory(tmp_path / "memory"))
    with RawServer(answer(PAGE, 'ETag: "a"')) as server:
        client.get(server.url, conditional=True)
        seen: list[bytes] = []

        def closely(body: bytes) -> str | None:
            seen.append(body)
            return "not good enough" if len(seen) == 1 else None

        client.get(server.url, conditional=True, validate=closely)
        assert b"\r\nIf-" not in server.heads[1]


def test_not_modified_without_a_memory_is_an_error(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client(memory=FolderMemory(tmp_path / "memory"))
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
def test_a_damaged_answer_is_not_recalled(tmp_path: Path, damage: object) -> None:
    memory = FolderMemory(tmp_path)
    memory.remember("http://a/", Remembered('"a"', "", PAGE))
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(damage(kept.read_bytes()))  # type: ignore[operator]
    assert memory.recall("http://a/") is None


def test_without_a_place_to_write_nothing_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    memory = FolderMemory(tmp_path / "file" / "memory")
    memory.remember("http://a/", Remembered('"a"', "", PAGE))
    assert memory.recall("http://a/") is None


def test_what_was_not_renewed_in_two_months_is_dropped(tmp_path: Path) -> None:
    memory = FolderMemory(tmp_path)
    memory.remember("http://old/", Remembered('"a"', "", PAGE))
    (tmp_path / "broken-off.123.part").touch()
    (tmp_path / "somebody's").touch()
    for file in tmp_path.iterdir():
        os.utime(file, (1e9, 1e9))
    memory.remember("http://new/", Remembered('"a"', "", PAGE))
    assert memory.recall("http://old/") is None
    assert memory.recall("http://new/") is not None
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".answer"] == ["somebody's"]


def test_addresses_are_remembered_apart(tmp_path: Path) -> None:
    memory = FolderMemory(tmp_path)
    memory.remember("http://a/", Remembered('"a"', "", b"one"))
    memory.remember("http://b/", Remembered('"a"', "", b"another"))
    recalled = memory.recall("http://a/")
    assert recalled is not None
    assert recalled.body == b"one"
