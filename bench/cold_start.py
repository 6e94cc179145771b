#!/usr/bin/env python3
"""From how many notes on is the order better than zotero-arxiv-daily's formula?

Draws 1, 2, 5, 10, 20 and 50 of reader A's picks made before 2024-01-01, several times, trains on
them alone against the older listing, and ranks the announcements of 2024-01 to 2024-03 (cs.CL) that
have a pick; beside it the peer's formula (mean cosine to the notes, the latest counting most) on the
same vectors.  Mean over days and draws.  Needs ../shared.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np

from triage.evaluate.picks import read_picks
from triage.listing.files import read_listing
from triage.papers import Paper
from triage.ranker.metrics import SMALLEST_DAY, bootstrap, measure_day
from triage.ranker.pipeline import make_ranker
from triage.ranker.relevance import RELEVANT, UNLABELLED
from triage.ranker.space import RECENT

SHARED = Path(__file__).resolve().parents[2] / "shared"
FIRST, LAST = date(2024, 1, 1), date(2024, 3, 31)
DRAWS = 10


def main() -> None:
    """Print the curve as a Markdown table."""
    listing = SHARED / "data/listings-2023-2024.jsonl.xz"
    if not listing.exists():
        sys.exit("needs ../shared: skipped")
    picks = read_picks(SHARED / "data/picks-reader-a.tsv")
    papers = [p for p in read_listing(listing) if p.announced and p.announced <= LAST]
    older = [paper for paper in papers if paper.announced and paper.announced < FIRST]
    counts, space, ranker = make_ranker().named_steps.values()
    space.fit(counts.transform(older[-RECENT:]))
    notable = [paper for paper in older if paper.id in picks and picks[paper.id] < FIRST]
    others = [paper for paper in older if paper.id not in picks and paper.primary_category == "cs.CL"]
    X = space.transform(counts.transform([*notable, *others]))
    days: dict[date, list[Paper]] = defaultdict(list)
    for paper in papers:
        if paper.announced and paper.announced >= FIRST and paper.primary_category == "cs.CL":
            days[paper.announced].append(paper)
    judged = [
        (
            space.transform(counts.transform(today)),
            np.array([paper.id in picks for paper in today]),
        )
        for today in days.values()
        if len(today) >= SMALLEST_DAY and any(paper.id in picks for paper in today)
    ]
    print(
        f"{len(judged)} days, {DRAWS} draws\n\n| notes | triage AUC | nDCG | zotero AUC | nDCG |\n|---|---|---|---|---|"
    )
    for notes in (1, 2, 5, 10, 20, 50):
        ours, theirs = [], []
        for draw in range(DRAWS):
            drawn = sorted(random.Random(draw).sample(notable, notes), key=lambda paper: picks[paper.id])[
                ::-1
            ]
            known = np.array([*map(notable.index, drawn), *range(len(notable), len(X))])
            y = np.array([RELEVANT] * notes + [UNLABELLED] * len(others), dtype=np.int8)
            relevance = ranker.relevance.fit(X[known], y)
            noted = X.words[known[:notes]]
            recency = 1 / (1 + np.log10(np.arange(notes) + 1))
            for today, picked in judged:
                ours.append(measure_day(relevance.decision_function(today), picked))
                near = np.asarray((today.words @ noted.T) @ (recency / recency.sum()))
                theirs.append(measure_day(near.astype(float), picked))
        a, b = bootstrap(ours), bootstrap(theirs)
        print(
            f"| {notes} | {a['auc'].value:.3f} | {a['ndcg'].value:.3f} | {b['auc'].value:.3f} | "
            f"{b['ndcg'].value:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
