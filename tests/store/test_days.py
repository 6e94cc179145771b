"""Announcements end in a recorded state; digests remember what they covered, showed and where they went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import pytest
from pydantic import RootModel

from triage.errors import StoreError
from triage.papers import (
    Announcement,
    AnnouncementState,
    AnnounceType,
    ArxivId,
    Label,
    LabelSource,
    ListedPaper,
    Paper,
)
from triage.store.digests import Delivery, ShownPaper, StoredDigest
from triage.store.store import Store, Transaction

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
NEW, CROSS, REPLACE = AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE
COMPLETE = AnnouncementState.COMPLETE


def paper(number: int) -> Paper:
    return Paper(ArxivId(f"2603.{number:05d}"), f"Title {number}")


def ids(*numbers: int) -> list[str]:
    return [f"2603.{number:05d}" for number in numbers]


def announce(
    tx: Transaction, day: date, *numbers: int, state: AnnouncementState = COMPLETE, kind: AnnounceType = NEW
) -> Announcement:
    announcement = Announcement(day, state, new=len(numbers), source="feed", checked_at=NOW)
    tx.announcements.put(announcement, [ListedPaper(paper(number), kind) for number in numbers])
    return announcement


def digest_of(*covers: date, text: str = "# Day\n") -> StoredDigest:
    return StoredDigest(covers[-1], covers, f"{covers[-1]}-insights.md", text, text, NOW, 9, 2, "m1")


def showing(*numbers: int, picked: int = 1) -> list[ShownPaper]:
    return [
        ShownPaper(ArxivId(one), rank, rank <= picked, 1.5 - rank, 0.25, ("RAG",))
        for rank, one in enumerate(ids(*numbers), start=1)
    ]


def say(tx: Transaction, number: int, *, when: datetime = NOW, by: LabelSource = LabelSource.DIGEST) -> None:
    tx.labels.add([Label(paper(number).id, when, by, True)])


# --- announcements ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", AnnouncementState)
def test_an_announcement_comes_back_with_its_state_and_reason(store: Store, state: AnnouncementState) -> None:
    announcement = Announcement(MONDAY, state, 5, 3, 2, "api", "looks cut", NOW)
    with store.transaction() as tx:
        tx.announcements.put(announcement)
        assert tx.announcements.get(MONDAY) == announcement
        assert tx.announcements.get(TUESDAY) is None


def test_a_later_look_replaces_the_state(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, MONDAY, state=AnnouncementState.FAILED)
        recovered = announce(tx, MONDAY, 1, state=AnnouncementState.RECOVERED)
        assert tx.announcements.all() == [recovered]


def test_announcements_come_oldest_first_from_one_day_to_another(store: Store) -> None:
    with store.transaction() as tx:
        for day in (WEDNESDAY, MONDAY, TUESDAY):
            announce(tx, day)
        found = tx.announcements.all(first=MONDAY, last=TUESDAY)
        assert [one.day for one in found] == [MONDAY, TUESDAY]
        assert len(tx.announcements.all()) == 3


@pytest.mark.parametrize(
    ("state", "done", "wants_digest"),
    [
        (AnnouncementState.DUE, False, False),
        (AnnouncementState.COMPLETE, True, True),
        (AnnouncementState.EMPTY, True, False),
        (AnnouncementState.RECOVERED, True, True),
        (AnnouncementState.FAILED, False, False),
    ],
)
def test_which_states_are_done_and_which_want_a_digest(
    store: Store, state: AnnouncementState, done: bool, wants_digest: bool
) -> None:
    with store.transaction() as tx:
        announcement = announce(tx, MONDAY, state=state)
        assert tx.announcements.last_done() == (MONDAY if done else None)
        assert tx.announcements.undigested() == ([announcement] if wants_digest else [])


def test_what_a_digest_covers_wants_none(store: Store) -> None:
    with store.transaction() as tx:
        for day in (MONDAY, TUESDAY):
            announce(tx, day)
        wednesday = announce(tx, WEDNESDAY)
        tx.digests.put(digest_of(MONDAY, TUESDAY), [])
        assert tx.announcements.undigested() == [wednesday]


def test_listed_ids_come_by_day_and_kind_each_once(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, MONDAY, 3, 1)
        announce(tx, TUESDAY, 3, 2, kind=CROSS)
        assert tx.announcements.listed_on([MONDAY, TUESDAY], [NEW]) == ids(1, 3)
        assert tx.announcements.listed_on([MONDAY, TUESDAY], [NEW, CROSS]) == ids(1, 2, 3)
        assert tx.announcements.listed_on([WEDNESDAY], [NEW, CROSS, REPLACE]) == []


def test_what_was_listed_before_a_day_is_never_new_again(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, MONDAY, 1)
        announce(tx, TUESDAY, 2, kind=REPLACE)
        assert tx.announcements.shown_elsewhere(MONDAY, MONDAY) == set()
        assert tx.announcements.shown_elsewhere(TUESDAY, TUESDAY) == set(ids(1))
        assert tx.announcements.shown_elsewhere(WEDNESDAY, WEDNESDAY) == set(ids(1, 2))


def test_what_other_listings_had_is_known_but_a_later_replacement_may_be_of_the_day(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, MONDAY, 1, kind=REPLACE)
        announce(tx, TUESDAY, 2)
        announce(tx, WEDNESDAY, 3, kind=REPLACE)
        tx.announcements.put(
            Announcement(WEDNESDAY, AnnouncementState.COMPLETE), [ListedPaper(paper(4), CROSS)]
        )
        assert tx.announcements.listed_elsewhere(TUESDAY) == set(ids(1, 4))
        assert tx.announcements.listed_elsewhere(MONDAY) == set(ids(2, 4))


def test_what_another_digest_showed_is_never_new_again_not_even_in_an_earlier_one(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, TUESDAY)
        tx.papers.put([paper(7)])
        tx.digests.put(digest_of(TUESDAY), showing(7))
        assert tx.announcements.shown_elsewhere(TUESDAY, TUESDAY) == set()
        assert tx.announcements.shown_elsewhere(WEDNESDAY, WEDNESDAY) == set(ids(7))
        assert tx.announcements.shown_elsewhere(MONDAY, MONDAY) == set(ids(7))


def test_announcing_the_same_again_changes_nothing(store: Store) -> None:
    with store.transaction() as tx:
        for _ in range(2):
            announce(tx, MONDAY, 1, 2)
        assert tx.announcements.listed_on([MONDAY], [NEW]) == ids(1, 2)
        assert tx.papers.count() == 2


def test_a_replacement_updates_the_stored_paper(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, MONDAY, 1)
        newer = replace(paper(1), title="Renamed", version=2)
        tx.announcements.put(Announcement(TUESDAY, COMPLETE), [ListedPaper(newer, REPLACE)])
        assert tx.papers.get([newer.id])[newer.id] == newer


# --- digests ----------------------------------------------------------------------------------------


def test_a_digest_comes_back_with_what_it_covers_and_shows(store: Store) -> None:
    digest = replace(digest_of(MONDAY, TUESDAY, text="文\r\n'"), in_place=False, replaced_text="before")
    with store.transaction() as tx:
        announce(tx, MONDAY, 1, 2)
        announce(tx, TUESDAY, 3)
        tx.digests.put(digest, showing(3, 1, 2, picked=2))
    with store.reading() as tx:
        assert tx.digests.all() == [digest]
        assert tx.digests.get(TUESDAY) == digest
        assert tx.digests.get(MONDAY) is None
        assert tx.digests.shown_in(TUESDAY) == showing(3, 1, 2, picked=2)


def test_a_digest_made_again_replaces_what_it_showed(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, MONDAY, 1, 2)
        tx.digests.put(digest_of(MONDAY), showing(1, 2))
        tx.digests.put(digest_of(MONDAY, text="anew"), showing(2))
        assert tx.digests.all() == [digest_of(MONDAY, text="anew")]
        assert tx.digests.shown_in(MONDAY) == showing(2)


def test_a_digest_can_only_cover_what_was_announced(store: Store) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY"), store.transaction() as tx:
        tx.digests.put(digest_of(MONDAY), [])


def test_a_digest_can_only_show_papers_that_are_known(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, MONDAY)
    with pytest.raises(StoreError, match="FOREIGN KEY"), store.transaction() as tx:
        tx.digests.put(digest_of(MONDAY), showing(1))


def test_a_digest_that_is_put_in_place_has_nothing_left_to_replace(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, MONDAY)
        tx.digests.put(replace(digest_of(MONDAY, text="new"), in_place=False, replaced_text="old"), [])
        tx.digests.put_in_place(MONDAY)
        assert tx.digests.get(MONDAY) == digest_of(MONDAY, text="new")


def test_a_digest_that_the_reader_kept_is_known_by_its_earlier_text(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, MONDAY)
        tx.digests.put(replace(digest_of(MONDAY, text="new"), in_place=False, replaced_text="old"), [])
        tx.digests.put_in_place(MONDAY, machine_text="old")
        assert tx.digests.get(MONDAY) == digest_of(MONDAY, text="old")


def test_what_was_read_back_and_moved_is_remembered(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, MONDAY)
        tx.digests.put(digest_of(MONDAY), [])
        tx.digests.synced(MONDAY, "with marks")
        tx.digests.moved(MONDAY, "2026/renamed.md")
        expected = replace(digest_of(MONDAY), synced_text="with marks", file="2026/renamed.md")
        assert tx.digests.get(MONDAY) == expected


def test_a_delivery_is_recorded_once_a_target(store: Store) -> None:
    failed = Delivery(MONDAY, "mail", None, 1, "no route")
    sent = replace(failed, sent_at=NOW, tries=2, reason="")
    with store.transaction() as tx:
        announce(tx, MONDAY)
        tx.digests.put(digest_of(MONDAY), [])
        tx.digests.put_delivery(failed)
        tx.digests.put_delivery(sent)
        assert tx.digests.deliveries() == [sent]


def test_a_digest_made_again_stays_delivered(store: Store) -> None:
    with store.transaction() as tx:
        announce(tx, MONDAY)
        tx.digests.put(digest_of(MONDAY), [])
        tx.digests.put_delivery(Delivery(MONDAY, "mail", NOW, 1, ""))
        tx.digests.put(digest_of(MONDAY, text="anew"), [])
        assert len(tx.digests.deliveries()) == 1


# --- picks left alone -------------------------------------------------------------------------------


def three_digests(tx: Transaction) -> None:
    """Put three days of two picks (1 and 2, 3 and 4, 5 and 6) and a paper below them (11, 13, 15)."""
    for number, day in enumerate((MONDAY, TUESDAY, WEDNESDAY)):
        first = 2 * number + 1
        announce(tx, day, first, first + 1, first + 10)
        tx.digests.put(digest_of(day), showing(first, first + 1, first + 10, picked=2))


def test_without_any_label_no_pick_counts_as_passed_over(store: Store) -> None:
    with store.transaction() as tx:
        three_digests(tx)
        assert tx.digests.left_alone() == set()


def test_picks_up_to_the_last_digest_that_was_marked_were_left_alone(store: Store) -> None:
    with store.transaction() as tx:
        three_digests(tx)
        say(tx, 4)
        assert tx.digests.left_alone() == set(ids(1, 2, 3))


def test_a_label_on_a_paper_that_was_not_picked_shows_that_the_digest_was_read(store: Store) -> None:
    with store.transaction() as tx:
        three_digests(tx)
        say(tx, 11)
        assert tx.digests.left_alone() == set(ids(1, 2))


def test_notes_do_not_show_that_a_digest_was_read(store: Store) -> None:
    with store.transaction() as tx:
        three_digests(tx)
        say(tx, 1, by=LabelSource.NOTES)
        assert tx.digests.left_alone() == set()


def test_a_label_from_before_the_digest_does_not_show_that_it_was_read(store: Store) -> None:
    with store.transaction() as tx:
        three_digests(tx)
        say(tx, 3, when=NOW - timedelta(days=1))
        assert tx.digests.left_alone() == set()


# --- the small tables -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Position:
    KEY: ClassVar[str] = "position"

    day: date
    seen: tuple[str, ...] = ()
    at: datetime | None = None


class Counts(RootModel[dict[date, int]], frozen=True):
    KEY: ClassVar[str] = "counts"


@pytest.mark.parametrize(
    "record",
    [
        Position(NOW.date()),
        Position(NOW.date(), ("one", "two"), NOW),
        Counts({}),
        Counts({NOW.date(): 205}),
    ],
)
def test_a_record_comes_back_as_it_was_put(store: Store, record: Position | Counts) -> None:
    with store.transaction() as tx:
        tx.records.put(Position(NOW.date() - timedelta(days=1)), "cs.CL")
        tx.records.put(record, "cs.CL")
        assert tx.records.get(type(record), "cs.CL") == record
        assert tx.records.get(type(record), "cs.LG") is None
        assert tx.records.get(type(record)) is None


def test_a_record_is_the_json_that_an_export_holds(store: Store) -> None:
    with store.transaction() as tx:
        tx.records.put(Position(date(2026, 3, 2), ("one",)), "cs.CL")
        tx.records.put(Counts({date(2026, 3, 2): 3}))
        assert tx.records.stored() == {
            "counts": {"2026-03-02": 3},
            "position cs.CL": {"day": "2026-03-02", "seen": ["one"], "at": None},
        }


@pytest.mark.parametrize("value", [None, 3, "2026-03-02", [], {"day": "Monday"}, {"seen": []}])
def test_a_record_that_is_something_else_counts_as_none(store: Store, value: object) -> None:
    with store.transaction() as tx:
        tx.records.restore("position cs.CL", value)
        assert tx.records.get(Position, "cs.CL") is None


def test_look_ups_are_remembered_with_their_answer_and_time(store: Store) -> None:
    with store.transaction() as tx:
        tx.notes.put_lookups({"onrivers": None, "2603.00001": paper(1).id}, NOW - timedelta(days=9))
        tx.notes.put_lookups({"onrivers": paper(2).id}, NOW)
        assert tx.notes.lookups() == {
            "onrivers": (paper(2).id, NOW),
            "2603.00001": (paper(1).id, NOW - timedelta(days=9)),
        }


def test_community_picks_are_stored_once_and_found_by_day(store: Store) -> None:
    one, two = paper(1).id, paper(2).id
    with store.transaction() as tx:
        tx.community.put("daily", [(TUESDAY, two), (MONDAY, one)])
        tx.community.put("daily", [(TUESDAY, two)])
        tx.community.put("weekly", [(WEDNESDAY, one)])
        tx.community.put("weekly", [])
        assert tx.community.before(WEDNESDAY, ["daily", "weekly"]) == [(MONDAY, one), (TUESDAY, two)]
        assert tx.community.before(TUESDAY, ["daily", "weekly"]) == [(MONDAY, one)]
        assert tx.community.before(date.max, ["weekly"]) == [(WEDNESDAY, one)], "of those asked for alone"
        assert tx.community.before(date.max, []) == []
