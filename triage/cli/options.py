"""The options that commands share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from triage.config.schema import Config


def load(named: Path | None) -> Config:
    """Read the configuration."""
    from triage.config.load import load_config

    return load_config(named)


def option(name: str, metavar: str, help_text: str, **more: Any) -> Any:
    """Return an option with a value."""
    return typer.Option(name, metavar=metavar, help=help_text, **more)


def argument(metavar: str, help_text: str, **more: Any) -> Any:
    """Return an argument."""
    return typer.Argument(metavar=metavar, help=help_text, **more)


def day_option(name: str, help_text: str, **more: Any) -> Any:
    """Return an option that takes a day."""
    return option(name, "YYYY-MM-DD", help_text, parser=_day, **more)


def flag(name: str, help_text: str) -> Any:
    """Return an option without a value."""
    return typer.Option(name, help=help_text, show_default=False)


def file_option(name: str, help_text: str) -> Any:
    """Return an option that takes an existing file."""
    return option(name, "FILE", help_text, exists=True, dir_okay=False, readable=True)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise typer.BadParameter(f"{value!r} is not a day such as 2024-01-17") from error


ConfigOption = Annotated[
    Path | None,
    option(
        "--config",
        "FILE",
        "The configuration file. Default: config.yaml in this folder, then the one in your "
        "configuration folder.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, flag("--json", "Prints JSON Lines on standard output, and nothing else there.")]
ListingOption = Annotated[
    Path | None, option("--listing", "FILE", "Reads this listing file instead of arXiv, without the network.")
]
