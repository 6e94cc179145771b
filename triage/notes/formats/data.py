"""JSON, JSON Lines and YAML as :class:`~triage.notes.formats.NoteFormat`: Zotero's exports, a file a paper, lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from triage.notes.formats import NoteProblem, Reading
from triage.notes.frontmatter import as_text, load_yaml
from triage.notes.identifiers import find_ids
from triage.notes.inline import pieces_of
from triage.notes.lead import lead_of
from triage.notes.mapping import as_items, fields_of_mapping, is_record, title_of_record
from triage.notes.markdown import parse_markdown
from triage.notes.reading import read_note
from triage.notes.records import broken_id, entry_of_fields
from triage.notes.titles import Quality, clean, quality
from triage.notes.words import words
from triage.papers import NoteEntry

_LISTS = words(
    "papers items entries references results data documents records publications articles list reading_list readinglist library"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A record in the data, with the names on the way to it."""

    record: Mapping[str, Any]
    path: tuple[str, ...]
    key: str
    """The key under which the record stands: an identifier or a title at times."""


class JsonFormat:
    """``.json`` and ``.jsonl``: CSL JSON, Better BibTeX JSON, Zotero's API, papers one by one or in lists."""

    name = "json"
    suffixes = (".json", ".jsonl", ".ndjson")

    def recognises(self, text: str) -> bool:
        """Whether the text is JSON (its beginning, at least)."""
        head = text.lstrip()[:1]
        return (
            head in ("{", "[")
            and not re.match(r"\s*\[[^\[\]{}\"]*\][(\[:]|\s*\[\[|\s*\[[ xX]\]|\s*\{[%{]", text)
            and _loads(text) is not None
        )

    def read(self, text: str, file: str) -> Reading:
        """Find the records that are papers."""
        loaded = _loads(text)
        if loaded is None:
            problem = NoteProblem(
                file, _json_line(text), "the file is no valid JSON", "check its quotes, commas and brackets"
            )
            return _as_text(text, file, problem)
        return _reading(loaded, text, file, "JSON record")


