#!/usr/bin/env python3
"""The pages at 30,000 papers: time to the first byte, from a label to the day ranked anew, and a search.

An archive of cs.CL with 30,000 older papers, a day of a hundred made-up ones, one server in a process of its
own.  Seconds of wall clock over the loopback interface, p50 and p95; from a label: the mark in the log and in the
digest's file, and the card with what moved.  Needs ../shared.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.ranking import EARLY
from tests.reader import Reader, listing
from tests.web.server import DAY, Browser, served
from triage.context import open_context
from triage.listing.files import read_listing
from triage.store.store import Store

PAPERS = 30_000
TURNS = 20


def main() -> None:
    """Print the times."""
    if not EARLY.exists():
        sys.exit("needs ../shared: skipped")
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(Path(folder))
        papers = [
            one
            for one in itertools.islice(read_listing(EARLY), 3 * PAPERS)
            if one.announced and one.announced < DAY
        ]
        with open_context(reader.config) as context, context.store.transaction() as tx:
            tx.papers.put(papers[-PAPERS:])
        reader.learn()
        reader.run(reader.write("day.jsonl", listing(DAY, 100, per_topic=20)))
        with Store.of(reader.config) as store, store.reading() as tx:
            known, ids = tx.papers.count(), [one.paper for one in tx.digests.shown_in(DAY)]
        with served(reader.config, reader.clock) as root:
            measure(Browser(root), ids, known)


def measure(browser: Browser, ids: list[str], known: int) -> None:
    """Ask for pages and answer papers, as a browser with script does."""
    browser.get("/")
    time.sleep(15)  # what a label needs is read in the background
    token = re.search(r'name="csrf" value="([^"]+)"', browser.text)
    assert token
    numbers = iter(ids[5:])

    def answer() -> None:
        fields = {"csrf": token[1], "show": "card", "answer": "not"}
        reply = browser.http.post(
            f"{browser.root}/mark/{next(numbers)}", data=fields, headers={"HX-Request": "true"}, timeout=60
        )
        assert 'id="moved"' in reply.text

    def first_byte() -> None:
        browser.http.get(f"{browser.root}/day/{DAY}", stream=True, timeout=60).raw.read(1)

    print(f"{known:,} papers, {len(ids)} of the day")
    for what, action in (
        ("first byte of the day", first_byte),
        ("first byte of a card", lambda: browser.get("/triage")),
        ("label to card and what moved", answer),
        ("search for two words", lambda: browser.get("/search?q=retrieval+augmented")),
        ("similar papers", lambda: browser.get(f"/similar/{ids[0]}")),
    ):
        p50, p95 = np.percentile(times(action), [50, 95])
        print(json.dumps({"what": what, "p50": round(float(p50), 3), "p95": round(float(p95), 3)}))


def times(action: Callable[[], object]) -> list[float]:
    """Return the seconds that an action takes, several times over."""
    took = []
    for _ in range(TURNS):
        began = time.perf_counter()
        action()
        took.append(time.perf_counter() - began)
    return took


if __name__ == "__main__":
    main()
