"""``python -m tests.fake_arxiv``: start the fake arXiv and say how to point triage at it."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path

from tests.fake_arxiv import FakeArxiv, Kind, StartedClock, Where
from triage.listing.calendar import EASTERN


def main() -> None:
    """Parse the command line, serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake_arxiv", description=__doc__)
    parser.add_argument("--listing", type=Path, required=True, help="papers, in triage's listing format")
    parser.add_argument(
        "--date",
        type=date.fromisoformat,
        required=True,
        help="the listing day it is at the start, 8:00 Eastern",
    )
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument(
        "--replaced",
        type=float,
        default=0.3,
        metavar="SHARE",
        help="share of papers that get a second version",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[=VALUE][@SERVICE]",
        help=f"a fault of every answer; kinds: {', '.join(Kind)}; services: {', '.join(Where)}",
    )
    options = parser.parse_args()
    start = datetime.combine(options.date, clock_time(8), EASTERN)
    fake = FakeArxiv(
        options.listing, clock=StartedClock(start), replaced_share=options.replaced, port=options.port
    )
    for text in options.fault:
        switch, _, where = text.partition("@")
        kind, _, value = switch.partition("=")
        fake.faults.add(kind, where or None, times=None, value=value or None)
    with fake:
        lines = [
            f"export TRIAGE_ARXIV__FEED_URL={fake.feed_url}",
            f"export TRIAGE_ARXIV__API_URL={fake.api_url}",
            f"export TRIAGE_ARXIV__OAI_URL={fake.oai_url}",
            f"export TRIAGE_ARXIV__SITE_URL={fake.site_url}",
            f"# It is {start:%Y-%m-%d %H:%M %Z} here, with {len(fake.world.papers)} papers. Ctrl-C ends it.",
        ]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            sys.stdout.write("\n")


if __name__ == "__main__":
    main()
