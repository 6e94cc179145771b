"""Files and folders of notes to the papers noted there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from triage.notes.decode import BinaryFile, decode
from triage.notes.files import find_files
from triage.notes.formats import NoteProblem, Reading, format_of, note_formats
from triage.papers import NoteEntry

__all__ = ["Extraction", "NoteProblem", "ReadFile", "ReadingCache", "extract"]


class ReadingCache(Protocol):
    """Readings kept from earlier, so that unchanged files are not read again."""

    def get(self, digest: str) -> Reading | None:
        """The reading kept under a digest (of the file's bytes and name and the readers' version)."""

    def put(self, digest: str, reading: Reading) -> None:
        """Keep a reading."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read."""

    file: str
    """Relative to the path that was given, or the file's name."""
    path: Path
    digest: str
    """SHA-256 over its bytes, its name and the version of the readers."""
    entries: int
    reused: bool
    """The reading came from the cache."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What the notes gave."""

    entries: tuple[NoteEntry, ...]
    problems: tuple[NoteProblem, ...]
    files: tuple[ReadFile, ...] = ()


VERSION = "2"
"""Raised whenever the readers may find something else in the same file."""


def extract(
    paths: Sequence[Path],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
    cache: ReadingCache | None = None,
) -> Extraction:
    """Find every noted paper in files and folders.

    Parameters
    ----------
    paths : sequence of Path
        Files or folders of notes.
    include, exclude : sequence of str
        Globs over paths relative to a folder (``**/*.md``, ``drafts/*``).  With ``include``, only
        what matches is read; what matches ``exclude`` never is.  Tables in folders (``.csv``,
        ``.tsv``, ``.tab``) are data beside the notes unless ``include`` names them.
    progress : callable, optional
        Called with (files done, files in all).
    cache : ReadingCache, optional
        Readings of earlier runs; unchanged files are taken from it.

    Returns
    -------
    Extraction
        Entries in order of path and place; problems of single files are reported, not raised.

    Raises
    ------
    NotesError
        If a path does not exist.
    """
    files, problems = find_files(paths, include=include, exclude=exclude)
    entries: list[NoteEntry] = []
    keys: dict[str, NoteEntry] = {}
    read: list[ReadFile] = []
    readers = "\0".join([VERSION, *(f"{type(one).__module__}:{one.name}" for one in note_formats())])
    for done, file in enumerate(files):
        if progress:
            progress(done, len(files))
        try:
            data = file.path.read_bytes()
        except OSError as error:
            problems.append(
                NoteProblem(
                    file.name, 0, f"can't be read: {error.strerror or error}", "check its permissions"
                )
            )
            continue
        digest = hashlib.sha256(f"{readers}\0{file.name}\0".encode() + data).hexdigest()
        reading = cache.get(digest) if cache is not None else None
        reused = reading is not None
        if reading is None:
            try:
                reading = read_bytes(data, file.name)
            except Exception as error:
                # A format may be anybody's plug-in, and one file is not to cost the others.
                what = f"the reader of this format failed: {type(error).__name__}: {error}"
                problems.append(NoteProblem(file.name, 0, what, "leave it out with --exclude, and report it"))
                continue
            if cache is not None:
                cache.put(digest, reading)
        entries += reading.entries
        keys.update((key, reading.entries[place]) for key, place in reading.citekeys)
        problems += reading.problems
        read.append(ReadFile(file.name, file.path, digest, len(reading.entries), reused))
    if progress:
        progress(len(files), len(files))
    named, unknown = resolve_citekeys(entries, keys)
    return Extraction(tuple(named), tuple(problems + unknown), tuple(read))


def resolve_citekeys(
    entries: Sequence[NoteEntry], keys: Mapping[str, NoteEntry]
) -> tuple[list[NoteEntry], list[NoteProblem]]:
    """Give notes that name their paper by ``@citekey`` the title and identifier of the bibliography.

    Parameters
    ----------
    entries : sequence of NoteEntry
        All entries; those with a citekey have it as their title.
    keys : mapping of str to NoteEntry
        The bibliographies' entries by citekey.

    Returns
    -------
    list of NoteEntry, list of NoteProblem
        The entries with citekeys resolved, those of unknown keys left out unless they have an
        identifier; and a problem for each unknown key.
    """
    resolved: list[NoteEntry] = []
    problems: list[NoteProblem] = []
    for entry in entries:
        if entry.reading != "citekey":
            resolved.append(entry)
        elif (paper := keys.get(entry.title.removeprefix("@"))) is not None:
            resolved.append(replace(entry, title=paper.title, arxiv_id=entry.arxiv_id or paper.arxiv_id))
        else:
            what = f"the citation key {entry.title} is in no bibliography that was read"
            problems.append(NoteProblem(entry.file, entry.line, what, "give the .bib file's path as well"))
            if entry.arxiv_id:
                resolved.append(replace(entry, title=""))
    return resolved, problems


def read_bytes(data: bytes, file: str) -> Reading:
    """Read one file's bytes: decode, choose the format, find the papers.

    Never raises: what can't be read is a problem of the reading.
    """
    try:
        decoded = decode(data)
    except BinaryFile as error:
        return Reading(problems=(NoteProblem(file, 0, str(error), "leave it out with --exclude"),))
    chosen = format_of(file, decoded.text)
    if chosen is None:
        return Reading()
    try:
        reading = chosen.read(decoded.text, file)
    except RecursionError:
        nested = NoteProblem(
            file, 0, "the file is nested too deeply to be read", "leave it out with --exclude"
        )
        return Reading(problems=(nested,))
    if decoded.stray:
        stray = NoteProblem(
            file,
            0,
            f"{decoded.stray} bytes are not {decoded.encoding} and were replaced",
            "save the file as UTF-8",
        )
        return replace(reading, problems=(*reading.problems, stray))
    return reading
