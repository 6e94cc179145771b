"""`triage run --since` makes a digest anew while the reader edits it: never a lost word."""

from __future__ import annotations

import os
import random
import threading
import time
from datetime import date
from pathlib import Path

import pytest

from tests.reader import Reader, label, listing, sync_digests
from triage.papers import ArxivId
from triage.run import DayReport
from triage.store.files import Outcome
from triage.store.store import Store

WEDNESDAY = date(2024, 1, 17)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    reader = Reader(tmp_path)
    reader.learn()
    reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    # Something new was said, so that the digest made anew is another one.
    with Store(reader.config.store_url) as store, store.reading() as tx:
        best = tx.digests.shown_in(WEDNESDAY)[0].paper
    label(reader.config, [best], relevant=False, categories=(), read=None)
    return reader


def digest(reader: Reader) -> Path:
    return reader.folder / "digests" / f"{WEDNESDAY}-insights.md"


def labels(reader: Reader) -> set[tuple[ArxivId, bool | None]]:
    with Store(reader.config.store_url) as store, store.reading() as tx:
        return {
            (one.label.paper, one.label.relevant) for one in tx.labels.log() if one.label.source == "digest"
        }


def test_the_digest_is_another_one_when_nobody_edits_it(reader: Reader) -> None:
    before = digest(reader).read_text("utf-8")
    (made,) = reader.run(reader.folder / "day.jsonl", since=WEDNESDAY).digests
    assert made.outcome is Outcome.WRITTEN
    assert digest(reader).read_text("utf-8") != before


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("in_place", [True, False], ids=["saved in place", "saved by renaming"])
def test_what_is_saved_while_a_run_rewrites_is_kept_and_read(
    reader: Reader, seed: int, in_place: bool
) -> None:
    file = digest(reader)
    open_in_editor = file.read_text("utf-8")
    # The second pick: of the first it was said before.
    before, between, after = open_in_editor.split("- [ ] not relevant", 2)
    mine = f"{before}- [ ] not relevant{between}- [x] not relevant{after}\nA word of my own.\n"
    reports: list[DayReport] = []
    running = threading.Thread(
        target=lambda: reports.append(reader.run(reader.folder / "day.jsonl", since=WEDNESDAY))
    )
    running.start()
    time.sleep(random.Random(seed).uniform(0, 1.5))
    if in_place:
        file.write_text(mine, "utf-8")
    else:
        other = file.with_suffix(".tmp")
        other.write_text(mine, "utf-8")
        other.replace(file)
    running.join(timeout=120)
    assert not running.is_alive()
    assert len(reports) == 1
    assert file.read_text("utf-8") == mine
    sync_digests(reader.config)
    assert {relevant for _, relevant in labels(reader)} == {False}
    # And the next run leaves it alone as well.
    reader.run(reader.folder / "day.jsonl", since=WEDNESDAY)
    assert file.read_text("utf-8") == mine


def test_words_saved_repeatedly_during_runs_are_all_kept(reader: Reader) -> None:
    file = digest(reader)
    done = threading.Event()
    written: list[str] = []
    text = file.read_text("utf-8")

    def edit() -> None:
        buffer = text
        while not done.is_set() and len(written) < 500:
            written.append(f"Word {len(written)}.")
            buffer += f"\n{written[-1]}\n"
            file.write_text(buffer, "utf-8")
            time.sleep(0.01)

    editing = threading.Thread(target=edit)
    editing.start()
    try:
        for _ in range(2):
            reader.run(reader.folder / "day.jsonl", since=WEDNESDAY)
    finally:
        done.set()
        editing.join(timeout=30)
    lines = file.read_text("utf-8").splitlines()
    assert written
    assert [line for line in lines if line.startswith("Word ")] == written


def test_what_is_no_file_in_place_of_a_digest_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    reader.run(reader.write("day.jsonl", listing(date(2024, 1, 17), 1)))
    folder = reader.config.digest_folder
    (folder / "2024-01-17-insights.md").unlink()
    os.mkfifo(folder / "2024-01-17-insights.md")
    os.mkfifo(folder / "another.md")
    (problem,) = sync_digests(reader.config).problems
    assert "2024-01-17-insights.md can't be read" in problem
    (folder / "2024-01-17-insights.md").unlink()
    assert sync_digests(reader.config).problems == ()
