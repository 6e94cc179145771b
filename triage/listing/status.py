"""How the announcements stand: done, due, failed, doubtful, without a digest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from triage.listing.calendar import due_days, latest_listing_day, next_announcement, unlisted_years
from triage.papers import DONE, WHOLE, Announcement, AnnouncementState

UNDONE = (AnnouncementState.DUE, AnnouncementState.FAILED)
LATE_AFTER = timedelta(hours=30)
"""arXiv's announcements can be hours late, and a run may be a daily one: only then is it overdue."""

RECENT = timedelta(days=14)
"""What is older is not shown again."""

LOOKING_AHEAD = timedelta(days=14)
"""So long before a year begins its holidays should be known."""


@dataclass(frozen=True, slots=True)
class AnnouncementStatus:
    """The announcements at a time."""

    last_good: Announcement | None
    """The newest with its listing: complete, or recovered later."""
    last_done: date | None
    """The newest listing day that is complete, recovered, or empty by the calendar."""
    due: tuple[date, ...]
    """Listing days announced and not done."""
    overdue: bool
    failed: tuple[Announcement, ...]
    suspicious: tuple[Announcement, ...]
    """Done, but with a reason to doubt that they are whole; of the last two weeks."""
    waiting: tuple[date, ...]
    """Stored announcements without a digest."""
    waiting_long: bool
    next: datetime
    """When arXiv announces next, UTC."""

    @property
    def needs(self) -> tuple[str, ...]:
        by_reason: dict[str, list[date]] = {}
        for one in self.failed:
            by_reason.setdefault(one.reason, []).append(one.day)
        sentences = [
            f"{_named(days)} failed: {reason or 'the reason is not known'}; the next run tries again"
            for reason, days in by_reason.items()
        ]
        if self.overdue:
            are = "announcement is" if len(self.due) == 1 else "announcements are"
            sentences.append(f"{len(self.due)} {are} waiting since {self.due[0]}: triage run")
        if self.waiting_long:
            have = "announcement has" if len(self.waiting) == 1 else "announcements have"
            sentences.append(f"{len(self.waiting)} {have} no digest, since {self.waiting[0]}: triage run")
        return tuple(sentences)


def announcement_status(
    known: Sequence[Announcement],
    waiting: Sequence[Announcement],
    now: datetime,
    holidays: Collection[date],
) -> AnnouncementStatus:
    latest = latest_listing_day(now, holidays)
    # Later ones without a listing were made up by a clock that was ahead; the next run forgets them.
    known = [one for one in known if one.state in WHOLE or one.day <= latest]
    last_done = max((one.day for one in known if one.state in DONE), default=None)
    due = [latest] if last_done is None else due_days(last_done, now, holidays)
    overdue_before = latest_listing_day(now - LATE_AFTER, holidays)
    unremarkable = (AnnouncementState.FAILED, AnnouncementState.EMPTY)
    return AnnouncementStatus(
        last_good=max((one for one in known if one.state in WHOLE), key=lambda one: one.day, default=None),
        last_done=last_done,
        due=tuple(due),
        # A day that may be a holiday is not late.
        overdue=last_done is not None
        and max([last_done, *(one.day for one in known if one.state is AnnouncementState.DUE)])
        < overdue_before,
        failed=tuple(one for one in known if one.state is AnnouncementState.FAILED),
        suspicious=tuple(
            one
            for one in known
            if one.reason and one.state not in unremarkable and one.day >= now.date() - RECENT
        ),
        waiting=tuple(one.day for one in waiting),
        waiting_long=bool(waiting) and waiting[0].day < overdue_before,
        next=next_announcement(now, holidays),
    )


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


def holiday_warnings(today: date) -> list[str]:
    """Return a warning when arXiv's holidays of the days to come are not known."""
    years = unlisted_years([today, today + LOOKING_AHEAD])
    if not years:
        return []
    named = " and ".join(map(str, years))
    return [
        f"arXiv's holidays of {named} are not known to this version of triage: the usual ones are assumed, and "
        "an empty working day may be another; arxiv.holidays in config.yaml adds those that you know"
    ]


def _named(days: Sequence[date]) -> str:
    if len(days) == 1:
        return f"the announcement of {days[0]}"
    return f"{len(days)} announcements, {days[0]} to {days[-1]},"
