"""The ``triage`` command: every command is a few lines over the rooms."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from triage import __version__
from triage.cli import daily, labels, portable
from triage.cli.backtest import backtest
from triage.cli.daemon import daemon
from triage.cli.notes import app as notes_app
from triage.cli.running import explained

app = typer.Typer(
    name="triage",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",  # else lines end where the docstrings' do
    help="A daily arXiv triage that learns from your own paper notes.\n\n"
    "Start with 'triage demo' (offline), then 'triage init', name your notes in config.yaml, "
    "'triage learn', and 'triage run' every day.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"triage {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, metavar="", help="Say the version and leave."
        ),
    ] = False,
) -> None:
    """Hold the options of the program itself."""


archive = typer.Typer(no_args_is_help=True, help="Older papers in the store.")
archive.command("import")(daily.import_archive)
archive.command("fetch")(daily.fetch_archive)

EVERY_DAY, LEARNING, SETTING_UP = "Every day", "Learning", "Setting up"
app.command(rich_help_panel=EVERY_DAY)(daily.run)
app.command(rich_help_panel=EVERY_DAY)(daily.rank)
app.command(rich_help_panel=EVERY_DAY)(daily.status)
app.command(rich_help_panel=EVERY_DAY)(daemon)
app.command(rich_help_panel=LEARNING)(daily.learn)
app.command(rich_help_panel=LEARNING)(labels.label)
app.command(rich_help_panel=LEARNING)(labels.labels)
app.command(rich_help_panel=LEARNING)(labels.sync)
app.command(rich_help_panel=LEARNING)(labels.retrain)
app.add_typer(labels.model, name="model", rich_help_panel=LEARNING)
app.add_typer(notes_app, name="notes", rich_help_panel=LEARNING)
app.command(rich_help_panel=LEARNING)(backtest)
app.command(rich_help_panel=SETTING_UP)(daily.demo)
app.command(rich_help_panel=SETTING_UP)(daily.init)
app.add_typer(archive, name="archive", rich_help_panel=SETTING_UP)
app.command(rich_help_panel=SETTING_UP)(portable.export)
app.command("import", rich_help_panel=SETTING_UP)(portable.import_)


def main() -> None:
    """Run the command line."""
    settle_streams()
    try:
        # Also around what a command forgot: an error that is explained is never a traceback.
        with explained():
            app(prog_name="triage")
    except typer.Exit as left:
        sys.exit(left.exit_code)


def settle_streams() -> None:
    """Make standard output and error take what is written: UTF-8 in pipes and files, whatever the locale.

    A closed one (``>&-``, some schedulers) becomes one that goes nowhere.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 -- for good
        elif stream.isatty():
            stream.reconfigure(errors="backslashreplace")
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
