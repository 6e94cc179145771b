"""Labels are the reader's word: an append-only log in which the last word counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.papers import ArxivId, Label, LabelSource
from triage.store.store import Store, Transaction

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
PAPER = ArxivId("2401.00001")

labels = st.builds(
    Label,
    paper=st.sampled_from([PAPER, ArxivId("2401.00002")]),
    said_at=st.integers(0, 1000).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    source=st.sampled_from(LabelSource),
    relevant=st.sampled_from([None, True, False]),
    categories=st.sampled_from([None, ("RAG",), ("Agents", "RAG"), ()]),
    read=st.sampled_from([None, True, False]),
    remark=st.sampled_from(["", "nice", "'; DROP TABLE labels; --"]),
    where=st.sampled_from(["", "LLM.md:3"]),
)


def said(
    relevant: bool | None = None, *, by: LabelSource = LabelSource.COMMAND, categories: tuple[str, ...] | None = None,
    read: bool | None = None, remark: str = "",
) -> Label:  # fmt: skip
    return Label(PAPER, NOW, by, relevant, categories, read, remark)


class _OverError(Exception):
    """Ends a trial."""


@contextmanager
def trial(store: Store) -> Iterator[Transaction]:
    """A step of which nothing stays, so that each example finds an empty log."""
    with suppress(_OverError), store.transaction() as tx:
        yield tx
        raise _OverError


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(labels, max_size=8))
def test_the_last_label_on_each_thing_counts(store: Store, words: list[Label]) -> None:
    with trial(store) as tx:
        tx.labels.add(words)
        for paper, held in tx.labels.current_labels().items():
            mine = [word for word in words if word.paper == paper]
            assert held.relevant == next((w.relevant for w in reversed(mine) if w.relevant is not None), None)
            given = [w.categories for w in mine if w.categories is not None]
            assert held.categories == (given[-1] if given else None)
            assert held.read == next((w.read for w in reversed(mine) if w.read is not None), False)
            assert held.remark == next((w.remark for w in reversed(mine) if w.remark), "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(labels, max_size=6), st.lists(labels, max_size=6))
def test_entries_stay_in_the_log_as_they_were(store: Store, first: list[Label], then: list[Label]) -> None:
    with trial(store) as tx:
        before = tx.labels.log()
        added = tx.labels.add(first)
        more = tx.labels.add(then)
        assert tx.labels.log() == [*before, *added, *more]
        numbers = [entry.number for entry in tx.labels.log()]
        assert numbers == sorted(set(numbers))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(labels, max_size=6), st.data())
def test_undoing_the_newest_restores_exactly_what_held_before(
    store: Store, words: list[Label], data: st.DataObject
) -> None:
    with trial(store) as tx:
        tx.labels.add(words)
        before = tx.labels.current_labels()
        added = tx.labels.add([data.draw(labels)])
        for entry in added:
            undone = tx.labels.undo(entry.number, NOW)
            assert undone is not None
            assert undone.undoes == entry.number
        assert tx.labels.current_labels() == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labels)
def test_a_repetition_adds_nothing(store: Store, word: Label) -> None:
    with trial(store) as tx:
        tx.labels.add([word])
        number = tx.labels.last_number()
        assert tx.labels.add([word, word]) == []
        assert tx.labels.last_number() == number


def test_a_label_comes_back_as_it_was_added(store: Store) -> None:
    word = Label(
        PAPER, NOW, LabelSource.DIGEST, False, ("RAG", "Agents"), True, "不错 'ok'", "2026-03-02.md:14"
    )
    with store.transaction() as tx:
        tx.labels.add([word])
    with store.reading() as tx:
        assert [entry.label for entry in tx.labels.log()] == [word]
        assert tx.labels.log([ArxivId("2401.00002")]) == []


def test_an_empty_label_is_not_added(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.labels.add([said()]) == []
        assert tx.labels.current_labels() == {}


def test_a_label_changes_only_what_it_is_about(store: Store) -> None:
    with store.transaction() as tx:
        tx.labels.add([said(True, categories=("RAG",)), said(read=True), said(remark="nice")])
        held = tx.labels.current_labels()[PAPER]
    assert (held.relevant, held.categories, held.read, held.remark) == (True, ("RAG",), True, "nice")
    assert held.relevance_label == said(True, categories=("RAG",))


def test_an_entry_is_undone_once(store: Store) -> None:
    with store.transaction() as tx:
        (entry,) = tx.labels.add([said(True)])
        undone = tx.labels.undo(entry.number, NOW)
        assert undone is not None
        assert tx.labels.undo(entry.number, NOW) is None
        assert tx.labels.undo(undone.number, NOW) is None
        assert tx.labels.undo(4711, NOW) is None
        assert tx.labels.current_labels() == {}


def test_undoing_an_older_entry_keeps_what_came_after(store: Store) -> None:
    with store.transaction() as tx:
        (first,) = tx.labels.add([said(True, categories=("RAG",))])
        tx.labels.add([said(False)])
        tx.labels.undo(first.number, NOW)
        held = tx.labels.current_labels()[PAPER]
    assert (held.relevant, held.categories) == (False, None)


def test_an_undone_label_can_be_added_again(store: Store) -> None:
    with store.transaction() as tx:
        (entry,) = tx.labels.add([said(True)])
        tx.labels.undo(entry.number, NOW)
        assert len(tx.labels.add([said(True)])) == 1
        assert tx.labels.current_labels()[PAPER].relevant is True


def test_the_first_label_of_the_notes_is_added_though_it_repeats_a_mark(store: Store) -> None:
    with store.transaction() as tx:
        tx.labels.add([said(True)])
        assert len(tx.labels.add([said(True, by=LabelSource.NOTES)])) == 1
        assert tx.labels.add([said(True, by=LabelSource.NOTES)]) == []


def test_a_number_is_never_given_twice(store: Store) -> None:
    with store.transaction() as tx:
        numbers = [entry.number for entry in tx.labels.add([said(True), said(False), said(True)])]
        assert numbers == sorted(set(numbers))
        assert tx.labels.last_number() == numbers[-1]


def test_an_empty_log_has_the_number_zero(store: Store) -> None:
    with store.reading() as tx:
        assert tx.labels.last_number() == 0


def test_a_file_whose_name_is_no_text_can_be_named(store: Store) -> None:
    where = b"caf\xe9.md".decode("utf-8", "surrogateescape") + ":3"
    with store.transaction() as tx:
        tx.labels.add([Label(PAPER, NOW, LabelSource.NOTES, True, where=where)])
        assert tx.labels.log()[0].label.where == "caf\\udce9.md:3"


@pytest.mark.parametrize(
    ("text", "names"),
    [(None, None), ("", ()), ("RAG", ("RAG",)), ("RAG; Agents", ("RAG", "Agents")), ("a;b ; a;", ("a", "b"))],
)
def test_categories_are_one_text_in_the_database_and_a_tuple_outside(
    url: str, text: str | None, names: tuple[str, ...] | None
) -> None:
    with Store(url) as store, store.transaction() as tx:
        (entry,) = tx.labels.add([said(True, categories=("before",))])
        tx.labels._connection.exec_driver_sql("UPDATE labels SET category = ?", (text,))
        assert tx.labels.log()[0].label.categories == names
        tx.labels.undo(entry.number, NOW)
        tx.labels.add([said(categories=("a", "b; c"))])
        rows = tx.labels._connection.exec_driver_sql("SELECT category FROM labels").scalars().all()
    assert rows == [text, None, "a; b; c"]
