#!/usr/bin/env python3
"""How well does `triage backtest` put several readers' picks on top, against the two peers?

Readers: the recorded one (reader A; with and without other people's picks), the seed notes taken as
a reader who picked each paper on its day, and pseudo-readers drawn from the public community's picks
by category, months and a seed: some pick one or two a day, whatever the subject, so that they must be
learned from little; others are like a researcher's browser log, with two or three interests (subjects
found by k-means), something else now and then, and a click some days late.  For each, the project's
scores and the peers' are measured on the same days by ../shared/bench.

Needs ../shared; prints a table (Markdown), with a 95 % interval of the nDCG's ratio to each peer's
(days drawn with replacement), and says how long the project took.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from triage.evaluate.backtest import backtest
from triage.evaluate.picks import read_picks
from triage.listing.files import read_listing
from triage.papers import ArxivId, Paper, title_key

SHARED = Path(__file__).resolve().parents[2] / "shared"
EARLY, LATE = SHARED / "data/listings-2023-2024.jsonl.xz", SHARED / "data/listings-2025-2026.jsonl.xz"

Picks = dict[ArxivId, date]


@dataclass(frozen=True)
class Reader:
    """Somebody whose picks are known."""

    name: str
    listing: Path
    categories: tuple[str, ...]
    first: date
    last: date
    since: str
    picks: Callable[[list[Paper]], Picks]
    community: bool = False


def reader_a(_: list[Paper]) -> Picks:
    """The recorded reader."""
    return read_picks(SHARED / "data/picks-reader-a.tsv")


def seed_notes(papers: list[Paper]) -> Picks:
    """Every paper of the seed notes, as if picked on its day."""
    titles = {title_key(paper.title): paper for paper in papers}
    ids = {paper.id: paper for paper in papers}
    picks: Picks = {}
    with (SHARED / "seeds/gold.tsv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            paper = ids.get(ArxivId(row["arxiv_id"])) or titles.get(title_key(row["title"]))
            if paper is not None and paper.announced is not None:
                picks[paper.id] = paper.announced
    return picks


def some_of_the_community(category: str, first: str, last: str, seed: int) -> Callable[[list[Paper]], Picks]:
    """One or two of the community's picks of each day, drawn by the seed."""

    def picks(papers: list[Paper]) -> Picks:
        chosen = read_picks(SHARED / "data/picks-community.tsv")
        days: dict[date, list[ArxivId]] = defaultdict(list)
        for paper in papers:
            if paper.id in chosen and paper.announced and paper.primary_category == category:
                # 2025's community often picks a day before the listing's: the reader meets it there.
                day = max(chosen[paper.id], paper.announced)
                if first <= day.isoformat() <= last:
                    days[day].append(paper.id)
        draw = random.Random(seed)
        return {
            one: day
            for day in sorted(days)
            for one in draw.sample(sorted(days[day]), min(len(days[day]), draw.randint(1, 2)))
        }

    return picks


def with_interests(
    categories: Collection[str], first: str, last: str, seed: int
) -> Callable[[list[Paper]], Picks]:
    """Three subjects of the community's picks, three fifths of each, and a little of the rest."""

    def picks(papers: list[Paper]) -> Picks:
        from sklearn.cluster import KMeans
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.preprocessing import normalize

        chosen = read_picks(SHARED / "data/picks-community.tsv")
        found = {
            paper.id: (max(chosen[paper.id], paper.announced), f"{paper.title} {paper.abstract}")
            for paper in papers
            if paper.id in chosen and paper.announced and paper.primary_category in categories
        }
        ids = sorted(one for one, (day, _) in found.items() if first <= day.isoformat() <= last)
        texts = TfidfVectorizer(stop_words="english", sublinear_tf=True, min_df=3, max_df=0.2)
        topics = TruncatedSVD(50, random_state=seed).fit_transform(
            texts.fit_transform(found[one][1] for one in ids)
        )
        subjects = KMeans(15, random_state=seed, n_init=3).fit_predict(normalize(topics))
        draw = random.Random(seed)
        mine = draw.sample(range(15), 3)
        return {
            one: found[one][0] + timedelta(days=draw.choice((0, 0, 0, 1, 2, 5)))
            for one, subject in zip(ids, subjects.tolist(), strict=True)
            if draw.random() < (0.6 if subject in mine else 0.03)
        }

    return picks


