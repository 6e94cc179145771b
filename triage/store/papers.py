"""Papers in the store, and the features cached for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Engine, Select, func, select

from triage.papers import ArxivId, Paper, title_key, with_aliases
from triage.store.engine import transaction
from triage.store.rows import Rows, columns_for, in_batches, put_rows, row_of
from triage.store.schema import features, papers

_SELECT = select(*columns_for(papers, Paper))


def merge(old: Paper, new: Paper) -> Paper:
    """Combine what is known of a paper with what a source now says.

    A version at least as new replaces the text; what the new record leaves open (no abstract in an
    old feed, no announcement day in an API answer) never wipes what is known.  The earliest known
    announcement day and submission time stay: they are version 1's.
    """
    first, second = (new, old) if new.version >= old.version else (old, new)
    return replace(
        first,
        title=first.title or second.title,
        abstract=first.abstract or second.abstract,
        authors=first.authors or second.authors,
        categories=first.categories or second.categories,
        submitted=min(filter(None, (old.submitted, new.submitted)), default=None),
        updated=first.updated or second.updated,
        announced=min(filter(None, (old.announced, new.announced)), default=None),
        doi=first.doi or second.doi,
        journal_ref=first.journal_ref or second.journal_ref,
        comment=first.comment or second.comment,
    )


class Papers(Rows):
    """The papers table, within one transaction."""

    def put(self, incoming: Iterable[Paper]) -> int:
        """Store papers, new or known (see :func:`merge`), and return how many were new or changed."""
        changed = 0
        for batch in in_batches(incoming):
            known = self.get([paper.id for paper in batch])
            rows: dict[ArxivId, Paper] = {}
            for paper in batch:
                old = rows.get(paper.id) or known.get(paper.id)
                merged = merge(old, paper) if old else paper
                if merged != old:
                    rows[paper.id] = merged
            values = (row_of(papers, paper, title_key=title_key(paper.title)) for paper in rows.values())
            put_rows(self._connection, papers, values)
            changed += len(rows)
        return changed

    def get(self, ids: Iterable[ArxivId]) -> dict[ArxivId, Paper]:
        """Return the papers known among ``ids``."""
        found: dict[ArxivId, Paper] = {}
        for batch in in_batches(ids):
            found.update((paper.id, paper) for paper in self._papers(_SELECT.where(papers.c.id.in_(batch))))
        return found

    def titles(self) -> list[tuple[ArxivId, str, str]]:
        """Return ``(id, title, folded title)`` of every paper, in order of id."""
        statement = select(papers.c.id, papers.c.title, papers.c.title_key).order_by(papers.c.id)
        return [(ArxivId(row[0]), row[1], row[2]) for row in self._connection.execute(statement)]

    def announced_on(self, day: date) -> list[Paper]:
        """Return the papers first announced on a listing day, in order of id."""
        return list(self._papers(_SELECT.where(papers.c.announced == day).order_by(papers.c.id)))

    def counts_by_day(self, first: date, last: date, categories: Sequence[str]) -> dict[date, int]:
        """Return how many papers are stored of each listing day, by their primary categories.

        Days without any are left out; both ends are included.
        """
        statement = (
            select(papers.c.announced, func.count())
            .where(
                papers.c.announced.between(first, last),
                papers.c.primary_category.in_(with_aliases(categories)),
            )
            .group_by(papers.c.announced)
        )
        return {row[0]: row[1] for row in self._connection.execute(statement)}

    def last_announced(self) -> date | None:
        """Return the newest listing day known of any paper."""
        return self._connection.execute(select(func.max(papers.c.announced))).scalar()

    def newest(self, *, before: date | None, categories: Sequence[str], limit: int) -> list[Paper]:
        """Return the newest papers of some primary categories (empty for all), newest first.

        With ``before``, only papers that were announced before that day.
        """
        statement = _SELECT
        if before is not None:
            statement = statement.where(papers.c.announced < before)
        if categories:
            statement = statement.where(papers.c.primary_category.in_(with_aliases(categories)))
        newest_first = (papers.c.announced.desc().nulls_last(), papers.c.id.desc())
        return list(self._papers(statement.order_by(*newest_first).limit(limit)))

    def count(self) -> int:
        return self._connection.execute(select(func.count()).select_from(papers)).scalar_one()

    def _papers(self, statement: Select[Any]) -> Iterator[Paper]:
        return (Paper(*row) for row in self._connection.execute(statement))


class StoredFeatures:
    """The feature cache: each paper's hashed counts, so that its text is read once.

    Each call commits by itself: features can be made again at any time, so they need not stand or
    fall with the transaction that needed them.
    """

    def __init__(self, engine: Engine, version: str) -> None:
        self._engine = engine
        self._version = version

    def get(self, ids: Sequence[ArxivId]) -> dict[ArxivId, bytes]:
        """Return the stored rows among ``ids``."""
        found: dict[ArxivId, bytes] = {}
        with transaction(self._engine, reading=True) as connection:
            for batch in in_batches(ids):
                statement = select(features.c.paper, features.c.data).where(
                    features.c.version == self._version, features.c.paper.in_(batch)
                )
                found.update((ArxivId(paper), data) for paper, data in connection.execute(statement))
        return found

    def put(self, rows: Mapping[ArxivId, bytes]) -> None:
        """Store rows, replacing older ones, and delete those of other feature versions."""
        values = ({"paper": paper, "version": self._version, "data": data} for paper, data in rows.items())
        with transaction(self._engine) as connection:
            connection.execute(features.delete().where(features.c.version != self._version))
            put_rows(connection, features, values)
