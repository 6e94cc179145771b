#!/usr/bin/env python3
"""What is a "not relevant" worth? Readers with both kinds of labels, and several weights of the negatives.

A reader picks papers of three subjects of a community, as in ranking.py, and marks one or two papers a day as not
relevant: of the two subjects that are nearest to these and that they never pick, those most like their own. All of
these count, or one in eight. Printed are the measures of the picks, and how much of the day stands below the papers
of the disliked subjects on average. Needs ../shared.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

import triage.evaluate.backtest
from bench.ranking import EARLY, LATE, SHARED, Picks
from triage.evaluate.backtest import ScoredDay, backtest
from triage.evaluate.picks import read_picks
from triage.listing.files import read_listing
from triage.papers import ArxivId, Paper
from triage.ranker.metrics import SMALLEST_DAY, bootstrap, measure_day
from triage.ranker.pipeline import make_ranker

READERS = (
    (EARLY, date(2023, 10, 1), date(2024, 1, 10), date(2024, 3, 1), date(2024, 5, 31), 11),
    (EARLY, date(2023, 10, 1), date(2024, 1, 10), date(2024, 3, 1), date(2024, 5, 31), 12),
    (LATE, date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 15), date(2025, 9, 15), 13),
    (LATE, date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 15), date(2025, 9, 15), 16),
)
"""The listing, its first day, the first label, the first and the last day scored, a seed; all of cs.CL."""
SUBJECTS, LIKED, DISLIKED = 15, 3, 2


def labels(papers: Sequence[Paper], seed: int) -> tuple[Picks, Picks, set[ArxivId]]:
    """Return a reader's picks, what they mark as not relevant, and all papers of the disliked subjects."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    chosen = read_picks(SHARED / "data/picks-community.tsv")
    texts = TfidfVectorizer(stop_words="english", sublinear_tf=True, min_df=3, max_df=0.2)
    counts = texts.fit_transform(f"{one.title} {one.abstract}" for one in papers)
    topics = normalize(TruncatedSVD(50, random_state=seed).fit_transform(counts))
    picked = np.array([one.id in chosen for one in papers])
    found = KMeans(SUBJECTS, random_state=seed, n_init=3).fit(topics[picked])
    subject, centres = found.predict(topics), normalize(found.cluster_centers_)
    draw = random.Random(seed)
    mine = draw.sample(range(SUBJECTS), LIKED)
    alike = (centres @ centres[mine].T).max(axis=1)
    theirs = sorted((one for one in range(SUBJECTS) if one not in mine), key=lambda one: -alike[one])[
        :DISLIKED
    ]
    picks = {
        one.id: one.announced
        for n, one in enumerate(papers)
        if one.announced and picked[n] and draw.random() < (0.6 if subject[n] in mine else 0.03)
    }
    refused: Picks = {}
    near = (topics @ centres[mine].T).max(axis=1)
    rows = [n for n, one in enumerate(papers) if subject[n] in theirs and one.id not in picks]
    for day in sorted({one.announced for one in papers if one.announced}):
        today = sorted((n for n in rows if papers[n].announced == day), key=lambda n: -near[n])
        refused |= {papers[n].id: day for n in today[: draw.randint(1, 2)]}
    return picks, refused, {papers[n].id for n in rows}


def row(days: Sequence[ScoredDay], subject: set[ArxivId]) -> str:
    """Return the measures of scored days."""
    measured = [
        measure_day(day.scores, day.picked)
        for day in days
        if len(day.papers) >= SMALLEST_DAY and day.picked.any() and not day.picked.all()
    ]
    values = bootstrap(measured)
    place = [
        (day.scores < score).mean()
        for day in days
        for paper, score in zip(day.papers, day.scores, strict=True)
        if paper.id in subject and len(day.papers) >= SMALLEST_DAY
    ]
    picks = sum(day.picks for day in measured)
    return f"{len(measured)} | {picks} | {values['auc'].value:.3f} | {values['ndcg'].value:.3f} | {np.mean(place):.3f}"


def main() -> None:
    """Print the table."""
    if not EARLY.exists():
        sys.exit("needs ../shared: skipped")
    print(
        "| reader | negatives | weight | days | picks | AUC | nDCG | place |\n|---|---|---|---|---|---|---|---|"
    )
    papers: dict[Path, list[Paper]] = {}
    for listing, begin, since, first, last, seed in READERS:
        if listing not in papers:
            papers = {listing: list(read_listing(listing))}
        known = [one for one in papers[listing] if one.announced and begin <= one.announced <= last]
        own = {one.id: one for one in known if one.primary_category == "cs.CL" and one.announced}
        mine = [one for one in own.values() if one.announced and one.announced >= since]
        picks, refused, subject = labels(mine, seed)
        few = dict(sorted(refused.items(), key=lambda one: (one[1], one[0]))[::8])
        for negatives, weight in (({}, 1), (refused, 1), (refused, 4), (refused, 20), (few, 4), (few, 20)):
            triage.evaluate.backtest.make_ranker = lambda weight=weight, **given: make_ranker(
                **given
            ).set_params(ranker__relevance__negative_weight=float(weight))
            days = list(
                backtest(known, picks, categories=["cs.CL"], first=first, last=last, negatives=negatives)
            )
            print(
                f"| cs.CL {first.year}, seed {seed} | {len(negatives)} | {weight} | {row(days, subject)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
