"""Spoiled answers: no crash, and no paper that the answer did not have.  bench/mutations.py has 10,000."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.listing.mutants import Original, ReplayServer, ids_in, made_up, mutated, packed, replay_server
from triage.errors import FetchError


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReplayServer]:
    with replay_server(tmp_path) as server:
        yield server


@pytest.mark.parametrize("original", made_up(), ids=lambda original: original.name)
def test_a_spoiled_answer_is_refused_or_has_no_other_papers(server: ReplayServer, original: Original) -> None:
    rng = random.Random(original.name)
    true_ids = ids_in(server, original)
    refused = 0
    for _ in range(60):
        try:
            papers = server.ask(original.service, mutated(original.body, rng))
        except FetchError:
            refused += 1
        else:
            assert {paper.id for paper in papers} <= true_ids
            assert all(paper.title for paper in papers)
    assert true_ids
    assert 0 < refused < 60


def test_a_spoiled_compressed_answer_is_refused_or_whole(server: ReplayServer) -> None:
    rng = random.Random(3)
    original = made_up()[0]
    true_ids = ids_in(server, original)
    for _ in range(60):
        try:
            papers = server.ask(original.service, packed(original.body, rng), "gzip")
        except FetchError:
            continue
        assert {paper.id for paper in papers} == true_ids
