"""Which files of a folder are notes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from triage.errors import NotesError
from triage.notes.formats import NoteProblem, readable_suffixes
from triage.notes.words import words

_DATA_SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
"""Tables beside notes are data (results, labels, another tool's lists) more often than notes."""
_SKIPPED_FOLDERS = words(
    "node_modules __pycache__ _site public site build dist target venv env vendor bower_components site-packages"
)


@dataclass(frozen=True, slots=True)
class NoteFile:
    """A file to read."""

    path: Path
    name: str
    """Relative to the path that was given, or the file's name, with ``/`` between folders."""


def find_files(
    paths: Sequence[Path], *, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> tuple[list[NoteFile], list[NoteProblem]]:
    """List the note files under some paths, sorted within each.

    Hidden and build folders are skipped, links to folders are followed once, and only files with an
    ending that some format reads are listed.  A file given by itself is always listed; tables
    (``.csv``, ``.tsv``, ``.tab``) in a folder are listed only if ``include`` names them.

    Raises
    ------
    NotesError
        If a path does not exist or can't be reached.
    """
    files: list[NoteFile] = []
    problems: list[NoteProblem] = []
    seen: set[Path] = set()
    for path in paths:
        try:
            if path.is_file():
                found = [NoteFile(path, path.name)]
            elif path.is_dir():
                found = [one for one in _walk(path, problems) if _wanted(one.name, include, exclude)]
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
        for one in found:
            real = one.path.resolve()
            if real not in seen:
                seen.add(real)
                files.append(one)
    return files, problems


def _walk(root: Path, problems: list[NoteProblem]) -> Iterator[NoteFile]:
    suffixes = readable_suffixes()
    visited: set[tuple[int, int]] = set()

    def failed(error: OSError) -> None:
        name = os.path.relpath(error.filename, root) if error.filename else str(root)
        problems.append(
            NoteProblem(
                name.replace(os.sep, "/"), 0, f"can't be read: {error.strerror}", "check its permissions"
            )
        )

    for folder, folders, names in os.walk(root, onerror=failed, followlinks=True):
        here = Path(folder)
        status = here.stat()
        # A link that leads back up would be walked for ever.
        if (status.st_dev, status.st_ino) in visited:
            folders.clear()
            continue
        visited.add((status.st_dev, status.st_ino))
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name.lower() not in _SKIPPED_FOLDERS
        )
        for name in sorted(names):
            if name.startswith(".") or Path(name).suffix.lower() not in suffixes:
                continue
            path = here / name
            if path.is_file():
                yield NoteFile(path, path.relative_to(root).as_posix())
            elif path.is_symlink():
                problems.append(
                    NoteProblem(
                        path.relative_to(root).as_posix(),
                        0,
                        "is a link to nothing",
                        "remove or mend the link",
                    )
                )


def _wanted(name: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    asked_for = any(_glob(pattern).fullmatch(name) for pattern in include)
    if not asked_for and (include or PurePosixPath(name).suffix.lower() in _DATA_SUFFIXES):
        return False
    return not any(_glob(pattern).fullmatch(name) for pattern in exclude)


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
