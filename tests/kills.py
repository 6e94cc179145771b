"""Processes that are killed at some moment of their work, and what is left when it is done again."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from tests.reader import Reader, learn_notes, listing, retrain_model, run_day, sync_digests
from triage.ranker.registry import ModelRegistry
from triage.store.store import Store

TUESDAY, WEDNESDAY, THURSDAY = date(2024, 1, 16), date(2024, 1, 17), date(2024, 1, 18)
SETTINGS = "digest: {threshold: 0.0}\ndeliver:\n  site: {folder: site}\n  papers: {formats: [json, bibtex]}"

# Everything that a step imports is there before the first kill, so that the kills meet its work.
processes = get_context("forkserver")
processes.set_forkserver_preload(
    [
        "tests.kills",
        "sklearn.svm",
        "triage.deliver.papers",
        "triage.deliver.site",
        "triage.listing.files",
        "triage.ranker.training",
        "triage.notes.extract",
        "triage.notes.reading",
        "triage.run",
        "triage.training.update",
    ]
)


def learn(reader: Reader) -> None:
    learn_notes(reader.config, offline=True, clock=reader.clock)


def run(reader: Reader) -> None:
    run_day(reader.config, listing=reader.folder / "days.jsonl", clock=reader.clock)


def sync(reader: Reader) -> None:
    sync_digests(reader.config)


def retrain(reader: Reader) -> None:
    retrain_model(reader.config)


STEPS: dict[str, Callable[[Reader], None]] = {"learn": learn, "run": run, "sync": sync, "retrain": retrain}


@dataclass(frozen=True)
class Kept:
    """All that is the reader's, and all that triage knows."""

    files: dict[str, bytes]
    """Notes, digests, pages: everything outside the store's folder."""
    labels: list[tuple[object, ...]]
    announcements: list[object]
    digests: list[object]
    delivered: list[tuple[object, ...]]
    papers: int
    models: list[str]
    """All that stands on their shelf, leftovers included."""
    model: str | None


def kept(reader: Reader) -> Kept:
    """Look at everything; the store must be whole.

    Raises
    ------
    AssertionError
        If the database finds something wrong with itself.
    """
    files = {
        path.relative_to(reader.folder).as_posix(): path.read_bytes()
        for path in sorted(reader.folder.rglob("*"))
        if path.is_file() and ".triage" not in path.parts
    }
    with Store(reader.config.store_url) as store:
        broken = store.integrity_errors()
        if broken:
            raise AssertionError(broken)
        with store.reading() as tx:
            labels = [
                (one.number, one.label.paper, one.label.relevant, one.label.categories, one.label.source)
                for one in tx.labels.log()
            ]
            announcements = [(one, tx.announcements.kinds(one.day)) for one in tx.announcements.all()]
            digests = [(one, tx.digests.shown_in(one.day)) for one in tx.digests.all()]
            delivered = [(one.digest, one.target, bool(one.sent_at)) for one in tx.digests.deliveries()]
            papers = tx.papers.count()
    registry = ModelRegistry(reader.config.store_folder / "models")
    return Kept(
        files,
        labels,
        list(announcements),
        list(digests),
        delivered,
        papers,
        sorted(path.name for path in (reader.config.store_folder / "models").iterdir()),
        registry.current(),
    )


def prepared(folder: Path) -> dict[str, Reader]:
    """Make the readers who are about to do each step.

    Learning begins with notes alone; a run with a marked digest and a new announcement waiting.
    """
    folder.mkdir()
    (folder / "new").mkdir()
    new = Reader(folder / "new", SETTINGS)
    new.import_archive()
    busy = copy_of(new, folder / "busy")
    learn(busy)
    busy.write("days.jsonl", listing(TUESDAY, 1))
    run(busy)
    digest = busy.folder / "digests" / f"{TUESDAY}-insights.md"
    text = digest.read_text("utf-8").replace("- [ ] not relevant", "- [x] not relevant", 1)
    digest.write_text(f"{text}\nA thought of my own.\n", "utf-8")
    days = [*listing(TUESDAY, 1), *listing(WEDNESDAY, 101), *listing(THURSDAY, 201)]
    busy.write("days.jsonl", days)
    marked = copy_of(busy, folder / "marked")
    sync(marked)
    return {"learn": new, "run": busy, "sync": busy, "retrain": marked}


def copy_of(reader: Reader, folder: Path) -> Reader:
    """Copy all that a reader has."""
    shutil.copytree(reader.folder, folder)
    same = copy(reader)
    same.folder = folder
    same.clock = copy(reader.clock)
    return same


def seconds_for(tx: str, reader: Reader) -> float:
    """Do a step in a process of its own, undisturbed; returns how long it took."""
    process = processes.Process(target=STEPS[tx], args=(reader,))
    started = time.monotonic()
    process.start()
    process.join()
    if process.exitcode:
        raise AssertionError(f"{tx} failed by itself")
    return time.monotonic() - started


def killed_at(tx: str, reader: Reader, seconds: float) -> bool:
    """Do a step in a process of its own and kill it (SIGKILL); False if it was done before."""
    process = processes.Process(target=STEPS[tx], args=(reader,))
    process.start()
    process.join(seconds)
    process.kill()
    process.join()
    return process.exitcode == -9
