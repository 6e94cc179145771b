"""What other people picked, by source and day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import func, select, true

from triage.papers import ArxivId
from triage.store.rows import Rows, upsert
from triage.store.schema import community_picks


class CommunityPicks(Rows):
    """The community picks, within one transaction."""

    def put(self, source: str, picks: Iterable[tuple[date, ArxivId]]) -> None:
        """Store picks; known ones stay as they are."""
        rows = [{"source": source, "day": day, "paper": paper} for day, paper in picks]
        if rows:
            self._connection.execute(upsert(self._connection, community_picks).on_conflict_do_nothing(), rows)

    def before(self, day: date, sources: Collection[str] | None = None) -> list[tuple[date, ArxivId]]:
        """Return ``(day, paper)`` of picks made before a day, by some sources or all, in order."""
        statement = (
            select(func.min(community_picks.c.day), community_picks.c.paper)
            .where(community_picks.c.day < day)
            .where(true() if sources is None else community_picks.c.source.in_(list(sources)))
            .group_by(community_picks.c.paper)
            .order_by(func.min(community_picks.c.day), community_picks.c.paper)
        )
        return [(row[0], ArxivId(row[1])) for row in self._connection.execute(statement)]

    def all(self) -> list[tuple[str, date, ArxivId]]:
        """Return ``(source, day, paper)`` of every pick, in order."""
        columns = (community_picks.c.source, community_picks.c.day, community_picks.c.paper)
        rows = self._connection.execute(select(*columns).order_by(*columns))
        return [(source, day, ArxivId(paper)) for source, day, paper in rows]
