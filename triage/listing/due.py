"""Which announcements are due: pure decisions over what the store knows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from triage.papers import Announcement, AnnouncementState

UNDONE = (AnnouncementState.DUE, AnnouncementState.FAILED)


def first_wanted(known: Iterable[Announcement], last_done: date | None, since: date | None) -> date | None:
    """Return the first listing day that may be due: ``since``, or else the oldest one not done.

    None when nothing was ever done: the source knows where a fresh store begins.
    """
    if since is not None:
        return since
    open_days = [one.day for one in known if one.state in UNDONE]
    if last_done is not None:
        open_days.append(last_done + timedelta(days=1))
    return min(open_days, default=None)


def is_due(
    known: Announcement | None, listing_day: date, *, last_done: date | None, since: date | None
) -> bool:
    """Return whether an announcement is to be fetched: never fetched, or failed so far."""
    if since is not None and listing_day < since:
        return False
    if known is not None:
        return known.state in UNDONE
    return since is not None or last_done is None or listing_day > last_done
