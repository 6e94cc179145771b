"""The formats of notes: one small module each, behind one protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
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


_BUILT_IN = (
    "triage.notes.formats.bibtex:BibtexFormat",
    "triage.notes.formats.ris:RisFormat",
    "triage.notes.formats.mail:MailFormat",
    "triage.notes.formats.outlines:NotebookFormat",
    "triage.notes.formats.outlines:CanvasFormat",
    "triage.notes.formats.outlines:OutlineFormat",
    "triage.notes.formats.data:JsonFormat",
    "triage.notes.formats.xml:OpmlFormat",
    "triage.notes.formats.xml:RdfFormat",
    "triage.notes.formats.markup:HtmlFormat",
    "triage.notes.formats.markup:OrgFormat",
    "triage.notes.formats.data:YamlFormat",
    "triage.notes.formats.tables:TableFormat",
    "triage.notes.formats.markup:RestructuredFormat",
    "triage.notes.formats.markup:LatexFormat",
    "triage.notes.formats.markup:AsciidocFormat",
    "triage.notes.formats.markup:TypstFormat",
    "triage.notes.formats.markup:MarkdownFormat",
)
"""In the order in which they are asked about a text whose file's name says nothing."""


@cache
def note_formats() -> tuple[NoteFormat, ...]:
    """All formats: those of other packages (entry points) first, so that they can take over an ending."""
    built_in = set(_BUILT_IN)
    found: list[NoteFormat] = []
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if point.value not in built_in:
            found.append(_loaded(point))
    for value in _BUILT_IN:
        module, _, name = value.partition(":")
        found.append(getattr(import_module(module), name)())
    return tuple(found)


def _loaded(point: EntryPoint) -> NoteFormat:
    """A format of another package.

    Raises
    ------
    NotesError
        If it can't be loaded or is none.
    """
    try:
        made = point.load()()
    except Exception as error:
        # Whatever another package's import raises, the reader must hear which package it was.
        raise NotesError(
            f"the note format {point.name!r} ({point.value}) can't be loaded: {error}",
            remedy="Update or remove the package that brings it.",
        ) from error
    if not isinstance(made, NoteFormat):
        raise NotesError(
            f"{point.value} is no note format",
            remedy="It needs name, suffixes, recognises and read: see docs/notes-formats.md.",
        )
    return made


def format_of(file: str, text: str, formats: Sequence[NoteFormat] | None = None) -> NoteFormat | None:
    """Choose the format of a file by its ending, and by its text where the ending says nothing.

    Parameters
    ----------
    file : str
        The file's name or path.
    text : str
        Its decoded text.
    formats : sequence of NoteFormat, optional
        Instead of all that are installed.
    """
    formats = note_formats() if formats is None else formats
    suffix = PurePosixPath(file).suffix.lower()
    # Of several formats for an ending (.json), the one that recognises the text reads it.
    claiming = [one for one in formats if suffix in one.suffixes]
    if len(claiming) == 1:
        return claiming[0]
    for one in claiming or (formats if suffix in _TELLS_NOTHING else ()):
        if one.recognises(text):
            return one
    return claiming[-1] if claiming else None


_TELLS_NOTHING = frozenset({"", ".txt", ".text", ".note", ".notes", ".lst", ".list"})


def readable_suffixes() -> frozenset[str]:
    """Every ending that some format reads."""
    return _TELLS_NOTHING.union(*(one.suffixes for one in note_formats()))
