"""A trained model: scores papers with a probability, the reader's categories and the reasons."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import sparse

from triage.errors import ModelError
from triage.papers import ArxivId, Explanation, Paper, ScoredPaper
from triage.ranker.authors import NAMES, names_of, nobody
from triage.ranker.calibration import Calibrator
from triage.ranker.categories import Categories
from triage.ranker.explain import Explainer, nearest
from triage.ranker.features import COLUMNS, FeatureCache, count_papers
from triage.ranker.form import READ_AS, TRAITS, form_of
from triage.ranker.manifest import Manifest
from triage.ranker.relevance import Relevance
from triage.ranker.space import Placed, Space

_LARGEST = 400_000_000
"""No honest model unpacks to more bytes than this."""

_KINDS = {
    "columns": "i",
    "idf": "f",
    "basis": "f",
    "words": "f",
    "topics": "f",
    "form": "f",
    "usual_form": "f",
    "names": "f",
    "scale": "f",
    "others_words": "f",
    "others_topics": "f",
    "others_form": "f",
    "others_names": "f",
    "noted_values": "f",
    "noted_columns": "i",
    "noted_ends": "i",
    "noted_days": "i",
    "noted_ids": "U",
    "noted_titles": "U",
    "category_names": "U",
    "category_members": "f",
    "category_thresholds": "f",
}


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What was learned, ready to score; needs neither the notes nor the background any more."""

    space: Space
    relevance: Relevance
    calibrator: Calibrator
    categories: Categories
    noted: Placed = field(repr=False)
    """The relevant papers."""
    noted_names: tuple[tuple[str, str], ...] = field(repr=False)
    """Id and title of each."""
    manifest: Manifest
    others: Relevance | None = field(default=None, repr=False)
    """The part of the relevance that is other people's taste; None when that is not known."""
    step: float = 0.0
    """By how much a paper scores higher when others had picked it before it was announced."""
    notice: str = ""
    """Set when this is not the model that was asked for, and why."""

    def score(
        self,
        papers: Sequence[Paper],
        *,
        cache: FeatureCache | None = None,
        explain: bool = True,
        picked_by_others: Collection[ArxivId] = (),
    ) -> list[ScoredPaper]:
        """Rank papers, best first; equals by id.

        Parameters
        ----------
        papers : sequence of Paper
        cache : FeatureCache, optional
            Spares reading papers that were read before.
        explain : bool
            Whether to say why; takes most of the time.
        picked_by_others : collection of ArxivId, optional
            Papers that others had picked before they were announced here.
        """
        placed = self.space.place(count_papers(papers, cache), form=form_of(papers), names=names_of(papers))
        picked = np.array([paper.id in picked_by_others for paper in papers], dtype=bool)
        # Sums of 32-bit numbers: without rounding, the same text twice would have two scores.
        scores = np.round(self.relevance.scores(placed) + self.step * picked, 5)
        probabilities = self.calibrator.probability(scores)
        categories = self.categories.assign(placed, self.noted)
        if explain:
            explainer = Explainer(self.space, self.relevance)
            near = nearest(placed.vectors, self.noted.vectors, list(self.noted_names))
            moved = self.step * picked + (self.others.scores(placed) if self.others else 0.0)
            reasons = [
                Explanation(explainer.words(paper), near[n], float(moved[n]), bool(picked[n]))
                for n, paper in enumerate(papers)
            ]
        else:
            reasons = [Explanation()] * len(papers)
        scored = [
            ScoredPaper(paper, float(scores[n]), float(probabilities[n]), categories[n], reasons[n])
            for n, paper in enumerate(papers)
        ]
        return sorted(scored, key=lambda one: (-one.score, one.paper.id))

    def to_bytes(self) -> bytes:
        """Return the arrays as an .npz; the same model gives the same bytes."""
        out = io.BytesIO()
        nothing = np.zeros(0, np.float32)
        others = self.others or Relevance(nothing, nothing, nothing, nothing, nothing, 0.0)
        np.savez_compressed(
            out,
            columns=self.space.columns,
            idf=self.space.idf,
            basis=self.space.basis.astype(np.float16),
            words=self.relevance.words,
            topics=self.relevance.topics,
            form=self.relevance.form,
            usual_form=self.relevance.usual_form,
            names=self.relevance.names,
            scale=np.array(
                [
                    self.relevance.offset,
                    self.calibrator.slope,
                    self.calibrator.offset,
                    others.offset,
                    self.step,
                ]
            ),
            others_words=others.words,
            others_topics=others.topics,
            others_form=others.form,
            others_names=others.names,
            noted_values=self.noted.vectors.data.astype(np.float32),
            noted_columns=self.noted.vectors.indices.astype(np.int32),
            noted_ends=self.noted.vectors.indptr.astype(np.int64),
            noted_days=self.noted.days,
            noted_ids=np.array([name for name, _ in self.noted_names], dtype=np.str_),
            noted_titles=np.array([title for _, title in self.noted_names], dtype=np.str_),
            category_names=np.array(self.categories.names, dtype=np.str_),
            category_members=self.categories.members,
            category_thresholds=self.categories.thresholds,
        )
        return out.getvalue()

    @staticmethod
    def from_bytes(data: bytes, manifest: Manifest) -> TrainedModel:
        """Read what :meth:`to_bytes` wrote; nothing in it can run.

        Raises
        ------
        ModelError
            If it is truncated, altered or something else.
        """
        if manifest.features_version != READ_AS:
            raise ModelError(
                f"the model reads papers as {manifest.features_version!r}, this program as {READ_AS!r}",
                remedy="Train a new one with 'triage retrain'.",
            )
        try:
            return _assemble(_arrays(data), manifest)
        except (
            ValueError,
            KeyError,
            OSError,
            EOFError,
            zipfile.BadZipFile,
            MemoryError,
            OverflowError,
            NotImplementedError,
            RuntimeError,
            IndexError,
            TypeError,
            SyntaxError,
            zipfile.LargeZipFile,
        ) as error:
            raise ModelError(
                f"the model's arrays can't be read: {type(error).__name__}: {error}",
                remedy="Train a new one with 'triage retrain'.",
            ) from error


