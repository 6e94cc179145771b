"""How commands print: JSON Lines for programs, tables on a terminal, plain text in pipes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def fields(value: object, *names: str) -> dict[str, Any]:
    """Return some attributes of a value, for JSON."""
    return {name: getattr(value, name) for name in names}


def print_json_lines(records: Iterable[Mapping[str, Any]]) -> None:
    """Print one JSON object a line, UTF-8, with the keys in the order given."""
    for record in records:
        sys.stdout.write(json.dumps(record, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def print_notices(notices: Iterable[str]) -> None:
    """Print on standard error what the reader should know."""
    for notice in notices:
        print(f"triage: {notice}", file=sys.stderr)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows: a table on a terminal, else values between tabs, without a header.

    A title may hold escape sequences; the terminal does not get to see them.
    """
    from triage.listing.text import single_spaced

    cleaned = (tuple(map(single_spaced, row)) for row in rows)
    if not sys.stdout.isatty():
        for row in cleaned:
            print("\t".join(row))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in cleaned:
        table.add_row(*map(Text, row))
    console().print(table)


def console(*, stderr: bool = False) -> Console:
    """Return a terminal that shows text as it is.

    Titles and notes may hold anything: ``[bold]`` and ``:fire:`` in them are not instructions to Rich.
    """
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            # Rich would exit with a failure, but it is no failure when the other end stops reading.
            raise BrokenPipeError

    return Output(stderr=stderr, highlight=False, markup=False, emoji=False)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun: ``1 paper``, ``2,000 papers``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
