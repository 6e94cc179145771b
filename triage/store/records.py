"""Typed records: small values of a room that must survive, such as the position of a harvest.

A room owns each of its records as a frozen dataclass (or a pydantic model) with a ``KEY``::

    @dataclass(frozen=True, slots=True)
    class HarvestPosition:
        KEY: ClassVar[str] = "backfill"
        since: date
        token: str

    tx.records.put(HarvestPosition(day, token), "cs.CL")

A bare list, mapping or string is a frozen ``pydantic.RootModel``.  Records stand as JSON in the table
``facts`` under ``KEY`` or ``KEY NAME``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select

from triage.store.rows import Rows, put_rows
from triage.store.schema import facts


class Record(Protocol):
    """A dataclass or pydantic model whose fields JSON can hold."""

    KEY: ClassVar[str]


Kind = TypeVar("Kind", bound=Record)


class Records(Rows):
    """The records, within one transaction."""

    def get(self, kind: type[Kind], name: str = "") -> Kind | None:
        """Return a record; None if there is none, or if another version of triage wrote it differently."""
        value = self._connection.execute(
            select(facts.c.value).where(facts.c.key == _key(kind, name))
        ).scalar()
        if value is None:
            return None
        try:
            return _adapter(kind).validate_python(value)  # type: ignore[no-any-return]
        except ValidationError:
            return None

    def put(self, record: Record, name: str = "") -> None:
        """Keep a record in place of the earlier one of its kind and name."""
        self.restore(
            _key(type(record), name), _adapter(type(record)).dump_python(record, mode="json", by_alias=True)
        )

    def stored(self) -> dict[str, Any]:
        """Return the JSON of all records, in order of key, for an export."""
        rows = self._connection.execute(select(facts.c.key, facts.c.value).order_by(facts.c.key))
        return {row.key: row.value for row in rows}

    def restore(self, key: str, value: Any) -> None:
        """Put the JSON of an exported record back."""
        put_rows(self._connection, facts, [{"key": key, "value": value}])


def _key(kind: type[Record], name: str) -> str:
    return f"{kind.KEY} {name}" if name else kind.KEY


@lru_cache
def _adapter(kind: type[Record]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
