"""Everything that is the reader's, as plain files, both ways.

A folder of JSON Lines that other programs can read too: ``labels``, ``announcements`` (with their
listings), ``digests`` (with what each showed, and its text as the reader left it), ``papers`` (those of the former; the listing format
with a few fields more), ``deliveries``, ``community`` and ``facts``.  Models and kept features are
not among them: ``triage learn`` makes them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from triage.errors import FileError, TriageError
from triage.feedback.sync import locate
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
from triage.store.files import Outcome, read_text, write_unless_edited
from triage.store.labels import LoggedLabel
from triage.store.store import Store, Transaction

FORMAT = 1
MANIFEST = "triage-export.json"
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought."""

    counts: dict[str, int]
    written: int
    """Digests' files that were written."""
    kept: tuple[Path, ...]
    """Files that were there with another text, and stayed as they were."""


def export_to(store: Store, folder: Path, *, digest_folder: Path) -> dict[str, int]:
    """Write everything that is the reader's into a new folder; returns how much of what.

    Parameters
    ----------
    store : Store
    folder : Path
        Where to; it must not exist.
    digest_folder : Path
        Where the digests are.

    Raises
    ------
    TriageError
        If the folder exists already, or can't be written.
    """
    with store.reading() as tx:
        tables = _gathered(tx, digest_folder)
    try:
        folder.mkdir(parents=True)
        for name, records in tables.items():
            with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as stream:
                for record in records:
                    stream.write(json.dumps(record, ensure_ascii=False, default=_plain) + "\n")
        # Last, so that a folder cut short by a full disk is not taken for a whole one.
        (folder / MANIFEST).write_text(
            json.dumps({"format": FORMAT, "counts": {name: len(rows) for name, rows in tables.items()}})
            + "\n",
            encoding="utf-8",
        )
    except FileExistsError as error:
        raise TriageError(f"{folder} exists already.", remedy="Name a new folder.") from error
    except OSError as error:
        raise TriageError(f"{folder} can't be written: {error.strerror}.") from error
    return {name: len(records) for name, records in tables.items()}


def import_from(store: Store, folder: Path, *, digest_folder: Path) -> Imported:
    """Read an exported folder into a store that holds nothing of the reader's yet, all or nothing.

    The digests' files are written as the reader left them, where no file of that name is.

    Raises
    ------
    TriageError
        If the folder is not a whole export, a line of it is wrong, the store is in use, or a digest's
        file can't be written.
    """
    counts = _checked_manifest(folder)
    with store.transaction() as tx:
        if tx.labels.last_number() or tx.digests.all() or tx.announcements.all():
            raise TriageError(
                "the store holds labels or digests already; nothing was imported.",
                remedy="Import into a fresh one: name another store.folder in config.yaml.",
            )
        tx.papers.put(_read(folder, "papers", _paper))
        papers = {paper.id: paper for paper in _read(folder, "papers", _paper)}
        for announcement, items in _read(folder, "announcements", lambda row: _announcement(row, papers)):
            tx.announcements.put(announcement, items)
        for entry in _read(folder, "labels", _label):
            tx.labels.restore(entry)
        files: dict[Path, str] = {}
        for digest, shown, text in _read(folder, "digests", _digest):
            tx.digests.put(digest, shown)
            if text is not None:
                files[_inside(digest_folder, digest.file)] = text
        for delivery in _read(folder, "deliveries", _delivery):
            tx.digests.put_delivery(delivery)
        for source, picks in _read(folder, "community", _community):
            tx.community.put(source, picks)
        for key, value in _read(folder, "facts", lambda row: (str(row["key"]), row["value"])):
            tx.records.restore(key, value)
        # Before the step ends: an import that is killed here can be made again.
        outcomes = {file: write_unless_edited(file, text, None) for file, text in files.items()}
    return Imported(
        counts,
        sum(outcome is Outcome.WRITTEN for outcome in outcomes.values()),
        tuple(file for file, outcome in outcomes.items() if outcome is Outcome.KEPT),
    )


