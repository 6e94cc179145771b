"""Listing files: the contract's format and arXiv's snapshot, plain and compressed."""

from __future__ import annotations

import gzip
import json
import lzma
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import ListingError
from triage.listing.files import LONGEST_LINE_BYTES, read_listing
from triage.papers import Paper

FULL = {
    "id": "2506.00019",
    "title": "A title\n  over two lines",
    "abstract": "  We show $a<b$.\n",
    "authors": ["Ada Lovelace", "Kurt Gödel"],
    "categories": ["cs.CL", "cs.AI"],
    "submitted": "2025-06-02T01:34:15Z",
    "announced": "2025-06-03",
}
SNAPSHOT = {
    "id": "0704.0001",
    "submitter": "A. Person",
    "authors": 'Kurt G\\"odel, Ada Lovelace',
    "title": "Calculation of something\n  at length",
    "comments": "37 pages",
    "journal-ref": "Phys.Rev.D76:013009,2007",
    "doi": "10.1103/PhysRevD.76.013009",
    "report-no": None,
    "categories": "hep-ph math.CO",
    "license": None,
    "abstract": "  A calculation of it.\n",
    "versions": [
        {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
        {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
    ],
    "update_date": "2008-11-26",
    "authors_parsed": [["Gödel", "Kurt", ""], ["Lovelace", "Ada", "Jr."]],
}


def written(tmp_path: Path, *records: Any, name: str = "listing.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def only(path: Path) -> Paper:
    (paper,) = read_listing(path)
    return paper


def test_a_full_record_becomes_a_paper(tmp_path: Path) -> None:
    submitted = datetime(2025, 6, 2, 1, 34, 15, tzinfo=UTC)
    assert only(written(tmp_path, FULL)) == Paper(
        id="2506.00019",  # type: ignore[arg-type]
        title="A title over two lines",
        abstract="We show $a<b$.",
        authors=("Ada Lovelace", "Kurt Gödel"),
        categories=("cs.CL", "cs.AI"),
        submitted=submitted,
        updated=submitted,
        announced=date(2025, 6, 3),
    )


def test_an_id_and_a_title_are_enough(tmp_path: Path) -> None:
    paper = only(written(tmp_path, {"id": "hep-th/9901001v2", "title": "T"}))
    assert paper == Paper(id="hep-th/9901001", title="T", version=2)  # type: ignore[arg-type]


def test_a_missing_listing_day_is_computed_from_the_submission(tmp_path: Path) -> None:
    record = {key: value for key, value in FULL.items() if key != "announced"}
    assert only(written(tmp_path, record)).announced == date(2025, 6, 3)


def test_the_files_listing_day_counts_more_than_the_calendar(tmp_path: Path) -> None:
    assert only(written(tmp_path, {**FULL, "announced": "2025-06-09"})).announced == date(2025, 6, 9)


def test_a_paper_may_be_titled_0(tmp_path: Path) -> None:
    assert only(written(tmp_path, {"id": "2104.12255", "title": "0"})).title == "0"


def test_a_record_of_arxivs_snapshot_becomes_a_paper(tmp_path: Path) -> None:
    assert only(written(tmp_path, SNAPSHOT)) == Paper(
        id="0704.0001",  # type: ignore[arg-type]
        title="Calculation of something at length",
        abstract="A calculation of it.",
        authors=("Kurt Gödel", "Ada Lovelace Jr."),
        categories=("hep-ph", "math.CO"),
        version=2,
        submitted=datetime(2007, 4, 2, 19, 18, 42, tzinfo=UTC),
        updated=datetime(2007, 7, 24, 20, 10, 27, tzinfo=UTC),
        announced=date(2007, 4, 4),
        doi="10.1103/PhysRevD.76.013009",
        journal_ref="Phys.Rev.D76:013009,2007",
        comment="37 pages",
    )


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress], ids=["gzip", "xz"])
@pytest.mark.parametrize("name", ["listing.jsonl", "listing.gz", "listing.xz"])
def test_compression_is_detected_by_content_not_by_name(tmp_path: Path, pack: Any, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(pack(json.dumps(FULL).encode()))
    assert only(path).id == "2506.00019"


def test_blank_lines_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "listing.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + json.dumps(FULL).encode() + b"\r\n\n   \n" + json.dumps(SNAPSHOT).encode()
    )
    assert [paper.id for paper in read_listing(path)] == ["2506.00019", "0704.0001"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({**FULL, "id": "2506.0001"}, "not an arXiv identifier"),
        ({**FULL, "id": 2506.00019}, '"id" is not text'),
        ({**FULL, "id": None}, "not an arXiv identifier"),
        ({**FULL, "title": "  "}, '"title" is missing'),
        ({**FULL, "title": ["T"]}, '"title" is not text'),
        ({**FULL, "submitted": "yesterday"}, '"submitted" is not an ISO 8601 time'),
        ({**FULL, "announced": "03.06.2025"}, '"announced" is not a day'),
        ({**FULL, "categories": [1]}, '"categories" is not a list'),
        ({**FULL, "authors": {"name": "x"}}, '"authors" is not a list'),
        ({**SNAPSHOT, "versions": []}, '"versions" is not'),
        ({**SNAPSHOT, "versions": [{"version": "v1"}]}, '"versions" is not'),
        ({**SNAPSHOT, "authors_parsed": [3]}, '"authors_parsed" is not'),
        (["a", "list"], "not a JSON object"),
    ],
)
def test_a_wrong_record_is_refused_with_file_and_line(tmp_path: Path, record: Any, reason: str) -> None:
    path = written(tmp_path, FULL, record)
    with pytest.raises(ListingError) as caught:
        list(read_listing(path))
    assert f"{path}, line 2: " in caught.value.message
    assert reason in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("line", "reason"),
    [(b"{broken", "not JSON"), (b'{"id": "\xff"}', "not UTF-8"), (b"[" * 100_000, "not JSON")],
)
def test_a_line_that_is_no_json_is_refused(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "listing.jsonl"
    path.write_bytes(line)
    with pytest.raises(ListingError, match=f"line 1: {reason}"):
        list(read_listing(path))


def test_the_papers_before_a_wrong_line_are_given_out(tmp_path: Path) -> None:
    papers = read_listing(written(tmp_path, FULL, {}))
    assert next(papers).id == "2506.00019"
    with pytest.raises(ListingError):
        next(papers)


def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "listing.gz"
    path.write_bytes(gzip.compress(b'{"id": "' + b"0" * (LONGEST_LINE_BYTES + 10)))
    with pytest.raises(ListingError, match="longer than"):
        list(read_listing(path))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress], ids=["gzip", "xz"])
