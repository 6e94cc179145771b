"""The cached space: the same as a new one, and never in the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.ranker.papers import archive
from triage.ranker.features import count_papers
from triage.ranker.matrix import FeatureMatrix
from triage.ranker.space import FeatureSpace
from triage.ranker.space_cache import SpaceCache

COUNTS = FeatureMatrix.of_words(count_papers(archive(600)))


def same(first: FeatureSpace, second: FeatureSpace) -> bool:
    return all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in ("columns_", "idf_", "components_")
    )


def test_a_kept_space_is_the_one_that_was_learned(tmp_path: Path) -> None:
    learned = FeatureSpace(cache=SpaceCache(tmp_path)).fit(COUNTS)
    assert same(learned, FeatureSpace().fit(COUNTS))
    assert same(FeatureSpace(cache=SpaceCache(tmp_path)).fit(COUNTS), learned)


def test_it_is_read_back_not_learned_again(tmp_path: Path) -> None:
    kept = FeatureSpace(cache=SpaceCache(tmp_path))
    kept.fit(COUNTS)
    (file,) = tmp_path.iterdir()
    before = file.stat().st_mtime_ns
    kept.fit(COUNTS)
    assert file.stat().st_mtime_ns == before


def test_another_archive_or_seed_has_its_own_space(tmp_path: Path) -> None:
    kept = FeatureSpace(cache=SpaceCache(tmp_path))
    kept.fit(COUNTS)
    fewer = COUNTS[slice(-50)]
    assert same(kept.fit(fewer), FeatureSpace().fit(fewer))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"something else"])
def test_a_damaged_file_is_made_again(tmp_path: Path, content: bytes) -> None:
    learned = FeatureSpace(cache=SpaceCache(tmp_path)).fit(COUNTS)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert same(FeatureSpace(cache=SpaceCache(tmp_path)).fit(COUNTS), learned)
    assert len(file.read_bytes()) > len(content)


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert same(FeatureSpace(cache=SpaceCache(tmp_path / "file")).fit(COUNTS), FeatureSpace().fit(COUNTS))


def test_what_a_killed_training_left_and_what_no_model_needs_is_removed(tmp_path: Path) -> None:
    spaces = SpaceCache(tmp_path / "models" / "spaces")
    needed, other = (FeatureSpace(cache=spaces, random_state=seed).fit(COUNTS) for seed in (0, 1))
    (spaces.path(other.key_).with_name("half")).write_bytes(b"half")
    for name in ("space.npz", "space.999999.part"):
        (tmp_path / name).write_bytes(b"of a version before")
    spaces.prune({needed.key_})
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == [spaces.path(needed.key_).name]
