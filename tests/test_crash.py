"""A run that is killed, with no time to clean up, is finished by the next one and doubles nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from copy import copy
from datetime import date
from pathlib import Path

import pytest

from tests.reader import Reader, listing
from triage.store.store import Store

TUESDAY, WEDNESDAY = date(2024, 1, 16), date(2024, 1, 17)

DOOMED = """
import os, pkgutil, signal, sys
from pathlib import Path
from tests.reader import NOW, FixedClock, run_day
from triage.config.load import load_config

folder, place, name = Path(sys.argv[1]), *sys.argv[2].rsplit(".", 1)
place = pkgutil.resolve_name(place)
assert callable(getattr(place, name))
setattr(place, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
run_day(load_config(folder / "config.yaml"), listing=folder / "days.jsonl", clock=FixedClock(NOW))
"""


def told(reader: Reader) -> tuple[dict[str, bytes], list[object], int]:
    """Return all that a reader sees: the digests, what was said of papers, how many deliveries."""
    digests = {path.name: path.read_bytes() for path in (reader.folder / "digests").iterdir()}
    with Store(reader.config.store_url) as store, store.reading() as tx:
        said = [(one.number, one.label.paper, one.label.relevant) for one in tx.labels.log()]
        return digests, said, len(tx.digests.all())


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """A reader who marked one paper of Tuesday's digest, with Wednesday's announcement waiting."""
    reader = Reader(tmp_path_factory.mktemp("ready"))
    reader.learn()
    reader.run(reader.write("days.jsonl", listing(TUESDAY, 1)))
    digest = reader.folder / "digests" / f"{TUESDAY}-insights.md"
    digest.write_text(
        digest.read_text("utf-8").replace("- [ ] not relevant", "- [x] not relevant", 1), "utf-8"
    )
    reader.write("days.jsonl", [*listing(TUESDAY, 1), *listing(WEDNESDAY, 101)])
    return reader


@pytest.fixture(scope="module")
def undisturbed(
    ready: Reader, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, bytes], list[object], int]:
    reader = copy_of(ready, tmp_path_factory.mktemp("undisturbed") / "copy")
    reader.run(reader.folder / "days.jsonl")
    return told(reader)


def copy_of(reader: Reader, folder: Path) -> Reader:
    shutil.copytree(reader.folder, folder)
    same = copy(reader)
    same.folder = folder
    return same


@pytest.mark.parametrize(
    "called",
    [
        "triage.run.update_model",
        "triage.ranker.registry.ModelRegistry.activate",
        "triage.run.choose",
        "triage.digest.files.write_unless_edited",
        "triage.store.digests.Digests.put_in_place",
        "triage.run.write_index",
        "triage.run.deliver_due",
    ],
    ids=lambda called: called.rsplit(".", 1)[1],
)
def test_a_killed_run_is_finished_by_the_next(
    called: str, ready: Reader, tmp_path: Path, undisturbed: tuple[dict[str, bytes], list[object], int]
) -> None:
    reader = copy_of(ready, tmp_path / "copy")
    done = subprocess.run(
        [sys.executable, "-c", DOOMED, str(reader.folder), called],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    reader.run(reader.folder / "days.jsonl")
    assert told(reader) == undisturbed
    assert not reader.run(reader.folder / "days.jsonl").digests
