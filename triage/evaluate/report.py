"""The report of a backtest of the reader's own past: what it would have shown, what missed, and explanation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from triage.digest.escape import inline, link
from triage.evaluate.own_past import Past
from triage.papers import ArxivId, Explanation, Paper
from triage.ranker.metrics import SMALLEST_DAY
from triage.text.templates import templates_of

if TYPE_CHECKING:
    from triage.evaluate.backtest import ScoredDay
    from triage.evaluate.measures import Measured

WORST = 10
"""At most so many misses are explained."""
FIRST_FEW = 10
_COLUMNS = {
    "auc": "AUC",
    "ndcg": "nDCG",
    "average_precision": "average precision",
    "recall_3": "recall at 3",
    "recall_10": "at 10",
    "recall_tenth": "at 10 %",
    "precision_3": "precision at 3",
}


@dataclass(frozen=True, slots=True)
class RankedPick:
    """Where a paper that the reader picked stood on its day."""

    day: date
    paper: Paper
    rank: int
    """From 1; among equal scores the last."""
    of: int
    """Candidates of the day."""
    probability: float


def rank_picks(days: Sequence[ScoredDay]) -> list[RankedPick]:
    """Return where each pick stood among the candidates of its day, in order of days."""
    found = []
    for day in days:
        for place in np.flatnonzero(day.picked).tolist():
            rank = int((day.scores >= day.scores[place]).sum())
            found.append(
                RankedPick(day.day, day.papers[place], rank, len(day.papers), float(day.probabilities[place]))
            )
    return found


def missed_picks(day: ScoredDay, budget: int) -> list[ArxivId]:
    """Return the picks of a day that no digest would have shown."""
    return [pick.paper.id for pick in rank_picks([day]) if pick.rank > budget]


def worst_misses(ranked: Sequence[RankedPick], budget: int, *, most: int = WORST) -> list[RankedPick]:
    """Return the picks that stood furthest down their day, of those that no digest would have shown."""
    missed = [pick for pick in ranked if pick.rank > budget]
    return sorted(missed, key=lambda pick: (-pick.rank / pick.of, -pick.rank, pick.paper.id))[:most]


def render_report(
    days: Sequence[ScoredDay],
    measured: Measured,
    past: Past,
    *,
    categories: Collection[str],
    budget: int,
    pictures: Sequence[tuple[str, str]],
) -> str:
    """Return the report as Markdown; ``pictures`` are files and what they show."""
    environment = templates_of("triage.evaluate")
    environment.filters["inline"] = inline
    explained = {paper: one for day in days for paper, one in day.explanations.items()}
    ranked = rank_picks(days)
    misses = [(pick, explained.get(pick.paper.id, Explanation())) for pick in worst_misses(ranked, budget)]
    return environment.get_template("report.md.j2").render(
        first=days[0].day,
        last=days[-1].day,
        categories=categories,
        budget=budget,
        negatives=len(past.negatives),
        undated=past.undated,
        pictures=pictures,
        measured=measured,
        ranks=[pick.rank for pick in ranked],
        first_few=FIRST_FEW,
        median_rank=f"{np.median([pick.rank for pick in ranked]):.0f}",
        median_of=f"{np.median([pick.of for pick in ranked]):.0f}",
        columns=_COLUMNS,
        smallest_day=SMALLEST_DAY,
        misses=misses,
        link=link,
        reason=reason_for_miss,
    )


def reason_for_miss(explanation: Explanation) -> str:
    """Return in a sentence why a pick was missed."""
    if not explanation.contributions and not explanation.nearest_notes:
        return "Nothing was known of your taste yet, or none of its words."
    if not explanation.nearest_notes:
        return "Nothing that you had picked until then shares more than a few words with it."
    if sum(word.value for word in explanation.contributions) <= 0:
        return "Its words speak more against it than for it, by what you had picked until then."
    return "Its words speak for it, but others of that day had more of them."
