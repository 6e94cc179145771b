"""Files and folders of notes to the papers noted there."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from triage.notes.decode import BinaryFile, decode
from triage.notes.files import MAX_SIZE, NoteFile, Skipped, find_files
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


VERSION = "6"
"""Raised whenever the readers may find something else in the same file."""
_MAY_HOLD = re.compile(r"rxiv|/papers/|alphaxiv|corr/abs|scirate", re.IGNORECASE)
_MOST_OF_GROUP = 0.5
"""Share of proven papers from which all lines or notes of one form are papers."""
_LEAST_OF_GROUP = 2
_TEMPLATE = 5
"""Files with the same unproven line from which it is a template's."""


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
        what matches is read; what matches ``exclude`` never is.
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
    found = find_files(paths, include=include, exclude=exclude)
    whole = _Collection(problems=list(found.problems))
    for done, file in enumerate(found.files):
        if progress:
            progress(done, len(found.files))
        data = whole.bytes_of(file)
        if data is None:
            continue
        digest = _digest(data, file.name)
        kept = cache.get(digest) if cache is not None else None
        reading = whole.reading_of(data, file.name) if kept is None else kept
        if reading is None:
            continue
        if cache is not None and kept is None:
            cache.put(digest, reading)
        whole.add(reading, ReadFile(file.name, file.path, digest, len(reading.entries), kept is not None))
    if progress:
        progress(len(found.files), len(found.files))
    return replace(whole.joined(), skipped=found.skipped)


@dataclass(slots=True)
class _Collection:
    """The readings of all files, and what they prove of each other."""

    problems: list[NoteProblem] = field(default_factory=list)
    files: list[ReadFile] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def bytes_of(self, file: NoteFile) -> bytes | None:
        """A file's bytes; that it can't be read is a problem of the collection."""
        try:
            return file.path.read_bytes()
        except OSError as error:
            what = f"can't be read: {error.strerror or error}"
            self.problems.append(NoteProblem(file.name, 0, what, "check its permissions"))
            return None

    def reading_of(self, data: bytes, file: str) -> Reading | None:
        """A file's reading: a format may be anybody's plug-in, and one file is not to cost the others."""
        try:
            return read_bytes(data, file)
        except Exception as error:
            what = f"the reader of this format failed: {type(error).__name__}: {error}"
            self.problems.append(NoteProblem(file, 0, what, "leave it out with --exclude, and report it"))
            return None

    def add(self, reading: Reading, file: ReadFile) -> None:
        """Add a file's reading."""
        self.readings.append(reading)
        self.files.append(file)
        self.problems += reading.problems

    def joined(self) -> Extraction:
        """All entries: of the files by themselves, by citation key, and those that other files prove."""
        keys: dict[str, NoteEntry] = {}
        for reading in self.readings:
            keys.update((key, reading.entries[place]) for key, place in reading.citekeys)
        # A bibliography has titles of one or two words, which prove nothing of a note.
        titles = {
            title_key(entry.title)
            for reading in self.readings
            for entry in reading.entries
            if not reading.citekeys or quality(entry.title) is Quality.STRONG
        }
        proven: list[list[NoteEntry]] = []
        unsure: list[list[Possible]] = []
        for reading in self.readings:
            sure, rest = self._by_key(reading.possible, keys)
            proven.append(sure)
            unsure.append(rest)
        titles.update(title_key(entry.title) for sure in proven for entry in sure)
        titles.discard("")
        # What stands in many files without an address is the text of a template.
        often = Counter(key for rest in unsure for key in {title_key(one.entry.title) for one in rest})
        titles -= {key for key, files in often.items() if files >= _TEMPLATE}
        groups: Counter[str] = Counter()
        papers: Counter[str] = Counter()
        for reading, rest in zip(self.readings, unsure, strict=True):
            for group, count in reading.groups:
                groups[group] += count
                papers[group] += count
            for one in rest:
                groups[one.group] += 1
                papers[one.group] += _is_known(one, titles)
        entries: list[NoteEntry] = []
        left_out: list[NoteEntry] = []
        for reading, sure, rest in zip(self.readings, proven, unsure, strict=True):
            of_file = [*reading.entries, *sure]
            noted = {title_key(entry.title) for entry in of_file}
            for one in rest:
                if title_key(one.entry.title) in noted:
                    continue
                most = papers[one.group] >= max(_LEAST_OF_GROUP, _MOST_OF_GROUP * groups[one.group])
                if _is_known(one, titles) or most:
                    of_file.append(one.entry)
                elif one.group:
                    left_out.append(one.entry)
            entries += sorted(of_file, key=lambda entry: entry.line)
        mentions = tuple(one for reading in self.readings for one in reading.mentions)
        return Extraction(tuple(entries), tuple(self.problems), tuple(self.files), mentions, tuple(left_out))

    def _by_key(
        self, possible: Sequence[Possible], keys: Mapping[str, NoteEntry]
    ) -> tuple[list[NoteEntry], list[Possible]]:
        """Entries that a bibliography knows by their citation key, and the others."""
        sure: list[NoteEntry] = []
        rest: list[Possible] = []
        for one in possible:
            paper = keys.get(one.citekey) if one.citekey else None
            if paper is not None and one.group and one.entry.title and not _is_cited_as(one, paper):
                continue
            if paper is not None:
                title = (
                    one.entry.title
                    if title_key(one.entry.title) not in ("", title_key(one.citekey))
                    else paper.title
                )
                sure.append(replace(one.entry, title=title, arxiv_id=one.entry.arxiv_id or paper.arxiv_id))
            elif one.certain:
                sure.append(one.entry)
            elif one.citekey and not one.group:
                what = f"the citation key @{one.citekey} is in no bibliography that was read"
                self.problems.append(
                    NoteProblem(one.entry.file, one.entry.line, what, "give the .bib file's path as well")
                )
            else:
                rest.append(one)
        return sure, rest


def _is_cited_as(one: Possible, paper: NoteEntry) -> bool:
    """Whether a line's title can be that of the paper which it cites."""
    return title_key(one.entry.title) == title_key(one.citekey) or same_paper(one.entry.title, paper.title)


def _is_known(one: Possible, titles: set[str]) -> bool:
    key = title_key(one.entry.title)
    return len(key) >= 16 and key in titles


def _digest(data: bytes, name: str) -> str:
    """Tells a file as these readers see it."""
    readers = (f"{type(one).__module__}:{one.name}" for one in note_formats())
    return hashlib.sha256("\0".join([VERSION, *readers, name, ""]).encode() + data).hexdigest()


def read_bytes(data: bytes, file: str) -> Reading:
    """Read one file's bytes: decode, choose the format, find the papers.

    Never raises: what can't be read is a problem of the reading.
    """
    try:
        decoded = decode(data)
    except BinaryFile as error:
        return Reading(problems=(NoteProblem(file, 0, str(error), "leave it out with --exclude"),))
    if len(data) > MAX_SIZE:
        large = f"the file has {len(data) / 1e6:.0f} MB, more than the {MAX_SIZE / 1e6:.0f} MB that are read"
        return Reading(problems=(NoteProblem(file, 0, large, "split it"),))
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
    reading = replace(reading, mentions=(*reading.mentions, *_rest(decoded.text, file, reading)))
    if decoded.stray:
        stray = NoteProblem(
            file,
            0,
            f"{decoded.stray} bytes are not {decoded.encoding} and were replaced",
            "save the file as UTF-8",
        )
        return replace(reading, problems=(*reading.problems, stray))
    return reading


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
