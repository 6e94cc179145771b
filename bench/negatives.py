#!/usr/bin/env python3
"""What is a "not relevant" worth? Readers with both kinds of labels, and several weights of the negatives.

The readers of ranking.py, and three more of a few interests.  Each marks papers as not relevant in one of two ways:
*shown*, what stood among the first three of a day and was not picked; *skipped*, of a day the two papers that a
community picked and the reader did not, those that the ranker took for likeliest.  A paper counts as so many
unlabelled ones, or as a share of a pick.  Printed are the differences to the same ranker without negatives, with 95 %
intervals over days: nDCG, AUC, hits among the first three, and how far up its day stands what the reader would refuse
next.  Then what one label does to a near-duplicate (the paper without every fifth word): in deviations of the score,
and in the share of the day that it passes.  Needs ../shared.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.ranking import EARLY, LATE, SHARED, Reader, readers, with_interests
from triage.evaluate.picks import read_picks
from triage.listing.files import read_listing
from triage.papers import ArxivId, Paper
from triage.ranker.matrix import FeatureMatrix, Flags, Floats
from triage.ranker.metrics import SMALLEST_DAY, measure_day
from triage.ranker.pipeline import make_ranker
from triage.ranker.relevance import NOT_RELEVANT, RELEVANT, UNLABELLED, Relevance
from triage.ranker.space import RECENT

WEIGHTS: tuple[tuple[str, float, float], ...] = (
    ("1", 1, 0), ("20", 20, 0), ("a tenth of a pick", 0, 0.1), ("half a pick", 0, 0.5), ("a pick", 0, 1),
)  # fmt: skip
"""A name, and how many unlabelled papers or what share of a pick a negative counts as."""
BACK = timedelta(days=210)
DUPLICATES = 6
"""Papers of a reader's last day that are labelled one by one."""


@dataclass
class Tally:
    """What negatives of one kind and weight changed, a row a day."""

    rows: list[tuple[float, float, float, float]] = field(default_factory=list)

    def line(self) -> str:
        """Return the means with their intervals."""
        rows = np.array(self.rows)
        drawn = np.random.default_rng(0).integers(0, len(rows), (2_000, len(rows)))
        low, high = np.nanpercentile(np.nanmean(rows[drawn], axis=1), [2.5, 97.5], axis=0)
        means = np.nanmean(rows, axis=0)
        return " | ".join(
            f"{m:+.3f} ({a:+.3f} to {b:+.3f})" for m, a, b in zip(means, low, high, strict=True)
        )


def everyone() -> Iterator[Reader]:
    """The readers."""
    yield from (one for one in readers() if not one.community)
    for seed in (8, 9):
        yield Reader(
            f"cs.CL 2024, interests {seed}", EARLY, ("cs.CL",), date(2024, 4, 1), date(2024, 8, 31), "2024-01-01",
            with_interests(("cs.CL",), "2024-02-01", "2024-08-31", seed),
        )  # fmt: skip
    yield Reader(
        "cs.LG 2025, interests 10", LATE, ("cs.LG",), date(2025, 7, 1), date(2025, 10, 31), "2025-05-01",
        with_interests(("cs.LG",), "2025-05-01", "2025-10-31", 10),
    )  # fmt: skip


class Kept(dict[ArxivId, bytes]):
    """Counts of papers, in memory."""

    def get(self, ids: Sequence[ArxivId]) -> dict[ArxivId, bytes]:  # type: ignore[override]
        """Return those that are known."""
        return {one: self[one] for one in ids if one in self}

    put = dict.update


@dataclass
class Past:
    """A reader's archive, in order of announcement."""

    X: FeatureMatrix
    candidate: Flags
    picked_on: NDArray[np.int64]
    theirs: Flags
    """Community picks."""

    def fit(
        self, day: int, refused: Mapping[int, int], weight: float, share: float, relevance: Relevance
    ) -> Relevance:
        """Learn what was known before a day; ``refused`` has rows with the day from which on they are known."""
        past = self.X.days < day
        y = np.where(past & (self.picked_on < day), RELEVANT, UNLABELLED).astype(np.int8)
        known = [row for row, since in refused.items() if since <= day and y[row] == UNLABELLED]
        y[known] = NOT_RELEVANT
        rows = np.flatnonzero(past & (self.candidate | (y == RELEVANT)))
        if share:
            picks, others = (y == RELEVANT).sum(), (y[rows] == UNLABELLED).sum()
            # All of them together count as half of what was not picked, at most.
            weight = min(share * others / picks, others / max(1, len(known)))
        return relevance.set_params(negative_weight=weight).fit(self.X[rows], y[rows])


