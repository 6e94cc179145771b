"""Would it have found them?  Walks past announcement days with the knowledge of each day.

A day's candidates are scored with what was known before it: papers announced on earlier days and
picks made on earlier days.  Words, document frequencies and topics are learned anew at the first
announcement of a month from the papers before it; the ranker is learned anew for every day; its
probabilities whenever the picks have grown by a quarter.  The ranker is the daily run's own
(:mod:`triage.ranker.tuning`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from triage.errors import ModelError
from triage.papers import ArxivId, Explanation, Paper
from triage.ranker.authors import names_of
from triage.ranker.calibration import NEVER, USUAL_RATE, lift_of_others
from triage.ranker.explain import Explainer, nearest
from triage.ranker.features import FeatureCache, count_papers
from triage.ranker.form import form_of
from triage.ranker.relevance import Evidence, Relevance, fit_relevance, gather
from triage.ranker.space import RECENT, Placed, learn_space
from triage.ranker.tuning import FEWEST_COMMUNITY, Tuning, cross_validate, tune

Floats = NDArray[np.float64]
Days = NDArray[np.int64]
Flags = NDArray[np.bool_]

_RATE_TRUST = 1_000
"""How many candidates it takes until the observed rate of picks counts as much as the usual one."""


@dataclass(frozen=True, slots=True)
class ScoredDay:
    """One day's candidates with the scores they would have got."""

    day: date
    papers: tuple[Paper, ...]
    scores: Floats
    probabilities: Floats
    picked: Flags


@dataclass(frozen=True, slots=True)
class _Pool:
    """All papers of the listing, in the order of their announcement."""

    papers: list[Paper]
    counts: sparse.csr_matrix
    form: NDArray[np.float32]
    names: sparse.csr_matrix
    announced: Days
    candidate: Flags
    """Whether its primary category is one of the reader's."""
    picked_on: Days
    community_on: Days
    refused_on: Days


