"""The digest asks about papers that the model can't place, and hears the answers."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from tests.reader import Reader, label, listing, rank_day, retrain_model
from triage.feedback.sync import sync
from triage.papers import LabelSource
from triage.store.store import Store

WEDNESDAY = date(2024, 1, 17)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    reader = Reader(tmp_path, settings="digest: {ask: 3, threshold: 0.0}")
    reader.learn()
    return reader


def digest(reader: Reader, day: date) -> Path:
    return reader.folder / "digests" / f"{day}-insights.md"


def asked_part(text: str) -> str:
    return text.split("## Not sure about these")[1].split("\n## ", maxsplit=1)[0]


def test_up_to_three_papers_of_the_rest_are_asked_about(reader: Reader) -> None:
    (made,) = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1))).digests
    text = digest(reader, WEDNESDAY).read_text("utf-8")
    assert len(made.questions) == 3
    assert {pick.rank for pick in made.questions} <= {pick.rank for pick in made.choice.rest}
    for pick in made.questions:
        assert pick.scored.paper.id in asked_part(text)
        assert text.count(f"abs/{pick.scored.paper.id}") == asked_part(text).count(
            f"abs/{pick.scored.paper.id}"
        )


def test_no_question_unless_wanted(tmp_path: Path) -> None:
    reader = Reader(tmp_path, settings="digest: {ask: 0, threshold: 0.0}")
    reader.learn()
    (made,) = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1))).digests
    assert made.questions == ()
    assert "Not sure about these" not in digest(reader, WEDNESDAY).read_text("utf-8")


def test_what_was_asked_about_counts_as_shown_but_not_as_picked(reader: Reader) -> None:
    (made,) = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1))).digests
    with Store(reader.config.store_url) as store, store.reading() as tx:
        shown = {one.paper: one.picked for one in tx.digests.shown_in(WEDNESDAY)}
    assert [shown[pick.scored.paper.id] for pick in made.questions] == [False] * 3


def test_a_rerun_asks_the_same(reader: Reader) -> None:
    day = reader.write("day.jsonl", listing(WEDNESDAY, 1))
    reader.run(day)
    before = digest(reader, WEDNESDAY).read_bytes()
    reader.run(day, since=WEDNESDAY)
    assert digest(reader, WEDNESDAY).read_bytes() == before


def test_an_answer_is_a_label(reader: Reader) -> None:
    (made,) = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1))).digests
    yes, no, _ = (pick.scored.paper.id for pick in made.questions)
    file = digest(reader, WEDNESDAY)
    lines = file.read_text("utf-8").split("\n")
    for number, line in enumerate(lines):
        if line.startswith("- [ ]") and yes in line:
            lines[number] = line.replace("- [ ]", "- [x]", 1)
        if line.startswith("- [ ]") and no in line:
            lines[number] = line.replace("- [ ]", "- [-]", 1)
    file.write_text("\n".join(lines), "utf-8")
    with Store(reader.config.store_url) as store:
        said = sync(reader.config, store, reader.clock.now())
    assert {(one.label.paper, one.label.relevant, one.label.source) for one in said.labels} == {
        (yes, True, LabelSource.DIGEST),
        (no, False, LabelSource.DIGEST),
    }


@pytest.mark.parametrize("relevant", [True, False])
def test_one_new_label_changes_the_order_of_the_next_ranking(tmp_path: Path, relevant: bool) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    day = reader.write("day.jsonl", listing(WEDNESDAY, 1))
    before = rank_day(reader.config, listing=day, day=None)
    # One of the archive that is like the day's last, or like its first.
    like = "speech" if relevant else "retrieval"
    number = next(n for n, one in enumerate(before) if like in one.paper.title)
    said = next(
        one["id"]
        for one in map(json.loads, (reader.folder / "archive.jsonl").read_text("utf-8").splitlines()[::-1])
        if like in one["title"]
    )
    label(reader.config, [said], relevant=relevant, categories=(), read=None)
    retrain_model(reader.config)
    after = rank_day(reader.config, listing=day, day=None)
    assert [one.paper.id for one in after] != [one.paper.id for one in before]
    same = {one.paper.id: one.score for one in after}[before[number].paper.id]
    assert same > before[number].score if relevant else same < before[number].score
