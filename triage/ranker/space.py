"""TF-IDF over hashed counts, and the topics that unlabelled papers teach.

No label enters here.  The topics are the leading directions of the TF-IDF vectors of an archive
(latent semantic analysis; Deerwester et al., 1990): papers that share no word can share a topic.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.sparsefuncs_fast import inplace_csr_row_normalize_l2

from triage.ranker.arrays import Array
from triage.ranker.features import FEATURES_VERSION
from triage.ranker.matrix import FeatureMatrix, Float32s
from triage.ranker.space_cache import SpaceCache

RECENT = 12_000
"""How many of the latest papers a space is learned from: older ones speak of yesterday's subjects."""
LIBRARIES = tuple((name, version(name)) for name in ("numpy", "scikit-learn", "scipy"))
"""What a model depends on, with versions."""
_RARE = 5
_COMMON = 0.1


@dataclass(eq=False, repr=False, kw_only=True)
class FeatureSpace(TransformerMixin, BaseEstimator):
    """Counts to TF-IDF and topics.

    A column is used when at least five papers have it (fewer when there are few papers) and at most a
    tenth of them; of those the most frequent ones.
    """

    ARRAYS: ClassVar[tuple[Array, ...]] = (
        Array("columns", "columns_", np.int32, ("columns",)),
        Array("idf", "idf_", np.float32, ("columns",)),
        Array("basis", "components_", np.float16, ("columns", "topics")),
    )

    max_features: int = 30_000
    """Columns."""
    n_components: int = 100
    """Topics; fewer for a handful of papers."""
    max_papers: int = RECENT
    """How many of the latest papers to learn from."""
    random_state: int = 0
    cache: SpaceCache | None = None
    """Keeps what was learned while the papers stay the same."""

    columns_: NDArray[np.int32] = field(init=False)
    """Sorted hashed columns, shape (k,)."""
    idf_: Float32s = field(init=False)
    components_: Float32s = field(init=False)
    """Topics in terms of columns, shape (k, t)."""
    key_: str = field(init=False)
    """Names what it was fitted to."""

    def fit(self, X: FeatureMatrix, y: object = None) -> FeatureSpace:
        """Choose the columns that tell papers apart, and find the topics, from papers of any kind."""
        self.key_ = self._key(X)
        if self.cache is None or not self.cache.load(self):
            self._fit(X)
            # Without room on the disk it is learned again next time; the step that counts comes later.
            with suppress(OSError):
                if self.cache is not None:
                    self.cache.save(self)
        return self

    def _key(self, X: FeatureMatrix) -> str:
        """Return a name for what the papers and these parameters teach, by these libraries."""
        parameters = {name: value for name, value in self.get_params().items() if name != "cache"}
        digest = hashlib.sha256(f"{FEATURES_VERSION} {parameters} {LIBRARIES} {X.words.shape}".encode())
        for part in (X.words.indptr, X.words.indices, X.words.data, X.days):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()[:24]

    def _fit(self, X: FeatureMatrix) -> None:
        latest = np.sort(np.argsort(X.days, kind="stable")[-self.max_papers :])
        counts = X.words[latest] if len(latest) < len(X) else X.words
        papers = counts.shape[0]
        frequency = np.bincount(counts.indices, minlength=counts.shape[1])
        rare = _RARE if papers >= 2_000 else 2 if papers >= 200 else 1
        common = _COMMON * papers if papers >= 200 else 0.5 * papers if papers >= 20 else papers
        usable = np.flatnonzero((frequency >= rare) & (frequency <= common))
        if not len(usable):
            # So few different words that all of them are common: better those than none.
            usable = np.flatnonzero(frequency)
        # stable, so that the same papers give the same columns
        order = np.argsort(-frequency[usable], kind="stable")[: self.max_features]
        self.columns_ = np.sort(usable[order]).astype(np.int32)
        self.idf_ = (np.log((1 + papers) / (1 + frequency[self.columns_])) + 1).astype(np.float32)
        topics = min(self.n_components, papers // 20, len(self.columns_) // 2)
        self.components_ = np.zeros((len(self.columns_), 0), np.float32)
        if topics >= 2:
            self.components_ = self._topics(self.tfidf(counts), topics)

    def _topics(self, tfidf: sparse.csr_matrix, topics: int) -> Float32s:
        from sklearn.utils.extmath import randomized_svd

        _, _, directions = randomized_svd(
            tfidf, topics, n_oversamples=20, n_iter=2, random_state=self.random_state
        )
        # Rounded as it is kept on disk, so that a loaded model scores like the one that was trained.
        return np.ascontiguousarray(directions.T.astype(np.float16).astype(np.float32))

    def transform(self, X: FeatureMatrix) -> FeatureMatrix:
        """Return the papers with TF-IDF for counts, and their topics."""
        words = self.tfidf(X.words)
        return replace(X, words=words, topics=self.topics(words))

    def topics(self, tfidf: sparse.csr_matrix) -> Float32s:
        """Return how much papers are about each topic, as rows of length one."""
        topics = np.asarray(tfidf @ self.components_, dtype=np.float32)
        lengths = np.linalg.norm(topics, axis=1, keepdims=True)
        return np.asarray(topics / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)

    def tfidf(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return TF-IDF vectors of length one (0 for a paper without known words), shape (n, k)."""
        counts = counts.tocsr()
        place = np.searchsorted(self.columns_, counts.indices)
        place[place == len(self.columns_)] = 0
        known = self.columns_[place] == counts.indices if len(self.columns_) else np.zeros(len(place), bool)
        ends = np.concatenate([[0], np.cumsum(known)])[counts.indptr]
        columns = place[known].astype(np.int32)
        values = (1 + np.log(counts.data[known])) * self.idf_[columns] if len(columns) else np.zeros(0)
        shape = counts.shape[0], len(self.columns_)
        vectors = sparse.csr_matrix((values.astype(np.float32), columns, ends), shape=shape)
        inplace_csr_row_normalize_l2(vectors)
        return vectors
