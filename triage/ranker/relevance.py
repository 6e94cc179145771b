"""Relevance: what the reader noted against what they did not, as a sum of four linear scores.

A support vector machine over TF-IDF words, which knows the exact vocabulary of what was noted; a linear
discriminant over topics, which knows the same in other words; a linear discriminant over metadata,
which knows what draws the reader whatever the subject; and a sum over authors, which knows whose papers
were noted (bench/RANKING.md has what each is worth).

Every ``fit`` takes a :class:`~triage.ranker.matrix.FeatureMatrix`, labels (:data:`RELEVANT`,
:data:`NOT_RELEVANT`, :data:`UNLABELLED`) and a weight a paper.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from triage.ranker.arrays import Array
from triage.ranker.authors import N_AUTHORS
from triage.ranker.matrix import Days, FeatureMatrix, Flags, Float32s, Floats
from triage.ranker.metadata import METADATA
from triage.ranker.numbers import discriminant, score_deviation

RELEVANT, NOT_RELEVANT, UNLABELLED = 1, 0, -1
"""Labels; -1 is scikit-learn's own word for unlabelled."""
Labels = NDArray[np.int8]

_RECENT_DAYS = 90
"""Days whose papers define the usual metadata."""
_SIDE_BY_SIDE_DAYS = 28
"""A noted paper is compared with those announced up to so many days before it: the reader chose among
them.  What was noted long before triage, or out of the archive's reach, was found in other ways."""
_FEWEST = 50
"""With fewer unlabelled papers nothing is learned of metadata."""
_LEAST_SPREAD, _FARTHEST = 0.1, 3.0
"""The least deviation of a column of metadata, which are logarithms and flags, and the largest difference."""
_SEASON_DAYS = 15
"""Days over which the dates of noted papers are smoothed."""
_OFF_SEASON = 0.1
"""Weight of unlabelled papers from times when nothing was noted."""


def _nothing() -> Float32s:
    return np.zeros(0, np.float32)


@dataclass(slots=True)
class LinearScore:
    """A score in about standard deviations of unlabelled papers, whose mean is 0."""

    ARRAYS: ClassVar[tuple[Array, ...]] = (
        Array("words", "words", np.float32, ("columns",)),
        Array("topics", "topics", np.float32, ("topics",)),
        Array("form", "metadata", np.float32, (len(METADATA),)),
        Array("names", "authors", np.float32, (N_AUTHORS,)),
    )

    usual_metadata: Float32s
    """What unknown metadata are taken for."""
    intercept: float
    words: Float32s = field(default_factory=_nothing)
    topics: Float32s = field(default_factory=_nothing)
    metadata: Float32s = field(default_factory=_nothing)
    authors: Float32s = field(default_factory=_nothing)

    @staticmethod
    def zero(X: FeatureMatrix) -> LinearScore:
        """Return the score that is 0 for all papers."""
        blocks = (
            np.zeros(block.shape[1], np.float32) for block in (X.words, X.topics, X.metadata, X.authors)
        )
        return LinearScore(np.zeros(len(METADATA), np.float32), 0.0, *blocks)

    def decision_function(self, X: FeatureMatrix) -> Floats:
        """Score papers, shape (n,)."""
        by_words = np.asarray(X.words @ self.words, dtype=np.float64)
        by_topics = np.asarray(X.topics @ self.topics, dtype=np.float64)
        by_authors = np.asarray(X.authors @ self.authors, dtype=np.float64)
        return by_words + by_topics + self.metadata_score(X.metadata) + by_authors + self.intercept

    def metadata_score(self, metadata: Float32s) -> Floats:
        """Score the metadata of papers alone; 0 for the usual ones."""
        return np.asarray(np.nan_to_num(metadata - self.usual_metadata) @ self.metadata, dtype=np.float64)

    def __add__(self, other: LinearScore) -> LinearScore:
        blocks = (getattr(self, one.attribute) + getattr(other, one.attribute) for one in self.ARRAYS)
        return LinearScore(self.usual_metadata, self.intercept + other.intercept, *blocks)

    def scaled(self, share: float, usual_metadata: Float32s) -> LinearScore:
        """Return a share of this score, the same for another idea of what is usual."""
        moved = float((usual_metadata - self.usual_metadata) @ self.metadata)
        blocks = (np.float32(share) * getattr(self, one.attribute) for one in self.ARRAYS)
        return LinearScore(usual_metadata, share * (self.intercept + moved), *blocks)


class _BlockScore(ClassifierMixin, BaseEstimator):
    """A linear score over one block of features."""

    block: ClassVar[str]
    coef_: Floats

    def decision_function(self, X: FeatureMatrix) -> Floats:
        """Score papers, shape (n,)."""
        return np.asarray(getattr(X, self.block) @ self.coef_, dtype=np.float64)


