"""The kept space: the same as a new one, and never in the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.ranker.papers import archive
from triage.ranker.features import count_papers
from triage.ranker.space import Space, learn_space
from triage.ranker.space_cache import FILE_NAME, KeptSpace

COUNTS = count_papers(archive(600))


def same(first: Space, second: Space) -> bool:
    return all(
        np.array_equal(getattr(first, name), getattr(second, name)) for name in ("columns", "idf", "basis")
    )


def test_a_kept_space_is_the_one_that_was_learned(tmp_path: Path) -> None:
    learned = KeptSpace(tmp_path).learn(COUNTS, seed=0)
    assert same(learned, learn_space(COUNTS, seed=0))
    assert same(KeptSpace(tmp_path).learn(COUNTS, seed=0), learned)


def test_it_is_read_back_not_learned_again(tmp_path: Path) -> None:
    kept = KeptSpace(tmp_path)
    kept.learn(COUNTS, seed=0)
    before = (tmp_path / FILE_NAME).stat().st_mtime_ns
    kept.learn(COUNTS, seed=0)
    assert (tmp_path / FILE_NAME).stat().st_mtime_ns == before


def test_another_archive_or_seed_has_its_own_space(tmp_path: Path) -> None:
    kept = KeptSpace(tmp_path)
    kept.learn(COUNTS, seed=0)
    fewer = COUNTS[:-50]
    assert same(kept.learn(fewer, seed=0), learn_space(fewer, seed=0))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"something else"])
def test_a_damaged_file_is_made_again(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert same(KeptSpace(tmp_path).learn(COUNTS, seed=0), learn_space(COUNTS, seed=0))


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert same(KeptSpace(tmp_path / "file").learn(COUNTS, seed=0), learn_space(COUNTS, seed=0))
