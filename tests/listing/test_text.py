"""Spacing, names and times as arXiv writes them."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.listing import text
from triage.listing.text import as_text, parse_iso_time, parse_mail_time, single_spaced


def test_the_examples_in_the_documentation_are_true() -> None:
    assert doctest.testmod(text).failed == 0


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (r"Aurora Ram\'irez", "Aurora Ramírez"),
        (r"Jos\'{e} Ra\'ul Romero", "José Raúl Romero"),
        (r"Ma{\l}gorzata Ko\'smicka", "Małgorzata Kośmicka"),
        (r"\v{S}tefan \c{C}elik", "Štefan Çelik"),
        (r"G{\"o}del", "Gödel"),
        (r"\'Emilie", "Émilie"),
        (r"M. \"Ozg\"ur \O{}rsted", "M. Özgür Ørsted"),
        (r"na\"{\i}ve", "naïve"),
        ("Dirk Wübben", "Dirk Wübben"),
        ("O'Brien", "O'Brien"),
    ],
)
def test_tex_accents_in_names_become_letters(written: str, name: str) -> None:
    assert as_text(written) == name


@given(st.text())
def test_spaced_text_is_one_clean_line(anything: str) -> None:
    line = single_spaced(anything)
    assert line == single_spaced(line)
    assert line == " ".join(line.split())
    line.encode()  # no halves of surrogate pairs


@given(st.text())
def test_no_name_is_too_odd(anything: str) -> None:
    assert isinstance(as_text(anything), str)


def test_times_come_out_in_utc() -> None:
    assert parse_iso_time("2007-10-08T00:00:00-04:00") == datetime(2007, 10, 8, 4, tzinfo=UTC)
    assert parse_iso_time("2025-06-02T11:00:00") == datetime(2025, 6, 2, 11, tzinfo=UTC)
    assert parse_mail_time("Tue, 3 Apr 2007 22:04:11 GMT") == datetime(2007, 4, 3, 22, 4, 11, tzinfo=UTC)
    assert parse_mail_time("Mon, 28 Apr 2025 00:00:00 -0400").tzinfo is UTC


@pytest.mark.parametrize("wrong", ["", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_what_is_no_time_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid isoformat|outside the calendar"):
        parse_iso_time(wrong)
