"""Why a paper scored as it did: words of its own text, in both directions, and the nearest notes.

A word is named only after the paper has been scored again without it, so the statement is true:
without the named word the score moves the stated way, by the stated amount.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
from scipy import sparse

from triage.papers import Contribution, Explanation, NearestNote, Paper, title_key
from triage.ranker.features import (
    as_written,
    count_words,
    hash_words,
    pair_columns,
    texts_of,
    word_columns,
    word_list,
    words,
)
from triage.ranker.matrix import FeatureMatrix, Flags, Floats
from triage.ranker.metadata import metadata_features
from triage.ranker.pipeline import Ranker
from triage.ranker.space import FeatureSpace

EMPTY_WORDS = word_list("empty_words.txt")
"""Words that say nothing about a paper, though the score counts them."""

_TRIED = 6
_NAMED = 4
_NEAREST = 3
_LEAST_SIMILARITY = 0.08
_LEAST = 1e-5
"""A smaller contribution is rounding."""

Term = tuple[str, ...]
"""A word, or two that stand side by side."""


class Explainer:
    """Explains the scores of a fitted ranker, with the noted papers (features and papers) to be near to."""

    def __init__(
        self, space: FeatureSpace, ranker: Ranker, noted: FeatureMatrix, noted_papers: Sequence[Paper]
    ) -> None:
        self._space = space
        self._ranker = ranker
        self._score = ranker.coef_
        self._noted = noted.words
        self._noted_papers = noted_papers

    def explain(self, papers: Sequence[Paper], X: FeatureMatrix, picked_before: Flags) -> list[Explanation]:
        """Explain the scores of papers, given as papers, as features, and as community picks or not."""
        moved = self._ranker.community_step_ * picked_before
        if self._ranker.community_coef_ is not None:
            moved = moved + self._ranker.community_coef_.decision_function(X)
        similar = np.asarray((X.words @ self._noted.T).todense())
        return [
            Explanation(
                self.contributions(paper, X.words[[n]]),
                self._nearest(paper, similar[n]),
                float(moved[n]),
                bool(picked_before[n]),
            )
            for n, paper in enumerate(papers)
        ]

    def _nearest(self, paper: Paper, similar: Floats) -> tuple[NearestNote, ...]:
        # A note without an identifier may be about this very paper.
        own = title_key(paper.title)
        near = (
            NearestNote(one.id, one.title, min(1.0, float(similar[row])))
            for row in np.argsort(-similar, kind="stable").tolist()
            if (one := self._noted_papers[row]).id != paper.id and title_key(one.title) != own
        )
        return tuple(one for one in islice(near, _NEAREST) if one.similarity >= _LEAST_SIMILARITY)

    def contributions(self, paper: Paper, tfidf: sparse.csr_matrix) -> tuple[Contribution, ...]:
        """Return the words and pairs of a paper that moved its score most, strongest first, both ways."""
        # Names of authors count, but "wang" is no reason that a reader would believe.
        *text, authors = (words(part) for part in texts_of(paper))
        gains = self._gains(text, tfidf)
        said = (term for term in gains if EMPTY_WORDS.isdisjoint(term))
        ordered = sorted(said, key=lambda term: (-gains[term], term))
        written = f"{paper.title}. {paper.abstract}"
        tried = dict.fromkeys([*ordered[:_TRIED], *ordered[-_TRIED:]])
        if not tried:
            return ()
        effects = dict(zip(tried, self._effects(paper, text, authors, list(tried)), strict=True))
        found: list[Contribution] = []
        for sign, terms in ((1, ordered[:_TRIED]), (-1, ordered[::-1][:_TRIED])):
            named: set[str] = set()
            for term in terms:
                moves = sign * gains[term] > 0 and sign * effects[term] > _LEAST
                if moves and named.isdisjoint(term) and (shown := as_written(term, written)):
                    found.append(Contribution(shown, effects[term]))
                    named.update(term)
                if len(named) >= _NAMED:
                    break
        return tuple(sorted(found, key=lambda one: (-abs(one.value), one.term)))

    def _gains(self, text: Sequence[Sequence[str]], tfidf: sparse.csr_matrix) -> dict[Term, float]:
        """Return for each term about how much of the score it brings, by the slope of the score."""
        places, values = tfidf.indices, tfidf.data.astype(np.float64)
        slope = self._score.words[places].astype(np.float64)
        basis = self._space.components_[places]
        topics = values @ basis
        length = float(np.linalg.norm(topics))
        if length:
            along = topics / length
            turned = self._score.topics - (self._score.topics @ along) * along
            slope = slope + basis @ turned / length
        gain = dict(zip(self._space.columns_[places].tolist(), (values * slope).tolist(), strict=True))
        terms: dict[Term, float] = {}
        for part in text:
            hashes = hash_words(part)
            singles = zip(((word,) for word in part), word_columns(hashes).tolist(), strict=True)
            pairs = zip(pairwise(part), pair_columns(hashes[:-1], hashes[1:]).tolist(), strict=True)
            terms |= {term: gain[column] for term, column in [*singles, *pairs] if column in gain}
        return terms

    def _effects(
        self, paper: Paper, text: Sequence[Sequence[str]], authors: Sequence[str], terms: Sequence[Term]
    ) -> list[float]:
        """Return how much the score loses when a term is left out, words and metadata."""
        versions = [
            [*text, authors],
            *([*(_without(part, term) for part in text), authors] for term in terms),
        ]
        X = self._space.transform(FeatureMatrix.of_words(count_words(versions)))
        by_text = X.words @ self._score.words + X.topics @ self._score.topics
        cut = metadata_features([paper, *(_cut(paper, term) for term in terms)])
        scores = by_text.astype(np.float64) + self._score.metadata_score(cut)
        return (scores[0] - scores[1:]).tolist()  # type: ignore[no-any-return]


def _without(part: Sequence[str], term: Term) -> list[str]:
    """Leave out every occurrence of a word, or of two words standing side by side."""
    if len(term) == 1:
        return [word for word in part if word != term[0]]
    first = [n for n, pair in enumerate(pairwise(part)) if pair == term]
    gone = {*first, *(n + 1 for n in first)}
    return [word for n, word in enumerate(part) if n not in gone]


def _cut(paper: Paper, term: Term) -> Paper:
    """Leave a term out of the text as written: a title gets shorter, an acronym goes."""
    pattern = re.compile(r"(?<!\w)" + r"\W+".join(map(re.escape, term)) + r"(?!\w)", re.IGNORECASE)
    title, abstract = (" ".join(pattern.sub(" ", text).split()) for text in (paper.title, paper.abstract))
    return replace(paper, title=title, abstract=abstract)
