"""What learning reads again, and what it never forgets: notes change, labels stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reader import Reader
from triage.notes.extract import extract
from triage.notes.kept import KeptReadings
from triage.papers import Label
from triage.store.store import Store


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    made = Reader(tmp_path)
    made.learn()
    return made


def labels(reader: Reader) -> list[Label]:
    with Store(reader.config.store_url) as store, store.reading() as tx:
        return list(tx.labels.log())


def learn_again(reader: Reader) -> None:
    reader.clock.sleep(3600)
    reader.learn()


def test_learning_again_says_nothing_twice(reader: Reader) -> None:
    said = labels(reader)
    learn_again(reader)
    assert len(said) == 14
    assert labels(reader) == said


def test_a_renamed_note_keeps_its_labels_and_doubles_none(reader: Reader) -> None:
    said = labels(reader)
    note = reader.folder / "notes" / "papers.md"
    note.rename(note.with_name("renamed.md"))
    learn_again(reader)
    assert labels(reader) == said


def test_a_deleted_notes_labels_stay(reader: Reader) -> None:
    said = labels(reader)
    (reader.folder / "notes" / "papers.md").unlink()
    learn_again(reader)
    assert labels(reader) == said


def test_only_changed_notes_are_read_again(tmp_path: Path) -> None:
    for name in ("one.md", "two.md"):
        (tmp_path / name).write_text(
            f"- [A Paper on {name}](https://arxiv.org/abs/2401.08565)\n", encoding="utf-8"
        )
    with Store("sqlite://") as store:
        with KeptReadings(store) as kept:
            first = extract([tmp_path], cache=kept)
        (tmp_path / "two.md").write_text("- [Another](https://arxiv.org/abs/2401.08406)\n", encoding="utf-8")
        with KeptReadings(store) as kept:
            second = extract([tmp_path], cache=kept)
        assert [file.reused for file in first.files] == [False, False]
        assert [file.reused for file in second.files] == [True, False]
        assert second.entries == extract([tmp_path]).entries


def test_readings_of_files_that_are_no_more_are_dropped(tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("- [A Paper](https://arxiv.org/abs/2401.08565)\n", encoding="utf-8")
    with Store("sqlite://") as store:
        with KeptReadings(store) as kept:
            (read,) = extract([tmp_path], cache=kept).files
        note.unlink()
        with KeptReadings(store) as kept:
            extract([tmp_path], cache=kept)
        with store.reading() as tx:
            assert tx.notes.reading(read.digest) is None
