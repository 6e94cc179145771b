"""Data: JSON, JSON Lines, YAML and tables; Zotero's and Notion's exports, a file a paper, lists of any making."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

import yaml

from triage.notes.formats import Format, NoteProblem, Reading
from triage.notes.frontmatter import as_text, load_yaml
from triage.notes.identifiers import find_ids
from triage.notes.inline import pieces_of
from triage.notes.labels import Says, kind_of_label
from triage.notes.lead import lead_of
from triage.notes.markdown import parse_markdown
from triage.notes.reading import read_note
from triage.notes.records import Lines, Record, plain_name, reading_of_records
from triage.notes.titles import Quality, clean, quality
from triage.notes.tree import Builder, Note
from triage.notes.words import all_of, any_of, words

_LISTS = words(
    "papers items entries references results data documents records publications articles list reading_list readinglist library"
)
"""Names over lists of papers that say nothing about them."""
_NO_RECORDS = words("collections config attachments relations creators")
_DEEPEST = 12
_YAML = re.compile(
    r"\s*(?:#[^\n]*\n\s*)*(?:---\s*\n\s*)?(?:#(?!\+)[^\n]*\n\s*)*(?:-\s+)?[\w\"'][\w\"' -]*:(?:\s|$)"
)
_WITH_BODY = re.compile(r"---\s*\n(?:.*\n)*?---\s*\n\s*\S")
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
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except ValueError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        with suppress(ValueError, RecursionError):
            rows = [json.loads(line, parse_float=str) for line in lines]
            if len(rows) > 1 and all(isinstance(one, dict) for one in rows):
                return rows
        raise error


def _is_json(text: str) -> bool:
    try:
        return text.lstrip()[:1] in ("{", "[") and load_json(text) is not None
    except (ValueError, RecursionError):
        return False


def read_json(text: str, file: str) -> Reading:
    """CSL JSON, Better BibTeX JSON, Zotero's API, papers one by one or in lists."""
    try:
        loaded = load_json(text)
    except (ValueError, RecursionError) as error:
        what, line = "the file is no valid JSON", getattr(error, "lineno", 1)
        return _as_text(text, file, NoteProblem(file, line, what, "check its quotes, commas and brackets"))
    return reading_of_records(_placed(loaded, text), file, "JSON record")


def _load_yaml(text: str) -> Any:
    pieces = re.split(r"^---[ \t]*$", text, flags=re.M)
    documents = [load_yaml(piece) for piece in pieces if piece.strip()]
    return documents[0] if len(documents) == 1 else documents


def _is_yaml(text: str) -> bool:
    if not _YAML.match(text) or _WITH_BODY.match(text):
        return False
    try:
        return any(True for _ in _records(_load_yaml(text)))
    except (yaml.YAMLError, ValueError, RecursionError):
        return False


