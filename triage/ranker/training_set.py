"""What a ranker learns from: labelled, unlabelled and community-picked papers, one entry a paper."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from triage.papers import ArxivId, Example, Paper, with_aliases
from triage.ranker.matrix import Days, Flags, Floats, Rows
from triage.ranker.relevance import NOT_RELEVANT, RELEVANT, UNLABELLED, Labels

TITLE_ONLY = 0.5
"""Weight of a noted paper whose abstract is unknown: a title's few words are long steps."""


@dataclass(frozen=True, slots=True)
class CommunityPicks:
    """What other people picked, one entry a paper."""

    picked: Flags
    picked_before: Flags
    """Before it was announced here."""
    candidate: Flags
    """Whether it was announced in the reader's own categories."""

    def __getitem__(self, rows: Rows) -> CommunityPicks:
        return CommunityPicks(self.picked[rows], self.picked_before[rows], self.candidate[rows])


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Positives, then unlabelled papers, then negatives."""

    papers: tuple[Paper, ...]
    positives: tuple[Example, ...]
    """The reader's own, then what they named to begin with; one a relevant paper, in the same order."""
    y: Labels
    """1 relevant, 0 not relevant, -1 unlabelled."""
    sample_weight: Floats
    """Below 1 for weak labels; 0 for papers that only other people picked."""
    known_on: Days
    """Ordinal of the day of the reader's label, 0 when unknown."""
    community: CommunityPicks

    @staticmethod
    def build(
        examples: Sequence[Example],
        background: Sequence[Paper],
        *,
        seeds: Sequence[Example] = (),
        community: Sequence[Example] = (),
        categories: Collection[str] = (),
    ) -> TrainingSet:
        """Put the papers together, each once; see :func:`triage.ranker.training.train`."""
        positives = [one for one in examples if one.relevant and one.weight > 0] + list(seeds)
        negatives = [one for one in examples if not one.relevant and one.weight > 0]
        labelled = {one.paper.id for one in (*examples, *seeds) if one.paper.id}
        unlabelled = [paper for paper in background if paper.id not in labelled]
        known = {paper.id for paper in unlabelled} | {one.paper.id for one in (*positives, *negatives)}
        picked = {one.paper.id: one.paper for one in community if one.relevant and one.paper.id not in known}
        papers = (
            *(one.paper for one in positives), *unlabelled, *picked.values(), *(one.paper for one in negatives)
        )  # fmt: skip
        sizes = (len(positives), len(unlabelled), len(picked), len(negatives))
        weights = np.repeat([1.0, 1.0, 0.0, 1.0], sizes)
        known_on = np.zeros(len(papers), dtype=np.int64)
        for row, one in enumerate(positives):
            weights[row] = one.weight * (1.0 if one.paper.abstract else TITLE_ONLY)
            known_on[row] = one.labelled_on.toordinal() if one.labelled_on else 0
        weights[len(papers) - len(negatives) :] = [one.weight for one in negatives]
        labels = np.array([RELEVANT, UNLABELLED, UNLABELLED, NOT_RELEVANT], dtype=np.int8)
        picks = _community_picks(papers, community, categories)
        return TrainingSet(papers, tuple(positives), np.repeat(labels, sizes), weights, known_on, picks)

    def count(self, label: int) -> int:
        """Return how many papers have a label (and a weight)."""
        return int(((self.y == label) & (self.sample_weight > 0)).sum())

    def as_known_by(self, earlier: Sequence[Example]) -> tuple[Labels, Floats]:
        """Return labels and weights as an earlier model knew them, of papers with a weight now.

        A negative that was none then was unlabelled.
        """
        held = {one.paper.id: one.relevant for one in earlier if one.paper.id}
        titles = {one.paper.title for one in earlier if not one.paper.id}
        y, weights = self.y.copy(), self.sample_weight.copy()
        for row, paper in enumerate(self.papers):
            if y[row] == RELEVANT and held.get(paper.id) is not True and paper.title not in titles:
                weights[row] = 0.0
            if y[row] == NOT_RELEVANT and held.get(paper.id) is not False:
                y[row], weights[row] = UNLABELLED, 1.0
        kept = self.sample_weight > 0
        return y[kept], weights[kept]


def _community_picks(
    papers: Sequence[Paper], community: Sequence[Example], categories: Collection[str]
) -> CommunityPicks:
    picked_on: dict[ArxivId, date] = {}
    own = with_aliases(categories)
    for one in community:
        if one.relevant and one.paper.id:
            day = one.labelled_on or date.max
            picked_on[one.paper.id] = min(day, picked_on.get(one.paper.id, day))
    rows = [
        (
            paper.id in picked_on,
            paper.announced is not None and picked_on.get(paper.id, date.max) < paper.announced,
            paper.announced is not None and (not own or paper.primary_category in own),
        )
        for paper in papers
    ]
    return CommunityPicks(*np.array(rows, dtype=bool).reshape(-1, 3).T)
