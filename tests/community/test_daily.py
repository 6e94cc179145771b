"""Other people's picks in the daily run: off unless asked for, one line to turn on, never in the way."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.fake_arxiv import FakeArxiv, FakeClock
from tests.listing.test_arxiv import MONDAY, Online, morning, papers
from tests.reader import Reader, learn_notes, listing, rank_day, run_day
from triage.papers import AnnouncementState
from triage.run import DayReport
from triage.store.store import Store

WEDNESDAY = date(2024, 1, 17)


def archived(reader: Reader, topic: str) -> list[str]:
    lines = (reader.folder / "archive.jsonl").read_text("utf-8").splitlines()
    return [one["id"] for one in map(json.loads, lines) if topic in one["title"]]


def mate_picks(reader: Reader, topic: str, day: str = "2023-12-20", *more: tuple[str, str]) -> None:
    rows = [f"{day}\t{one}" for one in archived(reader, topic)] + ["\t".join(one) for one in more]
    (reader.folder / "mate.tsv").write_text("date\tarxiv_id\n" + "\n".join(rows) + "\n", encoding="utf-8")


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    made = Reader(tmp_path)
    made.import_archive()
    return made


def turn_on(reader: Reader) -> None:
    with (reader.folder / "config.yaml").open("a", encoding="utf-8") as config:
        config.write("signals: {picks: [mate.tsv]}\n")


def run(reader: Reader) -> DayReport:
    return reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))


def digest(reader: Reader) -> str:
    return (reader.folder / "digests" / "2024-01-17-insights.md").read_text("utf-8")


def topic_rank(report: DayReport, topic: str) -> float:
    (made,) = report.digests
    ranks = [
        pick.rank for pick in (*made.choice.picks, *made.choice.rest) if topic in pick.scored.paper.title
    ]
    return sum(ranks) / len(ranks)


def test_others_taste_moves_the_order_and_is_said(tmp_path: Path) -> None:
    ranks = []
    for name in ("alone", "together"):
        (tmp_path / name).mkdir()
        one = Reader(tmp_path / name)
        one.import_archive()
        mate_picks(one, "agents")
        if name == "together":
            turn_on(one)
        ranks.append(topic_rank(run(one), "agents"))
        assert ("picked by others" in digest(one)) == (name == "together")
    assert ranks[1] < ranks[0]


def test_a_taste_that_is_not_the_readers_weighs_nothing(reader: Reader) -> None:
    mate_picks(reader, "translation")
    turn_on(reader)
    run(reader)
    assert "picked by others" not in digest(reader)


def test_what_others_picked_before_it_was_announced_is_said_of_the_paper(reader: Reader) -> None:
    first = listing(WEDNESDAY, 1)[0]["id"]
    mate_picks(reader, "retrieval", "2023-12-20", ("2024-01-16", str(first)), ("2024-01-17", "2401.00006"))
    turn_on(reader)
    (made,) = run(reader).digests
    said = {
        pick.scored.paper.id
        for pick in (*made.choice.picks, *made.choice.rest)
        if pick.scored.explanation.picked_by_others
    }
    assert said == {first}, "a pick of the day itself was not known before it"


def test_picks_of_the_day_ranked_or_later_teach_nothing(tmp_path: Path) -> None:
    texts = []
    for name, day in (("without", ""), ("later", "2024-01-17")):
        (tmp_path / name).mkdir()
        one = Reader(tmp_path / name)
        one.import_archive()
        mate_picks(one, "translation", day)
        turn_on(one)
        run(one)
        texts.append(digest(one))
    assert texts[0] == texts[1]


def test_new_picks_make_a_new_model_and_so_does_turning_them_off(reader: Reader) -> None:
    mate_picks(reader, "translation")
    learn_notes(reader.config, offline=True, clock=reader.clock)
    turn_on(reader)
    assert run(reader).trained == "what other people picked has changed"
    config = reader.folder / "config.yaml"
    config.write_text(
        config.read_text("utf-8").replace("signals: {picks: [mate.tsv]}\n", ""), encoding="utf-8"
    )
    thursday = reader.write("next.jsonl", listing(WEDNESDAY + timedelta(days=1), 1))
    assert reader.run(thursday).trained == "what other people picked has changed"


def test_a_lost_picks_file_costs_nothing_but_a_word(reader: Reader) -> None:
    turn_on(reader)
    report = run(reader)
    assert any("mate.tsv could not be read" in notice for notice in report.notices)
    assert len(report.digests) == 1


def test_ranking_says_the_same(reader: Reader) -> None:
    mate_picks(reader, "agents")
    turn_on(reader)
    (made,) = run(reader).digests
    ranked = rank_day(reader.config, listing=None, day=WEDNESDAY)
    shown = [pick.scored.paper.id for pick in (*made.choice.picks, *made.choice.rest)]
    assert [one.paper.id for one in ranked] == shown
    assert any(one.explanation.community > 0 for one in ranked)


def test_a_day_from_arxiv_goes_on_when_daily_papers_is_down(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "reader").mkdir()
    clock = FakeClock(morning(MONDAY))
    with FakeArxiv(papers(tmp_path / "truth"), clock=clock) as arxiv:
        online = Online(Reader(tmp_path / "reader"), arxiv, clock)
        with (tmp_path / "reader" / "config.yaml").open("a", encoding="utf-8") as config:
            config.write("signals: {community: true, community_url: 'http://127.0.0.1:9/api/daily_papers'}\n")
        online.reader.import_archive()
        report = run_day(online.reader.config, clock=clock)
    assert [one.state for one in report.fetched] == [AnnouncementState.COMPLETE]
    assert any("Daily Papers could not be fetched" in notice for notice in report.notices)
    assert online.digests() == ["2024-02-05-insights"]


def test_papers_that_others_picked_are_fetched_from_arxiv(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "reader").mkdir()
    clock = FakeClock(morning(MONDAY))
    truth = papers(tmp_path / "truth")
    with FakeArxiv(truth, clock=clock) as arxiv:
        online = Online(Reader(tmp_path / "reader"), arxiv, clock)
        turn_on(online.reader)
        mate_picks(online.reader, "translation")
        learn_notes(online.reader.config, offline=False, clock=clock)
    with Store(online.reader.config.store_url) as store, store.reading() as tx:
        assert set(archived(online.reader, "translation")) <= set(tx.papers.get(one.id for one in truth))
