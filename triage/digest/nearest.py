"""Links from a digest to the reader's own notes: to the heading that a note is under."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from triage.context import Context
from triage.digest.escape import clean
from triage.errors import FileError
from triage.papers import NearestNote, title_key
from triage.store.files import read_text
from triage.training.labels import NotePlace, NotePlaces

_MARKDOWN = (".md", ".markdown", ".qmd", ".rmd")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(?P<text>.*?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:\([^()\s]*\)|\[[^\[\]]*\])")
_NOT_IN_ADDRESS = re.compile(r"[^\w./~-]")
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]|(?<![^\W_])_|_(?![^\W_])")
# Obsidian takes these for spaces when it looks for a heading.
_NOT_IN_WIKILINK = re.compile(r"[!\"#$%&()*+,.:;<=>?@^`{|}~/\[\]\\]+")


def located(context: Context, notes: Iterable[NearestNote]) -> tuple[NearestNote, ...]:
    """Return notes with their places; those that are no files, or gone, stay as they are."""
    with context.store.reading() as tx:
        known = tx.records.get(NotePlaces)
    places = known.root if known else {}
    return tuple(
        _located(note, place, context.config.digest_folder)
        if (place := places.get(note.id or title_key(note.title)))
        else note
        for note in notes
    )


def _located(note: NearestNote, place: NotePlace, folder: Path) -> NearestNote:
    try:
        text = read_text(Path(place.file))
        # On Windows there is no way from one drive to another.
        file = Path(os.path.relpath(place.file, folder)).as_posix()
    except (FileError, ValueError):
        return note
    if text is None:
        return note
    heading, anchor = ("", "")
    if place.file.lower().endswith(_MARKDOWN):
        heading, anchor = _headings(text).get(place.line, ("", ""))
    return replace(note, file=file, heading=heading, anchor=anchor, noted_on=place.noted_on)


@lru_cache(maxsize=64)
def _headings(text: str) -> dict[int, tuple[str, str]]:
    """Return the heading that each line (from 1) of a Markdown file is under, with its anchor."""
    found: dict[int, tuple[str, str]] = {}
    seen: Counter[str] = Counter()
    current, fenced = ("", ""), False
    for number, line in enumerate(text.splitlines(), start=1):
        fenced ^= bool(_FENCE.match(line))
        if not fenced and (match := _HEADING.match(line)):
            anchor = anchor_of(match["text"])
            again = f"-{seen[anchor]}" if seen[anchor] else ""
            seen[anchor] += 1
            current = match["text"], anchor + again
        found[number] = current
    return found


def anchor_of(heading: str) -> str:
    """Return the fragment of a heading, as GitHub makes it.

    >>> anchor_of("2. [RAG: *a* survey](https://arxiv.org/abs/2401.00001) (read_it)")
    '2-rag-a-survey-read_it'
    """
    return _NOT_IN_ANCHOR.sub("", _LINK.sub(r"\1", heading).lower()).strip().replace(" ", "-")


def note_address(note: NearestNote) -> str:
    """Return the address of a note's link, from the digest; of one without a file, arXiv's."""
    if note.file:
        # Letters of any script stay, so that the address can be read.
        file = _NOT_IN_ADDRESS.sub(lambda found: quote(found[0], safe=""), note.file)
        return f"{file}#{note.anchor}" if note.anchor else file
    return f"https://arxiv.org/abs/{note.id}" if note.id else ""


def wikilink(note: NearestNote, shown: str) -> str:
    """Return Obsidian's link to a note.

    >>> wikilink(NearestNote("", "T", 0.5, "../notes/rag.md", "A [B](c): #d"), "T")
    '[[../notes/rag#A B c d|T]]'
    """
    heading = " ".join(_NOT_IN_WIKILINK.sub(" ", clean(note.heading)).split())
    file, _, suffix = note.file.rpartition(".")
    place = file if f".{suffix}" in _MARKDOWN else note.file
    alias = re.sub(r"[\[\]|\\]", "", shown)
    return f"[[{place}{f'#{heading}' if heading else ''}|{alias}]]"
