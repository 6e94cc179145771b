"""A live Zotero library, over real HTTP from a server that answers as Zotero's API does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from triage.config.load import load_config
from triage.config.schema import ZoteroConfig
from triage.context import open_context
from triage.errors import NotesError
from triage.notes.zotero import read_library
from triage.papers import ArxivId, Paper
from triage.store.store import Store
from triage.training.labels import NotesUpdate, update_labels

pytest.importorskip("pyzotero", reason="the extra 'zotero' is not installed")

DPO = "Direct Preference Optimization: Your Language Model is Secretly a Reward Model"
COLLECTIONS = [
    {"key": "COLL0001", "version": 1, "data": {"key": "COLL0001", "name": "Language", "parentCollection": False}},
    {"key": "COLL0002", "version": 1, "data": {"key": "COLL0002", "name": "Alignment", "parentCollection": "COLL0001"}},
]  # fmt: skip


def item(key: str, **data: Any) -> dict[str, Any]:
    return {
        "key": key,
        "version": 1,
        "library": {"type": "user", "id": 1},
        "data": {"key": key, "version": 1, **data},
    }


ITEMS = [
    item("ITEM0001", itemType="preprint", title=DPO, url="http://arxiv.org/abs/2305.18290", archiveID="arXiv:2305.18290",
         collections=["COLL0002"], tags=[{"tag": "rlhf"}], dateAdded="2024-01-05T10:00:00Z", abstractNote=""),
    item("NOTE0001", itemType="note", parentItem="ITEM0001", note="<p>no reward model at all</p>"),
    item("ATTA0001", itemType="attachment", parentItem="ITEM0001", title="PDF", url="https://arxiv.org/pdf/2305.18290"),
    item("ITEM0002", itemType="journalArticle", title="Mastering the game of Go", DOI="10.1038/nature16961", publicationTitle="Nature"),
    item("ITEM0003", itemType="computerProgram", title="A script"),
    item("ITEM0004", itemType="journalArticle", title=""),
    *[item(f"FILL{place:04}", itemType="conferencePaper", title=f"Filler Paper Number {place} about Nothing", proceedingsTitle="ACL") for place in range(240)],
]  # fmt: skip


class Zotero(BaseHTTPRequestHandler):
    """Pages of JSON with Total-Results and Link headers; 403 without the key."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if (
            self.headers.get("Zotero-API-Key") != "secret"
            and self.headers.get("Authorization") != "Bearer secret"
        ):
            self.answer(403, b"Forbidden", {})
            return
        listing = COLLECTIONS if parts.path.endswith("/collections") else ITEMS
        start, limit = int(asked.get("start", 0)), min(100, int(asked.get("limit", 25)))
        page = json.dumps(listing[start : start + limit]).encode()
        host = f"http://{self.headers['Host']}"
        links = f'<{host}{parts.path}?start=0>; rel="first", <{host}{parts.path}>; rel="alternate"'
        self.answer(
            200, page, {"Total-Results": str(len(listing)), "Link": links, "Last-Modified-Version": "1"}
        )

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Zotero)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def library(endpoint: str, key: str = "secret") -> ZoteroConfig:
    return ZoteroConfig.model_validate({"library_id": "1", "api_key": key, "endpoint": endpoint})


def test_every_item_that_is_a_paper_is_read_over_all_pages(endpoint: str) -> None:
    told: list[tuple[int, int]] = []
    reading = read_library(
        library(endpoint),
        progress=lambda done, total: told.append((done, total)),
    )
    assert len(reading.entries) == 242
    assert told[-1] == (246, 246)
    first = reading.entries[0]
    assert (first.title, first.arxiv_id, first.file) == (DPO, "2305.18290", "zotero:user/1")
    assert first.section == ("Language", "Alignment")
    assert first.tags == ("rlhf",)
    assert str(first.noted_on) == "2024-01-05"
    assert "no reward model at all" in first.text


def test_an_item_without_identifier_is_kept_for_the_lookup_by_title(endpoint: str) -> None:
    reading = read_library(library(endpoint))
    (go,) = [entry for entry in reading.entries if entry.title == "Mastering the game of Go"]
    assert go.arxiv_id is None
    assert go.links == ("https://doi.org/10.1038/nature16961",)


def test_an_item_with_nothing_to_look_up_is_a_problem_not_silence(endpoint: str) -> None:
    (problem,) = read_library(library(endpoint)).problems
    assert "ITEM0004" in problem.what


def test_a_wrong_key_is_explained(endpoint: str) -> None:
    with pytest.raises(NotesError, match="zotero:user/1 can't be read") as caught:
        read_library(library(endpoint, "wrong"))
    assert "key" in caught.value.remedy


class NobodyKnows:
    """An arXiv that knows no paper."""

    def by_ids(self, ids: Sequence[ArxivId]) -> dict[ArxivId, Paper]:
        return {}

    def by_title(self, title: str) -> list[Paper]:
        return []


def gathered(folder: Path, endpoint: str, key: str, *, online: bool = True) -> NotesUpdate:
    settings = f"""\
categories: [cs.CL]
notes: {{paths: [], zotero: {{library_id: 1, api_key: {key}, endpoint: "{endpoint}"}}}}
"""
    (folder / "config.yaml").write_text(settings, encoding="utf-8")
    config = load_config(folder / "config.yaml")
    with Store(config.store_url) as store, store.transaction() as tx:
        tx.papers.put([Paper(ArxivId("2305.18290"), DPO, "abstract")])
    with open_context(config) as context:
        return update_labels(context, NobodyKnows() if online else None)


def test_learning_online_reads_the_library_and_its_collections(endpoint: str, tmp_path: Path) -> None:
    found = gathered(tmp_path, endpoint, "secret")
    (first,) = [one for one in found.matches if one.paper]
    assert first.paper is not None
    assert first.paper.id == "2305.18290"
    assert found.new_labels == 1
    with Store(load_config(tmp_path / "config.yaml").store_url) as store, store.reading() as tx:
        assert "Alignment" in (tx.labels.current_labels()[ArxivId("2305.18290")].categories or ())


def test_learning_offline_leaves_the_library_alone(endpoint: str, tmp_path: Path) -> None:
    assert gathered(tmp_path, endpoint, "secret", online=False).matches == ()


def test_a_library_that_cannot_be_read_is_a_problem_and_no_failure(endpoint: str, tmp_path: Path) -> None:
    found = gathered(tmp_path, endpoint, "wrong")
    assert [one.file for one in found.problems] == ["zotero"]
