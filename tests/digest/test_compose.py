"""What a digest says of how it came about."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.reader import Reader, label, listing

TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2024, 1, day) for day in (16, 17, 18, 19))


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    reader = Reader(tmp_path)
    reader.learn()
    reader.run(reader.write("first.jsonl", listing(WEDNESDAY, 1)))
    return reader


def digest(reader: Reader, day: date) -> Path:
    return reader.folder / "digests" / f"{day}-insights.md"


def tick(reader: Reader, day: date, label: str, count: int) -> None:
    text = digest(reader, day).read_text("utf-8")
    digest(reader, day).write_text(text.replace(f"- [ ] {label}\n", f"- [x] {label}\n", count), "utf-8")


def said_on(reader: Reader, day: date, start: int) -> str:
    reader.run(reader.write(f"{day}.jsonl", listing(day, start)), since=day)
    return digest(reader, day).read_text("utf-8")


def test_a_digest_counts_the_labels_learned_since_the_last(reader: Reader) -> None:
    tick(reader, WEDNESDAY, "not relevant", 2)
    label(reader.config, ["2312.00412"], relevant=False, categories=[], read=None)
    assert "\nLearned from two marks and one label since the last digest.\n" in said_on(reader, THURSDAY, 101)


def test_without_new_labels_nothing_is_mentioned(reader: Reader) -> None:
    assert "Learned from" not in said_on(reader, THURSDAY, 101)


def test_that_a_paper_was_read_is_not_counted(reader: Reader) -> None:
    tick(reader, WEDNESDAY, "read", 1)
    assert "Learned from" not in said_on(reader, THURSDAY, 101)


def test_a_label_is_counted_in_one_digest(reader: Reader) -> None:
    tick(reader, WEDNESDAY, "not relevant", 1)
    assert "Learned from one mark since" in said_on(reader, THURSDAY, 101)
    assert "Learned from" not in said_on(reader, FRIDAY, 201)


def test_a_rerun_counts_it_again(reader: Reader) -> None:
    tick(reader, WEDNESDAY, "not relevant", 1)
    written = said_on(reader, THURSDAY, 101)
    reader.run(reader.folder / f"{THURSDAY}.jsonl", since=THURSDAY)
    assert digest(reader, THURSDAY).read_text("utf-8") == written


def test_the_first_digest_is_the_one_that_came_first_and_stays_so(reader: Reader) -> None:
    first = "\nThis is the first digest; the marks you make in it teach the next one.\n"
    reader.clock.sleep(86_400)
    assert first not in said_on(reader, TUESDAY, 301)
    reader.run(reader.folder / "first.jsonl", since=WEDNESDAY)
    assert first in digest(reader, WEDNESDAY).read_text("utf-8")
