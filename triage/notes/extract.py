"""Files and folders of notes to the papers noted there."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from triage.notes.decode import BinaryFile, decode
from triage.notes.files import MAX_SIZE, Skipped, find_files
from triage.notes.formats import Mention, NoteProblem, Possible, Reading, format_of, note_formats
from triage.notes.identifiers import find_ids
from triage.notes.inline import MAX_LINE
from triage.notes.titles import Quality, quality, same_paper
from triage.papers import NoteEntry, title_key

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
    mentions: tuple[Mention, ...] = ()
    """Papers named in passing, each with the reason why it is no entry."""
    left_out: tuple[NoteEntry, ...] = ()
    """Titles that could be papers, but nothing proves it."""
    skipped: tuple[Skipped, ...] = ()
    """What was not read, with how many files and how to include it."""


VERSION = "10"
"""Raised whenever the readers may find something else in the same file."""
_MAY_HOLD = re.compile(r"rxiv|/papers/|alphaxiv|corr/abs|scirate", re.IGNORECASE)
_MOST_OF_GROUP = 0.5
"""Share of proven papers from which all lines or notes of one form are papers."""
_LEAST_OF_GROUP = 2
_SHORTEST = 16
"""Letters of a title that proves another one."""


def extract(
    paths: Sequence[Path],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
    cache: ReadingCache | None = None,
) -> Extraction:
    """Find every noted paper in files and folders.

    With globs to ``include`` (over paths relative to a folder: ``**/*.md``, ``drafts/*``), only what matches
    is read; what matches ``exclude`` never is.  ``progress`` is called with (files done, files in all);
    readings of earlier runs are taken from the ``cache`` when their files are unchanged.

    Returns
    -------
    Extraction
        Entries in order of path and place; problems of single files are reported, not raised.

    Raises
    ------
    NotesError
        If a path does not exist.
    """
    found = find_files(paths, include=include, exclude=exclude)
    problems, files, readings = list(found.problems), [], []
    for done, file in enumerate(found.files):
        if progress:
            progress(done, len(found.files))
        try:
            data = file.path.read_bytes()
        except OSError as error:
            what = f"can't be read: {error.strerror or error}"
            problems.append(NoteProblem(file.name, 0, what, "check its permissions"))
            continue
        digest = _digest(data, file.name)
        kept = cache.get(digest) if cache is not None else None
        try:
            reading = kept if kept is not None else read_bytes(data, file.name)
        except Exception as error:
            # A format may be anybody's plug-in, and one file is not to cost the others.
            what = f"the reader of this format failed: {type(error).__name__}: {error}"
            problems.append(NoteProblem(file.name, 0, what, "leave it out with --exclude, and report it"))
            continue
        if cache is not None and kept is None:
            cache.put(digest, reading)
        readings.append(reading)
        files.append(ReadFile(file.name, file.path, digest, len(reading.entries), kept is not None))
        problems += reading.problems
    if progress:
        progress(len(found.files), len(found.files))
    entries, left_out, unknown = _joined(readings)
    mentions = tuple(one for reading in readings for one in reading.mentions)
    return Extraction(entries, (*problems, *unknown), tuple(files), mentions, left_out, found.skipped)


def _joined(
    readings: Sequence[Reading],
) -> tuple[tuple[NoteEntry, ...], tuple[NoteEntry, ...], list[NoteProblem]]:
    """All entries: of the files by themselves, by citation key, and those that other files prove.

    Beside them the titles that nothing proves, and the citation keys that nobody knows.
    """
    keys = {key: reading.entries[place] for reading in readings for key, place in reading.citekeys}
    problems: list[NoteProblem] = []
    cited = [_by_key(reading.possible, keys, problems) for reading in readings]
    # A bibliography has titles of one or two words, which prove nothing of a note.
    titles = {
        title_key(entry.title)
        for reading, (sure, _) in zip(readings, cited, strict=True)
        for entry in (*reading.entries, *sure)
        if not reading.citekeys or quality(entry.title) is Quality.STRONG
    }
    titles = {key for key in titles if len(key) >= _SHORTEST}
    groups: Counter[str] = Counter()
    papers: Counter[str] = Counter()
    for reading, (_, rest) in zip(readings, cited, strict=True):
        for group, count in reading.groups:
            groups[group] += count
            papers[group] += count
        groups.update(one.group for one in rest)
        papers.update(one.group for one in rest if title_key(one.entry.title) in titles)
    entries: list[NoteEntry] = []
    left_out: list[NoteEntry] = []
    for reading, (sure, rest) in zip(readings, cited, strict=True):
        of_file = [*reading.entries, *sure]
        noted = {title_key(entry.title) for entry in of_file}
        for one in rest:
            key = title_key(one.entry.title)
            most = papers[one.group] >= max(_LEAST_OF_GROUP, _MOST_OF_GROUP * groups[one.group])
            if key not in noted and (key in titles or most):
                of_file.append(one.entry)
            elif key not in noted and one.group:
                left_out.append(one.entry)
        entries += sorted(of_file, key=lambda entry: entry.line)
    return tuple(entries), tuple(left_out), problems


def _by_key(
    possible: Sequence[Possible], keys: Mapping[str, NoteEntry], problems: list[NoteProblem]
) -> tuple[list[NoteEntry], list[Possible]]:
    """Entries that a bibliography knows by their citation key, and the others."""
    sure: list[NoteEntry] = []
    rest: list[Possible] = []
    for one in possible:
        entry, paper = one.entry, keys.get(one.citekey)
        untitled = title_key(entry.title) in ("", title_key(one.citekey))
        if paper is not None and (untitled or not one.group or same_paper(entry.title, paper.title)):
            title = paper.title if untitled else entry.title
            sure.append(replace(entry, title=title, arxiv_id=entry.arxiv_id or paper.arxiv_id))
        elif paper is None and one.certain:
            sure.append(entry)
        elif paper is None and one.citekey and not one.group:
            what = f"the citation key @{one.citekey} is in no bibliography that was read"
            problems.append(NoteProblem(entry.file, entry.line, what, "give the .bib file's path as well"))
        elif paper is None:
            rest.append(one)
    return sure, rest


def _digest(data: bytes, name: str) -> str:
    """Tells a file as these readers see it."""
    readers = (f"{type(one).__module__}:{one.name}" for one in note_formats())
    return hashlib.sha256("\0".join([VERSION, *readers, name, ""]).encode() + data).hexdigest()


def read_bytes(data: bytes, file: str) -> Reading:
    """Read one file's bytes: decode, choose the format, find the papers.

    Bad content never raises: what can't be read is a problem of the reading.
    """
    leave_out = "leave it out with --exclude"
    if len(data) > MAX_SIZE:
        large = f"the file has {len(data) / 1e6:.0f} MB, more than the {MAX_SIZE / 1e6:.0f} MB that are read"
        return _unread(file, large, "split it")
    try:
        decoded = decode(data)
        chosen = format_of(file, decoded.text)
        reading = chosen.read(decoded.text, file) if chosen is not None else Reading()
    except BinaryFile as error:
        return _unread(file, str(error), leave_out)
    except RecursionError:
        return _unread(file, "the file is nested too deeply to be read", leave_out)
    problems = reading.problems
    if decoded.stray:
        what = f"{decoded.stray} bytes are not {decoded.encoding} and were replaced"
        problems = (*problems, NoteProblem(file, 0, what, "save the file as UTF-8"))
    return replace(
        reading, problems=problems, mentions=(*reading.mentions, *_rest(decoded.text, file, reading))
    )


def _unread(file: str, what: str, remedy: str) -> Reading:
    return Reading(problems=(NoteProblem(file, 0, what, remedy),))


def _rest(text: str, file: str, reading: Reading) -> Iterator[Mention]:
    """Identifiers that stand in a file where its format has no words: comments, pictures, abstracts."""
    known = {entry.arxiv_id for entry in reading.entries} | {mention.id for mention in reading.mentions}
    known |= {one.entry.arxiv_id for one in reading.possible}
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE or not _MAY_HOLD.search(line):
            continue
        for found in find_ids(line):
            if found.id and found.dressed and found.id not in known:
                known.add(found.id)
                yield Mention(
                    file, number, found.id, "it stands in a comment, a picture or a field beside the papers"
                )
