"""A reading that was kept is the reading that was made."""

from __future__ import annotations

from pathlib import Path

from tests.notes.helpers import FIXTURES, fixtures
from triage.notes.extract import read_bytes
from triage.notes.kept import KeptReadings
from triage.store.store import Store


def test_readings_survive_being_kept(tmp_path: Path) -> None:
    readings = {name: read_bytes((FIXTURES / name).read_bytes(), name) for name in fixtures()}
    with Store(f"sqlite:///{tmp_path / 'triage.db'}") as store:
        with KeptReadings(store) as kept:
            for name, reading in readings.items():
                assert kept.get(name) is None
                kept.put(name, reading)
        assert {name: KeptReadings(store).get(name) for name in readings} == readings


def test_a_failure_keeps_nothing(tmp_path: Path) -> None:
    reading = read_bytes(b"arXiv:2401.08565", "x.md")
    with Store(f"sqlite:///{tmp_path / 'triage.db'}") as store:
        kept = KeptReadings(store)
        kept.put("x.md", reading)
        kept.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
        assert KeptReadings(store).get("x.md") is None
