"""The index of all digests: a calendar a month, newest first, that any Markdown viewer shows."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Sequence
from datetime import date

from triage.digest.language import Language, language_of
from triage.store.digests import StoredDigest

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


def render_index(digests: Iterable[StoredDigest], language: str, reviews: Sequence[str] = ()) -> str:
    """Return the machine's part of the index: Markdown between two comments.

    Of two digests for one day the last is shown.

    Raises
    ------
    DigestError
        If the language is unknown.
    """
    texts = language_of(language)
    by_day = {digest.day: digest for digest in digests}
    blocks = [_BEGIN, f"# {texts['index_title']}"]
    if by_day:
        blocks.append(_legend(texts))
    if reviews:
        links = (f"[{name.removesuffix('-review.md')}]({name})" for name in sorted(reviews, reverse=True))
        blocks.append(f"{texts['index_reviews']}{texts['colon']}{texts['comma'].join(links)}")
    for year, month in sorted({(day.year, day.month) for day in by_day}, reverse=True):
        blocks += [f"## {texts.month(year, month)}", _month(year, month, by_day, texts)]
    return "\n\n".join([*blocks, _END]) + "\n"


def merge_index(existing: str | None, block: str) -> str:
    """Replace the machine's part of the index, keeping what the reader wrote around it.

    Without such a part (or if one of its two comments is lost) the new one goes below everything, since
    nothing that might be the reader's is ever removed.
    """
    if not existing or not existing.strip():
        return block
    if "\r\n" in existing:
        block = block.replace("\n", "\r\n")
    if owned := _OWNED.search(existing):
        return existing[: owned.start()] + block.rstrip("\r\n") + existing[owned.end() :]
    line_end = "\r\n" if "\r\n" in existing else "\n"
    return existing.rstrip("\r\n") + line_end * 2 + block


def _month(year: int, month: int, by_day: dict[date, StoredDigest], texts: Language) -> str:
    lines = [_table_row(texts.weekdays), _table_row([":-:"] * 7)]
    for week in calendar.Calendar(calendar.MONDAY).monthdatescalendar(year, month):
        lines.append(
            _table_row([_cell(day, by_day.get(day), texts) if day.month == month else " " for day in week])
        )
    return "\n".join(lines)


def _table_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(day: date, digest: StoredDigest | None, texts: Language) -> str:
    if digest is None:
        return str(day.day)
    text = f"{day.day}({digest.total}->{digest.interesting} {texts['index_papers']})"
    target = digest.file.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    glyph, colour = _shade(digest)
    # The link is Markdown, so that Obsidian follows it; the span only shades the cell.
    shown = f"{glyph} [{text}]({target})"
    return f'<span style="display:block;background:{colour}">{shown}</span>' if colour else shown


def _shade(digest: StoredDigest) -> tuple[str, str]:
    share = digest.interesting / digest.total if digest.total else 0.0
    if not digest.interesting:
        return _NO_PICK, ""
    return next((glyph, colour) for least, glyph, colour in _SHADES if share >= least)


def _legend(texts: Language) -> str:
    steps = [f"{_NO_PICK} {texts['index_none']}"]
    labels = [f"≥ {_SHADES[0][0]:.0%}", *(f"&lt; {least:.0%}" for least, _, _ in _SHADES)]
    for (_, glyph, colour), label in reversed(list(zip(_SHADES, labels, strict=False))):
        steps.append(f'<span style="background:{colour}">{glyph} {label}</span>')
    return f"{texts['index_shade']} {', '.join(steps)}"
