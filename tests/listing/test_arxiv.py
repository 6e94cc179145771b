"""The day from arXiv itself: a real HTTP server on loopback that behaves, and misbehaves, like it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.fake_arxiv import FakeArxiv, FakeClock
from tests.reader import FixedClock, Reader, learn_notes, listing, run_day
from triage.listing.arxiv import LastCheck
from triage.listing.calendar import listing_days
from triage.listing.files import read_listing
from triage.papers import AnnouncementState, ArxivId, Paper
from triage.run import DayReport
from triage.status import look
from triage.store.store import Store

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2024, 2, 5) + timedelta(days=n) for n in range(4))
MORNING = timedelta(hours=13)
"""Eight in the morning, US Eastern: the feed is out since midnight, the API has caught up."""


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + MORNING


class Online:
    """A reader whose arXiv is the fake one."""

    def __init__(self, reader: Reader, arxiv: FakeArxiv, clock: FakeClock) -> None:
        self.reader, self.arxiv, self.clock = reader, arxiv, clock
        settings = f"""\
categories: [cs.CL]
digest: {{threshold: 0.0, figures: false}}
arxiv:
  background: 0
  contact: reader@example.org
  feed_url: {arxiv.feed_url}
  api_url: {arxiv.api_url}
  oai_url: {arxiv.oai_url}
  site_url: {arxiv.site_url}
