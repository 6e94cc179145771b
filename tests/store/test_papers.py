"""Papers are kept at their newest version, and what is known is never wiped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.papers import ArxivId, Paper
from triage.store.papers import merge
from triage.store.store import Store

FULL = Paper(
    id=ArxivId("hep-th/9901001"),
    title="Strings “and” 弦 $\\alpha$",
    abstract="First line.\nSecond \\emph{line}.",
    authors=("A. Writer", "B. Ünal"),
    categories=("hep-th", "math-ph"),
    version=3,
    submitted=datetime(1999, 1, 1, 12, 30, tzinfo=UTC),
    updated=datetime(2000, 2, 2, 0, 0, 1, tzinfo=UTC),
    announced=date(1999, 1, 4),
    doi="10.1000/1",
    journal_ref="J. 1 (1999)",
    comment="5 pages",
)

times = st.none() | st.integers(0, 40 * 365 * 24).map(
    lambda hours: datetime(1991, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)
papers = st.builds(
    Paper,
    id=st.just(ArxivId("2401.00001")),
    title=st.sampled_from(["", "One", "Two"]),
    abstract=st.sampled_from(["", "Short.", "Long."]),
    authors=st.sampled_from([(), ("A",), ("A", "B")]),
    categories=st.sampled_from([(), ("cs.CL",), ("cs.AI", "cs.CL")]),
    version=st.integers(1, 4),
    submitted=times,
    updated=times,
    announced=st.none() | st.dates(date(1991, 1, 1), date(2030, 1, 1)),
    doi=st.sampled_from(["", "10.1/1"]),
    journal_ref=st.sampled_from(["", "J. 1"]),
    comment=st.sampled_from(["", "5 pages"]),
)
OPEN = ("title", "abstract", "authors", "categories", "submitted", "updated", "announced", "doi", "comment")


def some(number: int, *, day: date | None = None, category: str = "cs.CL") -> Paper:
    return Paper(ArxivId(f"2401.{number:05d}"), f"Title {number}", categories=(category,), announced=day)


@given(papers, papers)
def test_merging_never_wipes_what_is_known(old: Paper, new: Paper) -> None:
    merged = merge(old, new)
    for name in OPEN:
        assert getattr(merged, name) or not (getattr(old, name) or getattr(new, name))


@given(papers, papers)
def test_merging_the_same_again_changes_nothing(old: Paper, new: Paper) -> None:
    merged = merge(old, new)
    assert merge(merged, new) == merged
    assert merge(old, old) == old


@given(papers, papers)
def test_the_newest_versions_text_wins_whatever_the_order(old: Paper, new: Paper) -> None:
    newest = max(old, new, key=lambda paper: paper.version)
    assert merge(old, new).version == newest.version
    if old.version != new.version:
        assert merge(old, new) == merge(new, old)
        assert merge(old, new).title == newest.title or not newest.title


@given(papers, papers)
def test_of_the_same_version_the_later_record_wins(old: Paper, new: Paper) -> None:
    again = replace(new, version=old.version)
    assert merge(old, again).title == (again.title or old.title)
    assert merge(old, again).categories == (again.categories or old.categories)


@given(papers, papers)
def test_the_earliest_announcement_and_submission_stay(old: Paper, new: Paper) -> None:
    merged = merge(old, new)
    for name in ("announced", "submitted"):
        known = [value for value in (getattr(old, name), getattr(new, name)) if value]
        assert getattr(merged, name) == min(known, default=None)


def test_every_field_comes_back_as_it_went_in(store: Store) -> None:
    bare = Paper(ArxivId("2401.00001"), "Bare")
    with store.transaction() as tx:
        assert tx.papers.put([FULL, bare]) == 2
    with store.reading() as tx:
        assert tx.papers.get([FULL.id, bare.id, ArxivId("2401.99999")]) == {FULL.id: FULL, bare.id: bare}
        assert tx.papers.count() == 2


def test_a_time_in_any_zone_comes_back_as_the_same_moment_in_utc(store: Store) -> None:
    there = datetime(2024, 1, 16, 7, tzinfo=timezone(timedelta(hours=8)))
    with store.transaction() as tx:
        tx.papers.put([Paper(ArxivId("2401.00001"), "T", submitted=there)])
    with store.reading() as tx:
        kept = tx.papers.get([ArxivId("2401.00001")])[ArxivId("2401.00001")].submitted
    assert kept == there
    assert kept is not None
    assert kept.tzinfo == UTC


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    naive = datetime(2024, 1, 16)  # noqa: DTZ001
    with pytest.raises(Exception, match="a time without a zone"), store.transaction() as tx:
        tx.papers.put([Paper(ArxivId("2401.00001"), "T", submitted=naive)])


def test_only_what_is_new_or_changed_counts(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.papers.put([some(1), some(2)]) == 2
        assert tx.papers.put([some(1), some(2)]) == 0
        assert tx.papers.put([some(1), Paper(some(2).id, "Title 2, again", version=2)]) == 1


def test_a_paper_that_comes_twice_in_one_batch_is_merged(store: Store) -> None:
    first, second = some(1, day=date(2024, 1, 16)), Paper(some(1).id, "Renamed", version=2)
    with store.transaction() as tx:
        assert tx.papers.put([first, second]) == 1
        assert tx.papers.get([first.id])[first.id] == merge(first, second)


def test_more_papers_than_a_statement_takes_are_kept(store: Store) -> None:
    many = [some(number) for number in range(1, 1703)]
    with store.transaction() as tx:
        assert tx.papers.put(iter(many)) == len(many)
        assert tx.papers.get(paper.id for paper in many).keys() == {paper.id for paper in many}


@pytest.mark.parametrize(
    "hostile",
    ["'); DROP TABLE papers; --", 'a "quoted" \\ title', "%s :id ? {0}", "a\0b", "\u202eתירבע", "😀" * 500, "\r\n\t"],
)  # fmt: skip
def test_hostile_text_is_kept_as_text(store: Store, hostile: str) -> None:
    paper = Paper(ArxivId("2401.00001"), hostile, hostile, (hostile,), (hostile,), comment=hostile)
    with store.transaction() as tx:
        tx.papers.put([paper])
    with store.reading() as tx:
        assert tx.papers.get([paper.id]) == {paper.id: paper}
        assert tx.papers.titles()[0][:2] == (paper.id, hostile)


def test_titles_come_with_their_folded_form(store: Store) -> None:
    namesakes = [Paper(ArxivId("2401.00001"), "On Rivers!"), Paper(ArxivId("2402.00001"), "ON RIVERS")]
    with store.transaction() as tx:
        tx.papers.put(reversed(namesakes))
        assert tx.papers.titles() == [(one.id, one.title, "onrivers") for one in namesakes]


def test_the_newest_before_a_day_are_of_the_wanted_categories(store: Store) -> None:
    days = [date(2024, 1, 15), date(2024, 1, 16), date(2024, 1, 17)]
    with store.transaction() as tx:
        tx.papers.put(some(number, day=day) for number, day in enumerate(days, start=1))
        tx.papers.put([some(8, day=days[0], category="cs.CV"), some(9)])

        def newest(before: date | None, *categories: str, limit: int = 9) -> list[str]:
            found = tx.papers.newest(before=before, categories=categories, limit=limit)
            return [paper.id[-1] for paper in found]

        assert newest(days[2], "cs.CL") == ["2", "1"]
        assert newest(days[2]) == ["2", "8", "1"]
        assert newest(None) == ["3", "2", "8", "1", "9"]
        assert newest(None, limit=1) == ["3"]


def test_a_listing_days_papers(store: Store) -> None:
    first, last = date(2024, 1, 15), date(2024, 1, 16)
    with store.transaction() as tx:
        assert tx.papers.last_announced() is None
        tx.papers.put([some(1, day=first), some(2, day=last), some(3, day=last), some(4)])
        tx.papers.put([some(5, day=last, category="cs.CV")])
        assert [paper.id[-1] for paper in tx.papers.announced_on(last)] == ["2", "3", "5"]
        assert tx.papers.last_announced() == last


def test_kept_features_come_back_and_are_replaced(store: Store) -> None:
    one, two, absent = ArxivId("2401.00001"), ArxivId("2401.00002"), ArxivId("2401.00003")
    kept = store.features("1")
    kept.put({one: b"\0\1", two: b""})
    kept.put({one: b"new"})
    assert kept.get([one, two, absent]) == {one: b"new", two: b""}


def test_a_new_version_of_features_forgets_the_old_ones(store: Store) -> None:
    one, two = ArxivId("2401.00001"), ArxivId("2401.00002")
    store.features("1").put({one: b"old", two: b"old"})
    assert store.features("2").get([one]) == {}
    store.features("2").put({one: b"new"})
    assert store.features("1").get([one, two]) == {}
    assert store.features("2").get([one, two]) == {one: b"new"}


def test_papers_are_counted_by_day_and_primary_category(store: Store) -> None:
    def one(number: int, day: date | None, *categories: str) -> Paper:
        return Paper(ArxivId(f"2603.{number:05d}"), "T", categories=categories, announced=day)

    monday, tuesday, wednesday = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
    with store.transaction() as tx:
        tx.papers.put(
            [
                one(1, monday, "cs.CL"),
                one(2, monday, "cs.AI", "cs.CL"),
                one(3, tuesday, "cs.CV", "cs.CL"),
                one(4, wednesday, "cs.CL"),
                one(5, None, "cs.CL"),
            ]
        )
        assert tx.papers.counts_by_day(monday, tuesday, ["cs.CL"]) == {monday: 1}
        assert tx.papers.counts_by_day(monday, tuesday, ["cs.CL", "cs.AI"]) == {monday: 2}
        assert tx.papers.counts_by_day(tuesday, wednesday, ["cs.CL"]) == {wednesday: 1}
