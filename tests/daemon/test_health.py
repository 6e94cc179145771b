"""The health page and the numbers, over real HTTP on loopback."""

from __future__ import annotations

import json
import logging
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.reader import FixedClock
from triage.config.load import parse_config
from triage.config.schema import Config
from triage.daemon.health import FRESH, Health, health_page
from triage.daemon.metrics import exposition
from triage.errors import ConfigError
from triage.papers import Announcement, AnnouncementState
from triage.status import look
from triage.store.daemon_state import STUCK_AFTER, DaemonState
from triage.store.store import Store

NOW = datetime(2024, 1, 17, 15, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return parse_config("categories: [cs.CL]", tmp_path / "config.yaml")


@pytest.fixture
def state() -> DaemonState:
    return DaemonState(started=NOW - timedelta(days=1))


@pytest.fixture
def port(config: Config, state: DaemonState, clock: FixedClock) -> Iterator[int]:
    with health_page(Health(config, state, clock), 0) as port:
        yield port


def get(port: int, path: str, host: str = "") -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def wait_for(there: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 30
    while not there():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def numbers(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def fail_the_day(config: Config) -> None:
    with Store(config.store_url) as store, store.transaction() as tx:
        failed = Announcement(
            date(2024, 1, 17), AnnouncementState.FAILED, reason="the feed is from yesterday"
        )
        tx.announcements.put(failed, ())


def test_what_is_wrong_is_in_the_response_with_status_503(port: int, config: Config) -> None:
    fail_the_day(config)
    status, text = get(port, "/healthz")
    assert status == 503
    failed = "the announcement of 2024-01-17 failed: the feed is from yesterday; the next run tries again"
    assert failed in json.loads(text)["wrong"]


def test_it_shows_what_the_daemon_does_and_when_it_runs_next(port: int, state: DaemonState) -> None:
    state.doing, state.doing_since = "run", NOW
    state.next_run = NOW + timedelta(hours=2)
    shown = json.loads(get(port, "/healthz")[1])
    assert (shown["doing"], shown["next_run"]) == ("run", "2024-01-17T17:00:00+00:00")


def test_work_that_never_ends_is_wrong(port: int, state: DaemonState) -> None:
    state.doing, state.doing_since = "run", NOW - STUCK_AFTER - timedelta(minutes=1)
    assert any("run has been going on since" in one for one in json.loads(get(port, "/healthz")[1])["wrong"])


def test_a_store_that_cannot_be_read_is_wrong_and_no_crash(port: int, config: Config) -> None:
    config.store_folder.mkdir()
    (config.store_folder / "triage.db").write_text("this is no database, and long enough to be one " * 50)
    status, text = get(port, "/healthz")
    assert status == 503
    assert "is damaged" in json.loads(text)["wrong"][0]
    assert numbers(get(port, "/metrics")[1])["triage_store_readable"] == 0


def test_the_store_is_not_checked_for_every_request(port: int, config: Config, clock: FixedClock) -> None:
    before = json.loads(get(port, "/healthz")[1])["wrong"]
    fail_the_day(config)
    assert json.loads(get(port, "/healthz")[1])["wrong"] == before
    clock.time += FRESH
    assert json.loads(get(port, "/healthz")[1])["wrong"] != before


def test_the_numbers_are_prometheus_s_text(port: int, config: Config, state: DaemonState) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    fail_the_day(config)
    state.runs["done"] = 3
    state.last_run = NOW
    status, text = get(port, "/metrics")
    assert status == 200
    assert {family.name for family in text_string_to_metric_families(text)} >= {
        "triage_runs",
        "triage_papers",
    }
    shown = numbers(text)
    assert shown['triage_runs_total{end="done"}'] == 3
    assert shown["triage_announcements_failed"] == 1
    assert shown["triage_last_run_time_seconds"] == NOW.timestamp()


def test_the_last_good_day_and_the_model_s_age_are_among_the_numbers(
    config: Config, state: DaemonState
) -> None:
    status = look(config, NOW, daemon=state)
    recovered = Announcement(date(2024, 1, 16), AnnouncementState.RECOVERED)
    status = replace(
        status,
        announcements=replace(status.announcements, last_good=recovered),
        model=replace(status.model, made_at=NOW - timedelta(days=3), new_labels=2),
    )
    shown = numbers(exposition(status, state).decode())
    assert shown["triage_last_good_day_seconds"] == datetime(2024, 1, 16, tzinfo=UTC).timestamp()
    assert shown["triage_model_made_time_seconds"] == (NOW - timedelta(days=3)).timestamp()
    assert shown["triage_labels_since_model"] == 2


def test_without_prometheus_client_the_response_says_what_to_install(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "triage.daemon.metrics", raising=False)
    status, text = get(port, "/metrics")
    assert status == 501
    assert "pip install" in text


def test_a_page_on_the_web_cannot_reach_it_under_its_own_name(port: int) -> None:
    assert get(port, "/healthz", host="evil.example")[0] == 403
    assert get(port, "/healthz", host=f"localhost:{port}")[0] in (200, 503)


def test_an_invalid_host_name_is_refused(port: int) -> None:
    assert get(port, "/healthz", host="[x")[0] == 403


def test_a_client_that_leaves_is_an_event_and_no_traceback(
    port: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO), socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leaves with a reset
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.close()
        wait_for(lambda: any(record.message == "health-page-unread" for record in caplog.records))
    assert capfd.readouterr().err == ""


def test_there_are_no_other_pages(port: int) -> None:
    assert get(port, "/")[0] == 404


def test_it_is_not_reachable_from_other_machines(port: int) -> None:
    # Another loopback address stands for any address that is not 127.0.0.1.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_port_that_is_taken_is_named(
    port: int, config: Config, state: DaemonState, clock: FixedClock
) -> None:
    with (
        pytest.raises(ConfigError, match=f"daemon.health_port: port {port}"),
        health_page(Health(config, state, clock), port),
    ):
        pass
