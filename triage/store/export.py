"""Everything that belongs to the reader as plain files, in both directions.

An export is a folder of JSON Lines that other programs can read too: ``labels``, ``announcements`` (with
their listings), ``digests`` (with what each showed, and its text as the reader left it), ``papers`` (all
that the others name), ``deliveries``, ``community`` and ``facts``.  A record has the fields of its
dataclass.  Models and cached features are left out: ``triage learn`` makes them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from triage.errors import FileError, TriageError
from triage.papers import Announcement, AnnounceType, ArxivId, Label, ListedPaper, Paper
from triage.store.digests import Delivery, ShownPaper, StoredDigest
from triage.store.files import Outcome, read_text, write_unless_edited
from triage.store.labels import LoggedLabel
from triage.store.schema import join_categories, split_categories
from triage.store.store import Store, Transaction

FORMAT = 1
MANIFEST = "triage-export.json"
_EXPORT_AGAIN = "Name a folder that 'triage export' has finished writing."
Value = TypeVar("Value")
Record = dict[str, Any]
Locate = Callable[[Path, Sequence[StoredDigest]], Mapping[date, Path]]
"""Finds the files of digests in a folder, also those that the reader moved."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought."""

    counts: dict[str, int]
    written: int
    """How many digest files were written."""
    kept: tuple[Path, ...]
    """Digest files that existed with another text and were left alone."""


def export_to(store: Store, folder: Path, *, digest_folder: Path, locate: Locate) -> dict[str, int]:
    """Write everything that belongs to the reader to a new folder; returns the number of records by file.

    Raises TriageError if the folder exists already, or can't be written.
    """
    with store.reading() as tx:
        tables = _gathered(tx, digest_folder, locate)
    counts = {name: len(records) for name, records in tables.items()}
    try:
        # One that was killed has no manifest, and nothing else in it.
        own = {f"{name}.jsonl" for name in tables}
        unfinished = folder.is_dir() and own.issuperset(one.name for one in folder.iterdir())
        folder.mkdir(parents=True, exist_ok=unfinished)
        for name, records in tables.items():
            lines = (json.dumps(one, ensure_ascii=False, default=_isoformat) + "\n" for one in records)
            (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
        # Last, so that a folder that is cut short by a full disk is not taken for a whole one.
        manifest = json.dumps({"format": FORMAT, "counts": counts}) + "\n"
        (folder / MANIFEST).write_text(manifest, encoding="utf-8")
    except FileExistsError as error:
        raise TriageError(f"{folder} exists already.", remedy="Name a new folder.") from error
    except OSError as error:
        raise TriageError(
            f"{folder} can't be written: {error.strerror}.",
            remedy="Check its permissions and the free disk space, then export to a new folder.",
        ) from error
    return counts


def import_from(store: Store, folder: Path, *, digest_folder: Path) -> Imported:
    """Read an exported folder into an empty store, all of it or nothing.

    The digest files are written as the reader left them, unless a file of that name exists.

    Raises TriageError if the folder is not a complete export, a line of it is wrong, the store is not empty,
    or a digest file can't be written.
    """
    counts = _checked_manifest(folder)
    with store.transaction() as tx:
        if tx.labels.last_number() or tx.digests.all() or tx.announcements.all():
            raise TriageError(
                "the store already holds labels or digests; nothing was imported.",
                remedy="Import into an empty store: choose another store.folder in config.yaml.",
            )
        papers = {paper.id: paper for paper in _read(folder, "papers", _reader(Paper))}
        tx.papers.put(papers.values())
        for announcement, kinds in _read(folder, "announcements", _announcement):
            tx.announcements.put(
                announcement, [ListedPaper(papers[paper], kind) for paper, kind in kinds.items()]
            )
        for entry in _read(folder, "labels", _label):
            tx.labels.restore(entry)
        files: dict[Path, str] = {}
        for digest, shown, text in _read(folder, "digests", _digest):
            tx.digests.put(digest, shown)
            if text is not None:
                files[_inside(digest_folder, digest.file)] = text
        for delivery in _read(folder, "deliveries", _reader(Delivery)):
            tx.digests.put_delivery(delivery)
        for source, day, paper in _read(folder, "community", _community):
            tx.community.put(source, [(day, paper)])
        for key, value in _read(folder, "facts", lambda row: (str(row["key"]), row["value"])):
            tx.records.restore(key, value)
        # Before the transaction ends: an import that is killed here can be repeated.
        outcomes = {file: write_unless_edited(file, text, None) for file, text in files.items()}
    return Imported(
        counts,
        sum(outcome is Outcome.WRITTEN for outcome in outcomes.values()),
        tuple(file for file, outcome in outcomes.items() if outcome is Outcome.KEPT),
    )


def _gathered(tx: Transaction, digest_folder: Path, locate: Locate) -> dict[str, list[Record]]:
    labels = [_label_record(entry) for entry in tx.labels.log()]
    announcements = [
        asdict(one) | {"listed": tx.announcements.kinds(one.day)} for one in tx.announcements.all()
    ]
    written = tx.digests.all()
    places = locate(digest_folder, written)
    digests = [
        asdict(one)
        | _changed_text(one, places.get(one.day))
        | {"shown": [asdict(paper) for paper in tx.digests.shown_in(one.day)]}
        for one in written
    ]
    ids = {row["paper"] for row in labels}
    ids |= {paper for row in announcements for paper in row["listed"]}
    ids |= {paper["paper"] for row in digests for paper in row["shown"]}
    return {
        "labels": labels,
        "announcements": announcements,
        "digests": digests,
        "papers": [asdict(paper) for _, paper in sorted(tx.papers.get(ids).items())],
        "deliveries": [asdict(one) for one in tx.digests.deliveries()],
        "community": [
            {"source": source, "day": day, "paper": paper} for source, day, paper in tx.community.all()
        ],
        "facts": [
            {"key": key, "value": value}
            for key, value in tx.records.stored().items()
            # What is recorded of a model means nothing without the model.
            if not key.startswith("model ")
        ],
    }


def _changed_text(digest: StoredDigest, place: Path | None) -> dict[str, str | None]:
    """Return a digest file's text if it changed since it was last read; None if the file is gone."""
    try:
        text = None if place is None else read_text(place)
    except FileError:
        # It can't be read now: the text that was last read is better than none.
        return {}
    return {} if text == digest.synced_text else {"text": text}


def _inside(folder: Path, name: str) -> Path:
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()):
        raise TriageError(
            f"{name!r} is outside of {folder}; nothing was imported.",
            remedy="Correct this digest's file in the export's digests.jsonl.",
        )
    return file


