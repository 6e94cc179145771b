"""Where a reader's notes may lie: what ``triage init`` proposes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_DEPTH = 3
_MOST_FOLDERS = 2_000
"""A home folder can be endless; what is not found in so many folders is named by hand."""
_SKIPPED = {"node_modules", "site-packages", "Library", "AppData", "__pycache__"}
_FOLDERS_OF_NOTES = {"notes", "papers", "reading", "paper-notes", "literature"}


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
    for number, (name, folders, files) in enumerate(os.walk(root)):
        if number >= _MOST_FOLDERS:
            break
        folder = Path(name)
        deep = len(folder.relative_to(root).parts) >= _DEPTH
        kind = _kind_of(folder, folders, files)
        if kind:
            found.append(NotesPlace(folder, kind))
        else:
            bibliographies = sorted(name for name in files if name.endswith(".bib"))
            found += [NotesPlace(folder / name, "a bibliography") for name in bibliographies]
        wanted = (one for one in folders if not one.startswith(".") and one not in _SKIPPED)
        folders[:] = () if kind or deep else sorted(wanted)
    return found


def _kind_of(folder: Path, folders: list[str], files: list[str]) -> str:
    if ".obsidian" in folders:
        return "an Obsidian vault"
    if "logseq" in folders and "pages" in folders:
        return "a Logseq graph"
    if folder.name == "_posts":
        return "a blog's posts"
    holds_text = any(name.endswith((".md", ".org", ".txt")) for name in files)
    return "a folder of notes" if holds_text and folder.name.casefold() in _FOLDERS_OF_NOTES else ""
