#!/usr/bin/env python3
"""Do probabilities mean what they say? Brier scores of the readers of ranking.py, against a constant.

The constant is the reader's true share of picks over the days scored, which nobody knows beforehand. The gain
is one less the ratio of the two Brier scores, with a 95 % interval over days drawn with replacement (the
constant is taken anew from each draw).  A second table has the words of digests: of a day's best three papers
above the usual threshold, how many the readers picked, by the step of the probability.
Needs ../shared; prints tables (Markdown).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from bench.ranking import EARLY, SHARED, Reader, readers
from triage.config.schema import DigestConfig
from triage.digest.likelihood import Likelihood, likelihood
from triage.evaluate.backtest import backtest
from triage.evaluate.picks import read_picks
from triage.listing.files import read_listing
from triage.papers import Paper

DRAWS = 2_000


def gain(squared: np.ndarray, picked: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Return the gain over the constant, of sums over days in the last axis."""
    rate = picked.sum(axis=-1) / candidates.sum(axis=-1)
    return np.asarray(1 - squared.sum(axis=-1) / candidates.sum(axis=-1) / (rate * (1 - rate)))


def row(reader: Reader, papers: list[Paper], steps: dict[Likelihood, list[bool]]) -> str:
    """Score a reader's days and return a row of the table; adds to ``steps`` what was picked of the best."""
    days = list(
        backtest(
            papers,
            reader.picks(papers),
            categories=reader.categories,
            first=reader.first,
            last=reader.last,
            community=read_picks(SHARED / "data/picks-community.tsv") if reader.community else None,
        )
    )
    for day in () if reader.community else days:
        for best in np.argsort(-day.probabilities, kind="stable")[:3].tolist():
            if day.probabilities[best] >= DigestConfig().threshold:
                steps[likelihood(day.probabilities[best])].append(bool(day.picked[best]))
    squared = np.array([((day.probabilities - day.picked) ** 2).sum() for day in days])
    picked, candidates = (
        np.array([day.picked.sum() for day in days]),
        np.array([len(day.papers) for day in days]),
    )
    drawn = np.random.default_rng(0).integers(0, len(days), (DRAWS, len(days)))
    low, high = np.percentile(gain(squared[drawn], picked[drawn], candidates[drawn]), [2.5, 97.5])
    promised = sum(day.probabilities.sum() for day in days) / candidates.sum()
    rate = picked.sum() / candidates.sum()
    most = max(day.probabilities.max() for day in days)
    return (
        f"| {reader.name} | {promised:.4f} | {rate:.4f} | {most:.2f} | {squared.sum() / candidates.sum():.5f} | "
        f"{rate * (1 - rate):.5f} | {gain(squared, picked, candidates):.3f} ({low:.3f} to {high:.3f}) |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", help="readers whose name holds this", default="")
    wanted = parser.parse_args().only
    if not EARLY.exists():
        sys.exit("needs ../shared: skipped")
    papers: dict[Path, list[Paper]] = {}
    steps: dict[Likelihood, list[bool]] = {step: [] for step in Likelihood}
    print("| reader | promised | picked | highest | Brier | constant | gain |\n|---|---|---|---|---|---|---|")
    for reader in readers():
        if wanted in reader.name:
            if reader.listing not in papers:
                papers = {reader.listing: list(read_listing(reader.listing))}
            print(row(reader, papers[reader.listing], steps), flush=True)
    print("\n| likelihood | shown | picked |\n|---|---|---|")
    for step, picked in steps.items():
        print(f"| {step.name.lower()} | {len(picked)} | {np.mean(picked):.1%} |")


if __name__ == "__main__":
    main()
