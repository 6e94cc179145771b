"""Which announcements share a digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import takewhile

from triage.context import Context
from triage.listing.calendar import is_listing_day
from triage.papers import Announcement, AnnouncementState

_LONGEST_GAP = 14
"""Days; arXiv's longest was six."""


def groups_to_digest(
    context: Context, *, until: date | None, since: date | None
) -> list[tuple[Announcement, ...]]:
    """Return the announcements that want a digest, one group a digest, oldest first."""
    with context.store.reading() as tx:
        waiting = tx.announcements.undigested()
        written = tx.digests.all()
        again = [
            tuple(found for day in digest.covers if (found := tx.announcements.get(day)))
            for digest in written
            if since is not None and digest.day >= since and (until is None or digest.day <= until)
        ]
    wanted = [
        one for one in waiting if (until is None or one.day <= until) and (since is None or one.day >= since)
    ]
    fresh = grouped(wanted, [digest.day for digest in written], context.config.digest.catch_up)
    return sorted([*again, *fresh], key=lambda group: group[-1].day)


def grouped(
    waiting: Sequence[Announcement], digest_days: Sequence[date], catch_up: str
) -> list[tuple[Announcement, ...]]:
    """Share announcements out over digests.

    With ``each``, every announcement has its own.  With ``one``, those with no digest between them
    share one, named for the last: a failed day that is recovered later is not mixed with days that
    came after a digest was written.
    """
    groups: list[list[Announcement]] = []
    for announcement in waiting:
        alone = (
            not groups
            or catch_up == "each"
            or any(groups[-1][-1].day <= written <= announcement.day for written in digest_days)
        )
        if alone:
            groups.append([])
        groups[-1].append(announcement)
    return [tuple(group) for group in groups]


def quiet_days(context: Context, covers: Sequence[Announcement]) -> list[Announcement]:
    """Return the working days just before the announcements covered on which arXiv had none, in order.

    Their budget counts for the next announcement, as arXiv's list brings what was submitted on them.
    """
    with context.store.reading() as tx:
        known = {one.day: one for one in tx.announcements.all()}
    holidays = context.config.arxiv.holidays

    def is_quiet(day: date) -> bool:
        found = known.get(day)
        return found.state is AnnouncementState.EMPTY if found else not is_listing_day(day, holidays)

    quiet: set[date] = set()
    for announcement in covers:
        before = (announcement.day - timedelta(days=back) for back in range(1, _LONGEST_GAP))
        quiet.update(takewhile(is_quiet, (day for day in before if day.weekday() < 5)))
    return [known.get(day, Announcement(day, AnnouncementState.EMPTY)) for day in sorted(quiet)]
