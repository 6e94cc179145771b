#!/usr/bin/env python3
"""How well are the reader's own headings given to papers noted later?

Takes the seed notes' papers that the listing knows, with the headings above them (kept when at least
five papers have them), learns from the earlier two thirds by announcement day and names the rest.
Micro-F1 against always saying the most frequent heading and against the heading of the nearest noted
paper.  Needs ../shared.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np

from triage.listing.files import read_listing
from triage.papers import ArxivId, Paper, title_key
from triage.ranker.categories import CategoryClassifier
from triage.ranker.pipeline import make_ranker
from triage.ranker.space import RECENT

SHARED = Path(__file__).resolve().parents[2] / "shared"
FEWEST = 5


def micro_f1(predicted: list[set[str]], true: list[set[str]]) -> float:
    """Return F1 over all pairs of paper and heading."""
    right = sum(len(a & b) for a, b in zip(predicted, true, strict=True))
    return 2 * right / max(1, sum(map(len, predicted)) + sum(map(len, true)))


def main() -> None:
    """Print the three figures."""
    listing = SHARED / "data/listings-2023-2024.jsonl.xz"
    if not listing.exists():
        sys.exit("needs ../shared: skipped")
    papers = [paper for paper in read_listing(listing) if paper.announced]
    ids = {paper.id: paper for paper in papers}
    titles = {title_key(paper.title): paper for paper in papers}
    headings: dict[ArxivId, set[str]] = {}
    with (SHARED / "seeds/gold.tsv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            paper = ids.get(ArxivId(row["arxiv_id"])) or titles.get(title_key(row["title"]))
            if paper is not None and row["section"]:
                headings.setdefault(paper.id, set()).update(
                    part.strip() for part in row["section"].split(">")
                )
    counts = Counter(name for names in headings.values() for name in names)
    kept = {name for name, count in counts.items() if count >= FEWEST}
    known = sorted(
        (ids[one] for one, names in headings.items() if names & kept),
        key=lambda paper: (paper.announced or date.min, paper.id),
    )
    true = [headings[paper.id] & kept for paper in known]
    split = 2 * len(known) // 3
    older: list[Paper] = [
        paper
        for paper in papers
        if paper.announced and paper.announced < (known[split].announced or date.min)
    ]
    counts, space, _ = make_ranker().named_steps.values()
    space.fit(counts.transform(older[-RECENT:]))
    X = space.transform(counts.transform(known))
    learn, test = X[:split], X[split:]
    fitted = CategoryClassifier().fit(learn, [tuple(sorted(names)) for names in true[:split]])
    predicted = [set(names) for names in fitted.predict(test, learn)]
    most = Counter(name for names in true[:split] for name in names).most_common(1)[0][0]
    near = np.asarray((test.words @ learn.words.T).todense()).argmax(axis=1)
    print(f"{split} papers learned from, {len(known) - split} later ones named, {len(kept)} headings")
    named = sum(map(len, predicted))
    right = sum(len(a & b) for a, b in zip(predicted, true[split:], strict=True))
    print(f"triage        micro-F1 {micro_f1(predicted, true[split:]):.3f}")
    print(f"              names given {named}, right {right} ({right / max(1, named):.3f})")
    print(f"nearest paper micro-F1 {micro_f1([true[place] for place in near], true[split:]):.3f}")
    print(f"most frequent micro-F1 {micro_f1([{most}] * len(predicted), true[split:]):.3f}")
    print(
        f"unnamed {sum(not names for names in predicted)}; too few notes: {sum(not r.learned for r in fitted.reports_)}"
    )


if __name__ == "__main__":
    main()
