"""A noted paper is found by its id or its title, and never mistaken for another."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reader import FixedClock
from triage.errors import FetchError
from triage.listing.sources import PaperLookup
from triage.notes.title_matching import (
    TitleIndex,
    agrees,
    is_mostly_latin,
    likeness,
    same_title,
    similarity,
    title_variants,
)
from triage.papers import ArxivId, NoteEntry, Paper, title_key
from triage.store.store import Store
from triage.training.lookup import LookupLimit, best_by_title, match_entries, match_entry, unknown_and_pending

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SHARED = Path(__file__).parents[3] / "shared"


def noted(title: str = "", arxiv_id: str = "", *, broken: str = "") -> NoteEntry:
    return NoteEntry(title, ArxivId(arxiv_id) if arxiv_id else None, (), "", "notes.md", 1, broken_id=broken)


def paper(arxiv_id: str, title: str) -> Paper:
    return Paper(ArxivId(arxiv_id), title)


RIVERS = paper("2401.00001", "Rivers of Words: Streaming Decoders for Noisy Speech Translation")
LANTERN = paper("2401.00002", "LANTERN: Lighting the Way from Sparse Labels to Dense Retrieval")
STONES = paper("2401.00003", "Counting Stones with Small Language Models in Low-Resource Settings")


class ArxivOf:
    """arXiv as a list of papers; remembers what it was asked."""

    def __init__(self, *papers: Paper, failing_at: str = "") -> None:
        self.papers, self.failing_at = papers, failing_at
        self.asked: list[str] = []

    def by_ids(self, ids: Sequence[ArxivId]) -> dict[ArxivId, Paper]:
        self.asked += ids
        self._perhaps_fail(ids)
        return {one.id: one for one in self.papers if one.id in ids}

    def by_title(self, title: str) -> list[Paper]:
        self.asked.append(title)
        self._perhaps_fail([title])
        words = set(title.lower().split())
        return [one for one in self.papers if words & set(one.title.lower().split())]

    def _perhaps_fail(self, asked: Sequence[str]) -> None:
        if self.failing_at in asked:
            raise FetchError("export.arxiv.org answered 429 too often.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path / 'triage.db'}") as opened:
        with opened.transaction() as tx:
            tx.papers.put([RIVERS, LANTERN, STONES])
        yield opened


def found(store: Store, entry: NoteEntry, arxiv: PaperLookup | None = None) -> str:
    """Return the id that an entry is taken for, or an empty string."""
    (match,) = match_entries([entry], store, arxiv, FixedClock(NOW))
    assert bool(match.reason) == (match.paper is None)
    return match.paper.id if match.paper else ""


# --- titles -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_noted", "known"),
    [
        ("rivers of words - streaming decoders for noisy speech translation", RIVERS.title),
        ("RIVERS OF WORDS: STREAMING DECODERS FOR NOISY SPEECH TRANSLATION.", RIVERS.title),
        ("Rivers of Words: Streaming Decoders forNoisy Speech Translation", RIVERS.title),
        ("Rivers of Words: Streaming Decoder for Noisy Speech Translation", RIVERS.title),
        ("Rivers of Words：Streaming Decoders for Noisy Speech Translation[J].", RIVERS.title),
        ("Rivers of Words: Streaming Decoders for Noisy Speech TranslationarXiv:2401.00001.", RIVERS.title),
        ("Rivers of Words: Streaming Decoders for the Noisy Speech Translation", RIVERS.title),
        ("Rivers of Words: Streamnig Decoders for Noisy Speech Translation", RIVERS.title),
        ("Stones：Counting Stones with Small Language Models in Low-Resource Settings", STONES.title),
        ("STONES2 Counting Stones with Small Language Models in Low-Resource Settings", STONES.title),
        ("Lighting the Way from Sparse Labels to Dense Retrieval", LANTERN.title),
        ("Careful Decoding of Many Noisy Rivers", "Careful Decoding of Many Noisy Rivers: Data and Tools"),
        ("LLaVA-φ: Small Eyes for Large Pictures", "LLaVA-Phi: Small Eyes for Large Pictures"),
        ("Ｆｕｌｌ-width Letters in Very Long Titles", "Full-Width Letters in Very Long Titles"),
    ],
)
def test_a_title_is_the_same_when_only_its_dress_differs(as_noted: str, known: str) -> None:
    assert same_title(as_noted, known)
    assert TitleIndex([(ArxivId("2401.00009"), known, title_key(known))]).search([as_noted])


@pytest.mark.parametrize(
    ("as_noted", "known"),
    [
        ("Heron2 Technical Report", "Heron3 Technical Report"),
        ("Heron Technical Report", "Heron2 Technical Report"),
        ("Heron Technical Report", "Heron-VL Technical Report"),
        ("LoMA: Low-Memory Adaptation of Large Language Models", "LoTMA: Low Memory Tensor Adaptation of Large Language Models"),
        ("Supervised Learning of Sentence Boundaries in Speech", "Unsupervised Learning of Sentence Boundaries in Speech"),
        ("Decoding Speech with Neural Language Models at Scale", "Decoding Speech without Neural Language Models at Scale"),
        ("Ranking of Passages with Language Models", "Reranking of Passages with Language Models"),
        ("Chatting Machine Alternative: Large Language Models Survey", "Large Language Models: A Survey"),
        ("RAG: A Survey of Large Language Models", "A Survey of Large Language Models"),
        ("Rivers: Words", "Words"),
        ("GPT-4", "GPT-4V"),
        ("A Study of Reasoning in Large Language Models, Part I", "A Study of Reasoning in Large Language Models, Part II"),
        ("语言模型综述", "A Survey of Large Language Models"),
        ("", "A Survey of Large Language Models"),
        ("!?", "A Survey of Large Language Models"),
    ],
)  # fmt: skip
def test_a_number_a_short_word_or_a_word_more_makes_another_title(as_noted: str, known: str) -> None:
    assert not same_title(as_noted, known)
    assert not same_title(known, as_noted)
    assert not TitleIndex([(ArxivId("2401.00009"), known, title_key(known))]).search([as_noted])


def test_a_short_title_must_match_exactly() -> None:
    index = TitleIndex([(ArxivId("2401.00009"), "Small Rivers", "smallrivers")])
    assert index.search(["small rivers!"])
    assert not index.search(["Smalll Rivers"])


def test_below_the_floor_of_likeness_a_title_is_not_taken() -> None:
    known = "Careful Decoding of Streaming Speech in Many Rivers"
    other = "Careful Encoding of Sleeping Speakers in Many Ravines"
    assert similarity(title_key(other), title_key(known)) < 0.92
    assert not same_title(other, known)


def test_of_namesakes_the_newest_is_found_whatever_their_order() -> None:
    namesakes = [
        paper("2301.00001", "On the Length of Rivers"),
        paper("2401.00001", "On the Length of Rivers"),
    ]
    for order in (namesakes, namesakes[::-1]):
        best = best_by_title("On the length of rivers", order)
        assert best is not None
        assert best.id == "2401.00001"
    index = TitleIndex([(one.id, one.title, title_key(one.title)) for one in namesakes])
    assert index.search(["On the length of rivers"]) == {"On the length of rivers": "2401.00001"}


def test_the_whole_title_is_preferred_to_what_follows_a_nickname() -> None:
    short, whole = "Exploring the Limits of River Transfer", "T5: Exploring the Limits of River Transfer"
    papers = [paper("2301.00001", whole), paper("2401.00001", short)]
    index = TitleIndex([(one.id, one.title, title_key(one.title)) for one in papers])
    assert index.search([whole, short]) == {whole: "2301.00001", short: "2401.00001"}


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared(first: str, second: str) -> None:
    assert isinstance(same_title(first, second), bool)
    assert isinstance(agrees(first, second), bool)
    assert 0.0 <= likeness(first, second) <= 1.0
    assert all(title_variants(first))


@given(st.text(alphabet="abc :：AZ09é风", min_size=1))
def test_every_title_with_a_letter_is_the_same_as_itself(title: str) -> None:
    assert same_title(title, title) == bool(title_key(title))


@given(st.lists(st.text(alphabet="ab c:", min_size=1, max_size=30), max_size=20), st.text(alphabet="ab c:"))
def test_the_index_finds_only_what_is_the_same(known: list[str], wanted: str) -> None:
    titles = [(ArxivId(f"2401.{n:05d}"), title, title_key(title)) for n, title in enumerate(known)]
    for arxiv_id in TitleIndex(titles).search([wanted]).values():
        assert same_title(wanted, known[int(arxiv_id[-5:])])


@pytest.mark.parametrize(
    ("title", "latin"), [("GPT-4 技术", True), ("大语言模型综述 RAG", False), ("综述", False), ("123", False), ("", False)]
)  # fmt: skip
def test_a_title_is_latin_when_half_of_its_letters_are(title: str, latin: bool) -> None:
    assert is_mostly_latin(title) == latin


# --- id and title together --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "as_noted",
    [RIVERS.title, "", "Rivers of Words", "流式语音翻译", "RIVERS", "the noisy rivers", "Rivers of Words: A New Subtitle Altogether"],
)  # fmt: skip
def test_an_id_holds_when_its_title_may_be_the_notes(as_noted: str) -> None:
    match = match_entry(noted(as_noted, RIVERS.id), RIVERS, None)
    assert (match.paper, match.matched_by, match.conflict) == (RIVERS, "id", "")


def test_an_id_that_is_anothers_yields_to_the_title_and_both_are_told() -> None:
    match = match_entry(noted(STONES.title, RIVERS.id), RIVERS, STONES)
    assert (match.paper, match.matched_by) == (STONES, "title")
    assert RIVERS.id in match.conflict
    assert STONES.id in match.conflict


def test_an_id_with_another_title_holds_with_a_word_of_doubt_when_no_paper_has_the_title() -> None:
    match = match_entry(noted("Baking Bread in Distributed Ovens", RIVERS.id), RIVERS, None)
    assert (match.paper, match.matched_by) == (RIVERS, "id")
    assert "no paper with that title found, so the id counts" in match.conflict


def test_an_unknown_id_with_a_known_title_is_told() -> None:
    match = match_entry(noted(STONES.title, "2401.99999"), None, STONES)
    assert match.paper == STONES
    assert "2401.99999 is unknown" in match.conflict


def test_an_id_copied_from_another_note_does_not_make_this_note_that_paper(store: Store) -> None:
    right, copied = noted(RIVERS.title, RIVERS.id), noted("Baking Bread in Distributed Ovens", RIVERS.id)
    matches = match_entries([right, copied], store, None, FixedClock(NOW))
    assert [match.paper for match in matches] == [RIVERS, None]
    assert "another note is about that paper" in matches[1].reason


# --- in the store -----------------------------------------------------------------------------------


def test_papers_are_found_in_the_store_without_a_network(store: Store) -> None:
    assert found(store, noted("", LANTERN.id)) == LANTERN.id
    assert found(store, noted(STONES.title)) == STONES.id
    assert found(store, noted("Rivers：" + STONES.title)) == STONES.id


def test_matches_come_in_the_order_of_the_notes_one_for_each(store: Store) -> None:
    entries = [
        noted(STONES.title),
        noted("Unheard Of Things in Places"),
        noted("", RIVERS.id),
        noted(STONES.title),
    ]
    matches = match_entries(entries, store, None, FixedClock(NOW))
    assert [match.entry for match in matches] == entries
    assert [match.paper for match in matches] == [STONES, None, RIVERS, STONES]


def test_what_is_not_found_is_explained(store: Store) -> None:
    (match,) = match_entries(
        [noted("Unheard Of", "2401.77777", broken="2401.7")], store, None, FixedClock(NOW)
    )
    assert match.reason == (
        "not found in the store (offline): 2401.77777 and title 'Unheard Of'; '2401.7' is no arXiv id"
    )


def test_hostile_titles_are_only_text(store: Store) -> None:
    for title in ("'; DROP TABLE papers; --", "%_%", "\0", "a" * 5000, "{0}", "\ud800"):
        assert found(store, noted(title)) == ""


# --- at arXiv ---------------------------------------------------------------------------------------


def test_what_the_store_knows_is_not_asked(store: Store) -> None:
    arxiv = ArxivOf()
    match_entries([noted("", RIVERS.id), noted(STONES.title)], store, arxiv, FixedClock(NOW))
    assert arxiv.asked == []


def test_what_arxiv_knows_is_kept_in_the_store(store: Store) -> None:
    bridges, towers = (
        paper("2402.00001", "Bridges over Quiet Water"),
        paper("2402.00002", "Towers of Tall Glass"),
    )
    arxiv = ArxivOf(bridges, towers)
    entries = [noted("", bridges.id), noted("towers of tall glass")]
    assert [match.paper for match in match_entries(entries, store, arxiv, FixedClock(NOW))] == [
        bridges,
        towers,
    ]
    assert [match.paper for match in match_entries(entries, store, None, FixedClock(NOW))] == [
        bridges,
        towers,
    ]


def test_an_answer_with_another_title_is_not_taken(store: Store) -> None:
    arxiv = ArxivOf(paper("2402.00001", "Heron3 Technical Report"))
    assert found(store, noted("Heron2 Technical Report"), arxiv) == ""
    assert arxiv.asked == ["Heron2 Technical Report"]


def test_what_arxiv_does_not_know_is_asked_again_ever_more_rarely(store: Store) -> None:
    entries = [noted("Unheard Of Things in Places"), noted("", "2401.77777")]
    asked_on = []
    for days in range(600):
        arxiv = ArxivOf()
        match_entries(entries, store, arxiv, FixedClock(NOW + timedelta(days=days)))
        if arxiv.asked:
            assert len(arxiv.asked) == 2
            asked_on.append(days)
    assert asked_on == [0, 7, 37, 127, 307, 487]


def test_a_title_that_stands_in_many_notes_is_asked_once(store: Store) -> None:
    arxiv = ArxivOf()
    match_entries([noted("Unheard Of Things in Places")] * 3, store, arxiv, FixedClock(NOW))
    assert arxiv.asked == ["Unheard Of Things in Places"]


def test_a_title_that_arxiv_answered_is_remembered_though_the_store_finds_it_not(store: Store) -> None:
    with store.transaction() as tx:
        tx.notes.put_lookups({title_key("What I Call Rivers"): RIVERS.id}, NOW)
    arxiv = ArxivOf()
    assert found(store, noted("What I Call Rivers"), arxiv) == RIVERS.id
    assert arxiv.asked == []


def test_a_title_in_another_script_is_not_asked(store: Store) -> None:
    arxiv = ArxivOf()
    match_entries(
        [noted("大语言模型综述"), noted("！！"), noted("检索增强 RAG 论文阅读笔记")],
        store,
        arxiv,
        FixedClock(NOW),
    )
    assert arxiv.asked == []


def test_when_arxiv_fails_the_rest_is_not_asked_and_nothing_found_is_lost(store: Store) -> None:
    bridges, towers = (
        paper("2402.00001", "Bridges over Quiet Water"),
        paper("2402.00002", "Towers of Tall Glass"),
    )
    entries = [noted(bridges.title), noted("Cranes in the Mist"), noted(towers.title), noted(RIVERS.title)]
    arxiv = ArxivOf(bridges, towers, failing_at="Cranes in the Mist")
    matches = match_entries(entries, store, arxiv, FixedClock(NOW))
    assert [match.paper for match in matches] == [bridges, None, None, RIVERS]
    assert arxiv.asked == [bridges.title, "Cranes in the Mist"]
    assert "arXiv could not be asked: export.arxiv.org answered 429 too often." in matches[1].reason

    again = ArxivOf(bridges, towers)
    assert [match.paper for match in match_entries(entries, store, again, FixedClock(NOW))] == [
        bridges,
        None,
        towers,
        RIVERS,
    ]
    assert again.asked == ["Cranes in the Mist", towers.title]


def test_when_ids_can_not_be_asked_titles_are_not_either(store: Store) -> None:
    arxiv = ArxivOf(failing_at="2401.77777")
    match_entries([noted("", "2401.77777"), noted("Cranes in the Mist")], store, arxiv, FixedClock(NOW))
    assert arxiv.asked == ["2401.77777"]


# --- in a run, which has a digest to write ----------------------------------------------------------


class Ticking:
    """A clock on which every look takes some seconds."""

    def __init__(self, seconds: float) -> None:
        self.time, self.tx = NOW, timedelta(seconds=seconds)

    def now(self) -> datetime:
        self.time += self.tx
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def limit(queries: int) -> LookupLimit:
    return LookupLimit(queries, timedelta(seconds=60))


def test_a_run_asks_so_many_questions_and_later_runs_ask_the_rest(store: Store) -> None:
    entries = [noted(f"Unheard Of Thing Number {word}") for word in ("One", "Two", "Three", "Four", "Five")]
    asked = []
    for _ in range(4):
        arxiv = ArxivOf()
        matches = match_entries(entries, store, arxiv, FixedClock(NOW), limit=limit(2))
        asked.append((len(arxiv.asked), sum(match.pending for match in matches)))
    assert asked == [(2, 3), (2, 1), (1, 0), (0, 0)]


def test_a_run_asks_for_no_longer_than_its_time(store: Store) -> None:
    entries = [noted(f"Unheard Of Thing Number {word}") for word in ("One", "Two", "Three", "Four", "Five")]
    arxiv = ArxivOf()
    match_entries(entries, store, arxiv, Ticking(20.0), limit=limit(100))
    assert len(arxiv.asked) == 3


def test_a_hundred_ids_are_one_question(store: Store) -> None:
    entries = [noted("", f"2401.{number:05d}") for number in range(10_000, 10_250)]
    arxiv = ArxivOf()
    matches = match_entries(entries, store, arxiv, FixedClock(NOW), limit=limit(2))
    assert len(arxiv.asked) == 200
    assert sum(match.pending for match in matches) == 50


def test_a_title_is_not_asked_while_its_id_still_is_to_be(store: Store) -> None:
    arxiv = ArxivOf()
    (match,) = match_entries(
        [noted("Cranes in the Mist", "2401.77777")], store, arxiv, FixedClock(NOW), limit=limit(0)
    )
    assert arxiv.asked == []
    assert match.pending
    assert "still to be looked up at arXiv" in match.reason


def test_papers_named_by_the_reader_are_looked_up_with_those_of_the_notes(store: Store) -> None:
    bridges = paper("2402.00001", "Bridges over Quiet Water")
    arxiv = ArxivOf(bridges)
    match_entries([], store, arxiv, FixedClock(NOW), named=[bridges.id, ArxivId("2606.99999"), RIVERS.id])
    assert arxiv.asked == [bridges.id, "2606.99999"]
    with store.reading() as tx:
        assert tx.papers.get([bridges.id])
        assert unknown_and_pending([bridges.id, ArxivId("2606.99999"), ArxivId("2606.99998")], tx) == (
            ["2606.99999"],
            ["2606.99998"],
        )


# --- on the reader's own notes ----------------------------------------------------------------------


def test_no_noted_title_of_the_seeds_is_mistaken_for_another() -> None:
    """All papers noted with an id, whose titles as noted are the only ones known: each finds itself."""
    gold = SHARED / "seeds" / "gold.tsv"
    if not gold.is_file():
        pytest.skip("../shared/seeds is not here")
    with gold.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["arxiv_id"] and not row["flag"]]
    ids = {title_key(row["title"]): row["arxiv_id"] for row in rows}
    titles = [row["title"] for row in rows]
    index = TitleIndex(
        sorted((ArxivId(row["arxiv_id"]), row["title"], title_key(row["title"])) for row in rows)
    )
    hits = index.search(titles)
    assert len(titles) > 100
    assert [title for title in titles if hits.get(title) != ids[title_key(title)]] == []
    for title in titles:
        others = [one for one in rows if ids[title_key(one["title"])] != ids[title_key(title)]]
        rest = TitleIndex([(ArxivId(o["arxiv_id"]), o["title"], title_key(o["title"])) for o in others])
        assert rest.search([title]) == {}


def test_titles_from_weak_places_are_asked_for_last(store: Store) -> None:
    places = {
        "Herons and Their Nests in Marshes": "item",
        "On Reeds": "heading",
        "Frogs of the Northern Ponds": "whole note",
    }
    entries = [replace(noted(title), reading=reading) for title, reading in places.items()]
    arxiv = ArxivOf()
    match_entries(entries, store, arxiv, FixedClock(NOW))
    assert arxiv.asked == ["Frogs of the Northern Ponds", "On Reeds", "Herons and Their Nests in Marshes"]
