"""The reader's marks and edits in the digests, read back into the label log.

A digest's text is compared with what the machine wrote (what differs is the reader's) and with what
was read last time (what is gone was taken back).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from triage.config.schema import Config
from triage.errors import FileError
from triage.feedback.marks import Mark, read_marks
from triage.papers import ArxivId, Label, LabelSource
from triage.store.digests import StoredDigest
from triage.store.files import read_text
from triage.store.labels import LoggedLabel
from triage.store.store import Store


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What the digests newly say."""

    labels: tuple[LoggedLabel, ...] = ()
    taken_back: tuple[LoggedLabel, ...] = ()
    problems: tuple[str, ...] = ()
    """What could not be understood, with file and line."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one digest says beyond what it said when it was last read."""

    said: tuple[Mark, ...]
    withdrawn: tuple[Mark, ...]
    problems: tuple[str, ...]


def sync(config: Config, store: Store, now: datetime) -> SyncReport:
    """Read the marks in every digest; each digest is one step.

    A digest that was moved or renamed within the digests' folder is found by its papers.  One that
    is gone says nothing: its labels stay.
    """
    with store.reading() as tx:
        digests = [digest for digest in tx.digests.all() if digest.in_place]
    said: list[LoggedLabel] = []
    taken_back: list[LoggedLabel] = []
    problems: list[str] = []
    places = locate(config.digest_folder, digests)
    for digest in digests:
        place = places.get(digest.day)
        if place is None:
            continue
        name = place.relative_to(config.digest_folder).as_posix()
        try:
            text = read_text(place)
        except FileError as error:
            problems.append(str(error))
            continue
        if text is None or (text == digest.synced_text and name == digest.file):
            continue
        change = changed(digest, text, name)
        problems += change.problems
        with store.transaction() as tx:
            said += tx.labels.add(to_label(mark, now) for mark in change.said)
            for mark in change.withdrawn:
                for entry in tx.labels.log([mark.paper]):
                    if same_statement(entry.label, mark) and (undone := tx.labels.undo(entry.number, now)):
                        taken_back.append(undone)
            tx.digests.synced(digest.day, text)
            if name != digest.file:
                tx.digests.moved(digest.day, name)
    return SyncReport(tuple(said), tuple(taken_back), tuple(problems))


def locate(folder: Path, digests: Sequence[StoredDigest]) -> dict[date, Path]:
    """Return where each digest is now: its own place, or else the file that has its title.

    A digest's title, ``YYYY-MM-DD-insights``, stands in its front matter or its name; a file that has
    neither is told by naming all the papers that were picked.
    """
    places = {digest.day: folder / digest.file for digest in digests if (folder / digest.file).is_file()}
    missing = [digest for digest in digests if digest.day not in places]
    if not missing or not folder.is_dir():
        return places
    taken = set(places.values())
    others = [path for path in sorted(folder.rglob("*.md")) if path not in taken and path.name != "index.md"]
    for digest in missing:
        title = f"{digest.day.isoformat()}-insights"
        for path in others:
            text = _readable(path)
            if title in path.stem or f"title: {title}" in text or f"# {title}" in text:
                places[digest.day] = path
                others.remove(path)
                break
    return places


def changed(digest: StoredDigest, text: str, name: str) -> Change:
    """Decide what a digest newly says, and what it no longer says."""
    now = read_marks(text, machine_text=digest.machine_text, file=name)
    before = read_marks(digest.synced_text, machine_text=digest.machine_text, file=name)
    known = {_statement(mark) for mark in before.labels}
    still = {_statement(mark) for mark in now.labels}
    said = tuple(mark for mark in now.labels if _statement(mark) not in known)
    replaced = {(mark.paper, _kind(mark)) for mark in said}
    withdrawn = tuple(
        mark
        for mark in before.labels
        # A paper that was cut out of the file says nothing; and a new word needs no taking back.
        if _statement(mark) not in still and mark.paper in text and (mark.paper, _kind(mark)) not in replaced
    )
    old = {problem.what for problem in before.problems}
    problems = tuple(
        f"{name}:{problem.line}: {problem.what}" for problem in now.problems if problem.what not in old
    )
    return Change(said, withdrawn, problems)


def to_label(mark: Mark, now: datetime) -> Label:
    """Return a mark as a label."""
    return Label(
        paper=mark.paper,
        said_at=now,
        source=LabelSource.DIGEST,
        relevant=mark.relevant,
        categories=mark.categories,
        read=mark.read,
        remark=mark.remark,
        where=mark.where,
    )


def same_statement(label: Label, mark: Mark) -> bool:
    """Return whether a label in the log is what a mark said."""
    as_label = to_label(mark, label.said_at)
    return label.source is LabelSource.DIGEST and (
        (label.relevant, label.categories, label.read, label.remark)
        == (as_label.relevant, as_label.categories, as_label.read, as_label.remark)
    )


def _statement(mark: Mark) -> tuple[ArxivId, bool | None, bool | None, tuple[str, ...] | None, str]:
    return mark.paper, mark.relevant, mark.read, mark.categories, mark.remark


def _kind(mark: Mark) -> str:
    kinds: Iterable[tuple[str, bool]] = (
        ("relevant", mark.relevant is not None),
        ("read", mark.read is not None),
        ("categories", mark.categories is not None),
    )
    return next((name for name, present in kinds if present), "remark")


def _readable(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
