"""The formats of notes, behind one protocol: rows of the tables ``FORMATS`` at the end of each module."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import PurePosixPath
from typing import Protocol, runtime_checkable

from triage.errors import NotesError
from triage.papers import ArxivId, NoteEntry

ENTRY_POINT_GROUP = "triage.note_formats"


@dataclass(frozen=True, slots=True)
class NoteProblem:
    """Something in the notes that could not be read, or can't be right."""

    file: str
    """Relative to the path that was read."""
    line: int
    """1-based; 0 when the whole file is meant."""
    what: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A paper that is named in passing."""

    file: str
    line: int
    id: ArxivId
    why: str


@dataclass(frozen=True, slots=True)
class Possible:
    """A title without an identifier, and what would show that it is a noted paper."""

    entry: NoteEntry
    group: str
    """Lines or notes of one form: when most of them are papers, all are."""
    citekey: str = ""
    """The citation key that the note gives for it; a bibliography may know it."""
    certain: bool = False
    """It is a paper also where no bibliography knows its key."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave."""

    entries: tuple[NoteEntry, ...] = ()
    problems: tuple[NoteProblem, ...] = ()
    citekeys: tuple[tuple[str, int], ...] = ()
    """Citation keys, each with the place in ``entries`` of the paper that it names."""
    mentions: tuple[Mention, ...] = ()
    """Identifiers that stand in the file and are no entries, each with the reason."""
    groups: tuple[tuple[str, int], ...] = ()
    """For each group, how many papers of the file are proven in it."""
    possible: tuple[Possible, ...] = ()
    """Papers without an identifier that the rest of the collection can prove."""


@runtime_checkable
class NoteFormat(Protocol):
    """A format of notes."""

    name: str
    """Short and unique: ``markdown``, ``bibtex``."""
    suffixes: tuple[str, ...]
    """Endings of file names, lower case, with the dot."""

    def recognises(self, text: str) -> bool:
        """Whether a text with an ending that says nothing (``.txt``) is in this format."""

    def read(self, text: str, file: str) -> Reading:
        """Find the noted papers.  Never raises for bad content: what can't be read is a problem."""


@dataclass(frozen=True, slots=True)
class Format:
    """A built-in format: its readers are functions."""

    name: str
    suffixes: tuple[str, ...]
    shape: Callable[[str], object]
    """What a text is asked whose name says nothing."""
    read: Callable[[str, str], Reading]

    def recognises(self, text: str) -> bool:
        """Whether a text is in this format."""
        with suppress(ValueError, RecursionError):
            return bool(self.shape(text))
        return False


@cache
def note_formats() -> tuple[NoteFormat, ...]:
    """All formats, in the order in which they are asked about a text whose file's name says nothing.

    Those of other packages (entry points) come first, so that they can take over an ending.

    Raises NotesError if one of another package can't be loaded or is none.
    """
    from triage.notes.formats import bibliographies, data, markup, outlines

    built_in = (bibliographies, outlines, data, markup)
    others = tuple(_loaded(point) for point in entry_points(group=ENTRY_POINT_GROUP))
    return others + tuple(one for module in built_in for one in module.FORMATS)


def _loaded(point: EntryPoint) -> NoteFormat:
    try:
        made = point.load()()
        if not isinstance(made, NoteFormat):
            raise TypeError("it has not all of name, suffixes, recognises and read")
    except Exception as error:
        # Whatever another package's import raises, the reader must hear which package it was.
        raise NotesError(
            f"the note format {point.name!r} ({point.value}) can't be loaded: {error}",
            remedy="Update or remove the package that brings it; docs/notes-formats.md has an example.",
        ) from error
    return made


_TELLS_NOTHING = frozenset({"", ".txt", ".text", ".note", ".notes", ".lst", ".list"})


def format_of(file: str, text: str, formats: Sequence[NoteFormat] | None = None) -> NoteFormat | None:
    """Choose the format of a file by its ending, and by its (decoded) text where the ending says nothing."""
    formats = note_formats() if formats is None else formats
    suffix = PurePosixPath(file).suffix.lower()
    claiming = formats if suffix in _TELLS_NOTHING else [one for one in formats if suffix in one.suffixes]
    # Of several formats for an ending (.json), the one that recognises the text reads it.
    last = claiming[-1] if claiming else None
    return next((one for one in claiming[:-1] if one.recognises(text)), last)


def readable_suffixes() -> frozenset[str]:
    """Every ending that some format reads."""
    return _TELLS_NOTHING.union(*(one.suffixes for one in note_formats()))
