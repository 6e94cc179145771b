"""A label at once: the day ranked anew while the reader looks at it, long before the next training.

What the model in use says is moved by what a label changes: relevance is learned twice from the same papers,
without and with the new labels, and the difference is added.  Words, topics, the calibration and the share of
other people's picks stay the model's.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from triage.context import Context
from triage.papers import ArxivId, Paper
from triage.store.labels import CurrentLabel
from triage.training.background import background_papers
from triage.training.examples import examples_from
from triage.training.models import trained_on

if TYPE_CHECKING:
    from triage.ranker.relevance import LinearScore


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a candidate stands, without and with the labels that the model has not learned from."""

    paper: Paper
    before: int
    after: int
    probability: float
    words: tuple[str, ...]
    """Of its own text, what moved it most; only of those that moved far."""


class Relabelling:
    """A model in memory, with the papers that it learned from and the candidates of a day."""

    def __init__(self, context: Context, version: str, candidates: Sequence[Paper]) -> None:
        """Read everything that a label needs; takes seconds.

        Raises ModelError if the model can't be read.
        """
        from triage.ranker.matrix import PaperVectorizer
        from triage.ranker.training_set import TrainingSet

        self.model = context.registry.load(version)
        self._candidates = list(candidates)
        with context.store.reading() as tx:
            origin = trained_on(tx, context.registry, version)
            self._labels = tx.labels.current_labels(until=origin.labels if origin else None)
            papers = tx.papers.get(self._labels)
            until = origin.background_until if origin else None
            background = background_papers(tx, context.config, until and until + timedelta(days=1))
        known = {one.id for one in self._candidates}
        examples = [
            one for one in examples_from(self._labels, papers, {}, (), ()) if one.paper.id not in known
        ]
        data = TrainingSet.build(examples, [one for one in background if one.id not in known])
        rows = [*self._candidates, *data.papers]
        self._row = {paper.id: row for row, paper in enumerate(rows) if paper.id}
        counts = PaperVectorizer(context.feature_cache()).transform(rows)
        self._X = self.model.space.transform(counts)
        self._data = data
        self._without = self._fit(self._labels)

    def ranked(self, labels: Mapping[ArxivId, CurrentLabel], *, explained: int = 5) -> list[Moved]:
        """Return the candidates, best first, as labels that are newer than the model rank them.

        The words are named of those ``explained`` that moved up farthest.
        """
        import numpy as np

        size = len(self._candidates)
        moved = self._fit(labels) + self._without.scaled(-1.0, self._without.usual_metadata)
        base = self.model.ranker.decision_function(self._X[:size])
        scores = np.round(base + moved.decision_function(self._X[:size]), 5)
        probabilities = self.model.ranker.calibrator_.probability(scores)
        before, after = (self._ranks(some.tolist()) for some in (base, scores))
        climbed = sorted(range(size), key=lambda row: (after[row] - before[row], after[row]))[:explained]
        words = {row: self._words(row, moved) for row in climbed if after[row] < before[row]}
        return [
            Moved(
                self._candidates[row], before[row], after[row], float(probabilities[row]), words.get(row, ())
            )
            for row in sorted(range(size), key=after.__getitem__)
        ]

    def _ranks(self, scores: Sequence[float]) -> list[int]:
        order = sorted(range(len(scores)), key=lambda row: (-scores[row], self._candidates[row].id))
        ranks = [0] * len(scores)
        for rank, row in enumerate(order, start=1):
            ranks[row] = rank
        return ranks

    def _fit(self, labels: Mapping[ArxivId, CurrentLabel]) -> LinearScore:
        """Learn relevance from the same papers; candidates count only where they are labelled."""
        import numpy as np
        from sklearn.base import clone

        from triage.ranker.numbers import one_thread
        from triage.ranker.relevance import NOT_RELEVANT, RELEVANT, UNLABELLED, LinearScore

        size = len(self._candidates)
        y = np.concatenate([np.full(size, UNLABELLED, np.int8), self._data.y])
        weights = np.concatenate([np.zeros(size), self._data.sample_weight])
        for paper, label in labels.items():
            row = self._row.get(paper)
            if row is not None and label.relevant is not None:
                y[row] = RELEVANT if label.relevant else NOT_RELEVANT
                weights[row] = weights[row] or 1.0
        if not ((y == RELEVANT) & (weights > 0)).any():
            return LinearScore.zero(self._X)
        relevance = clone(self.model.ranker.relevance)
        fitted: LinearScore = one_thread(relevance.fit)(self._X, y, weights).coef_
        return fitted

    def _words(self, row: int, moved: LinearScore) -> tuple[str, ...]:
        from triage.ranker.explain import Explainer

        model = self.model
        ranker = copy.copy(model.ranker)
        ranker.coef_ = moved
        explainer = Explainer(model.space, ranker, model.noted, model.noted_papers)
        found = explainer.contributions(self._candidates[row], self._X.words[[row]])
        return tuple(one.term for one in found if one.value > 0)[:3]
