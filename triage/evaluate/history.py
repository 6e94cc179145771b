"""The reader's own past walked again: would triage have found what they picked?"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage.clock import Clock
from triage.config.schema import Config
from triage.context import Context, open_context
from triage.errors import TriageError
from triage.evaluate.own_past import Mine, first_day, gather_mine
from triage.evaluate.plots import draw_pictures, require_matplotlib
from triage.evaluate.report import Account, rank_picks, render_report, worst_misses
from triage.papers import ArxivId
from triage.progress import Progress, silent
from triage.store.files import write_file

if TYPE_CHECKING:
    from triage.evaluate.backtest import ScoredDay
    from triage.evaluate.measures import Measured


@dataclass(frozen=True, slots=True)
class Past:
    """What came of looking back."""

    measured: Measured
    report: Path | None
    """None when none was wanted."""


def look_back(
    config: Config,
    *,
    categories: tuple[str, ...] = (),
    first: date | None = None,
    last: date | None = None,
    scores: Path | None = None,
    out: Path | None = None,
    clock: Clock | None = None,
    progress: Progress = silent,
) -> Past:
    """Score the reader's past days with what was known before each, and report.

    Nothing in the store or the notes is changed.

    Parameters
    ----------
    config : Config
    categories : tuple of str, optional
        Primary categories of the candidates; by default the reader's.
    first, last : date, optional
        The days to score; by default from the first day before which enough was known.
    scores : Path, optional
        Where to write all scores.
    out : Path, optional
        A folder for the report, ``report.md``, its pictures and the scores.

    Raises
    ------
    TriageError
        If there is nothing to look back on, or a report is wanted without matplotlib or among the notes.
    """
    from triage.evaluate.backtest import backtest
    from triage.evaluate.measures import measure
    from triage.ranker.features import FEATURES_VERSION

    categories = categories or tuple(config.categories)
    if out is not None:
        check_place(config, out)
        require_matplotlib()
    with open_context(config, clock=clock, progress=progress) as context:
        mine = gather_mine(config, context.store, context.clock.now(), last=last, progress=progress)
        begin = first or first_day(mine.papers, mine.picks, categories)
        end = last or max((one.announced for one in mine.papers if one.announced), default=begin)
        days = list(
            backtest(
                mine.papers,
                mine.picks,
                categories=categories,
                first=begin,
                last=end,
                community=mine.community or None,
                refused=mine.refused,
                cache=context.store.features(FEATURES_VERSION),
                progress=lambda month: progress(f"scoring {month}", 0, 0),
            )
        )
        measured = measure(days)
        if scores is not None:
            write_scores(scores, days)
        if out is None:
            return Past(measured, None)
        out.mkdir(parents=True, exist_ok=True)
        write_scores(out / "scores.jsonl", days)
        return Past(measured, _report(context, mine, days, measured=measured, categories=categories, out=out))


def check_place(config: Config, out: Path) -> None:
    """Refuse a folder whose report would be read as a note, so that misses would become picks.

    Raises
    ------
    TriageError
        If the folder is among the notes.
    """
    place = out.resolve()
    for notes in config.note_paths:
        if place.is_relative_to(notes.resolve()):
            raise TriageError(
                f"{out} is among your notes ({notes}): the report would be read as a note of yours.",
                remedy="Name a folder elsewhere with --out.",
            )


def _report(
    context: Context,
    mine: Mine,
    days: list[ScoredDay],
    *,
    measured: Measured,
    categories: tuple[str, ...],
    out: Path,
) -> Path:
    from triage.evaluate.backtest import explain_days
    from triage.ranker.features import FEATURES_VERSION

    budget = context.config.digest.budget
    ranked = rank_picks(days)
    wanted: dict[date, list[ArxivId]] = defaultdict(list)
    for miss in worst_misses(ranked, budget):
        wanted[miss.day].append(miss.paper.id)
    context.progress("explaining the worst misses", 0, 0)
    why = explain_days(
        mine.papers,
        mine.picks,
        wanted,
        categories=categories,
        first=days[0].day,
        last=days[-1].day,
        refused=mine.refused,
        cache=context.store.features(FEATURES_VERSION),
    )
    context.progress("drawing", 0, 0)
    pictures = draw_pictures(
        days, measured.calibration, ranked, categories=mine.categories, budget=budget, folder=out
    )
    account = Account(
        first=days[0].day,
        last=days[-1].day,
        categories=categories,
        budget=budget,
        measured=measured,
        ranked=tuple(ranked),
        why=why,
        refused=len(mine.refused),
        undated=mine.undated,
        pictures=tuple(pictures),
    )
    file = out / "report.md"
    write_file(file, render_report(account))
    return file


def write_scores(path: Path, days: list[ScoredDay]) -> None:
    """Write the scores of all candidates of all days as JSON Lines."""
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
