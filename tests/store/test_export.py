"""Everything that is the reader's goes out as plain files and comes back whole."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from tests.reader import Reader, listing
from triage.errors import TriageError
from triage.feedback.sync import locate, sync
from triage.store.export import Imported, export_to, import_from
from triage.store.store import Store

WEDNESDAY = date(2024, 1, 17)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    reader = Reader(tmp_path_factory.mktemp("used"))
    reader.learn()
    reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    return reader


def test_a_second_export_after_import_has_the_same_bytes(used: Reader, tmp_path: Path) -> None:
    with Store(used.config.store_url) as store:
        export_to(store, tmp_path / "first", digest_folder=used.config.digest_folder, locate=locate)
    with Store(f"sqlite:///{tmp_path / 'fresh.db'}") as fresh:
        import_from(fresh, tmp_path / "first", digest_folder=tmp_path / "digests")
        export_to(fresh, tmp_path / "second", digest_folder=tmp_path / "digests", locate=locate)
    for file in sorted((tmp_path / "first").iterdir()):
        assert (tmp_path / "second" / file.name).read_bytes() == file.read_bytes(), file.name


def test_an_export_never_overwrites(used: Reader, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with Store(used.config.store_url) as store, pytest.raises(TriageError, match="exists already"):
        export_to(store, tmp_path, digest_folder=used.config.digest_folder, locate=locate)


def test_a_store_in_use_is_not_mixed_with_another(used: Reader, tmp_path: Path) -> None:
    with Store(used.config.store_url) as store:
        export_to(store, tmp_path / "out", digest_folder=used.config.digest_folder, locate=locate)
        with pytest.raises(TriageError, match="nothing was imported"):
            import_from(store, tmp_path / "out", digest_folder=tmp_path / "digests")


def test_a_broken_line_is_named_and_nothing_is_kept(used: Reader, tmp_path: Path) -> None:
    with Store(used.config.store_url) as store:
        export_to(store, tmp_path / "out", digest_folder=used.config.digest_folder, locate=locate)
    file = tmp_path / "out" / "labels.jsonl"
    first, *rest = file.read_text("utf-8").splitlines()
    broken = {name: value for name, value in json.loads(first).items() if name != "said_at"}
    file.write_text("\n".join([json.dumps(broken), *rest]) + "\n", encoding="utf-8")
    with Store(f"sqlite:///{tmp_path / 'fresh.db'}") as fresh:
        with pytest.raises(TriageError, match=r"labels\.jsonl:1"):
            import_from(fresh, tmp_path / "out", digest_folder=tmp_path / "digests")
        with fresh.reading() as tx:
            assert tx.papers.count() == 0


def test_half_an_export_is_refused(tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "labels.jsonl").touch()
    with Store("sqlite://") as store, pytest.raises(TriageError, match="not a complete export"):
        import_from(store, tmp_path / "half", digest_folder=tmp_path / "digests")


def exported(reader: Reader, folder: Path) -> Path:
    with Store(reader.config.store_url) as store:
        export_to(store, folder, digest_folder=reader.config.digest_folder, locate=locate)
    return folder


def imported(folder: Path, into: Path) -> Imported:
    with Store(f"sqlite:///{into / 'fresh.db'}") as fresh:
        return import_from(fresh, folder, digest_folder=into / "digests")


def test_digests_come_back_as_the_reader_left_them(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    (made,) = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1))).digests
    # Edited after triage last read it.
    mine = made.file.read_text("utf-8") + "\nMy own thoughts.\n"
    made.file.write_text(mine, encoding="utf-8")
    (tmp_path / "new").mkdir()
    back = imported(exported(reader, tmp_path / "out"), tmp_path / "new")
    assert (tmp_path / "new" / "digests" / made.file.name).read_text("utf-8") == mine
    assert (back.written, back.kept) == (1, ())


def test_a_digest_that_the_reader_moved_comes_back_where_it_was(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    (made,) = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1))).digests
    (reader.config.digest_folder / "2024").mkdir()
    made.file.rename(reader.config.digest_folder / "2024" / made.file.name)
    sync(reader.config, (store := Store(reader.config.store_url)), reader.clock.now())
    store.close()
    (tmp_path / "new").mkdir()
    imported(exported(reader, tmp_path / "out"), tmp_path / "new")
    assert (tmp_path / "new" / "digests" / "2024" / made.file.name).is_file()


def test_a_digest_that_the_reader_deleted_does_not_come_back(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    (made,) = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1))).digests
    made.file.unlink()
    (tmp_path / "new").mkdir()
    assert imported(exported(reader, tmp_path / "out"), tmp_path / "new").written == 0
    assert not (tmp_path / "new" / "digests").exists()


def test_a_file_that_is_there_is_left_alone_and_named(used: Reader, tmp_path: Path) -> None:
    file = tmp_path / "digests" / f"{WEDNESDAY}-insights.md"
    file.parent.mkdir()
    file.write_text("mine\n", encoding="utf-8")
    back = imported(exported(used, tmp_path / "out"), tmp_path)
    assert (back.written, back.kept) == (0, (file,))
    assert file.read_text("utf-8") == "mine\n"


def test_an_export_cannot_write_outside_of_the_folder(used: Reader, tmp_path: Path) -> None:
    file = exported(used, tmp_path / "out") / "digests.jsonl"
    row = json.loads(file.read_text("utf-8")) | {"file": "../elsewhere.md"}
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(TriageError, match="outside of"):
        imported(tmp_path / "out", tmp_path)
    assert not (tmp_path / "elsewhere.md").exists()


def test_an_export_that_was_killed_is_made_again(used: Reader, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Store(used.config.store_url) as store:
        counts = export_to(store, out, digest_folder=used.config.digest_folder, locate=locate)
        whole = {path.name: path.read_bytes() for path in out.iterdir()}
        (out / "triage-export.json").unlink()
        (out / "labels.jsonl").write_text("{cut o", encoding="utf-8")
        (out / "papers.jsonl").unlink()
        assert export_to(store, out, digest_folder=used.config.digest_folder, locate=locate) == counts
        assert {path.name: path.read_bytes() for path in out.iterdir()} == whole
        # A folder with anything else in it is somebody's.
        (out / "triage-export.json").rename(out / "mine.txt")
        with pytest.raises(TriageError, match="exists already"):
            export_to(store, out, digest_folder=used.config.digest_folder, locate=locate)
