#!/usr/bin/env python3
"""Print triage's manual page, made from the program's help: docs/man.py > triage.1"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from reference import Command, commands, program

from triage import __version__


def manual() -> Iterator[str]:
    """The lines of the page, in man's markup (man-pages(7))."""
    yield f'.TH TRIAGE 1 "" "triage {__version__}"'
    yield from (".SH NAME", "triage \\- a daily arXiv triage that learns from your own paper notes")
    yield from (".SH SYNOPSIS", ".B triage", ".I COMMAND", "[OPTIONS]")
    yield from (".SH DESCRIPTION", *_text(program().help))
    yield ".SH COMMANDS"
    for one in commands(program()):
        yield from _section(one)
    yield from (
        ".SH FILES",
        ".TP",
        ".I config.yaml",
        "The settings: in this folder, else in your configuration folder.",
    )
    yield from (".SH EXIT STATUS", "0 when all is well, 1 when something failed, 2 for a wrong option.")


def _section(one: Command) -> Iterator[str]:
    yield f".SS {_plain(one.path)}"
    yield from _text(one.help)
    for names, text in one.options:
        yield from (".TP", f".B {_plain(names)}", _plain(text))


def _text(help_text: str) -> Iterator[str]:
    for line in help_text.splitlines():
        if line.startswith("- "):
            yield from (".br", _plain(line.removeprefix("- ").replace("`", "")))
        else:
            yield _plain(line) or ".PP"


def _plain(text: str) -> str:
    """Text that man shows as it is."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    sys.stdout.write("\n".join(manual()) + "\n")
