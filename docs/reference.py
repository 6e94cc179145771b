"""Every command of triage with its help, for the site's reference and the manual page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer


@dataclass(frozen=True)
class Command:
    """A command, as ``--help`` shows it."""

    path: str
    """``triage model list``."""
    usage: str
    help: str
    """Paragraphs, and examples as a list, in Markdown."""
    options: tuple[tuple[str, str], ...]
    """How each option or argument is written, and what it does."""


def program() -> Any:
    """The program, as a command with commands below it."""
    from triage.cli.app import app

    return typer.main.get_command(app)


def commands(command: Any, path: str = "triage") -> Iterator[Command]:
    """Every command below one, in the help's order."""
    below = getattr(command, "commands", {})
    for name, one in below.items():
        yield from commands(one, f"{path} {name}")
    if not below:
        context = command.make_context(path, [], resilient_parsing=True)
        records = filter(None, (option.get_help_record(context) for option in command.params))
        usage = " ".join(command.get_usage(context).split()).removeprefix("Usage: ")
        options = tuple((names, " ".join(text.split())) for names, text in records)
        yield Command(path, usage, command.help, options)
