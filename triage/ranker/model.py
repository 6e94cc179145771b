"""A trained model: scores papers with a probability, the reader's categories and the reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
from scipy import sparse

from triage.errors import ModelError
from triage.papers import ArxivId, Explanation, Paper, ScoredPaper
from triage.ranker.arrays import Array, Arrays, pack, read_npz, unpack, write_npz
from triage.ranker.calibration import Calibrator
from triage.ranker.categories import CategoryClassifier
from triage.ranker.explain import Explainer
from triage.ranker.features import COLUMNS, FeatureCache
from triage.ranker.manifest import Manifest
from triage.ranker.matrix import FEATURE_SET, FeatureMatrix, PaperVectorizer
from triage.ranker.metadata import METADATA
from triage.ranker.pipeline import Ranker, make_ranker
from triage.ranker.relevance import LinearScore
from triage.ranker.space import FeatureSpace


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What was learned, ready to score; needs neither the notes nor the background any more."""

    space: FeatureSpace
    ranker: Ranker
    categories: CategoryClassifier
    noted: FeatureMatrix = field(repr=False)
    """The relevant papers."""
    noted_papers: tuple[Paper, ...] = field(repr=False)
    """The same; of a loaded model only ids and titles."""
    manifest: Manifest
    notice: str = ""
    """Set when this is not the model that was asked for, and why."""

    @property
    def is_informed(self) -> bool:
        """Whether anything but the listing orders papers: notes, labels, seeds, other people's picks."""
        return bool(self.manifest.relevant or self.manifest.seeds or self.ranker.community_coef_)

    def score(
        self,
        papers: Sequence[Paper],
        *,
        cache: FeatureCache | None = None,
        explain: bool = True,
        picked_by_others: Collection[ArxivId] = (),
    ) -> list[ScoredPaper]:
        """Rank papers, best first; equals by id.

        To ``explain`` takes most of the time.  ``picked_by_others`` were community picks before they were
        announced here.
        """
        X = self.space.transform(PaperVectorizer(cache).transform(papers))
        picked = np.array([paper.id in picked_by_others for paper in papers], dtype=bool)
        scores = self.ranker.decision_function(X, picked)
        probabilities = self.ranker.calibrator_.probability(scores)
        categories = self.categories.predict(X, self.noted)
        explanations = [Explanation()] * len(papers)
        if explain:
            explainer = Explainer(self.space, self.ranker, self.noted, self.noted_papers)
            explanations = explainer.explain(papers, X, picked)
        scored = [
            ScoredPaper(paper, float(scores[n]), float(probabilities[n]), categories[n], explanations[n])
            for n, paper in enumerate(papers)
        ]
        return sorted(scored, key=lambda one: (-one.score, one.paper.id))

    def to_bytes(self, *, space: bool = True) -> bytes:
        """Return the arrays (but those of the feature space) as an .npz; the same model gives the same bytes."""
        ranker, words = self.ranker, self.noted.words
        theirs = ranker.community_coef_
        noted = _Noted(
            values=words.data,
            columns=words.indices,
            ends=words.indptr,
            days=self.noted.days,
            ids=np.array([paper.id for paper in self.noted_papers], dtype=np.str_),
            titles=np.array([paper.title for paper in self.noted_papers], dtype=np.str_),
        )
        scale = (
            ranker.coef_.intercept,
            ranker.calibrator_.slope,
            ranker.calibrator_.intercept,
            theirs.intercept if theirs else 0.0,
            ranker.community_step_,
            ranker.calibrator_.ceiling,
        )
        arrays = pack(ranker.coef_) | pack(noted, "noted_") | pack(self.categories, "category_")
        arrays |= pack(_Scale(usual_metadata=ranker.coef_.usual_metadata, scale=scale))
        if space:
            arrays |= pack(self.space)
        if theirs:
            arrays |= pack(theirs, "others_")
        return write_npz(arrays)

    @staticmethod
    def from_bytes(data: bytes, manifest: Manifest, space: bytes | None = None) -> TrainedModel:
        """Read what :meth:`to_bytes` wrote, and a feature space that was kept by itself; nothing in it can run.

        Raises
        ------
        ModelError
            If it is truncated, altered or something else.
        """
        if manifest.features_version != FEATURE_SET:
            raise ModelError(
                f"the model reads papers as {manifest.features_version!r}, this program as {FEATURE_SET!r}",
                remedy="Train a new one with 'triage retrain'.",
            )
        try:
            return _assemble(read_npz(data) | (read_npz(space) if space else {}), manifest)
        except (ValueError, KeyError, MemoryError, OverflowError) as error:
            raise ModelError(
                f"the model's arrays can't be read: {type(error).__name__}: {error}",
                remedy="Train a new one with 'triage retrain'.",
            ) from error