def read_yaml(text: str, file: str) -> Reading:
    """A file a paper, or lists of papers."""
    try:
        loaded = _load_yaml(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = f"the file is no valid YAML: {getattr(error, 'problem', '') or 'not understood'}"
        quote = "quote values that contain colons or brackets"
        return _as_text(text, file, NoteProblem(file, mark.line + 1 if mark else 1, what, quote))
    return reading_of_records(_placed(loaded, text), file, "YAML record")


def _as_text(text: str, file: str, problem: NoteProblem) -> Reading:
    """What can't be parsed is read as text, so that no identifier is lost."""
    reading = read_note(parse_markdown(text), file)
    return replace(reading, problems=(problem, *reading.problems))


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
        items = one.get("items") if isinstance(one, dict) else None
        for item in items if isinstance(items, list) else ():
            names.setdefault(as_text(item), []).append(as_text(one.get("name")))
    return names


def _records(loaded: Any, path: tuple[str, ...] = (), key: str = "", depth: int = 0) -> Iterator[Record]:
    """Every mapping in the data that describes a paper."""
    if depth > _DEEPEST:
        return
    if isinstance(loaded, list):
        for value in loaded:
            yield from (
                _of_text(value, path) if isinstance(value, str) else _records(value, path, key, depth + 1)
            )
    elif isinstance(loaded, dict):
        record = Record(loaded, path, key)
        if record.is_of_paper():
            yield record
            return
        for given, value in loaded.items():
            name = str(given)
            if isinstance(value, str):
                yield from _of_pair(name, value, path)
            elif name.lower() not in _NO_RECORDS:
                # A record's own key, an identifier or a title, is no section.
                own = depth == 0 and isinstance(value, dict) and Record(value, (), name).is_of_paper()
                says_nothing = own or name.lower() in _LISTS or find_ids(name)
                yield from _records(value, path if says_nothing else (*path, name), name, depth + 1)


def _of_pair(name: str, value: str, path: tuple[str, ...]) -> Iterator[Record]:
    """``"Title": "address"`` or ``"2305.14314": "| date | **Title** | ..."`` in a mapping."""
    in_name, in_value = find_ids(name), find_ids(value)
    if (in_name or in_value) and quality(clean(name)) >= Quality.WEAK and len(value) < 300:
        yield Record({"title": name, "url": value}, path)
    elif in_name:
        pieces = map(clean, value.split("|"))
        title = max(pieces, key=lambda piece: (quality(piece), len(piece)), default="")
        yield Record({"title": title, "arxiv": name}, path)
    elif len(value) < 300 and any(one.dressed for one in in_value):
        yield Record({"url": value}, path)


def _of_text(value: str, path: tuple[str, ...]) -> Iterator[Record]:
    """A plain text in a list: a title with an address, or an address alone."""
    if len(value) <= 2000 and any(one.dressed for one in find_ids(value)):
        here = lead_of(pieces_of(value))
        if here.quality >= Quality.WEAK or len(value) < 100:
            yield Record({"title": here.title if here.quality else "", "url": value}, path)


def read_table(text: str, file: str) -> Reading:
    """A table with a header: a reference manager's rows are records, others are read as a note's."""
    # A Notion cell may hold a whole page; the module's own limit is for careless programs.
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        problem = NoteProblem(file, 0, f"the table can't be read: {error}", "save it as CSV again")
        return Reading(problems=(problem,))
    header = [name.strip() for name in rows[0][1]] if rows else []
    if _lists_papers(header) and any(plain_name(name) in all_of("field.title") for name in header):
        records = (Record(dict(zip(header, row, strict=False)), (), "", line) for line, row in rows[1:])
        return reading_of_records(records, file, "table row")
    builder = Builder()
    for line, row in rows[1:]:
        builder.row(line, [cell.replace("\n", "<br>") for cell in row], header)
    return read_note(Note(builder.root), file)


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",\t;", key=first.count)


def is_table_of_papers(text: str) -> bool:
    """Whether a text's first line is the header of a list of papers."""
    first = text[:4000].split("\n", 1)[0]
    try:
        return _lists_papers(
            [name.strip() for name in next(csv.reader([first], delimiter=_delimiter(first)), [])]
        )
    except csv.Error:
        return False


def _lists_papers(header: list[str]) -> bool:
    """Whether a table has a column of titles and two others that lists of papers have."""
    if not 2 <= len(header) <= 200 or any(len(name) > 60 for name in header):
        return False
    titles, says = all_of("field.title"), (Says.TITLE, Says.PAPER)
    titled = any(plain_name(name) in titles or kind_of_label(name) in says for name in header)
    return titled and sum(bool(_BESIDE.match(name)) for name in header) >= 2


FORMATS = (
    Format("json", (".json", ".jsonl", ".ndjson"), _is_json, read_json),
    Format("yaml", (".yaml", ".yml"), _is_yaml, read_yaml),
    Format("table", (".csv", ".tsv", ".tab"), is_table_of_papers, read_table),
)
