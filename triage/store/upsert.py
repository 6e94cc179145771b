"""``INSERT ... ON CONFLICT``, which SQLite and PostgreSQL share but SQLAlchemy spells per dialect."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def upsert(connection: Connection, table: Table) -> Any:
    """Return an insert statement for ``table`` that has ``on_conflict_do_update``/``_nothing``."""
    if connection.dialect.name == "postgresql":
        return postgresql_insert(table)
    return sqlite_insert(table)


def replace_row(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    """Insert ``values``, or update the row with the same primary key."""
    keys = [column.name for column in table.primary_key]
    statement = upsert(connection, table).values(values)
    changed = {name: statement.excluded[name] for name in values if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))
