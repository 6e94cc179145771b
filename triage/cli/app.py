"""The ``triage`` command: its command groups, and what every command has."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from triage import __version__
from triage.cli import (
    archive,
    backtest,
    daily,
    init,
    labels,
    learning,
    models,
    notes,
    review,
    setup,
    status,
    web,
)
from triage.cli.errors import explained, show_tracebacks


class _PlainHelp:
    """Shows no ``<bool>`` beside a flag and no ``<list[str]>`` beside an argument."""

    def get_params(self, ctx: Any) -> list[Any]:
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for one in params:
            if isinstance(one, TyperArgument) or (isinstance(one, TyperOption) and one.is_flag):
                one.display_type_rich = lambda ctx: ""  # type: ignore[method-assign]  # noqa: ARG005
            if "--help" in one.opts:
                one.help = "Shows this help and exits."
        return params


class _Command(_PlainHelp, TyperCommand):
    pass


class _Group(_PlainHelp, TyperGroup):
    pass


def _group(name: str, help_text: str, **more: Any) -> typer.Typer:
    return typer.Typer(name=name, help=help_text, cls=_Group, no_args_is_help=True, **more)


def _add(group: typer.Typer, command: Callable[..., None], *, panel: str | None = None) -> None:
    name = command.__name__.rstrip("_")
    group.command(name, cls=_Command, rich_help_panel=panel)(explained()(command))


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"triage {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Shows the version and exits."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", callback=show_tracebacks, help="Shows a traceback under each error.")
    ] = False,
) -> None:
    """Hold the options of the program itself."""


app = _group(
    "triage",
    "A daily arXiv triage that learns from your own paper notes.\n\n"
    "Try it offline with 'triage demo'. Then: 'triage init', "
    "'triage learn', and 'triage run' every day.",
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",  # else lines end where those of the docstrings do
)
app.callback()(_options)
PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    "To begin with": (setup.demo, init.init, learning.learn),
    "Every day": (daily.run, status.status, daily.rank, web.web, review.review, daily.daemon),
    "Your word": (labels.label, labels.labels, labels.sync, learning.retrain, backtest.backtest),
    "Data": (setup.export, setup.import_),
}
GROUPS: dict[str, tuple[str, str, tuple[Callable[..., None], ...]]] = {
    "notes": (
        "Your word",
        "The papers in your notes, and the mistakes there.",
        (notes.extract, notes.explain, notes.doctor),
    ),
    "model": (
        "Data",
        "The models made so far, and the way back to an earlier one.",
        (models.list_, models.show, models.rollback, models.diff),
    ),
    "archive": ("Data", "Older papers in the store.", (archive.import_, archive.fetch)),
}
for panel, commands in PANELS.items():
    for command in commands:
        _add(app, command, panel=panel)
for name, (panel, help_text, commands) in GROUPS.items():
    group = _group(name, help_text)
    for command in commands:
        _add(group, command)
    app.add_typer(group, rich_help_panel=panel)


def main() -> None:
    """Run the command line."""
    set_up_streams()
    try:
        # Also around what is outside of a command: an explained error is never shown as a traceback.
        with explained():
            app(prog_name="triage")
    except typer.Exit as end:
        sys.exit(end.exit_code)


def set_up_streams() -> None:
    """Write UTF-8 to pipes and files whatever the locale; a closed stream (``>&-``) leads nowhere."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 -- for good
        elif stream.isatty():
            stream.reconfigure(errors="backslashreplace")
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