def readers() -> Iterator[Reader]:
    """All readers, those that are nearest to a real one first."""
    for community in (False, True):
        yield Reader(
            "A" + " + community" * community, EARLY, ("cs.CL",), date(2024, 1, 1), date(2024, 3, 31),
            "2023-06-01", reader_a, community,
        )  # fmt: skip
    yield Reader(
        "A, first months", EARLY, ("cs.CL",), date(2023, 10, 17), date(2023, 12, 31), "2023-06-01", reader_a
    )
    yield Reader(
        "seed notes",
        EARLY,
        ("cs.CL", "cs.IR"),
        date(2023, 5, 10),
        date(2024, 1, 31),
        "2023-01-01",
        seed_notes,
    )
    for seed in (1, 2):
        yield Reader(
            f"cs.CL 2024, seed {seed}", EARLY, ("cs.CL",), date(2024, 3, 1), date(2024, 8, 31), "2024-01-01",
            some_of_the_community("cs.CL", "2024-02-01", "2024-08-31", seed),
        )  # fmt: skip
    yield Reader(
        "cs.CL 2025, seed 3", LATE, ("cs.CL",), date(2025, 4, 1), date(2025, 8, 31), "2025-01-01",
        some_of_the_community("cs.CL", "2025-03-01", "2025-08-31", 3),
    )  # fmt: skip
    yield Reader(
        "cs.LG 2025, seed 4", LATE, ("cs.LG",), date(2025, 5, 1), date(2025, 8, 31), "2025-01-01",
        some_of_the_community("cs.LG", "2025-04-01", "2025-08-31", 4),
    )  # fmt: skip
    for seed, category in ((5, "cs.CL"), (6, "cs.CL"), (7, "cs.CV")):
        yield Reader(
            f"{category} 2025, interests {seed}", LATE, (category,), date(2025, 8, 1), date(2025, 12, 30),
            "2025-05-01", with_interests((category,), "2025-06-01", "2025-12-30", seed),
        )  # fmt: skip


def shared_measures() -> ModuleType:
    """Load ../shared/bench/rank_metrics.py."""
    spec = importlib.util.spec_from_file_location("rank_metrics", SHARED / "bench/rank_metrics.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", help="readers whose name holds this")
    wanted = parser.parse_args().only or ""
    if not EARLY.exists():
        sys.exit("needs ../shared: skipped")
    measures = shared_measures()
    papers: dict[Path, list[Paper]] = {}
    print("| reader | days | picks | | AUC | nDCG | R@10 | R@10% | nDCG to peer | CPU s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for reader in readers():
        if wanted not in reader.name:
            continue
        if reader.listing not in papers:
            papers = {reader.listing: list(read_listing(reader.listing))}
        _report(reader, papers[reader.listing], measures)


def _report(reader: Reader, papers: list[Paper], measures: ModuleType) -> None:
    picks = reader.picks(papers)
    began = time.process_time()
    walked = backtest(
        papers,
        picks,
        categories=reader.categories,
        first=reader.first,
        last=reader.last,
        community=read_picks(SHARED / "data/picks-community.tsv") if reader.community else None,
    )
    scores = {
        day.day.isoformat(): dict(zip((paper.id for paper in day.papers), day.scores.tolist(), strict=True))
        for day in walked
    }
    took = time.process_time() - began
    days = measures.read_listing(reader.listing, set(reader.categories))
    dated = {one: day.isoformat() for one, day in picks.items()}
    measured = [day for day in days if reader.first.isoformat() <= day <= reader.last.isoformat()]
    rankers = {"triage": lambda day, today: [scores[day].get(one["id"], -99.0) for one in today]}
    rows, by_day = {}, {}
    for name, score_of in (rankers | measures.peers(days, dated, reader.since)).items():
        # Each day is scored once, for the mean and by itself.
        given = {day: score_of(day, days[day]) for day in measured if _is_measured(days[day], dated)}
        rows[name] = _measure(measures, {day: days[day] for day in given}, dated, given)
        by_day[name] = np.array(
            [_measure(measures, {day: days[day]}, dated, given)["nDCG"] for day in given], dtype=float
        )
    for name, row in rows.items():
        values = " | ".join(f"{row[key]:.3f}" for key in ("AUC", "nDCG", "R@10", "R@10%"))
        ratio = "" if name == "triage" else _ratio(by_day["triage"], by_day[name])
        about = f"{reader.name} | {row['days']} | {row['picks']}" if name == "triage" else " | | "
        print(
            f"| {about} | {name} | {values} | {ratio} | {f'{took:.0f}' if name == 'triage' else ''} |",
            flush=True,
        )


def _is_measured(listed: list[dict[str, str]], picks: Collection[str]) -> bool:
    """Whether ../shared/bench counts the day."""
    return len(listed) >= 15 and any(paper["id"] in picks for paper in listed)


def _measure(
    measures: ModuleType,
    days: dict[str, list[dict[str, str]]],
    picks: dict[ArxivId, str],
    scores: dict[str, list[float]],
) -> dict[str, float]:
    measured: dict[str, float] = measures.measure(
        days, picks, min(days), max(days), lambda day, _: scores[day]
    )
    return measured


def _ratio(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> str:
    """Return the ratio of two means over the same days with its 95 % interval."""
    drawn = np.random.default_rng(0).integers(0, len(ours), (2_000, len(ours)))
    low, high = np.percentile(ours[drawn].mean(axis=1) / theirs[drawn].mean(axis=1), [2.5, 97.5])
    return f"{ours.mean() / theirs.mean():.3f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
