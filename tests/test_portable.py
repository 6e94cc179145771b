"""Everything that is the reader's goes out as plain files and comes back whole."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from tests.reader import Reader, listing
from triage.errors import TriageError
from triage.portable import export_to, import_from
from triage.store.store import Store


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    reader = Reader(tmp_path_factory.mktemp("used"))
    reader.learn()
    reader.run(reader.write("day.jsonl", listing(date(2024, 1, 17), 1)))
    return reader


def test_a_second_export_after_import_has_the_same_bytes(used: Reader, tmp_path: Path) -> None:
    with Store(used.config.store_url) as store:
        export_to(store, tmp_path / "first")
    with Store(f"sqlite:///{tmp_path / 'fresh.db'}") as fresh:
        import_from(fresh, tmp_path / "first")
        export_to(fresh, tmp_path / "second")
    for file in sorted((tmp_path / "first").iterdir()):
        assert (tmp_path / "second" / file.name).read_bytes() == file.read_bytes(), file.name


def test_an_export_never_overwrites(used: Reader, tmp_path: Path) -> None:
    with Store(used.config.store_url) as store, pytest.raises(TriageError, match="exists already"):
        export_to(store, tmp_path)


def test_a_store_in_use_is_not_mixed_with_another(used: Reader, tmp_path: Path) -> None:
    with Store(used.config.store_url) as store:
        export_to(store, tmp_path / "out")
        with pytest.raises(TriageError, match="nothing was imported"):
            import_from(store, tmp_path / "out")


def test_a_broken_line_is_named_and_nothing_is_kept(used: Reader, tmp_path: Path) -> None:
    with Store(used.config.store_url) as store:
        export_to(store, tmp_path / "out")
    file = tmp_path / "out" / "labels.jsonl"
    first, *rest = file.read_text("utf-8").splitlines()
    broken = {name: value for name, value in json.loads(first).items() if name != "said_at"}
    file.write_text("\n".join([json.dumps(broken), *rest]) + "\n", encoding="utf-8")
    with Store(f"sqlite:///{tmp_path / 'fresh.db'}") as fresh:
        with pytest.raises(TriageError, match=r"labels\.jsonl:1"):
            import_from(fresh, tmp_path / "out")
        with fresh.reading() as step:
            assert step.papers.count() == 0


def test_half_an_export_is_refused(tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "labels.jsonl").touch()
    with Store("sqlite://") as store, pytest.raises(TriageError, match="not a whole export"):
        import_from(store, tmp_path / "half")
