"""The feature matrix: what estimators know of papers, one paper a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

from triage.papers import Paper, could_be_arxiv
from triage.ranker.authors import N_AUTHORS, author_features
from triage.ranker.features import FEATURES_VERSION, FeatureCache, count_papers
from triage.ranker.metadata import METADATA, metadata_features

Floats = NDArray[np.float64]
Float32s = NDArray[np.float32]
Days = NDArray[np.int64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp] | Flags | slice

FEATURE_SET = f"{FEATURES_VERSION} form-2 names-1"
"""Which features there are; renamed whenever one changes, since a model learned from others is useless then."""


@dataclass(frozen=True, slots=True)
class FeatureMatrix:
    """Four blocks of features, and the day of each paper."""

    words: sparse.csr_matrix
    """Hashed counts (n, COLUMNS); after :class:`~triage.ranker.space.FeatureSpace` TF-IDF (n, k), rows of length one."""
    topics: Float32s
    """Rows of length one (n, t); t is 0 for counts."""
    metadata: Float32s
    """What a record looks like (n, len(METADATA)), NaN where unknown."""
    authors: sparse.csr_matrix
    """Hashed names (n, N_AUTHORS), an empty row where unknown."""
    days: Days
    """Ordinal of the day that each was announced, else submitted, else 0; shape (n,)."""

    def __len__(self) -> int:
        return int(self.words.shape[0])

    def __getitem__(self, rows: Rows) -> FeatureMatrix:
        return FeatureMatrix(
            self.words[rows], self.topics[rows], self.metadata[rows], self.authors[rows], self.days[rows]
        )

    @staticmethod
    def of_words(
        words: sparse.csr_matrix, topics: Float32s | None = None, days: Days | None = None
    ) -> FeatureMatrix:
        """Return papers of which neither metadata nor authors are known."""
        papers = words.shape[0]
        return FeatureMatrix(
            words,
            np.zeros((papers, 0), np.float32) if topics is None else topics,
            np.full((papers, len(METADATA)), np.nan, np.float32),
            sparse.csr_matrix((papers, N_AUTHORS), dtype=np.float32),
            np.zeros(papers, np.int64) if days is None else days,
        )


class PaperVectorizer(TransformerMixin, BaseEstimator):
    """Papers to counts, metadata and authors; learns nothing.

    Parameters
    ----------
    cache : FeatureCache, optional
        Keeps the counts, so that a paper is read once in its life.
    """

    def __init__(self, cache: FeatureCache | None = None) -> None:
        self.cache = cache

    def __sklearn_clone__(self) -> PaperVectorizer:
        return PaperVectorizer(self.cache)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Sequence[Paper], y: object = None) -> PaperVectorizer:
        """Do nothing."""
        return self

    def transform(self, X: Sequence[Paper]) -> FeatureMatrix:
        """Return the features of papers."""
        return FeatureMatrix(
            count_papers(X, self.cache),
            np.zeros((len(X), 0), np.float32),
            metadata_features(X),
            author_features(X),
            paper_days(X),
        )


def paper_days(papers: Sequence[Paper]) -> Days:
    """Return the ordinal of the day that each paper was announced, else submitted, else 0."""
    days = [paper.announced or paper.submitted for paper in papers]
    return np.array([day.toordinal() if could_be_arxiv(day) else 0 for day in days], dtype=np.int64)
