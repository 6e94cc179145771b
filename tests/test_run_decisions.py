"""Which announcements are due, and how they are shared out over digests."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.digest.choose import choose
from triage.digest.compose import shown_papers
from triage.digest.group import grouped
from triage.listing.status import first_wanted, is_due
from triage.papers import Announcement, AnnouncementState, ArxivId, Paper, ScoredPaper

MON, TUE, WED, THU, FRI = (date(2026, 3, day) for day in range(2, 7))
COMPLETE, FAILED, EMPTY = AnnouncementState.COMPLETE, AnnouncementState.FAILED, AnnouncementState.EMPTY


def of(day: date, state: AnnouncementState = COMPLETE) -> Announcement:
    return Announcement(day, state)


def test_on_a_fresh_store_every_day_is_due() -> None:
    assert is_due(None, MON, last_done=None, since=None)


def test_a_day_after_the_last_one_done_is_due() -> None:
    assert is_due(None, WED, last_done=TUE, since=None)


def test_a_day_before_the_last_one_done_that_was_never_looked_at_is_not_due() -> None:
    assert not is_due(None, MON, last_done=TUE, since=None)


@pytest.mark.parametrize(
    ("state", "due"),
    [(COMPLETE, False), (EMPTY, False), (AnnouncementState.RECOVERED, False), (FAILED, True), (AnnouncementState.DUE, True)],
)  # fmt: skip
def test_a_day_that_failed_stays_due_and_one_that_is_done_does_not(
    state: AnnouncementState, due: bool
) -> None:
    for last_done in (None, MON, FRI):
        assert is_due(of(TUE, state), TUE, last_done=last_done, since=None) == due


def test_since_makes_older_days_due_that_were_never_looked_at() -> None:
    assert is_due(None, MON, last_done=FRI, since=MON)


def test_nothing_before_since_is_due() -> None:
    assert not is_due(None, MON, last_done=None, since=TUE)
    assert not is_due(of(MON, FAILED), MON, last_done=None, since=TUE)


def test_a_day_that_is_done_is_not_fetched_again_by_since() -> None:
    assert not is_due(of(TUE), TUE, last_done=FRI, since=MON)


def test_the_first_day_wanted_is_the_oldest_not_done() -> None:
    assert first_wanted([], None, None) is None
    assert first_wanted([of(MON)], MON, None) == TUE
    assert first_wanted([of(MON, FAILED), of(TUE)], TUE, None) == MON
    assert first_wanted([of(MON, FAILED)], None, None) == MON
    assert first_wanted([of(MON, FAILED), of(TUE)], TUE, WED) == WED


def days(groups: list[tuple[Announcement, ...]]) -> list[list[date]]:
    return [[one.day for one in group] for group in groups]


def test_after_days_away_one_digest_covers_them_all() -> None:
    assert days(grouped([of(MON), of(TUE), of(WED)], [], "one")) == [[MON, TUE, WED]]


def test_or_each_has_its_own_if_the_reader_wants() -> None:
    assert days(grouped([of(MON), of(TUE)], [], "each")) == [[MON], [TUE]]


def test_a_day_recovered_late_is_not_mixed_with_days_after_a_written_digest() -> None:
    assert days(grouped([of(MON), of(WED), of(THU)], [TUE], "one")) == [[MON], [WED, THU]]


def test_days_with_a_digest_before_them_only_stay_together() -> None:
    assert days(grouped([of(WED), of(THU)], [MON, TUE], "one")) == [[WED, THU]]


def test_nothing_waiting_makes_no_digest() -> None:
    assert grouped([], [MON], "one") == []


@given(
    st.sets(st.integers(1, 28)).map(sorted),
    st.sets(st.integers(1, 28)).map(sorted),
    st.sampled_from(["one", "each"]),
)
def test_every_announcement_is_in_one_group_in_order(
    waiting: list[int], written: list[int], catch_up: str
) -> None:
    all_days = [date(2026, 2, day) for day in waiting]
    groups = days(grouped([of(day) for day in all_days], [date(2026, 2, day) for day in written], catch_up))
    assert [day for group in groups for day in group] == all_days
    assert all(groups)


def test_a_digest_records_all_that_it_shows_picks_first() -> None:
    scored = [
        ScoredPaper(
            Paper(ArxivId(f"2603.{n:05d}"), f"T{n}"),
            score=float(-n),
            probability=0.9 / n,
            categories=("RAG",),
        )
        for n in range(1, 5)
    ]
    shown = shown_papers(choose(scored, budget=2, announcements=1, threshold=0.1, category_thresholds={}))
    assert [(one.paper, one.rank, one.picked) for one in shown] == [
        ("2603.00001", 1, True),
        ("2603.00002", 2, True),
        ("2603.00003", 3, False),
        ("2603.00004", 4, False),
    ]
    assert (shown[0].score, shown[0].probability, shown[0].categories) == (-1.0, 0.9, ("RAG",))
