"""The reader saves a digest at the very moment that a run rewrites it: no word of theirs is lost."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from triage.store.files import Outcome, exchange, swap_in, write_unless_edited

ROUNDS = 150
OLD, NEW = "machine text\n" * 200, "newer machine text\n" * 200
MINE = OLD + "\nA word of my own.\n"


def save_in_place(path: Path, text: str) -> None:
    """As nano and most editors of notes do."""
    path.write_text(text, encoding="utf-8")


def save_by_renaming(path: Path, text: str) -> None:
    """As vim, Obsidian and git do."""
    other = path.with_name("other.md")
    other.write_text(text, encoding="utf-8")
    other.replace(path)


@pytest.mark.parametrize("save", [save_in_place, save_by_renaming])
def test_a_save_at_any_moment_of_writing_is_kept(tmp_path: Path, save: Callable[[Path, str], None]) -> None:
    path, draw = tmp_path / "digest.md", random.Random(1)
    outcomes = set()
    for _ in range(ROUNDS):
        path.write_text(OLD, encoding="utf-8")
        together, found = threading.Barrier(2, timeout=30), []

        def write(together: threading.Barrier = together, found: list[Outcome] = found) -> None:
            together.wait()
            found.append(write_unless_edited(path, NEW, OLD))

        writer = threading.Thread(target=write)
        writer.start()
        together.wait()
        time.sleep(draw.uniform(0, 0.002))
        save(path, MINE)
        writer.join(timeout=30)
        assert path.read_text(encoding="utf-8") == MINE
        outcomes |= set(found)
    assert outcomes <= {Outcome.WRITTEN, Outcome.KEPT}
    assert [one.name for one in tmp_path.iterdir()] == ["digest.md"]


@pytest.mark.parametrize("saved", [MINE, ""], ids=["saved", "being saved in place"])
def test_what_was_saved_after_the_last_look_comes_back(tmp_path: Path, saved: str) -> None:
    path, new = tmp_path / "digest.md", tmp_path / "new"
    path.write_text(saved, encoding="utf-8")
    new.write_text(NEW, encoding="utf-8")
    if not exchange(path, new):
        pytest.skip("this system can't swap files")
    exchange(path, new)
    assert not swap_in(new, path, NEW.encode(), OLD.encode())
    assert path.read_text(encoding="utf-8") == saved


def test_what_was_deleted_at_the_last_moment_stays_deleted(tmp_path: Path) -> None:
    path, new = tmp_path / "digest.md", tmp_path / "new"
    new.write_text(NEW, encoding="utf-8")
    (tmp_path / "probe").write_text("")
    if not exchange(tmp_path / "probe", new):
        pytest.skip("this system can't swap files")
    assert not swap_in(tmp_path / "probe", path, NEW.encode(), OLD.encode())
    assert not path.exists()


def test_two_files_change_places(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("1")
    other.write_text("2")
    if not exchange(one, other):
        pytest.skip("this system can't swap files")
    assert (one.read_text(), other.read_text()) == ("2", "1")


def test_a_file_that_is_gone_can_not_be_swapped(tmp_path: Path) -> None:
    one = tmp_path / "one"
    one.write_text("1")
    with pytest.raises(FileNotFoundError):
        exchange(one, tmp_path / "gone")
    assert one.read_text() == "1"