"""
        (reader.folder / "config.yaml").write_text(settings, encoding="utf-8")

    def run_on(self, day: date) -> DayReport:
        self.clock.set(morning(day))
        return run_day(self.reader.config, clock=self.clock)

    def truth(self, day: date) -> set[ArxivId]:
        return {item.paper.id for item in self.arxiv.world.listing(day, ["cs.CL"])}

    def stored(self, day: date) -> set[ArxivId]:
        with Store(self.reader.config.store_url) as store, store.reading() as tx:
            listed = tx.announcements.kinds(day)
            assert {paper.announced for paper in tx.papers.get(listed).values()} <= {day}
            return set(listed)

    def digests(self) -> list[str]:
        return sorted(path.stem for path in (self.reader.folder / "digests").glob("*-insights.md"))


LISTED = listing_days(MONDAY, MONDAY + timedelta(days=9))


def papers(folder: Path, listed: Sequence[date] = LISTED) -> list[Paper]:
    reader = Reader(folder)
    days = [one for number, day in enumerate(listed) for one in listing(day, 1 + 100 * number)]
    file = reader.write("truth.jsonl", days)
    return [*read_listing(file), *read_listing(folder / "archive.jsonl")]


@contextmanager
def online_with(folder: Path, listed: Sequence[date]) -> Iterator[Online]:
    (folder / "truth").mkdir()
    truth = papers(folder / "truth", listed)
    (folder / "reader").mkdir()
    reader = Reader(folder / "reader")
    clock = FakeClock(morning(listed[0]))
    with FakeArxiv(truth, clock=clock) as arxiv:
        online = Online(reader, arxiv, clock)
        reader.import_archive()
        learn_notes(reader.config, offline=True, clock=clock)
        yield online


@pytest.fixture
def online(tmp_path: Path) -> Iterator[Online]:
    with online_with(tmp_path, LISTED) as online:
        yield online


def test_a_good_day_takes_one_request_and_writes_the_digest(online: Online) -> None:
    report = online.run_on(MONDAY)
    assert [(one.day, one.state) for one in report.fetched] == [(MONDAY, AnnouncementState.COMPLETE)]
    assert online.digests() == ["2024-02-05-insights"]
    assert len(online.arxiv.requests) == 1


def test_the_contact_is_told_to_arxiv(online: Online) -> None:
    online.run_on(MONDAY)
    assert "mailto:reader@example.org" in online.arxiv.requests[0].headers["User-Agent"]


def test_a_second_run_on_the_same_day_asks_nothing(online: Online) -> None:
    online.run_on(MONDAY)
    online.run_on(MONDAY)
    assert len(online.arxiv.requests) == 1


def test_a_clock_that_was_ahead_leaves_nothing(online: Online) -> None:
    online.run_on(MONDAY)
    run_day(online.reader.config, clock=FixedClock(morning(MONDAY + timedelta(days=400))))
    report = online.run_on(TUESDAY)
    assert [(one.day, one.state) for one in report.fetched] == [(TUESDAY, AnnouncementState.COMPLETE)]
    with Store(online.reader.config.store_url) as store, store.reading() as tx:
        assert [one.day for one in tx.announcements.all()] == [MONDAY, TUESDAY]


def test_a_first_run_with_the_clock_ahead_puts_off_no_check(online: Online) -> None:
    run_day(online.reader.config, clock=FixedClock(morning(MONDAY + timedelta(days=400))))
    online.run_on(TUESDAY)
    with Store(online.reader.config.store_url) as store, store.reading() as tx:
        last = tx.records.get(LastCheck)
    assert last is not None
    assert (last.since, last.day) == (TUESDAY, TUESDAY)


def test_days_away_are_caught_up_in_one_digest(online: Online) -> None:
    online.run_on(MONDAY)
    report = online.run_on(THURSDAY)
    assert [(one.day, one.state) for one in report.fetched] == [
        (TUESDAY, AnnouncementState.RECOVERED),
        (WEDNESDAY, AnnouncementState.RECOVERED),
        (THURSDAY, AnnouncementState.COMPLETE),
    ]
    assert [one.new for one in report.fetched] == [20, 20, 20]
    (made,) = report.digests
    assert (made.total, made.choice.cap) == (60, 9)


def test_between_the_evening_and_midnight_the_feed_still_carries_the_day_itself(online: Online) -> None:
    """A morning in Beijing: the next listing is announced, the feeds have not turned yet."""
    online.run_on(MONDAY)
    online.clock.set(datetime(2024, 2, 7, 2, tzinfo=UTC))  # Tuesday, 21:00 Eastern
    report = run_day(online.reader.config, clock=online.clock)
    states = {one.day: (one.state, one.source) for one in report.fetched}
    assert states == {
        TUESDAY: (AnnouncementState.COMPLETE, "feed"),
        WEDNESDAY: (AnnouncementState.DUE, ""),
    }
    assert [request.where for request in online.arxiv.requests] == ["feed", "feed"]
    assert online.digests() == ["2024-02-05-insights", "2024-02-06-insights"]


def test_a_first_run_between_the_evening_and_midnight_has_the_digest_of_the_day(online: Online) -> None:
    online.clock.set(datetime(2024, 2, 7, 2, tzinfo=UTC))  # Tuesday, 21:00 Eastern
    run_day(online.reader.config, clock=online.clock)
    assert online.digests() == ["2024-02-06-insights"]


def test_a_feed_that_stands_still_is_not_taken_for_a_quiet_day(online: Online) -> None:
    online.run_on(MONDAY)
    online.arxiv.faults.add("stale", "feed", value=MONDAY, times=None)
    (early,) = online.run_on(TUESDAY).fetched
    assert early.state is AnnouncementState.FAILED
    assert "feed" in early.reason
    # Sixteen hours after the announcement, API and OAI-PMH are taken to know all of it.
    online.clock.set(morning(TUESDAY) + timedelta(hours=6))
    (late,) = run_day(online.reader.config, clock=online.clock).fetched
    assert (late.state, late.new) == (AnnouncementState.RECOVERED, 20)
    assert "2024-02-06-insights" in online.digests()


def test_the_api_is_asked_the_same_once_a_day(online: Online) -> None:
    online.run_on(MONDAY)
    online.arxiv.faults.add("empty", "feed", times=None)
    online.arxiv.faults.add("empty", "api", times=None)
    online.arxiv.faults.add("status", "oai", value=404, times=None)
    for hours in (0, 1, 6):
        online.clock.set(morning(TUESDAY) + timedelta(hours=hours))
        (failed,) = run_day(online.reader.config, clock=online.clock).fetched
        assert failed.state is AnnouncementState.FAILED
    assert [request.where for request in online.arxiv.requests].count("api") == 1
    online.arxiv.faults.clear()
    report = online.run_on(WEDNESDAY)
    assert [(one.day, one.source, one.new) for one in report.fetched] == [
        (TUESDAY, "api", 20),
        (WEDNESDAY, "feed", 20),
    ]


def test_an_api_that_did_not_answer_may_be_asked_again(online: Online) -> None:
    online.run_on(MONDAY)
    online.arxiv.faults.add("empty", "feed", times=None)
    online.arxiv.faults.add("status", "api", value=404)
    online.arxiv.faults.add("status", "oai", value=404)
    (failed,) = online.run_on(TUESDAY).fetched
    assert failed.state is AnnouncementState.FAILED
    online.clock.set(morning(TUESDAY) + timedelta(hours=6))
    (late,) = run_day(online.reader.config, clock=online.clock).fetched
    assert (late.state, late.source) == (AnnouncementState.RECOVERED, "api")


def test_a_failed_day_is_said_and_gets_its_own_digest_later(online: Online) -> None:
    online.run_on(MONDAY)
    for where in ("feed", "api", "oai"):
        online.arxiv.faults.add("status", where, value=503, times=None)
    (failed,) = online.run_on(TUESDAY).fetched
    assert failed.state is AnnouncementState.FAILED
    assert failed.reason
    assert online.digests() == ["2024-02-05-insights"]
    online.arxiv.faults.clear()
    online.run_on(WEDNESDAY)
    assert "2024-02-07-insights" in online.digests()
    with Store(online.reader.config.store_url) as store, store.reading() as tx:
        states = {one.day: one.state for one in tx.announcements.all()}
    assert states[TUESDAY] is AnnouncementState.RECOVERED


def test_in_the_first_days_a_thin_feed_is_found_by_what_the_background_has(online: Online) -> None:
    with Store(online.reader.config.store_url) as store, store.transaction() as tx:
        weeks = [MONDAY - timedelta(days=days) for days in range(3, 20)]
        tx.papers.put(
            replace(item.paper, id=ArxivId(f"2401.{20 * number + count:05d}"), announced=day)
            for number, day in enumerate(weeks)
            for count, item in enumerate(online.arxiv.world.listing(MONDAY, ["cs.CL"]))
        )
    online.arxiv.faults.add("cut", "feed", value=3, times=None)
    (fetched,) = online.run_on(MONDAY).fetched
    assert (fetched.state, fetched.new) == (AnnouncementState.COMPLETE, 20)
    assert "has far fewer new papers than usual; the API has 17 more" in fetched.reason


def test_a_category_that_arxiv_does_not_have_is_told_once(online: Online) -> None:
    config = online.reader.folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("[cs.CL]", "[cs.CL, cs.LC]"), encoding="utf-8")
    report = online.run_on(MONDAY)
    doubt = "categories: cs.LC is not a category of arXiv that triage knows; did you mean cs.CL?"
    assert doubt in report.notices
    assert doubt not in online.run_on(TUESDAY).notices


def test_going_back_finds_papers_that_were_first_met_as_replacements(online: Online) -> None:
    for paper in online.arxiv.world.listing(MONDAY, ["cs.CL"])[:5]:
        online.arxiv.world.replace(paper.paper.id, WEDNESDAY)
    online.clock.set(morning(WEDNESDAY))
    run_day(online.reader.config, since=WEDNESDAY, clock=online.clock)
    report = run_day(online.reader.config, since=MONDAY, until=TUESDAY, clock=online.clock)
    assert [(one.day, one.new) for one in report.fetched] == [(MONDAY, 20), (TUESDAY, 20)]


def test_every_paper_is_stored_once_with_its_day(online: Online) -> None:
    for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY):
        online.run_on(day)
    with Store(online.reader.config.store_url) as store, store.reading() as tx:
        for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY):
            assert {paper.announced for paper in tx.papers.get(tx.announcements.kinds(day)).values()} == {day}
            assert len(tx.announcements.kinds(day)) == 20


def test_noted_papers_are_looked_up_by_id_and_by_title(online: Online, tmp_path: Path) -> None:
    by_id, by_title = listing(WEDNESDAY, 201)[:2]
    (online.reader.folder / "notes" / "new.md").write_text(
        f"# New papers\n\n- [{by_id['title']}](https://arxiv.org/abs/{by_id['id']})\n- {by_title['title']}\n",
        encoding="utf-8",
    )
    online.clock.set(morning(THURSDAY))
    report = learn_notes(online.reader.config, offline=False, clock=online.clock)
    found = {f.paper.id: f.matched_by for f in report.notes.matches if f.paper and f.entry.file == "new.md"}
    assert found == {by_id["id"]: "id", by_title["id"]: "title"}


def test_a_fresh_store_fetches_a_background_to_compare_with(online: Online) -> None:
    config = online.reader.folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("background: 0", "background: 150"), encoding="utf-8")
    online.clock.set(morning(THURSDAY))
    learn_notes(online.reader.config, offline=False, clock=online.clock)
    with Store(online.reader.config.store_url) as store, store.reading() as tx:
        # The archive's 120, and the three announcements before the latest one.
        assert tx.papers.count() >= 150


def seconds_of_run(online: Online, day: date) -> float:
    began = morning(day)
    online.run_on(day)
    return (online.clock.now() - began).total_seconds()


@pytest.mark.parametrize("fault", [None, "status", "blank", "rate-exceeded"])
def test_the_digest_does_not_wait_for_look_ups(online: Online, fault: str | None) -> None:
    titles = "".join(
        f"- Rivers {letter * 3} and Their Bends in Long Documents\n" for letter in "abcdefghijkl"
    )
    (online.reader.folder / "notes" / "new.md").write_text(f"# New papers\n\n{titles}", encoding="utf-8")
    if fault:
        online.arxiv.faults.add(fault, "api", times=None)
    assert seconds_of_run(online, MONDAY) <= 100
    assert online.digests() == ["2024-02-05-insights"]


def test_the_background_of_an_earlier_store_is_fetched_after_the_digest(online: Online) -> None:
    config = online.reader.folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("background: 0", "background: 150"), encoding="utf-8")
    online.run_on(MONDAY)
    asked = [request.where for request in online.arxiv.requests]
    assert asked[0] == "feed"
    assert "api" in asked
    assert len(online.digests()) == 1


def test_status_tells_what_was_asked_of_arxiv(online: Online) -> None:
    online.arxiv.faults.add("status", "feed", value=503)
    online.run_on(MONDAY)
    status = look(online.reader.config, online.clock.now())
    assert (status.requests.today.requests, status.requests.today.retries) == (2, 1)
    online.run_on(TUESDAY)
    status = look(online.reader.config, online.clock.now())
    assert (status.requests.today.requests, status.requests.total.requests) == (1, 3)


def test_requests_keep_arxivs_distance(online: Online) -> None:
    online.run_on(MONDAY)
    online.run_on(THURSDAY)
    times = [request.at for request in online.arxiv.requests]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert all(gap >= timedelta(seconds=3) for gap in gaps)
    assert online.arxiv.most_connections == 1


def test_a_later_answer_completes_a_listing_whose_feed_lacked_papers(online: Online) -> None:
    online.run_on(MONDAY)
    online.arxiv.faults.add("thin", "feed", value=0.7)
    online.run_on(TUESDAY)
    missing = online.truth(TUESDAY) - online.stored(TUESDAY)
    assert 0 < len(missing) < 12
    report = online.run_on(THURSDAY)
    missed, completed, today = report.fetched
    assert (missed.day, missed.new, today.day, today.new) == (WEDNESDAY, 20, THURSDAY, 20)
    assert (completed.day, completed.state, completed.new) == (TUESDAY, AnnouncementState.COMPLETE, 20)
    assert f"{len(missing)} missing papers found by the API on 2024-02-08" in completed.reason
    assert online.stored(TUESDAY) == online.truth(TUESDAY)
    # They are candidates of this digest, since no earlier one had them.
    (made,) = report.digests
    considered = {pick.scored.paper.id for pick in (*made.choice.picks, *made.choice.rest)}
    assert considered == online.truth(WEDNESDAY) | online.truth(THURSDAY) | missing
    status = look(online.reader.config, online.clock.now())
    assert TUESDAY in [one.day for one in status.announcements.suspicious]
    (made,) = online.run_on(THURSDAY + timedelta(days=1)).digests
    assert made.total == 20


@pytest.mark.parametrize(("down", "found_by"), [("api", "OAI-PMH"), ("oai", "the API")])
def test_once_a_week_the_last_listings_are_checked(online: Online, down: str, found_by: str) -> None:
    week = listing_days(MONDAY, MONDAY + timedelta(days=8))
    online.arxiv.faults.add("status", down, value=404, times=None)
    for day in week[:5]:
        online.arxiv.faults.add("thin", "feed", value=0.8)
        online.run_on(day)
    assert {request.where for request in online.arxiv.requests} == {"feed"}
    lost = sum(len(online.truth(day) - online.stored(day)) for day in week[:5])
    assert lost
    online.arxiv.faults.add("status", "oai", value=404)
    online.arxiv.faults.add("status", "api", value=404)
    assert [one.day for one in online.run_on(week[5]).fetched] == week[5:6]
    report = online.run_on(week[6])
    assert [online.stored(day) for day in week] == [online.truth(day) for day in week]
    assert all(found_by in one.reason for one in report.fetched[1:])
    assert report.digests[0].total == 20 + lost
    asked = len(online.arxiv.requests)
    online.run_on(MONDAY + timedelta(days=9))
    assert len(online.arxiv.requests) == asked + 1


def test_what_was_not_wanted_is_not_missing(online: Online) -> None:
    for paper in list(online.arxiv.world.papers.values()):
        if paper.id.endswith(("3", "7")):
            online.arxiv.world.papers[paper.id] = replace(paper, categories=("cs.AI",))
    week = listing_days(MONDAY, MONDAY + timedelta(days=9))
    for day in week[:4]:
        online.run_on(day)
    config = online.reader.folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("[cs.CL]", "[cs.CL, cs.AI]"), encoding="utf-8")
    for day in week[4:]:
        report = online.run_on(day)
        assert [(one.day, one.new) for one in report.fetched] == [(day, 20)]
    assert all(len(online.stored(day)) < 20 for day in week[:4])


@pytest.mark.parametrize("holiday", [date(2024, 5, 23), date(2027, 1, 19)])
def test_an_announcement_made_on_a_holiday_is_found(tmp_path: Path, holiday: date) -> None:
    before, after = holiday - timedelta(days=1), holiday + timedelta(days=1)
    with online_with(tmp_path, [before, holiday, after]) as online:
        for paper in list(online.arxiv.world.papers.values()):
            if paper.id > "2401." and paper.title.split()[1] in map(str, range(101, 121)):
                online.arxiv.world.announce_anyway(paper.id, holiday)
        announced = online.truth(holiday)
        assert len(announced) == 20
        online.run_on(before)
        report = online.run_on(after)
        assert [(one.day, one.new) for one in report.fetched][-1] == (after, 40)
        assert online.stored(after) == online.truth(after) | announced
        assert report.digests[0].total == 40


def test_in_a_year_without_list_an_empty_day_may_be_a_holiday(tmp_path: Path) -> None:
    monday, tuesday, wednesday = (date(2027, 3, 1) + timedelta(days=number) for number in range(3))
    with online_with(tmp_path, [monday, wednesday]) as online:
        notices = [*online.run_on(monday).notices, *online.run_on(tuesday).notices]
        assert len([one for one in notices if "holidays of 2027 are not known" in one]) == 1
        status = look(online.reader.config, online.clock.now() + timedelta(hours=12))
        assert status.announcements.needs == ()
        with Store(online.reader.config.store_url) as store, store.reading() as tx:
            known = tx.announcements.get(tuesday)
        assert known is not None
        assert known.state is AnnouncementState.DUE
        assert "perhaps a holiday, since arXiv's list of 2027 is not known" in known.reason
        first, second = online.run_on(wednesday).fetched
        assert (second.state, second.new) == (AnnouncementState.COMPLETE, 20)
        assert first.state is not AnnouncementState.FAILED


def test_a_day_that_looked_like_a_holiday_is_recovered_when_the_api_has_it(tmp_path: Path) -> None:
    monday, tuesday, wednesday = (date(2027, 3, 1) + timedelta(days=number) for number in range(3))
    with online_with(tmp_path, [monday, tuesday, wednesday]) as online:
        online.run_on(monday)
        online.arxiv.faults.add("empty", times=None)
        online.run_on(tuesday)
        online.arxiv.faults.clear()
        first, second = online.run_on(wednesday).fetched
        assert (first.day, first.state, first.new) == (tuesday, AnnouncementState.RECOVERED, 20)
        assert (second.day, second.state, second.new) == (wednesday, AnnouncementState.COMPLETE, 20)
