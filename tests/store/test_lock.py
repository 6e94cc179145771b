"""One process works at a time; a second one learns who holds the lock."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from triage.errors import BusyError, StoreError
from triage.store.lock import is_held, work_lock

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from triage.store.lock import work_lock
with work_lock(Path(sys.argv[1]), "run"):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, folder], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_learns_who_holds_the_lock(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        with pytest.raises(BusyError) as caught, work_lock(tmp_path, "learn"):
            pass
        other.kill()
    assert f"'triage run', process {other.pid} on " in caught.value.message
    assert "Nothing was changed" in caught.value.remedy


def test_a_refused_process_keeps_the_holders_name(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        for _ in range(2):
            with pytest.raises(BusyError, match="'triage run'"), work_lock(tmp_path, "learn"):
                pass
        other.kill()


def test_the_lock_is_free_when_its_holder_is_killed(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        other.kill()
    with work_lock(tmp_path, "learn"):
        pass


def test_waiting_ends_when_the_holder_does(tmp_path: Path) -> None:
    started = time.monotonic()
    with holder(tmp_path) as other:
        killing = subprocess.Popen(
            [sys.executable, "-c", f"import os, time; time.sleep(.3); os.kill({other.pid}, 9)"]
        )
        with work_lock(tmp_path, "learn", wait_seconds=50):
            assert time.monotonic() > started
        assert killing.wait() == 0


def test_the_lock_is_freed_after_the_work_however_it_ends(tmp_path: Path) -> None:
    with pytest.raises(KeyError), work_lock(tmp_path, "run"):
        raise KeyError
    with work_lock(tmp_path, "run"):
        pass
    assert not (tmp_path / "triage.store.lock.holder").exists()


def test_a_holder_that_has_not_written_its_name_is_reported_as_such(tmp_path: Path) -> None:
    for content in ("", "[]", "{}", "not json"):
        with work_lock(tmp_path, "run"):
            (tmp_path / "triage.store.lock.holder").write_text(content)
            with (
                pytest.raises(BusyError, match="a process that has not written its name"),
                work_lock(tmp_path, "x"),
            ):
                pass


def test_the_folder_is_made(tmp_path: Path) -> None:
    with work_lock(tmp_path / "not" / "yet", "run"):
        assert (tmp_path / "not" / "yet").is_dir()


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(StoreError, match=r"the store's folder .*file can't be used"),
        work_lock(tmp_path / "file", "x"),
    ):
        pass


def test_looking_at_a_lock_does_not_take_it(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    with holder(tmp_path) as other:
        assert is_held(tmp_path)
        other.kill()
    assert not is_held(tmp_path)


def test_two_processes_that_look_do_not_take_each_other_for_a_holder(tmp_path: Path) -> None:
    with work_lock(tmp_path, "run"):
        pass
    with (tmp_path / "triage.store.lock").open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert not is_held(tmp_path)


def test_a_look_only_delays_a_worker_that_waits(tmp_path: Path) -> None:
    with work_lock(tmp_path, "run"):
        pass
    looking = (tmp_path / "triage.store.lock").open()
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.2, looking.close).start()
    with work_lock(tmp_path, "daemon", wait_seconds=30):
        assert is_held(tmp_path)
