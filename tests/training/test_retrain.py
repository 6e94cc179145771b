"""Retraining: a new model from all labels, taken unless it does worse on past days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.reader import Reader, label, listing, models, rank_day, retrain_model
from triage.context import open_context
from triage.ranker.manifest import Manifest, Measure, TrainedOn
from triage.training.models import compare_models
from triage.training.update import need

WEDNESDAY = date(2024, 1, 17)


def roll_back(reader: Reader) -> str:
    with open_context(reader.config) as context:
        return context.registry.rollback()


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    reader = Reader(tmp_path)
    reader.learn()
    reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    return reader


def test_without_new_labels_the_model_stays_the_same(reader: Reader) -> None:
    retrain_model(reader.config)  # The digested day's papers are background now.
    before = [one.version for one in models(reader.config)]
    report = retrain_model(reader.config)
    assert report.training.version == report.before
    assert [one.version for one in models(reader.config)] == before


def test_a_new_label_makes_a_new_model_and_names_what_moved(reader: Reader) -> None:
    last = rank_day(reader.config, listing=reader.folder / "day.jsonl", day=None)[-1]
    label(reader.config, [last.paper.id], relevant=True, categories=(), read=None)
    report = retrain_model(reader.config)
    assert report.training.version != report.before
    assert any(move.paper.id == last.paper.id and move.after < move.before for move in report.moves)


def test_the_daily_run_retrains_by_itself_when_there_are_new_labels(reader: Reader) -> None:
    label(reader.config, ["2401.00001"], relevant=False, categories=(), read=None)
    report = reader.run(reader.write("next.jsonl", listing(WEDNESDAY + timedelta(days=1), 101)))
    assert report.trained == "there are new labels"


def test_a_model_gone_back_to_is_used_until_the_reader_trains(reader: Reader) -> None:
    label(reader.config, ["2401.00001"], relevant=False, categories=(), read=None)
    rejected = retrain_model(reader.config).training.version
    held = roll_back(reader)
    label(reader.config, ["2401.00002"], relevant=False, categories=(), read=None)
    report = reader.run(reader.write("next.jsonl", listing(WEDNESDAY + timedelta(days=1), 101)))
    assert report.trained == ""
    assert {one.version: one.purpose for one in models(reader.config)}[held].startswith("in use, held")
    assert retrain_model(reader.config).training.version not in (held, rejected)
    assert (
        "held" not in {one.version: one.purpose for one in models(reader.config) if one.in_use}.popitem()[1]
    )


def test_rolling_back_uses_the_model_before(reader: Reader) -> None:
    before = models(reader.config)[-1].version
    label(reader.config, ["2401.00001"], relevant=False, categories=(), read=None)
    retrain_model(reader.config)
    assert roll_back(reader) == before
    assert [one.version for one in models(reader.config) if one.in_use] == [before]


def test_a_comparison_ranks_the_same_papers_with_both(reader: Reader) -> None:
    before = models(reader.config)[-1].version
    label(reader.config, ["2401.00004", "2401.00005"], relevant=True, categories=(), read=None)
    after = retrain_model(reader.config).training.version
    with open_context(reader.config) as context:
        comparison = compare_models(context, before, after, listing=reader.folder / "day.jsonl")
    assert comparison.moves
    assert all(move.before != move.after for move in comparison.moves)


@pytest.mark.parametrize(
    ("gain", "worse"),
    [
        (None, False),
        (Measure(0.0, 0.0), False),
        (Measure(0.02, 0.01), False),
        (Measure(-0.01, 0.02), False),
        (Measure(-0.03, 0.02), True),
    ],
)
def test_worse_is_worse_by_more_than_the_measures_own_error(gain: Measure | None, worse: bool) -> None:
    manifest = Manifest(
        data_hash="",
        relevant=1,
        irrelevant=0,
        background=0,
        community=0,
        seed=0,
        features_version="",
        libraries=(),
    )
    assert replace(manifest, gain=gain).is_worse is worse


def test_a_model_that_ranks_the_past_worse_is_not_taken(tmp_path: Path) -> None:
    """Weeks of picks on one subject; then somebody else's list of papers lands in the notes folder."""
    reader = Reader(tmp_path)
    days = [date(2024, 2, 5) + timedelta(days=number) for number in range(26)]
    days = [day for day in days if day.weekday() < 5]
    records = [
        paper for number, day in enumerate(days) for paper in listing(day, 1 + 100 * number, per_topic=6)
    ]
    foreign = [
        {key: value for key, value in paper.items() if key not in ("announced", "submitted")}
        for paper in listing(date(2023, 3, 1), 1, per_topic=60)
        if "retrieval" not in str(paper["title"])
    ]
    reader.write("archive.jsonl", [*records, *foreign])
    picks = [paper for paper in records if "retrieval" in str(paper["title"])][::4]
    (reader.folder / "notes" / "papers.md").write_text(note("Retrieval", picks), encoding="utf-8")
    reader.learn()
    good = models(reader.config)[-1].version
    (reader.folder / "notes" / "theirs.md").write_text(note("Other things", foreign), encoding="utf-8")
    training = retrain_model(reader.config).training
    assert training.refused is not None, training.manifest.gain
    assert training.refused.is_worse
    assert training.version == good
    with open_context(reader.config) as context:
        assert context.registry.current() == good
        # The same labels are not tried again tomorrow.
        assert need(context, date(2024, 4, 1)) == ""


def note(heading: str, papers: list[dict[str, object]]) -> str:
    """Return a note that lists papers."""
    lines = (f"- [{paper['title']}](https://arxiv.org/abs/{paper['id']})\n" for paper in papers)
    return f"# Notes\n\n## {heading}\n\n" + "".join(lines)


def test_a_model_is_no_use_for_a_day_it_learned_against() -> None:
    model = TrainedOn(labels=1, background_until=date(2024, 1, 17))
    assert model.has_seen(date(2024, 1, 17))
    assert model.has_seen(date(2024, 1, 10))
    assert not model.has_seen(date(2024, 1, 18))
    assert not TrainedOn(labels=1).has_seen(date(2024, 1, 18))
