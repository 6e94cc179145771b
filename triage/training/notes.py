"""Reading the reader's notes, and which of their places are missing."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import RootModel

from triage.config.schema import Config
from triage.errors import NotesError
from triage.papers import NoteEntry
from triage.progress import Progress, silent
from triage.store.store import Store, Transaction

if TYPE_CHECKING:
    from triage.notes.extract import Extraction
    from triage.notes.formats import Reading

_PICKS_FILE = re.compile(r"\d{4}-\d\d-\d\d-insights\.(?:json|bib|ris|html)")
"""The name of a file that a delivery made of a digest."""


class NoteFileCounts(RootModel[dict[str, int]], frozen=True):
    """In how many files of each place notes were read last; a record of the store."""

    KEY: ClassVar[str] = "notes found"


def missing_notes(config: Config, tx: Transaction) -> dict[Path, str]:
    """Return the places of notes that can't be read now, each with a sentence that says so.

    A folder that is empty, though notes were read from it before, is most likely not mounted.
    """
    known = tx.records.get(NoteFileCounts) or NoteFileCounts({})
    found = {path: _absence(path, known.root.get(str(path), 0)) for path in config.note_paths}
    return {path: f"notes.paths: {path} {what}" for path, what in found.items() if what}


def _absence(path: Path, files_before: int) -> str:
    try:
        if not path.exists():
            return "is not there"
        if path.is_dir():
            with os.scandir(path) as inside:
                if files_before and next(inside, None) is None:
                    return "is empty, and notes were in it before"
    except OSError as error:
        return f"can't be read ({error.strerror or error})"
    return ""


def read_notes(
    config: Config, store: Store, *, without: Collection[Path] = (), progress: Progress = silent
) -> Extraction:
    """Read the notes but those ``without``; unchanged files are not read again.

    Raises
    ------
    NotesError
        If another place is missing.
    """
    from triage.notes.dates import with_git_days
    from triage.notes.extract import extract
    from triage.notes.kept import KeptReadings

    with store.reading() as tx:
        missing = missing_notes(config, tx)
    for place, what in missing.items():
        if place not in without:
            raise NotesError(
                f"{what}.",
                remedy="Correct notes.paths in config.yaml, or mount what is missing; if there are no notes: "
                "notes: {paths: []}",
            )
    places = [path for path in config.note_paths if path not in without]
    with KeptReadings(store) as kept:
        extraction = extract(
            places,
            include=config.notes.include,
            exclude=config.notes.exclude,
            progress=lambda done, total: progress("reading notes", done, total),
            cache=kept,
        )
    with store.transaction() as tx:
        counts = {
            str(place): sum(file.path.is_relative_to(place) for file in extraction.files) for place in places
        }
        known = tx.records.get(NoteFileCounts) or NoteFileCounts({})
        tx.records.put(NoteFileCounts(known.root | counts))
    paths = {file.file: file.path for file in extraction.files}
    return replace(extraction, entries=tuple(with_git_days(extraction.entries, places, paths)))


def read_zotero(config: Config, progress: Progress) -> Reading:
    """Read the reader's Zotero library; a failure is a problem like that of a file."""
    from triage.notes.formats import NoteProblem, Reading
    from triage.notes.zotero import read_library

    try:
        return read_library(
            config.notes.zotero,
            progress=lambda done, total: progress("reading Zotero's library", done, total),
        )
    except NotesError as error:
        return Reading(problems=(NoteProblem("zotero", 0, error.message, error.remedy),))


def own_entries(entries: Sequence[NoteEntry], config: Config, store: Store) -> list[NoteEntry]:
    """Leave out entries of digests: the machine's picks must not teach it that it was right.

    Digests are recognised by their names, wherever the reader keeps them; marks in them are read by
    :mod:`triage.feedback.sync`.
    """
    with store.reading() as tx:
        names = {Path(digest.file).name for digest in tx.digests.all()}
    # os.path.isdir is false, where Path.is_dir raises, of what can't even be asked about.
    folders = [path for path in config.note_paths if os.path.isdir(path)]  # noqa: PTH112

    def is_machine_made(entry: NoteEntry) -> bool:
        name = Path(entry.file).name
        if name in names or _PICKS_FILE.fullmatch(name):
            return True
        return any((folder / entry.file).is_relative_to(config.digest_folder) for folder in folders)

    return [entry for entry in entries if not is_machine_made(entry)]
