#!/usr/bin/env python3
"""How well does `triage backtest` put several readers' picks on top, against the two peers?

Readers: the recorded one (reader A; with and without other people's picks), the seed notes taken as
a reader who picked each paper on its day, and pseudo-readers drawn from the public community's picks
by category, months and a seed (one or two a day, so that they must be learned from little).  For
each, the project's scores and the peers' are measured on the same days by ../shared/bench.

Needs ../shared; prints a table (Markdown) and says how long the project took.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType

from triage.listing.files import read_listing
from triage.model.backtest import backtest
from triage.model.picks import read_picks
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
            papers = {reader.listing: [listed.paper for listed in read_listing(reader.listing)]}
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
    first, last = reader.first.isoformat(), reader.last.isoformat()
    rows = {
        "triage": measures.measure(
            days, dated, first, last, lambda day, today: [scores[day].get(one["id"], -99.0) for one in today]
        )
    }
    for name, score_of in measures.peers(days, dated, reader.since).items():
        rows[name] = measures.measure(days, dated, first, last, score_of)
    ours = rows["triage"]
    for name, row in rows.items():
        values = " | ".join(f"{row[key]:.3f}" for key in ("AUC", "nDCG", "R@10", "R@10%"))
        ratio = "" if name == "triage" else f"{ours['nDCG'] / row['nDCG']:.3f}"
        about = f"{reader.name} | {row['days']} | {row['picks']}" if name == "triage" else " | | "
        print(
            f"| {about} | {name} | {values} | {ratio} | {f'{took:.0f}' if name == 'triage' else ''} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
