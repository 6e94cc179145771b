"""Which announcements share a digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from triage.context import Context
from triage.papers import Announcement


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