@dataclass(eq=False, repr=False)
class WordClassifier(_BlockScore):
    """A linear support vector machine over words."""

    block = "words"

    C: float = 0.01
    random_state: int = 0

    def fit(self, X: FeatureMatrix, y: Labels, sample_weight: Floats) -> WordClassifier:
        """Fit to weights whose sum is 1 a side."""
        from sklearn.svm import LinearSVC

        if not X.words.nnz:
            self.coef_ = np.zeros(X.words.shape[1])
            return self
        svm = LinearSVC(C=self.C, max_iter=5_000, tol=1e-3, random_state=self.random_state)
        svm.fit(X.words, y == RELEVANT, sample_weight=sample_weight * len(y) / 2)
        self.coef_ = np.asarray(svm.coef_[0], dtype=np.float64)
        return self


@dataclass(eq=False, repr=False)
class TopicDiscriminant(_BlockScore):
    """A linear discriminant over topics, with the covariance of the papers that were not noted."""

    block = "topics"

    shrinkage: float = 10.0
    """How far the covariance is drawn to a round one, in units of its mean eigenvalue."""

    def fit(self, X: FeatureMatrix, y: Labels, sample_weight: Floats) -> TopicDiscriminant:
        """Fit to weights whose sum is 1 a side."""
        relevant = y == RELEVANT
        topics, weights = X.topics[~relevant], sample_weight[~relevant]
        centre = weights @ topics
        spread = (topics * weights[:, None].astype(np.float32)).T @ topics - np.outer(centre, centre)
        away = sample_weight[relevant] @ X.topics[relevant] - centre
        self.coef_ = discriminant(spread, away, self.shrinkage)
        return self


@dataclass(eq=False, repr=False)
class MetadataDiscriminant(_BlockScore):
    """A linear discriminant over metadata: noted papers against those announced beside them."""

    block = "metadata"

    shrinkage: float = 0.3
    """Added to the variance of each column, in units of that variance."""
    prior_count: float = 20.0
    """How many noted papers it takes until their metadata count half."""
    usual_: Floats = field(init=False)

    def fit(self, X: FeatureMatrix, y: Labels, sample_weight: Floats) -> MetadataDiscriminant:
        """Fit to plain weights; what a record doesn't say counts as usual."""
        relevant = y == RELEVANT
        known = ~relevant & np.isfinite(X.metadata[:, 0])
        width = X.metadata.shape[1]
        self.coef_ = self.usual_ = np.zeros(width)
        if known.sum() < _FEWEST:
            return self
        order = np.argsort(X.days[known], kind="stable")
        metadata, days = X.metadata[known].astype(np.float64)[order], X.days[known][order]
        recent = metadata[days >= days[-1] - _RECENT_DAYS]
        stated = np.maximum(np.isfinite(recent).sum(axis=0), 1)
        self.usual_ = np.nan_to_num(recent).sum(axis=0) / stated
        away = np.nan_to_num(recent - self.usual_)
        spread = np.sqrt((away**2).sum(axis=0) / stated)
        # A column that never varies says nothing, and one that hardly does says little.
        spread = np.where(spread < 1e-6, np.inf, np.maximum(spread, _LEAST_SPREAD))
        usual_then, compared = _usual_beside(metadata, days, X.metadata[relevant], X.days[relevant])
        drawn = np.where(compared, (X.metadata[relevant] - usual_then) / spread, 0.0)
        weights = sample_weight[relevant]
        mean = np.clip(weights @ drawn / (weights @ compared + self.prior_count), -_FARTHEST, _FARTHEST)
        alike = away / spread / np.sqrt(stated / len(recent))  # so that each column has a variance of one
        covariance = alike.T @ alike / len(recent) + self.shrinkage * np.eye(width)
        self.coef_ = np.linalg.solve(covariance, mean) / spread
        return self

    def decision_function(self, X: FeatureMatrix) -> Floats:
        """Score papers, shape (n,)."""
        return np.asarray(np.nan_to_num(X.metadata - self.usual_) @ self.coef_, dtype=np.float64)


def _usual_beside(metadata: Floats, days: Days, noted: Float32s, noted_days: Days) -> tuple[Floats, Flags]:
    """Return the usual metadata beside each noted paper, and where that can be told; ``days`` are in order."""
    # Row n: sum and number of a column over the first n papers.
    nothing = np.zeros(metadata.shape[1])
    sums = np.vstack([nothing, np.cumsum(np.nan_to_num(metadata), axis=0)])
    counts = np.vstack([nothing, np.cumsum(np.isfinite(metadata), axis=0)])
    first = np.searchsorted(days, noted_days - _SIDE_BY_SIDE_DAYS, side="right")
    last = np.searchsorted(days, noted_days, side="right")
    beside = counts[last] - counts[first]
    usual = (sums[last] - sums[first]) / np.maximum(beside, 1)
    return usual, np.isfinite(noted) & (noted_days[:, None] > 0) & (beside >= _FEWEST)


