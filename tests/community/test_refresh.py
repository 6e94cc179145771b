"""Other people's picks are asked for politely, kept with their day, and never cost a run."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.reader import FixedClock
from triage.community.refresh import DAILY_PAPERS, FIRST_DAYS, MOST_A_RUN, fetch_picked, refresh_picks
from triage.config.load import parse_config
from triage.config.schema import Config
from triage.errors import FetchError
from triage.listing.client import Client
from triage.papers import ArxivId, Paper
from triage.store.store import Store

NOW = datetime(2024, 1, 17, 6, tzinfo=UTC)


class Others:
    """A server on loopback: Daily Papers at /daily, pages elsewhere."""

    def __init__(self) -> None:
        self.daily: dict[str, object] = {}
        self.pages: dict[str, str] = {}
        self.status: dict[str, int] = {}
        """By day or path."""
        self.broken = b""
        self.asked: list[str] = []
        others = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                others.asked.append(self.path)
                parts = urlsplit(self.path)
                day = parse_qs(parts.query).get("date", [""])[0]
                if parts.path == "/daily":
                    body = others.broken or json.dumps(others.daily.get(day, [])).encode()
                else:
                    body = others.pages.get(parts.path, "").encode()
                self.send_response(others.status.get(day or parts.path, 200))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def pick(self, day: str, *ids: str) -> None:
        self.daily[day] = [{"paper": {"id": one}} for one in ids]


@pytest.fixture
def others() -> Iterator[Others]:
    opened = Others()
    thread = threading.Thread(target=opened.server.serve_forever, args=(0.02,))
    thread.start()
    yield opened
    opened.server.shutdown()
    opened.server.server_close()
    thread.join()


class World:
    """A reader with signals, a store and a clock."""

    def __init__(self, folder: Path, others: Others, store: Store) -> None:
        self.folder, self.others, self.store = folder, others, store
        self.clock = FixedClock(NOW)
        self.client = Client(
            user_agent="triage-tests",
            lock_path=folder / "turns",
            clock=self.clock,
            rng=random.Random(1),
            max_attempts=2,
        )
        self.community, self.picks = True, []

    community: bool
    picks: list[str]

    @property
    def config(self) -> Config:
        signals = {
            "community": self.community,
            "community_url": f"{self.others.url}/daily",
            "picks": self.picks,
        }
        text = f"categories: [cs.CL]\nsignals: {json.dumps(signals)}"
        return parse_config(text, self.folder / "config.yaml").placed_in(self.folder)

    def refresh(self, *, offline: bool = False) -> list[str]:
        warnings: list[str] = []
        client = None if offline else self.client
        refresh_picks(self.config, self.store, client, self.clock.now(), warnings.append)
        return warnings

    def known(self, source: str = DAILY_PAPERS) -> list[tuple[date, ArxivId]]:
        with self.store.reading() as tx:
            return tx.community.before(date.max, [source])


@pytest.fixture
def world(tmp_path: Path, others: Others) -> Iterator[World]:
    with Store(f"sqlite:///{tmp_path / 'triage.db'}") as store:
        yield World(tmp_path, others, store)


def caught_up(world: World) -> None:
    for _ in range(FIRST_DAYS // MOST_A_RUN):
        world.refresh()
    world.others.asked.clear()


def test_off_nothing_is_asked(world: World) -> None:
    world.community = False
    assert world.refresh() == []
    assert world.others.asked == []


def test_missed_days_are_caught_up_a_bounded_number_a_run_three_seconds_apart(world: World) -> None:
    world.refresh()
    assert len(world.others.asked) == MOST_A_RUN
    assert world.clock.now() - NOW >= timedelta(seconds=3 * (MOST_A_RUN - 1))
    caught_up(world)
    assert world.refresh() == []
    assert world.others.asked == [], "every day is asked for once"


def test_picks_are_kept_with_their_day(world: World) -> None:
    caught_up(world)
    world.clock.time += timedelta(days=1)
    world.others.pick("2024-01-17", "2401.00001", "2401.00002")
    assert world.refresh() == []
    assert world.others.asked == ["/daily?date=2024-01-17"]
    assert world.known() == [(date(2024, 1, 17), "2401.00001"), (date(2024, 1, 17), "2401.00002")]


def test_a_day_that_fails_is_said_and_asked_again(world: World) -> None:
    caught_up(world)
    world.clock.time += timedelta(days=1)
    world.others.pick("2024-01-17", "2401.00001")
    world.others.status["2024-01-17"] = 503
    (warning,) = world.refresh()
    assert "Daily Papers could not be fetched" in warning
    assert "503" in warning
    world.others.status.clear()
    assert world.refresh() == []
    assert world.known() == [(date(2024, 1, 17), "2401.00001")]


def test_a_day_that_is_refused_for_good_does_not_stop_the_next(world: World) -> None:
    caught_up(world)
    world.clock.time += timedelta(days=2)
    world.others.status["2024-01-17"] = 400
    world.others.pick("2024-01-18", "2401.00001")
    (warning,) = world.refresh()
    assert "400" in warning
    assert world.known() == [(date(2024, 1, 18), "2401.00001")]
    assert world.refresh() == []


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b'{"error": "x"}', b'[{"paper": 1}]', b"["])
def test_an_odd_answer_is_said_and_kept_out(world: World, body: bytes) -> None:
    world.others.broken = body
    (warning,) = world.refresh()
    assert "Daily Papers could not be fetched" in warning
    assert world.known() == []


def test_a_server_that_is_gone_is_said(world: World) -> None:
    world.community, world.picks = False, ["http://127.0.0.1:9/index.md"]
    (warning,) = world.refresh()
    assert "http://127.0.0.1:9/index.md could not be read" in warning


def test_a_lab_mates_index_is_followed_to_the_new_digests_once_a_day(world: World) -> None:
    place = f"{world.others.url}/lab/index.md"
    world.community, world.picks = False, [place]
    world.others.pages = {
        "/lab/index.md": "[15](2024-01-15-insights.md) [16](2024-01-16-insights.md)",
        "/lab/2024-01-15-insights.md": "## [x](https://arxiv.org/pdf/2401.00001.pdf)\n",
        "/lab/2024-01-16-insights.md": "A weak day.\n",
    }
    assert world.refresh() == []
    assert world.known(place) == [(date(2024, 1, 15), "2401.00001")]
    assert world.refresh() == []
    assert len(world.others.asked) == 3, "asked once a day"
    world.clock.time += timedelta(days=1)
    world.others.pages["/lab/index.md"] += " [17](2024-01-17-insights.md)"
    world.others.pages["/lab/2024-01-17-insights.md"] = "## [y](https://arxiv.org/abs/2401.00002)\n"
    world.refresh()
    assert "/lab/2024-01-15-insights.md" not in world.others.asked[3:], "what was read is not read again"
    assert (date(2024, 1, 17), "2401.00002") in world.known(place)


def test_an_index_that_links_elsewhere_is_not_followed(world: World) -> None:
    place = f"{world.others.url}/lab/index.md"
    world.community, world.picks = False, [place]
    world.others.pages = {"/lab/index.md": "[x](http://127.0.0.1:9/2024-01-15-insights.md)"}
    assert world.refresh() == []
    assert world.others.asked == ["/lab/index.md"]


def test_a_picks_file_is_read_offline_too(world: World) -> None:
    (world.folder / "mate.tsv").write_text("date\tarxiv_id\n2024-01-02\t2401.00001\n")
    world.picks = ["mate.tsv", f"{world.others.url}/feed.xml"]
    assert world.refresh(offline=True) == []
    assert world.known("mate.tsv") == [(date(2024, 1, 2), "2401.00001")]
    assert world.others.asked == []


def test_a_missing_file_is_said(world: World) -> None:
    world.community, world.picks = False, ["mate.tsv"]
    (warning,) = world.refresh()
    assert "mate.tsv could not be read" in warning


def test_a_local_index_does_not_lead_out_of_its_folder(world: World) -> None:
    (world.folder / "2024-01-15-secret.md").write_text("## [x](https://arxiv.org/abs/2401.00001)\n")
    (world.folder / "lab").mkdir()
    (world.folder / "lab" / "index.md").write_text("[x](../2024-01-15-secret.md)")
    world.community, world.picks = False, ["lab/index.md"]
    world.refresh()
    assert world.known("lab/index.md") == []


class Arxiv:
    """Knows one paper; counts what it is asked."""

    def __init__(self, *, down: bool = False) -> None:
        self.down, self.asked = down, []

    asked: list[ArxivId]

    def by_ids(self, ids: Sequence[ArxivId]) -> dict[ArxivId, Paper]:
        self.asked += ids
        if self.down:
            raise FetchError("arXiv is down")
        return {one: Paper(one, "Known") for one in ids if one == "2401.00001"}

    def by_title(self, title: str) -> list[Paper]:
        return []


def test_papers_that_others_picked_are_looked_up_once(world: World) -> None:
    with world.store.transaction() as tx:
        tx.community.put(DAILY_PAPERS, [(date(2024, 1, 2), ArxivId(f"2401.0000{n}")) for n in (1, 2)])
    arxiv, warnings = Arxiv(), []
    for _ in range(2):
        fetch_picked(world.config, world.store, arxiv, NOW, warnings.append)
    assert sorted(arxiv.asked) == ["2401.00001", "2401.00002"]
    assert warnings == []
    with world.store.reading() as tx:
        assert set(tx.papers.get(arxiv.asked)) == {"2401.00001"}


def test_an_arxiv_that_is_down_costs_nothing_but_a_word(world: World) -> None:
    with world.store.transaction() as tx:
        tx.community.put(DAILY_PAPERS, [(date(2024, 1, 2), ArxivId("2401.00001"))])
    warnings: list[str] = []
    fetch_picked(world.config, world.store, Arxiv(down=True), NOW, warnings.append)
    assert warnings == ["papers that other people picked could not be looked up: arXiv is down"]
