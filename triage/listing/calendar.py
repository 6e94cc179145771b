"""When arXiv announces: the listing days, and which submissions each of them carries.

arXiv announces on the evenings of Sunday to Thursday at 20:00 US Eastern what was submitted before
14:00 Eastern on the working day before the listing is dated.  The *listing day* is the date after
that evening, Monday to Friday.  Times are aware datetimes; those returned are in UTC.

arXiv's list names the days whose deadline passed without an announcement on the evening that was due:
the listing of the next working day is missing, and its submissions wait for the one after.  Of a Friday
that is Sunday evening's: after Friday 2026-06-19 there was no listing on Monday.  For years after the
list ends, the holidays that every year shares are assumed.

Source: the list that arXiv keeps in its own code (arxiv-base, ``arxiv_holidays``), as of May 2026.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
DEADLINE = time(14)
"""Submissions from this time on (Eastern) wait for the next announcement."""
ANNOUNCEMENT = time(20)
"""When an announcement is made (Eastern), on the evening before its listing day."""

_DAY = timedelta(days=1)
_MONDAY, _THURSDAY = 0, 3
_LISTED = {
    int(year): frozenset(date.fromisoformat(f"{year}-{day}") for day in days)
    for year, *days in map(
        str.split, files(__package__).joinpath("holidays.txt").read_text("utf-8").splitlines()
    )
    if year.isdecimal()
}
# The longest run of evenings without an announcement in any list is three; this bounds the search.
_LONGEST_GAP_DAYS = 60


class NoAnnouncementError(ValueError):
    """The holidays given leave no announcement for two months: they can't be right."""


def holidays_of(year: int) -> frozenset[date]:
    """Return the days of a year without an announcement, listed by arXiv or assumed; none before the list."""
    if year in _LISTED or year < min(_LISTED):
        return _LISTED.get(year, frozenset())
    return frozenset(
        {
            date(year, 1, 1),
            _nth_weekday(year, 1, _MONDAY, 3),  # Martin Luther King Jr. Day
            date(year, 6, 19),
            date(year, 7, 4),
            _nth_weekday(year, 9, _MONDAY, 1),  # Labor Day
            _nth_weekday(year, 11, _THURSDAY, 4),  # Thanksgiving
            date(year, 12, 25),
        }
    )


def unlisted_years(days: Iterable[date]) -> tuple[int, ...]:
    """Return the years among some days whose holidays are assumed, since arXiv's list was not known, in order."""
    return tuple(sorted({day.year for day in days if day.year > max(_LISTED)}))


def is_listing_day(day: date, extra_holidays: Collection[date] = ()) -> bool:
    """Whether arXiv has a listing dated this day, US Eastern.

    ``extra_holidays`` are further days without an announcement, from the configuration.
    """
    # Sunday evening's announcement is of Friday; arXiv's list names either.
    days = {day - _DAY, _deadline_day(day)}
    return day.weekday() < 5 and days.isdisjoint(extra_holidays) and not any(map(_is_holiday, days))


def announced_day(submitted: datetime, extra_holidays: Collection[date] = ()) -> date:
    """Return the listing day of a paper whose first version was submitted then.

    Papers that moderators hold are announced later than this says.
    """
    return _listing_after(_cutoff_day(submitted), extra_holidays)


def listing_days(first: date, last: date, extra_holidays: Collection[date] = ()) -> list[date]:
    """Return the listing days from `first` to `last`, both included, in order."""
    every = (first + number * _DAY for number in range((last - first).days + 1))
    return [day for day in every if is_listing_day(day, extra_holidays)]


def submission_window(day: date, extra_holidays: Collection[date] = ()) -> tuple[datetime, datetime]:
    """Return the half-open window of time, UTC, in which the papers of a listing day were submitted.

    The windows of consecutive listing days tile time; one after a holiday is longer.

    Raises ValueError if arXiv has no listing that day.
    """
    if not is_listing_day(day, extra_holidays):
        raise ValueError(f"arXiv has no listing dated {day}")
    return _cutoff_before(previous_listing_day(day, extra_holidays)), _cutoff_before(day)


def previous_listing_day(day: date, extra_holidays: Collection[date] = ()) -> date:
    """Return the last listing day before a date."""
    return _nearest_listing_day(day - _DAY, -_DAY, extra_holidays)


def announcement_time(day: date) -> datetime:
    """Return when the listing of a day is announced: 20:00 Eastern on the evening before, in UTC."""
    return datetime.combine(day - _DAY, ANNOUNCEMENT, EASTERN).astimezone(UTC)


def feed_time(day: date) -> datetime:
    """Return from when the feeds carry a listing day: midnight Eastern as it begins, in UTC."""
    return datetime.combine(day, time(0), EASTERN).astimezone(UTC)


def next_announcement(now: datetime, extra_holidays: Collection[date] = ()) -> datetime:
    """Return when the next announcement is made, UTC; never `now` itself."""
    return announcement_time(_listing_after(_last_announced_eve(now) + _DAY, extra_holidays))


def latest_listing_day(now: datetime, extra_holidays: Collection[date] = ()) -> date:
    """Return the newest listing day that has been announced at `now`.

    On Tuesday at 20:00 Eastern this becomes Wednesday, in every zone.
    """
    return _nearest_listing_day(_last_announced_eve(now) + _DAY, -_DAY, extra_holidays)


def due_days(last_done: date, now: datetime, extra_holidays: Collection[date] = ()) -> list[date]:
    """Return the listing days after `last_done` that have been announced at `now`, oldest first."""
    return listing_days(last_done + _DAY, latest_listing_day(now, extra_holidays), extra_holidays)


def _cutoff_day(submitted: datetime) -> date:
    """The working day at whose 14:00 Eastern a submission falls under an announcement."""
    local = _eastern(submitted)
    day = local.date() if local.time() < DEADLINE else local.date() + _DAY
    while day.weekday() >= 5:
        day += _DAY
    return day


def _cutoff_before(day: date) -> datetime:
    """The deadline for a listing day: 14:00 Eastern on the working day before, in UTC."""
    return datetime.combine(_deadline_day(day), DEADLINE, EASTERN).astimezone(UTC)


def _deadline_day(day: date) -> date:
    return day - _DAY * {0: 3, 6: 2}.get(day.weekday(), 1)


def _listing_after(day: date, extra_holidays: Collection[date]) -> date:
    return _nearest_listing_day(day + _DAY, _DAY, extra_holidays)


def _last_announced_eve(now: datetime) -> date:
    """The Eastern date of the latest 20:00 that has passed at `now`."""
    local = _eastern(now)
    return local.date() if local.time() >= ANNOUNCEMENT else local.date() - _DAY


def _eastern(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment.astimezone(EASTERN)


def _nearest_listing_day(day: date, step: timedelta, extra_holidays: Collection[date]) -> date:
    """The first listing day in steps from a date on; holidays without end would never lead to one."""
    for number in range(_LONGEST_GAP_DAYS):
        if is_listing_day(day + number * step, extra_holidays):
            return day + number * step
    raise NoAnnouncementError(f"no announcement within {_LONGEST_GAP_DAYS} days of {day}")


@lru_cache(maxsize=4096)
def _is_holiday(eve: date) -> bool:
    return eve in holidays_of(eve.year)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
