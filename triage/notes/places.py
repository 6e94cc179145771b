"""Where a reader's notes may lie: what ``triage init`` proposes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
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
    for name, folders, files in islice(os.walk(root), _MOST_FOLDERS):
        folder = Path(name)
        kind = _kind_of(folder.name, folders, files)
        if kind:
            found.append(NotesPlace(folder, kind))
        else:
            found += [
                NotesPlace(folder / one, "a bibliography") for one in sorted(files) if one.endswith(".bib")
            ]
        deep = kind or len(folder.relative_to(root).parts) >= _DEPTH
        folders[:] = () if deep else sorted(one for one in folders if one[0] != "." and one not in _SKIPPED)
    return found


def _kind_of(name: str, folders: list[str], files: list[str]) -> str:
    if ".obsidian" in folders:
        return "an Obsidian vault"
    if "logseq" in folders and "pages" in folders:
        return "a Logseq graph"
    if name == "_posts":
        return "a blog's posts"
    holds_text = any(one.endswith((".md", ".org", ".txt")) for one in files)
    return "a folder of notes" if holds_text and name.casefold() in _FOLDERS_OF_NOTES else ""
