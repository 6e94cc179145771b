"""Older papers from arXiv's OAI-PMH, stored page by page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.fake_arxiv import FakeArxiv, FakeClock, Kind
from tests.listing.papers import papers_of
from tests.reader import Reader
from triage.config.schema import Config
from triage.context import open_context
from triage.errors import TriageError
from triage.listing.backfill import Backfilled, backfill
from triage.papers import Paper
from triage.progress import Progress, silent
from triage.store.store import Store


def fetch_archive(
    config: Config, since: date, *, clock: FakeClock, progress: Progress = silent
) -> tuple[list[Backfilled], list[str]]:
    """Do ``triage archive fetch``; returns what was stored, and the notices."""
    with (
        open_context(config, clock=clock, progress=progress, lock_for="archive fetch") as context,
        context.arxiv() as arxiv,
    ):
        done = backfill(config, context.store, arxiv.oai, since, now=clock.now(), warn=context.warn)
        return list(done), context.notices


FRIDAY, MONDAY, TUESDAY = date(2025, 5, 30), date(2025, 6, 2), date(2025, 6, 3)


class StoppedError(Exception):
    """The command was stopped here."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2025, 6, 3, 12, tzinfo=UTC))


@pytest.fixture
def arxiv(clock: FakeClock) -> Iterator[FakeArxiv]:
    days = (date(2025, 5, 29), FRIDAY, MONDAY, TUESDAY)
    with FakeArxiv([paper for day in days for paper in papers_of(day, 12)], clock=clock) as server:
        server.oai_page = 5
        yield server


@pytest.fixture
def config(tmp_path: Path, arxiv: FakeArxiv) -> Config:
    reader = Reader(tmp_path)
    settings = f"categories: [cs.CL, cs.AI]\narxiv: {{contact: r@example.org, oai_url: {arxiv.oai_url}}}\n"
    (reader.folder / "config.yaml").write_text(settings, encoding="utf-8")
    return reader.config


def stored(config: Config) -> list[Paper]:
    with Store(config.store_url) as store, store.reading() as tx:
        days = (date(2025, 5, 29), FRIDAY, MONDAY, TUESDAY)
        return [paper for day in days for paper in tx.papers.announced_on(day)]


def truth(arxiv: FakeArxiv, since: date) -> set[str]:
    return {
        paper.id
        for paper in arxiv.world.papers.values()
        if paper.announced and paper.announced >= since and {"cs.CL", "cs.AI"} & set(paper.categories)
    }


def test_all_papers_of_the_categories_since_a_day_are_stored(
    config: Config, arxiv: FakeArxiv, clock: FakeClock
) -> None:
    fetched, notices = fetch_archive(config, FRIDAY, clock=clock)
    assert {paper.id for paper in stored(config)} == truth(arxiv, FRIDAY)
    assert {paper.announced for paper in stored(config)} == {FRIDAY, MONDAY, TUESDAY}
    assert [(one.category, one.resumed) for one in fetched] == [("cs.CL", False), ("cs.AI", False)]
    assert sum(one.changed for one in fetched) == len(truth(arxiv, FRIDAY))
    assert notices == []


def test_an_older_paper_that_was_replaced_since_is_left_out(
    config: Config, arxiv: FakeArxiv, clock: FakeClock
) -> None:
    arxiv.world.replace(papers_of(date(2025, 5, 29), 12)[0].id, TUESDAY)
    fetch_archive(config, FRIDAY, clock=clock)
    assert {paper.id for paper in stored(config)} == truth(arxiv, FRIDAY)


def test_a_stopped_backfill_keeps_what_it_has_and_goes_on_there(
    config: Config, arxiv: FakeArxiv, clock: FakeClock
) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if done > 10:
            raise StoppedError

    with pytest.raises(StoppedError):
        fetch_archive(config, FRIDAY, clock=clock, progress=stop)
    assert 0 < len(stored(config)) < len(truth(arxiv, FRIDAY))
    asked = len(arxiv.requests)
    fetched, _ = fetch_archive(config, FRIDAY, clock=clock)
    assert {paper.id for paper in stored(config)} == truth(arxiv, FRIDAY)
    assert [one.resumed for one in fetched] == [True, False]
    assert "resumptionToken" in arxiv.requests[asked].params


def test_a_token_that_has_grown_old_begins_the_list_again(
    config: Config, arxiv: FakeArxiv, clock: FakeClock
) -> None:
    arxiv.faults.add(Kind.STALE_TOKEN, "oai", times=2)  # the first page has no token to be stale
    fetched, _ = fetch_archive(config, FRIDAY, clock=clock)
    assert {paper.id for paper in stored(config)} == truth(arxiv, FRIDAY)
    assert sum(one.changed for one in fetched) == len(truth(arxiv, FRIDAY))


def test_another_day_is_another_list(config: Config, arxiv: FakeArxiv, clock: FakeClock) -> None:
    fetch_archive(config, MONDAY, clock=clock)
    fetch_archive(config, FRIDAY, clock=clock)
    assert {paper.id for paper in stored(config)} == truth(arxiv, FRIDAY)


def test_progress_tells_how_many_of_how_many(config: Config, clock: FakeClock) -> None:
    told: list[tuple[str, int, int]] = []
    fetch_archive(config, FRIDAY, clock=clock, progress=lambda *said: told.append(said))
    mine = [(done, total) for what, done, total in told if what == "fetching cs.CL from OAI-PMH"]
    assert mine[0] == (5, mine[-1][0])
    assert {total for _, total in mine} == {mine[-1][0]}


def test_a_day_to_come_is_refused(config: Config, arxiv: FakeArxiv, clock: FakeClock) -> None:
    with pytest.raises(TriageError, match="is in the future"):
        fetch_archive(config, TUESDAY + timedelta(days=2), clock=clock)
    assert arxiv.requests == []
