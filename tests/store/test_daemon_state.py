"""What other processes know of a daemon, and how one that died differs from one that runs."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage.store.daemon_state import (
    FILE_NAME,
    FOLDER,
    LATE_AFTER,
    STUCK_AFTER,
    DaemonState,
    read_daemon_state,
    remove_daemon_state,
)
from triage.store.lock import work_lock

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


@pytest.fixture
def state() -> DaemonState:
    return DaemonState(
        started=NOW - timedelta(days=2), next_run=NOW + timedelta(hours=20), next_why="the announcement"
    )


@pytest.fixture
def store_folder(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir()
    return tmp_path


def test_without_a_daemon_there_is_none(tmp_path: Path) -> None:
    assert read_daemon_state(tmp_path) is None


def test_a_daemon_that_runs_is_seen_with_its_plan(store_folder: Path, state: DaemonState) -> None:
    state.last_end, state.last_run = "done", NOW
    with work_lock(store_folder / FOLDER, "daemon"):
        state.write(store_folder)
        seen = read_daemon_state(store_folder)
    assert seen == state
    assert seen is not None
    assert (seen.alive, seen.pid) == (True, os.getpid())
    assert (seen.next_run, seen.next_why) == (NOW + timedelta(hours=20), "the announcement")


def test_a_daemon_that_died_is_recognised_by_its_free_lock(store_folder: Path, state: DaemonState) -> None:
    with work_lock(store_folder / FOLDER, "daemon"):
        state.write(store_folder)
    seen = read_daemon_state(store_folder)
    assert seen is not None
    assert not seen.alive
    assert "is gone, and nobody stopped it" in seen.problem(NOW, work_is_left=True)
    assert seen.problem(NOW, work_is_left=False) == ""


def test_a_daemon_that_was_stopped_removes_its_state(store_folder: Path, state: DaemonState) -> None:
    state.write(store_folder)
    remove_daemon_state(store_folder)
    assert read_daemon_state(store_folder) is None
    assert list((store_folder / FOLDER).iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", "{}", "not json", '{"pid": "x"}', '{"pid": 1, "started": 3}'])
def test_a_state_that_can_not_be_read_is_none(store_folder: Path, content: str) -> None:
    (store_folder / FOLDER / FILE_NAME).write_text(content, encoding="utf-8")
    assert read_daemon_state(store_folder) is None


def test_a_store_that_is_gone_is_not_created_again(tmp_path: Path, state: DaemonState) -> None:
    with pytest.raises(FileNotFoundError):
        state.write(tmp_path / "unmounted")
    assert list(tmp_path.iterdir()) == []


def test_all_is_well_while_it_waits_and_while_it_works(state: DaemonState) -> None:
    assert state.problem(NOW, work_is_left=True) == ""
    state.doing, state.doing_since = "run", NOW - timedelta(hours=2)
    state.next_run = NOW - timedelta(hours=2)
    assert state.problem(NOW, work_is_left=True) == ""


def test_work_that_never_ends_is_a_problem(state: DaemonState) -> None:
    state.doing, state.doing_since = "run", NOW - STUCK_AFTER - timedelta(minutes=1)
    assert "run has been going on since 2026-03-04T02:59:00+00:00" in state.problem(NOW, work_is_left=False)


def test_a_run_that_did_not_start_on_time_is_a_problem(state: DaemonState) -> None:
    state.next_run = NOW - LATE_AFTER
    assert state.problem(NOW, work_is_left=True) == ""
    assert "has not run at" in state.problem(NOW + timedelta(minutes=1), work_is_left=False)


def test_the_last_run_s_error_is_a_problem_until_the_next_run(state: DaemonState) -> None:
    state.last_problem = "the mail server is away."
    problem = "the daemon's last run failed: the mail server is away."
    assert state.problem(NOW, work_is_left=False) == problem
