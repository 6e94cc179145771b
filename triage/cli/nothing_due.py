"""Why a run made no digest, in a sentence that is true of the day asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from triage.listing.calendar import feed_time, is_listing_day, latest_listing_day
from triage.papers import WHOLE, Announcement, AnnouncementState


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run was asked for, and when."""

    now: datetime
    """Aware."""
    zone: ZoneInfo
    """The reader's."""
    holidays: Collection[date] = ()
    """Further evenings without an announcement, from the configuration."""
    since: date | None = None
    until: date | None = None
    listing: str = ""
    """The name of the listing file; empty when arXiv was asked."""


def why_nothing(asked: Asked, known: Sequence[Announcement]) -> str:
    """Say why there was nothing to do.

    Parameters
    ----------
    asked : Asked
    known : sequence of Announcement
        All that are recorded after the run, oldest first.
    """
    if asked.listing:
        bounds = (f" from {asked.since}" if asked.since else "") + (
            f" up to {asked.until}" if asked.until else ""
        )
        return f"nothing is due: {asked.listing} has no announcement{bounds} that is not done already"
    latest = latest_listing_day(asked.now, asked.holidays)
    if asked.until is None and (asked.since is None or asked.since <= latest):
        return f"nothing is due: every announcement so far has its digest; {_appears(_next_listing(asked), asked)}"
    day = asked.until or asked.since
    assert day is not None  # one of them was given
    if not is_listing_day(day, asked.holidays):
        return f"nothing is due: {_no_listing(day)}"
    if feed_time(day) > asked.now:
        return f"nothing is due yet: {_appears(day, asked)}"
    return f"nothing is due: {_past(day, known)}"


def _next_listing(asked: Asked) -> date:
    """Return the first listing day that the feeds don't carry yet."""
    day = latest_listing_day(asked.now, asked.holidays)
    while feed_time(day) <= asked.now or not is_listing_day(day, asked.holidays):
        day += timedelta(days=1)
    return day


def _appears(day: date, asked: Asked) -> str:
    here = feed_time(day).astimezone(asked.zone)
    return f"the listing of {day} appears at midnight US Eastern ({here:%Y-%m-%d %H:%M} here)"


def _no_listing(day: date) -> str:
    if day.weekday() >= 5:
        return f"{day} is a {day:%A}, and arXiv has no listing on weekends"
    return f"arXiv has no listing of {day}, because of a holiday"


def _past(day: date, known: Sequence[Announcement]) -> str:
    """Say of a day whose listing was to be had why it brings no digest."""
    recorded = next((one for one in known if one.day == day), None)
    if recorded is not None and recorded.state in WHOLE:
        return f"every announcement up to {day} has its digest"
    if recorded is not None and recorded.state is AnnouncementState.EMPTY:
        return f"arXiv announced nothing for {day} ({recorded.reason})"
    done = max((one.day for one in known if one.state in (*WHOLE, AnnouncementState.EMPTY)), default=None)
    where = f"goes on after the last one done, {done}" if done else "begins with the latest"
    return (
        f"the announcement of {day} was not fetched: a run {where}. "
        f"For its digest: triage run --since {day} --date {day}. "
        f"To store papers from then on without digests: triage archive fetch --since {day}"
    )
