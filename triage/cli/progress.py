"""Progress on a terminal: bars, and why nothing moves while arXiv is asked again."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from triage.progress import Progress, silent

if TYPE_CHECKING:
    from triage.config.schema import Config
    from triage.context import Context

_LOG = logging.getLogger("triage")


@contextmanager
def opened(config: Config, *, lock_for: str = "") -> Iterator[Context]:
    """Open the context of a command, with its progress shown."""
    from triage.context import open_context

    with shown_progress() as progress, open_context(config, progress=progress, lock_for=lock_for) as context:
        yield context


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Show progress on standard error: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    from triage.cli.output import console

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[count]}", markup=False),
        TimeRemainingColumn(),
    )
    # Standard output does not pass through the bars: it may be a file, and is the reader's.
    with Bars(*columns, console=console(stderr=True), transient=True, redirect_stdout=False) as bars:
        tasks: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            count = (f"{done:,} of {total:,}" if total else f"{done:,}") if done or total else ""
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total or None, count=count)
            for name, task in tasks.items():
                bars.update(task, visible=name == what)
            bars.update(tasks[what], completed=done, total=total or None, count=count)

        retries = _Retries(lambda why: report(why, 0, 0))
        _LOG.addHandler(retries)
        try:
            yield report
        finally:
            _LOG.removeHandler(retries)


class _Retries(logging.Handler):
    """Shows why nothing moves while a request to arXiv waits for its next try."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "retry":
            retry: dict[str, Any] = vars(record)["fields"]
            host = urlsplit(retry["url"]).hostname
            self._show(f"{host}: {retry['problem']}; asking again in {retry['pause']:.0f} s")
