"""The tables, as SQLAlchemy Core.  Their history is in ``migrations/versions``.

Nothing here is for SQLite only, so that PostgreSQL works too; the differences are in :mod:`triage.store.engine` and :mod:`triage.store.rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

from triage.papers import AnnouncementState, AnnounceType, LabelSource


class Converted(TypeDecorator[Any]):
    """A value that the database keeps as another type; None stays None."""

    impl = TypeEngine
    cache_ok = True

    def __init__(
        self,
        stored_as: TypeEngine[Any],
        to_stored: Callable[[Any], Any],
        from_stored: Callable[[Any], Any],
    ) -> None:
        super().__init__()
        self.impl = self.stored_as = stored_as  # type: ignore[assignment]
        self.to_stored, self.from_stored = to_stored, from_stored

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.to_stored(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.from_stored(value)


def _naive_utc(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise ValueError(f"a time without a zone can't be stored: {time!r}")
    return time.astimezone(UTC).replace(tzinfo=None)


def _aware(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)


def join_categories(names: Iterable[str] | None) -> str | None:
    """Return the categories of a label as text, as the store and an export keep them."""
    return None if names is None else "; ".join(names)


def split_categories(names: Iterable[str]) -> tuple[str, ...]:
    """Return category names, each once; a name with a semicolon in it is several."""
    parts = (part.strip() for name in names for part in name.split(";"))
    return tuple(dict.fromkeys(part for part in parts if part))


UtcDateTime = Converted(DateTime(), _naive_utc, _aware)
"""An aware datetime, kept as naive UTC because SQLite has no zones."""
Words = Converted(JSON(), list, tuple)
"""A tuple of text, kept as a JSON list."""
Categories = Converted(Text(), join_categories, lambda text: split_categories([text]))
"""A label's categories; None is "not given"."""


def _one_of(kind: type[StrEnum]) -> Converted:
    return Converted(String(16), str, kind)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

papers = Table(
    "papers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_key", Text, nullable=False, index=True),
    Column("abstract", Text, nullable=False),
    Column("authors", Words, nullable=False),
    Column("categories", Words, nullable=False),
    Column("primary_category", String(32), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("submitted", UtcDateTime),
    Column("updated", UtcDateTime),
    Column("announced", Date, index=True),
    Column("doi", Text, nullable=False),
    Column("journal_ref", Text, nullable=False),
    Column("comment", Text, nullable=False),
)

announcements = Table(
    "announcements",
    metadata,
    Column("day", Date, primary_key=True),
    Column("state", _one_of(AnnouncementState), nullable=False),
    Column("new", Integer, nullable=False),
    Column("cross", Integer, nullable=False),
    Column("replaced", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("checked_at", UtcDateTime),
)

listed = Table(
    "listed",
    metadata,
    Column("day", Date, ForeignKey("announcements.day", ondelete="CASCADE"), primary_key=True),
    Column("paper", String(32), ForeignKey("papers.id"), primary_key=True),
    Column("kind", _one_of(AnnounceType), nullable=False),
    Index("ix_listed_paper", "paper"),
)

note_readings = Table(
    "note_readings",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("reading", JSON, nullable=False),
)

lookups = Table(
    "lookups",
    metadata,
    Column("question", Text, primary_key=True),
    Column("paper", String(32)),
    Column("asked_at", UtcDateTime, nullable=False),
)

labels = Table(
    "labels",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("paper", String(32), nullable=False, index=True),
    Column("said_at", UtcDateTime, nullable=False),
    Column("source", _one_of(LabelSource), nullable=False),
    Column("relevant", Boolean),
    Column("category", Categories, key="categories"),
    Column("read", Boolean),
    Column("remark", Text, nullable=False),
    Column("place", Text, key="where", nullable=False),
    Column("undoes", Integer, ForeignKey("labels.number")),
    sqlite_autoincrement=True,
)

features = Table(
    "features",
    metadata,
    Column("paper", String(32), primary_key=True),
    Column("version", String(32), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

digests = Table(
    "digests",
    metadata,
    Column("day", Date, primary_key=True),
    Column("file", Text, nullable=False),
    Column("machine_text", Text, nullable=False),
    Column("synced_text", Text, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("total", Integer, nullable=False),
    Column("interesting", Integer, nullable=False),
    Column("model", String(64), nullable=False),
    Column("in_place", Boolean, nullable=False),
    Column("replaced_text", Text),
)

digest_days = Table(
    "digest_days",
    metadata,
    Column("announcement", Date, ForeignKey("announcements.day"), primary_key=True),
    Column("digest", Date, ForeignKey("digests.day", ondelete="CASCADE"), nullable=False, index=True),
)

shown = Table(
    "shown",
    metadata,
    Column("digest", Date, ForeignKey("digests.day", ondelete="CASCADE"), primary_key=True),
    Column("paper", String(32), ForeignKey("papers.id"), primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("picked", Boolean, nullable=False),
    Column("score", Float, nullable=False),
    Column("probability", Float, nullable=False),
    Column("categories", Words, nullable=False),
    Index("ix_shown_paper", "paper"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("digest", Date, ForeignKey("digests.day", ondelete="CASCADE"), primary_key=True),
    Column("target", Text, primary_key=True),
    Column("sent_at", UtcDateTime),
    Column("tries", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

community_picks = Table(
    "community_picks",
    metadata,
    Column("source", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("paper", String(32), primary_key=True),
)

facts = Table(
    "facts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", JSON, nullable=False),
)
