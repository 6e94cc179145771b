"""Which files of a folder are notes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from triage.errors import NotesError
from triage.notes.decode import BinaryFile, decode
from triage.notes.formats import NoteProblem, readable_suffixes
from triage.notes.words import words

MAX_SIZE = 100_000_000
"""Bytes of a file that is read; larger ones are data."""
_DATA_SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
"""Tables beside notes are data (results, labels) unless their header is that of a list of papers."""
_BUILT = words("public build dist target out")
"""Folders that hold what a program has made, unless they hold sources of notes."""
_NEVER = words("_site node_modules __pycache__ venv env vendor bower_components site-packages")
_SOURCES = frozenset({".md", ".markdown", ".org", ".rst", ".bib", ".adoc", ".qmd", ".ipynb", ".tex"})


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


@dataclass(slots=True)
class FoundFiles:
    """The note files under some paths, and what else is there."""

    include: Sequence[str]
    exclude: Sequence[str]
    by_path: dict[Path, NoteFile] = field(default_factory=dict)
    """The files to read, by where they really are."""
    problems: list[NoteProblem] = field(default_factory=list)
    left: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many files were not read, by what they are and how to include them."""

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

        def failed(error: OSError) -> None:
            name = Path(error.filename).relative_to(root).as_posix()
            self.problems.append(
                NoteProblem(name, 0, f"can't be read: {error.strerror}", "check its permissions")
            )

        visited: set[tuple[int, int]] = set()
        for folder, folders, names in os.walk(root, onerror=failed, followlinks=True):
            here = Path(folder)
            status = here.stat()
            # A link that leads back up would be walked for ever.
            seen = (status.st_dev, status.st_ino) in visited
            visited.add((status.st_dev, status.st_ino))
            folders[:] = (
                () if seen else sorted(name for name in folders if self._is_walked(here / name, root))
            )
            for path in () if seen else sorted(here / name for name in names if not name.startswith(".")):
                if path.suffix.lower() in readable_suffixes():
                    self._add(path, path.relative_to(root).as_posix())

    def _is_walked(self, folder: Path, root: Path) -> bool:
        name = folder.name.lower()
        if name.startswith(".") or name not in _NEVER | _BUILT:
            return not name.startswith(".")
        holds = Counter(_suffixes_in(folder))
        if name in _BUILT and holds.keys() & _SOURCES:
            return True
        if holds:
            relative = folder.relative_to(root).as_posix()
            self.left[f"the folder {relative}", f"give its path: {folder}"] += holds.total()
        return False

    def _add(self, path: Path, name: str) -> None:
        asked_for = _matches(name, self.include)
        is_data = path.suffix.lower() in _DATA_SUFFIXES
        if not path.is_file():
            what = "is a special file, and was not read" if path.exists() else "is a link to nothing"
            self.problems.append(NoteProblem(name, 0, what, "remove it, or put the file back"))
        elif _matches(name, self.exclude):
            return
        elif self.include and not asked_for:
            self.left["files that --include does not name", "widen --include"] += 1
        elif is_data and not asked_for and not _lists_papers(path):
            self.left["tables without columns of papers", "name them with --include"] += 1
        elif path.stat().st_size > MAX_SIZE:
            self.left[f"files of more than {MAX_SIZE // 1_000_000} MB", "split them"] += 1
        else:
            self.by_path.setdefault(path.resolve(), NoteFile(path, name))


def find_files(
    paths: Sequence[Path], *, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> FoundFiles:
    """List the note files under some paths, sorted within each, every file once.

    Hidden folders and folders of packages are skipped, folders of built pages unless they hold sources
    of notes; links to folders are followed once; only files with an ending that some format reads are
    listed.  A file given by itself is always listed.  Tables in a folder are listed if their header is
    that of a list of papers, or if ``include`` names them.

    Raises NotesError if a path does not exist or can't be reached.
    """
    found = FoundFiles(include, exclude)
    for path in paths:
        try:
            if path.is_dir():
                found.walk(path)
            elif path.is_file():
                found.by_path.setdefault(path.resolve(), NoteFile(path, path.name))
            else:
                what = "is a special file, and is not read" if path.exists() else "does not exist"
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


def _suffixes_in(folder: Path) -> Iterator[str]:
    """The endings of what looks like notes anywhere in a folder."""
    telling = readable_suffixes() - {"", ".json", ".txt", ".html"}
    for _, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (suffix for name in names if (suffix := Path(name).suffix.lower()) in telling)


def _lists_papers(path: Path) -> bool:
    """Whether a table's first line names columns that only lists of papers have."""
    from triage.notes.formats.data import is_table_of_papers

    try:
        with path.open("rb") as file:
            return is_table_of_papers(decode(file.read(4000)).text)
    except (OSError, BinaryFile):
        return False


def _matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether one of some globs fits a relative path; one without a slash fits in every folder."""
    for pattern in patterns:
        glob = pattern.removeprefix("./").replace("**/", "*") + ("*" if pattern.endswith("/") else "")
        if fnmatchcase(name, glob) or ("/" not in glob and fnmatchcase(name.rpartition("/")[2], glob)):
            return True
    return False
