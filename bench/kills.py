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
        for tx, reader in ready.items():
            alone = copy_of(reader, folder / f"{tx}-alone")
            lasts[tx] = seconds_for(tx, alone)
            undisturbed[tx] = kept(alone)
        while killed.total() < KILLS:
            tx = list(STEPS)[killed.total() % len(STEPS)]
            reader = copy_of(ready[tx], folder / "one")
            moment = rng.uniform(0.0, lasts[tx])
            if killed_at(tx, reader, moment):
                killed[tx] += 1
                what = f"{tx} killed after {moment:.3f} s of {lasts[tx]:.3f}"
                try:
                    seconds_for(tx, reader)
                    wrong += [f"{what}: {one}" for one in differences(kept(reader), undisturbed[tx])]
                except Exception:
                    wrong.append(f"{what}: {traceback.format_exc(limit=-3)}")
            else:
                too_late[tx] += 1
            shutil.rmtree(reader.folder)
    for tx, number in killed.items():
        print(f"{tx:8} killed {number:4} times within {lasts[tx]:.2f} s; done before {too_late[tx]} kills")
    print(f"{time.monotonic() - started:.0f} s in all; wrong: {len(wrong)}")
    for line in wrong[:MOST_TOLD]:
        print(f"  {line}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
