"""Models on disk: written whole, refused when damaged, and a way back."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.model.papers import archive, paper
from triage.errors import ModelError
from triage.model.trained import TrainedModel
from triage.model.training import train
from triage.model.versions import ModelShelf
from triage.papers import Example

DAY = [paper(n, "law") for n in range(5)]


def made(notes: int) -> TrainedModel:
    return train([Example(paper(500 + n, "law")) for n in range(notes)], archive(60))


@pytest.fixture(scope="module")
def first() -> TrainedModel:
    return made(3)


@pytest.fixture(scope="module")
def second() -> TrainedModel:
    return made(4)


@pytest.fixture
def shelf(tmp_path: Path, first: TrainedModel, second: TrainedModel) -> ModelShelf:
    shelf = ModelShelf(tmp_path / "models")
    for model in (first, second):
        shelf.activate(shelf.save(model))
    return shelf


def arrays(shelf: ModelShelf, tmp_path: Path, version: str) -> Path:
    return tmp_path / "models" / version / "model.npz"


def test_a_loaded_model_scores_as_the_one_that_was_saved(shelf: ModelShelf, second: TrainedModel) -> None:
    loaded = shelf.load()
    assert loaded.score(DAY) == second.score(DAY)
    assert loaded.manifest == second.manifest
    assert loaded.notice == ""


def test_versions_are_numbered_in_order(shelf: ModelShelf) -> None:
    assert [version[:4] for version in shelf.versions()] == ["0001", "0002"]
    assert shelf.current() == shelf.versions()[1]


def test_the_same_model_is_kept_once(shelf: ModelShelf, first: TrainedModel) -> None:
    assert shelf.save(first) == shelf.versions()[0]
    assert len(shelf.versions()) == 2


def test_rolling_back_returns_to_the_one_before(shelf: ModelShelf, first: TrainedModel) -> None:
    assert shelf.rollback() == shelf.versions()[0]
    assert shelf.load().manifest == first.manifest
    with pytest.raises(ModelError, match="no earlier model"):
        shelf.rollback()


def test_an_empty_shelf_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="triage learn"):
        ModelShelf(tmp_path).load()


def test_an_unknown_version_is_refused(shelf: ModelShelf) -> None:
    with pytest.raises(ModelError, match="no model"):
        shelf.load("../../etc")
    with pytest.raises(ModelError, match="no model"):
        shelf.activate("0009-00000000")


@pytest.mark.parametrize("keep", [0, 10, 1_000])
def test_a_truncated_model_gives_way_to_the_last_good_one(
    shelf: ModelShelf, tmp_path: Path, first: TrainedModel, keep: int
) -> None:
    broken = arrays(shelf, tmp_path, shelf.versions()[1])
    broken.write_bytes(broken.read_bytes()[:keep])
    with pytest.raises(ModelError, match="damaged"):
        shelf.load(shelf.versions()[1])
    loaded = shelf.load()
    assert loaded.manifest == first.manifest
    assert shelf.versions()[1] in loaded.notice
    assert shelf.versions()[0] in loaded.notice


def test_missing_files_give_way_too(shelf: ModelShelf, tmp_path: Path, first: TrainedModel) -> None:
    arrays(shelf, tmp_path, shelf.versions()[1]).unlink()
    assert shelf.load().manifest == first.manifest


def test_a_model_of_a_newer_program_is_refused(shelf: ModelShelf, tmp_path: Path) -> None:
    path = arrays(shelf, tmp_path, shelf.versions()[1]).with_name("manifest.json")
    given = json.loads(path.read_text())
    given["manifest"]["format"] = 99
    path.write_text(json.dumps(given))
    with pytest.raises(ModelError, match="format 99"):
        shelf.load(shelf.versions()[1])


@pytest.mark.parametrize("read_as", ["words-0", "words-2"])  # the latter knew the time by the clock
def test_a_model_that_read_papers_differently_is_refused(
    shelf: ModelShelf, tmp_path: Path, read_as: str
) -> None:
    path = arrays(shelf, tmp_path, shelf.versions()[1]).with_name("manifest.json")
    given = json.loads(path.read_text())
    given["manifest"]["features_version"] = read_as
    path.write_text(json.dumps(given))
    with pytest.raises(ModelError, match=f"papers as '{read_as}'"):
        shelf.load(shelf.versions()[1])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"arrays_sha256": 1, "manifest": []}', "[" * 100_000])
def test_a_nonsense_manifest_is_refused(shelf: ModelShelf, tmp_path: Path, text: str) -> None:
    arrays(shelf, tmp_path, shelf.versions()[1]).with_name("manifest.json").write_text(text)
    with pytest.raises(ModelError):
        shelf.load(shelf.versions()[1])


class Trap:
    """Would write a file if it were ever unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("sprung"),)


def test_nothing_in_a_model_file_can_run(
    first: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    hostile = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(first.to_bytes())) as good, zipfile.ZipFile(hostile, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, pickle.dumps(Trap()) if name == "idf.npy" else good.read(name))
    with pytest.raises(ModelError):
        TrainedModel.from_bytes(hostile.getvalue(), first.manifest)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("noted_columns.npy", np.array([10**6], np.int32)),
        ("columns.npy", np.array([5, 3], np.int32)),
        ("words.npy", np.array([np.nan], np.float32)),
        ("idf.npy", np.array(["x"])),
    ],
)
def test_arrays_that_do_not_fit_are_refused(first: TrainedModel, name: str, value: object) -> None:
    changed, member = io.BytesIO(), io.BytesIO()
    np.save(member, value, allow_pickle=False)
    with zipfile.ZipFile(io.BytesIO(first.to_bytes())) as good, zipfile.ZipFile(changed, "w") as bad:
        for part in good.namelist():
            bad.writestr(part, member.getvalue() if part == name else good.read(part))
    with pytest.raises(ModelError, match="can't be read"):
        TrainedModel.from_bytes(changed.getvalue(), first.manifest)


def test_a_crash_while_saving_leaves_no_version(
    tmp_path: Path, first: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = ModelShelf(tmp_path / "models")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        shelf.save(first)
    assert shelf.versions() == []
    assert list((tmp_path / "models").iterdir()) == []


def test_what_a_killed_process_left_is_taken_away(tmp_path: Path, first: TrainedModel) -> None:
    root = tmp_path / "models"
    (root / ".new-killed").mkdir(parents=True)
    (root / ".current-killed").write_text("")
    shelf = ModelShelf(root)
    shelf.activate(shelf.save(first))
    assert sorted(path.name for path in root.iterdir()) == [*shelf.versions(), "current"]