def walk(
    reader: Reader, papers: Sequence[Paper], cache: Kept, tallies: dict[tuple[str, str], Tally], most: int
) -> list[tuple[str, float, float]]:
    """Walk a reader's days, adding to the tallies; return what labels do to near-duplicates."""
    picks = reader.picks(list(papers))
    community = read_picks(SHARED / "data/picks-community.tsv")
    firsts: dict[ArxivId, Paper] = {}
    for paper in sorted(papers, key=lambda one: (one.announced or date.max, one.id)):
        if paper.announced and reader.first - BACK <= paper.announced <= reader.last:
            firsts.setdefault(paper.id, paper)
    pool = list(firsts.values())
    counts, space, ranker = make_ranker(cache=cache).named_steps.values()
    raw = counts.transform(pool)
    never = date.max.toordinal()
    past = Past(
        raw,
        np.array([one.primary_category in reader.categories for one in pool]),
        np.array([picks[one.id].toordinal() if one.id in picks else never for one in pool], np.int64),
        np.array([one.id in community for one in pool]),
    )
    days = np.unique(raw.days[past.candidate & (raw.days >= reader.first.toordinal())]).tolist()[-most:]
    refused: dict[str, dict[int, int]] = {"shown": {}, "skipped": {}}
    measured, month = 0, ""
    for day in days:
        if f"{date.fromordinal(day):%Y-%m}" != month:
            month = f"{date.fromordinal(day):%Y-%m}"
            space.fit(raw[np.flatnonzero(raw.days < day)[-RECENT:]])
            past.X = space.transform(raw)
        today = np.flatnonzero((raw.days == day) & past.candidate)
        picked = past.picked_on[today] < never
        scores = past.fit(day, {}, 1, 0, ranker.relevance).decision_function(past.X[today])
        order = [row for row in np.argsort(-scores, kind="stable").tolist() if not picked[row]]
        found = {"shown": [row for row in order if (scores > scores[row]).sum() < 3], "skipped": [
            row for row in order if past.theirs[today[row]]][:2]}  # fmt: skip
        if len(today) >= SMALLEST_DAY and picked.any():
            measured += 1
            for kind, known in refused.items():
                for name, weight, share in WEIGHTS if measured % 2 and known else ():
                    other = past.fit(day, known, weight, share, ranker.relevance)
                    tallies.setdefault((kind, name), Tally()).rows.append(
                        difference(scores, other.decision_function(past.X[today]), picked, found[kind])
                    )
        for kind, rows in found.items():
            refused[kind] |= {int(today[row]): day + 1 for row in rows}
    return list(near_duplicates(past, pool, days[-1], ranker.relevance, counts, space))


def difference(
    before: Floats, after: Floats, picked: Flags, refused: Sequence[int]
) -> tuple[float, float, float, float]:
    """Return what changed on a day: nDCG, AUC, hits among the first three, the place of what is refused next."""
    old, new = measure_day(before, picked), measure_day(after, picked)
    places = [(after < after[row]).mean() - (before < before[row]).mean() for row in refused]
    moved = float(np.mean(places)) if places else np.nan
    return new.ndcg - old.ndcg, new.auc - old.auc, 3 * (new.precision_3 - old.precision_3), moved


def near_duplicates(
    past: Past, pool: Sequence[Paper], day: int, relevance: Relevance, counts: object, space: object
) -> Iterator[tuple[str, float, float]]:
    """Label papers of a day one by one; yield how far their near-duplicates move the next day."""
    today = np.flatnonzero((past.X.days == day) & past.candidate)
    chosen = random.Random(0).sample(today.tolist(), DUPLICATES)
    words = {row: pool[row].abstract.split() for row in chosen}
    copies = [
        replace(pool[row], id="", abstract=" ".join(w for n, w in enumerate(words[row]) if n % 5))
        for row in chosen
    ]
    alike = space.transform(counts.transform(copies))  # type: ignore[attr-defined]
    plain = past.fit(day + 1, {}, 1, 0, relevance)
    before, others = plain.decision_function(alike), plain.decision_function(past.X[today])
    for n, row in enumerate(chosen):
        for name, weight, share in (("relevant", 1.0, 0.0), *WEIGHTS):
            kept = past.picked_on[row]
            if name == "relevant":
                past.picked_on[row] = day
            fitted = past.fit(day + 1, {} if name == "relevant" else {row: day}, weight, share, relevance)
            past.picked_on[row] = kept
            after = fitted.decision_function(alike)[n]
            below = (fitted.decision_function(past.X[today]) < after).mean()
            yield name, after - before[n], below - (others < before[n]).mean()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=60, help="the last so many days of a reader")
    parser.add_argument("--only", help="readers whose name holds this", default="")
    given = parser.parse_args()
    if not EARLY.exists():
        sys.exit("needs ../shared: skipped")
    papers: dict[Path, list[Paper]] = {}
    cache, tallies, moved = Kept(), {}, []
    head = "| negatives | counts as | readers, days | nDCG | AUC | hits in 3 | place |\n|---|---|---|---|---|---|---|"
    print(head.replace("readers, days", "reader, days"))
    for reader in everyone():
        if given.only not in reader.name:
            continue
        if reader.listing not in papers:
            papers = {reader.listing: list(read_listing(reader.listing))}
            cache.clear()
        own: dict[tuple[str, str], Tally] = {}
        moved += walk(reader, papers[reader.listing], cache, own, given.days)
        for (kind, name), tally in own.items():
            tallies.setdefault((kind, name), []).append(tally)
            if name in ("20", "half a pick"):
                print(f"| {kind} | {name} | {reader.name}, {len(tally.rows)} | {tally.line()} |", flush=True)
    print(f"\n{head}")
    for (kind, name), found in tallies.items():
        every = Tally([row for tally in found for row in tally.rows])
        print(f"| {kind} | {name} | {len(found)}, {len(every.rows)} | {every.line()} |")
    print("\n| a label | score of the near-duplicate | share of the day passed |\n|---|---|---|")
    for name in dict.fromkeys(one[0] for one in moved):
        rows = Tally([(score, place, 0.0, 0.0) for what, score, place in moved if what == name])
        print(f"| {name} | {' | '.join(rows.line().split(' | ')[:2])} |")


if __name__ == "__main__":
    main()
