"""What was asked of arXiv is counted, over processes and days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from triage.listing.responses import Counters, add_request_counts, read_request_counts
from triage.store.store import Store

MON, TUE = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path / 'triage.db'}")


def test_at_first_nothing_was_asked(store: Store) -> None:
    with store, store.reading() as tx:
        assert read_request_counts(tx, MON).total == Counters()


def test_counts_of_a_day_and_of_all_days_add_up(store: Store) -> None:
    with store, store.transaction() as tx:
        add_request_counts(tx, Counters(requests=4, retries=1), MON)
        add_request_counts(tx, Counters(requests=2, seconds_waited=1.5), MON)
        assert read_request_counts(tx, MON).today == Counters(requests=6, retries=1, seconds_waited=1.5)
        add_request_counts(tx, Counters(requests=5, failures=1), TUE)
        known = read_request_counts(tx, TUE)
    assert known.today == Counters(requests=5, failures=1)
    assert known.total == Counters(requests=11, retries=1, failures=1, seconds_waited=1.5)


def test_yesterdays_requests_are_not_todays(store: Store) -> None:
    with store, store.transaction() as tx:
        add_request_counts(tx, Counters(requests=3), MON)
        assert read_request_counts(tx, TUE).today == Counters()
        assert read_request_counts(tx, TUE).total.requests == 3


def test_asking_nothing_leaves_no_trace(store: Store) -> None:
    with store, store.transaction() as tx:
        before = tx.records.stored()
        add_request_counts(tx, Counters(waits=1), MON)
        assert tx.records.stored() == before
