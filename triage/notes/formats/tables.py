"""Tables in files of their own: Zotero's, Notion's and other exports by their header, lists of papers."""

from __future__ import annotations

import csv
import io
import re

from triage.notes.formats import NoteProblem, Reading
from triage.notes.labels import Says, kind_of_label
from triage.notes.mapping import reading_of_table
from triage.notes.reading import read_note
from triage.notes.tree import Builder, Note
from triage.notes.words import all_of, any_of

_MOST_ROWS = 200_000
_TITLES = (
    "title",
    "paper title",
    "paper",
    "name",
    "article title",
    "document title",
    *all_of("field.title"),
)
_BESIDE = re.compile(rf"^{any_of('field.beside')}$", re.I)


class TableFormat:
    """``.csv`` and ``.tsv``."""

    name = "table"
    suffixes = (".csv", ".tsv", ".tab")

    def recognises(self, text: str) -> bool:
        """Whether the first line is the header of a reference manager's table."""
        return is_papers_header(header_of(text))

    def read(self, text: str, file: str) -> Reading:
        """Find the rows that are papers."""
        # A Notion cell may hold a whole page; the module's own limit is for careless programs.
        csv.field_size_limit(10_000_000)
        try:
            rows = list(zip(range(_MOST_ROWS), _numbered(text), strict=False))
        except csv.Error as error:
            return Reading(
                problems=(NoteProblem(file, 0, f"the table can't be read: {error}", "save it as CSV again"),)
            )
        table = [row for _, row in rows]
        if not table:
            return Reading()
        header = [name.strip().lstrip("\ufeff") for name in table[0][1]]
        if is_papers_header(header) and any(name.lower() in _TITLES for name in header):
            return reading_of_table(
                ((dict(zip(header, row, strict=False)), line) for line, row in table[1:]), file
            )
        builder = Builder()
        for line, row in table[1:]:
            builder.row(line, [cell.replace("\n", "<br>") for cell in row], header)
        return read_note(Note(builder.root), file)


def _numbered(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    numbered: list[tuple[int, list[str]]] = []
    line = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            numbered.append((line, row))
        line = reader.line_num + 1
    return numbered


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",\t;", key=first.count)


def header_of(text: str) -> list[str]:
    """The column names of a table."""
    first = text[:4000].split("\n", 1)[0].lstrip("\ufeff")
    try:
        return [name.strip() for name in next(csv.reader([first], delimiter=_delimiter(first)), [])]
    except csv.Error:
        return []


def is_papers_header(header: list[str]) -> bool:
    """Whether a table's columns are those of a list of papers: a title, and what only papers have.

    >>> is_papers_header(["Key", "Item Type", "Author", "Title", "DOI"]), is_papers_header(["name", "score"])
    (True, False)
    """
    if not 2 <= len(header) <= 200 or any(len(name) > 60 for name in header):
        return False
    titled = any(
        name.lower() in _TITLES or kind_of_label(name) in (Says.TITLE, Says.PAPER) for name in header
    )
    return titled and sum(bool(_BESIDE.match(name)) for name in header) >= 2
