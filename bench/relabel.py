#!/usr/bin/env python3
"""From one new label to the day ranked anew, in a warm process: how long?

Reader A's picks before the day against 30,000 older papers, whose counts and space are in memory, as
in a process that serves.  Then one paper of the day's archive is labelled, relevant or not, the ranker
is learned anew and the day's candidates are put in order; several times over.  CPU time of the process,
on one core.  Needs ../shared; exits 1 when the slowest takes a second or more, or no label changes the order.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import date

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from bench.ranking import EARLY, reader_a
from triage.listing.files import read_listing
from triage.ranker.pipeline import make_ranker
from triage.ranker.relevance import NOT_RELEVANT, RELEVANT, UNLABELLED
from triage.ranker.space import RECENT

BACKGROUND = 30_000
LABELS = 10
DAY = date(2024, 9, 3)


def main() -> None:
    """Print the times."""
    if not EARLY.exists():
        sys.exit("needs ../shared: skipped")
    papers = [one for one in read_listing(EARLY) if one.announced and one.announced <= DAY]
    papers = list(
        {one.id: one for one in sorted(papers, key=lambda one: (one.announced or DAY, one.id))}.values()
    )
    today = [one for one in papers if one.announced == DAY and one.primary_category == "cs.CL"]
    picks = reader_a(papers)
    before = [one for one in papers if one.announced and one.announced < DAY]
    picked = [one for one in before if picks.get(one.id, DAY) < DAY]
    background = [one for one in before if one.id not in picks][-BACKGROUND:]

    counts, space, ranker = make_ranker().named_steps.values()
    space.fit(counts.transform(background[-RECENT:]))
    X, candidates = (space.transform(counts.transform(some)) for some in ([*picked, *background], today))
    y = np.array([RELEVANT] * len(picked) + [UNLABELLED] * len(background), dtype=np.int8)
    relevance = ranker.relevance.fit(X, y)
    first = np.argsort(-relevance.decision_function(candidates), kind="stable")
    yesterday = max(one.announced for one in background if one.announced)
    rows = [
        len(picked) + row
        for row, one in enumerate(background)
        if one.announced == yesterday and one.primary_category == "cs.CL"
    ]
    best = np.argsort(-relevance.decision_function(X[np.array(rows)]), kind="stable")[:LABELS]

    took, moved = [], []
    for number, place in enumerate(best.tolist()):
        began = time.process_time()
        labelled = y.copy()
        labelled[rows[place]] = RELEVANT if number % 2 else NOT_RELEVANT
        scores = relevance.fit(X, labelled).decision_function(candidates)
        order = np.argsort(-scores, kind="stable")
        took.append(time.process_time() - began)
        moved.append(int((order != first).sum()))
    print(
        f"{len(picked)} noted papers, {len(background):,} background papers, {len(today)} candidates of {DAY}: "
        f"label to ranked day {np.median(took):.2f} s of CPU (slowest of {LABELS}: {max(took):.2f} s); "
        f"{np.count_nonzero(moved)} of {LABELS} labels changed the order, of {np.median(moved):.0f} candidates "
        "in the median"
    )
    sys.exit(max(took) >= 1.0 or not any(moved))


if __name__ == "__main__":
    main()
