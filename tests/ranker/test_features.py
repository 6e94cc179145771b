"""Papers are read once in their life, and the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.ranker.papers import archive, paper
from triage.papers import ArxivId, Paper
from triage.ranker.features import (
    COLUMNS,
    as_written,
    count_papers,
    hash_words,
    pair_columns,
    word_columns,
    words,
)


def term_columns(text: str) -> list[int]:
    hashes = hash_words(words(text))
    return [*word_columns(hashes).tolist(), *pair_columns(hashes[:-1], hashes[1:]).tolist()]


class Kept:
    """A cache in memory that counts what it is given."""

    def __init__(self) -> None:
        self.rows: dict[ArxivId, bytes] = {}
        self.given = 0

    def get(self, ids: Sequence[ArxivId]) -> dict[ArxivId, bytes]:
        return {one: self.rows[one] for one in ids if one in self.rows}

    def put(self, rows: Mapping[ArxivId, bytes]) -> None:
        self.given += len(rows)
        self.rows.update(rows)


def test_words_are_folded_and_without_filling() -> None:
    assert words("Fine-tuning of the LLaMA-2 Models") == ["fine", "tuning", "llama", "models"]


def test_a_phrase_keeps_its_small_words() -> None:
    assert as_written(["capabilities", "llms"], "The capabilities of LLMs") == "capabilities of LLMs"


def test_words_of_two_sentences_are_no_phrase() -> None:
    text = "We study their capabilities. LLMs are large."
    assert words(text)[1:4] == ["capabilities", "llms", "large"]
    assert as_written(["capabilities", "llms"], text) == ""
    assert as_written(["capabilities"], text) == "capabilities"


def test_a_hash_is_the_same_in_every_process() -> None:
    assert term_columns("legal statute") == [211192, 3905090, 416752]


def test_counts_hold_words_and_pairs_of_title_and_abstract() -> None:
    counts = count_papers([Paper(id=ArxivId("2401.00001"), title="legal court", abstract="legal legal")])
    legal, court = term_columns("legal")[0], term_columns("court")[0]
    assert counts.shape == (1, COLUMNS)
    assert counts[0, legal] == 3
    assert counts[0, court] == 1
    assert counts[0, term_columns("legal legal")[2]] == 1
    assert counts.sum() == 6, "three words, one word, and a pair in each part"


def test_authors_are_read_too() -> None:
    one = Paper(id=ArxivId("2401.00001"), title="legal", authors=("Ada Lovelace",))
    assert count_papers([one])[0, term_columns("Ada Lovelace")[2]] == 1


def test_a_paper_is_read_once() -> None:
    kept, papers = Kept(), archive(30)
    first = count_papers(papers, kept)
    second = count_papers(papers, kept)
    assert kept.given == 30
    assert (first != second).nnz == 0


def test_a_changed_abstract_is_read_again() -> None:
    kept, one = Kept(), paper(1, "law")
    count_papers([one], kept)
    changed = replace(one, abstract="speech")
    assert (count_papers([changed], kept) != count_papers([changed])).nnz == 0
    assert kept.given == 2


def test_a_damaged_row_is_read_again() -> None:
    kept, one = Kept(), paper(1, "law")
    count_papers([one], kept)
    kept.rows[one.id] = kept.rows[one.id][:-3]
    assert (count_papers([one], kept) != count_papers([one])).nnz == 0


def test_no_papers_are_no_rows() -> None:
    assert count_papers([]).shape == (0, COLUMNS)


@given(st.text(), st.text())
def test_any_text_can_be_read(title: str, abstract: str) -> None:
    counts = count_papers([Paper(id=ArxivId("2401.00001"), title=title, abstract=abstract)])
    assert np.all(counts.data >= 1)
    assert np.all(counts.indices < COLUMNS)
