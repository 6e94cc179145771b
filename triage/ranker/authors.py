"""Who wrote a paper, as hashed names.

Readers come back to the people whose papers they noted: of what was picked in 2025, a third had an
author of an earlier pick, of the rest a ninth (bench/RANKING.md has what this is worth).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from triage.papers import Paper
from triage.ranker.features import hash_words

N_AUTHORS = 1 << 18
"""A reader's thousand names leave one stranger in 260 mistaken for one of them."""
_MOST = 200
"""Of a longer list the first ones count."""


def author_features(papers: Sequence[Paper]) -> sparse.csr_matrix:
    """Return the authors of papers, shape (n, N_AUTHORS).

    Each author has one over the square root of their number, so that one of a long list says less.
    """
    found = [np.unique(hash_words(_folded(paper)) & np.uint64(N_AUTHORS - 1)) for paper in papers]
    numbers = np.array([len(names) for names in found], dtype=np.int64)
    return sparse.csr_matrix(
        (
            np.repeat(1 / np.sqrt(np.maximum(numbers, 1)), numbers).astype(np.float32),
            np.concatenate([np.zeros(0, np.uint64), *found]).astype(np.int32),
            np.concatenate([[0], np.cumsum(numbers)]),
        ),
        shape=(len(papers), N_AUTHORS),
    )


def _folded(paper: Paper) -> list[str]:
    plain = [unicodedata.normalize("NFKC", name).casefold() for name in paper.authors[:_MOST]]
    return [" ".join(name.split()) for name in plain]
