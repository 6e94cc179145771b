"""A listing file is a source of announcements, for the reader's categories."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from triage.config.schema import Config
from triage.errors import ListingError
from triage.listing.merge import announce_type_for
from triage.listing.sources import FileSource, typical_size, typical_sizes
from triage.papers import Announcement, AnnouncementState, AnnounceType, ArxivId, Paper

MON, TUE, WED = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
CONFIG = Config(categories=("cs.CL",))


def listing(folder: Path, *records: tuple[int, date | None, list[str]]) -> Path:
    file = folder / "days.jsonl"
    lines = [
        {"id": f"2603.{number:05d}", "title": f"T{number}", "categories": categories}
        | ({"announced": day.isoformat()} if day else {})
        for number, day, categories in records
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


@pytest.mark.parametrize(
    ("categories", "kind"),
    [
        (("cs.CL", "cs.AI"), AnnounceType.NEW),
        (("cs.AI", "cs.CL"), AnnounceType.CROSS),
        (("math.ST", "stat.ME"), AnnounceType.NEW),
        (("cs.CV", "math.ST"), AnnounceType.CROSS),
        (("cs.CV",), None),
        ((), None),
    ],
)
def test_the_first_category_makes_a_paper_new_and_any_other_a_cross_list(
    categories: tuple[str, ...], kind: AnnounceType | None
) -> None:
    assert (
        announce_type_for(Paper(ArxivId("2603.00001"), "T", categories=categories), ["cs.CL", "stat.TH"])
        is kind
    )


def test_days_are_those_with_papers_of_the_readers_categories(tmp_path: Path) -> None:
    file = listing(tmp_path, (1, TUE, ["cs.CL"]), (2, MON, ["cs.CV", "cs.CL"]), (3, WED, ["cs.CV"]))
    source = FileSource(CONFIG, file)
    assert source.days(None, None) == [MON, TUE]
    assert source.days(TUE, None) == [TUE]
    assert source.days(None, MON) == [MON]


def test_an_announcement_counts_new_and_cross_listed(tmp_path: Path) -> None:
    file = listing(tmp_path, (1, MON, ["cs.CL"]), (2, MON, ["cs.CV", "cs.CL"]), (3, MON, ["cs.CV"]))
    (fetched,) = FileSource(CONFIG, file).fetch([MON], NOW)
    assert fetched.announcement == Announcement(
        MON, AnnouncementState.COMPLETE, new=1, cross=1, source="file:days.jsonl", checked_at=NOW
    )
    assert [(item.paper.id, item.announce_type) for item in fetched.items] == [
        ("2603.00001", AnnounceType.NEW),
        ("2603.00002", AnnounceType.CROSS),
    ]


def test_a_paper_that_stands_there_twice_is_listed_once(tmp_path: Path) -> None:
    file = listing(tmp_path, (1, MON, ["cs.CL"]), (1, MON, ["cs.CL"]))
    (fetched,) = FileSource(CONFIG, file).fetch([MON], NOW)
    assert (len(fetched.items), fetched.announcement.new) == (1, 1)


def test_a_file_without_the_readers_categories_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListingError, match=r"days\.jsonl has no paper of cs\.CL") as caught:
        FileSource(CONFIG, listing(tmp_path, (1, MON, ["cs.CV"])))
    assert "Check 'categories'" in caught.value.remedy


def test_papers_without_a_day_are_counted_when_nothing_else_is_there(tmp_path: Path) -> None:
    with pytest.raises(ListingError, match="2 had neither a listing day nor a submission time"):
        FileSource(CONFIG, listing(tmp_path, (1, None, ["cs.CL"]), (2, None, ["cs.CL"])))


def past(*sizes: int, state: AnnouncementState = AnnouncementState.COMPLETE) -> list[Announcement]:
    return [
        Announcement(date(2026, 1, 1 + number % 28), state, new=size) for number, size in enumerate(sizes)
    ]


def test_the_usual_size_is_the_median_of_enough_whole_announcements() -> None:
    assert typical_size(past(10, 90, 100, 110, 400)) == 100
    assert typical_size(past(90, 100, 110, 120)) is None


def test_what_failed_or_was_empty_says_nothing_of_the_usual_size() -> None:
    assert typical_size([*past(0, 0, 0, state=AnnouncementState.FAILED), *past(10, 90, 100, 110, 400)]) == 100


def test_only_the_last_twenty_count() -> None:
    assert typical_size(past(*[1000] * 30, *[50] * 20)) == 50


def test_where_enough_is_known_of_a_weekday_its_own_size_is_usual() -> None:
    weeks = [date(2026, 1, 5) + timedelta(days=7 * week) for week in range(4)]  # Mondays
    tuesdays = [day + timedelta(days=1) for day in weeks]
    known = [Announcement(day, AnnouncementState.COMPLETE, new=40) for day in weeks]
    known += [Announcement(day, AnnouncementState.COMPLETE, new=90) for day in tuesdays]
    assert typical_sizes(known, {}) == {0: 40, 1: 90, 2: 65, 3: 65, 4: 65}
    assert typical_size(known) == 65


def test_of_too_few_announcements_no_size_is_usual() -> None:
    assert typical_sizes(past(90, 100), {}) == {}


def test_in_the_first_days_stored_papers_tell_the_usual_size() -> None:
    stored = {date(2025, 12, day): 80 for day in (1, 2, 3, 4, 5, 8, 9, 10, 11, 12)}
    assert typical_sizes(past(90, 100), stored) == dict.fromkeys(range(5), 80)
    assert typical_sizes(past(10, 90, 100, 110, 400), stored) == dict.fromkeys(range(5), 100)


def test_a_few_stored_papers_make_no_quiet_category() -> None:
    noted = {date(2025, 12, day): 1 for day in (1, 2, 3, 4, 5, 8, 9)}
    assert typical_sizes([], noted) == {}
