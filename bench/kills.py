#!/usr/bin/env python3
"""Does anything get lost when the machine dies?  kill -9 at 200 random moments.

A made-up reader learns, runs, syncs and retrains, each in a process of its own that is killed at a
random moment of its work and then done again to the end.  Everything must be as without the kill:
the store whole, notes, digests, pages and copies byte for byte, labels, announcements, deliveries and
models.  Prints what differed; exits 1 then.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.kills import STEPS, Kept, copy_of, kept, killed_at, prepared, seconds_for

KILLS = 200
MOST_TOLD = 40


def differences(now: Kept, then: Kept) -> list[str]:
    """Say in which parts two outcomes differ."""
    found = []
    for field in fields(Kept):
        mine, other = getattr(now, field.name), getattr(then, field.name)
        if field.name == "files":
            names = sorted(name for name in mine | other if mine.get(name) != other.get(name))
            found += [f"file {name}" for name in names]
        elif mine != other:
            found.append(f"{field.name}: {mine!r:.200} instead of {other!r:.200}")
    return found


def main() -> int:
    started = time.monotonic()
    rng = random.Random(9)
    wrong: list[str] = []
    killed: Counter[str] = Counter()
    too_late: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ready = prepared(folder / "ready")
        undisturbed, lasts = {}, {}
        # The first process starts what the others begin with.
        seconds_for("sync", copy_of(ready["sync"], folder / "first"))
        for step, reader in ready.items():
            alone = copy_of(reader, folder / f"{step}-alone")
            lasts[step] = seconds_for(step, alone)
            undisturbed[step] = kept(alone)
        while killed.total() < KILLS:
            step = list(STEPS)[killed.total() % len(STEPS)]
            reader = copy_of(ready[step], folder / "one")
            moment = rng.uniform(0.0, lasts[step])
            if killed_at(step, reader, moment):
                killed[step] += 1
                what = f"{step} killed after {moment:.3f} s of {lasts[step]:.3f}"
                try:
                    seconds_for(step, reader)
                    wrong += [f"{what}: {one}" for one in differences(kept(reader), undisturbed[step])]
                except Exception:
                    wrong.append(f"{what}: {traceback.format_exc(limit=-3)}")
            else:
                too_late[step] += 1
            shutil.rmtree(reader.folder)
    for step, number in killed.items():
        print(
            f"{step:8} killed {number:4} times within {lasts[step]:.2f} s; done before {too_late[step]} kills"
        )
    print(f"{time.monotonic() - started:.0f} s in all; wrong: {len(wrong)}")
    for line in wrong[:MOST_TOLD]:
        print(f"  {line}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
