"""Why a paper scored as it did: words of its own text, in both directions, tried out one by one.

A word is named only after the paper has been scored again without it, so the statement is true:
without the named word the score moves the stated way, by the stated amount.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from triage.papers import ArxivId, Contribution, NearestNote, Paper
from triage.ranker.features import (
    hash_words,
    pair_columns,
    texts_of,
    word_columns,
    words,
)
from triage.ranker.form import form_of
from triage.ranker.relevance import Relevance
from triage.ranker.space import Space

_TRIED = 6
_NAMED = 4


class Explainer:
    """Scores texts of a trained space again and again, with words left out.

    Parameters
    ----------
    space : Space
    relevance : Relevance
    """

    def __init__(self, space: Space, relevance: Relevance) -> None:
        self._space = space
        self._relevance = relevance

    def words(self, paper: Paper) -> tuple[Contribution, ...]:
        """Name the words and word pairs that moved the score most, strongest first, both ways."""
        parts = [words(text) for text in texts_of(paper)]
        hashed = [hash_words(part) for part in parts]
        columns = self._columns(hashed)
        whole = self._score(columns)
        places, counts = self._known(columns)
        if not len(places):
            return ()
        values = (1 + np.log(counts)) * self._space.idf[places].astype(np.float64)
        gain = values * self._slope(places, values)
        worth = dict(zip(self._space.columns[places].tolist(), gain.tolist(), strict=True))
        terms: dict[tuple[str, ...], float] = {}
        # Names of authors count, but "wang" is no reason that a reader would believe.
        *text, names = hashed
        for part, hashes in zip(parts[:-1], text, strict=True):
            for word, column in zip(part, word_columns(hashes).tolist(), strict=True):
                if column in worth:
                    terms[(word,)] = worth[column]
            pairs = pair_columns(hashes[:-1], hashes[1:]).tolist()
            for left, right, column in zip(part[:-1], part[1:], pairs, strict=True):
                if column in worth:
                    terms[(left, right)] = worth[column]
        ordered = sorted(terms, key=lambda term: (-terms[term], term))
        found = []
        for sign, tried in ((1, ordered[:_TRIED]), (-1, ordered[::-1][:_TRIED])):
            named: set[str] = set()
            for term in tried:
                if named.intersection(term) or sign * terms[term] <= 0:
                    continue
                without = [*(self._without(hashes, term) for hashes in text), names]
                effect = whole - self._score(self._columns(without))
                effect += self._form_effect(paper, term)
                if sign * effect > 1e-6:
                    found.append(Contribution(" ".join(term), effect))
                    named.update(term)
                if len(named) >= _NAMED:
                    break
        return tuple(sorted(found, key=lambda word: (-abs(word.value), word.term)))

    def _form_effect(self, paper: Paper, term: tuple[str, ...]) -> float:
        """Return what leaving the words out does by the way: a title gets shorter, an acronym goes."""
        if not self._relevance.form.any():
            return 0.0
        pattern = re.compile(r"(?<!\w)" + r"\W+".join(map(re.escape, term)) + r"(?!\w)", re.IGNORECASE)
        title, abstract = (" ".join(pattern.sub(" ", text).split()) for text in (paper.title, paper.abstract))
        cut = replace(paper, title=title, abstract=abstract)
        with_it, without = self._relevance.form_scores(form_of([paper, cut]))
        return float(with_it - without)

    @staticmethod
    def _without(hashes: NDArray[np.uint64], term: tuple[str, ...]) -> NDArray[np.uint64]:
        """Leave out every occurrence of a word, or of two words standing side by side."""
        wanted = hash_words(term)
        if len(term) == 1:
            kept = hashes != wanted[0]
        else:
            kept = np.ones(len(hashes), dtype=np.bool_)
            first = np.flatnonzero((hashes[:-1] == wanted[0]) & (hashes[1:] == wanted[1]))
            kept[first] = kept[first + 1] = False
        left: NDArray[np.uint64] = hashes[kept]
        return left

    @staticmethod
    def _columns(hashed: list[NDArray[np.uint64]]) -> NDArray[np.uint32]:
        return np.concatenate(
            [
                block
                for hashes in hashed
                for block in (word_columns(hashes), pair_columns(hashes[:-1], hashes[1:]))
            ]
        )

    def _known(self, columns: NDArray[np.uint32]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        unique, counts = np.unique(columns, return_counts=True)
        places = np.searchsorted(self._space.columns, unique)
        places[places == len(self._space.columns)] = 0
        known = self._space.columns[places] == unique if len(self._space.columns) else np.zeros(0, bool)
        return places[known], counts[known]

    def _slope(self, places: NDArray[np.intp], values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how fast the score grows with each column: the words' share and the topics' share."""
        words = self._relevance.words[places].astype(np.float64)
        basis = self._space.basis[places]
        topics = values @ basis
        length = float(np.linalg.norm(topics))
        if not length:
            return words
        along = topics / length
        turned = self._relevance.topics - (self._relevance.topics @ along) * along
        scale = float(np.linalg.norm(values)) / length
        return np.asarray(words + scale * (basis @ turned), dtype=np.float64)

    def _score(self, columns: NDArray[np.uint32]) -> float:
        places, counts = self._known(columns)
        values = (1 + np.log(counts)) * self._space.idf[places]
        length = float(np.linalg.norm(values)) or 1.0
        topics = values @ self._space.basis[places]
        spread = float(np.linalg.norm(topics)) or 1.0
        return (
            float(values @ self._relevance.words[places]) / length
            + float(topics @ self._relevance.topics) / spread
            + self._relevance.offset
        )


def nearest(
    vectors: sparse.csr_matrix,
    noted: sparse.csr_matrix,
    names: list[tuple[str, str]],
    *,
    most: int = 3,
    least: float = 0.08,
) -> list[tuple[NearestNote, ...]]:
    """Return the noted papers nearest to each vector, by cosine; none below ``least``.

    Parameters
    ----------
    vectors, noted : csr_matrix of shape (n, k), (p, k)
        Rows of length one.
    names : list of (id, title) of the noted papers
    """
    similar = np.asarray((vectors @ noted.T).todense())
    found = []
    for row in similar:
        best = np.argsort(-row, kind="stable")[:most]
        found.append(
            tuple(
                NearestNote(ArxivId(names[place][0]), names[place][1], min(1.0, float(row[place])))
                for place in best
                if row[place] >= least
            )
        )
    return found
