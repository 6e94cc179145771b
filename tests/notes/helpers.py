"""What the tests of the notes room share."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

from triage.notes.extract import Extraction, extract
from triage.papers import NoteEntry

FIXTURES = Path(__file__).parent / "fixtures"


def gold() -> dict[str, list[tuple[str, str, int]]]:
    """What stands in each fixture: identifier, title, line."""
    wanted: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    with (FIXTURES / "gold.tsv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            wanted[row["file"]].append((row["arxiv_id"], row["title"], int(row["line"])))
    return wanted


def fixtures() -> list[str]:
    """The names of all fixtures."""
    files = (path for path in FIXTURES.rglob("*") if path.is_file() and path.name != "gold.tsv")
    return sorted(path.relative_to(FIXTURES).as_posix() for path in files)


def read(text: str, folder: Path, name: str = "note.md") -> Extraction:
    """Write a note and extract it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return extract([path])


def papers(extraction: Extraction) -> list[tuple[str, str]]:
    """Identifier and title of each entry."""
    return [(entry.arxiv_id or "", entry.title) for entry in extraction.entries]


def entry(title: str = "", arxiv_id: str | None = None, **given: object) -> NoteEntry:
    """An entry with defaults."""
    values: dict[str, object] = {"section": (), "text": "", "file": "n.md", "line": 1, **given}
    return NoteEntry(title=title, arxiv_id=arxiv_id, **values)  # type: ignore[arg-type]