@dataclass(eq=False, repr=False)
class AuthorLogOdds(_BlockScore):
    """The log-odds of an author's papers to be noted, 0 for authors who never were.

    A name that many papers bear would be among the noted ones by chance, and says little.
    """

    block = "authors"

    smoothing: float = 0.3
    """Papers added to an author's noted ones, and to those expected by chance, before they are compared."""

    def fit(self, X: FeatureMatrix, y: Labels, sample_weight: Floats) -> AuthorLogOdds:
        """Fit to plain weights."""
        relevant = y == RELEVANT
        noted = _papers_by(X.authors[relevant], sample_weight[relevant])
        share = sample_weight[relevant].sum() / sample_weight[~relevant].sum()
        by_chance = share * _papers_by(X.authors[~relevant], sample_weight[~relevant])
        odds = np.log((noted + self.smoothing) / (by_chance + self.smoothing))
        self.coef_ = np.asarray(np.where(noted > 0, np.maximum(odds, 0.0), 0.0))
        return self


def _papers_by(authors: sparse.csr_matrix, weights: Floats) -> Floats:
    each = np.repeat(weights, np.diff(authors.indptr))
    return np.bincount(authors.indices, weights=each, minlength=N_AUTHORS).astype(np.float64)


@dataclass(eq=False, repr=False)
class Relevance(ClassifierMixin, BaseEstimator):
    """The sum of the four."""

    words: WordClassifier
    topics: TopicDiscriminant
    metadata: MetadataDiscriminant
    authors: AuthorLogOdds
    topic_weight: float = 0.5
    """Against words, both in standard deviations of papers that were not noted."""
    metadata_weight: float = 0.8
    """Against words and topics together, as the next."""
    author_weight: float = 0.5
    negative_weight: float = 20.0
    """A paper that is not relevant counts as much as so many unlabelled ones."""
    coef_: LinearScore = field(init=False)

    def fit(self, X: FeatureMatrix, y: Labels, sample_weight: Floats | None = None) -> Relevance:
        """Fit to at least one relevant paper; papers of weight 0 are left out."""
        weights = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        if not (weights > 0).all():
            kept = weights > 0
            X, y, weights = X[kept], y[kept], weights[kept]
        relevant = y == RELEVANT
        if relevant.all():
            self.coef_ = LinearScore.zero(X)
            self.coef_.words = np.asarray(X.words.T @ weights / weights.sum(), dtype=np.float32)
            return self
        weights = np.where(y == NOT_RELEVANT, self.negative_weight, 1.0) * weights
        words, topics, deviation, mean = self._fit_text(X, y, weights)
        metadata = clone(self.metadata).fit(X, y, weights)
        authors = clone(self.authors).fit(X, y, weights)
        self.coef_ = LinearScore(
            metadata.usual_.astype(np.float32),
            -mean / deviation,
            (words / deviation).astype(np.float32),
            (topics / deviation).astype(np.float32),
            (self.metadata_weight * metadata.coef_).astype(np.float32),
            (self.author_weight * authors.coef_).astype(np.float32),
        )
        return self

    def _fit_text(self, X: FeatureMatrix, y: Labels, weights: Floats) -> tuple[Floats, Floats, float, float]:
        """Return the weights of words and topics, and deviation and mean of what was not noted."""
        relevant = y == RELEVANT
        balanced = weights.copy()
        balanced[~relevant] *= in_season(X.days[relevant], X.days[~relevant])
        for side in (relevant, ~relevant):
            balanced[side] /= balanced[side].sum()
        words, topics = (
            fitted.coef_ / score_deviation(fitted.decision_function(X), relevant, fitted.coef_)
            for fitted in (clone(self.words).fit(X, y, balanced), clone(self.topics).fit(X, y, balanced))
        )
        topics = self.topic_weight * topics
        scores = np.asarray(X.words @ words) + np.asarray(X.topics @ topics)
        deviation = score_deviation(scores, relevant, np.append(words, topics))
        return words, topics, deviation, float(scores[~relevant].mean())

    def decision_function(self, X: FeatureMatrix) -> Floats:
        """Score papers, shape (n,)."""
        return self.coef_.decision_function(X)


def in_season(noted: Days, others: Days) -> Floats:
    """Weigh unlabelled papers by how much was noted in their time.

    What is unlabelled because it came before the reader's first note, or in their holidays, was never
    passed over; and topics come and go, so that without this a ranker learns the fashion of the time of
    noting instead of the reader's taste within a day.

    Days are ordinals, 0 when unknown.  Returns weights like ``others``, from 0.1 on, 1 on average where
    it can be told; all 1 without dates.
    """
    dated, known = noted[noted > 0], others > 0
    if not len(dated) or not known.any():
        return np.ones(len(others))
    first = int(min(dated.min(), others[known].min()))
    last = int(max(dated.max(), others[known].max()))
    reach = np.arange(-3 * _SEASON_DAYS, 3 * _SEASON_DAYS + 1)
    window = np.exp(-0.5 * (reach / _SEASON_DAYS) ** 2)

    def density(days: Days) -> Floats:
        counts = np.bincount(days - first, minlength=last - first + 1).astype(float)
        return np.convolve(counts, window)[3 * _SEASON_DAYS : 3 * _SEASON_DAYS + len(counts)]

    share = density(dated) / np.maximum(density(others[known]), 1e-9)
    weights = np.ones(len(others))
    found = share[others[known] - first]
    if found.mean() > 0:
        weights[known] = _OFF_SEASON + (1 - _OFF_SEASON) * found / found.mean()
    return weights
