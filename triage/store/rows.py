"""Values to rows and back, by the names they share; long lists in pieces; ``INSERT ... ON CONFLICT``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

Item = TypeVar("Item")

BATCH = 500
"""Values a statement; SQLite allows 32,766, but plans get slow long before."""


class Rows:
    """What a transaction knows of some tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection


def in_batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """Yield lists of at most ``size`` items."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def columns_for(table: Table, kind: type[Any]) -> list[Column[Any]]:
    """Return a table's columns in the order of a dataclass's fields, so that ``kind(*row)`` reads a row."""
    return [table.c[field.name] for field in fields(kind) if field.name in table.c]


def row_of(table: Table, value: Any, **more: Any) -> dict[str, Any]:
    """Return a value's attributes that are columns of a table, and ``more``."""
    return {one.key: getattr(value, one.key) for one in table.c if hasattr(value, one.key)} | more


def upsert(connection: Connection, table: Table) -> Any:
    """Return an insert with ``on_conflict_do_*``, which SQLAlchemy spells per dialect."""
    return (postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert)(table)


def put_rows(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows, or update those with the same primary key."""
    keys = [column.name for column in table.primary_key]
    for batch in in_batches(rows):
        statement = upsert(connection, table)
        changed = {name: statement.excluded[name] for name in batch[0] if name not in keys}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), batch)
