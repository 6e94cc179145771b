"""Pages of a list, kept until it is whole."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fake_arxiv import FakeClock
from triage.listing.harvest_state import TOKENS_LIVE, PageShelf


@pytest.fixture
def shelf(tmp_path: Path, clock: FakeClock) -> PageShelf:
    return PageShelf(tmp_path / "harvest", clock)


def test_pages_come_back_in_order(shelf: PageShelf) -> None:
    for number, body in enumerate((b"one\n", b"", b"three")):
        shelf.keep("list", number, body)
    shelf.keep("other", 0, b"else")
    assert shelf.pages("list") == [b"one\n", b"", b"three"]


def test_nothing_is_kept_of_a_list_that_was_never_asked_for(shelf: PageShelf) -> None:
    assert shelf.pages("list") == []


def test_a_first_page_begins_anew(shelf: PageShelf) -> None:
    shelf.keep("list", 0, b"old")
    shelf.keep("list", 0, b"new")
    assert shelf.pages("list") == [b"new"]


def test_a_list_that_is_whole_is_forgotten(shelf: PageShelf) -> None:
    shelf.keep("list", 0, b"one")
    shelf.clear("list")
    assert shelf.pages("list") == []


def test_pages_whose_token_has_died_are_not_used(shelf: PageShelf, clock: FakeClock) -> None:
    shelf.keep("list", 0, b"one")
    clock.sleep((TOKENS_LIVE - timedelta(minutes=1)).total_seconds())
    assert shelf.pages("list") == [b"one"]
    clock.sleep(60)
    assert shelf.pages("list") == []


def test_a_page_that_was_cut_off_is_left_out(shelf: PageShelf, tmp_path: Path) -> None:
    shelf.keep("list", 0, b"one")
    shelf.keep("list", 1, b"two")
    (file,) = (tmp_path / "harvest").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    assert shelf.pages("list") == [b"one"]


def test_a_folder_that_cant_be_written_keeps_nothing(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "file").write_text("in the way")
    shelf = PageShelf(tmp_path / "file" / "harvest", clock)
    shelf.keep("list", 0, b"one")
    shelf.clear("list")
    assert shelf.pages("list") == []


@given(body=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_no_file_is_misread(shelf: PageShelf, tmp_path: Path, body: bytes) -> None:
    shelf.keep("list", 0, b"one")
    (file,) = (tmp_path / "harvest").iterdir()
    file.write_bytes(file.read_bytes() + body)
    assert shelf.pages("list") == [b"one"]
