"""When a paper was noted: front matter, a journal page's name, a heading that is a day; else git."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from triage.notes.decode import BinaryFile, decode
from triage.notes.frontmatter import as_text
from triage.notes.identifiers import find_ids
from triage.notes.words import ordered
from triage.papers import NoteEntry

_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/._年]?(\d{1,2})[-/._月]?(\d{1,2})(?!\d)")
_KEYS = ordered("date_read read_date date created date_added date-added dateadded added pubdate updated")
_PATIENCE = 60
"""Seconds that git may take; what it has told by then counts."""
_IMPORT = 30
"""More papers than this that appear on one day were not noted on it, but moved."""


def day_of(text: str) -> date | None:
    """The first day in a text, or None.

    >>> str(day_of("journals/2024_01_17.md"))
    '2024-01-17'
    """
    for match in _DAY.finditer(text):
        with suppress(ValueError):
            return date(int(match[1]), int(match[2]), int(match[3]))
    return None


def date_of_note(meta: Mapping[str, Any], file: str, section: Sequence[str] = ()) -> date | None:
    """The day on which a paper was noted, as far as its note says."""
    headings = (heading for heading in reversed(section) if len(heading) <= 30)
    texts = (*headings, *(as_text(meta.get(key)) for key in _KEYS), file.rpartition("/")[2])
    return next(filter(None, map(day_of, texts)), None)


def with_git_days(
    entries: Sequence[NoteEntry], roots: Sequence[Path], paths: Mapping[str, Path]
) -> list[NoteEntry]:
    """Give entries without a day that on which their identifier, or else their line, came into git.

    ``roots`` are the files and folders that were read, ``paths`` the single files by their names.
    Without a repository, or without git, the entries stay as they are.
    """

    @cache
    def lines(file: str) -> list[str]:
        with suppress(OSError, BinaryFile):
            return decode(paths[file].read_bytes()).text.split("\n")
        return []

    def key(entry: NoteEntry) -> tuple[str, str]:
        return entry.file, entry.arxiv_id or "".join(lines(entry.file)[entry.line - 1 : entry.line]).strip()

    keys = [key(one) if one.noted_on is None and one.file in paths else ("", "") for one in entries]
    wanted = {one for one in keys if one[1]}
    days: dict[tuple[str, str], date] = {}
    for root in roots if wanted else ():
        for file, line, day in _added(root, {file for file, _ in wanted}):
            for text in (line.strip(), *(found.id or "" for found in find_ids(line))):
                if (file, text) in wanted:
                    days.setdefault((file, text), day)
    papers = Counter(days.values())
    days = {one: day for one, day in days.items() if papers[day] <= _IMPORT}
    return [
        replace(entry, noted_on=entry.noted_on or days.get(one))
        for entry, one in zip(entries, keys, strict=True)
    ]


def _added(root: Path, files: Collection[str]) -> Iterator[tuple[str, str, date]]:
    """Every line that was added to some files below a root: the file, the line, the day; oldest first."""
    folder = root if root.is_dir() else root.parent
    # Nothing that a repository's own settings name is run.
    options = (
        "-c core.quotePath=false log --reverse --relative -p -U0 --no-renames --no-color --no-ext-diff "
        "--no-textconv --no-show-signature --format=%x01%as --"
    )
    command = [
        "git",
        "-C",
        str(folder),
        *options.split(),
        *sorted({f"*{Path(file).suffix}" for file in files}),
    ]
    with TemporaryFile() as output:
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(command, stdout=output, stderr=subprocess.DEVNULL, timeout=_PATIENCE, check=False)
        output.seek(0)
        file, day = "", None
        for line in (data.decode("utf-8", errors="replace").rstrip("\r\n") for data in output):
            if line.startswith("\x01"):
                day = day_of(line)
            elif line.startswith("+++ "):
                file = line.removeprefix("+++ ").removeprefix("b/")
            elif line.startswith("+") and day and file in files:
                yield file, line[1:], day
