"""The names and numbers of a digest."""

from __future__ import annotations

from datetime import date

from triage.digest.content import abbrlink, digest_file_name, digest_title


def test_title_and_file_are_named_for_the_day() -> None:
    assert digest_title(date(2024, 1, 7)) == "2024-01-07-insights"
    assert digest_file_name(date(2024, 1, 7)) == "2024-01-07-insights.md"


def test_abbrlink_is_the_one_of_the_readers_blog() -> None:
    assert abbrlink("2024-01-17-insights") == "dcb2f552"


def test_abbrlink_keeps_its_leading_zeros() -> None:
    titles = (f"{day}-insights" for day in range(1000))
    assert {len(abbrlink(title)) for title in titles} == {8}