def _gathered(tx: Transaction, digest_folder: Path) -> dict[str, list[dict[str, Any]]]:
    labels = [{"number": one.number, "undoes": one.undoes, **asdict(one.label)} for one in tx.labels.log()]
    announcements = [
        {
            **asdict(one),
            "listed": {paper: kind.value for paper, kind in tx.announcements.kinds(one.day).items()},
        }
        for one in tx.announcements.all()
    ]
    written = tx.digests.all()
    places = locate(digest_folder, written)
    digests = [
        {
            **asdict(one),
            **_left(one, places.get(one.day)),
            "shown": [asdict(paper) for paper in tx.digests.shown_in(one.day)],
        }
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
            # A model's records mean nothing without the model.
            if not key.startswith("model ")
        ],
    }


def _left(digest: StoredDigest, place: Path | None) -> dict[str, str | None]:
    """Return how the reader left a digest's file, if that is not how it was when last read; None is gone."""
    try:
        text = None if place is None else read_text(place)
    except FileError:
        # It can't be read: the last text that could is better than none.
        return {}
    return {} if text == digest.synced_text else {"text": text}


def _inside(folder: Path, name: str) -> Path:
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()):
        raise TriageError(f"{name!r} is outside of {folder}; nothing was imported.")
    return file


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no plain form")


def _checked_manifest(folder: Path) -> dict[str, int]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise TriageError(
                f"{folder} has format {manifest['format']!r}, this triage reads {FORMAT}.",
                remedy="Upgrade triage.",
            )
        return {str(name): int(count) for name, count in manifest["counts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TriageError(f"{folder} is not a whole export: {MANIFEST} can't be read ({error}).") from error


def _read(folder: Path, name: str, make: Callable[[Mapping[str, Any]], Value]) -> Iterator[Value]:
    file = folder / f"{name}.jsonl"
    try:
        lines = file.read_text(encoding="utf-8").split("\n")[:-1]
    except (OSError, ValueError) as error:
        raise TriageError(f"{file} can't be read: {error}; nothing was imported.") from error
    for number, line in enumerate(lines, start=1):
        try:
            made = make(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            raise TriageError(f"{file}:{number}: {what}; nothing was imported.") from error
        yield made


def _known(kind: type[Any], row: Mapping[str, Any], **made: Any) -> dict[str, Any]:
    return {field.name: row[field.name] for field in fields(kind) if field.name not in made} | made


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _paper(row: Mapping[str, Any]) -> Paper:
    return Paper(
        **_known(
            Paper,
            row,
            authors=tuple(row["authors"]),
            categories=tuple(row["categories"]),
            submitted=_time(row["submitted"]),
            updated=_time(row["updated"]),
            announced=_day(row["announced"]),
        )
    )


def _announcement(
    row: Mapping[str, Any], papers: Mapping[ArxivId, Paper]
) -> tuple[Announcement, list[ListedPaper]]:
    announcement = Announcement(
        **_known(
            Announcement,
            row,
            day=date.fromisoformat(row["day"]),
            state=AnnouncementState(row["state"]),
            checked_at=_time(row["checked_at"]),
        )
    )
    listed = [
        ListedPaper(papers[ArxivId(paper)], AnnounceType(kind)) for paper, kind in row["listed"].items()
    ]
    return announcement, listed


def _label(row: Mapping[str, Any]) -> LoggedLabel:
    label = Label(
        **_known(
            Label, row, said_at=datetime.fromisoformat(row["said_at"]), source=LabelSource(row["source"])
        )
    )
    return LoggedLabel(int(row["number"]), label, row["undoes"])


def _digest(row: Mapping[str, Any]) -> tuple[StoredDigest, list[ShownPaper], str | None]:
    digest = StoredDigest(
        **_known(
            StoredDigest,
            row,
            day=date.fromisoformat(row["day"]),
            covers=tuple(date.fromisoformat(day) for day in row["covers"]),
            written_at=datetime.fromisoformat(row["written_at"]),
        )
    )
    shown = [
        ShownPaper(**_known(ShownPaper, one, categories=tuple(one["categories"]))) for one in row["shown"]
    ]
    text = row.get("text", digest.synced_text)
    if text is not None and not isinstance(text, str):
        raise TypeError("text is no text")
    return digest, shown, text


def _delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(
        **_known(Delivery, row, digest=date.fromisoformat(row["digest"]), sent_at=_time(row["sent_at"]))
    )


def _community(row: Mapping[str, Any]) -> tuple[str, Iterable[tuple[date, ArxivId]]]:
    return str(row["source"]), [(date.fromisoformat(row["day"]), ArxivId(row["paper"]))]