def test_a_compressed_file_that_is_cut_off_is_refused(tmp_path: Path, pack: Any) -> None:
    path = tmp_path / "listing"
    path.write_bytes(pack(json.dumps(FULL).encode() * 50)[:-20])
    with pytest.raises(ListingError, match="damaged or incomplete"):
        list(read_listing(path))


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ListingError, match=r"none\.jsonl: No such file"):
        list(read_listing(tmp_path / "none.jsonl"))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)
keys = st.sampled_from([*FULL, *SNAPSHOT])


@given(st.sampled_from([FULL, SNAPSHOT]), st.dictionaries(keys, json_values, max_size=3))
def test_whatever_a_field_holds_a_line_is_a_paper_or_an_explained_error(
    tmp_path_factory: pytest.TempPathFactory, record: dict[str, Any], changes: dict[str, Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "odd.jsonl"
    path.write_text(json.dumps({**record, **changes}))
    problem = ""
    try:
        papers = list(read_listing(path))
    except ListingError as error:
        papers, problem = [], error.message
    assert bool(papers) != ("line 1: " in problem)
    assert all(paper.title for paper in papers)


def test_the_real_listings_are_read_whole(data: Path) -> None:
    days: Counter[int] = Counter()
    for paper in read_listing(data / "listings-2023-2024.jsonl.xz"):
        assert paper.announced is not None
        days[paper.announced.year] += 1
    assert days.total() == 71_632
