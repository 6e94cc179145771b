"""The report of a backtest of the reader's own past: what it would have shown, what missed, and explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from triage.digest.escape import inline, link
from triage.papers import ArxivId, Explanation, Paper
from triage.ranker.metrics import SMALLEST_DAY

if TYPE_CHECKING:
    from triage.evaluate.backtest import ScoredDay
    from triage.evaluate.measures import Measured, Scope

WORST = 10
"""So many misses are explained."""
FIRST_FEW = 10


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


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says."""

    first: date
    last: date
    categories: tuple[str, ...]
    budget: int
    measured: Measured
    ranked: tuple[RankedPick, ...]
    explanations: Mapping[ArxivId, Explanation]
    """Of the misses."""
    refused: int
    undated: int
    pictures: tuple[tuple[str, str], ...]
    """File and what it shows."""


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


def render_report(report: Report) -> str:
    """Return the report as Markdown."""
    ranked, budget = report.ranked, report.budget
    shown = sum(pick.rank <= budget for pick in ranked)
    few = sum(pick.rank <= FIRST_FEW for pick in ranked)
    lines = [
        "# Would it have found them?",
        "",
        f"Announcements of {', '.join(report.categories)} from {report.first} to {report.last}, each ranked "
        "with what was known before it: papers announced and labels given on earlier days.",
        "",
        f"Of {len(ranked)} papers that you picked, {shown} stood among the first {budget} of their day "
        f"(a digest's picks) and {few} among the first {FIRST_FEW}; the median rank is "
        f"{_median(ranked)}.",
    ]
    if report.refused:
        lines += ["", f"{report.refused} papers that you said are not relevant were learned from as well."]
    if report.undated:
        lines += [
            "",
            f"{report.undated} relevant papers are left out: their listing day is unknown.",
        ]
    lines += ["", "## Measures", "", *_measures(report.measured)]
    for file, shows in report.pictures:
        lines += ["", f"## {shows}", "", f"![{shows}]({file})"]
    lines += ["", "## The worst misses, and why", ""]
    worst = worst_misses(ranked, budget)
    if not worst:
        lines.append("None: every pick would have been in a digest.")
    for pick in worst:
        lines += _miss(pick, report.explanations.get(pick.paper.id, Explanation()))
    return "\n".join(lines) + "\n"


def _median(ranked: Sequence[RankedPick]) -> str:
    return f"{np.median([pick.rank for pick in ranked]):.0f} of {np.median([pick.of for pick in ranked]):.0f}"


def _measures(measured: Measured) -> list[str]:
    names = (
        ("AUC", "auc"),
        ("nDCG", "ndcg"),
        ("average precision", "average_precision"),
        ("recall at 3", "recall_3"),
        ("at 10", "recall_10"),
        ("at 10 %", "recall_tenth"),
        ("precision at 3", "precision_3"),
    )
    lines = [
        "| days with a pick | days | picks | " + " | ".join(title for title, _ in names) + " |",
        "|---" * (3 + len(names)) + "|",
    ]
    for scope in measured.scopes:
        values = " | ".join(_value(scope, key) for _, key in names)
        lines.append(f"| {inline(scope.name)} | {scope.days} | {scope.picks} | {values} |")
    return [
        *lines,
        "",
        f"In brackets: 95 % of resampled days. Days with fewer than {SMALLEST_DAY} candidates are not measured. "
        f"Brier score {measured.brier:.4f} (always saying the share of "
        f"picks: {measured.brier_of_rate:.4f}), calibration error {measured.calibration_error:.4f}.",
    ]


def _value(scope: Scope, key: str) -> str:
    interval = scope.measures[key]
    edges = f" ({interval.low:.2f} to {interval.high:.2f})" if scope.kind == "all" else ""
    return f"{interval.value:.3f}{edges}"


def _miss(pick: RankedPick, explanation: Explanation) -> list[str]:
    lines = [
        f"### {link(pick.paper.title, pick.paper.abs_url)}",
        "",
        f"Rank {pick.rank} of {pick.of} on {pick.day}, probability {pick.probability:.1%}. {reason_for_miss(explanation)}",
        "",
    ]
    for sign, said in ((1, "Spoke for it"), (-1, "Spoke against it")):
        words = [
            f"{inline(word.term)} ({word.value:+.2f})"
            for word in explanation.contributions
            if sign * word.value > 0
        ]
        if words:
            lines.append(f"- {said}: {', '.join(words)}")
    near = [
        f"{link(one.title, f'https://arxiv.org/abs/{one.id}')} ({one.similarity:.2f})"
        for one in explanation.nearest_notes
    ]
    if near:
        lines.append(f"- Nearest of what you had picked: {'; '.join(near)}")
    return [*lines, ""]


def reason_for_miss(explanation: Explanation) -> str:
    """Return in a sentence why a pick was missed."""
    if not explanation.contributions and not explanation.nearest_notes:
        return "Nothing was known of your taste yet, or none of its words."
    if not explanation.nearest_notes:
        return "Nothing that you had picked until then shares more than a few words with it."
    if sum(word.value for word in explanation.contributions) <= 0:
        return "Its words speak more against it than for it, by what you had picked until then."
    return "Its words speak for it, but others of that day had more of them."
