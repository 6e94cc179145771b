"""The annotations in the digests become labels.

A digest's text is compared with what the machine wrote (what differs is the reader's) and with what
was read last time (what is gone is undone).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from triage.config.schema import Config
from triage.errors import FileError
from triage.feedback.annotations import read_annotations
from triage.papers import Label, LabelSource
from triage.store.digests import StoredDigest
from triage.store.files import read_text
from triage.store.labels import LoggedLabel
from triage.store.store import Store


@dataclass(frozen=True, slots=True)
class SyncReport:
    labels: tuple[LoggedLabel, ...] = ()
    undone: tuple[LoggedLabel, ...] = ()
    problems: tuple[str, ...] = ()
    """What could not be understood, with file and line."""

    @property
    def entries(self) -> tuple[LoggedLabel, ...]:
        """What is new in the log."""
        return self.labels + self.undone


def sync(config: Config, store: Store, now: datetime, *, days: Collection[date] = ()) -> SyncReport:
    """Read the annotations in every digest, or in those of some days; each digest is one transaction.

    A digest that was moved or renamed within the digests' folder is found by its title.  The labels of
    one that is gone stay.
    """
    with store.reading() as tx:
        known = filter(None, map(tx.digests.get, days)) if days else tx.digests.all()
        digests = [digest for digest in known if digest.in_place]
    labels: list[LoggedLabel] = []
    undone: list[LoggedLabel] = []
    problems: list[str] = []
    files = locate(config.digest_folder, digests)
    for digest in digests:
        if (file := files.get(digest.day)) is None:
            continue
        name = file.relative_to(config.digest_folder).as_posix()
        try:
            text = read_text(file)
        except FileError as error:
            problems.append(str(error))
            continue
        if text is None or (text == digest.synced_text and name == digest.file):
            continue
        if conflict := _conflict(text):
            problems.append(f"{name}:{conflict}: a merge conflict, not read; resolve it first")
            continue
        added, removed, new_problems = changed(digest, text, name, now)
        problems += new_problems
        with store.transaction() as tx:
            labels += tx.labels.add(added)
            for label in removed:
                for entry in tx.labels.log([label.paper]):
                    if _in_a_digest(entry.label) == _statement(label) and (
                        undo := tx.labels.undo(entry.number, now)
                    ):
                        undone.append(undo)
            tx.digests.synced(digest.day, text)
            if name != digest.file:
                tx.digests.moved(digest.day, name)
    return SyncReport(tuple(labels), tuple(undone), tuple(problems))


def _conflict(text: str) -> int:
    """Return the line where git has left a conflict, 0 if nowhere."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines, 1) if line.startswith("<<<<<<< ")), 0)
    return start if any(line.startswith(">>>>>>> ") for line in lines[start:]) else 0


def locate(folder: Path, digests: Sequence[StoredDigest]) -> dict[date, Path]:
    """Return where each digest is now: its own place, or else the file that has its title.

    A digest's title, ``YYYY-MM-DD-insights``, is in its file's name, its front matter or a heading.
    """
    files = {digest.day: folder / digest.file for digest in digests if (folder / digest.file).exists()}
    missing = [digest for digest in digests if digest.day not in files]
    if not missing or not folder.is_dir():
        return files
    taken = set(files.values())
    others = [path for path in sorted(folder.rglob("*.md")) if path not in taken and path.name != "index.md"]
    for digest in missing:
        title = f"{digest.day.isoformat()}-insights"
        for path in others:
            text = _readable(path)
            if title in path.stem or f"title: {title}" in text or f"# {title}" in text:
                files[digest.day] = path
                others.remove(path)
                break
    return files


def changed(
    digest: StoredDigest, text: str, name: str, now: datetime
) -> tuple[list[Label], list[Label], list[str]]:
    """Decide which labels and problems are new in a digest since it was last read, and which labels are gone."""
    read, before = (
        read_annotations(one, machine_text=digest.machine_text, file=name, now=now)
        for one in (text, digest.synced_text)
    )
    known = set(map(_statement, before.labels))
    still = set(map(_statement, read.labels))
    added = [label for label in read.labels if _statement(label) not in known]
    replaced = set(map(_kind, added))
    removed = [
        label
        for label in before.labels
        # A paper that was cut out of the file says nothing; and what a new label replaces needs no undo.
        if _statement(label) not in still and label.paper in text and _kind(label) not in replaced
    ]
    old = {problem.text for problem in before.problems}
    return (
        added,
        removed,
        [f"{name}:{one.line}: {one.text}" for one in read.problems if one.text not in old],
    )


def _statement(label: Label) -> tuple[object, ...]:
    """Return a label without when and where it was found."""
    return label.paper, label.source, label.relevant, label.categories, label.read, label.remark


def _in_a_digest(label: Label) -> tuple[object, ...]:
    """Return a label of the log as its digest says it: a mark made on the page stands there as well."""
    return _statement(replace(label, source=LabelSource.DIGEST) if label.source is LabelSource.WEB else label)


def _kind(label: Label) -> tuple[object, ...]:
    """Return what a label is about: of one paper and one kind only the last one counts."""
    return label.paper, label.relevant is None, label.read is None, label.categories is None


def _readable(path: Path) -> str:
    try:
        return read_text(path) or ""
    except FileError:
        return ""
