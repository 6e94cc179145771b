"""What a model's papers to compare with are: recent ones, and those of the noted papers' own days."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reader import FixedClock, Reader, import_file, learn_notes, listing
from triage.context import Context, open_context
from triage.errors import FetchError
from triage.listing.calendar import announced_day, is_listing_day, latest_listing_day
from triage.papers import ArxivId, Label, LabelSource, Paper
from triage.training.background import (
    LEAST_NOTED_DAYS,
    MOST_NOTED_DAYS,
    background_papers,
    eras_apart,
    fill_background,
    next_day,
    noted_days_fetched,
    noted_listing_days,
)

NOW = datetime(2025, 6, 18, 12, tzinfo=UTC)
YEAR_BEFORE = [
    day for day in (date(2024, 3, 4) + timedelta(days=n) for n in range(60)) if is_listing_day(day)
]


@dataclass
class ArxivOfDays:
    """arXiv with so many papers a day; remembers what it was asked."""

    papers_a_day: int = 20
    failing_from: int = 10_000
    asked: list[tuple[date, timedelta]] = field(default_factory=list)

    def by_window(self, categories: Collection[str], start: datetime, end: datetime) -> list[Paper]:
        if len(self.asked) >= self.failing_from:
            raise FetchError("export.arxiv.org answered 503 too often.")
        self.asked.append((announced_day(start), end - start))
        hours = [start + timedelta(hours=n) for n in range(int((end - start) / timedelta(hours=1)))]
        days = dict.fromkeys(map(announced_day, hours))
        return [paper(day, number) for day in days for number in range(self.papers_a_day)]

    @property
    def noted_days(self) -> list[date]:
        return [day for day, _ in self.asked if day <= YEAR_BEFORE[-1]]


def paper(day: date, number: int) -> Paper:
    return Paper(
        ArxivId(f"{day:%y%m}.{day.day:02d}{number % 1000:03d}"),
        f"Paper {number} of {day}",
        "An abstract.",
        categories=("cs.CL",),
        submitted=datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=12),
        announced=day,
    )


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    reader = Reader(tmp_path, settings="arxiv: {background: 1200}")
    with open_context(reader.config, clock=FixedClock(NOW)) as opened:
        yield opened


def note(context: Context, *days: date) -> None:
    """Have the reader hold a paper of each day relevant."""
    papers = [paper(day, 999 - place) for place, day in enumerate(days)]
    with context.store.transaction() as tx:
        tx.papers.put(papers)
        tx.labels.add(Label(one.id, NOW, LabelSource.NOTES, relevant=True) for one in papers)


def test_half_of_the_background_is_of_the_days_of_noted_papers(context: Context) -> None:
    note(context, *YEAR_BEFORE[:30])
    arxiv = ArxivOfDays(papers_a_day=40)
    fill_background(context, arxiv)
    with context.store.reading() as tx:
        papers = tx.papers.newest(before=None, categories=(), limit=10_000)
        assert set(arxiv.noted_days) == set(noted_days_fetched(tx))
    old = sum(one.announced.year == 2024 for one in papers if one.announced)
    assert 600 <= old < 700
    assert len(papers) >= 1_200


def test_each_window_is_asked_once_ever(context: Context) -> None:
    note(context, *YEAR_BEFORE[:30])
    first, second = ArxivOfDays(), ArxivOfDays()
    fill_background(context, first)
    fill_background(context, second)
    assert len(first.asked) == len(set(first.asked))
    assert second.asked == []


def test_a_stopped_filling_goes_on_where_it_was(context: Context) -> None:
    note(context, *YEAR_BEFORE[:30])
    one_by_one: list[tuple[date, timedelta]] = []
    for _ in range(60):
        stopped = ArxivOfDays(failing_from=1)
        fill_background(context, stopped)
        one_by_one += stopped.asked
    assert len(one_by_one) == len(set(one_by_one)) > MOST_NOTED_DAYS
    assert "older papers could not be fetched" in context.notices[0]
    assert stopped.asked == []


def test_days_are_bounded_in_number_however_small_the_category(context: Context) -> None:
    note(context, *YEAR_BEFORE)
    arxiv = ArxivOfDays(papers_a_day=1)
    fill_background(context, arxiv)
    assert len(arxiv.noted_days) == MOST_NOTED_DAYS


def test_large_categories_have_enough_days_to_rank_past_days_again(context: Context) -> None:
    note(context, *YEAR_BEFORE)
    arxiv = ArxivOfDays(papers_a_day=700)
    fill_background(context, arxiv)
    assert len(arxiv.noted_days) == LEAST_NOTED_DAYS


def test_a_day_that_the_store_knows_is_not_asked_for(context: Context) -> None:
    note(context, YEAR_BEFORE[0], YEAR_BEFORE[1])
    with context.store.transaction() as tx:
        tx.papers.put(paper(YEAR_BEFORE[0], number) for number in range(1, 30))
    arxiv = ArxivOfDays()
    fill_background(context, arxiv)
    assert arxiv.noted_days == [YEAR_BEFORE[1]]


def test_days_that_are_due_are_left_to_their_announcement(context: Context) -> None:
    latest = latest_listing_day(NOW)
    note(context, latest, YEAR_BEFORE[0])
    arxiv = ArxivOfDays()
    fill_background(context, arxiv)
    assert latest not in {day for day, _ in arxiv.asked}


def test_without_a_background_nothing_is_asked(tmp_path: Path) -> None:
    reader = Reader(tmp_path, settings="arxiv: {background: 0}")
    with open_context(reader.config, clock=FixedClock(NOW)) as context:
        note(context, *YEAR_BEFORE[:30])
        arxiv = ArxivOfDays()
        fill_background(context, arxiv)
    assert arxiv.asked == []


def test_a_paper_held_irrelevant_asks_for_no_day(context: Context) -> None:
    with context.store.transaction() as tx:
        tx.papers.put([paper(YEAR_BEFORE[0], 1)])
        tx.labels.add([Label(paper(YEAR_BEFORE[0], 1).id, NOW, LabelSource.COMMAND, relevant=False)])
    with context.store.reading() as tx:
        assert noted_listing_days(tx) == []


# --- which day is next ------------------------------------------------------------------------------

DAYS = st.lists(st.dates(date(2023, 1, 1), date(2024, 12, 31)), max_size=60)


def in_order(noted: list[date]) -> list[date]:
    asked: list[date] = []
    while (day := next_day(noted, asked)) is not None:
        asked.append(day)
    return asked


@given(DAYS)
def test_every_noted_day_has_its_turn_once(noted: list[date]) -> None:
    assert sorted(in_order(noted)) == sorted(set(noted))


@given(DAYS)
def test_the_order_of_notes_does_not_matter(noted: list[date]) -> None:
    assert in_order(noted) == in_order(noted[::-1])


def test_months_have_days_as_they_have_notes() -> None:
    march = [date(2024, 3, 1 + n) for n in range(20)]
    april = [date(2024, 4, 1 + n) for n in range(10)]
    first = in_order([*march, *april])[:12]
    assert [sum(day.month == month for day in first) for month in (3, 4)] == [8, 4]


def test_within_a_month_the_day_with_most_notes_comes_first() -> None:
    assert next_day([date(2024, 3, 1), date(2024, 3, 5), date(2024, 3, 5)], []) == date(2024, 3, 5)


# --- eras that are apart ----------------------------------------------------------------------------


def test_notes_of_another_time_than_the_background_are_told_with_the_remedy() -> None:
    noted = [date(2024, 3, 4)] * 6 + [date(2024, 5, 6)] * 6 + [date(2025, 6, 2)] * 5
    said = eras_apart(noted, [date(2025, 6, 3)] * 3_000)
    assert said.startswith("12 of 17 noted papers, of 2024-03 to 2024-05,")
    assert "triage archive fetch --since 2024-03-01" in said


def test_notes_whose_months_are_in_the_background_are_no_matter() -> None:
    noted = [date(2024, 3, 4)] * 12
    assert eras_apart(noted, [date(2024, 3, 20)] * 60 + [date(2025, 6, 3)] * 3_000) == ""


def test_a_small_background_of_the_same_months_is_not_of_another_era() -> None:
    noted = [date(2025, 4, 3)] * 20
    assert eras_apart(noted, [date(2025, 4, 10)] * 30 + [date(2025, 5, 6)] * 36) == ""


def test_a_few_notes_say_nothing_of_an_era() -> None:
    assert eras_apart([date(2024, 3, 4)] * 9, [date(2025, 6, 3)] * 3_000) == ""


def test_learning_says_that_it_compares_eras(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.write("recent.jsonl", listing(date(2025, 6, 3), 1, per_topic=40))
    notes = (tmp_path / "notes" / "papers.md").read_text("utf-8")
    archive = [json.loads(line) for line in (tmp_path / "archive.jsonl").read_text("utf-8").splitlines()]
    import_file(reader.config, reader.write("noted.jsonl", [one for one in archive if one["id"] in notes]))
    import_file(reader.config, tmp_path / "recent.jsonl")
    (said,) = learn_notes(reader.config, offline=True, clock=reader.clock).notices
    assert "14 of 14 noted papers, of 2023-12 to 2023-12," in said


def test_what_is_compared_with_begins_on_the_same_day_all_month(tmp_path: Path) -> None:
    reader = Reader(tmp_path, settings="arxiv: {background: 0}")
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(120)]
    papers = [
        Paper(ArxivId(f"{day:%y%m}.{day.day:02}{n:03}"), "t", categories=("cs.CL",), announced=day)
        for day in days
        for n in range(40)
    ]
    with open_context(reader.config) as context, context.store.transaction() as tx:
        tx.papers.put(papers)
        found = [background_papers(tx, reader.config, date(2024, 4, day), most=2_500) for day in (2, 9, 29)]
    before = [{one.id for one in papers if one.announced and one.announced.month < 4} for papers in found]
    assert [len(papers) for papers in found] == [2_540, 2_820, 3_620]
    assert before[0] == before[1] == before[2]
