"""Which digest goes where, and when: decided without a network, a store or a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.deliver.decide import (
    BEGUN,
    GIVE_UP_AFTER,
    GIVEN_UP,
    SENDING,
    Action,
    due_digests,
    first_days,
    next_action,
    undelivered,
)
from triage.deliver.failure import redact
from triage.store.digests import Delivery, StoredDigest

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = date(2026, 3, 2)


def digest(day: date = DAY, *, written_at: datetime = NOW, in_place: bool = True) -> StoredDigest:
    return StoredDigest(day, (day,), f"{day}.md", "", "", written_at, 1, 1, "m", in_place)


def delivery(*, sent: bool = False, tries: int = 1, reason: str = "451 later") -> Delivery:
    return Delivery(DAY, "mail", NOW if sent else None, tries, reason)


def decide(
    known: Delivery | None,
    *,
    age: timedelta = timedelta(hours=1),
) -> Action | str:
    return next_action(known, written_at=NOW - age, now=NOW)


def test_a_target_gets_digests_from_the_day_it_is_set_up() -> None:
    assert first_days({}, ["mail"], DAY) == {"mail": DAY}
    assert first_days({"mail": date(2026, 1, 1)}, ["mail"], DAY) == {"mail": date(2026, 1, 1)}


def test_a_target_that_was_taken_out_is_forgotten() -> None:
    assert first_days({"mail": date(2026, 1, 1)}, [], DAY) == {}


def due(
    digests: list[StoredDigest], known: dict[date, Delivery] | None = None, zone: str = "UTC"
) -> list[StoredDigest]:
    return due_digests(digests, known or {}, DAY, ZoneInfo(zone))


def test_older_digests_are_not_for_a_new_target() -> None:
    older = digest(written_at=NOW - timedelta(days=1))
    assert due([digest()]) == [digest()]
    assert due([older]) == []
    assert due([older], {DAY: delivery()}) == [older]


def test_a_target_without_a_first_day_gets_only_what_is_recorded_for_it() -> None:
    assert due_digests([digest()], {}, None, ZoneInfo("UTC")) == []
    assert due_digests([digest()], {DAY: delivery()}, None, ZoneInfo("UTC")) == [digest()]


def test_the_day_is_the_readers_own() -> None:
    late = digest(written_at=datetime(2026, 3, 1, 20, tzinfo=UTC))
    assert due([late], zone="Asia/Shanghai") == [late]
    assert due([late]) == []


def test_a_digest_that_is_not_in_place_waits() -> None:
    assert due([digest(in_place=False)], {DAY: delivery()}) == []


def test_a_new_digest_is_sent_and_a_sent_one_is_done() -> None:
    assert decide(None) is Action.SEND
    assert decide(delivery(sent=True, reason="")) is Action.NOTHING


@pytest.mark.parametrize("tries", [1, 2, 100])
def test_a_failed_one_is_tried_again_by_each_run(tries: int) -> None:
    assert decide(delivery(tries=tries)) is Action.SEND


def test_after_a_week_it_is_given_up() -> None:
    week_old = GIVE_UP_AFTER + timedelta(hours=1)
    assert decide(delivery(tries=8), age=week_old) == "after 8 tries: 451 later"
    assert decide(delivery(tries=8, reason=f"{GIVEN_UP}451 later"), age=week_old) is Action.NOTHING


def test_a_weekly_run_gets_its_three_tries() -> None:
    assert decide(delivery(tries=2), age=timedelta(days=15)) is Action.SEND
    assert decide(delivery(tries=3), age=timedelta(days=22)) == "after 3 tries: 451 later"


def test_a_run_that_ended_before_the_handing_over_is_repeated_at_once() -> None:
    assert decide(delivery(reason=BEGUN)) is Action.SEND


@pytest.mark.parametrize("tries", [1, 9])
def test_a_handing_over_that_was_cut_off_is_never_made_again(tries: int) -> None:
    cut_off = delivery(reason=SENDING, tries=tries)
    unsure = "the run ended while it was handed over; it may have arrived, and is not sent twice"
    assert decide(cut_off) == unsure
    assert decide(cut_off, age=timedelta(days=8)) == unsure


def test_a_digest_that_kills_each_run_is_given_up_too() -> None:
    assert decide(delivery(reason=BEGUN, tries=9), age=timedelta(days=8)) == f"after 9 tries: {BEGUN}"


def test_what_was_never_tried_comes_first() -> None:
    old, new, newer = digest(date(2026, 2, 1)), digest(date(2026, 3, 1)), digest(date(2026, 3, 2))
    assert due([old, newer, new], {old.day: delivery(tries=4)}) == [new, newer, old]


def test_status_shows_what_is_still_tried_for_targets_that_are_set_up() -> None:
    failed = delivery()
    ended = Delivery(date(2026, 3, 1), "mail", None, 9, f"{GIVEN_UP}451 later")
    other = Delivery(DAY, "apprise:old", None, 1, "gone")
    assert undelivered([failed, ended, other, delivery(sent=True)], ["mail"]) == [failed]


@pytest.mark.parametrize(
    ("said", "secrets", "shown"),
    [
        ("login hunter22 failed", ["hunter22"], "login *** failed"),
        ("https://me:token@example.org/x", [], "https://***@example.org/x"),
        ("bot 12345:abcdefgh is unknown", ["tgram://12345:abcdefgh/1"], "bot 12345:*** is unknown"),
        ("two\r\nlines", [""], "two lines"),
        ("no bucket p@ss/word1 here", ["json://me:p%40ss%2Fword1@h.org"], "no bucket *** here"),
        ("no bucket p%40ss%2Fword1 here", ["p@ss/word1"], "no bucket *** here"),
    ],
)
def test_secrets_are_hidden(said: str, secrets: list[str], shown: str) -> None:
    assert redact(said, secrets) == shown


@given(secret=st.text("abcdef0123456789", min_size=6), before=st.text(), after=st.text())
def test_no_secret_survives(secret: str, before: str, after: str) -> None:
    assert secret not in redact(f"{before}{secret}{after}", [secret, secret[:6]])
