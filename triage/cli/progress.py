"""Long work says how far it is: bars on a terminal, lines elsewhere; and why nothing moves."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from triage.progress import Progress

if TYPE_CHECKING:
    from triage.config.schema import Config
    from triage.context import Context

_LOG = logging.getLogger("triage")


EVERY = 30.0
"""Seconds between two lines, where there is no terminal."""

_NO_NETWORK = re.compile(
    r"name resolution|not known|no address associated|unreachable|no route", re.IGNORECASE
)


@contextmanager
def opened(config: Config, *, lock_for: str = "") -> Iterator[Context]:
    """Open the context of a command, with its progress shown."""
    from triage.context import open_context

    with shown_progress() as progress, open_context(config, progress=progress, lock_for=lock_for) as context:
        yield context


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Show progress on standard error: a bar on a terminal, elsewhere a line every 30 seconds."""
    with _bars() if sys.stderr.isatty() else nullcontext(_Lines()) as report:
        retries = _Retries(report)
        _LOG.addHandler(retries)
        try:
            yield report
        finally:
            _LOG.removeHandler(retries)


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    from triage.cli.output import console

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=16),
        TextColumn("{task.fields[count]}", markup=False),
        TimeRemainingColumn(compact=True),
    )
    # Standard output does not pass through the bars: it may be a file, and is the reader's.
    with Bars(*columns, console=console(stderr=True), transient=True, redirect_stdout=False) as bars:
        task = bars.add_task("", visible=False, count="")

        def report(what: str, done: int, total: int) -> None:
            if bars.tasks[0].description != what:
                bars.reset(task, description=what, visible=True)
            bars.tasks[0].total = total or None  # an update keeps what is known
            bars.update(task, completed=done, count=_count(done, total))

        yield report


class _Lines:
    """Says what is done, how far it is, and how long it takes at this speed."""

    def __init__(self) -> None:
        self._next = monotonic() + EVERY
        self._began: dict[str, tuple[float, int]] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        now = monotonic()
        began, before = self._began.setdefault(what, (now, done))
        if now < self._next:
            return
        self._next = now + EVERY
        parts = [f"{what} {_count(done, total)}".rstrip()]
        if total and done > before:
            minutes = (now - began) / (done - before) * (total - done) / 60
            parts.append(f"about {ceil(minutes)} min left")
        print(f"triage: {', '.join(parts)}", file=sys.stderr, flush=True)


def _count(done: int, total: int) -> str:
    return f"{done:,} of {total:,}" if total else f"{done:,}" if done else ""


class _Retries(logging.Handler):
    """Shows why nothing moves while a request to arXiv waits for its next try."""

    def __init__(self, report: Progress) -> None:
        super().__init__(logging.WARNING)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "retry":
            retry: dict[str, Any] = vars(record)["fields"]
            problem = f"{urlsplit(retry['url']).hostname}: {retry['problem']}"
            why = "No network" if _NO_NETWORK.search(retry["problem"]) else problem
            self._report(f"{why}; next try in {retry['pause']:.0f} s", 0, 0)
