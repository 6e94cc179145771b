"""What the commands print: JSON Lines for programs, Rich for people, plain text for pipes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any


def print_json_lines(records: Iterable[Mapping[str, Any]]) -> None:
    """Print one JSON object a line on standard output, UTF-8, keys in the order given."""
    for record in records:
        sys.stdout.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun: ``1 paper``, ``2,000 papers``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
