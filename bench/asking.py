#!/usr/bin/env python3
"""What do questions teach?  Past days again, with a reader who answers up to three a day.

Two kinds of reader, each with the notes made before the first day:

- one who finds what they pick by other means as well, so that every pick is known the day after, as in
  `triage backtest`: an answer adds only that a paper is not relevant;
- one who sees nothing but the digest: of each day triage learns only what is said of its three picks,
  and the answers.

Answers are true (relevant if and only if it is in the reader's picks) and known from the next day on.
The questions are `triage.ranker.active_learning`'s, drawn by chance from the day (the mean of several seeds), or
none.  Days with a pick are measured as in `triage backtest`.  With --notes, readers of the second kind
begin with so many of their earlier picks only, drawn by the same seeds.

Needs ../shared; prints a table (Markdown).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from bench.ranking import Reader, readers
from triage.listing.files import read_listing
from triage.papers import Paper
from triage.ranker.active_learning import MOST, near_border, unlike
from triage.ranker.matrix import FeatureMatrix
from triage.ranker.metrics import SMALLEST_DAY, DayMeasures, bootstrap, measure_day
from triage.ranker.pipeline import make_ranker
from triage.ranker.relevance import NOT_RELEVANT, RELEVANT, UNLABELLED, Relevance
from triage.ranker.space import RECENT

WANTED = ("A", "cs.CL 2024, seed 1", "cs.LG 2025, seed 4")
BUDGET = 3
SEEDS = 3
NEVER = date.max.toordinal()

Ask = Callable[[NDArray[np.float64], FeatureMatrix, NDArray[np.intp]], list[int]]
"""From the scores, the papers of a day and their order to the rows asked about."""


@dataclass
class Arm:
    """One way of asking, and what came of it."""

    name: str
    finds_all: bool
    ask: Ask
    seed: int = 0
    """By which the notes at the start are drawn, if not all are known."""
    known: dict[int, bool] = field(default_factory=dict)
    """Rows that were answered or marked, from the next day on."""
    days: list[DayMeasures] = field(default_factory=list)
    asked: int = 0
    found: int = 0
    """Questions answered with yes."""


def nothing(_scores: NDArray[np.float64], _today: FeatureMatrix, _order: NDArray[np.intp]) -> list[int]:
    """Ask nothing."""
    return []


def telling(scores: NDArray[np.float64], today: FeatureMatrix, order: NDArray[np.intp]) -> list[int]:
    """Ask as triage does."""
    near = near_border(scores[order], shown=BUDGET, most=MOST)
    return [int(order[near[place]]) for place in unlike(today.words[order[near]], MOST)] if near else []


def next_best(_scores: NDArray[np.float64], _today: FeatureMatrix, order: NDArray[np.intp]) -> list[int]:
    """Ask about the next best three, as a longer digest would show them."""
    return [int(row) for row in order[BUDGET : BUDGET + MOST]]


def by_chance(seed: int) -> Ask:
    """Ask about any papers that are not shown."""
    draw = np.random.default_rng(seed)

    def ask(_scores: NDArray[np.float64], _today: FeatureMatrix, order: NDArray[np.intp]) -> list[int]:
        left = order[BUDGET:]
        return [int(row) for row in draw.choice(left, min(MOST, len(left)), replace=False)]

    return ask


def arms(*, few: bool) -> list[Arm]:
    """All that is compared."""
    ways: list[tuple[str, Ask]] = [("none", nothing), ("triage", telling), ("next best", next_best)]
    if few:
        return [
            Arm(name, False, ask, seed)
            for seed in range(SEEDS)
            for name, ask in (*ways, ("by chance", by_chance(seed)))
        ]
    ways += [("by chance", by_chance(seed)) for seed in range(SEEDS)]
    return [Arm(name, finds_all, ask) for finds_all in (False, True) for name, ask in ways]


def walk(reader: Reader, papers: Sequence[Paper], notes: int | None) -> list[Arm]:
    """Walk the reader's days with every way of asking side by side: they share spaces, not labels."""
    picks = reader.picks(list(papers))
    firsts: dict[str, Paper] = {}
    for paper in sorted(papers, key=lambda one: (one.announced or date.max, one.id)):
        if paper.announced is not None and paper.announced <= reader.last:
            firsts.setdefault(paper.id, paper)
    pool = list(firsts.values())
    counts, space, ranker = make_ranker().named_steps.values()
    raw = counts.transform(pool)
    announced = np.array([one.announced.toordinal() for one in pool if one.announced], dtype=np.int64)
    candidate = np.array([one.primary_category in reader.categories for one in pool])
    picked_on = np.array([picks[one.id].toordinal() if one.id in picks else NEVER for one in pool])
    start = reader.first.toordinal()
    earlier = np.flatnonzero((picked_on < start) & (announced < start))
    compared, month, X, rows = arms(few=notes is not None), "", None, np.zeros(0, dtype=np.intp)
    for arm in compared:
        drawn = earlier if notes is None else np.random.default_rng(arm.seed).choice(earlier, notes, False)
        arm.known |= dict.fromkeys(map(int, drawn), True)
    for day in np.unique(announced[candidate & (announced >= start)]).tolist():
        if f"{date.fromordinal(day):%Y-%m}" != month:
            month = f"{date.fromordinal(day):%Y-%m}"
            print(f"{reader.name}: {month}", file=sys.stderr, flush=True)
            space.fit(raw[np.flatnonzero(announced < day)[-RECENT:]])
            end = int(np.searchsorted(announced, day + 31, side="right"))
            rows = np.flatnonzero((candidate | (picked_on < NEVER))[:end])
            X = space.transform(raw[rows])
        assert X is not None
        today = np.flatnonzero((announced[rows] == day) & candidate[rows])
        for arm in compared:
            _one_day(arm, ranker.relevance, day, today, rows, X, announced, candidate, picked_on)
    return compared