def backtest(
    papers: Collection[Paper],
    picks: Mapping[ArxivId, date],
    *,
    categories: Collection[str],
    first: date,
    last: date,
    community: Mapping[ArxivId, date] | None = None,
    refused: Mapping[ArxivId, date] | None = None,
    cache: FeatureCache | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Iterator[ScoredDay]:
    """Score every announcement day from ``first`` to ``last``.

    Parameters
    ----------
    papers : collection of Paper
        A listing with its days; papers without one are left out.  What was announced before
        ``first`` is the unlabelled archive.
    picks : mapping of id to date
        What the reader picked and when; known from the day after.
    categories : collection of str
        A day's candidates are the papers whose primary category is one of these.
    community : mapping of id to date, optional
        What others picked and when; known from the day after.
    refused : mapping of id to date, optional
        What the reader said is not relevant and when; known from the day after.
    cache : FeatureCache, optional
        Spares reading papers that were read before.
    seed : int
        For the solvers and folds.
    progress : callable, optional
        Told the month that is being scored.

    Yields
    ------
    ScoredDay
        One for every day with a candidate, in order.

    Raises
    ------
    ModelError
        If the listing has no candidate in the window.
    """
    pool = _pool(papers, set(categories), last, cache, picks=picks, community=community, refused=refused)
    window = pool.candidate & (pool.announced >= first.toordinal())
    days = np.unique(pool.announced[window])
    if not len(days):
        raise ModelError(
            f"the listing has no paper of {', '.join(sorted(categories))} from {first} to {last}",
            remedy="Check --category (a primary category such as cs.CL), --from and --to.",
        )
    month = ""
    walker: _Walker | None = None
    for day in days.tolist():
        today = date.fromordinal(day)
        if walker is None or month != f"{today:%Y-%m}":
            month = f"{today:%Y-%m}"
            if progress is not None:
                progress(month)
            walker = _Walker(pool, day, seed)
        yield walker.score(day)


def explain_days(
    papers: Collection[Paper],
    picks: Mapping[ArxivId, date],
    wanted: Mapping[date, Collection[ArxivId]],
    *,
    categories: Collection[str],
    first: date,
    last: date,
    refused: Mapping[ArxivId, date] | None = None,
    cache: FeatureCache | None = None,
    seed: int = 0,
) -> dict[ArxivId, Explanation]:
    """Say why candidates of past days scored as they did, by what was known before each day.

    Parameters
    ----------
    papers, picks, categories, first, last, refused, cache, seed
        As for :func:`backtest`; the ranker is the same but for what others picked.
    wanted : mapping of date to collection of id
        Which candidates of which days.
    """
    pool = _pool(papers, set(categories), last, cache, picks=picks, refused=refused)
    scored = np.unique(pool.announced[pool.candidate & (pool.announced >= first.toordinal())]).tolist()
    begins = {f"{date.fromordinal(day):%Y-%m}": day for day in reversed(scored)}
    found: dict[ArxivId, Explanation] = {}
    month = ""
    walker: _Walker | None = None
    for day in sorted(wanted):
        if walker is None or month != f"{day:%Y-%m}":
            month = f"{day:%Y-%m}"
            walker = _Walker(pool, begins[month], seed)
        found |= walker.explain(day.toordinal(), wanted[day])
    return found


def _pool(
    papers: Collection[Paper],
    categories: set[str],
    last: date,
    cache: FeatureCache | None,
    *,
    picks: Mapping[ArxivId, date],
    community: Mapping[ArxivId, date] | None = None,
    refused: Mapping[ArxivId, date] | None = None,
) -> _Pool:
    """Keep the first announcement of every paper."""
    kept: dict[ArxivId, Paper] = {}
    for paper in sorted(
        (paper for paper in papers if paper.announced is not None and paper.announced <= last),
        key=lambda paper: (paper.announced, paper.id),
    ):
        kept.setdefault(paper.id, paper)
    pool = list(kept.values())

    def dates(of: Mapping[ArxivId, date]) -> Days:
        return np.array([of[p.id].toordinal() if p.id in of else NEVER for p in pool], dtype=np.int64)

    return _Pool(
        papers=pool,
        counts=count_papers(pool, cache),
        form=form_of(pool),
        names=names_of(pool),
        announced=np.array([p.announced.toordinal() if p.announced else 0 for p in pool], dtype=np.int64),
        candidate=np.array([p.primary_category in categories for p in pool], dtype=bool),
        picked_on=dates(picks),
        community_on=dates(community or {}),
        refused_on=dates(refused or {}),
    )


class _Walker:
    """Scores the days of one month in the space known at its beginning."""

    def __init__(self, pool: _Pool, day: int, seed: int) -> None:
        self._pool = pool
        self._seed = seed
        known = np.flatnonzero(pool.announced < day)[-RECENT:]
        space = self._space = learn_space(pool.counts[known], seed=seed)
        month_end = int(np.searchsorted(pool.announced, day + 31, side="right"))
        labelled = np.minimum(np.minimum(pool.picked_on, pool.community_on), pool.refused_on) < NEVER
        self._rows = np.flatnonzero((pool.candidate | labelled)[:month_end])
        self._placed: Placed = space.place(
            pool.counts[self._rows],
            pool.announced[self._rows],
            pool.form[self._rows],
            pool.names[self._rows],
        )
        self._announced = pool.announced[self._rows]
        self._candidate = pool.candidate[self._rows]
        self._picked_on = pool.picked_on[self._rows]
        self._community_on = pool.community_on[self._rows]
        self._refused_on = pool.refused_on[self._rows]
        self._tuning: Tuning | None = None
        self._tuned_with = 0

    def score(self, day: int) -> ScoredDay:
        today = np.flatnonzero((self._announced == day) & self._candidate)
        past = self._announced < day
        noted = past & (self._picked_on < day)
        picked = self._picked_on[today] < NEVER
        papers = tuple(self._pool.papers[row] for row in self._rows[today])
        candidates = self._placed.rows(today)
        community = self._community(day, past)
        scores = np.zeros(len(today))
        rate = self._rate(past & self._candidate, noted)
        probabilities = np.full(len(today), rate)
        if noted.any():
            evidence = self._own_evidence(day, noted, past)
            if self._tuning is None or noted.sum() >= 1.25 * self._tuned_with:
                self._tuning = tune(
                    evidence, cross_validate(evidence, seed=self._seed), rate=rate, community=community
                )
                self._tuned_with = int(noted.sum())
            ranker = fit_relevance(evidence, seed=self._seed)
            if community is not None:
                ranker = ranker.plus(community, self._tuning.community_share)
            scores = ranker.scores(candidates)
            known_picks = self._community_on[today] < day
            scores = scores + self._tuning.step(self._lift(past & self._candidate, noted)) * known_picks
            probabilities = self._tuning.calibrator.probability(scores)
        elif community is not None:
            scores = community.scores(candidates)
        return ScoredDay(date.fromordinal(day), papers, scores, probabilities, picked)

    def explain(self, day: int, wanted: Collection[ArxivId]) -> dict[ArxivId, Explanation]:
        """Say why candidates of a day scored as they did; nothing before the first pick."""
        past = self._announced < day
        noted = past & (self._picked_on < day)
        if not noted.any():
            return {}
        ranker = fit_relevance(self._own_evidence(day, noted, past), seed=self._seed)
        explainer = Explainer(self._space, ranker)
        papers = self._pool.papers
        names = [(papers[row].id, papers[row].title) for row in self._rows[noted]]
        today = [
            place
            for place in np.flatnonzero(self._announced == day).tolist()
            if papers[self._rows[place]].id in wanted
        ]
        vectors = self._placed.vectors
        near = nearest(vectors[today], vectors[np.flatnonzero(noted)], names)
        asked = [papers[self._rows[place]] for place in today]
        return {
            paper.id: Explanation(explainer.words(paper), nearby)
            for paper, nearby in zip(asked, near, strict=True)
        }

    def _own_evidence(self, day: int, noted: Flags, past: Flags) -> Evidence:
        """Return the reader's own word, and the unlabelled candidates."""
        refused = past & (self._refused_on < day) & ~noted
        unlabelled = past & ~noted & ~refused & self._candidate
        if not refused.any():
            return self._evidence(noted, unlabelled)
        parts = [self._placed.rows(np.flatnonzero(rows)) for rows in (noted, unlabelled, refused)]
        return gather(parts[0], np.ones(len(parts[0])), parts[1], parts[2], np.ones(len(parts[2])))

    def _evidence(self, noted: Flags, unlabelled: Flags) -> Evidence:
        return Evidence(
            self._placed.rows(np.flatnonzero(noted)),
            np.ones(int(noted.sum())),
            self._placed.rows(np.flatnonzero(unlabelled)),
            np.ones(int(unlabelled.sum())),
        )

    def _community(self, day: int, past: Flags) -> Relevance | None:
        theirs = past & (self._community_on < day)
        if theirs.sum() < FEWEST_COMMUNITY:
            return None
        others = past & ~theirs & self._candidate
        return fit_relevance(self._evidence(theirs, others), seed=self._seed)

    def _lift(self, candidates: Flags, noted: Flags) -> float:
        """What it says of a candidate that others had picked it before it was announced here."""
        relevant, rest = candidates & noted, candidates & ~noted
        return lift_of_others(
            self._announced[relevant],
            self._community_on[relevant],
            self._announced[rest],
            self._community_on[rest],
        )

    def _rate(self, candidates: Flags, noted: Flags) -> float:
        """Share of picks among candidates since the first pick, drawn to the usual one."""
        if not noted.any():
            return USUAL_RATE
        since = candidates & (self._announced >= self._announced[noted & candidates].min(initial=NEVER))
        return float(((noted & since).sum() + _RATE_TRUST * USUAL_RATE) / (since.sum() + _RATE_TRUST))
