#!/usr/bin/env python3
"""Can a spoiled answer of arXiv do harm?  10,000 mutated feeds, API pages and OAI-PMH pages.

The recorded answers of ../shared (those of ordinary size) and the fake arXiv's are spoiled in one to
three places (tests/listing/mutants.py), one in ten also after compression, and go the whole way: HTTP
on loopback, the polite client, the sources, the store.  Wrong is an exception that is no TriageError,
more than 10 s for one answer, a paper that the answer did not have, 500 MB of memory.  Exits 1 then.
"""

from __future__ import annotations

import logging
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.listing.mutants import (  # noqa: E402
    Original,
    ReplayServer,
    ids_in,
    made_up,
    mutated,
    packed,
    read_as,
    recorded,
    replay_server,
)
from triage.errors import TriageError  # noqa: E402
from triage.papers import ArxivId, Paper  # noqa: E402
from triage.store.store import Store  # noqa: E402

RECORDED = ROOT.parent / "shared" / "recorded"
MUTANTS = 10_000
LONGEST_SECONDS = 10
MOST_MB = 500


class Hang(BaseException):
    """One answer takes too long."""


def stop(*_: object) -> None:
    raise Hang


def true_ids(server: ReplayServer, original: Original) -> set[ArxivId]:
    """What an answer has when it is whole; nothing, for one that is an error or cut off."""
    try:
        return ids_in(server, original)
    except TriageError:
        return set()


def main() -> int:
    logging.disable()
    started = time.monotonic()
    rng = random.Random(10_000)
    originals = made_up() + recorded(RECORDED)
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    slowest = 0.0
    signal.signal(signal.SIGALRM, stop)
    with (
        tempfile.TemporaryDirectory() as name,
        replay_server(Path(name)) as server,
        Store("sqlite://") as store,
    ):
        truth = {original.name: true_ids(server, original) for original in originals}
        for number in range(MUTANTS):
            original = originals[number % len(originals)]
            compressed = rng.random() < 0.1
            body = (packed if compressed else mutated)(original.body, rng)
            began = time.monotonic()
            signal.alarm(LONGEST_SECONDS)
            papers: list[Paper] = []
            try:
                papers = read_as(server, original, body, "gzip" if compressed else "")
                with store.transaction() as tx:
                    tx.papers.put(papers)
                outcomes[f"{original.service}: read"] += 1
            except TriageError:
                outcomes[f"{original.service}: refused"] += 1
            except Hang:
                wrong.append(f"{number}, {original.name}: no end within {LONGEST_SECONDS} s")
            except Exception:
                wrong.append(f"{number}, {original.name}: {traceback.format_exc(limit=-3)}")
            signal.alarm(0)
            slowest = max(slowest, time.monotonic() - began)
            false = {paper.id for paper in papers} - truth[original.name]
            if false:
                wrong.append(f"{number}, {original.name}: {len(false)} papers it did not have: {min(false)}")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if megabytes > MOST_MB:
        wrong.append(f"{megabytes} MB of memory")
    print(f"{len(originals)} answers ({len(originals) - len(made_up())} recorded), {MUTANTS} mutants")
    for what, count in sorted(outcomes.items()):
        print(f"{what:20} {count:6}")
    print(f"slowest {slowest:.2f} s, peak memory {megabytes} MB, {time.monotonic() - started:.0f} s in all")
    print(f"wrong: {len(wrong)}")
    for line in wrong:
        print(f"  {line}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
