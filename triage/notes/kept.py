"""Readings kept in the store, so that only changed notes are read again."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from pydantic import TypeAdapter

from triage.notes.formats import Reading
from triage.store.store import Store

_AT_ONCE = 200
"""Readings that are written in one step."""
_READING = TypeAdapter(Reading)


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
        return None if kept is None else _READING.validate_python(kept)

    def put(self, digest: str, reading: Reading) -> None:
        """Keep a reading."""
        self._new[digest] = _READING.dump_python(reading, mode="json")
        if len(self._new) >= _AT_ONCE:
            self._write()

    def _write(self) -> None:
        with self._store.transaction() as tx:
            tx.notes.put_readings(self._new)
        self._new = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self._write()
            with self._store.transaction() as tx:
                tx.notes.keep_readings(self._seen)
