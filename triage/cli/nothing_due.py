"""Why a run made no digest, in a sentence that is true of the days it was run for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from triage.config.schema import Config
from triage.listing.calendar import feed_time, is_listing_day, latest_listing_day, listing_days
from triage.papers import WHOLE, Announcement, AnnouncementState


def why_nothing(
    known: Sequence[Announcement],
    config: Config,
    now: datetime,
    *,
    since: date | None = None,
    until: date | None = None,
    listing: str = "",
) -> str:
    """Return why there was nothing to do, by the announcements that are ``known`` after the run.

    ``listing`` is the name of the listing file, empty if arXiv was asked.
    """
    if listing:
        bounds = (f" from {since}" if since else "") + (f" up to {until}" if until else "")
        return f"nothing is due: {listing} has no announcement{bounds} that is not done already"
    holidays = config.arxiv.holidays

    def appears(day: date) -> str:
        here = feed_time(day).astimezone(config.zone)
        return f"the listing of {day} appears at midnight US Eastern ({here:%Y-%m-%d %H:%M} here)"

    latest = latest_listing_day(now, holidays)
    day = until or since or latest
    if until is None and day <= latest:
        coming = listing_days(latest, latest + timedelta(days=14), holidays)
        following = next(one for one in coming if feed_time(one) > now)
        return f"nothing is due: every announcement so far has its digest; {appears(following)}"
    if day.weekday() >= 5:
        return f"nothing is due: {day} is a {day:%A}, and arXiv has no listing on weekends"
    if not is_listing_day(day, holidays):
        return f"nothing is due: arXiv has no listing of {day}, because of a holiday"
    if feed_time(day) > now:
        return f"nothing is due yet: {appears(day)}"
    return f"nothing is due: {_past(day, known)}"


def _past(day: date, known: Sequence[Announcement]) -> str:
    """Say why a listing day in the past brings no digest."""
    recorded = next((one for one in known if one.day == day), None)
    if recorded is not None and recorded.state in WHOLE:
        return f"every announcement up to {day} has its digest"
    if recorded is not None and recorded.state is AnnouncementState.EMPTY:
        return f"arXiv announced nothing for {day} ({recorded.reason})"
    done = max((one.day for one in known if one.state in (*WHOLE, AnnouncementState.EMPTY)), default=None)
    where = f"continues after the last one done, {done}" if done else "begins with the newest"
    return (
        f"the announcement of {day} was not fetched: a run {where}. "
        f"For its digest: triage run --since {day} --date {day}. "
        f"To store papers from that day on without digests: triage archive fetch --since {day}"
    )
