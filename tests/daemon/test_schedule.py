"""When the daemon runs: a pure function of the calendar, the last run and the time; and its triggers."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reader import FixedClock
from triage.daemon.schedule import (
    AFTER_WAKING,
    FEED_SETTLES,
    JITTER,
    RETRIES,
    SETTLE_LIMIT,
    SETTLE_TIME,
    WHEN_BUSY,
    WHEN_FULL,
    AnnouncementTrigger,
    End,
    LastRun,
    SettledTrigger,
    clock_change,
    first_try,
    next_daily_check,
    next_run,
    ready_day,
)
from triage.daemon.watcher import Changed
from triage.listing.calendar import EASTERN, feed_time, listing_days

SEED = 7
WEDNESDAY, THURSDAY, FRIDAY = date(2024, 1, 17), date(2024, 1, 18), date(2024, 1, 19)

times = st.floats(0, 20 * 365.25).map(lambda days: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(days=days))
seeds = st.integers(0, 2**32 - 1)


def at(text: str) -> datetime:
    """Return an Eastern time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).astimezone(UTC)


def tried(day: date, end: End) -> LastRun:
    """Return a run at the day's first try."""
    return LastRun().followed_by(end, day, first_try(day, SEED))


@pytest.mark.parametrize(
    ("day", "midnight_utc"),
    [(date(2024, 1, 17), "05:00"), (date(2024, 7, 17), "04:00"), (date(2024, 3, 11), "04:00")],
    ids=["winter", "summer", "the Monday after the clocks went forward"],
)
def test_a_day_is_first_tried_soon_after_midnight_eastern(day: date, midnight_utc: str) -> None:
    midnight = datetime.fromisoformat(f"{day} {midnight_utc}+00:00")
    assert midnight + FEED_SETTLES <= first_try(day, SEED) <= midnight + FEED_SETTLES + JITTER


def test_the_jitter_is_the_same_each_time() -> None:
    assert first_try(WEDNESDAY, SEED) == first_try(WEDNESDAY, SEED)


def test_not_all_installations_send_requests_in_the_same_minute() -> None:
    assert len({first_try(WEDNESDAY, seed).replace(second=0, microsecond=0) for seed in range(100)}) > 10


def test_a_day_is_not_ready_in_the_evening_it_is_announced() -> None:
    assert ready_day(at("2024-01-17 21:00"), SEED) == WEDNESDAY


def test_a_daemon_that_starts_runs_at_once() -> None:
    now = at("2024-01-17 15:00")
    assert next_run(LastRun(), now, seed=SEED).at == now


def fires(last_run: LastRun, now: datetime, holidays: Collection[date] = ()) -> Iterator[datetime]:
    """Yield when the trigger fires if every run goes well and takes no time."""
    clock = FixedClock(now)
    trigger = AnnouncementTrigger(clock, SEED, holidays, last_run)
    fire = trigger.get_next_fire_time(None, now)
    while True:
        clock.time = fire
        trigger.last_run = trigger.last_run.followed_by(End.DONE, trigger.ready_day(), fire)
        yield fire
        fire = trigger.get_next_fire_time(fire, fire)


def test_after_a_good_run_the_daily_check_comes_next_and_then_the_next_announcement() -> None:
    now = first_try(WEDNESDAY, SEED)
    check, announcement = itertools.islice(fires(tried(WEDNESDAY, End.DONE), now), 2)
    assert check == next_daily_check(now, SEED).at
    assert announcement == first_try(THURSDAY, SEED)


def test_the_daily_check_is_at_noon_eastern_on_weekends_too() -> None:
    saturday = at("2024-01-20 00:00")
    planned = next_run(tried(FRIDAY, End.DONE), saturday, seed=SEED)
    assert at("2024-01-20 12:00") <= planned.at <= at("2024-01-20 12:00") + JITTER
    assert planned.why == "the daily check"


def test_an_unfinished_day_is_tried_again_with_growing_pauses_and_then_left_for_the_daily_check() -> None:
    now = first_try(WEDNESDAY, SEED)
    last_run, pauses = LastRun(), []
    for _ in range(4):
        last_run = last_run.followed_by(End.UNFINISHED, WEDNESDAY, now)
        planned = next_run(last_run, now, seed=SEED)
        pauses.append(planned.at - now)
        now = planned.at
    assert pauses == list(RETRIES[:4])


def test_after_the_last_retry_only_the_calendar_counts() -> None:
    now = at("2024-01-17 16:00")
    last_run = LastRun(WEDNESDAY, End.UNFINISHED, now, len(RETRIES) + 1)
    assert next_run(last_run, now, seed=SEED).why == f"the announcement of {THURSDAY}"


def test_retries_end_before_the_next_announcement() -> None:
    assert sum(RETRIES, timedelta()) < timedelta(hours=23)


def test_a_new_announcement_resets_the_pauses() -> None:
    last_run = LastRun(WEDNESDAY, End.UNFINISHED, first_try(WEDNESDAY, SEED), 4)
    assert last_run.followed_by(End.UNFINISHED, THURSDAY, first_try(THURSDAY, SEED)).tries == 1


def test_older_failures_alone_wait_for_the_daily_check() -> None:
    now = first_try(WEDNESDAY, SEED)
    assert next_run(tried(WEDNESDAY, End.OLDER_LEFT), now, seed=SEED).why == "the daily check"


@pytest.mark.parametrize(("end", "pause"), [(End.BUSY, WHEN_BUSY), (End.FULL, WHEN_FULL)])
def test_another_process_or_a_full_disk_is_waited_for(end: End, pause: timedelta) -> None:
    now = first_try(WEDNESDAY, SEED)
    assert next_run(tried(WEDNESDAY, end), now, seed=SEED).at == now + pause