def _isoformat(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} can't be written as JSON")


def _checked_manifest(folder: Path) -> dict[str, int]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise TriageError(
                f"{folder} has format {manifest['format']!r}, but this triage reads format {FORMAT}.",
                remedy="Upgrade triage.",
            )
        return {str(name): int(count) for name, count in manifest["counts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TriageError(
            f"{folder} is not a complete export: {MANIFEST} can't be read ({error}).",
            remedy=_EXPORT_AGAIN,
        ) from error


def _read(folder: Path, name: str, make: Callable[[Record], Value]) -> Iterator[Value]:
    file = folder / f"{name}.jsonl"
    try:
        lines = file.read_text(encoding="utf-8").split("\n")[:-1]
    except (OSError, ValueError) as error:
        raise TriageError(
            f"{file} can't be read: {error}; nothing was imported.", remedy=_EXPORT_AGAIN
        ) from error
    for number, line in enumerate(lines, start=1):
        try:
            made = make(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            if isinstance(error, ValidationError):
                first = error.errors()[0]
                what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise TriageError(
                f"{file}:{number}: {what}; nothing was imported.",
                remedy="Correct the line, or export again.",
            ) from error
        yield made


def _reader(kind: type[Value]) -> Callable[[Record], Value]:
    """Return what makes a dataclass of a record; fields that it doesn't know are ignored."""
    return TypeAdapter(kind).validate_python


_ANNOUNCEMENT, _LISTED = _reader(Announcement), TypeAdapter(dict[ArxivId, AnnounceType])
_DIGEST, _SHOWN, _TEXT = _reader(StoredDigest), TypeAdapter(list[ShownPaper]), TypeAdapter(str | None)
_LABEL, _DAY = _reader(Label), TypeAdapter(date)


def _announcement(row: Record) -> tuple[Announcement, dict[ArxivId, AnnounceType]]:
    return _ANNOUNCEMENT(row), _LISTED.validate_python(row["listed"])


def _label_record(entry: LoggedLabel) -> Record:
    record = {"number": entry.number, "undoes": entry.undoes} | asdict(entry.label)
    return record | {"category": join_categories(record.pop("categories"))}


def _label(row: Record) -> LoggedLabel:
    names = row.pop("category")
    label = _LABEL(row | {"categories": None if names is None else split_categories([names])})
    return LoggedLabel(int(row["number"]), label, row["undoes"])


def _digest(row: Record) -> tuple[StoredDigest, list[ShownPaper], str | None]:
    digest = _DIGEST(row)
    text = _TEXT.validate_python(row.get("text", digest.synced_text))
    return digest, _SHOWN.validate_python(row["shown"]), text


def _community(row: Record) -> tuple[str, date, ArxivId]:
    return str(row["source"]), _DAY.validate_python(row["day"]), ArxivId(row["paper"])
