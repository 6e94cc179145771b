"""Figures under the picks, from a real HTTP server on loopback that behaves, and misbehaves, like arXiv."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.fake_arxiv import FakeArxiv, FakeClock, pages
from tests.reader import Reader, dry_run_day, learn_notes, listing, rank_day, run_day
from triage.listing.files import read_listing
from triage.store.files import Outcome
from triage.store.store import Store

MONDAY, TUESDAY, WEDNESDAY = date(2024, 2, 5), date(2024, 2, 6), date(2024, 2, 7)


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 13, tzinfo=UTC)


class World:
    """A reader who wants figures, and an arXiv that is asked for them."""

    def __init__(self, reader: Reader, arxiv: FakeArxiv, clock: FakeClock) -> None:
        self.reader, self.arxiv, self.clock = reader, arxiv, clock
        self.configure()

    def configure(self, *, figures: bool = True, digest: str = "") -> None:
        settings = f"""\
categories: [cs.CL]
digest: {{threshold: 0.0, figures: {str(figures).lower()}{digest}}}
arxiv:
  background: 0
  feed_url: {self.arxiv.feed_url}
  api_url: {self.arxiv.api_url}
  oai_url: {self.arxiv.oai_url}
  site_url: {self.arxiv.site_url}
"""
        (self.reader.folder / "config.yaml").write_text(settings, encoding="utf-8")

    def run(self, day: date = MONDAY, *, hours: int = 0, since: date | None = None) -> str:
        """Run on a day and return its digest."""
        self.clock.set(morning(day) + timedelta(hours=hours))
        run_day(self.reader.config, clock=self.clock, since=since, until=since)
        return self.digest(since or day)

    def digest(self, day: date = MONDAY) -> str:
        return (self.reader.folder / "digests" / f"{day}-insights.md").read_text("utf-8")

    def pages(self) -> list[str]:
        """The HTML versions that were asked for."""
        return [asked.path for asked in self.arxiv.requests_to("site")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "truth").mkdir()
    truth = Reader(tmp_path / "truth")
    days = [
        one
        for number, day in enumerate((MONDAY, TUESDAY, WEDNESDAY))
        for one in listing(day, 1 + 100 * number)
    ]
    known = list(read_listing(truth.write("truth.jsonl", days)))
    (tmp_path / "reader").mkdir()
    reader = Reader(tmp_path / "reader")
    clock = FakeClock(morning(MONDAY))
    with FakeArxiv(known, clock=clock) as arxiv:
        world = World(reader, arxiv, clock)
        reader.import_archive()
        learn_notes(reader.config, offline=True, clock=clock)
        yield world


def shown(digest: str) -> list[str]:
    return re.findall(r"^\[!\[.*$", digest, re.M)


def picked(digest: str) -> list[str]:
    return re.findall(r"^## \[.*/pdf/([\d.]+)\.pdf\)$", digest, re.M)


def test_each_pick_has_its_figure_linked_at_arxiv_itself(world: World) -> None:
    digest = world.run()
    assert len(picked(digest)) == 3
    assert shown(digest) == [
        f"[![Figure 1](https://arxiv.org/html/{paper}v1/x1.png)](https://arxiv.org/html/{paper}v1#S1.F1)"
        for paper in picked(digest)
    ]
    assert digest.count("\n\n*Figure 1: What the method does.*\n\n") == 3
    assert "127.0.0.1" not in digest


def test_only_the_pages_of_picks_are_fetched_and_nothing_else_of_them(world: World) -> None:
    digest = world.run()
    assert world.pages() == [f"/html/{paper}v1" for paper in picked(digest)]


def test_pages_are_fetched_within_the_rate_limit(world: World) -> None:
    world.run()
    times = [asked.at for asked in world.arxiv.requests]
    assert all(later - earlier >= timedelta(seconds=3) for earlier, later in pairwise(times))
    assert world.arxiv.most_connections == 1


def test_nothing_is_fetched_unless_the_reader_wants_figures(world: World) -> None:
    world.configure(figures=False)
    assert shown(world.run()) == []
    assert world.pages() == []


def test_the_same_digest_is_made_again_without_asking(world: World) -> None:
    first = world.run()
    assert world.run(TUESDAY, since=MONDAY) == first
    assert len(world.pages()) == 3


def test_a_paper_without_html_version_is_not_fetched_again(world: World) -> None:
    world.arxiv.faults.add("status", "site", value=404)
    digest = world.run()
    assert len(shown(digest)) == 2
    assert picked(digest)[0] not in "".join(shown(digest))
    assert world.run(TUESDAY, since=MONDAY) == digest
    assert len(world.pages()) == 3


def test_a_page_without_figure_is_not_fetched_again(world: World) -> None:
    world.arxiv.faults.add("html", "site", times=3)
    assert shown(world.run()) == []
    assert shown(world.run(TUESDAY, since=MONDAY)) == []
    assert len(world.pages()) == 3


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("status", 503),
        ("status", 429),
        ("status", 403),
        ("reset", None),
        ("rate-exceeded", None),
        ("broken-off", None),
    ],
)
def test_an_arxiv_that_is_down_costs_a_minute_at_the_most(world: World, kind: str, value: object) -> None:
    world.arxiv.faults.add(kind, "site", times=None, value=value)
    world.clock.set(morning(MONDAY))
    report = run_day(world.reader.config, clock=world.clock)
    assert world.clock.now() - morning(MONDAY) <= timedelta(seconds=60)
    assert report.notices == ()
    digest = world.digest()
    assert (len(picked(digest)), shown(digest)) == (3, [])
    assert len(world.pages()) <= 6


def test_what_failed_is_fetched_again_on_another_day_only(world: World) -> None:
    world.arxiv.faults.add("status", "site", times=None, value=403)
    world.run()
    world.arxiv.faults.clear()
    assert shown(world.run(MONDAY, hours=2, since=MONDAY)) == []
    assert len(world.pages()) == 3
    assert len(shown(world.run(TUESDAY, since=MONDAY))) == 3


def test_a_slow_arxiv_does_not_hold_up_a_long_digest(world: World) -> None:
    """After days away there are many picks; each page takes fifteen seconds of the clock here."""
    world.configure(digest=", budget: 10")
    asked = FakeArxiv.answer

    def slow(self: FakeArxiv, target: str, headers: dict[str, str]) -> object:
        if target.startswith("/html/"):
            self.clock.sleep(15)
        return asked(self, target, headers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeArxiv, "answer", slow)
        digest = world.run()
    assert len(picked(digest)) == 10
    assert len(shown(digest)) == len(world.pages()) == 3


def test_a_run_from_a_file_stays_offline_and_shows_what_is_known(world: World) -> None:
    digest = world.run()
    world.configure(figures=True)
    day = world.reader.write("days.jsonl", [*listing(MONDAY, 1), *listing(TUESDAY, 101)])
    run_day(world.reader.config, listing=day, since=MONDAY, clock=world.clock)
    assert world.digest(MONDAY) == digest
    assert shown(world.digest(TUESDAY)) == []
    assert len(world.pages()) == 3


def test_ranking_asks_for_no_figures(world: World) -> None:
    world.run()
    asked = len(world.arxiv.requests)
    rank_day(world.reader.config, listing=None, day=MONDAY)
    assert len(world.arxiv.requests) == asked


def test_a_dry_run_shows_figures_and_keeps_nothing(world: World) -> None:
    (text,) = dry_run_day(world.reader.config, clock=world.clock)
    assert len(shown(text)) == 3
    with Store(world.reader.config.store_url) as store, store.reading() as tx:
        assert not [key for key in tx.records.stored() if key.startswith("figure ")]


def test_a_digest_that_the_reader_has_edited_asks_for_nothing(world: World) -> None:
    world.configure(figures=False)
    world.run()
    file = world.reader.folder / "digests" / f"{MONDAY}-insights.md"
    file.write_text(world.digest() + "\nMine.\n", encoding="utf-8")
    world.configure(figures=True)
    report = run_day(world.reader.config, clock=world.clock, since=MONDAY, until=MONDAY)
    assert [one.outcome for one in report.digests] == [Outcome.KEPT]
    assert world.pages() == []


def test_figures_turned_on_later_come_into_the_digests_made_anew(world: World) -> None:
    world.configure(figures=False)
    world.run()
    world.configure(figures=True)
    assert len(shown(world.run(MONDAY, since=MONDAY))) == 3


def test_hostile_pages_do_no_harm_to_a_digest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    caption = "](https://evil.example) ![x](//evil.example/t.png) - [x] relevant {{ 7 * 7 }} <b>"
    page = (
        '<base href="//evil.example/"><figure class=ltx_figure><img src="/html/../x.png"><img src="x.png">'
        "<figcaption><span class=ltx_tag_figure>Figure 1: </span>first</figcaption></figure>"
        '<figure class=ltx_figure id="S1.F2"><img src="https://arxiv.org/html/{paper}v1/a) b.png">'
        f"<figcaption><span class=ltx_tag_figure>Figure 2: </span>{caption}</figcaption></figure>"
    )
    monkeypatch.setattr(pages, "paper_page", lambda known: page.replace("{paper}", known.paper.id).encode())
    digest = world.run()
    assert shown(digest)[0].endswith(
        f"(https://arxiv.org/html/{picked(digest)[0]}v1/a%29%20b.png)](https://arxiv.org/html/{picked(digest)[0]}v1#S1.F2)"
    )
    assert (
        r"*Figure 2: \]\(https://evil.example) !\[x\]\(//evil.example/t.png) - \[x\] relevant {\{ 7 \* 7"
        in digest
    )
    # Nothing of it is taken for the reader's word.
    (world.reader.folder / "digests" / f"{MONDAY}-insights.md").write_text(digest + "\n", encoding="utf-8")
    world.run(TUESDAY)
    with Store(world.reader.config.store_url) as store, store.reading() as tx:
        assert {entry.label.source for entry in tx.labels.log()} == {"notes"}


def test_a_run_that_was_stopped_asks_for_the_rest_only(world: World) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "fetching figures" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_day(world.reader.config, clock=world.clock, progress=stop)
    assert len(world.pages()) == 2
    assert len(shown(world.run())) == 3
    assert len(world.pages()) == 3
