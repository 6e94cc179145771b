"""Papers are found by words, authors, categories, days and probabilities; nothing typed is an operator."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from triage.papers import ArxivId, Paper
from triage.store.engine import open_engine
from triage.store.search import PaperQuery
from triage.store.store import Store

PAPERS = [
    Paper(
        ArxivId("2401.00001"),
        "Dense Retrieval of Passages",
        "We index passages.",
        ("José Álvarez",),
        ("cs.CL",),
    ),
    Paper(
        ArxivId("2401.00002"),
        "Sparse indexes",
        "Retrieving passages, densely or not.",
        ("B. Writer",),
        ("cs.IR",),
    ),
    Paper(
        ArxivId("2401.00003"), "A theory of OR and NOT", "Nothing about it.", ("C. Who",), ("cs.LO", "cs.CL")
    ),
]
PAPERS = [replace(one, announced=date(2024, 1, place + 1)) for place, one in enumerate(PAPERS)]


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = tmp_path / "triage.db"
    if request.param == "postgresql":
        url = os.environ.get("TRIAGE_TEST_POSTGRESQL", "")  # type: ignore[assignment]
        if not url:
            pytest.skip("set TRIAGE_TEST_POSTGRESQL to the address of an empty database")
    with Store(url) as opened:
        with opened.transaction() as tx:
            tx.papers.put(PAPERS)
        yield opened


def found(store: Store, words: str = "", **more: object) -> list[str]:
    with store.reading() as tx:
        return [one.id[-1] for one in tx.search.papers(PaperQuery(words, **more))]  # type: ignore[arg-type]


def test_words_are_found_in_any_form_and_in_the_title_first(store: Store) -> None:
    assert found(store, "retrieval passage") == ["1", "2"]
    assert found(store, "indexes") == ["2", "1"]


def test_the_last_word_may_be_a_beginning(store: Store) -> None:
    if store.size_bytes is None:
        pytest.skip("PostgreSQL finds whole words")
    assert found(store, "dense retr") == ["1", "2"]


def test_quoted_words_stand_side_by_side(store: Store) -> None:
    assert found(store, '"dense retrieval"') == ["1"]


@pytest.mark.parametrize(
    "typed", ['"', "OR", "NOT (", "a:b", "title:", "*", "^", "NEAR(", "'; DROP TABLE papers", "😀"]
)
def test_nothing_typed_is_an_operator(store: Store, typed: str) -> None:
    assert len(found(store, typed)) <= 2


def test_authors_are_found_without_accents_in_mind(store: Store) -> None:
    assert found(store, author="Álvarez") == ["1"]
    assert found(store, "passages", author="Writer") == ["2"]


def test_categories_days_and_a_choice_narrow_it(store: Store) -> None:
    assert found(store, category="cs.CL") == ["1"]
    assert found(store, category="cs.LO") == ["3"]
    assert found(store, since=date(2024, 1, 2), until=date(2024, 1, 2)) == ["2"]
    assert found(store, "passages", among=[ArxivId("2401.00002")]) == ["2"]
    assert found(store) == ["3", "2", "1"]
    assert found(store, "passages", least=0.5) == []


def test_a_changed_paper_is_found_by_its_new_words_only(store: Store) -> None:
    with store.transaction() as tx:
        tx.papers.put([replace(PAPERS[0], version=2, title="Learned ranking", abstract="Of documents.")])
    assert found(store, "documents") == ["1"]
    assert found(store, "passages") == ["2"]


def test_an_older_store_gets_its_words(tmp_path: Path) -> None:
    file = tmp_path / "triage.db"
    with Store(file) as store, store.transaction() as tx:
        tx.papers.put(PAPERS)
    with closing(sqlite3.connect(file)) as old, old:
        for kind, name in (
            ("TRIGGER", "paper_words_added"), ("TRIGGER", "paper_words_removed"),
            ("TRIGGER", "paper_words_changed"), ("TABLE", "paper_words"),
        ):  # fmt: skip
            old.execute(f"DROP {kind} {name}")
        old.execute("UPDATE alembic_version SET version_num = '0001'")
    open_engine(file).dispose()
    with Store(file) as store:
        assert found(store, "passages") == ["1", "2"]
        assert store.integrity_errors() == []
