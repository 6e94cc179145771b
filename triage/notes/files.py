"""Which files of a folder are notes."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
_SOURCES = (".md", ".markdown", ".org", ".rst", ".bib", ".adoc", ".qmd", ".ipynb", ".tex")


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

    files: list[NoteFile]
    problems: list[NoteProblem]
    skipped: list[Skipped]


def find_files(
    paths: Sequence[Path], *, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> FoundFiles:
    """List the note files under some paths, sorted within each.

    Hidden folders and folders of packages are skipped, folders of built pages unless they hold sources
    of notes; links to folders are followed once; only files with an ending that some format reads are
    listed.  A file given by itself is always listed.  Tables (``.csv``, ``.tsv``, ``.tab``) in a folder
    are listed if their header is that of a list of papers, or if ``include`` names them.

    Raises
    ------
    NotesError
        If a path does not exist or can't be reached.
    """
    found = FoundFiles([], [], [])
    seen: set[Path] = set()
    for path in paths:
        try:
            if path.is_file():
                here = [NoteFile(path, path.name)]
            elif path.is_dir():
                here = list(_Walk(path, include, exclude, found).files())
            elif path.exists():
                raise NotesError(
                    f"{path} is neither a file nor a folder", remedy="Give the folder that holds your notes."
                )
            else:
                raise NotesError(
                    f"{path} does not exist",
                    remedy="Check the path of your notes, on the command line or in config.yaml; "
                    "with no notes yet, write there: notes: {paths: []}",
                )
        except PermissionError as error:
            raise NotesError(
                f"{path} can't be read: permission denied", remedy="Give yourself the right to read it."
            ) from error
        for one in here:
            real = one.path.resolve()
            if real not in seen:
                seen.add(real)
                found.files.append(one)
    return found


class _Walk:
    """Goes through a folder and counts what it leaves out."""

    def __init__(self, root: Path, include: Sequence[str], exclude: Sequence[str], found: FoundFiles) -> None:
        self.root, self.include, self.exclude, self.found = root, include, exclude, found
        self.skipped: Counter[tuple[str, str]] = Counter()

    def files(self) -> Iterator[NoteFile]:
        """The files to read."""
        suffixes = readable_suffixes()
        visited: set[tuple[int, int]] = set()
        for folder, folders, names in os.walk(self.root, onerror=self._failed, followlinks=True):
            here = Path(folder)
            status = here.stat()
            # A link that leads back up would be walked for ever.
            if (status.st_dev, status.st_ino) in visited:
                folders.clear()
                continue
            visited.add((status.st_dev, status.st_ino))
            folders[:] = sorted(name for name in folders if self._is_walked(here / name))
            for name in sorted(names):
                path = here / name
                if name.startswith(".") or path.suffix.lower() not in suffixes:
                    continue
                relative = path.relative_to(self.root).as_posix()
                if path.is_file():
                    if self._is_wanted(path, relative):
                        yield NoteFile(path, relative)
                elif path.is_symlink():
                    self.found.problems.append(
                        NoteProblem(relative, 0, "is a link to nothing", "remove or mend the link")
                    )
                else:
                    self.found.problems.append(
                        NoteProblem(relative, 0, "is no regular file, and was not read")
                    )
        self.found.skipped += [Skipped(what, files, how) for (what, how), files in self.skipped.items()]

    def _failed(self, error: OSError) -> None:
        name = os.path.relpath(error.filename, self.root) if error.filename else str(self.root)
        what = f"can't be read: {error.strerror}"
        self.found.problems.append(NoteProblem(name.replace(os.sep, "/"), 0, what, "check its permissions"))

    def _is_walked(self, folder: Path) -> bool:
        name = folder.name.lower()
        if name.startswith("."):
            return False
        if name not in _NEVER and not (name in _BUILT and not _holds_sources(folder)):
            return True
        relative = folder.relative_to(self.root).as_posix()
        count = sum(1 for _ in _readable(folder))
        if count:
            self.skipped[f"the folder {relative}", f"give its path: {folder}"] += count
        return False

    def _is_wanted(self, path: Path, name: str) -> bool:
        asked_for = any(_glob(pattern).fullmatch(name) for pattern in self.include)
        if any(_glob(pattern).fullmatch(name) for pattern in self.exclude):
            return False
        if self.include and not asked_for:
            self.skipped["files that --include does not name", "widen --include"] += 1
            return False
        if not asked_for and path.suffix.lower() in _DATA_SUFFIXES and not _lists_papers(path):
            self.skipped["tables without columns of papers", "name them with --include"] += 1
            return False
        if path.stat().st_size > MAX_SIZE:
            self.skipped[f"files of more than {MAX_SIZE // 1_000_000} MB", "split them"] += 1
            return False
        return True


def _readable(folder: Path) -> Iterator[Path]:
    suffixes = readable_suffixes() - {"", ".json", ".txt", ".html"}
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(here) / name for name in names[:1000] if Path(name).suffix.lower() in suffixes)


def _holds_sources(folder: Path) -> bool:
    """Whether a folder named like one of built pages holds sources of notes."""
    return any(path.suffix.lower() in _SOURCES for path in _readable(folder))


def _lists_papers(path: Path) -> bool:
    """Whether a table's first line names columns that only lists of papers have."""
    from triage.notes.formats.data import is_table_of_papers

    try:
        with path.open("rb") as file:
            first = file.read(4000)
        return is_table_of_papers(decode(first).text)
    except (OSError, BinaryFile):
        return False


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    """A glob over whole relative paths; one without a slash matches in every folder."""
    pattern = pattern.removeprefix("./")
    if pattern.endswith("/"):
        pattern += "**"
    if "/" not in pattern:
        pattern = f"**/{pattern}"
    parts = []
    for piece in re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern):
        match piece:
            case "**/":
                parts.append("(?:.*/)?")
            case "**":
                parts.append(".*")
            case "*":
                parts.append("[^/]*")
            case "?":
                parts.append("[^/]")
            case _ if piece.startswith("[") and piece.endswith("]"):
                parts.append(piece.replace("[!", "[^"))
            case _:
                parts.append(re.escape(piece))
    return re.compile("".join(parts))
