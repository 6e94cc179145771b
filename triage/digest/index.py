"""The index of all digests: a calendar a month, newest first, that any Markdown viewer shows."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from triage.digest.language import Language, language_of

INDEX_FILE_NAME = "index.md"

_BEGIN = "<!-- triage:index, rewritten by each run; write above or below it -->"
_END = "<!-- /triage:index -->"
_OWNED = re.compile(
    r"<!-- triage:index\b[^>]*-->(?:(?!<!-- triage:index\b).)*?<!-- /triage:index -->", re.DOTALL
)

# Least share of picks, glyph, background.  The steps are fixed, so that an old month never changes its
# look because of a new one.  The glyph is for GitHub, which drops styles, and for terminals; the
# background is see-through for dark themes.
_SHADES = (
    (0.06, "●", "rgba(46,160,67,0.5)"),
    (0.04, "◕", "rgba(46,160,67,0.36)"),
    (0.02, "◑", "rgba(46,160,67,0.24)"),
    (0.0, "◔", "rgba(46,160,67,0.12)"),
)
_NO_PICK = "○"


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One digest in the index."""

    day: date
    total: int
    """New submissions in the listings it covers."""
    interesting: int
    """Papers picked."""
    file_name: str
    """The digest's file, relative to the index, with ``/`` between folders."""


def render_index(rows: Iterable[IndexRow], language: str) -> str:
    """Write the machine's part of the index.

    Parameters
    ----------
    rows : iterable of IndexRow
        Every digest, in any order; of two for one day the last is shown.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    str
        Markdown between two comments, ending in a line end.  The same rows give the same text.

    Raises
    ------
    DigestError
        If the language is unknown.
    """
    words = language_of(language)
    by_day = {row.day: row for row in rows}
    newest_first = sorted(by_day, reverse=True)
    blocks = [_BEGIN, f"# {words['index_title']}"]
    if newest_first:
        blocks.append(_legend(words))
    for (year, month), _ in groupby(newest_first, key=lambda day: (day.year, day.month)):
        blocks += [f"## {words.month(year, month)}", _month(year, month, by_day, words)]
    return "\n\n".join([*blocks, _END]) + "\n"


def merge_index(existing: str | None, block: str) -> str:
    """Put the machine's part in place of the former one, keeping what the reader wrote around it.

    Without a former part (or if one of its two comments is lost) the new one goes below everything,
    since nothing that might be the reader's is ever removed.
    """
    if not existing or not existing.strip():
        return block
    if "\r\n" in existing:
        block = block.replace("\n", "\r\n")
    if owned := _OWNED.search(existing):
        return existing[: owned.start()] + block.rstrip("\r\n") + existing[owned.end() :]
    line_end = "\r\n" if "\r\n" in existing else "\n"
    return existing.rstrip("\r\n") + line_end * 2 + block


def _month(year: int, month: int, by_day: dict[date, IndexRow], words: Language) -> str:
    lines = [_table_row(words.weekdays), _table_row([":-:"] * 7)]
    for week in calendar.Calendar(calendar.MONDAY).monthdatescalendar(year, month):
        lines.append(
            _table_row([_cell(day, by_day.get(day), words) if day.month == month else " " for day in week])
        )
    return "\n".join(lines)


def _table_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(day: date, row: IndexRow | None, words: Language) -> str:
    if row is None:
        return str(day.day)
    text = f"{day.day}({row.total}->{row.interesting} {words['index_papers']})"
    target = row.file_name.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    glyph, colour = _shade(row)
    # The link is Markdown, so that Obsidian follows it; the span only shades the cell.
    shown = f"{glyph} [{text}]({target})"
    return f'<span style="display:block;background:{colour}">{shown}</span>' if colour else shown


def _shade(row: IndexRow) -> tuple[str, str]:
    share = row.interesting / row.total if row.total else 0.0
    if not row.interesting:
        return _NO_PICK, ""
    return next((glyph, colour) for least, glyph, colour in _SHADES if share >= least)


def _legend(words: Language) -> str:
    steps = [f"{_NO_PICK} {words['index_none']}"]
    upper = None
    shades = []
    for least, glyph, colour in _SHADES:
        text = f"≥ {least:.0%}" if upper is None else f"&lt; {upper:.0%}"
        shades.append(f'<span style="background:{colour}">{glyph} {text}</span>')
        upper = least
    return f"{words['index_shade']} {', '.join(steps + shades[::-1])}"
