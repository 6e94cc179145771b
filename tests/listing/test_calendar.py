"""The announcement calendar: listing days, windows, holidays."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.listing.calendar import (
    EASTERN,
    NoAnnouncementError,
    announced_day,
    announcement_time,
    due_days,
    feed_time,
    follows_assumed_holiday,
    holidays_of,
    is_listing_day,
    latest_listing_day,
    listing_days,
    next_announcement,
    submission_window,
    unlisted_years,
)
from triage.listing.files import read_listing

FIRST, LAST = datetime(2010, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
moments = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))
holidays = st.frozensets(st.dates(FIRST.date(), LAST.date()), max_size=8)


def eastern(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN)


@pytest.mark.parametrize(
    ("submitted", "day"),
    [
        ("2025-06-02 14:00", "2025-06-04"),  # Monday at the deadline: Tuesday evening's
        ("2025-06-02 13:59:59", "2025-06-03"),
        ("2025-06-03 13:59:59", "2025-06-04"),
        ("2025-06-05 13:59", "2025-06-06"),  # Thursday: dated Friday
        ("2025-06-05 14:00", "2025-06-09"),  # until Friday 14:00: Sunday evening, dated Monday
        ("2025-06-06 13:59", "2025-06-09"),
        ("2025-06-06 14:00", "2025-06-10"),  # the weekend: Monday evening, dated Tuesday
        ("2025-06-07 10:00", "2025-06-10"),
        ("2025-06-08 23:00", "2025-06-10"),
        ("2025-06-09 13:59", "2025-06-10"),
        ("2025-03-09 14:00", "2025-03-11"),  # the day the clocks go forward is a Sunday
        ("2025-11-03 13:59", "2025-11-04"),
    ],
)
def test_the_listing_day_follows_arxivs_timetable(submitted: str, day: str) -> None:
    assert announced_day(eastern(submitted)) == date.fromisoformat(day)


def test_the_zone_of_a_submission_doesnt_matter() -> None:
    moment = eastern("2025-06-03 13:59:59")
    assert announced_day(moment.astimezone(ZoneInfo("Asia/Shanghai"))) == date(2025, 6, 4)


def test_a_submission_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without zone"):
        announced_day(datetime(2025, 6, 3, 12))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("missing", "following"),
    [
        # The reader's digests: none on these days, and two days' papers on the next.
        ("2023-11-24", "2023-11-27"),
        ("2023-12-26", "2023-12-27"),
        ("2023-12-28", "2023-12-29"),
        ("2024-01-16", "2024-01-17"),
        ("2025-07-07", "2025-07-08"),  # "Sun 6 July", for the 4th
        ("2025-12-31", "2026-01-01"),
        ("2023-08-18", "2023-08-21"),
        ("2024-10-09", "2024-10-10"),
        # After a Friday's holiday Sunday evening has none; nobody's listing of that Monday is known.
        ("2026-06-22", "2026-06-23"),
        ("2003-12-29", "2003-12-30"),
        ("2004-01-05", "2004-01-06"),
        ("2020-06-10", "2020-06-11"),  # the strike
        ("2017-03-15", "2017-03-16"),  # an outage
        ("2026-09-08", "2026-09-09"),
        ("2026-12-30", "2026-12-31"),
        ("2027-01-01", "2027-01-05"),  # 2026-12-31 is listed; 2027-01-01 is a Friday
    ],
)
def test_the_listing_after_a_holidays_evening_is_missing(missing: str, following: str) -> None:
    gone, day = date.fromisoformat(missing), date.fromisoformat(following)
    assert not is_listing_day(gone)
    assert listing_days(gone, day) == [day]


@pytest.mark.parametrize(
    "day", ["2025-07-04", "2024-01-02", "2026-06-19", "2026-07-07", "2026-12-25", "2025-05-27", "2003-12-24"]
)
def test_days_around_holidays_have_their_listing(day: str) -> None:
    # Thursday evening's comes before a Friday's holiday; New Year 2024 and Memorial Day are in no list.
    assert is_listing_day(date.fromisoformat(day))


def test_the_window_after_a_holiday_covers_the_missing_listing_too() -> None:
    assert submission_window(date(2024, 1, 17)) == (
        eastern("2024-01-12 14:00").astimezone(UTC),
        eastern("2024-01-16 14:00").astimezone(UTC),
    )


def test_a_holiday_from_the_configuration_counts_like_arxivs_own() -> None:
    extra = {date(2025, 6, 3)}
    assert not is_listing_day(date(2025, 6, 4), extra)
    assert announced_day(eastern("2025-06-03 10:00"), extra) == date(2025, 6, 5)
    assert due_days(date(2025, 6, 2), eastern("2025-06-05 01:00"), extra) == [
        date(2025, 6, 3),
        date(2025, 6, 5),
    ]


def test_there_is_no_window_for_a_day_without_listing() -> None:
    with pytest.raises(ValueError, match="no listing dated 2025-06-07"):
        submission_window(date(2025, 6, 7))


def test_an_evening_announcement_is_the_next_days_listing() -> None:
    tuesday_evening = eastern("2025-06-03 20:00")
    assert latest_listing_day(tuesday_evening) == date(2025, 6, 4)
    assert latest_listing_day(tuesday_evening - timedelta(seconds=1)) == date(2025, 6, 3)
    assert announcement_time(date(2025, 6, 4)) == tuesday_evening
    assert feed_time(date(2025, 6, 4)) == eastern("2025-06-04 00:00")


def test_over_a_weekend_fridays_listing_stays_the_latest() -> None:
    assert latest_listing_day(eastern("2025-06-08 19:59")) == date(2025, 6, 6)
    assert latest_listing_day(eastern("2025-06-08 20:00")) == date(2025, 6, 9)


def test_the_next_announcement_skips_holidays_and_weekends() -> None:
    assert next_announcement(eastern("2025-06-05 20:00")) == eastern("2025-06-08 20:00")
    assert next_announcement(eastern("2025-06-05 19:59")) == eastern("2025-06-05 20:00")
    assert next_announcement(eastern("2026-11-25 21:00")) == eastern("2026-11-29 20:00")


def test_two_weeks_away_leave_ten_listing_days_due() -> None:
    due = due_days(date(2025, 8, 1), eastern("2025-08-15 09:00"))
    assert (len(due), due[0], due[-1]) == (10, date(2025, 8, 4), date(2025, 8, 15))


def test_years_without_arxivs_list_are_named() -> None:
    assert unlisted_years([date(2026, 5, 1), date(2027, 1, 4), date(2003, 3, 3)]) == (2027,)


def test_a_later_year_assumes_the_holidays_that_the_lists_share() -> None:
    assert holidays_of(2027) == {
        *(date(2027, 1, 1), date(2027, 1, 18), date(2027, 6, 19), date(2027, 7, 4)),
        *(date(2027, 9, 6), date(2027, 11, 25), date(2027, 12, 25)),
    }


def test_an_early_year_assumes_none() -> None:
    assert holidays_of(2002) == frozenset()


def test_every_year_of_arxivs_list_is_there() -> None:
    days = {year: holidays_of(year) for year in range(2003, 2027)}
    assert sum(map(len, days.values())) == 144
    assert all(day.year == year and day.weekday() != 5 for year, found in days.items() for day in found)
    # Thanksgiving since 2004, and something about Christmas in every year.
    assert all(
        any(day.month == 11 and day.weekday() == 3 for day in days[year]) for year in range(2004, 2027)
    )
    assert all(any((day.month, day.day) >= (12, 24) for day in found) for found in days.values())


def test_holidays_without_end_are_noticed() -> None:
    first = date(2025, 6, 1)
    always = {first + timedelta(days=number) for number in range(400)}
    with pytest.raises(NoAnnouncementError):
        announced_day(eastern("2025-06-03 10:00"), always)


@given(moments, holidays)
def test_a_submission_lies_in_the_window_of_its_listing_day(
    submitted: datetime, extra: frozenset[date]
) -> None:
    day = announced_day(submitted, extra)
    start, end = submission_window(day, extra)
    assert start <= submitted < end
    assert is_listing_day(day, extra)


def test_the_windows_of_twenty_years_tile_time() -> None:
    days = listing_days(FIRST.date(), LAST.date())
    windows = [submission_window(day) for day in days]
    assert len(days) > 5_000
    assert all(before[1] == after[0] for before, after in pairwise(windows))
    assert all(start < end for start, end in windows)


@given(moments, moments)
def test_later_submissions_are_never_announced_earlier(one: datetime, other: datetime) -> None:
    early, late = sorted((one, other))
    assert announced_day(early) <= announced_day(late)


@given(moments, holidays)
def test_the_next_announcement_makes_a_new_latest_day(now: datetime, extra: frozenset[date]) -> None:
    at = next_announcement(now, extra)
    assert now < at
    assert latest_listing_day(now, extra) < latest_listing_day(at, extra)
    just_before = at - timedelta(microseconds=1)
    assert latest_listing_day(just_before, extra) == latest_listing_day(now, extra)


@given(moments)
def test_a_paper_is_announced_after_its_submission(submitted: datetime) -> None:
    assert submitted < announcement_time(announced_day(submitted))


def test_the_calendar_agrees_with_the_days_of_real_listings(data: Path) -> None:
    """The file's days are computed without holidays: they differ on those alone."""
    differ: Counter[date] = Counter()
    for paper in read_listing(data / "listings-2023-2024.jsonl.xz"):
        assert paper.announced is not None
        if paper.submitted and announced_day(paper.submitted) != paper.announced:
            differ[paper.announced] += 1
    assert differ
    assert not any(map(is_listing_day, differ))


@pytest.mark.parametrize(
    ("day", "follows"),
    [
        (date(2026, 1, 21), False),  # after a holiday of arXiv's list
        (date(2027, 1, 20), True),
        (date(2027, 1, 19), False),  # the assumed one itself is no listing day, Monday was one
        (date(2027, 1, 25), False),  # after a weekend
    ],
)
def test_a_listing_day_may_follow_a_holiday_that_no_list_confirms(day: date, follows: bool) -> None:
    assert follows_assumed_holiday(day) is follows


def test_a_holiday_from_the_configuration_is_not_assumed() -> None:
    assert not follows_assumed_holiday(date(2027, 1, 20), {date(2027, 1, 18)})
