"""Opens the store: the engine, its settings for each database, migrations with a backup before them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from triage.errors import StoreError
from triage.store.failures import address_of, backup_folder, damaged, explained, lost
from triage.store.migrations import HEAD
from triage.store.schema import metadata
from triage.store.search import INDEX

BUSY_TIMEOUT_MS = 30_000
KEPT_BACKUPS = 5
SUPPORTED = ("sqlite", "postgresql")

_PASSWORD = re.compile(r"(?<=:)[^:/@]+(?=@)")


def open_engine(url: str | Path, *, now: datetime | None = None, must_exist: bool = False) -> Engine:
    """Connect to a store by its SQLAlchemy address or SQLite file, and create or migrate it if necessary.

    ``now`` names the backup made before a migration.  With ``must_exist``, a store that is not there or
    is empty is an error: it was lost.

    Raises StoreError if the address is wrong, the file is no database, it can't be written, or it was made by
    a newer triage.
    """
    try:
        parsed = URL.create("sqlite", database=str(url)) if isinstance(url, Path) else make_url(url)
        if parsed.get_backend_name() not in SUPPORTED:
            raise ArgumentError(f"only {' and '.join(SUPPORTED)} are supported")
        file = parsed.database or ""
        if parsed.get_backend_name() == "sqlite" and not file.startswith((":memory:", "file:")):
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise StoreError(
            f"store.url: {_PASSWORD.sub('***', str(url))!r} is not a database address"
            f" that this installation can open ({error}).",
            remedy="Leave store.url empty to use SQLite in store.folder, or install the database's driver.",
        ) from error
    except OSError as error:
        raise StoreError(
            f"the store's folder can't be made: {error}.",
            remedy="Choose another store.folder in config.yaml.",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_immediately)
    try:
        _create_or_migrate(engine, now or datetime.now(UTC), must_exist)
    except DBAPIError as error:
        engine.dispose()
        raise explained(error, engine) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # SQLAlchemy issues BEGIN itself (see _begin_immediately); the driver must not.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_immediately(connection: Connection) -> None:
    # A deferred transaction that later writes fails at once with "database is locked" instead of
    # waiting for the busy timeout, so a transaction that may write takes the lock when it starts.
    reading = connection.get_execution_options().get("triage_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _create_or_migrate(engine: Engine, now: datetime, must_exist: bool) -> None:
    # This only reads, so that looking at the store never waits for a writer.
    with engine.connect().execution_options(triage_reading=True) as connection, connection.begin():
        revision = _revision(connection)
    if revision == HEAD:
        return
    if revision is None and must_exist:
        raise lost(engine)
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    # In Alembic's configuration a % begins a reference to another key.
    scripts = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", scripts)
    if revision is None:
        with engine.connect() as connection, connection.begin():
            # Another process may have made it a moment ago.
            is_new = not inspect(connection).has_table("papers")
            metadata.create_all(connection)
            for statement in INDEX[engine.dialect.name] if is_new else ():
                connection.exec_driver_sql(statement)
            config.attributes["connection"] = connection
            command.stamp(config, "head")
        return
    try:
        ScriptDirectory.from_config(config).get_revision(revision)
    except CommandError as error:
        raise StoreError(
            f"the store at {address_of(engine)} was made by a newer triage (revision {revision}).",
            remedy="Upgrade triage, or choose another store.folder in config.yaml.",
        ) from error
    backup(engine, f"before-{HEAD}-{now:%Y%m%dT%H%M%SZ}")
    with engine.connect() as connection, _without_foreign_keys(connection), connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Let a migration rebuild a table: SQLite drops the old one, which would delete all that refers to it.

    Inside a transaction this pragma does nothing, so it comes before.
    """
    driver = connection.connection.driver_connection if connection.dialect.name == "sqlite" else None
    if driver is None:
        yield
        return
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else None


def backup(engine: Engine, name: str) -> Path | None:
    """Copy an SQLite store to ``backups/NAME.db`` beside it, and keep only the newest few copies.

    Returns None for other databases, which have their own means.
    """
    folder = backup_folder(engine)
    if folder is None:
        return None
    folder.mkdir(exist_ok=True)
    target = folder / f"{name}.db"
    copy_sqlite(engine, target)
    for old in sorted(folder.glob("*.db"), key=lambda path: path.stat().st_mtime)[:-KEPT_BACKUPS]:
        old.unlink()
    return target


def copy_sqlite(engine: Engine, target: Path) -> None:
    """Copy an SQLite database to a file; others may write to it meanwhile."""
    with closing(engine.raw_connection()) as source, closing(sqlite3.connect(target)) as copy:
        driver = source.driver_connection
        assert driver is not None  # the connection is open
        driver.backup(copy)


@contextmanager
def transaction(engine: Engine, *, reading: bool = False) -> Iterator[Connection]:
    """Open a transaction; what the database can't do becomes a :class:`StoreError`."""
    try:
        with (
            engine.connect().execution_options(triage_reading=reading) as connection,
            connection.begin(),
        ):
            yield connection
    except DBAPIError as error:
        raise explained(error, engine) from error
    except (ValueError, TypeError, LookupError) as error:
        # While a row was read: a value is there that triage never wrote.
        if any("sqlalchemy/engine" in frame.filename for frame in extract_tb(error.__traceback__)):
            raise damaged(engine) from error
        raise
