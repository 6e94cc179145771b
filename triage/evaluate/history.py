"""The reader's own past walked again: would triage have found what they picked?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage.clock import Clock
from triage.config.schema import Config
from triage.context import open_context
from triage.errors import TriageError
from triage.evaluate.own_past import OwnPast, first_day, gather_own_past
from triage.evaluate.plots import draw_pictures, require_matplotlib
from triage.evaluate.report import Report, missed_picks, rank_picks, render_report
from triage.progress import Progress, silent
from triage.store.files import write_file

if TYPE_CHECKING:
    from triage.evaluate.backtest import ScoredDay
    from triage.evaluate.measures import Measured


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """The measures, and the report's file if one was wanted."""

    measured: Measured
    report: Path | None
    picks: int
    in_first_ten: int
    """Of those, how many were among the first ten of their day."""


def walk_history(
    config: Config,
    *,
    categories: tuple[str, ...] = (),
    first: date | None = None,
    last: date | None = None,
    scores: Path | None = None,
    out: Path | None = None,
    clock: Clock | None = None,
    progress: Progress = silent,
) -> HistoryReport:
    """Score the reader's past days with what was known before each, and report; changes nothing.

    Parameters
    ----------
    categories : tuple of str
        Primary categories of the candidates; by default the reader's.
    first, last : date, optional
        The days to score; by default from the first day before which enough was known.
    scores, out : Path, optional
        A file for all scores, and a folder for the report, its pictures and the scores.

    Raises
    ------
    TriageError
        If there is no past to walk, or a report is wanted without matplotlib or among the notes.
    """
    from triage.evaluate.backtest import backtest
    from triage.evaluate.measures import measure
    from triage.ranker.features import FEATURES_VERSION

    categories, budget = categories or tuple(config.categories), config.digest.budget
    if out is not None:
        check_place(config, out)
        require_matplotlib()
    with open_context(config, clock=clock, progress=progress) as context:
        past = gather_own_past(config, context.store, context.clock, last=last, progress=progress)
        begin = first or first_day(past.papers, past.picks, categories)
        days = list(
            backtest(
                past.papers,
                past.picks,
                categories=categories,
                first=begin,
                last=last or max((one.announced for one in past.papers if one.announced), default=begin),
                community=past.community,
                negatives=past.negatives,
                explain=lambda day: missed_picks(day, budget) if out else (),
                cache=context.store.features(FEATURES_VERSION),
                progress=lambda month: progress(f"scoring {month}", 0, 0),
            )
        )
    measured = measure(days)
    if scores is not None:
        write_scores(scores, days)
    report = None
    if out is not None:
        progress("drawing", 0, 0)
        report = _write_report(out, days, measured, past, categories=categories, budget=budget)
    ranked = rank_picks(days)
    return HistoryReport(measured, report, len(ranked), sum(one.rank <= 10 for one in ranked))


def check_place(config: Config, out: Path) -> None:
    """Refuse a folder whose report would be read as a note, so that misses would become picks."""
    place = out.resolve()
    for notes in config.note_paths:
        if place.is_relative_to(notes.resolve()):
            raise TriageError(
                f"{out} is among your notes ({notes}): the report would be read as a note of yours.",
                remedy="Name a folder elsewhere with --out.",
            )


def _write_report(
    out: Path,
    days: Sequence[ScoredDay],
    measured: Measured,
    past: OwnPast,
    *,
    categories: tuple[str, ...],
    budget: int,
) -> Path:
    ranked = rank_picks(days)
    out.mkdir(parents=True, exist_ok=True)
    write_scores(out / "scores.jsonl", days)
    pictures = draw_pictures(
        days, measured.calibration, ranked, categories=past.categories, budget=budget, folder=out
    )
    report = Report(
        first=days[0].day,
        last=days[-1].day,
        categories=categories,
        budget=budget,
        measured=measured,
        ranked=tuple(ranked),
        explanations={paper: one for day in days for paper, one in day.explanations.items()},
        negatives=len(past.negatives),
        undated=past.undated,
        pictures=tuple(pictures),
    )
    file = out / "report.md"
    write_file(file, render_report(report))
    return file


def write_scores(path: Path, days: Iterable[ScoredDay]) -> None:
    """Write the scores of all candidates of all days as JSON Lines, each day as it comes."""
    with path.open("w", encoding="utf-8") as stream:
        for day in days:
            stream.writelines(json.dumps(record) + "\n" for record in score_records(day))


def score_records(day: ScoredDay) -> Iterator[Mapping[str, Any]]:
    """Return a day's scores as benchmarks read them."""
    for paper, score, probability in zip(day.papers, day.scores, day.probabilities, strict=True):
        yield {
            "date": day.day.isoformat(),
            "id": paper.id,
            "score": float(score),
            "probability": float(probability),
        }
