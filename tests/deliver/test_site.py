"""The pages of all digests and their feed: valid, without script, following the reader's edits."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import feedparser
import html5lib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.deliver.world import START, World
from triage.deliver.deliver import deliver_due

SITE = {"site": {"folder": "site"}}


def site(world: World, name: str) -> str:
    return (world.folder / "site" / name).read_text(encoding="utf-8")


def valid(page: str) -> str:
    """Read a page as strictly as HTML can be."""
    html5lib.HTMLParser(strict=True).parse(page)
    return page


def test_each_digest_has_a_page_and_the_index_links_it(world: World) -> None:
    world.set_up(SITE)
    world.write(date(2026, 2, 27))
    world.write(date(2026, 3, 2))
    assert deliver_due(world.context) == ()
    index = valid(site(world, "index.html"))
    for day, spoken in (("2026-02-27", "27 February 2026"), ("2026-03-02", "2 March 2026")):
        assert f'href="{day}-insights.html"><span class="spoken">{spoken}: 1 of 3 papers</span>' in index
        assert f"<h1>{spoken}</h1>" in valid(site(world, f"{day}-insights.html"))
    delivery = world.delivery("site")
    assert delivery is not None
    assert delivery.sent_at == START


def test_neighbours_are_linked(world: World) -> None:
    world.set_up(SITE)
    world.write(date(2026, 2, 27))
    world.write(date(2026, 3, 2))
    deliver_due(world.context)
    assert '<a rel="next" href="2026-03-02-insights.html">Later</a>' in site(
        world, "2026-02-27-insights.html"
    )
    assert '<a rel="prev" href="2026-02-27-insights.html">' in site(world, "2026-03-02-insights.html")


def test_pages_follow_the_readers_edits(world: World) -> None:
    world.set_up(SITE)
    file = world.write()
    deliver_due(world.context)
    file.write_text(file.read_text() + "\nI liked it.\n")
    assert deliver_due(world.context) == ()
    assert "I liked it." in site(world, "2026-03-02-insights.html")
    assert "I liked it." in site(world, "feed.xml")


def test_a_page_that_would_be_the_same_is_not_written_again(world: World) -> None:
    world.set_up(SITE)
    world.write()
    deliver_due(world.context)
    pages = sorted((world.folder / "site").iterdir())
    for page in pages:
        os.utime(page, (1, 1))
    deliver_due(world.context)
    assert [page.stat().st_mtime for page in pages] == [1.0] * 3


def test_the_page_of_a_removed_digest_goes_and_other_files_stay(world: World) -> None:
    world.set_up(SITE)
    world.write(date(2026, 2, 27))
    world.write(date(2026, 3, 2))
    deliver_due(world.context)
    mine = world.folder / "site" / "2020-01-01-insights.html"
    mine.write_text("my own page")
    (world.config.digest_folder / "2026-02-27-insights.md").unlink()
    deliver_due(world.context)
    assert not (world.folder / "site" / "2026-02-27-insights.html").exists()
    assert mine.read_text() == "my own page"


@pytest.mark.parametrize("name", ["index.html", "feed.xml", "2026-03-02-insights.html"])
def test_a_page_that_triage_did_not_make_is_never_replaced(world: World, name: str) -> None:
    world.set_up(SITE)
    world.write(date(2026, 2, 27))
    world.write(date(2026, 3, 2))
    mine = world.folder / "site" / name
    mine.parent.mkdir()
    mine.write_text("<html>my own</html>")
    problems = deliver_due(world.context)
    assert any(f"{mine} was not made by triage" in problem for problem in problems)
    assert mine.read_text() == "<html>my own</html>"
    # The others are there all the same.
    assert (world.folder / "site" / "2026-02-27-insights.html").is_file()
    mine.unlink()
    assert deliver_due(world.context) == ()


def test_links_between_digests_lead_to_pages(world: World) -> None:
    world.set_up(SITE)
    world.write(date(2026, 2, 27))
    file = world.write(date(2026, 3, 2))
    file.write_text(file.read_text() + "\nSee [there](2026-02-27-insights.md#x) and [here](/etc/passwd).\n")
    deliver_due(world.context)
    page = site(world, "2026-03-02-insights.html")
    assert '<a href="2026-02-27-insights.html#x">there</a> and here.' in page


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(titles=st.lists(st.text(st.characters(codec="utf-8")) | st.text("<>&\"'`/scriptx="), max_size=3))
def test_hostile_titles_leave_pages_and_feed_valid(world: World, titles: list[str]) -> None:
    world.set_up(SITE)
    world.write(titles=tuple(titles))
    assert deliver_due(world.context) == ()
    page = valid(site(world, "2026-03-02-insights.html"))
    assert "<script" not in page.lower()
    assert not feedparser.parse(site(world, "feed.xml").encode()).bozo


def test_the_feed_is_read_by_a_feed_reader(world: World) -> None:
    world.set_up({"site": {"folder": "site", "url": "https://me.example.org/papers/", "title": "R & D"}})
    world.write(titles=("A <b>plain</b> title",))
    deliver_due(world.context)
    feed = feedparser.parse(site(world, "feed.xml").encode())
    assert not feed.bozo
    assert feed.feed.title == "R & D"
    (entry,) = feed.entries
    assert entry.link == "https://me.example.org/papers/2026-03-02-insights.html"
    assert entry.title == "2026-03-02-insights: 1 of 3 papers"
    assert entry.updated == "2026-03-02T06:00:00Z"
    assert "A &lt;b&gt;plain&lt;/b&gt; title" in entry.content[0].value


def test_the_feed_is_what_the_standard_asks_for(world: World) -> None:
    """RFC 4287: 4.1.1 and 4.1.2 say what must be there and how often, 3.3 how a time is written."""
    world.set_up({"site": {"folder": "site", "url": "https://me.example.org/papers"}})
    world.write(date(2026, 2, 27), titles=())
    world.write(date(2026, 3, 2), titles=("<b>Hostile</b> & ]]> <!-- --> \0",))
    deliver_due(world.context)
    feed = etree.fromstring(site(world, "feed.xml").encode())
    atom = "{http://www.w3.org/2005/Atom}"
    entries = feed.findall(f"{atom}entry")
    assert len(entries) == 2
    for element in (feed, *entries):
        for once in ("id", "title", "updated"):
            (found,) = element.findall(f"{atom}{once}")
            assert found.text
        updated = element.findtext(f"{atom}updated")
        assert updated
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", updated)
        links = [(link.get("rel"), link.get("type")) for link in element.findall(f"{atom}link")]
        assert len(links) == len(set(links))
        assert ("alternate", "text/html") in links
    # One of the feed is every entry's.
    assert feed.findtext(f"{atom}author/{atom}name")
    assert len({entry.findtext(f"{atom}id") for entry in entries}) == 2
    assert feed.findtext(f"{atom}updated") == max(entry.findtext(f"{atom}updated") for entry in entries)
    assert {entry.find(f"{atom}content").get("type") for entry in entries} == {"html"}


def test_ids_stay_when_the_pages_move_and_the_digest_is_edited(world: World) -> None:
    world.set_up(SITE)
    file = world.write()
    deliver_due(world.context)
    before = feedparser.parse(site(world, "feed.xml").encode())
    world.set_up({"site": {"folder": "site", "url": "https://elsewhere.example.org"}})
    file.write_text(file.read_text() + "\nMore.\n")
    deliver_due(world.context)
    after = feedparser.parse(site(world, "feed.xml").encode())
    assert (before.feed.id, before.entries[0].id) == (after.feed.id, after.entries[0].id)
    assert after.entries[0].id.startswith("urn:uuid:")
    assert after.entries[0].updated > before.entries[0].updated


def test_two_readers_have_different_ids(tmp_path: Path) -> None:
    ids = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        world = World(tmp_path / name, SITE)
        world.write()
        deliver_due(world.context)
        ids.add(feedparser.parse(site(world, "feed.xml").encode()).entries[0].id)
        world.store.close()
    assert len(ids) == 2


def test_chinese_pages_say_so(tmp_path: Path) -> None:
    world = World(tmp_path, SITE, digest={"language": "zh"})
    world.write()
    deliver_due(world.context)
    page = valid(site(world, "2026-03-02-insights.html"))
    assert '<html lang="zh-Hans">' in page
    assert "<h1>2026 年 3 月 2 日</h1>" in page
    world.store.close()


def test_no_page_has_a_script_or_asks_another_server(world: World) -> None:
    world.set_up(SITE)
    world.write()
    deliver_due(world.context)
    for name in ("index.html", "2026-03-02-insights.html"):
        assert "<script" not in site(world, name)
        assert "default-src 'none'" in site(world, name)


def test_before_the_first_digest_nothing_is_written(world: World) -> None:
    world.set_up(SITE)
    assert deliver_due(world.context) == ()
    assert not (world.folder / "site").exists()


def test_a_folder_that_cannot_be_made_is_reported_and_repeated_later(world: World) -> None:
    world.set_up(SITE)
    world.write()
    (world.folder / "site").write_text("in the way")
    problems = deliver_due(world.context)
    assert problems
    delivery = world.delivery("site")
    assert delivery is not None
    assert delivery.sent_at is None
    (world.folder / "site").unlink()
    assert deliver_due(world.context) == ()
    delivery = world.delivery("site")
    assert delivery is not None
    assert delivery.sent_at == START


@pytest.mark.parametrize("name", ["../evil.md", "a/b.md"])
def test_a_moved_digest_keeps_its_page(world: World, name: str) -> None:
    world.set_up(SITE)
    file = world.write()
    target = file.parent / name
    target.parent.mkdir(parents=True, exist_ok=True)
    file.rename(target)
    with world.store.transaction() as tx:
        tx.digests.moved(START.date(), name)
    deliver_due(world.context)
    assert (world.folder / "site" / "2026-03-02-insights.html").is_file()
