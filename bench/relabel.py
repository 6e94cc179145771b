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
from triage.ranker.form import form_of

from bench.ranking import EARLY, reader_a
from triage.listing.files import read_listing
from triage.papers import Paper
from triage.ranker.features import count_papers
from triage.ranker.relevance import Evidence, fit_relevance, gather
from triage.ranker.space import RECENT, Placed, learn_space, stack
from triage.ranker.training import paper_days

BACKGROUND = 30_000
LABELS = 10
DAY = date(2024, 9, 3)


def evidence_of(noted: Placed, others: Placed, refused: Placed) -> Evidence:
    """Everything counts as the reader's plain word."""
    return gather(noted, np.ones(len(noted)), others, refused, np.ones(len(refused)))


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

    def placed(some: list[Paper]) -> Placed:
        return space.place(count_papers(some), paper_days(some), form_of(some))

    space = learn_space(count_papers(background[-RECENT:]))
    noted, others, candidates = placed(picked), placed(background), placed(today)
    nobody = others.rows(np.zeros(0, dtype=np.intp))
    ranker = fit_relevance(evidence_of(noted, others, nobody))
    first = np.argsort(-ranker.scores(candidates), kind="stable")
    yesterday = max(one.announced for one in background if one.announced)
    rows = [
        row
        for row, one in enumerate(background)
        if one.announced == yesterday and one.primary_category == "cs.CL"
    ]
    best = np.argsort(-ranker.scores(others.rows(np.array(rows))), kind="stable")[:LABELS]

    took, moved = [], []
    for number, place in enumerate(best.tolist()):
        row = rows[place]
        began = time.process_time()
        said = placed([background[row]])
        rest = others.rows(np.delete(np.arange(len(others)), row))
        evidence = (
            evidence_of(stack([noted, said]), rest, nobody) if number % 2 else evidence_of(noted, rest, said)
        )
        order = np.argsort(-fit_relevance(evidence).scores(candidates), kind="stable")
        took.append(time.process_time() - began)
        moved.append(int((order != first).sum()))
    print(
        f"{len(noted)} noted papers, {len(others):,} background papers, {len(today)} candidates of {DAY}: "
        f"label to ranked day {np.median(took):.2f} s of CPU (slowest of {LABELS}: {max(took):.2f} s); "
        f"{np.count_nonzero(moved)} of {LABELS} labels changed the order, of {np.median(moved):.0f} candidates "
        "in the median"
    )
    sys.exit(max(took) >= 1.0 or not any(moved))


if __name__ == "__main__":
    main()
