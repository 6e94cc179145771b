"""A run that makes no digest says why, and the reason is true of the days it was run for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from triage.cli.nothing_due import why_nothing
from triage.config.schema import ArxivConfig, Config
from triage.papers import Announcement, AnnouncementState

WEDNESDAY, THURSDAY = date(2026, 6, 3), date(2026, 6, 4)
DONE = [
    Announcement(WEDNESDAY, AnnouncementState.COMPLETE, new=90),
    Announcement(THURSDAY, AnnouncementState.EMPTY, reason="arXiv put it off"),
]
MORNING = datetime(2026, 6, 4, 13, tzinfo=UTC)
EVENING = datetime(2026, 6, 5, 1, tzinfo=UTC)
"""21:00 Eastern on Thursday: Friday's listing is announced, and in no feed yet."""


def why(
    *,
    now: datetime = MORNING,
    known: list[Announcement] | None = None,
    zone: str = "UTC",
    holidays: Sequence[date] = (),
    **asked: Any,
) -> str:
    config = Config(categories=("cs.CL",), time_zone=zone, arxiv=ArxivConfig(holidays=tuple(holidays)))
    return why_nothing(DONE if known is None else known, config, now, **asked)


def test_with_all_done_the_next_listing_is_named_in_the_readers_zone() -> None:
    assert why(zone="Asia/Shanghai") == (
        "nothing is due: every announcement so far has its digest; the listing of 2026-06-05 appears at "
        "midnight US Eastern (2026-06-05 12:00 here)"
    )


def test_an_announcement_that_no_feed_carries_yet_is_the_next() -> None:
    assert "the listing of 2026-06-05 appears at midnight US Eastern (2026-06-05 04:00 here)" in why(
        now=EVENING
    )


def test_over_the_weekend_mondays_listing_is_the_next() -> None:
    assert "the listing of 2026-06-08 appears" in why(now=datetime(2026, 6, 5, 13, tzinfo=UTC))


def test_a_weekend_has_no_listing() -> None:
    assert why(until=date(2026, 6, 6)) == (
        "nothing is due: 2026-06-06 is a Saturday, and arXiv has no listing on weekends"
    )


def test_neither_has_the_day_after_a_holiday_of_arxivs_or_of_the_readers_list() -> None:
    said = "nothing is due: arXiv has no listing of 2026-01-02, because of a holiday"
    assert why(until=date(2026, 1, 2)) == said
    assert "has no listing of 2026-06-02" in why(until=date(2026, 6, 2), holidays=[date(2026, 6, 1)])


def test_a_day_in_the_future_is_not_due_yet() -> None:
    assert why(until=date(2026, 6, 10)) == (
        "nothing is due yet: the listing of 2026-06-10 appears at midnight US Eastern (2026-06-10 04:00 here)"
    )
    assert "yet: the listing of 2026-06-10 appears" in why(since=date(2026, 6, 10))


def test_a_day_that_is_done_has_its_digest() -> None:
    assert why(until=WEDNESDAY) == "nothing is due: every announcement up to 2026-06-03 has its digest"


def test_a_day_without_announcement_has_its_reason() -> None:
    assert why(until=THURSDAY) == (
        "nothing is due: arXiv announced nothing for 2026-06-04 (arXiv put it off)"
    )


def test_a_day_before_all_that_was_fetched_comes_with_what_to_do() -> None:
    said = why(until=date(2023, 1, 5))
    assert "2023-01-05 was not fetched: a run continues after the last one done, 2026-06-04." in said
    assert "triage run --since 2023-01-05 --date 2023-01-05" in said
    assert "triage archive fetch --since 2023-01-05" in said
    assert "a run begins with the newest." in why(until=date(2023, 1, 5), known=[])


def test_a_listing_file_is_the_only_source() -> None:
    assert why(listing="day.jsonl", until=WEDNESDAY) == (
        "nothing is due: day.jsonl has no announcement up to 2026-06-03 that is not done already"
    )
    assert "has no announcement from 2026-06-03 that" in why(listing="day.jsonl", since=WEDNESDAY)
