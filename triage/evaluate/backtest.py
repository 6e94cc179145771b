"""Would it have found them?  Walks past announcement days with the knowledge of each day.

A day's candidates are scored with what was known before it: papers announced on earlier days and
picks made on earlier days.  Words, document frequencies and topics are learned anew at the first
announcement of a month from the papers before it, and when these have doubled; the ranker is learned anew for every day; its
probabilities whenever the picks have grown by a quarter.  The ranker is the daily run's own
(:mod:`triage.ranker.pipeline`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from triage.errors import ModelError
from triage.papers import ArxivId, Explanation, Paper, with_aliases
from triage.ranker.calibration import learned_prior
from triage.ranker.explain import Explainer
from triage.ranker.features import FeatureCache
from triage.ranker.matrix import Days, FeatureMatrix, Flags, Floats
from triage.ranker.pipeline import Ranker, make_ranker
from triage.ranker.relevance import NOT_RELEVANT, RELEVANT, UNLABELLED
from triage.ranker.space import RECENT, FeatureSpace
from triage.ranker.training_set import CommunityPicks
from triage.training.background import BACKGROUND

NEVER = date.max.toordinal()
"""The day of what has not happened."""
_MONTH = 31


@dataclass(frozen=True, slots=True)
class ScoredDay:
    """One day's candidates with the scores they would have got."""

    day: date
    papers: tuple[Paper, ...]
    scores: Floats
    probabilities: Floats
    picked: Flags
    explanations: Mapping[ArxivId, Explanation] = field(default_factory=dict)
    """Of the papers for which they were wanted."""


@dataclass(frozen=True, slots=True)
class _Archive:
    """Papers in the order of their announcement, and the days of labels."""

    papers: list[Paper]
    X: FeatureMatrix
    candidate: Flags
    """Whether the primary category is one of the reader's."""
    picked_on: Days
    negative_on: Days
    community_on: Days

    @property
    def labelled(self) -> Flags:
        """Whether anybody ever labels them."""
        return np.minimum(np.minimum(self.picked_on, self.negative_on), self.community_on) < NEVER

    def take(self, rows: NDArray[np.intp], space: FeatureSpace) -> _Archive:
        """Return some of the papers, with their features in a space."""
        labels = (days[rows] for days in (self.picked_on, self.negative_on, self.community_on))
        papers = [self.papers[row] for row in rows]
        return _Archive(papers, space.transform(self.X[rows]), self.candidate[rows], *labels)


def backtest(
    papers: Collection[Paper],
    picks: Mapping[ArxivId, date],
    *,
    categories: Collection[str],
    first: date,
    last: date,
    community: Mapping[ArxivId, date] | None = None,
    negatives: Mapping[ArxivId, date] | None = None,
    explain: Callable[[ScoredDay], Collection[ArxivId]] = lambda _: (),
    cache: FeatureCache | None = None,
    random_state: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[ScoredDay]:
    """Score every announcement day from ``first`` to ``last``; yields those with a candidate, in order.

    Parameters
    ----------
    papers
        A listing with its days; papers without one are left out, those before ``first`` are unlabelled.
    picks, community, negatives
        The reader's picks, other people's, and what the reader marked as not relevant, with the days;
        known from the day after.
    categories
        A day's candidates are the papers whose primary category is one of these.
    explain
        From a scored day to those of its papers whose scores are to be explained.

    Raises
    ------
    ModelError
        If the listing has no candidate in the window.
    """
    counts, space, ranker = make_ranker(random_state=random_state, cache=cache).named_steps.values()
    known = _first_announcements(papers, last)
    candidate = np.array([paper.primary_category in with_aliases(categories) for paper in known], dtype=bool)
    labels = (_days_of(known, of or {}) for of in (picks, negatives, community))
    archive = _Archive(known, counts.transform(known), candidate, *labels)
    announced = archive.X.days
    days = np.unique(announced[candidate & (announced >= first.toordinal())])
    if not len(days):
        raise ModelError(
            f"the listing has no paper of {', '.join(sorted(categories))} from {first} to {last}",
            remedy="Check --category (a primary category such as cs.CL), --from and --to.",
        )
    month, fitted = "", 0
    for day in days.tolist():
        past = np.flatnonzero(announced < day)[-RECENT:]
        before, month = month, f"{date.fromordinal(day):%Y-%m}"
        if is_new := month != before:
            progress(month)
        # The first days of an archive teach few words.
        if is_new or len(past) > 2 * fitted:
            space.fit(archive.X[past])
            fitted = len(past)
            end = int(np.searchsorted(announced, day + _MONTH, side="right"))
            in_space = archive.take(np.flatnonzero((candidate | archive.labelled)[:end]), space)
            ranker.set_params(warm_start=False)
        yield _score_day(in_space, day, space, ranker, explain)
        ranker.set_params(warm_start=True)


def _first_announcements(papers: Collection[Paper], last: date) -> list[Paper]:
    dated = [paper for paper in papers if paper.announced is not None and paper.announced <= last]
    kept: dict[ArxivId, Paper] = {}
    for paper in sorted(dated, key=lambda paper: (paper.announced, paper.id)):
        kept.setdefault(paper.id, paper)
    return list(kept.values())


def _days_of(papers: Sequence[Paper], labels: Mapping[ArxivId, date]) -> Days:
    return np.array([labels[one.id].toordinal() if one.id in labels else NEVER for one in papers], np.int64)


def _score_day(
    known: _Archive,
    day: int,
    space: FeatureSpace,
    ranker: Ranker,
    explain: Callable[[ScoredDay], Collection[ArxivId]],
) -> ScoredDay:
    """Learn from what was known before a day, and score its candidates."""
    announced = known.X.days
    past = announced < day
    picked = past & (known.picked_on < day)
    negatives = past & (known.negative_on < day) & ~picked
    unlabelled = past & ~picked & ~negatives
    month = date.fromordinal(day).replace(day=1).toordinal()
    unlabelled[np.flatnonzero(unlabelled & known.candidate & (announced < month))[:-BACKGROUND]] = False
    rows = np.concatenate([np.flatnonzero(side) for side in (picked, unlabelled, negatives)])
    y = np.where(picked, RELEVANT, np.where(negatives, NOT_RELEVANT, UNLABELLED)).astype(np.int8)
    # A paper that only other people picked teaches nothing of this reader.
    weights = (picked | negatives | known.candidate).astype(np.float64)
    by_others = known.community_on < day
    community = CommunityPicks(by_others, by_others & (known.community_on < announced), known.candidate)
    ranker.set_params(prior=learned_prior(announced, past & known.candidate, picked))
    ranker.fit(known.X[rows], y[rows], weights[rows], community=community[rows])
    today = np.flatnonzero((announced == day) & known.candidate)
    X, picked_before = known.X[today], by_others[today]
    papers = tuple(known.papers[row] for row in today)
    scores = ranker.decision_function(X, picked_before)
    probabilities = ranker.calibrator_.probability(scores)
    scored = ScoredDay(date.fromordinal(day), papers, scores, probabilities, known.picked_on[today] < NEVER)
    wanted = set(explain(scored))
    if not wanted:
        return scored
    places = np.array([n for n, paper in enumerate(papers) if paper.id in wanted])
    noted = np.flatnonzero(picked)
    explainer = Explainer(space, ranker, known.X[noted], [known.papers[row] for row in noted])
    chosen = [papers[n] for n in places]
    found = explainer.explain(chosen, X[places], picked_before[places])
    return replace(scored, explanations={paper.id: one for paper, one in zip(chosen, found, strict=True)})