def _arrays(data: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(data)) as members:
        if sum(member.file_size for member in members.infolist()) > _LARGEST:
            raise ValueError("it unpacks to more than a model can hold")
    with np.load(io.BytesIO(data), allow_pickle=False) as loaded:
        arrays = {name: loaded[name] for name in _KINDS}
    for name, kind in _KINDS.items():
        if not isinstance(arrays[name], np.ndarray) or arrays[name].dtype.kind != kind:
            raise ValueError(f"{name} is not an array of kind {kind!r}")
        if kind == "f" and not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} holds numbers that are not finite")
    return arrays


def _assemble(arrays: dict[str, Any], manifest: Manifest) -> TrainedModel:
    columns = arrays["columns"]
    known, noted, categories = len(columns), len(arrays["noted_ids"]), len(arrays["category_names"])
    has_others = arrays["others_words"].size > 0
    shapes = {
        "columns": (known,),
        "idf": (known,),
        "basis": (known, arrays["basis"].shape[-1]),
        "words": (known,),
        "topics": (arrays["basis"].shape[-1],),
        "form": (len(TRAITS),),
        "usual_form": (len(TRAITS),),
        "names": (NAMES,),
        "scale": (5,),
        "others_words": (known if has_others else 0,),
        "others_topics": (arrays["basis"].shape[-1] if has_others else 0,),
        "others_form": (len(TRAITS) if has_others else 0,),
        "others_names": (NAMES if has_others else 0,),
        "noted_columns": arrays["noted_values"].shape,
        "noted_ends": (noted + 1,),
        "noted_days": (noted,),
        "noted_ids": (noted,),
        "noted_titles": (noted,),
        "category_names": (categories,),
        "category_members": (noted, categories),
        "category_thresholds": (categories,),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has shape {arrays[name].shape}, not {shape}")
    if known and (columns[0] < 0 or columns[-1] >= COLUMNS or (np.diff(columns) <= 0).any()):
        raise ValueError("columns are not in order")
    vectors = sparse.csr_matrix(
        (arrays["noted_values"], arrays["noted_columns"], arrays["noted_ends"]), shape=(noted, known)
    )
    vectors.check_format(full_check=True)
    scale = arrays["scale"]
    space = Space(
        columns.astype(np.int32), arrays["idf"].astype(np.float32), arrays["basis"].astype(np.float32)
    )
    return TrainedModel(
        space=space,
        relevance=_relevance(arrays, "", scale[0]),
        calibrator=Calibrator(float(scale[1]), float(scale[2])),
        categories=Categories(
            tuple(str(name) for name in arrays["category_names"]),
            arrays["category_members"].astype(np.float32),
            arrays["category_thresholds"].astype(np.float32),
        ),
        noted=Placed(
            vectors,
            space.topics(vectors),
            arrays["noted_days"].astype(np.int64),
            np.full((noted, len(TRAITS)), np.nan, np.float32),
            nobody(noted),
        ),
        noted_names=tuple(
            (str(name), str(title))
            for name, title in zip(arrays["noted_ids"], arrays["noted_titles"], strict=True)
        ),
        manifest=manifest,
        others=_relevance(arrays, "others_", scale[3]) if has_others else None,
        step=float(scale[4]),
    )


def _relevance(arrays: Mapping[str, Any], prefix: str, offset: Any) -> Relevance:
    """The reader's own taste, or with the prefix ``others_`` other people's; what is usual is one for both."""
    return Relevance(
        arrays[f"{prefix}words"].astype(np.float32),
        arrays[f"{prefix}topics"].astype(np.float32),
        arrays[f"{prefix}form"].astype(np.float32),
        arrays["usual_form"].astype(np.float32),
        arrays[f"{prefix}names"].astype(np.float32),
        float(offset),
    )


def fingerprint(model: TrainedModel) -> str:
    """Return a short digest of everything that is written for a model."""
    manifest = replace(model.manifest, trained_on=None)
    return hashlib.sha256(model.to_bytes() + manifest.to_json().encode()).hexdigest()[:8]