def test_a_day_that_became_due_during_other_work_is_run_at_once() -> None:
    now = first_try(THURSDAY, SEED) + timedelta(seconds=1)
    planned = next_run(tried(WEDNESDAY, End.DONE), now, seed=SEED)
    assert (planned.at, planned.why) == (now, f"the announcement of {THURSDAY}")


def test_a_plan_made_by_a_clock_that_was_ahead_is_void() -> None:
    now = at("2024-01-17 15:00")
    ahead = LastRun(date(2030, 1, 2), End.DONE, at("2030-01-02 01:00"))
    assert next_run(ahead, now, seed=SEED).at == now


def test_a_pause_does_not_grow_when_the_clock_is_set_back() -> None:
    now = at("2024-01-17 01:00")
    last_run = LastRun(WEDNESDAY, End.UNFINISHED, now + timedelta(hours=2), 1)
    assert next_run(last_run, now, seed=SEED).at == now + RETRIES[0]


def test_after_a_suspend_what_is_unfinished_is_tried_after_a_moment_for_the_network() -> None:
    now = at("2024-01-17 09:00")
    last_run = LastRun(WEDNESDAY, End.UNFINISHED, at("2024-01-17 03:00"), 5).after_clock_change(now)
    assert next_run(last_run, now, seed=SEED).at == now + AFTER_WAKING


def test_holidays_of_the_configuration_have_no_first_try() -> None:
    now = at("2024-01-17 13:00")
    # The evening of the 17th has no announcement, so no listing is dated the 18th.
    last_run = LastRun(WEDNESDAY, End.DONE, now)
    check, announcement, *_ = itertools.islice(fires(last_run, now, [WEDNESDAY]), 2)
    assert check == next_daily_check(now, SEED).at
    assert announcement == first_try(FRIDAY, SEED)


def test_a_year_has_one_first_try_a_listing_day_and_one_check_a_day() -> None:
    now, end = at("2026-01-01 00:00"), at("2027-01-01 00:00")
    last_run = LastRun(ready_day(now, SEED), End.DONE, now)
    fired = list(itertools.takewhile(lambda fire: fire < end, fires(last_run, now)))
    first_tries = [first_try(day, SEED) for day in listing_days(date(2026, 1, 1), date(2026, 12, 31))]
    assert [time for time in fired if time in set(first_tries)] == first_tries
    checks = [time.astimezone(EASTERN) for time in fired if time not in set(first_tries)]
    assert [check.date() for check in checks] == [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert {check.hour for check in checks} == {12}


@given(
    times, seeds, st.sampled_from(End), st.integers(0, 9), times, st.dates(date(2010, 1, 4), date(2030, 1, 1))
)
def test_whatever_happened_there_is_a_next_run_within_a_day_and_a_half(
    now: datetime, seed: int, end: End, tries: int, ended_at: datetime, covered: date
) -> None:
    planned = next_run(LastRun(covered, end, ended_at, tries), now, seed=seed)
    assert now <= planned.at <= now + timedelta(hours=26)


@given(times, seeds)
def test_the_trigger_always_moves_on(now: datetime, seed: int) -> None:
    trigger = AnnouncementTrigger(FixedClock(now), seed)
    assert trigger.get_next_fire_time(None, now) == now
    assert trigger.get_next_fire_time(now - timedelta(days=3), now) > now


@given(times, seeds)
def test_a_ready_day_has_been_in_the_feeds_for_some_minutes(now: datetime, seed: int) -> None:
    assert feed_time(ready_day(now, seed)) + FEED_SETTLES <= now


NOON = datetime(2024, 1, 17, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "steady", "apart"),
    [
        (timedelta(seconds=20), 20.0, None),
        (timedelta(seconds=50), 20.0, None),
        (timedelta(hours=8), 20.0, timedelta(hours=8) - timedelta(seconds=20)),
        (timedelta(hours=-1), 20.0, -timedelta(hours=1) - timedelta(seconds=20)),
        (timedelta(hours=2), 7200.0, None),
    ],
    ids=["nothing", "a time server's correction", "suspend", "set back", "two hours of work"],
)
def test_a_clock_change_is_distinguished_from_time_that_passed(
    wall: timedelta, steady: float, apart: timedelta | None
) -> None:
    assert clock_change(NOON, NOON + wall, steady) == apart


SECOND = timedelta(seconds=1)


def settles(trigger: SettledTrigger) -> datetime | None:
    return trigger.get_next_fire_time(None, NOON)


def test_a_change_is_read_when_nothing_has_changed_for_a_while() -> None:
    trigger = SettledTrigger()
    assert settles(trigger) is None
    trigger.add(Changed.NOTES, NOON)
    trigger.add(Changed.DIGESTS, NOON + 30 * SECOND)
    assert settles(trigger) == NOON + 30 * SECOND + SETTLE_TIME
    assert trigger.take() == Changed.NOTES | Changed.DIGESTS
    assert settles(trigger) is None


def test_an_editor_that_saves_all_the_time_is_not_waited_for_for_ever() -> None:
    trigger = SettledTrigger()
    for second in range(0, 3600, 5):
        trigger.add(Changed.NOTES, NOON + second * SECOND)
    assert settles(trigger) == NOON + SETTLE_LIMIT


def test_a_change_timed_by_a_clock_that_was_ahead_is_timed_again() -> None:
    trigger = SettledTrigger()
    trigger.add(Changed.NOTES, NOON + timedelta(days=400))
    trigger.add(Changed.NOTHING, NOON)
    assert settles(trigger) == NOON + SETTLE_TIME
    assert trigger.take() == Changed.NOTES
