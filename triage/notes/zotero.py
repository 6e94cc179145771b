"""A live Zotero library, read over Zotero's web API or the local one of a running Zotero."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from triage.errors import NotesError
from triage.notes.formats import NoteProblem, Reading
from triage.notes.mapping import fields_of_mapping
from triage.notes.records import entry_of_fields
from triage.papers import NoteEntry

_PAGE = 100
_CHILDREN = ("attachment", "note", "annotation")


@dataclass(frozen=True, slots=True)
class ZoteroLibrary:
    """Where a library is.

    Parameters
    ----------
    library_id : str
        The user's or group's number.
    api_key : str
        A key that may read the library; empty for a public or a local one.
    library_type : str
        ``user`` or ``group``.
    endpoint : str
        Instead of ``https://api.zotero.org``: the local Zotero's ``http://localhost:23119/api``, or a test's.
    """

    library_id: str
    api_key: str = ""
    library_type: str = "user"
    endpoint: str = ""


def read_library(library: ZoteroLibrary, *, progress: Callable[[int, int], None] | None = None) -> Reading:
    """Read all papers of a Zotero library.

    Parameters
    ----------
    library : ZoteroLibrary
        The library.
    progress : callable, optional
        Called with (items read, items in all).

    Returns
    -------
    Reading
        Every item that is a paper, with its collections (outer to inner) as section and its child
        notes as text.  ``file`` is ``zotero:TYPE/ID`` and ``line`` the item's place in the library.
        Items without a title and identifier are problems, not silence.

    Raises
    ------
    NotesError
        If pyzotero is not installed, or the library can't be read.
    """
    try:
        from pyzotero import zotero
    except ImportError as error:
        raise NotesError(
            "reading a Zotero library needs the package pyzotero",
            remedy="Install it: pip install pyzotero",
        ) from error
    client = zotero.Zotero(library.library_id, library.library_type, library.api_key or None)
    if library.endpoint:
        client.endpoint = library.endpoint.rstrip("/")
    name = f"zotero:{library.library_type}/{library.library_id}"
    try:
        collections = _collection_paths(list(_all(client, client.collections, None)))
        items = list(_all(client, client.items, progress))
    except Exception as error:
        # pyzotero raises its own errors and those of whatever HTTP library its version is built on.
        raise NotesError(
            f"the library {name} can't be read: {error}",
            remedy="Check the library's number, the key and the connection.",
        ) from error
    return reading_of_items(items, collections, name)


def _all(
    client: Any, ask: Callable[..., Any], progress: Callable[[int, int], None] | None
) -> Iterator[dict[str, Any]]:
    """Every record of a listing, page by page."""
    start = 0
    while True:
        page = ask(limit=_PAGE, start=start)
        yield from page
        total = int(client.request.headers.get("Total-Results", start + len(page)))
        start += len(page)
        if progress:
            progress(start, total)
        if not page or start >= total:
            return


def _collection_paths(collections: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Each collection's key with the names from the outermost collection to it."""
    data = {one["key"]: one.get("data", one) for one in collections}

    def path(key: str, depth: int = 0) -> tuple[str, ...]:
        one = data.get(key)
        if one is None or depth > 20:
            return ()
        parent = one.get("parentCollection")
        return (*(path(parent, depth + 1) if parent else ()), str(one.get("name", "")))

    return {key: path(key) for key in data}


def reading_of_items(
    items: list[dict[str, Any]], collections: dict[str, tuple[str, ...]], name: str
) -> Reading:
    """The papers among a library's items, as its API gives them.

    Parameters
    ----------
    items : list of dict
        Items with their ``data``; child notes among them.
    collections : dict
        The path of names of each collection, by key.
    name : str
        What the entries give as their file.
    """
    notes: dict[str, list[str]] = {}
    for item in items:
        data = item.get("data", {})
        if data.get("itemType") == "note" and data.get("parentItem"):
            notes.setdefault(data["parentItem"], []).append(str(data.get("note", "")))
    entries: list[NoteEntry] = []
    problems: list[NoteProblem] = []
    for place, item in enumerate(items, start=1):
        data = item.get("data", {})
        if data.get("itemType") in _CHILDREN:
            continue
        paths = [collections[key] for key in data.get("collections", ()) if key in collections]
        given = {**data, "notes": notes.get(str(item.get("key")), []), "collections": []}
        fields = fields_of_mapping(given, paths[0] if paths else ())
        entry = entry_of_fields(fields, name, place, "Zotero item")
        if entry is not None:
            more = tuple(part for path in paths[1:] for part in path)
            entries.append(_with_tags(entry, more))
        elif not data.get("title"):
            problems.append(
                NoteProblem(
                    name,
                    place,
                    f"the item {item.get('key')} has neither a title nor an identifier",
                    "complete it in Zotero",
                )
            )
    return Reading(tuple(entries), tuple(problems))


def _with_tags(entry: NoteEntry, more: tuple[str, ...]) -> NoteEntry:
    return replace(entry, tags=tuple(dict.fromkeys((*entry.tags, *more)))) if more else entry
