#!/usr/bin/env python3
"""Old notes against recent papers: does a background of the notes' own days help?

Two readers whose notes are older than the papers to be ranked.  Reader A: picks of 2023-09 to 2024-01
as the notes, cs.CL of 2024-02 and 2024-03 as the days to come.  The community: 150 picks of 2024-01
to 2024-09, drawn three times, and cs.CL of 2025-07 to 2025-09 as the days to come.  Each learns from
3,000 cs.CL papers: recent ones alone (for reader A of 2025, as a newcomer with old notes has them),
the mixture that triage/training/background.py asks for, or none but the noted days'.  Means over the picks of
the days to come, and what the model says of itself.  Needs ../shared.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from triage.evaluate.picks import read_picks
from triage.listing.files import read_listing
from triage.papers import ArxivId, Example, Paper
from triage.ranker.metrics import SMALLEST_DAY, DayMeasures, measure_day
from triage.ranker.training import train
from triage.training.background import MOST_NOTED_DAYS, next_day

SHARED = Path(__file__).resolve().parents[2] / "shared"
WANTED = 3_000
NOTES = 150
DRAWS = 3

Papers = Sequence[Paper]


def main() -> None:
    """Print a Markdown table."""
    files = [SHARED / f"data/listings-{years}.jsonl.xz" for years in ("2023-2024", "2025-2026")]
    if not all(file.exists() for file in files):
        sys.exit("needs ../shared: skipped")
    papers = [
        one
        for file in files
        for one in read_listing(file)
        if one.announced and one.primary_category == "cs.CL"
    ]
    print(
        "| reader | background | papers | own AUC | on past days | real AUC | nDCG | median rank | in first 10 |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    picks = read_picks(SHARED / "data/picks-reader-a.tsv")
    notes = [one for one in papers if one.id in picks and picks[one.id] < date(2024, 2, 1)]
    recent = newest(papers, date(2025, 7, 1))
    judge("reader A", notes, papers, recent, days(papers, date(2024, 2, 1), date(2024, 3, 31)), picks)
    theirs = read_picks(SHARED / "data/picks-community.tsv")
    pool = [one for one in papers if one.id in theirs and between(one, date(2024, 1, 1), date(2024, 9, 30))]
    recent = newest(papers, date(2025, 7, 1))
    coming = days(papers, date(2025, 7, 1), date(2025, 9, 30))
    for draw in range(DRAWS):
        notes = random.Random(draw).sample(pool, min(NOTES, len(pool)))
        judge(f"community {draw + 1}", notes, papers, recent, coming, theirs)


def judge(
    name: str,
    notes: Papers,
    papers: Papers,
    recent: Papers,
    coming: Sequence[Papers],
    picks: Mapping[ArxivId, date],
) -> None:
    """Print a row for each background."""
    near = of_noted_days(notes, papers)
    mixed = [*recent[: WANTED - len(near)], *near]
    for kind, background in (("recent", recent), ("mixed", mixed), ("noted days", near)):
        model = train([Example(paper=one, labelled_on=one.announced) for one in notes], background)
        manifest = model.manifest
        measured, ranks = [], []
        for listed in coming:
            scored = model.score(listed, explain=False)
            chosen = np.array([one.paper.id in picks for one in scored])
            if not chosen.any():
                continue
            measured.append(measure_day(np.array([one.score for one in scored]), chosen))
            ranks += (np.flatnonzero(chosen) + 1).tolist()
        held = f"{manifest.held_out.auc.value:.3f} ({manifest.held_out.days})" if manifest.held_out else "-"
        print(
            f"| {name}, {len(notes)} notes | {kind} | {len(background)} | {manifest.auc.value if manifest.auc else 0:.3f} "
            f"| {held} | {mean('auc', measured):.3f} | {mean('ndcg', measured):.3f} | {np.median(ranks):.0f} "
            f"| {np.mean(np.array(ranks) <= 10):.2f} |",
            flush=True,
        )


def mean(what: str, measured: Sequence[DayMeasures]) -> float:
    """Return the mean of a measure over days."""
    return float(np.mean([getattr(one, what) for one in measured]))


def of_noted_days(notes: Papers, papers: Papers) -> list[Paper]:
    """Return the papers of the listing days that the background would ask for, half of it at most."""
    on: dict[date | None, list[Paper]] = defaultdict(list)
    for one in papers:
        on[one.announced].append(one)
    noted = [one.announced for one in notes if one.announced]
    asked: list[date] = []
    found: list[Paper] = []
    while len(asked) < MOST_NOTED_DAYS and len(found) < WANTED // 2:
        day = next_day(noted, asked)
        if day is None:
            break
        asked.append(day)
        found += on[day]
    return found


def newest(papers: Papers, before: date) -> list[Paper]:
    """Return the newest papers before a listing day, newest first."""
    older = [one for one in papers if one.announced and one.announced < before]
    return sorted(older, key=lambda one: (one.announced or before, one.id), reverse=True)[:WANTED]


def days(papers: Papers, first: date, last: date) -> list[Papers]:
    """Return the listing days worth measuring, whatever was picked on them."""
    on: dict[date, list[Paper]] = defaultdict(list)
    for one in papers:
        if one.announced and between(one, first, last):
            on[one.announced].append(one)
    return [listed for listed in on.values() if len(listed) >= SMALLEST_DAY]


def between(paper: Paper, first: date, last: date) -> bool:
    """Return whether a paper was announced from a first to a last day."""
    return paper.announced is not None and first <= paper.announced <= last


if __name__ == "__main__":
    main()
