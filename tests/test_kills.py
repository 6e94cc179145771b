"""A process that is killed at any moment of its work harms nothing.  bench/kills.py does it 200 times."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.kills import STEPS, Kept, copy_of, kept, killed_at, prepared, seconds_for
from tests.reader import Reader

KILLS = 2


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reader]:
    return prepared(tmp_path_factory.mktemp("kills") / "ready")


@pytest.mark.parametrize("tx", STEPS)
def test_what_was_killed_and_done_again_is_as_if_it_never_was(
    tx: str, ready: dict[str, Reader], tmp_path: Path
) -> None:
    alone = copy_of(ready[tx], tmp_path / "alone")
    lasts = seconds_for(tx, alone)
    undisturbed: Kept = kept(alone)
    rng = random.Random(tx)
    kills = 0
    number = 0
    while kills < KILLS:
        number += 1
        reader = copy_of(ready[tx], tmp_path / str(number))
        if killed_at(tx, reader, rng.uniform(0.0, lasts)):
            kills += 1
            seconds_for(tx, reader)
            assert kept(reader) == undisturbed
        else:
            # The machine was busier when it was measured; at nought seconds nothing is done before.
            lasts /= 2
