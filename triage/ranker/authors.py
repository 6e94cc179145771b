"""Who wrote a paper, as hashed names.

Readers come back to the people whose papers they noted: of what was picked in 2025, a third had an
author of an earlier pick, of the rest a ninth (bench/RANKING.md says what this is worth).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from triage.papers import Paper
from triage.ranker.features import hash_words

NAMES = 1 << 18
"""A reader's thousand names leave one stranger in 260 mistaken for one of them."""
_MOST = 200
"""Of a longer list the first ones count."""


def names_of(papers: Sequence[Paper]) -> sparse.csr_matrix:
    """Return the authors of papers.

    Returns
    -------
    scipy.sparse.csr_matrix of shape (len(papers), NAMES), float32
        One over the square root of their number for each author, so that it says less of a long list.
    """
    found = [np.unique(hash_words(_folded(paper)) & np.uint64(NAMES - 1)) for paper in papers]
    numbers = np.array([len(names) for names in found], dtype=np.int64)
    return sparse.csr_matrix(
        (
            np.repeat(1 / np.sqrt(np.maximum(numbers, 1)), numbers).astype(np.float32),
            np.concatenate([np.zeros(0, np.uint64), *found]).astype(np.int32),
            np.concatenate([[0], np.cumsum(numbers)]),
        ),
        shape=(len(papers), NAMES),
    )


def nobody(papers: int) -> sparse.csr_matrix:
    """Return the authors of papers of which none is known."""
    return sparse.csr_matrix((papers, NAMES), dtype=np.float32)


def _folded(paper: Paper) -> list[str]:
    plain = [unicodedata.normalize("NFKC", name).casefold() for name in paper.authors[:_MOST]]
    return [" ".join(name.split()) for name in plain]
