"""A live Zotero library, read over Zotero's web API or the local one of a running Zotero."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from triage.config.schema import ZoteroConfig
from triage.errors import NotesError
from triage.notes.formats import NoteProblem, Reading
from triage.notes.records import PARTS, Record, reading_of_records

_Records = Mapping[str, Mapping[str, Any]]
_PAGE = 100
_DEEPEST = 20


def read_library(library: ZoteroConfig, *, progress: Callable[[int, int], None] | None = None) -> Reading:
    """Read all papers of a Zotero library; ``progress`` is called with (items read, items in all).

    Every item that is a paper is an entry, with its collections (outer to inner) as section and its
    child notes as text; ``file`` is ``zotero:TYPE/ID`` and ``line`` the item's place in the library.
    Items without a title and identifier are problems.

    Raises NotesError if pyzotero is not installed, or the library can't be read.
    """
    try:
        from pyzotero import zotero
    except ImportError as error:
        raise NotesError(
            "reading a Zotero library needs the package pyzotero",
            remedy="Install it: pip install pyzotero",
        ) from error
    client = zotero.Zotero(
        library.library_id, library.library_type, library.api_key.get_secret_value() or None
    )
    if library.endpoint:
        client.endpoint = library.endpoint.rstrip("/")
    name = f"zotero:{library.library_type}/{library.library_id}"

    def every(ask: Callable[..., Any], progress: Callable[[int, int], None] | None = None) -> _Records:
        found: dict[str, Mapping[str, Any]] = {}
        start, total = 0, 1
        while start < total:
            page = ask(limit=_PAGE, start=start)
            found |= {one["key"]: one.get("data", one) for one in page}
            start += _PAGE
            total = int(client.request.headers.get("Total-Results", 0)) if page else 0
            if progress:
                progress(len(found), total)
        return found

    try:
        return _reading(every(client.items, progress), every(client.collections), name)
    except Exception as error:
        # pyzotero raises its own errors and those of whatever HTTP library its version is built on.
        raise NotesError(
            f"the library {name} can't be read: {error}",
            remedy="Check the library's number, the key and the connection.",
        ) from error


def _reading(items: _Records, collections: _Records, name: str) -> Reading:
    notes: dict[str, list[str]] = {}
    for data in items.values():
        if data.get("itemType") == "note":
            notes.setdefault(data.get("parentItem", ""), []).append(str(data.get("note", "")))
    records: list[Record] = []
    problems: list[NoteProblem] = []
    for place, (key, data) in enumerate(items.items(), start=1):
        first, *others = [_path(one, collections) for one in data.get("collections", ())] or [()]
        tags = [*data.get("tags", ()), *({"tag": one} for path in others for one in path)]
        given = {**data, "notes": notes.get(key, []), "tags": tags, "collections": []}
        records.append(Record(given, first, "", place))
        if (
            data.get("itemType") not in PARTS
            and not data.get("title")
            and records[-1].entry(name, "") is None
        ):
            what = f"the item {key} has neither a title nor an identifier"
            problems.append(NoteProblem(name, place, what, "complete it in Zotero"))
    reading = reading_of_records(records, name, "Zotero item")
    return replace(reading, problems=(*problems, *reading.problems))


def _path(key: str, collections: _Records) -> tuple[str, ...]:
    """The names from the outermost collection to one."""
    names: list[str] = []
    while (one := collections.get(key)) and len(names) < _DEEPEST:
        names.insert(0, str(one.get("name", "")))
        key = str(one.get("parentCollection") or "")
    return tuple(names)
