"""``python -m tests.fake_arxiv``: start the fake arXiv and say how to point triage at it."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path
from urllib.parse import urlencode

from tests.fake_arxiv import FakeArxiv, Kind, ReceivedRequest, StartedClock, Where
from triage.errors import TriageError
from triage.listing.calendar import EASTERN

LOOK_EVERY = 0.2
"""Seconds between looks for new requests to print."""


@dataclass(frozen=True)
class Switch:
    """A fault as it is named on the command line."""

    kind: Kind
    where: Where | None = None
    value: str | None = None
    retry_after: str = ""
    times: int | None = None


def parse_switch(text: str) -> Switch:
    """Read ``KIND[=VALUE][,retry-after=WHEN][,times=N][@SERVICE]``.

    Raises
    ------
    argparse.ArgumentTypeError
        If there is no such kind, service or option.
    """
    fault, at, service = text.rpartition("@")
    # An address to redirect to may hold one as well.
    if not at or service not in list(Where):
        if at and "/" not in service:
            raise argparse.ArgumentTypeError(f"no service {service!r}; there are {', '.join(Where)}")
        fault, service = text, ""
    # A date in Retry-After has a comma and a space.
    first, *more = re.split(r",(?! )", fault)
    name, _, value = first.partition("=")
    options = {option.partition("=")[0]: option.partition("=")[2] for option in more}
    if name not in list(Kind):
        raise argparse.ArgumentTypeError(f"no fault {name!r}; there are {', '.join(Kind)}")
    if unknown := options.keys() - {"retry-after", "times"}:
        raise argparse.ArgumentTypeError(f"no option {min(unknown)!r}; there are retry-after and times")
    times = options.get("times")
    if times is not None and not re.fullmatch(r"[1-9]\d{0,8}", times):
        raise argparse.ArgumentTypeError(f"times={times} is no number")
    return Switch(
        Kind(name),
        Where(service) if service else None,
        value or None,
        options.get("retry-after", ""),
        None if times is None else int(times),
    )


def log_line(request: ReceivedRequest) -> str:
    """Return a request as the log shows it: when by the server's clock, the answer, the query, faults."""
    query = f"?{urlencode(request.params, safe=':[]')}" if request.params else ""
    faults = f"  ({', '.join(request.faults)})" if request.faults else ""
    return f"{request.at.astimezone(EASTERN):%H:%M:%S} {request.status} {request.where} {request.path}{query}{faults}"


def main(arguments: Sequence[str] | None = None) -> None:
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
        type=parse_switch,
        metavar="KIND[=VALUE][,retry-after=WHEN][,times=N][@SERVICE]",
        help="a fault of every answer, or of the next N; "
        f"kinds: {', '.join(Kind)}; services: {', '.join(Where)}",
    )
    parser.add_argument("--log", action="store_true", help="print every request on standard error")
    options = parser.parse_args(arguments)
    start = datetime.combine(options.date, clock_time(8), EASTERN)
    try:
        fake = FakeArxiv(
            options.listing, clock=StartedClock(start), replaced_share=options.replaced, port=options.port
        )
    except (TriageError, OSError) as error:
        parser.exit(1, f"{parser.prog}: {error}\n")
    for switch in options.fault:
        fake.faults.add(
            switch.kind,
            switch.where,
            times=switch.times,
            value=switch.value,
            retry_after=switch.retry_after,
        )
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
        logged = 0
        try:
            while True:
                time.sleep(LOOK_EVERY)
                for request in fake.requests[logged:] if options.log else ():
                    sys.stderr.write(log_line(request) + "\n")
                    logged += 1
                sys.stderr.flush()
        except KeyboardInterrupt:
            sys.stdout.write("\n")


if __name__ == "__main__":
    main()
