"""What all commands share: the configuration option, errors told in one place, progress on a terminal."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from urllib.parse import urlsplit

import typer

from triage.errors import TriageError
from triage.progress import Progress

if TYPE_CHECKING:
    from triage.config.schema import Config

_LOG = logging.getLogger("triage")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Configuration file; by default config.yaml here, then the one in your config folder.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", metavar="", help="Print JSON Lines, and nothing else, on standard output.")
]


def load(named: Path | None) -> Config:
    """Read the configuration."""
    from triage.config.load import load_config

    return load_config(named)


class _Terminated(KeyboardInterrupt):
    """SIGTERM: what stops containers, units and machines, and means the same as Ctrl-C."""


def _terminate(*_: object) -> NoReturn:
    raise _Terminated


@contextmanager
def explained() -> Iterator[None]:
    """Tell the reader what went wrong and how to mend it; the exit status is set here alone."""
    signal.signal(signal.SIGTERM, _terminate)
    logging.captureWarnings(True)
    # The log is the daemon's; a command says in its own words what became of it.
    _LOG.addHandler(logging.NullHandler())
    try:
        yield
        sys.stdout.flush()
    except TriageError as error:
        _tell(error.message, error.remedy)
        raise typer.Exit(error.exit_status) from None
    except KeyboardInterrupt as stop:
        typer.echo("triage: stopped; what was finished is kept, run again to go on.", err=True)
        number = signal.SIGTERM if isinstance(stop, _Terminated) else signal.SIGINT
        raise typer.Exit(128 + number) from None
    except BrokenPipeError:
        # The reader of our output left (head, a closed pager); that is no failure.  What is still
        # buffered goes nowhere, or the interpreter would complain of it on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        what = error.filename or "the output can't be written"
        _tell(
            f"{what}: {error.strerror or error}.", "Check permissions and the disk's free space; run again."
        )
        raise typer.Exit(1) from None


def _tell(message: str, remedy: str) -> None:
    typer.secho("triage: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(message, err=True)
    if remedy:
        typer.echo(f"  {remedy}", err=True)


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Show progress on standard error: a bar on a terminal, nothing elsewhere."""
    from triage.progress import silent

    if not sys.stderr.isatty():
        yield silent
        return
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    from triage.cli.reports import console

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[count]}", markup=False),
        TimeRemainingColumn(),
    )
    # Standard output is not redirected through the bars: it may be a file, and is the reader's.
    with Bars(*columns, console=console(stderr=True), transient=True, redirect_stdout=False) as bars:
        tasks: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            count = (f"{done:,} of {total:,}" if total else f"{done:,}") if done or total else ""
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total or None, count=count)
            for name, task in tasks.items():
                bars.update(task, visible=name == what)
            bars.update(tasks[what], completed=done, total=total or None, count=count)

        waits = _Waits(lambda why: report(why, 0, 0))
        _LOG.addHandler(waits)
        try:
            yield report
        finally:
            _LOG.removeHandler(waits)


class _Waits(logging.Handler):
    """Says on the terminal why nothing moves, when arXiv is to be asked again after a pause."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        match record.msg.split(" ", 1)[0], record.args:
            case "retry", (_, url, str(problem), _, float(pause)):
                # The log has it in JSON's quotes.
                self._say(
                    f"{urlsplit(str(url)).hostname}: {json.loads(problem)}; asking again in {pause:.0f} s"
                )
