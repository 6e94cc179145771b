#!/usr/bin/env python3
"""Would the reader's own five picks of 2024-01-17 have been found?

Learns from the reader's four other note files, with the listing older than 2024-01-16 as background,
all offline; then does the announcements of 2024-01-16 and 17 (cs.CL) as `triage run` would, and says
where the five papers of the post of 2024-01-17 rank.  Needs ../shared; exits 0 when four of them are
in the first six and all five in the first fifteen.
"""

from __future__ import annotations

import argparse
import json
import lzma
import resource
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

from triage.config.load import parse_config
from triage.context import open_context
from triage.listing.backfill import import_listing
from triage.listing.files import read_listing
from triage.run import run
from triage.training.learn import learn

SHARED = Path(__file__).resolve().parents[2] / "shared"
LISTING = SHARED / "data" / "listings-2023-2024.jsonl.xz"
SEEDS = ("000", "001", "002", "004")
FIRST, LAST = date(2024, 1, 16), date(2024, 1, 17)
PICKS = ("2401.08565", "2401.08406", "2401.07793", "2401.06954", "2401.06785")

HELD = "2401.06785"
"""Submitted on 2024-01-06 and held by moderators: the data compute its day from the submission
(2024-01-09), while the reader met it in the listing of these days."""

CONFIG = """\
categories: [cs.CL]
time_zone: Asia/Shanghai
notes: {paths: [notes]}
digest: {language: zh, tags: [English], budget: 3}
author: {read: 379, cite: 205, publish: 9}
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", type=Path, help="keep the digest in this folder")
    args = parser.parse_args()
    if not LISTING.exists():
        print("skipped: ../shared is not here")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "notes").mkdir()
        for seed in SEEDS:
            (file,) = (SHARED / "seeds").glob(f"{seed}_*.txt")
            shutil.copy(file, folder / "notes")
        with (
            lzma.open(LISTING, "rt", encoding="utf-8") as lines,
            (folder / "older.jsonl").open("w", encoding="utf-8") as older,
            (folder / "days.jsonl").open("w", encoding="utf-8") as days,
        ):
            for line in lines:
                record = json.loads(line)
                if record["id"] == HELD:
                    record["announced"] = FIRST.isoformat()
                announced = date.fromisoformat(record["announced"])
                if announced <= LAST:
                    (older if announced < FIRST else days).write(json.dumps(record) + "\n")
        config = parse_config(CONFIG, folder / "config.yaml")
        with open_context(config, lock_for="archive import") as context:
            read, _ = import_listing(config, context.store, folder / "older.jsonl")
        print(f"imported {read:,} older papers")
        before = cpu_seconds()
        with open_context(config, lock_for="learn") as context:
            learned = learn(context, offline=True)
        papers = {match.paper.id for match in learned.notes.matches if match.paper}
        print(
            f"learned from {len(papers)} known and {len(learned.notes.unknown)} unknown papers "
            f"in {cpu_seconds() - before:.1f} s of CPU; cross-validated {learned.training.manifest.auc}"
        )
        with open_context(config, lock_for="run") as context:
            report = run(context, listing=folder / "days.jsonl", since=FIRST, until=LAST)
        (digest,) = report.digests
        ranks = {
            pick.scored.paper.id: (pick.rank, pick.scored.probability)
            for pick in (*digest.choice.picks, *digest.choice.rest)
        }
        total = sum(paper.primary_category == "cs.CL" for paper in read_listing(folder / "days.jsonl"))
        for paper in PICKS:
            rank, probability = ranks[paper]
            print(f"{paper}  rank {rank:3d} of {len(ranks)}  probability {probability:.2f}")
        text = digest.file.read_text(encoding="utf-8")
        front = text.split("---")[1]
        print(front.strip())
        if args.keep:
            args.keep.mkdir(parents=True, exist_ok=True)
            shutil.copy(digest.file, args.keep)
        places = sorted(ranks[paper][0] for paper in PICKS)
        good = (
            places[3] <= 6
            and places[4] <= 15
            and "abbrlink: dcb2f552" in front
            and f"total: {total}" in front
        )
        print("as wanted" if good else "NOT as wanted")
        return 0 if good else 1


def cpu_seconds() -> float:
    """Return the CPU time of this process, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
