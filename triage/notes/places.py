"""Where a reader's notes may lie: what ``triage init`` proposes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_DEPTH = 3
_MOST_FOLDERS = 2_000
"""A home folder can be endless; what is not found in so many folders is named by hand."""
_SKIPPED = {"node_modules", "site-packages", "Library", "AppData", "__pycache__"}


@dataclass(frozen=True, slots=True)
class NotesPlace:
    """A folder or file that looks like notes on papers."""

    path: Path
    kind: str
    """What it looks like, in words for the reader."""


def find_notes(root: Path) -> list[NotesPlace]:
    """Return what looks like notes below a folder: vaults, blogs, bibliographies, folders of notes.

    What lies inside of a place that was found is part of it.
    """
    found: list[NotesPlace] = []
    for folder, folders, files in _walk(root):
        kind = _kind_of(folder, folders, files)
        if kind:
            found.append(NotesPlace(folder, kind))
            folders.clear()
            continue
        found += [
            NotesPlace(folder / name, "a bibliography") for name in sorted(files) if name.endswith(".bib")
        ]
    return found


def _kind_of(folder: Path, folders: list[str], files: list[str]) -> str:
    if ".obsidian" in folders:
        return "an Obsidian vault"
    if "logseq" in folders and "pages" in folders:
        return "a Logseq graph"
    if folder.name == "_posts":
        return "a blog's posts"
    if folder.name.casefold() in {"notes", "papers", "reading", "paper-notes", "literature"} and any(
        name.endswith((".md", ".org", ".txt")) for name in files
    ):
        return "a folder of notes"
    return ""


def _walk(root: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    for number, (name, folders, files) in enumerate(os.walk(root)):
        if number >= _MOST_FOLDERS:
            return
        folder = Path(name)
        folders.sort()
        if len(folder.relative_to(root).parts) >= _DEPTH:
            folders.clear()
        yield folder, folders, files
        folders[:] = [one for one in folders if not one.startswith(".") and one not in _SKIPPED]
