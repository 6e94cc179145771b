"""One way to train: look-ups are limited, missing notes stop nothing, no notice is shown twice."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tests.reader import Reader, label, learn_notes, listing, models, retrain_model
from triage.context import open_context
from triage.errors import FetchError, NotesError
from triage.papers import ArxivId, Paper
from triage.store.store import Store
from triage.training.learn import learn_with
from triage.training.notices import new_notices
from triage.training.update import (
    CHANGES,
    FIRST_WINDOWS,
    LEARN,
    RETRAIN,
    RUN,
    TrainingPolicy,
    need,
    prepare_next,
    update_model,
)

WEDNESDAY = date(2024, 1, 17)
UNKNOWN = "Rivers {} and Their Bends in Long Documents"


@dataclass
class Arxiv:
    """arXiv that knows some papers, remembers what it is asked, and may be out of order."""

    papers: Sequence[Paper] = ()
    broken: bool = False
    stopping_at: str = ""
    """The reader presses Ctrl-C when this is asked."""
    asked: list[str] = field(default_factory=list)

    def by_ids(self, ids: Sequence[ArxivId]) -> dict[ArxivId, Paper]:
        self._note(*ids)
        return {one.id: one for one in self.papers if one.id in ids}

    def by_title(self, title: str) -> list[Paper]:
        self._note(title)
        return [one for one in self.papers if one.title == title]

    def by_window(self, categories: Collection[str], start: datetime, end: datetime) -> list[Paper]:
        self._note(f"window of {start:%Y-%m-%d}")
        return []

    def _note(self, *asked: str) -> None:
        self.asked += asked
        if self.stopping_at in asked:
            raise KeyboardInterrupt
        if self.broken:
            raise FetchError("export.arxiv.org answered 503 too often.")


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    made = Reader(tmp_path)
    made.learn()
    return made


def update(reader: Reader, arxiv: Arxiv | None = None, policy: TrainingPolicy = RUN) -> tuple[str, list[str]]:
    """Return why a model was made, and the notices; a day later every time."""
    reader.clock.sleep(86_400)
    with open_context(reader.config, clock=reader.clock) as context:
        done = update_model(context, arxiv, policy, first_candidate=WEDNESDAY)
        assert done.version == context.registry.current()
        return done.why, context.notices


def note(reader: Reader, *titles: str, name: str = "new.md") -> None:
    text = "# New papers\n\n" + "".join(f"- {title}\n" for title in titles)
    (reader.folder / "notes" / name).write_text(text, encoding="utf-8")


# --- look-ups ---------------------------------------------------------------------------------------


def test_a_run_looks_up_some_notes_and_says_how_many_are_left(reader: Reader) -> None:
    note(reader, *(UNKNOWN.format(f"{letter}{letter}{letter}") for letter in "abcdefghijklm"))
    arxiv = Arxiv()
    assert update(reader, arxiv)[1] == ["3 noted titles are still to be looked up: triage learn"]
    assert RUN.limit is not None
    assert len(arxiv.asked) == RUN.limit.queries
    assert update(reader, arxiv)[1] == []
    assert len(arxiv.asked) == 13
    update(reader, arxiv)
    assert len(arxiv.asked) == 13


def test_learning_looks_all_of_them_up(reader: Reader) -> None:
    note(reader, *(UNKNOWN.format(f"{letter}{letter}{letter}") for letter in "abcdefghijklm"))
    arxiv = Arxiv()
    with open_context(reader.config, clock=reader.clock) as context:
        report = learn_with(context, arxiv, arxiv)
    assert sum(asked.startswith("Rivers") for asked in arxiv.asked) == 13
    assert report.notes.pending == 0


def test_after_the_first_failure_nothing_more_is_asked(reader: Reader) -> None:
    note(reader, UNKNOWN.format("Wide"), UNKNOWN.format("Deep"))
    label(reader.config, ["2606.99999"], relevant=True, categories=(), read=None)
    arxiv = Arxiv(broken=True)
    reason, told = update(reader, arxiv)
    assert reason == "there are new labels"
    assert arxiv.asked == ["2606.99999"]
    assert told[0] == (
        "3 noted titles are still to be looked up (arXiv could not be asked: export.arxiv.org answered 503 "
        "too often.): triage learn"
    )


def test_the_background_is_left_for_later_while_there_is_a_model(reader: Reader) -> None:
    label(reader.config, ["2312.00403"], relevant=True, categories=(), read=None)
    arxiv = Arxiv()
    assert update(reader, arxiv)[0] == "there are new labels"
    assert arxiv.asked == []


def test_the_first_model_gets_its_background_first(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.import_archive()
    arxiv = Arxiv()
    assert update(reader, arxiv)[0] == "there is no model yet"
    assert arxiv.asked


def test_what_does_not_answer_is_not_asked_for_a_background_either(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    arxiv = Arxiv(broken=True)
    assert update(reader, arxiv)[0] == "there is no model yet"
    assert not any(asked.startswith("window") for asked in arxiv.asked)
    with open_context(reader.config, clock=reader.clock) as context:
        learn_with(context, arxiv, arxiv)
    assert not any(asked.startswith("window") for asked in arxiv.asked)


# --- papers named by the reader ---------------------------------------------------------------------


def test_a_labelled_paper_that_the_store_lacks_is_looked_up_and_learned_from(reader: Reader) -> None:
    paper = Paper(ArxivId("2401.55555"), "Retrieval of Rivers", "An abstract.", categories=("cs.CL",))
    label(reader.config, [paper.id], relevant=True, categories=(), read=None)
    update(reader, Arxiv([paper]))
    assert [one.manifest.relevant for one in models(reader.config) if one.in_use] == [15]


def test_a_labelled_paper_that_could_not_be_asked_for_is_learned_from_later(reader: Reader) -> None:
    paper = Paper(ArxivId("2401.55555"), "Retrieval of Rivers", "An abstract.", categories=("cs.CL",))
    label(reader.config, [paper.id], relevant=True, categories=(), read=None)
    update(reader, Arxiv(broken=True))
    assert update(reader, Arxiv([paper]))[0] == "papers that you labelled have been looked up"
    assert update(reader, Arxiv([paper]))[0] == ""


def test_a_labelled_paper_that_arxiv_does_not_know_is_told_once(reader: Reader) -> None:
    label(reader.config, ["2606.99999"], relevant=True, categories=(), read=None)
    assert update(reader, Arxiv())[1] == ["labelled, but arXiv does not know: 2606.99999 (all: triage learn)"]
    assert update(reader, Arxiv())[1] == []


# --- missing notes ----------------------------------------------------------------------------------


def labels(reader: Reader) -> int:
    with Store(reader.config.store_url) as store, store.reading() as tx:
        return len(tx.labels.log())


def test_notes_that_are_missing_stop_no_digest_and_are_told_every_time(reader: Reader) -> None:
    said, model = labels(reader), models(reader.config)
    (reader.folder / "notes").rename(reader.folder / "elsewhere")
    for number in range(2):
        today = WEDNESDAY + timedelta(days=number)
        report = reader.run(reader.write("day.jsonl", listing(today, 1 + 100 * number)))
        assert report.digests
        (told,) = report.notices
        assert told.startswith(f"notes.paths: {reader.folder / 'notes'} is not there; ")
    assert (labels(reader), models(reader.config)) == (said, model)


def test_a_place_that_can_not_even_be_asked_about_is_missing_too(reader: Reader) -> None:
    with (reader.folder / "config.yaml").open("a", encoding="utf-8") as config:
        config.write(f"notes: {{paths: [notes, {'x' * 300}]}}\n")
    (told,) = update(reader)[1]
    assert "can't be read (File name too long); " in told


def test_an_emptied_folder_is_one_that_is_not_mounted(reader: Reader) -> None:
    (reader.folder / "notes" / "papers.md").unlink()
    assert (
        f"notes.paths: {reader.folder / 'notes'} is empty, and notes were in it before"
        in (update(reader)[1][0])
    )


def test_a_folder_that_was_always_empty_is_no_matter(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    (reader.folder / "notes" / "papers.md").unlink()
    reader.import_archive()
    label(reader.config, ["2312.00402"], relevant=True, categories=(), read=None)
    learn_notes(reader.config, offline=True, clock=reader.clock)
    assert update(reader)[1] == []


def test_no_model_is_made_that_would_forget_missing_notes(reader: Reader) -> None:
    before = models(reader.config)
    (reader.folder / "notes").rename(reader.folder / "elsewhere")
    label(reader.config, ["2312.00403"], relevant=False, categories=(), read=None)
    assert update(reader)[0] == ""
    assert models(reader.config) == before
    (reader.folder / "elsewhere").rename(reader.folder / "notes")
    assert update(reader) == ("there are new labels", [])


def test_a_model_that_had_to_be_made_without_notes_is_made_anew_with_them(reader: Reader) -> None:
    (reader.folder / "notes").rename(reader.folder / "elsewhere")
    for file in (reader.folder / ".triage" / "models").rglob("manifest.json"):
        file.write_text("{}", encoding="utf-8")
    assert update(reader)[0].startswith("the model in use can't be used")
    (reader.folder / "elsewhere").rename(reader.folder / "notes")
    assert update(reader)[0] == "notes that were missing are back"
    assert update(reader)[0] == ""


def test_what_other_notes_say_is_heard_while_some_are_missing(reader: Reader) -> None:
    config = reader.folder / "config.yaml"
    config.write_text(config.read_text("utf-8") + "notes: {paths: [notes, more]}\n", encoding="utf-8")
    (reader.folder / "more").mkdir()
    (reader.folder / "notes").rename(reader.folder / "elsewhere")
    (reader.folder / "more" / "one.md").write_text(
        "# New\n\n- [A Study](https://arxiv.org/abs/2312.00403)\n", encoding="utf-8"
    )
    before = labels(reader)
    update(reader)
    assert labels(reader) == before + 1


def test_learning_and_a_first_run_fail_without_the_notes(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.import_archive()
    (reader.folder / "notes").rename(reader.folder / "elsewhere")
    with pytest.raises(NotesError, match=r"notes\.paths: .*/notes is not there\."):
        reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    with pytest.raises(NotesError, match=r"notes\.paths: .*/notes is not there\."):
        reader.learn()


def test_retraining_forgets_no_emptied_folder_and_learning_takes_it_as_meant(reader: Reader) -> None:
    (reader.folder / "notes" / "papers.md").unlink()
    with pytest.raises(NotesError, match="is empty, and notes were in it before"):
        retrain_model(reader.config)
    reader.learn()
    assert update(reader)[1] == []
    retrain_model(reader.config)


# --- what is told -----------------------------------------------------------------------------------


def test_small_categories_are_told_when_they_are_new_and_not_every_day(reader: Reader) -> None:
    def note_in(*names: str) -> None:
        text = "".join(
            f"\n## {name}\n\n- [Study {9_000 + place} of speech](https://arxiv.org/abs/2312.0{400 + place:04d})\n"
            for place, name in enumerate(names)
        )
        (reader.folder / "notes" / "small.md").write_text(text, encoding="utf-8")

    note_in("Rivers", "Lakes")
    assert update(reader)[1] == ["too few notes yet to learn: Lakes, Rivers (all: triage learn)"]
    note_in("Rivers", "Lakes", "Seas")
    assert update(reader) == (
        "there are new labels",
        ["too few notes yet to learn: Seas (all: triage learn)"],
    )


def test_what_is_wrong_in_notes_is_told_once_with_a_count(reader: Reader) -> None:
    (reader.folder / "notes" / "wrong.md").write_text(
        "# Papers\n\n- [One Paper of Rivers](https://arxiv.org/abs/2401.123)\n"
        "- [Another Paper of Lakes](https://arxiv.org/abs/2401.124)\n",
        encoding="utf-8",
    )
    (told,) = update(reader)[1]
    assert told.startswith("wrong.md:3: ")
    assert told.endswith(" (and 1 more: triage learn)")
    assert update(reader)[1] == []


def test_news_is_what_was_not_there_last_time() -> None:
    with Store("sqlite://") as store, store.transaction() as tx:
        heard = [
            new_notices(tx, "topic", {about: about.upper() for about in said})
            for said in ("ab", "bc", "bc", "", "b")
        ]
        assert heard == [["A", "B"], ["C"], [], [], ["B"]]
        assert new_notices(tx, "another topic", {"b": "B"}) == ["B"]


def test_what_learning_said_is_no_news_to_a_run(reader: Reader) -> None:
    (reader.folder / "notes" / "wrong.md").write_text(
        "# Papers\n\n- [One Paper of Rivers](https://arxiv.org/abs/2401.123)\n", encoding="utf-8"
    )
    reader.learn()
    assert update(reader)[1] == []


def test_a_problem_that_moved_to_another_line_is_no_news(reader: Reader) -> None:
    wrong = reader.folder / "notes" / "wrong.md"
    text = "- [One Paper of Rivers](https://arxiv.org/abs/2401.123)\n"
    wrong.write_text(text, encoding="utf-8")
    assert len(update(reader)[1]) == 1
    wrong.write_text(f"# Papers\n\n{text}", encoding="utf-8")
    assert update(reader)[1] == []


# --- one way for all commands -----------------------------------------------------------------------

WHEN_NEEDED = pytest.mark.parametrize("policy", [RUN, CHANGES], ids=["run", "daemon"])


@WHEN_NEEDED
def test_so_many_titles_are_looked_up_and_the_rest_later(reader: Reader, policy: TrainingPolicy) -> None:
    assert policy.limit is not None
    few = policy.limit.queries
    note(reader, *(UNKNOWN.format(f"{'abcdefghij'[n // 10]}{'abcdefghij'[n % 10]}") for n in range(few + 5)))
    arxiv = Arxiv()
    assert update(reader, arxiv, policy)[1] == ["5 noted titles are still to be looked up: triage learn"]
    assert len(arxiv.asked) == few
    update(reader, arxiv, policy)
    assert len(arxiv.asked) == few + 5


@WHEN_NEEDED
def test_no_look_up_begins_after_its_time(reader: Reader, policy: TrainingPolicy) -> None:
    class Slow(Arxiv):
        def by_title(self, title: str) -> list[Paper]:
            assert policy.limit is not None
            reader.clock.sleep(policy.limit.time.total_seconds() / 2)
            return super().by_title(title)

    note(reader, *(UNKNOWN.format(word) for word in ("Wide", "Deep", "Long", "Cold")))
    arxiv = Slow()
    update(reader, arxiv, policy)
    assert len(arxiv.asked) == 2


@WHEN_NEEDED
def test_missing_notes_are_a_notice_and_the_model_is_kept(reader: Reader, policy: TrainingPolicy) -> None:
    label(reader.config, ["2312.00403"], relevant=False)
    before = models(reader.config)
    (reader.folder / "notes").rename(reader.folder / "elsewhere")
    why, (notice,) = update(reader, policy=policy)
    assert why == ""
    assert notice.startswith(f"notes.paths: {reader.folder / 'notes'} is not there; ")
    assert models(reader.config) == before


@WHEN_NEEDED
def test_changed_seeds_make_a_new_model(reader: Reader, policy: TrainingPolicy) -> None:
    with (reader.folder / "config.yaml").open("a", encoding="utf-8") as config:
        config.write("seeds: {keywords: [speech recognition]}\n")
    assert update(reader, policy=policy)[0] == "the seeds have changed"
    assert update(reader, policy=policy)[0] == ""


@WHEN_NEEDED
def test_new_community_picks_make_a_new_model(reader: Reader, policy: TrainingPolicy) -> None:
    with (reader.folder / "config.yaml").open("a", encoding="utf-8") as config:
        config.write("signals: {picks: [mate.tsv]}\n")
    with Store(reader.config.store_url) as store, store.transaction() as tx:
        picked = [(date(2023, 12, 8), ArxivId(f"2312.{number:05d}")) for number in range(400, 420)]
        tx.community.put("mate.tsv", picked)
    assert update(reader, policy=policy)[0] == "what other people picked has changed"
    assert update(reader, policy=policy)[0] == ""


@pytest.mark.parametrize("policy", [LEARN, RETRAIN], ids=["learn", "retrain"])
def test_training_by_hand_needs_no_other_reason_but_all_notes(reader: Reader, policy: TrainingPolicy) -> None:
    assert update(reader, policy=policy)[0] == policy.why
    (reader.folder / "notes").rename(reader.folder / "elsewhere")
    with pytest.raises(NotesError, match="is not there"):
        update(reader, policy=policy)


def test_the_manifest_says_from_what_when_and_why_a_model_was_made(reader: Reader) -> None:
    label(reader.config, ["2312.00403"], relevant=True)
    update(reader)
    with open_context(reader.config) as context, context.store.reading() as tx:
        made = context.registry.manifest(context.registry.current() or "").trained_on
        assert made is not None
        assert (made.why, made.made_at) == ("there are new labels", reader.clock.now())
        assert made.labels == tx.labels.last_number() == 15
        assert made.background_until == date(2023, 12, 6)
        assert not [key for key in tx.records.stored() if key.startswith("model ")]


def test_a_model_of_an_earlier_version_is_known_by_its_record_in_the_store(reader: Reader) -> None:
    with open_context(reader.config) as context:
        version = context.registry.current() or ""
        file = reader.folder / ".triage" / "models" / version / "manifest.json"
        written = json.loads(file.read_text("utf-8"))
        made = written["manifest"].pop("trained_on")
        file.write_text(json.dumps(written), encoding="utf-8")
        assert need(context, WEDNESDAY) == "it is not known what the model in use was made from"
        with context.store.transaction() as tx:
            old = {key: made[key] for key in ("labels", "background_until", "others", "seeds", "not_known")}
            tx.records.restore(f"model {version}", old)
        assert need(context, WEDNESDAY) == ""
        assert need(context, date(2023, 12, 6)) == "the model in use has learned from papers of that day"


# --- the digest first -------------------------------------------------------------------------------


def test_the_first_model_waits_for_a_few_days_and_weeks_only(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.import_archive()
    arxiv = Arxiv()
    assert update(reader, arxiv)[0] == "there is no model yet"
    assert 0 < sum(asked.startswith("window") for asked in arxiv.asked) <= 2 * FIRST_WINDOWS


def test_after_the_digest_the_background_is_completed_and_titles_are_looked_up(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.import_archive()
    note(reader, *(UNKNOWN.format(f"{letter}{letter}{letter}") for letter in "abcdefghijklmnop"))
    before, after = Arxiv(), Arxiv()
    with open_context(reader.config, clock=reader.clock) as context:
        notes = update_model(context, before, RUN, first_candidate=WEDNESDAY).notes
        prepare_next(context, after, notes)
    assert notes.pending
    assert sum(asked.startswith("window") for asked in after.asked) > 2 * FIRST_WINDOWS
    assert sum(asked.startswith("Rivers") for asked in after.asked) == notes.pending


def test_a_learn_that_is_stopped_during_the_look_ups_leaves_a_model(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    note(reader, *(UNKNOWN.format(f"{letter}{letter}{letter}") for letter in "abcdefghijklmnop"))
    arxiv = Arxiv(stopping_at=UNKNOWN.format("ppp"))
    with open_context(reader.config, clock=reader.clock) as context:
        said: list[str] = []
        with pytest.raises(KeyboardInterrupt):
            learn_with(context, arxiv, arxiv, on_first_model=lambda: said.append("first model"))
        assert context.registry.current()
        assert said == ["first model"]


def test_an_arxiv_that_is_away_is_told_once(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    with open_context(reader.config, clock=reader.clock) as context:
        report = learn_with(context, Arxiv(broken=True), Arxiv(broken=True))
    assert len([one for one in report.notices if "503 too often" in one]) == 1
