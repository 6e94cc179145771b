"""Announcements, their listings, and the state each ended in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import and_, func, or_, select

from triage.papers import DONE, WHOLE, Announcement, AnnounceType, ArxivId, ListedPaper
from triage.store.papers import Papers
from triage.store.rows import Rows, columns_for, put_rows, row_of
from triage.store.schema import announcements, digest_days, digests, listed, shown

_COLUMNS = columns_for(announcements, Announcement)


class Announcements(Rows):
    """The announcements and their listings, within one transaction."""

    def put(self, announcement: Announcement, items: Iterable[ListedPaper] = ()) -> None:
        """Record an announcement with its listing; papers are stored or updated along."""
        put_rows(self._connection, announcements, [row_of(announcements, announcement)])
        items = list(items)
        Papers(self._connection).put(item.paper for item in items)
        rows = (
            {"day": announcement.day, "paper": item.paper.id, "kind": item.announce_type} for item in items
        )
        put_rows(self._connection, listed, rows)

    def get(self, day: date) -> Announcement | None:
        """Return the announcement of a listing day, or None if none is recorded."""
        return next(iter(self.all(first=day, last=day)), None)

    def all(self, *, first: date | None = None, last: date | None = None) -> list[Announcement]:
        """Return the announcements from ``first`` to ``last``, both included, oldest first."""
        wanted = announcements.c.day.between(first or date.min, last or date.max)
        statement = select(*_COLUMNS).where(wanted).order_by(announcements.c.day)
        return [Announcement(*row) for row in self._connection.execute(statement)]

    def forget_after(self, day: date) -> None:
        """Forget later announcements without a listing: a clock that was ahead made them up."""
        made_up = announcements.c.day > day, announcements.c.state.not_in(WHOLE)
        self._connection.execute(announcements.delete().where(*made_up))

    def last_done(self) -> date | None:
        """Return the latest listing day that is complete, empty or recovered."""
        statement = select(func.max(announcements.c.day)).where(announcements.c.state.in_(DONE))
        return self._connection.execute(statement).scalar()

    def undigested(self) -> list[Announcement]:
        """Return announcements with a listing that no digest covers yet, oldest first."""
        statement = (
            select(*_COLUMNS)
            .outerjoin(digest_days, digest_days.c.announcement == announcements.c.day)
            .where(digest_days.c.digest.is_(None), announcements.c.state.in_(WHOLE))
            .order_by(announcements.c.day)
        )
        return [Announcement(*row) for row in self._connection.execute(statement)]

    def listed_on(self, days: Sequence[date] | None, kinds: Sequence[AnnounceType]) -> list[ArxivId]:
        """Return the ids listed on any of some days (None: of all) as any of the kinds, in order of id."""
        statement = select(listed.c.paper).where(listed.c.kind.in_(kinds))
        if days is not None:
            statement = statement.where(listed.c.day.in_(days))
        return [
            ArxivId(paper)
            for paper in self._connection.scalars(statement.distinct().order_by(listed.c.paper))
        ]

    def found_late(self, digest: date, kinds: Sequence[AnnounceType]) -> set[ArxivId]:
        """Return what no other digest showed of listings that grew after an earlier digest was written."""
        elsewhere = select(shown.c.paper).where(shown.c.digest != digest)
        statement = (
            select(listed.c.paper)
            .join(announcements, announcements.c.day == listed.c.day)
            .join(digest_days, digest_days.c.announcement == listed.c.day)
            .join(digests, digests.c.day == digest_days.c.digest)
            .where(digests.c.day < digest, announcements.c.checked_at > digests.c.written_at)
            .where(listed.c.kind.in_(kinds), listed.c.paper.not_in(elsewhere))
        )
        return {ArxivId(paper) for paper in self._connection.execute(statement).scalars()}

    def kinds(self, day: date) -> dict[ArxivId, AnnounceType]:
        """Return how each paper stood in the listing of a day, in order of id."""
        statement = select(listed.c.paper, listed.c.kind).where(listed.c.day == day).order_by(listed.c.paper)
        return {ArxivId(paper): kind for paper, kind in self._connection.execute(statement)}

    def shown_elsewhere(self, first: date, digest: date) -> set[ArxivId]:
        """Return what is not new in a digest: listed before its first day, or shown in another digest.

        Another digest may be a later one: a failed day is recovered, and gets its digest, after it.
        """
        earlier = select(listed.c.paper).where(listed.c.day < first)
        digested = select(shown.c.paper).where(shown.c.digest != digest)
        return {ArxivId(paper) for paper in self._connection.execute(earlier.union(digested)).scalars()}

    def listed_elsewhere(self, day: date) -> set[ArxivId]:
        """Return the ids that came with the announcements of other days.

        A replacement in a later listing says only that the paper came before that: perhaps on this day.
        """
        replacements = [kind for kind in AnnounceType if kind.is_replacement]
        statement = (
            select(listed.c.paper)
            .where(or_(listed.c.day < day, and_(listed.c.day > day, listed.c.kind.not_in(replacements))))
            .distinct()
        )
        return {ArxivId(paper) for paper in self._connection.execute(statement).scalars()}
