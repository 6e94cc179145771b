"""From what a reading found to the noun that the other rooms know."""

from __future__ import annotations

import re
from datetime import date

from triage.notes.blocks import Note
from triage.notes.formats import NoteProblem, Reading
from triage.notes.frontmatter import as_list, as_text
from triage.notes.reader import read_note
from triage.notes.sections import Found
from triage.papers import NoteEntry

_TAG_KEYS = ("tags", "tag", "categories", "category", "keywords", "topics", "topic", "collections")
_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})(?!\d)")


def reading_of(note: Note, file: str, stem: str) -> Reading:
    """Read a note's blocks and give its papers the file's name, tags and date."""
    tags = tuple(dict.fromkeys(tag for key in _TAG_KEYS for tag in as_list(note.meta.get(key))))
    day = day_of(as_text(note.meta.get("date") or note.meta.get("created") or ""))
    # Of a title that is nothing but labels nothing is left: that names no paper.
    named = (found for found in read_note(note, stem) if found.title or found.id or found.broken)
    entries = tuple(entry_of(found, file, tags, day) for found in named)
    problems = [NoteProblem(file, line, what) for line, what in note.problems]
    problems += [
        NoteProblem(
            file,
            entry.line,
            f"{entry.broken_id!r} stands where an arXiv identifier should and is none",
            "look the paper up by its title and correct the identifier",
        )
        for entry in entries
        if entry.broken_id
    ]
    return Reading(entries, tuple(problems))


def entry_of(found: Found, file: str, tags: tuple[str, ...] = (), day: date | None = None) -> NoteEntry:
    """One found paper as a note entry."""
    return NoteEntry(
        title=found.title,
        arxiv_id=found.id,
        section=found.section,
        text=found.text,
        file=file,
        line=found.line,
        reading=found.reading,
        broken_id=found.broken,
        links=found.links,
        tags=tuple(dict.fromkeys((*tags, *found.tags))),
        noted_on=day,
    )


def day_of(text: str) -> date | None:
    """The first day in a text, or None."""
    match = _DAY.search(text)
    if not match:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
