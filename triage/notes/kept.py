"""Readings kept in the store, so that only changed notes are read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from types import TracebackType
from typing import Any, Self

from triage.notes.formats import Mention, NoteProblem, Possible, Reading
from triage.papers import ArxivId, NoteEntry
from triage.store.store import Store

_AT_ONCE = 200
"""Readings that are written in one step."""


class KeptReadings:
    """The :class:`~triage.notes.extract.ReadingCache` of a store; use it as a context manager.

    What is new is written some hundred at a time, and at the end, if nothing went wrong.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._new: dict[str, Mapping[str, Any]] = {}
        self._seen: set[str] = set()

    def get(self, digest: str) -> Reading | None:
        """The reading kept under a digest."""
        self._seen.add(digest)
        with self._store.reading() as tx:
            kept = tx.notes.reading(digest)
        return None if kept is None else from_plain(kept)

    def put(self, digest: str, reading: Reading) -> None:
        """Keep a reading."""
        self._new[digest] = as_plain(reading)
        if len(self._new) >= _AT_ONCE:
            self._write()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._write()
            with self._store.transaction() as tx:
                tx.notes.keep_readings(self._seen)

    def _write(self) -> None:
        with self._store.transaction() as tx:
            tx.notes.put_readings(self._new)
        self._new = {}


def as_plain(reading: Reading) -> dict[str, Any]:
    """A reading as values that JSON can hold."""
    return {
        "entries": [_plain(entry) for entry in reading.entries],
        "problems": [asdict(problem) for problem in reading.problems],
        "citekeys": [list(pair) for pair in reading.citekeys],
        "mentions": [asdict(mention) for mention in reading.mentions],
        "groups": [list(pair) for pair in reading.groups],
        "possible": [{**asdict(one), "entry": _plain(one.entry)} for one in reading.possible],
    }


def _plain(entry: NoteEntry) -> dict[str, Any]:
    values = asdict(entry)
    values["noted_on"] = entry.noted_on.isoformat() if entry.noted_on else None
    return values


def from_plain(kept: Mapping[str, Any]) -> Reading:
    """The reading that :func:`as_plain` wrote."""
    return Reading(
        entries=tuple(_entry(values) for values in kept["entries"]),
        problems=tuple(NoteProblem(**values) for values in kept["problems"]),
        citekeys=tuple((key, place) for key, place in kept["citekeys"]),
        mentions=tuple(Mention(**{**values, "id": ArxivId(values["id"])}) for values in kept["mentions"]),
        groups=tuple((group, count) for group, count in kept["groups"]),
        possible=tuple(
            Possible(**{**values, "entry": _entry(values["entry"])}) for values in kept["possible"]
        ),
    )


def _entry(values: Mapping[str, Any]) -> NoteEntry:
    return NoteEntry(
        **{
            **values,
            "arxiv_id": ArxivId(values["arxiv_id"]) if values["arxiv_id"] else None,
            "section": tuple(values["section"]),
            "links": tuple(values["links"]),
            "tags": tuple(values["tags"]),
            "noted_on": date.fromisoformat(values["noted_on"]) if values["noted_on"] else None,
        }
    )
