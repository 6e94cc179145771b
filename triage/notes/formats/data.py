"""Data: JSON, JSON Lines, YAML and tables; Zotero's and Notion's exports, a file a paper, lists of any making."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import yaml

from triage.notes.formats import Format, NoteProblem, Reading
from triage.notes.frontmatter import as_text, load_yaml
from triage.notes.identifiers import find_ids
from triage.notes.inline import pieces_of
from triage.notes.lead import lead_of
from triage.notes.markdown import note_of, parse_markdown
from triage.notes.reading import read_note
from triage.notes.records import Lines, Record, plain_name, reading_of_records
from triage.notes.titles import Quality, clean, quality
from triage.notes.vocabulary import Says, kind_of_label
from triage.notes.words import all_of, any_of

_YAML = re.compile(r"\s*(?:(?:#(?!\+)[^\n]*|---[ \t]*)\n\s*)*(?:-\s+)?[\w\"'][\w\"' -]*:(?:\s|$)")
_BESIDE = re.compile(rf"^{any_of('field.beside')}$", re.I)


@lru_cache(maxsize=1)
def load_json(text: str) -> Any:
    """JSON, or a list of the mappings of JSON Lines; numbers with a point stay text, for they may be identifiers.

    Raises
    ------
    ValueError
        If it is neither.
    """
    try:
        return json.loads(text, parse_float=str)
    except ValueError as error:
        with suppress(ValueError):
            rows = [json.loads(line, parse_float=str) for line in text.split("\n") if line.strip()]
            if len(rows) > 1 and all(isinstance(one, dict) for one in rows):
                return rows
        raise error


def _load_yaml(text: str) -> Any:
    pieces = re.split(r"^---[ \t]*$", text, flags=re.M)
    try:
        documents = [load_yaml(piece) for piece in pieces if piece.strip()]
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    return documents[0] if len(documents) == 1 else documents


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[") and load_json(text) is not None


def _is_yaml(text: str) -> bool:
    loaded = _load_yaml(text) if _YAML.match(text) else None
    # What is text behind a mapping is a note with its front matter.
    is_data = not isinstance(loaded, list) or not any(isinstance(one, str) for one in loaded)
    return is_data and any(True for _ in _records(loaded))


def _read(text: str, file: str, *, load: Callable[[str], Any], name: str) -> Reading:
    """A file a paper, lists of papers; what can't be parsed is read as text, so that no identifier is lost."""
    try:
        loaded = load(text)
    except (ValueError, RecursionError) as error:
        mark = getattr(error.__cause__, "problem_mark", None)
        line = mark.line + 1 if mark else getattr(error, "lineno", 1)
        remedy = "check its quotes, commas and brackets"
        problem = NoteProblem(file, line, f"the file is no valid {name}", remedy)
        reading = read_note(parse_markdown(text), file)
        return replace(reading, problems=(problem, *reading.problems))
    return reading_of_records(_placed(loaded, text), file, f"{name} record")


def _placed(loaded: Any, text: str) -> Iterator[Record]:
    """The records of some data with their collections and lines."""
    lines, collections = Lines(text), _zotero_collections(loaded)
    for record in _records(loaded):
        names = (record.text(name) for name in ("key", "itemkey", "itemid", "id"))
        record.path = tuple(one for name in names for one in collections.get(name, ())) or record.path
        record.line = lines.of(record.title or record.key, *filter(None, record.id_texts()))
        yield record


def _zotero_collections(loaded: Any) -> dict[str, list[str]]:
    """Better BibTeX JSON: the names of each item's collections, by the item's id or key."""
    given = loaded.get("collections") if isinstance(loaded, dict) else None
    names: dict[str, list[str]] = {}
    for one in given.values() if isinstance(given, dict) else ():
        for item in one.get("items") or () if isinstance(one, dict) else ():
            names.setdefault(as_text(item), []).append(as_text(one.get("name")))
    return names


def _records(loaded: Any, path: tuple[str, ...] = (), key: str = "") -> Iterator[Record]:
    """Every mapping in the data that describes a paper."""
    if isinstance(loaded, str):
        yield from _of_text(loaded, path, key)
    elif isinstance(loaded, list):
        for value in loaded:
            yield from _records(value, path, "" if isinstance(value, str) else key)
    elif isinstance(loaded, dict):
        record = Record(loaded, path, key)
        if record.is_of_paper():
            # A record's own key, an identifier or a title, is no section.
            record.path = path[:-1] if len(path) == 1 and path[-1] == key else path
            yield record
            return
        for name, value in ((str(name), value) for name, value in loaded.items()):
            says_nothing = isinstance(value, str) or name.lower() in all_of("data.list") or find_ids(name)
            if name.lower() not in all_of("data.none"):
                yield from _records(value, path if says_nothing else (*path, name), name)


def _of_text(text: str, path: tuple[str, ...], name: str = "") -> Iterator[Record]:
    """A text with an address: ``"Title https://..."``, ``"Title": "https://..."``, ``"2305.14314": "date|Title|..."``."""
    if len(text) < 2000 and (find_ids(name) or any(one.dressed for one in find_ids(text))):
        titles = [clean(name), *(lead_of(pieces_of(piece)).title for piece in text.split("|"))]
        title = max(titles, key=lambda title: (quality(title), len(title)))
        if quality(title) >= Quality.WEAK or len(text) < 100:
            yield Record({"title": title, "url": text, "arxiv": name if find_ids(name) else ""}, path)


def read_table(text: str, file: str) -> Reading:
    """A table with a header: a reference manager's rows are records, others are read as a note's."""
    # A Notion cell may hold a whole page; the module's own limit is for careless programs.
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for row in reader:
            rows += [(line, row)] if any(cell.strip() for cell in row) else []
            line = reader.line_num + 1
    except csv.Error as error:
        problem = NoteProblem(file, 0, f"the table can't be read: {error}", "save it as CSV again")
        return Reading(problems=(problem,))
    header = [name.strip() for name in rows[0][1]] if rows else []
    if _lists_papers(header) and any(plain_name(name) in all_of("field.title") for name in header):
        records = (Record(dict(zip(header, row, strict=False)), (), "", line) for line, row in rows[1:])
        return reading_of_records(records, file, "table row")
    # As lines of Markdown, so that one reader reads every table.
    escaped = ([cell.replace("|", "\\|").replace("\n", "<br>") for cell in row] for _, row in rows)
    table = [(line, f"|{'|'.join(row)}|") for (line, _), row in zip(rows, escaped, strict=True)]
    return read_note(note_of([*table[:1], (1, "|---|"), *table[1:]]), file)


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",\t;", key=first.count)


def is_table_of_papers(text: str) -> bool:
    """Whether a text's first line is the header of a list of papers."""
    first = text[:4000].split("\n", 1)[0]
    with suppress(csv.Error):
        return _lists_papers(
            [name.strip() for name in next(csv.reader([first], delimiter=_delimiter(first)), [])]
        )
    return False


def _lists_papers(header: list[str]) -> bool:
    """Whether a table has a column of titles and two others that lists of papers have."""
    says = (Says.TITLE, Says.PAPER)
    titled = any(plain_name(name) in all_of("field.title") or kind_of_label(name) in says for name in header)
    return titled and sum(bool(_BESIDE.match(name)) for name in header) >= 2


FORMATS = (
    Format("json", (".json", ".jsonl", ".ndjson"), _is_json, partial(_read, load=load_json, name="JSON")),
    Format("yaml", (".yaml", ".yml"), _is_yaml, partial(_read, load=_load_yaml, name="YAML")),
    Format("table", (".csv", ".tsv", ".tab"), is_table_of_papers, read_table),
)
