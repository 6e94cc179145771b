"""Real daemons in real processes: signals, locks, configurations that change."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from triage.papers import ArxivId
from triage.store.daemon_state import read_daemon_state
from triage.store.lock import work_lock
from triage.store.store import Store

ROOT = Path(__file__).parents[2]
TIMEOUT = 30
"""Seconds that a busy machine may take; nothing here waits for them."""


class Daemon:
    """A daemon process whose log is read as it comes."""

    def __init__(self, config: Path, jobs: str = "idle", **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.daemon.process", str(config), jobs],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                self._queue.put(line.rstrip("\n"))
        self._queue.put("")

    def until(self, part: str) -> str:
        """Wait for a log line that holds a text."""
        while True:
            line = self._queue.get(timeout=TIMEOUT)
            if not line and self.process.poll() is not None:
                pytest.fail(f"no {part!r} before the end:\n" + "\n".join(self.lines))
            self.lines.append(line)
            if part in line:
                return line

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Wait for the end; returns the exit status."""
        status = self.process.wait(timeout=TIMEOUT)
        self._reader.join(timeout=TIMEOUT)
        while not self._queue.empty():
            self.lines.append(self._queue.get())
        return status

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(timeout=TIMEOUT)
        if self.process.stdin is not None:
            self.process.stdin.close()


Start = Callable[..., Daemon]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text("categories: [cs.CL]\n", encoding="utf-8")
    (tmp_path / "notes").mkdir()
    return file


@pytest.fixture
def start(config: Path) -> Iterator[Start]:
    daemons: list[Daemon] = []

    def begin(jobs: str = "idle", **environment: str) -> Daemon:
        daemons.append(Daemon(config, jobs, **environment))
        return daemons[-1]

    yield begin
    for daemon in daemons:
        daemon.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_waiting_daemon_stops_with_status_0(start: Start, number: int) -> None:
    daemon = start()
    daemon.until("event=run-ended")
    daemon.signal(number)
    assert daemon.ended() == 0
    assert any("event=daemon-stopped" in line for line in daemon.lines)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("work", ["transaction", "finaliser"])
def test_a_signal_in_the_middle_of_a_transaction_undoes_it_and_keeps_earlier_ones(
    start: Start, config: Path, work: str, number: int
) -> None:
    daemon = start(work)
    daemon.until("event=in-a-finaliser" if work == "finaliser" else "event=in-the-middle")
    daemon.signal(number)
    assert daemon.ended() == 0
    assert any("event=run-stopped" in line for line in daemon.lines)
    with Store(f"sqlite:///{config.parent / '.triage' / 'triage.db'}") as store:
        with store.reading() as tx:
            assert list(tx.papers.get([ArxivId("2401.00001"), ArxivId("2401.00002")])) == ["2401.00001"]
        assert store.integrity_errors() == []
    with work_lock(config.parent / ".triage", "the next"):
        pass


def test_a_signal_to_another_thread_ends_the_main_thread_s_wait(start: Start) -> None:
    daemon = start("elsewhere")
    assert daemon.ended() == 0
    assert any("event=run-stopped" in line for line in daemon.lines)


def test_a_signal_during_a_request_that_hangs_ends_it(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        daemon = start(
            "triage",
            TRIAGE_ARXIV__FEED_URL=url,
            TRIAGE_ARXIV__API_URL=url,
            TRIAGE_ARXIV__OAI_URL=url,
            NO_PROXY="127.0.0.1",
        )
        connection, _ = server.accept()
        with connection:
            assert connection.recv(3) == b"GET"
            daemon.signal(signal.SIGTERM)
            assert daemon.ended() == 0
    assert any("event=run-stopped" in line for line in daemon.lines)


def test_the_digests_folder_is_there_to_be_watched_before_the_first_digest(
    start: Start, config: Path
) -> None:
    start().until("event=run-ended")
    assert (config.parent / "digests").is_dir()


def test_a_second_daemon_names_the_first_and_exits(start: Start) -> None:
    first = start()
    first.until("event=run-ended")
    second = start()
    assert second.ended() == 1
    assert any(f"process {first.process.pid}" in line for line in second.lines)


def test_other_processes_see_its_plan_while_it_runs_and_whether_it_was_stopped_or_died(
    start: Start, config: Path
) -> None:
    store = config.parent / ".triage"
    for number in (signal.SIGTERM, signal.SIGKILL):
        daemon = start()
        daemon.until("event=run-ended")
        daemon.until("event=next-run")
        seen = read_daemon_state(store)
        assert seen is not None
        assert (seen.alive, seen.pid, seen.doing, seen.last_end) == (True, daemon.process.pid, "", "done")
        assert seen.next_run is not None
        daemon.signal(number)
        daemon.ended()
        left = read_daemon_state(store)
        assert (left is None) if number == signal.SIGTERM else (left is not None and not left.alive)


def test_a_killed_daemon_leaves_no_lock_behind(start: Start) -> None:
    first = start("transaction")
    first.until("event=in-the-middle")
    first.signal(signal.SIGKILL)
    first.ended()
    start().until("event=run-ended")


def test_another_process_at_work_is_waited_for_and_logged(start: Start, config: Path) -> None:
    with work_lock(config.parent / ".triage", "learn"):
        line = start().until("event=run-waits")
    assert f"'triage learn', process {os.getpid()}" in line


def test_sighup_reloads_the_configuration(start: Start, config: Path) -> None:
    daemon = start()
    daemon.until("event=run-ended")
    config.write_text("categories: [cs.CL]\ndaemon: {log_format: json}\n", encoding="utf-8")
    daemon.signal(signal.SIGHUP)
    event = json.loads(daemon.until('"daemon-started"'))
    assert event["pid"] == daemon.process.pid
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0


def test_changes_before_a_reload_are_not_forgotten(start: Start, config: Path) -> None:
    daemon = start("hasty")
    daemon.until("event=run-ended")
    daemon.signal(signal.SIGHUP)
    daemon.until("event=daemon-started")
    assert "changed=notes|digests" in daemon.until("event=learned")


def test_a_configuration_with_another_store_starts_with_a_run_there(start: Start, config: Path) -> None:
    daemon = start()
    daemon.until("event=run-ended")
    config.write_text("categories: [cs.CL]\nstore: {folder: elsewhere}\n", encoding="utf-8")
    daemon.signal(signal.SIGHUP)
    daemon.until("event=daemon-started")
    daemon.until("event=run-ended")
    assert (config.parent / "elsewhere" / "triage.store.lock").exists()
    assert read_daemon_state(config.parent / ".triage") is None


def test_a_configuration_that_has_become_wrong_is_logged_and_not_used(start: Start, config: Path) -> None:
    daemon = start()
    daemon.until("event=run-ended")
    config.write_text("categories: [cs.CL]\ndigest: {budgett: 4}\n", encoding="utf-8")
    daemon.signal(signal.SIGHUP)
    assert "Did you mean digest.budget?" in daemon.until("event=configuration-wrong")
    daemon.until("event=daemon-started")
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0


def test_a_configuration_that_is_wrong_at_the_start_is_an_error(start: Start, config: Path) -> None:
    config.write_text("categories: []\n", encoding="utf-8")
    assert start().ended() == 1
