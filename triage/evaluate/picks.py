"""Picks files: which papers somebody chose, and on what day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from triage.community.parse import read_rows
from triage.errors import ModelError
from triage.papers import ArxivId


def read_picks(path: Path, warn: Callable[[str], None] = lambda _: None) -> dict[ArxivId, date]:
    """Read a TSV with the header ``date``, ``arxiv_id`` (and any further columns).

    A paper picked twice counts from its first day.  A wrong line is skipped; ``warn`` gets a sentence.

    Raises
    ------
    ModelError
        If the file can't be read, or is no picks file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} can't be read: {error}") from error
    if [one.strip() for one in text.partition("\n")[0].split("\t")[:2]] != ["date", "arxiv_id"]:
        raise ModelError(
            f"{path}, line 1: a picks file begins with the header 'date<TAB>arxiv_id'",
            remedy="Each further line is a day (YYYY-MM-DD), a tab and an arXiv identifier.",
        )
    picks: dict[ArxivId, date] = {}
    for day, paper in read_rows(text, lambda what: warn(f"{path}, {what}")):
        picks[paper] = min(day, picks.get(paper, day))
    return picks