def _one_day(
    arm: Arm,
    relevance: Relevance,
    day: int,
    today: NDArray[np.intp],
    rows: NDArray[np.intp],
    X: FeatureMatrix,
    announced: NDArray[np.int64],
    candidate: NDArray[np.bool_],
    picked_on: NDArray[np.int64],
) -> None:
    past = announced[rows] < day
    noted = past & (picked_on[rows] < (day if arm.finds_all else 0))
    answers = np.array([arm.known.get(int(row), None) for row in rows], dtype=object)
    noted |= past & (answers == True)  # noqa: E712 -- elementwise; None is neither
    if not noted.any():
        return
    negatives = past & (answers == False) & ~noted  # noqa: E712
    known = np.flatnonzero(past & (candidate[rows] | noted | negatives))
    y = np.where(noted, RELEVANT, np.where(negatives, NOT_RELEVANT, UNLABELLED)).astype(np.int8)
    candidates = X[today]
    scores = relevance.fit(X[known], y[known]).decision_function(candidates)
    picked = picked_on[rows[today]] < NEVER
    if picked.any() and len(today) >= SMALLEST_DAY:
        arm.days.append(measure_day(scores, picked))
    order = np.argsort(-scores, kind="stable")
    asked = arm.ask(scores, candidates, order)
    arm.asked += len(asked)
    arm.found += int(picked[asked].sum())
    shown = [] if arm.finds_all else order[:BUDGET].tolist()
    for row in (*shown, *asked):
        arm.known[int(rows[today[row]])] = bool(picked[row])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", help="a reader's whole name; repeatable")
    parser.add_argument("--notes", type=int, help="notes at the start; by default all earlier picks")
    given = parser.parse_args()
    print("| reader | knows | questions | asked | of them relevant | AUC | nDCG | R@10 | R@10% |")
    print("|---|---|---|---|---|---|---|---|---|")
    for reader in readers():
        if reader.name not in (given.only or WANTED):
            continue
        if not reader.listing.exists():
            sys.exit("needs ../shared: skipped")
        papers = list(read_listing(reader.listing))
        done = walk(reader, papers, given.notes)
        for finds_all in sorted({arm.finds_all for arm in done}):
            for name in dict.fromkeys(arm.name for arm in done):
                same = [arm for arm in done if arm.name == name and arm.finds_all is finds_all]
                means = [{name: one.value for name, one in bootstrap(arm.days).items()} for arm in same]
                values = " | ".join(
                    f"{np.mean([one[key] for one in means]):.3f}"
                    for key in ("auc", "ndcg", "recall_10", "recall_tenth")
                )
                asked, found = (np.mean([getattr(arm, key) for arm in same]) for key in ("asked", "found"))
                knows = "all picks" if finds_all else f"the digest, {given.notes or 'all'} notes"
                print(
                    f"| {reader.name} | {knows} | {name} | {asked:.0f} | {found:.0f} | {values} |", flush=True
                )


if __name__ == "__main__":
    main()
