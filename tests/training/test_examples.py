"""What the reader said becomes examples to learn from; the last word counts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from triage.papers import ArxivId, Example, Label, LabelSource, NoteEntry, Paper
from triage.store.labels import CurrentLabel
from triage.store.store import Store, Transaction
from triage.training.examples import (
    LEFT_ALONE_WEIGHT,
    examples_from,
    merged_unknown,
    note_labels,
    unknown_example,
)
from triage.training.lookup import EntryMatch

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ONE, TWO = Paper(ArxivId("2401.00001"), "One"), Paper(ArxivId("2401.00002"), "Two")


def finding(
    paper: Paper | None, *, line: int = 1, title: str = "", noted_on: date | None = None
) -> EntryMatch:
    entry = NoteEntry(title, None, (), "", "LLM.md", line, noted_on=noted_on)
    return EntryMatch(entry, paper, "title" if paper else "")


def current(
    paper: Paper, relevant: bool | None, *, by: LabelSource = LabelSource.COMMAND, categories: tuple[str, ...] | None = None,
    read: bool = False,
) -> CurrentLabel:  # fmt: skip
    said = Label(paper.id, NOW, by, relevant) if relevant is not None else None
    return CurrentLabel(paper.id, relevant, said, categories, read, "")


def note(tx: Transaction, *categories: str) -> list[Label]:
    """Read the same note of one paper again, under some categories."""
    labels = note_labels([finding(ONE)], {0: categories}, tx.labels.log(), NOW)
    tx.labels.add(labels)
    return labels


def test_a_noted_paper_is_relevant_and_says_where() -> None:
    labels = note_labels([finding(ONE, line=7)], {0: ("RAG", "Agents")}, [], NOW)
    assert labels == [Label(ONE.id, NOW, LabelSource.NOTES, True, ("RAG", "Agents"), where="LLM.md:7")]


def test_a_paper_noted_twice_speaks_once_with_all_its_categories() -> None:
    findings = [finding(ONE, line=1), finding(None), finding(ONE, line=9)]
    labels = note_labels(findings, {0: ("RAG",), 2: ("Agents", "RAG")}, [], NOW)
    assert [(label.categories, label.where) for label in labels] == [
        (("RAG", "Agents"), "LLM.md:1, LLM.md:9")
    ]


def test_reading_the_same_note_again_says_nothing() -> None:
    with Store("sqlite://") as store, store.transaction() as tx:
        assert len(note(tx, "RAG")) == 1
        assert note(tx, "RAG") == []


def test_a_note_that_was_moved_says_its_new_category_only() -> None:
    with Store("sqlite://") as store, store.transaction() as tx:
        note(tx, "RAG")
        (moved,) = note(tx, "Agents")
        assert (moved.relevant, moved.categories) == (None, ("Agents",))


@pytest.mark.parametrize("categories", [("RAG",), ("Agents",), ()])
def test_what_the_reader_said_after_the_note_is_not_overruled_by_the_note(
    categories: tuple[str, ...],
) -> None:
    with Store("sqlite://") as store, store.transaction() as tx:
        note(tx, "RAG")
        tx.labels.add([Label(ONE.id, NOW, LabelSource.DIGEST, False)])
        for _ in range(2):
            note(tx, *categories)
            assert tx.labels.current_labels()[ONE.id].relevant is False


def test_nor_when_a_mark_had_said_the_same_before_the_note() -> None:
    with Store("sqlite://") as store, store.transaction() as tx:
        tx.labels.add([Label(ONE.id, NOW, LabelSource.DIGEST, True, "RAG")])
        note(tx, "RAG")
        tx.labels.add([Label(ONE.id, NOW, LabelSource.DIGEST, False)])
        note(tx, "RAG")
        assert tx.labels.current_labels()[ONE.id].relevant is False


def test_a_notes_word_that_was_taken_back_stays_taken_back() -> None:
    with Store("sqlite://") as store, store.transaction() as tx:
        note(tx, "RAG")
        tx.labels.undo(tx.labels.last_number(), NOW)
        assert note(tx, "RAG") == []
        assert tx.labels.current_labels() == {}


def test_opinions_become_examples_in_order_of_id() -> None:
    current_labels = {
        TWO.id: current(TWO, False, categories=("RAG",)),
        ONE.id: current(ONE, True, categories=("RAG", "Agents")),
    }
    assert examples_from(current_labels, {ONE.id: ONE, TWO.id: TWO}, {}, [], ()) == [
        Example(ONE, True, categories=("RAG", "Agents"), labelled_on=NOW.date()),
        Example(TWO, False, labelled_on=NOW.date()),
    ]


def test_a_papers_own_date_in_the_notes_is_when_it_was_labelled() -> None:
    noted = {ONE.id: date(2024, 1, 2)}
    by_note = {ONE.id: current(ONE, True, by=LabelSource.NOTES)}
    by_mark = {ONE.id: current(ONE, True, by=LabelSource.DIGEST)}
    assert examples_from(by_note, {ONE.id: ONE}, noted, [], ())[0].labelled_on == date(2024, 1, 2)
    assert examples_from(by_note, {ONE.id: ONE}, {}, [], ())[0].labelled_on is None
    assert examples_from(by_mark, {ONE.id: ONE}, noted, [], ())[0].labelled_on == NOW.date()


def test_an_opinion_on_an_unknown_paper_or_none_on_relevance_teaches_nothing() -> None:
    current_labels = {ONE.id: current(ONE, None, read=True), TWO.id: current(TWO, True)}
    assert examples_from(current_labels, {ONE.id: ONE}, {}, [], ()) == []


def test_a_pick_left_alone_is_weak_evidence_against() -> None:
    assert examples_from({}, {ONE.id: ONE}, {}, [], [ONE.id, TWO.id]) == [
        Example(ONE, relevant=False, weight=LEFT_ALONE_WEIGHT)
    ]


@pytest.mark.parametrize("held", [current(ONE, True), current(ONE, False), current(ONE, None, read=True)])
def test_what_was_judged_or_read_was_not_left_alone(held: CurrentLabel) -> None:
    examples = examples_from({ONE.id: held}, {ONE.id: ONE}, {}, [], [ONE.id])
    assert [example for example in examples if example.weight != 1.0] == []


def test_a_noted_paper_that_stays_unknown_teaches_by_its_title_and_english_text() -> None:
    example = unknown_example(
        finding(None, title="Rivers of Words", noted_on=date(2024, 1, 2)), "It works.", ("RAG",)
    )
    assert example is not None
    assert (example.paper.title, example.paper.abstract) == ("Rivers of Words", "It works.")
    assert (example.relevant, example.categories, example.labelled_on) == (True, ("RAG",), date(2024, 1, 2))


@pytest.mark.parametrize(("title", "english"), [("综述", ""), ("GPT-4", ""), ("", "short")])
def test_a_few_letters_teach_nothing(title: str, english: str) -> None:
    assert unknown_example(finding(None, title=title), english, ()) is None


def test_unknown_papers_come_in_an_order_of_their_own() -> None:
    unknown = [Example(Paper(ArxivId(""), title)) for title in ("beta rays", "Alpha Rays")]
    assert examples_from({}, {}, {}, unknown, ()) == unknown[::-1]


def test_an_unknown_paper_noted_twice_is_one_example() -> None:
    notes = [
        Example(Paper(ArxivId(""), "On Rivers", "water flows"), categories=("Rivers",)),
        Example(Paper(ArxivId(""), "ON RIVERS", "banks erode"), categories=("Erosion",)),
        Example(Paper(ArxivId(""), "On Lakes", "")),
    ]
    merged = merged_unknown(notes)
    assert [one.paper.title for one in merged] == ["On Lakes", "ON RIVERS"]
    assert set(merged[1].paper.abstract.split()) == {"water", "flows", "banks", "erode"}
    assert set(merged[1].categories) == {"Rivers", "Erosion"}


def test_where_a_paper_is_found_says_nothing_of_what_it_is_about() -> None:
    finding = EntryMatch(NoteEntry("On Rivers and their banks", None, (), "", "a.md", 1), None, "")
    example = unknown_example(finding, "arXiv preprint, pdf available at https: water flows", ())
    assert example is not None
    assert example.paper.abstract == ", at : water flows"