class _Noted(SimpleNamespace):
    """The relevant papers, as they are kept: TF-IDF in rows, and what to call them."""

    ARRAYS: ClassVar[tuple[Array, ...]] = (
        Array("values", "values", np.float32, ("values",)),
        Array("columns", "columns", np.int32, ("values",)),
        Array("ends", "ends", np.int64, ("ends",)),
        Array("days", "days", np.int64, ("noted",)),
        Array("ids", "ids", np.str_, ("noted",)),
        Array("titles", "titles", np.str_, ("noted",)),
    )


class _Scale(SimpleNamespace):
    """The usual metadata, and single numbers."""

    ARRAYS: ClassVar[tuple[Array, ...]] = (
        Array("usual_form", "usual_metadata", np.float32, (len(METADATA),)),
        Array("scale", "scale", np.float64, ("numbers",)),
    )


def _assemble(arrays: Arrays, manifest: Manifest) -> TrainedModel:
    lengths: dict[str, int] = {}
    _, space, ranker = make_ranker(random_state=manifest.seed).named_steps.values()
    unpack(space, arrays, lengths)
    columns = space.columns_
    if len(columns) and (columns[0] < 0 or columns[-1] >= COLUMNS or (np.diff(columns) <= 0).any()):
        raise ValueError("columns are not in order")
    rest, noted = unpack(_Scale(), arrays, lengths), unpack(_Noted(), arrays, lengths, "noted_")
    # Models of earlier versions have no ceiling.
    intercept, slope, offset, their_intercept, step, *ceiling = map(float, rest.scale)
    ranker.coef_ = unpack(LinearScore(rest.usual_metadata, intercept), arrays, lengths)
    ranker.calibrator_ = Calibrator(slope, offset, *ceiling)
    ranker.community_step_ = step
    ranker.community_coef_ = None
    # Without other people's picks the arrays are empty, or not there at all.
    if arrays.get("others_words", np.zeros(0)).size:
        theirs = LinearScore(rest.usual_metadata, their_intercept)
        ranker.community_coef_ = unpack(theirs, arrays, lengths, "others_")
    words = sparse.csr_matrix((noted.values, noted.columns, noted.ends), shape=(len(noted.ids), len(columns)))
    words.check_format(full_check=True)
    # Those of earlier versions named by thresholds: they name nothing.
    categories = CategoryClassifier().fit(FeatureMatrix.of_words(words[:0]), [])
    if "category_curve" in arrays:
        categories = unpack(CategoryClassifier(), arrays, lengths, "category_")
    named = zip(noted.ids, noted.titles, strict=True)
    return TrainedModel(
        space,
        ranker,
        categories,
        FeatureMatrix.of_words(words, space.topics(words), noted.days),
        tuple(Paper(ArxivId(str(one)), str(title)) for one, title in named),
        manifest,
    )


def fingerprint(model: TrainedModel) -> str:
    """Return a short digest of everything that is written for a model."""
    manifest = replace(model.manifest, trained_on=None)
    text = f"{manifest} {model.space.key_}"
    return hashlib.sha256(model.to_bytes(space=False) + text.encode("utf-8", "replace")).hexdigest()[:8]
