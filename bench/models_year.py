#!/usr/bin/env python3
"""A year of daily labels: how much disk do the models take, and does training get slower?

Every listing day of a year of cs.CL is put into a store, its picks (reader A's where there are any, else two
drawn from the day) are labelled by command, and a new model is made, by the same function as in a run.  Prints a
line a month: models on the shelf, their disk, CPU time of a training.  Needs ../shared.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path

import numpy as np

from bench.ranking import EARLY, reader_a
from triage.clock import Clock
from triage.config.load import parse_config
from triage.context import open_context
from triage.listing.files import read_listing
from triage.papers import Label, LabelSource, Paper
from triage.training.update import RETRAIN, update_model

FIRST, LAST = date(2023, 10, 2), date(2024, 9, 30)


class Day(Clock):
    """A clock that stands at noon of a day."""

    def __init__(self) -> None:
        self.day = FIRST

    def now(self) -> datetime:
        """Return noon, UTC."""
        return datetime.combine(self.day, clock_time(12), UTC)

    def sleep(self, seconds: float) -> None:
        """Do nothing."""


def main() -> None:
    """Live the year."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=1, help="a new model on one day in so many")
    every = parser.parse_args().every
    if not EARLY.exists():
        sys.exit("needs ../shared: skipped")
    by_day: dict[date, list[Paper]] = defaultdict(list)
    for paper in read_listing(EARLY):
        if paper.announced is not None and paper.primary_category == "cs.CL" and paper.announced <= LAST:
            by_day[paper.announced].append(paper)
    picks, draw, clock = reader_a([]), random.Random(0), Day()
    took: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text("categories: [cs.CL]\nnotes: {paths: []}\n")
        config = parse_config((folder / "config.yaml").read_text(), folder / "config.yaml")
        models, days = config.store_folder / "models", 0
        with open_context(config, clock=clock, lock_for="bench") as context:
            for day in sorted(by_day):
                listed = by_day[day]
                if day >= FIRST:
                    clock.day = day
                    mine = [one.id for one in listed if one.id in picks] or [
                        one.id for one in draw.sample(listed, min(2, len(listed)))
                    ]
                with context.store.transaction() as tx:
                    tx.papers.put(listed)
                    if day >= FIRST:
                        tx.labels.add(
                            [Label(one, clock.now(), LabelSource.COMMAND, relevant=True) for one in mine]
                        )
                days += day >= FIRST
                if day < FIRST or days % every:
                    continue
                began = time.process_time()
                update_model(context, None, RETRAIN, first_candidate=None)
                took[f"{day:%Y-%m}"].append(time.process_time() - began)
                if len(took[f"{day:%Y-%m}"]) % max(1, 20 // every) == 0:
                    files = [file for file in models.rglob("*") if file.is_file()]
                    versions, spaces = context.registry.versions(), list((models / "spaces").glob("*"))
                    times = took[f"{day:%Y-%m}"]
                    print(
                        f"{day:%Y-%m}: {len(versions)} models and {len(spaces)} spaces, "
                        f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB; {len(times)} trainings, "
                        f"median {np.median(times):.1f} s of CPU, slowest {max(times):.1f} s",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
