#!/usr/bin/env python3
"""Is the AUC that a model reports on held-out papers what the days then show?

For each reader of ranking.py a ranker learns from all that they picked and the 15,000 latest unlabelled papers of
their categories, as a model does on the last day. Printed are its cross-validated AUC against all unlabelled
papers, and against those of each pick's own day (what a model reports); the days' own AUC is in ranking.py.
Needs ../shared.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from bench.ranking import EARLY, Reader, readers
from triage.listing.files import read_listing
from triage.papers import Paper, with_aliases
from triage.ranker.metrics import area_under_curve
from triage.ranker.pipeline import make_ranker
from triage.ranker.relevance import RELEVANT, UNLABELLED
from triage.ranker.space import RECENT
from triage.ranker.training_set import CommunityPicks

BACKGROUND = 15_000


def row(reader: Reader, papers: list[Paper]) -> str:
    """Cross-validate a reader's last model and return a row of the table."""
    picks, own = reader.picks(papers), with_aliases(reader.categories)
    dated = [one for one in papers if one.announced is not None and one.announced <= reader.last]
    known = list({one.id: one for one in sorted(dated, key=lambda one: (one.announced, one.id))}.values())
    relevant = [one for one in known if picks.get(one.id, reader.last) < reader.last]
    others = [one for one in known if one.primary_category in own and one.id not in picks][-BACKGROUND:]
    counts, space, ranker = make_ranker().named_steps.values()
    space.fit(counts.transform(known[-RECENT:]))
    X = space.transform(counts.transform([*relevant, *others]))
    y = np.repeat(np.array([RELEVANT, UNLABELLED], np.int8), [len(relevant), len(others)])
    none = np.zeros(len(y), bool)
    candidate = np.array([one.primary_category in own for one in (*relevant, *others)])
    found = ranker.fit(X, y, community=CommunityPicks(none, none, candidate)).cross_validation_
    assert found is not None
    everything = area_under_curve(found.scores, y == RELEVANT)
    return f"| {reader.name} | {len(relevant)} | {everything:.3f} | {found.auc.value:.3f} ± {found.auc.error:.3f} |"


def main() -> None:
    """Print the table."""
    if not EARLY.exists():
        sys.exit("needs ../shared: skipped")
    papers: dict[Path, list[Paper]] = {}
    print("| reader | picks | against all | against the own day |\n|---|---|---|---|")
    for reader in readers():
        if not reader.community:
            if reader.listing not in papers:
                papers = {reader.listing: list(read_listing(reader.listing))}
            print(row(reader, papers[reader.listing]), flush=True)


if __name__ == "__main__":
    main()
