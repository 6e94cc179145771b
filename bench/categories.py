#!/usr/bin/env python3
"""How many of the category names that are given to papers are right, and how many papers get one?

The seed notes' papers that the listing knows, with the headings above them; and twelve drawn readers who file three
to eight of arXiv's primary categories, which papers have from their authors, whatever their words.  Each learns
from 31 notes, from 62 and from two thirds of them, and names the rest: the earlier ones the later ones, and two
draws by chance.  Needs ../shared; prints a table (Markdown).
"""

from __future__ import annotations

import csv
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.ranking import EARLY, LATE, SHARED
from triage.listing.files import read_listing
from triage.papers import ArxivId, Paper, title_key
from triage.ranker.categories import CategoryClassifier
from triage.ranker.matrix import FeatureMatrix
from triage.ranker.pipeline import make_ranker
from triage.ranker.space import RECENT

Headings = Mapping[ArxivId, set[str]]
DRAWN = 6
"""Drawn readers of each listing."""
SMALLEST = 150
"""Papers of a primary category that a reader may file."""


def seed_notes(papers: Mapping[ArxivId, Paper]) -> Headings:
    """Return the headings of the seed notes' papers."""
    titles = {title_key(paper.title): paper for paper in papers.values()}
    headings: dict[ArxivId, set[str]] = defaultdict(set)
    with (SHARED / "seeds/gold.tsv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            paper = papers.get(ArxivId(row["arxiv_id"])) or titles.get(title_key(row["title"]))
            if paper is not None and row["section"]:
                headings[paper.id].update(part.strip() for part in row["section"].split(">"))
    return headings


def drawn(papers: Sequence[Paper], seed: int) -> Headings:
    """Return the notes of a reader who files a few primary categories, some more than others."""
    draw = random.Random(seed)
    of: dict[str, list[Paper]] = defaultdict(list)
    for paper in papers:
        of[paper.primary_category].append(paper)
    names = draw.sample(
        sorted(name for name, found in of.items() if name and len(found) >= SMALLEST),
        draw.choice((3, 4, 5, 6, 8)),
    )
    weights = [0.1 + draw.random() for _ in names]
    chosen: dict[ArxivId, set[str]] = {}
    while len(chosen) < 120:
        name = draw.choices(names, weights)[0]
        chosen[draw.choice(of[name]).id] = {name}
    return chosen


def splits(papers: int) -> Iterator[tuple[str, NDArray[np.intp], NDArray[np.intp]]]:
    """Yield how many notes are learned from, which, and which are named."""
    first = 2 * papers // 3
    for seed in (None, 1, 2):
        order = np.arange(papers) if seed is None else np.random.default_rng(seed).permutation(papers)
        for notes in (31, 62, first):
            name = f"{min(notes, first) if notes != first else 'two thirds'}, "
            yield name + ("in time" if seed is None else "by chance"), order[:first][-notes:], order[first:]


def right_names(
    X: FeatureMatrix, of: Sequence[set[str]], learn: NDArray[np.intp], test: NDArray[np.intp]
) -> Counter[str]:
    """Return how many papers are named, with how many names, and how many of these are right."""
    known = X[learn]
    fitted = CategoryClassifier().fit(known, [tuple(sorted(of[row])) for row in learn])
    given = fitted.predict(X[test], known)
    right = sum(len(set(names) & of[row]) for names, row in zip(given, test, strict=True))
    return Counter(papers=len(test), named=sum(map(bool, given)), names=sum(map(len, given)), right=right)


def main() -> None:
    """Print the table."""
    if not EARLY.exists():
        sys.exit("needs ../shared: skipped")
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for listing in (EARLY, LATE):
        papers = {one.id: one for one in read_listing(listing) if one.announced}
        counts, space, _ = make_ranker().named_steps.values()
        space.fit(counts.transform(list(papers.values())[:RECENT]))
        readers = [
            (f"drawn from {listing.name[9:18]}", drawn(list(papers.values()), n)) for n in range(DRAWN)
        ]
        for reader, headings in ([("seed notes", seed_notes(papers))] if listing == EARLY else []) + readers:
            noted = sorted((papers[one] for one in headings), key=lambda one: (str(one.announced), one.id))
            X = space.transform(counts.transform(noted))
            for split, learn, test in splits(len(noted)):
                found[reader, split] += right_names(X, [headings[one.id] for one in noted], learn, test)
    print("| reader | notes learned from | papers | named | names | right |\n|---|---|---|---|---|---|")
    for (reader, split), sums in found.items():
        share = f"{sums['right']} ({sums['right'] / sums['names']:.2f})" if sums["names"] else ""
        print(f"| {reader} | {split} | {sums['papers']} | {sums['named']} | {sums['names']} | {share} |")


if __name__ == "__main__":
    main()
