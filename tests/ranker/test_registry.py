"""Models on disk: written whole, refused when damaged, and a way back."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import shutil
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.ranker.papers import archive, paper
from triage.errors import ModelError
from triage.papers import Example
from triage.ranker.manifest import TrainedOn
from triage.ranker.model import TrainedModel
from triage.ranker.registry import ModelRegistry
from triage.ranker.training import train

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
def registry(tmp_path: Path, first: TrainedModel, second: TrainedModel) -> ModelRegistry:
    registry = ModelRegistry(tmp_path / "models")
    for model in (first, second):
        registry.activate(registry.save(model))
    return registry


def arrays(registry: ModelRegistry, tmp_path: Path, version: str) -> Path:
    return tmp_path / "models" / version / "model.npz"


def test_a_loaded_model_scores_as_the_one_that_was_saved(
    registry: ModelRegistry, second: TrainedModel
) -> None:
    loaded = registry.load()
    assert loaded.score(DAY) == second.score(DAY)
    assert loaded.manifest == second.manifest
    assert loaded.notice == ""


def test_a_title_of_any_length_is_loaded_again(tmp_path: Path) -> None:
    long = [Example(replace(paper(500 + n, "law"), title="law " * 200_000 + str(n))) for n in range(160)]
    model, registry = train(long, archive(60)), ModelRegistry(tmp_path)
    registry.activate(registry.save(model))
    assert registry.load().score(DAY) == model.score(DAY)


def test_versions_are_numbered_in_order(registry: ModelRegistry) -> None:
    assert [version[:4] for version in registry.versions()] == ["0001", "0002"]
    assert registry.current() == registry.versions()[1]


def test_the_same_model_is_kept_once(registry: ModelRegistry, first: TrainedModel) -> None:
    assert registry.save(first) == registry.versions()[0]
    assert len(registry.versions()) == 2


def test_rolling_back_returns_to_the_one_before(registry: ModelRegistry, first: TrainedModel) -> None:
    assert registry.rollback() == registry.versions()[0]
    assert registry.load().manifest == first.manifest
    with pytest.raises(ModelError, match="no earlier model"):
        registry.rollback()


def test_a_year_of_models_is_pruned_to_those_a_reader_can_use(tmp_path: Path, first: TrainedModel) -> None:
    registry = ModelRegistry(tmp_path / "models")
    for day in range(0, 365, 5):
        made_at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day)
        trained_on = TrainedOn(
            labels=day, background_until=None, others=0, seeds=(), not_known=(), made_at=made_at
        )
        registry.activate(
            registry.save(
                replace(first, manifest=replace(first.manifest, data_hash=str(day), trained_on=trained_on))
            )
        )
        if day == 20:
            named = registry.rollback(registry.versions()[1])
        registry.prune()
    kept = registry.purposes()
    assert kept[named] == "you named it"
    assert list(kept.values())[-1] == "in use"
    assert sum(why.startswith("the last of") for why in kept.values()) >= 4
    assert len(kept) <= 12
    assert registry.load().notice == ""
    assert registry.rollback() in kept


def test_an_empty_registry_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="triage learn"):
        ModelRegistry(tmp_path).load()


def test_an_unknown_version_is_refused(registry: ModelRegistry) -> None:
    with pytest.raises(ModelError, match="no model"):
        registry.load("../../etc")
    with pytest.raises(ModelError, match="no model"):
        registry.activate("0009-00000000")


@pytest.mark.parametrize("keep", [0, 10, 1_000])
def test_a_truncated_model_gives_way_to_the_last_good_one(
    registry: ModelRegistry, tmp_path: Path, first: TrainedModel, keep: int
) -> None:
    broken = arrays(registry, tmp_path, registry.versions()[1])
    broken.write_bytes(broken.read_bytes()[:keep])
    with pytest.raises(ModelError, match="damaged"):
        registry.load(registry.versions()[1])
    loaded = registry.load()
    assert loaded.manifest == first.manifest
    assert registry.versions()[1] in loaded.notice
    assert registry.versions()[0] in loaded.notice


def test_missing_files_give_way_too(registry: ModelRegistry, tmp_path: Path, first: TrainedModel) -> None:
    arrays(registry, tmp_path, registry.versions()[1]).unlink()
    assert registry.load().manifest == first.manifest


def test_versions_share_the_space_while_the_archive_is_the_same(
    tmp_path: Path,
) -> None:
    registry, spaces = ModelRegistry(tmp_path), tmp_path / "spaces"
    for notes in (3, 4):
        labelled = [Example(paper(500 + n, "law")) for n in range(notes)]
        model = train(labelled, archive(600), space_cache=registry.spaces)
        registry.activate(registry.save(model))
    assert len(registry.versions()) == 2
    assert [file.stem for file in spaces.iterdir()] == [model.space.key_]
    assert registry.load().score(DAY) == model.score(DAY)
    for file in spaces.iterdir():
        file.write_bytes(b"damaged")
    with pytest.raises(ModelError, match="can't be read"):
        registry.load()


def test_a_model_of_the_version_before_holds_its_own_space(
    registry: ModelRegistry, tmp_path: Path, second: TrainedModel
) -> None:
    path = arrays(registry, tmp_path, registry.versions()[1])
    whole = second.to_bytes()
    path.write_bytes(whole)
    given = json.loads(path.with_name("manifest.json").read_text())
    del given["space"]
    given |= {"arrays_sha256": hashlib.sha256(whole).hexdigest()}
    given["manifest"]["format"] = 1
    path.with_name("manifest.json").write_text(json.dumps(given))
    shutil.rmtree(tmp_path / "models" / "spaces")
    assert registry.load().score(DAY) == second.score(DAY)


def test_a_model_of_a_newer_program_is_refused(registry: ModelRegistry, tmp_path: Path) -> None:
    path = arrays(registry, tmp_path, registry.versions()[1]).with_name("manifest.json")
    given = json.loads(path.read_text())
    given["manifest"]["format"] = 99
    path.write_text(json.dumps(given))
    with pytest.raises(ModelError, match="format 99"):
        registry.load(registry.versions()[1])


@pytest.mark.parametrize("read_as", ["words-0", "words-2"])  # the latter knew the time by the clock
def test_a_model_that_read_papers_differently_is_refused(
    registry: ModelRegistry, tmp_path: Path, read_as: str
) -> None:
    path = arrays(registry, tmp_path, registry.versions()[1]).with_name("manifest.json")
    given = json.loads(path.read_text())
    given["manifest"]["features_version"] = read_as
    path.write_text(json.dumps(given))
    with pytest.raises(ModelError, match=f"papers as '{read_as}'"):
        registry.load(registry.versions()[1])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"arrays_sha256": 1, "manifest": []}', "[" * 100_000])
def test_a_nonsense_manifest_is_refused(registry: ModelRegistry, tmp_path: Path, text: str) -> None:
    arrays(registry, tmp_path, registry.versions()[1]).with_name("manifest.json").write_text(text)
    with pytest.raises(ModelError):
        registry.load(registry.versions()[1])


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
    registry = ModelRegistry(tmp_path / "models")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        registry.save(first)
    assert registry.versions() == []
    assert [file for file in (tmp_path / "models").rglob("*") if file.suffix] == []


def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path, first: TrainedModel) -> None:
    root = tmp_path / "models"
    (root / ".new-killed").mkdir(parents=True)
    (root / ".current.deadbeef.tmp").write_text("")
    registry = ModelRegistry(root)
    registry.activate(registry.save(first))
    assert sorted(path.name for path in root.iterdir()) == [*registry.versions(), "current", "spaces"]
