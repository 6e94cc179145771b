"""Past days walked again, the reader's own or those of files: would triage have found what was picked?"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from triage.clock import Clock
from triage.config.schema import Config
from triage.context import open_context
from triage.errors import TriageError
from triage.evaluate.own_past import Past, first_day, gather_own_past
from triage.evaluate.picks import read_picks
from triage.evaluate.plots import draw_pictures, require_matplotlib
from triage.evaluate.report import missed_picks, render_report
from triage.progress import Progress, silent
from triage.store.files import write_file

if TYPE_CHECKING:
    from triage.evaluate.backtest import ScoredDay
    from triage.evaluate.measures import Measured
    from triage.ranker.features import FeatureCache

PICKS_A_DAY = 3
"""Of a digest, when no configuration says it."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Which days are walked, and what is written of them."""

    categories: Collection[str] = ()
    """Primary categories of the candidates; by default the reader's."""
    first: date | None = None
    """By default the first day before which enough was known."""
    last: date | None = None
    scores: Path | None = None
    """A file for all scores."""
    out: Path | None = None
    """A folder for a report, its pictures and the scores."""


def walk_history(
    config: Config, walk: Walk, *, clock: Clock | None = None, progress: Progress = silent
) -> Measured:
    """Score the reader's past days with what was known before each; changes nothing in the store.

    Raises
    ------
    TriageError
        If there is no past to walk, or a report is wanted without matplotlib or among the notes, where it
        would be read as a note, so that misses became picks.
    """
    from triage.ranker.features import FEATURES_VERSION

    for notes in config.note_paths if walk.out else ():
        if walk.out and walk.out.resolve().is_relative_to(notes.resolve()):
            raise TriageError(
                f"{walk.out} is among your notes ({notes}): the report would be read as a note of yours.",
                remedy="Name a folder elsewhere with --out.",
            )
    walk = replace(walk, categories=walk.categories or config.categories)
    with open_context(config, clock=clock, progress=progress) as context:
        past = gather_own_past(config, context.store, context.clock, last=walk.last, progress=progress)
        cache = context.store.features(FEATURES_VERSION)
        return _walk(past, walk, budget=config.digest.budget, progress=progress, cache=cache)


def walk_files(
    listing: Path,
    picks: Path,
    community: Path | None,
    walk: Walk,
    *,
    warn: Callable[[str], None],
    progress: Progress = silent,
) -> Measured:
    """Score past days of a listing against a file of picks; ``warn`` gets a sentence a wrong line.

    Raises
    ------
    TriageError
        If a file can't be read, or there is nothing to score.
    """
    from triage.listing.files import read_listing

    picked, others = read_picks(picks, warn), read_picks(community, warn) if community else {}
    progress(f"reading {listing}", 0, 0)
    last = walk.last or date.max
    papers = tuple(one for one in read_listing(listing) if one.announced and one.announced <= last)
    past = Past(papers, picked, community=others)
    return _walk(past, walk, budget=PICKS_A_DAY, progress=progress)


def _walk(
    past: Past, walk: Walk, *, budget: int, progress: Progress, cache: FeatureCache | None = None
) -> Measured:
    from triage.evaluate.backtest import backtest
    from triage.evaluate.measures import measure

    out = walk.out
    if out is not None:
        require_matplotlib()
    first = walk.first or first_day(past.papers, past.picks, walk.categories)
    days = list(
        backtest(
            past.papers,
            past.picks,
            categories=walk.categories,
            first=first,
            last=walk.last or max((one.announced for one in past.papers if one.announced), default=first),
            community=past.community,
            negatives=past.negatives,
            explain=lambda day: missed_picks(day, budget) if out else (),
            cache=cache,
            progress=lambda month: progress(f"scoring {month}", 0, 0),
        )
    )
    if walk.scores is not None:
        _write_scores(walk.scores, days)
    measured = measure(days)
    if out is not None:
        progress("drawing", 0, 0)
        out.mkdir(parents=True, exist_ok=True)
        _write_scores(out / "scores.jsonl", days)
        pictures = draw_pictures(days, measured.calibration, past.categories, budget=budget, folder=out)
        text = render_report(
            days, measured, past, categories=walk.categories, budget=budget, pictures=pictures
        )
        write_file(out / "report.md", text)
    return measured


def _write_scores(path: Path, days: Iterable[ScoredDay]) -> None:
    """Write the scores of all candidates of all days as JSON Lines."""
    with path.open("w", encoding="utf-8") as stream:
        for day in days:
            for paper, score, probability in zip(day.papers, day.scores, day.probabilities, strict=True):
                record = {"date": day.day.isoformat(), "id": paper.id, "score": float(score)}
                stream.write(json.dumps(record | {"probability": float(probability)}) + "\n")
