"""Picks files: which papers somebody chose, and on what day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from triage.errors import ModelError
from triage.papers import ArxivId, parse_saved_id


def read_picks(path: Path, warn: Callable[[str], None] = lambda _: None) -> dict[ArxivId, date]:
    """Read a TSV with the header ``date``, ``arxiv_id`` (and any further columns).

    A paper picked twice counts from its first day.  A line without a day or an identifier is skipped;
    `warn` gets a sentence about it.

    Raises
    ------
    ModelError
        If the file can't be read, or is no picks file.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} can't be read: {error}") from error
    header = lines[0].split("\t") if lines else []
    if header[:2] != ["date", "arxiv_id"]:
        raise ModelError(
            f"{path}, line 1: a picks file begins with the header 'date<TAB>arxiv_id'",
            remedy="Each further line is a day (YYYY-MM-DD), a tab and an arXiv identifier.",
        )
    picks: dict[ArxivId, date] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        try:
            day = date.fromisoformat(cells[0].strip())
            paper, mended = parse_saved_id(cells[1])
        except (ValueError, IndexError) as error:
            warn(f"{path}, line {number}: {error if len(cells) > 1 else 'no tab'}; the line is skipped")
            continue
        if mended:
            warn(f"{path}, line {number}: {cells[1].strip()} was saved as a number; read as {paper}")
        picks[paper] = min(day, picks.get(paper, day))
    return picks
