"""Which files of a folder are notes."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from triage.errors import NotesError
from triage.notes.decode import BinaryFile, decode
from triage.notes.formats import NoteProblem, readable_suffixes
from triage.notes.words import words

MAX_SIZE = 100_000_000
"""Bytes of a file that is read; larger ones are data."""
_DATA_SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
"""Tables beside notes are data (results, labels) unless their header is that of a list of papers."""
_BUILT = words("_site public build dist target out")
"""Folders that hold what a program has made, unless they hold sources of notes."""
_NEVER = words("_site node_modules __pycache__ venv env vendor bower_components site-packages")
_SOURCES = frozenset({".md", ".markdown", ".org", ".rst", ".bib", ".adoc", ".qmd", ".ipynb", ".tex"})
_MOST_COUNTED = 1000
"""Files of one folder that are looked at to tell what it holds."""


@dataclass(frozen=True, slots=True)
class NoteFile:
    """A file to read."""

    path: Path
    name: str
    """Relative to the path that was given, or the file's name, with ``/`` between folders."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Files that were not read."""

    what: str
    files: int
    how: str
    """How to include them."""


def find_files(
    paths: Sequence[Path], *, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> FoundFiles:
    """List the note files under some paths, sorted within each, every file once.

    Hidden folders and folders of packages are skipped, folders of built pages unless they hold sources
    of notes; links to folders are followed once; only files with an ending that some format reads are
    listed.  A file given by itself is always listed.  Tables in a folder are listed if their header is
    that of a list of papers, or if ``include`` names them.

    Raises
    ------
    NotesError
        If a path does not exist or can't be reached.
    """
    found = FoundFiles(list(map(_glob, include)), list(map(_glob, exclude)))
    for path in paths:
        try:
            if path.is_dir():
                found.walk(path)
            elif path.is_file():
                found.by_path.setdefault(path.resolve(), NoteFile(path, path.name))
            else:
                what = "is neither a file nor a folder" if path.exists() else "does not exist"
                raise NotesError(
                    f"{path} {what}",
                    remedy="Check the path of your notes, on the command line or in config.yaml; "
                    "with no notes yet, write there: notes: {paths: []}",
                )
        except PermissionError as error:
            raise NotesError(
                f"{path} can't be read: permission denied", remedy="Give yourself the right to read it."
            ) from error
    return found


@dataclass(slots=True)
class FoundFiles:
    """The note files under some paths, and what else is there."""

    include: list[re.Pattern[str]]
    exclude: list[re.Pattern[str]]
    by_path: dict[Path, NoteFile] = field(default_factory=dict)
    """The files to read, by where they really are."""
    problems: list[NoteProblem] = field(default_factory=list)
    left: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many files were not read, by what they are and how to include them."""
    root: Path = field(default_factory=Path)

    @property
    def files(self) -> list[NoteFile]:
        """The files to read, in order."""
        return list(self.by_path.values())

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was not read."""
        return tuple(Skipped(what, count, how) for (what, how), count in self.left.items())

    def walk(self, root: Path) -> None:
        """Add the files below a folder."""
        self.root = root
        suffixes = readable_suffixes()
        visited: set[tuple[int, int]] = set()
        for folder, folders, names in os.walk(root, onerror=self._failed, followlinks=True):
            here = Path(folder)
            status = here.stat()
            # A link that leads back up would be walked for ever.
            if (status.st_dev, status.st_ino) in visited:
                folders.clear()
                continue
            visited.add((status.st_dev, status.st_ino))
            folders[:] = sorted(name for name in folders if self._is_walked(here / name))
            for path in sorted(here / name for name in names if not name.startswith(".")):
                if path.suffix.lower() in suffixes:
                    self._add(path, path.relative_to(root).as_posix())

    def _add(self, path: Path, name: str) -> None:
        if not path.is_file():
            what = "is a link to nothing" if path.is_symlink() else "is no regular file, and was not read"
            self.problems.append(NoteProblem(name, 0, what, "remove it, or put the file back"))
        elif self._is_wanted(path, name):
            self.by_path.setdefault(path.resolve(), NoteFile(path, name))

    def _failed(self, error: OSError) -> None:
        name = Path(error.filename).relative_to(self.root).as_posix()
        what = f"can't be read: {error.strerror}"
        self.problems.append(NoteProblem(name, 0, what, "check its permissions"))

    def _is_walked(self, folder: Path) -> bool:
        name = folder.name.lower()
        if name.startswith("."):
            return False
        holds = Counter(_suffixes_in(folder)) if name in _NEVER | _BUILT else Counter[str]()
        if name not in _NEVER and (name not in _BUILT or not _SOURCES.isdisjoint(holds)):
            return True
        if holds:
            relative = folder.relative_to(self.root).as_posix()
            self.left[f"the folder {relative}", f"give its path: {folder}"] += holds.total()
        return False

    def _is_wanted(self, path: Path, name: str) -> bool:
        asked_for = any(pattern.fullmatch(name) for pattern in self.include)
        is_data = path.suffix.lower() in _DATA_SUFFIXES
        if any(pattern.fullmatch(name) for pattern in self.exclude):
            return False
        if self.include and not asked_for:
            why = ("files that --include does not name", "widen --include")
        elif is_data and not asked_for and not _lists_papers(path):
            why = ("tables without columns of papers", "name them with --include")
        elif path.stat().st_size > MAX_SIZE:
            why = (f"files of more than {MAX_SIZE // 1_000_000} MB", "split them")
        else:
            return True
        self.left[why] += 1
        return False


def _suffixes_in(folder: Path) -> Iterator[str]:
    """The endings of what looks like notes anywhere in a folder."""
    telling = readable_suffixes() - {"", ".json", ".txt", ".html"}
    for _, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        suffixes = (Path(name).suffix.lower() for name in names[:_MOST_COUNTED])
        yield from (suffix for suffix in suffixes if suffix in telling)


def _lists_papers(path: Path) -> bool:
    """Whether a table's first line names columns that only lists of papers have."""
    from triage.notes.formats.data import is_table_of_papers

    try:
        with path.open("rb") as file:
            return is_table_of_papers(decode(file.read(4000)).text)
    except (OSError, BinaryFile):
        return False


_GLOB = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    """A glob over whole relative paths; one without a slash matches in every folder."""
    pattern = pattern.removeprefix("./") + ("**" if pattern.endswith("/") else "")
    if "/" not in pattern:
        pattern = f"**/{pattern}"
    # Every second piece is a wildcard or a set of characters.
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern)
    sets = (_GLOB.get(piece) or piece.replace("[!", "[^") for piece in pieces[1::2])
    return re.compile("".join(re.escape(piece) + next(sets, "") for piece in pieces[::2]))
