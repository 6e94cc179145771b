"""A reader without notes begins with seeds: papers, keywords, authors."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.reader import Reader, import_file, learn_notes, listing, record, run_day
from triage.config.load import parse_config
from triage.config.schema import SeedsConfig
from triage.context import open_context
from triage.errors import ConfigError, NotesError
from triage.papers import ArxivId, Paper
from triage.store.labels import CurrentLabel
from triage.training.examples import HINT_WEIGHT, seed_examples

WEDNESDAY = date(2024, 1, 17)


def newcomer(folder: Path, settings: str) -> Reader:
    """Return a reader with an archive but no notes."""
    reader = Reader(folder, settings=f"notes: {{paths: []}}\ndigest: {{threshold: 0.0}}\n{settings}")
    reader.import_archive()
    return reader


def picked_titles(reader: Reader) -> list[str]:
    day = reader.write("day.jsonl", listing(WEDNESDAY, 1))
    (made,) = reader.run(day).digests
    return [pick.scored.paper.title for pick in made.choice.picks[:3]]


def seed_ids(reader: Reader, topic: str, count: int) -> list[str]:
    import json

    lines = (reader.folder / "archive.jsonl").read_text().splitlines()
    return [one["id"] for one in map(json.loads, lines) if topic in one["title"]][:count]


def test_seeded_papers_order_the_day(tmp_path: Path) -> None:
    ids = seed_ids(Reader(tmp_path), "speech", 3)
    (tmp_path / "two").mkdir()
    reader = newcomer(tmp_path / "two", f"seeds: {{ids: {ids}}}")
    report = learn_notes(reader.config, offline=True, clock=reader.clock)
    manifest = report.training.manifest
    assert (manifest.relevant, manifest.seeds) == (0, 3)
    assert "the order is a guess" in manifest.warnings[0]
    assert all("speech" in title for title in picked_titles(reader))
    assert "little more than a guess" in (reader.folder / "digests" / "2024-01-17-insights.md").read_text(
        "utf-8"
    )


def test_keywords_order_the_day(tmp_path: Path) -> None:
    reader = newcomer(tmp_path, "seeds: {keywords: [dependency parsing, treebanks]}")
    assert all("parsing" in title for title in picked_titles(reader))
    with open_context(reader.config) as context:
        manifest = context.registry.manifest(context.registry.current() or "")
    assert manifest.auc is None, "how well keywords are found again is no measure"


def test_authors_order_the_day(tmp_path: Path) -> None:
    reader = newcomer(tmp_path, "seeds: {authors: [Zora Quill]}")
    wanted = record(77, "agents", WEDNESDAY, title="By her") | {"authors": ["Q. Other", "Zora Quill"]}
    archived = record(78, "agents", date(2023, 12, 4), title="Earlier") | {"authors": ["Zora Quill"]}

    import_file(reader.config, reader.write("more.jsonl", [archived]))
    day = reader.write("day.jsonl", [*listing(WEDNESDAY, 1), wanted])
    (made,) = reader.run(day).digests
    assert made.choice.picks[0].scored.paper.title == "By her"


def test_a_paper_of_a_followed_author_comes_first_and_says_why(tmp_path: Path) -> None:
    reader = newcomer(tmp_path, 'seeds: {authors: ["P. Erdős"], keywords: [dependency parsing]}')
    wanted = record(77, "agents", WEDNESDAY, title="By him") | {"authors": ["A. Other", "Paul Erd\\H{o}s"]}
    others = record(78, "agents", WEDNESDAY, title="By another") | {"authors": ["Quentin Erdős"]}
    (made,) = reader.run(reader.write("day.jsonl", [*listing(WEDNESDAY, 1), wanted, others])).digests
    first = made.choice.picks[0].scored
    assert (first.paper.title, first.explanation.followed) == ("By him", ("Paul Erdős",))
    assert "whom you follow" in (reader.folder / "digests" / "2024-01-17-insights.md").read_text("utf-8")
    rest = [pick.scored for pick in (*made.choice.picks[1:], *made.choice.rest)]
    assert not any(one.explanation.followed for one in rest)


def test_a_keyword_is_no_note_to_be_near_to(tmp_path: Path) -> None:
    reader = newcomer(tmp_path, "seeds: {keywords: [dependency parsing], authors: [Zora Quill]}")
    picked_titles(reader)
    assert "Near your notes" not in (reader.folder / "digests" / "2024-01-17-insights.md").read_text("utf-8")


def test_an_unknown_seed_is_said(tmp_path: Path) -> None:
    reader = newcomer(tmp_path, 'seeds: {ids: ["2401.09999"], keywords: [speech]}')
    report = learn_notes(reader.config, offline=True, clock=reader.clock)
    assert report.notices == ("seeds.ids: 2401.09999: not found in the store (offline)",)


def test_other_seeds_make_another_model(tmp_path: Path) -> None:
    reader = newcomer(tmp_path, "seeds: {keywords: [speech]}")
    learn_notes(reader.config, offline=True, clock=reader.clock)
    text = (reader.folder / "config.yaml").read_text().replace("[speech]", "[dependency parsing]")
    (reader.folder / "config.yaml").write_text(text)
    report = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    assert report.trained == "the seeds have changed"


def test_without_anything_a_run_says_that_it_is_the_listings_order(tmp_path: Path) -> None:
    reader = newcomer(tmp_path, "")
    picked_titles(reader)
    with open_context(reader.config) as context:
        manifest = context.registry.manifest(context.registry.current() or "")
    assert "the order is that of the listing" in manifest.warnings[0]


def test_there_is_nothing_to_learn_by_hand_then(tmp_path: Path) -> None:
    reader = newcomer(tmp_path, "")
    with pytest.raises(NotesError, match="there is nothing to learn from"):
        learn_notes(reader.config, offline=True, clock=reader.clock)


def test_without_an_archive_as_well(tmp_path: Path) -> None:
    reader = Reader(tmp_path, settings="notes: {paths: []}")
    report = run_day(
        reader.config, listing=reader.write("day.jsonl", listing(WEDNESDAY, 1)), clock=reader.clock
    )
    (made,) = report.digests
    assert (len(made.choice.picks), len(made.choice.rest)) == (0, 20)


@pytest.mark.parametrize("ids", ['["paper"]', "[2401.08565]", '[""]'])
def test_a_seed_that_is_no_id_is_a_mistake_in_the_configuration(ids: str) -> None:
    with pytest.raises(ConfigError, match="seeds"):
        parse_config(f"categories: [cs.CL]\nseeds: {{ids: {ids}}}", Path("config.yaml"))


PAPER = Paper(ArxivId("2401.00001"), "Known")


def test_the_readers_word_on_a_seeded_paper_counts_more_than_the_seed() -> None:
    seeds = SeedsConfig(ids=("2401.00001", "2401.00002"))
    assert [one.paper for one in seed_examples(seeds, {PAPER.id: PAPER}, {})] == [PAPER]
    refused = {PAPER.id: CurrentLabel(PAPER.id, relevant=False)}
    assert seed_examples(seeds, {PAPER.id: PAPER}, refused) == []


def test_keywords_and_authors_are_weak_examples() -> None:
    keyword, author = seed_examples(SeedsConfig(keywords=("agents", "agents"), authors=("Ada",)), {}, {})
    assert (keyword.paper.title, keyword.weight) == ("agents", HINT_WEIGHT)
    assert (author.paper.authors, author.weight) == (("Ada",), HINT_WEIGHT)