class YamlFormat:
    """``.yaml`` and ``.yml``: a file a paper, or lists of papers."""

    name = "yaml"
    suffixes = (".yaml", ".yml")

    def recognises(self, text: str) -> bool:
        """Whether the whole text is one YAML list or mapping of records."""
        if not re.match(
            r"\s*(?:#[^\n]*\n\s*)*(?:---\s*\n\s*)?(?:#[^\n]*\n\s*)*(?:-\s+)?[\w\"'][\w\"' -]*:(?:\s|$)", text
        ) or re.search(r"^---\s*\n(?:.*\n)*?---\s*\n\s*\S", text):
            return False
        try:
            loaded = load_yaml(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            return False
        return any(True for _ in _records(loaded))

    def read(self, text: str, file: str) -> Reading:
        """Find the records that are papers."""
        try:
            documents = [
                load_yaml(piece) for piece in re.split(r"^---[ \t]*$", text, flags=re.M) if piece.strip()
            ]
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            what = f"the file is no valid YAML: {getattr(error, 'problem', '') or 'not understood'}"
            return _as_text(
                text, file, NoteProblem(file, line, what, "quote values that contain colons or brackets")
            )
        loaded = documents[0] if len(documents) == 1 else documents
        return _reading(loaded, text, file, "YAML record")


def _as_text(text: str, file: str, problem: NoteProblem) -> Reading:
    """What can't be parsed is read as text, so that no identifier is lost."""
    reading = read_note(parse_markdown(text), file)
    return replace(reading, problems=(problem, *reading.problems))


def _loads(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str)
    except (ValueError, RecursionError):
        pass
    rows = [line for line in text.split("\n") if line.strip()]
    if len(rows) < 2 and not text.lstrip().startswith("{"):
        return None
    try:
        loaded = [json.loads(line, parse_float=str) for line in rows]
    except (ValueError, RecursionError):
        return None
    return loaded if all(isinstance(one, dict) for one in loaded) else None


def _json_line(text: str) -> int:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno
    except (ValueError, RecursionError):
        pass
    return 1


def _reading(loaded: Any, text: str, file: str, reading: str) -> Reading:
    collections = _zotero_collections(loaded)
    lines = Lines(text)
    entries: list[NoteEntry] = []
    for place in _records(loaded):
        fields = fields_of_mapping(place.record, place.path, place.key, collections)
        line = lines.of(as_text(title_of_record(place.record)) or place.key, *fields.id_texts)
        entry = entry_of_fields(fields, file, line, reading)
        if entry is not None:
            entries.append(entry)
    return Reading(
        tuple(entries), tuple(problem for entry in entries if (problem := broken_id(entry)) is not None)
    )


class Lines:
    """Finds the line of each record by its title, going forward through the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.line = 1

    def of(self, *wanted: str) -> int:
        for one in wanted:
            for needle in (one, json.dumps(one)[1:-1], " ".join(one.split()[:3])):
                if len(needle) < 3:
                    continue
                found = self.text.find(needle, self.place)
                if found >= 0:
                    self.line += self.text.count("\n", self.place, found)
                    self.place = found
                    return self.line
        return self.line


def _records(loaded: Any, path: tuple[str, ...] = (), key: str = "", depth: int = 0) -> Iterator[_Place]:
    """Every mapping in the data that describes a paper."""
    if depth > 12:
        return
    if isinstance(loaded, dict):
        if is_record(loaded, key):
            yield _Place(loaded, path, key)
            return
        for name, value in loaded.items():
            inner = (
                path
                if str(name).lower() in _LISTS
                or find_ids(str(name))
                or (depth == 0 and isinstance(value, dict) and is_record(value, str(name)))
                else (*path, str(name))
            )
            if isinstance(value, str):
                yield from _pair(str(name), value, path)
            elif str(name).lower() not in ("collections", "config", "attachments", "relations", "creators"):
                yield from _records(value, inner, str(name), depth + 1)
    elif isinstance(loaded, list):
        for value in loaded:
            if isinstance(value, str):
                yield from _text(value, path)
            else:
                yield from _records(value, path, key, depth + 1)


def _pair(name: str, value: str, path: tuple[str, ...]) -> Iterator[_Place]:
    """``"Title": "address"`` or ``"2305.14314": "| date | **Title** | ..."`` in a mapping."""
    if not (find_ids(value) or find_ids(name)):
        return
    if quality(clean(name)) >= Quality.WEAK and len(value) < 300:
        yield _Place({"title": name, "url": value}, path, "")
    elif find_ids(name):
        yield _Place(
            {"title": _best_piece(value), "url": name if "rxiv" in name.lower() else f"arXiv:{name}"},
            path,
            "",
        )
    elif len(value) < 300 and any(one.dressed for one in find_ids(value)):
        yield _Place({"url": value}, path, "")


def _text(value: str, path: tuple[str, ...]) -> Iterator[_Place]:
    """A plain text in a list: a title with an address, or an address alone."""
    if len(value) > 2000 or not any(one.dressed for one in find_ids(value)):
        return
    here = lead_of(pieces_of(value))
    if here.quality >= Quality.WEAK or len(value) < 100:
        yield _Place({"title": here.title if here.quality else "", "url": value}, path, "")


def _best_piece(value: str) -> str:
    pieces = [clean(piece) for piece in value.split("|")]
    return max(pieces, key=lambda piece: (quality(piece), len(piece)), default="")


def _zotero_collections(loaded: Any) -> dict[str, list[str]]:
    """Better BibTeX JSON: the names of each item's collections, by the item's id or key."""
    given = loaded.get("collections") if isinstance(loaded, dict) else None
    if not isinstance(given, dict):
        return {}
    names: dict[str, list[str]] = {}
    for one in given.values():
        if isinstance(one, dict):
            for item in as_items(one.get("items")):
                names.setdefault(as_text(item), []).append(as_text(one.get("name")))
    return names
