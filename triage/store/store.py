"""The store: one entrance to all tables, through transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, text

from triage.config.schema import Config
from triage.errors import StoreError
from triage.store.announcements import Announcements
from triage.store.community import CommunityPicks
from triage.store.digests import Digests
from triage.store.engine import copy_sqlite, open_engine, transaction
from triage.store.failures import address_of, damaged
from triage.store.labels import Labels
from triage.store.notes import Notes
from triage.store.papers import Papers, StoredFeatures
from triage.store.records import Records
from triage.store.search import Search


class Transaction:
    """An open transaction: everything done through it is kept, or nothing."""

    def __init__(self, connection: Connection) -> None:
        self.papers = Papers(connection)
        self.announcements = Announcements(connection)
        self.notes = Notes(connection)
        self.labels = Labels(connection)
        self.digests = Digests(connection)
        self.community = CommunityPicks(connection)
        self.records = Records(connection)
        self.search = Search(connection)


class Store(AbstractContextManager["Store"]):
    """An open store; use it as a context manager."""

    def __init__(self, url: str | Path, *, must_exist: bool = False) -> None:
        self._engine = open_engine(url, must_exist=must_exist)

    @classmethod
    def of(cls, config: Config) -> Self:
        """Open the store of a configuration.

        Raises StoreError if it can't be opened, or is gone: models are made from a store, and some are there.
        """
        return cls(config.store_url, must_exist=any(config.store_folder.glob("models/*/manifest.json")))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction that may write; an exception inside undoes it."""
        with transaction(self._engine) as connection:
            yield Transaction(connection)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a transaction that only reads: it never waits for a writer."""
        with transaction(self._engine, reading=True) as connection:
            yield Transaction(connection)

    def features(self, version: str) -> StoredFeatures:
        """Return the feature cache of one feature version."""
        return StoredFeatures(self._engine, version)

    def integrity_errors(self) -> list[str]:
        """Return the errors that SQLite finds in the database; empty if there are none."""
        if self._engine.dialect.name != "sqlite":
            return []
        with transaction(self._engine, reading=True) as connection:
            found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        return [line for line in found if line != "ok"] + [
            f"dangling reference: {tuple(row)}" for row in broken
        ]

    def damage(self) -> StoreError | None:
        return damaged(self._engine) if self.integrity_errors() else None

    def copy_to(self, file: Path) -> None:
        """Copy the whole store to an SQLite file.

        Raises StoreError if the store is not an SQLite database.
        """
        if self._engine.dialect.name != "sqlite":
            raise StoreError(
                f"the store at {self.shown} is not an SQLite file and can't be copied.",
                remedy="Use the means of the database itself.",
            )
        copy_sqlite(self._engine, file)

    @property
    def size_bytes(self) -> int | None:
        """The size of an SQLite store on disk, without its log; None for other databases."""
        database = self._engine.url.database
        if self._engine.dialect.name != "sqlite" or not database or database == ":memory:":
            return None
        return Path(database).stat().st_size

    @property
    def shown(self) -> str:
        """The database's address, without a password."""
        return address_of(self._engine)

    def close(self) -> None:
        self._engine.dispose()

    def __exit__(self, *_: object) -> None:
        self.close()
