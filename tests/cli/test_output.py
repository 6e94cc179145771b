"""What commands print shows text as it is, whatever it looks like to a terminal's library."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.cli.test_cli import triage
from tests.reader import Reader, listing, record
from triage.papers import Announcement, AnnouncementState
from triage.store.store import Store

WEDNESDAY = date(2024, 1, 17)
HOSTILE = "Agents :fire: and [bold]tools[/bold] of agents :phone:"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """A reader whose listing has a paper with a hostile title, and whose notes know no paper of that title."""
    reader = Reader(tmp_path_factory.mktemp("reader"), settings="digest: {threshold: 0.0, budget: 30}")
    (reader.folder / "notes" / "a :fire: note.md").write_text(
        f"- **{HOSTILE}** [paper](https://arxiv.org/abs/2305.99999)\n", encoding="utf-8"
    )
    reader.learn()
    reader.write("day.jsonl", [*listing(WEDNESDAY, 1), record(99, "agents", WEDNESDAY, title=HOSTILE)])
    return reader


def on_a_terminal(*arguments: str, cwd: Path) -> str:
    """Return what a command prints on a terminal of 200 columns."""
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "triage", *arguments]
    environment = {**os.environ, "COLUMNS": "200", "TERM": "xterm"}
    with subprocess.Popen(command, cwd=cwd, stdout=end, stderr=subprocess.DEVNULL, env=environment):
        os.close(end)
        shown = b""
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # Linux, when the other end is closed
                break
            shown += piece
            if not piece:
                break
    os.close(terminal)
    return shown.decode()


def test_learn_names_files_and_papers_as_they_are_written(hostile: Reader) -> None:
    done = triage("learn", "--offline", "--verbose", cwd=hostile.folder)
    assert "a :fire: note.md" in done.stdout


def test_titles_are_shown_as_they_are(hostile: Reader) -> None:
    assert HOSTILE in triage("run", "--listing", "day.jsonl", "--dry-run", cwd=hostile.folder).stdout
    assert HOSTILE in on_a_terminal("run", "--listing", "day.jsonl", "--dry-run", cwd=hostile.folder)
    assert HOSTILE in on_a_terminal("rank", "--listing", "day.jsonl", cwd=hostile.folder)


def test_the_readers_own_words_are_shown_as_they_are(hostile: Reader) -> None:
    triage("label", "2312.00410", "--relevant", "--category", "[red]:fire:", cwd=hostile.folder)
    assert "category [red]:fire:" in triage("labels", "2312.00410", cwd=hostile.folder).stdout


def test_noted_papers_are_shown_as_they_are_on_a_terminal(hostile: Reader) -> None:
    shown = on_a_terminal("notes", "extract", "notes", cwd=hostile.folder)
    assert "Agents :fire: and" in shown
    assert "a :fire: note.md:1" in shown


def test_status_shows_reasons_as_they_are(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    with Store(reader.config.store_url) as store, store.transaction() as tx:
        tx.announcements.put(Announcement(WEDNESDAY, AnnouncementState.FAILED, reason="to a:phone: [b]"), [])
    assert f"the announcement of {WEDNESDAY} failed: to a:phone: [b]" in triage("status", cwd=tmp_path).stdout


def test_a_run_with_nothing_to_do_explains_why_with_json_too(hostile: Reader) -> None:
    hostile.run(hostile.folder / "day.jsonl")
    said = "nothing is due: day.jsonl has no announcement that is not done already"
    again = triage("run", "--listing", "day.jsonl", cwd=hostile.folder)
    assert (again.stdout, again.stderr) == (f"{said}\n", "")
    again = triage("run", "--listing", "day.jsonl", "--json", cwd=hostile.folder)
    assert (again.stdout, again.stderr) == ("", f"triage: {said}\n")
