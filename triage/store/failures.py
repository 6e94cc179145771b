"""What went wrong with the database: its cause and the remedy in words, and nothing that is stored in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from triage.errors import StoreError

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_IMPOSSIBLE = ("Could not decode", "no such table", "no such column", "malformed database schema")
"""What SQLite says of a store that it can read, but that triage never made so."""
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_READ_ONLY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)


def address_of(engine: Engine) -> str:
    """Return the database's address without its password."""
    return engine.url.render_as_string(hide_password=True)


def backup_folder(engine: Engine) -> Path | None:
    """Return where the backups of an SQLite store are; None for other databases."""
    database = engine.url.database
    if engine.dialect.name != "sqlite" or not database or database.startswith((":memory:", "file:")):
        return None
    return Path(database).parent / "backups"


def lost(engine: Engine) -> StoreError:
    """Return the error of a store that is gone, though models made from it are there."""
    return StoreError(
        f"the store is gone: there are models, but nothing is in {address_of(engine)}.",
        remedy=_way_back(engine),
    )


def damaged(engine: Engine) -> StoreError:
    """Return the error of a store with values or pages that can't be read."""
    return StoreError(f"the store at {address_of(engine)} is damaged.", remedy=_way_back(engine))


def explained(error: DBAPIError, engine: Engine) -> StoreError:
    """Return a database's error in words.

    The driver's own words are left out where they may quote what is stored.
    """
    cause = error.orig
    place, words = f"the store at {address_of(engine)}", str(cause).strip().partition("\n")[0]
    code = (getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF
    if code in _DAMAGED or words.startswith(_IMPOSSIBLE):
        return damaged(engine)
    if code in _BUSY:
        what = "is locked by another program"
        remedy = "Close what has it open (a database browser, a backup, another triage), then run again."
    elif code in _READ_ONLY:
        what = f"can't be written ({words})"
        remedy = "Check the permissions of the file and of its folder, and that the disk is not read-only."
    elif "FATAL:" in words:
        what = f"is refused by the database server: {words.rpartition('FATAL:')[2].strip()}"
        remedy = "Create what is missing, or correct store.url in config.yaml."
    elif engine.dialect.name != "sqlite" and isinstance(error, OperationalError):
        what = f"can't be reached: {words}"
        remedy = "Start the database server, or correct store.url in config.yaml; nothing was changed."
    else:
        what = f"can't be used: {words}. The last step was undone"
        remedy = "Check the free disk space and the folder's permissions, then run again."
    return StoreError(f"{place} {what}.", remedy=remedy)


def _way_back(engine: Engine) -> str:
    folder = backup_folder(engine)
    if folder is None:
        return "Restore it from your backup. Or move store.folder away and read an export: triage import DIR"
    backups = sorted(folder.glob("*.db"), key=lambda path: path.stat().st_mtime)
    copy = (
        f"Put the newest backup in its place: {backups[-1]}" if backups else f"There is no backup in {folder}"
    )
    return f"{copy}. Or move {folder.parent} away and read an export: triage import DIR"
