"""When a paper was noted: front matter, a journal page's name, a heading that is a day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from triage.notes.frontmatter import as_text

_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/._年]?(\d{1,2})[-/._月]?(\d{1,2})(?!\d)")
_KEYS = (
    "date_read",
    "read_date",
    "date",
    "created",
    "date_added",
    "date-added",
    "dateadded",
    "added",
    "pubdate",
    "updated",
)


def day_of(text: str) -> date | None:
    """The first day in a text, or None.

    >>> str(day_of("journals/2024_01_17.md"))
    '2024-01-17'
    """
    for match in _DAY.finditer(text):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            continue
    return None


def date_of_note(meta: Mapping[str, Any], file: str, section: Sequence[str] = ()) -> date | None:
    """The day on which a paper was noted, as far as its note says."""
    for heading in reversed(section):
        if len(heading) <= 30 and (day := day_of(heading)):
            return day
    for key in _KEYS:
        if day := day_of(as_text(meta.get(key))):
            return day
    return day_of(file.rpartition("/")[2])
