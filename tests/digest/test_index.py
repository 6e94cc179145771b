"""The index of all digests."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from triage.digest.index import merge_index, render_index
from triage.store.digests import StoredDigest


def row(day: date, total: int = 163, interesting: int = 5, file: str = "") -> StoredDigest:
    return StoredDigest(
        day=day,
        covers=(day,),
        file=file or f"{day}-insights.md",
        machine_text="",
        synced_text="",
        written_at=datetime.combine(day, time(), UTC),
        total=total,
        interesting=interesting,
        model="",
    )


JANUARY = [row(date(2024, 1, 17)), row(date(2024, 1, 18), 97, 0), row(date(2023, 12, 29), 40, 3)]

rows = st.lists(
    st.builds(row, st.dates(date(2020, 1, 1), date(2026, 12, 31)), st.integers(0, 999), st.integers(0, 20))
)


def test_cell_reads_like_the_blogs_and_links_to_the_day() -> None:
    text = render_index(JANUARY, "en")
    assert "[17(163->5 papers)](2024-01-17-insights.md)" in text
    assert "[17(163->5 篇)](2024-01-17-insights.md)" in render_index(JANUARY, "zh")


def test_months_are_newest_first_and_weeks_begin_on_monday() -> None:
    text = render_index(JANUARY, "en")
    assert re.findall("^## (.*)", text, re.M) == ["January 2024", "December 2023"]
    assert re.findall("^## (.*)", render_index(JANUARY, "zh"), re.M) == ["2024 年 1 月", "2023 年 12 月"]
    january = text.split("## ")[1].splitlines()
    assert january[2] == "| Mon | Tue | Wed | Thu | Fri | Sat | Sun |"
    assert january[4] == "| 1 | 2 | 3 | 4 | 5 | 6 | 7 |"
    assert january[8].startswith("| 29 | 30 | 31 |   |")


def test_calendar_is_a_table_in_markdown() -> None:
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(render_index(JANUARY, "en"))
    assert sum(token.type == "table_open" for token in tokens) == 2
    assert sum(token.type == "td_open" for token in tokens) == 7 * 5 + 7 * 5
    links = [
        child.attrGet("href")
        for token in tokens
        for child in token.children or ()
        if child.type == "link_open"
    ]
    assert links == ["2024-01-17-insights.md", "2024-01-18-insights.md", "2023-12-29-insights.md"]


@pytest.mark.parametrize(
    ("total", "interesting", "glyph"),
    [(100, 0, "○"), (0, 0, "○"), (100, 1, "◔"), (100, 2, "◑"), (163, 5, "◑"), (100, 4, "◕"), (100, 6, "●")],
)
def test_share_fills_the_circle(total: int, interesting: int, glyph: str) -> None:
    text = render_index([row(date(2024, 1, 17), total, interesting)], "en")
    assert f"{glyph} [17(" in text


def test_shade_grows_with_the_share_and_is_absent_without_picks() -> None:
    text = render_index(JANUARY, "en")
    assert re.search(r'<span style="[^"]*0\.24\)">◑ \[17\(', text)
    assert "| ○ [18(" in text


def test_days_without_digest_are_plain_numbers() -> None:
    assert "| 15 | 16 | <span" in render_index(JANUARY, "en")


def test_file_names_with_spaces_stay_links() -> None:
    text = render_index([row(date(2024, 1, 17), 10, 1, "old (1)/a b.md")], "en")
    assert "(old%20%281%29/a%20b.md)" in text


def test_no_digest_yet_is_an_empty_index() -> None:
    text = render_index([], "en")
    assert "##" not in text
    assert "# Digests" in text


@given(rows)
def test_same_rows_in_any_order_give_the_same_text(some: list[StoredDigest]) -> None:
    once = list({one.day: one for one in some}.values())
    assert render_index(once, "en") == render_index(once[::-1], "en")


@given(rows)
def test_each_day_of_each_month_is_shown_once(some: list[StoredDigest]) -> None:
    text = render_index(some, "en")
    months = {(one.day.year, one.day.month) for one in some}
    days = sum(calendar.monthrange(*month)[1] for month in months)
    cells = re.findall(r"(?<=\|) (?:<span[^>]*>)?(?:. \[)?(\d+)[( ]", text)
    assert len(cells) == days


def test_words_around_the_index_are_kept() -> None:
    first = merge_index(None, render_index(JANUARY[:1], "en"))
    edited = f"# My reading\n\n{first}\nSee also the blog.\n"
    second = merge_index(edited, render_index(JANUARY, "en"))
    assert second.startswith("# My reading\n\n<!-- triage:index")
    assert second.endswith("<!-- /triage:index -->\n\nSee also the blog.\n")
    assert "18(97->0 papers)" in second
    assert second.count("# Digests") == 1


@given(st.text(), st.text(), rows)
def test_merging_twice_changes_nothing(before: str, after: str, some: list[StoredDigest]) -> None:
    block = render_index(some, "en")
    once = merge_index(before + "\n" + block + after, block)
    assert merge_index(once, block) == once
    assert once.startswith(before)
    assert once.endswith(after)


@pytest.mark.parametrize(
    "existing",
    [
        "My own page.\n",
        "<!-- triage:index, rewritten -->\nthe end is lost\n",
        "the beginning is lost\n<!-- /triage:index -->\n",
    ],
)
def test_without_both_comments_nothing_is_removed(existing: str) -> None:
    block = render_index(JANUARY, "en")
    merged = merge_index(existing, block)
    assert merged.startswith(existing.rstrip())
    assert merge_index(merged, block) == merged


def test_line_ends_of_the_file_are_kept() -> None:
    merged = merge_index("Mine.\r\n", render_index(JANUARY, "en"))
    assert "\n" not in merged.replace("\r\n", "")


def test_empty_file_is_filled() -> None:
    assert merge_index(" \n", render_index([], "en")) == render_index([], "en")
