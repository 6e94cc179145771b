"""The fake arXiv answers as the real one does, and its switches work."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import requests

from tests.fake_arxiv import FakeArxiv, FakeClock, Kind
from tests.listing.conftest import TUESDAY
from tests.listing.papers import papers_of


def test_a_feed_has_the_elements_of_the_real_one_in_its_order(arxiv: FakeArxiv) -> None:
    text = requests.get(f"{arxiv.feed_url}/cs.CL", timeout=5).text
    first = text[text.index("<item>") : text.index("</item>")]
    assert re.findall(r"<([\w:]+)[ >]", first) == [
        *("item", "title", "link", "description", "guid", "category", "pubDate"),
        *("arxiv:announce_type", "dc:rights", "arxiv:DOI", "arxiv:journal_reference", "dc:creator"),
    ]
    assert "Announce Type: new \nAbstract: " in first


@pytest.mark.parametrize(
    "name", ["rss2_quant-ph_2025-04-28_fullday.xml", "rss2_cs_2025-04-27_sunday_empty.xml"]
)
def test_a_feed_frames_its_items_as_the_recorded_one(recorded: Path, name: str) -> None:
    text = (recorded / "rss" / name).read_text()
    day = date.fromisoformat(re.search(r"\d{4}-\d\d-\d\d", name).group())  # type: ignore[union-attr]
    category = name.split("_")[1]
    with FakeArxiv([], clock=FakeClock(datetime(day.year, day.month, day.day, 4, tzinfo=UTC))) as arxiv:
        mine = requests.get(f"{arxiv.feed_url}/{category}", timeout=5).text

    def frame(feed: str) -> list[str]:
        whole = re.sub(r"    <item>.*</item>\n", "", feed, flags=re.DOTALL)
        days = {"      <day>Saturday</day>", "      <day>Sunday</day>"}  # arXiv's order varies
        return [line for line in whole.strip().splitlines() if line not in days]

    assert frame(mine) == frame(text)


def test_an_api_page_frames_its_entries_as_the_recorded_one(recorded: Path, arxiv: FakeArxiv) -> None:
    def shape(page: str) -> list[str]:
        return [re.sub(r">[^<]*<", "><", re.sub(r'"[^"]*"', '""', line)) for line in page.splitlines()[:9]]

    real = (recorded / "api" / "api_id_nonexistent_0000.0000.xml").read_text()
    mine = requests.get(arxiv.api_url, {"id_list": "0704.0001"}, timeout=5).text
    assert shape(mine) == shape(real)


def test_a_malformed_id_spoils_the_api_request(arxiv: FakeArxiv) -> None:
    answer = requests.get(arxiv.api_url, {"id_list": "2506.03001,abc"}, timeout=5)
    assert answer.status_code == 400
    assert "incorrect id format for abc" in answer.text


def test_what_is_not_announced_yet_is_not_told(arxiv: FakeArxiv, clock: FakeClock) -> None:
    clock.set(datetime(2025, 6, 2, 23, 59, tzinfo=UTC))  # a minute before the announcement
    early = requests.get(arxiv.api_url, {"id_list": "2506.03001"}, timeout=5).text
    clock.sleep(60)
    later = requests.get(arxiv.api_url, {"id_list": "2506.03001"}, timeout=5).text
    assert (early.count("<entry>"), later.count("<entry>")) == (0, 1)


def test_replacements_come_first_in_a_feed_and_are_cut_last(clock: FakeClock) -> None:
    papers = [*papers_of(date(2025, 5, 20), 8), *papers_of(TUESDAY, 8)]
    with FakeArxiv(papers, clock=clock) as arxiv:
        for paper in papers[:4]:
            arxiv.world.replace(paper.id, TUESDAY)
        arxiv.faults.add(Kind.CUT, "feed", value=3)
        text = requests.get(f"{arxiv.feed_url}/cs.CL", timeout=5).text
    kinds = re.findall(r"<arxiv:announce_type>(.*?)<", text)
    assert kinds == ["replace", "replace", "replace-cross"]


def test_a_user_can_start_it(tmp_path: Path) -> None:
    listing = tmp_path / "papers.jsonl"
    records = [
        {"id": paper.id, "title": paper.title, "categories": paper.categories, "announced": "2025-06-03"}
        for paper in papers_of(TUESDAY, 6)
    ]
    listing.write_text("".join(json.dumps(record) + "\n" for record in records))
    root = Path(__file__).parents[2]
    command = [
        sys.executable,
        "-m",
        "tests.fake_arxiv",
        "--listing",
        str(listing),
        "--date",
        "2025-06-03",
        "--port",
        "0",
    ]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip().partition("=")[2]
            text = requests.get(f"{address}/cs.CL", timeout=5).text
        finally:
            process.terminate()
    assert "<title>A plain title (2025-06-03 number 5)</title>" not in text
    assert text.count("<item>") == 4
