"""The whole main job, offline, on the embedded sample: the same code as on any day."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from importlib.resources import as_file
from pathlib import Path

from triage.config.load import parse_config
from triage.errors import TriageError
from triage.context import open_context
from triage.listing.backfill import import_listing
from triage.progress import Progress, silent
from triage.run import DayReport, run
from triage.sample import sample_files
from triage.training.learn import LearnReport, learn

DAY = date(2025, 5, 13)
"""The sample's announcement: a Tuesday."""

CONFIG = """\
# The demonstration's configuration; 'triage init' writes one with every key explained.
categories: [cs.CL]
cross_lists: true
notes: {paths: [notes]}
digest: {folder: digests, language: en, tags: [English]}
author: {read: 384, cite: 205, publish: 9}
"""


class DemoClock:
    """The evening of the sample's announcement, so that two demonstrations give the same bytes."""

    def now(self) -> datetime:
        """Return when the sample digest is written, UTC."""
        return datetime(DAY.year, DAY.month, DAY.day, 6, 0, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        """Go on at once: nothing of the demonstration waits."""


def run_demo(out: Path, *, progress: Progress = silent) -> tuple[LearnReport, DayReport]:
    """Learn from the sample notes, triage the sample day, write the digest, in a folder of its own.

    Running it again there goes on, as the daily run would: marks in the sample digest are learned from, and
    an edited file is kept.  Raises TriageError if the folder is used for something else.
    """
    settings = out / "config.yaml"
    ours = settings.is_file() and settings.read_text(encoding="utf-8") == CONFIG
    if out.exists() and not ours and (not out.is_dir() or any(out.iterdir())):
        raise TriageError(
            f"{out} exists and was not made by the demonstration.",
            remedy="Name another folder: triage demo --out DIR",
        )
    (out / "notes").mkdir(parents=True, exist_ok=True)
    settings.write_text(CONFIG, encoding="utf-8")
    with as_file(sample_files()) as sample:
        for name in ("archive.jsonl", "announcement.jsonl"):
            shutil.copyfile(sample / name, out / name)
        for note in sorted((sample / "notes").iterdir()):
            if not (out / "notes" / note.name).exists():
                shutil.copyfile(note, out / "notes" / note.name)

    config = parse_config(CONFIG, settings, environment=False)
    clock = DemoClock()
    with open_context(config, clock=clock, progress=progress, lock_for="learn") as context:
        import_listing(config, context.store, out / "archive.jsonl", progress)
        learned = learn(context, offline=True)
    with open_context(config, clock=clock, progress=progress, lock_for="run") as context:
        day = run(context, listing=out / "announcement.jsonl", since=DAY)
    return learned, day
