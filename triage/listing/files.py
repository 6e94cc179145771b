"""Listings in files: one JSON object a line, plain or compressed with gzip or xz.

Two formats are read, told apart line by line: triage's own (``id``, ``title`` and, all optional,
``abstract``, ``authors``, ``categories``, primary first, ``submitted``, ISO 8601 UTC, and ``announced``,
the listing day), and that of arXiv's metadata snapshot on Kaggle.  Files are streamed.
"""

from __future__ import annotations

import gzip
import json
import lzma
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from triage.errors import ListingError
from triage.listing.calendar import announced_day
from triage.listing.text import (
    as_text,
    parse_iso_time,
    parse_mail_time,
    person_name,
    without_repeats,
)
from triage.papers import InvalidArxivId, Paper, could_be_arxiv, parse_arxiv_id

# arXiv's longest records (author lists of 3,000 names) stay under 200 kB.
LONGEST_LINE_BYTES = 8_000_000
_GZIP_MAGIC, _XZ_MAGIC = b"\x1f\x8b", b"\xfd7zXZ\x00"
_UTF8_BOM = b"\xef\xbb\xbf"

_T = TypeVar("_T")


class _BadRecordError(ValueError):
    """What is wrong with one line, without saying where."""


def read_listing(path: Path, *, extra_holidays: Collection[date] = ()) -> Iterator[Paper]:
    """Read the papers of a listing file, in the file's order; its first bytes tell the compression.

    The listing day is the file's ``announced``; where that is missing and the submission time is
    known, it is computed from the calendar.

    Raises ListingError if the file can't be read, or a line is not a record; names the file and the line.
    """
    number = 0
    try:
        with _opened(path) as stream:
            while line := stream.readline(LONGEST_LINE_BYTES + 1):
                number += 1
                if len(line) > LONGEST_LINE_BYTES:
                    raise _BadRecordError(f"the line is longer than {LONGEST_LINE_BYTES:,} bytes")
                if number == 1:
                    line = line.removeprefix(_UTF8_BOM)
                if not line.isspace():
                    yield _paper(_record(line), extra_holidays)
    except _BadRecordError as error:
        raise ListingError(
            f"{path}, line {number}: {error}", remedy="Correct or delete the line and try again."
        ) from error
    except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
        raise ListingError(
            f"{path}, after line {number}: the compressed file is damaged or incomplete ({error})",
            remedy="Get the file again, or decompress what is there and use that.",
        ) from error
    except OSError as error:
        raise ListingError(f"{path}: {error.strerror or error}", remedy="Check the path.") from error


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    unpacked: Callable[[BinaryIO], AbstractContextManager[Any]] = nullcontext
    with path.open("rb") as file:
        start = file.peek(len(_XZ_MAGIC))
        if start.startswith(_GZIP_MAGIC):
            unpacked = gzip.open
        elif start.startswith(_XZ_MAGIC):
            unpacked = lzma.open
        with unpacked(file) as stream:
            yield stream


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _BadRecordError("not UTF-8 text") from error
    except (ValueError, RecursionError) as error:
        raise _BadRecordError(f"not JSON ({error})") from error
    if not isinstance(record, dict):
        raise _BadRecordError("not a JSON object")
    return record


def _submission_time(text: str) -> datetime:
    moment = parse_iso_time(text)
    if not could_be_arxiv(moment):
        raise ValueError(f"a time without arXiv: {moment}")
    return moment


def _paper(record: dict[str, Any], extra_holidays: Collection[date]) -> Paper:
    try:
        identifier, version = parse_arxiv_id(_text(record, "id"))
    except InvalidArxivId as error:
        raise _BadRecordError(f'"id" is {error}') from error
    title = _text(record, "title")
    if not title:
        raise _BadRecordError(f'"title" is missing for {identifier}')
    submitted = _field(record, "submitted", _submission_time, "an ISO 8601 time")
    updated = submitted if version in (None, 1) else None
    if versions := _field(record, "versions", _version_dates, "a list of versions with dates"):
        submitted, updated, version = versions
    announced = _field(record, "announced", _day, "a day (YYYY-MM-DD)")
    if announced is None and submitted is not None:
        announced = announced_day(submitted, extra_holidays)
    authors = _field(record, "authors_parsed", _parsed_names, "a list of names")
    if authors is None:
        authors = _field(record, "authors", _texts, "a list of texts")
    return Paper(
        id=identifier,
        title=title,
        abstract=_text(record, "abstract"),
        authors=tuple(filter(None, authors or ())),
        categories=without_repeats(_field(record, "categories", _categories, "a list of texts") or ()),
        version=version or 1,
        submitted=submitted,
        updated=updated,
        announced=announced,
        doi=_text(record, "doi"),
        journal_ref=_text(record, "journal-ref"),
        comment=_text(record, "comments") or _text(record, "comment"),
    )


def _field(record: dict[str, Any], key: str, read: Callable[[Any], _T], what: str) -> _T | None:
    """Read the value under a key; None when it is missing, null or empty."""
    value = record.get(key)
    if value is None or value == "":
        return None
    try:
        return read(value)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise _BadRecordError(f'"{key}" is not {what}: {str(value)[:80]!r}') from error


def _text(record: dict[str, Any], key: str) -> str:
    return _field(record, key, as_text, "text") or ""


def _texts(value: Any) -> list[str]:
    if not isinstance(value, str | list):
        raise TypeError(value)
    return [as_text(text) for text in ([value] if isinstance(value, str) else value)]


def _day(value: str) -> date:
    day = date.fromisoformat(value)
    if not could_be_arxiv(day):
        raise ValueError(value)
    return day


def _categories(value: Any) -> list[str]:
    """A list, or one string with spaces between them, as in the snapshot."""
    return value.split() if isinstance(value, str) else _texts(value)


def _parsed_names(value: Any) -> list[str]:
    """Lists of family name, forenames, suffix, affiliation, ..."""
    return [person_name(*name[:3]) for name in value]


def _version_dates(versions: Any) -> tuple[datetime, datetime, int]:
    """When the first and the last version were submitted, and the number of the last."""
    last = versions[-1]
    number = int(last["version"].removeprefix("v"))
    return parse_mail_time(versions[0]["created"]), parse_mail_time(last["created"]), number
