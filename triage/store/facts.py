"""Small values that must survive: the last known citation count, the trained-on label number."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from triage.store.schema import facts
from triage.store.upsert import replace_row


class Facts:
    """Key and JSON value, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> Any:
        """Return the value, or None."""
        return self._connection.execute(select(facts.c.value).where(facts.c.key == key)).scalar()

    def all(self) -> dict[str, Any]:
        """Return everything kept, in order of key."""
        rows = self._connection.execute(select(facts.c.key, facts.c.value).order_by(facts.c.key))
        return {row.key: row.value for row in rows}

    def put(self, key: str, value: Any) -> None:
        """Keep a value."""
        replace_row(self._connection, facts, {"key": key, "value": value})
