"""One record of a bibliography (BibTeX, RIS, CSL, Zotero, YAML) to a note entry.

The formats differ in the names of their fields; what the fields mean for us is the same, and lives here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from triage.notes.addresses import Address, address
from triage.notes.formats import NoteProblem, Reading
from triage.notes.identifiers import find_ids, of_field
from triage.notes.titles import strip_markup
from triage.notes.words import words
from triage.papers import NoteEntry

NO_PAPERS = words("""
    software computerprogram webpage blogpost post post-weblog videorecording motion_picture presentation podcast
    audiorecording broadcast tvbroadcast radiobroadcast attachment note annotation email letter instantmessage
    forumpost artwork graphic figure map film comp blog web elec video adver comment string preamble online electronic www
    """)
"""Types of records (folded to lower case) that are no papers unless an identifier says otherwise."""


_PARTS = words("attachment note annotation")
"""Zotero's children of other items, which repeat their parents' addresses."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What a bibliographic record says, whatever its format."""

    kind: str
    """The record's type, lower case, as its format names it."""
    title: str
    id_texts: tuple[str, ...]
    """Texts that may hold the identifier, the likeliest first."""
    urls: tuple[str, ...] = ()
    doi: str = ""
    text: str = ""
    """The reader's notes and the abstract."""
    tags: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    noted_on: date | None = None
    published: bool = False
    """It names a journal, a conference, a publisher."""


def entry_of_fields(fields: Fields, file: str, line: int, reading: str) -> NoteEntry | None:
    """The record as an entry, or None if it is no paper or says nothing."""
    found = [one for text in fields.id_texts for one in find_ids(text)]
    arxiv_id = next((one.id for one in found if one.id), None)
    broken = "" if arxiv_id else next((one.broken for one in found if one.broken), "")
    title = strip_markup(fields.title)
    if (not title and not arxiv_id and not broken) or fields.kind in _PARTS:
        return None
    if not arxiv_id and not _is_paper(fields):
        return None
    links = tuple(
        dict.fromkeys(
            filter(
                None, (*fields.urls, f"https://doi.org/{fields.doi}" if fields.doi.startswith("10.") else "")
            )
        )
    )
    return NoteEntry(
        title,
        arxiv_id,
        fields.section,
        fields.text.strip(),
        file,
        line,
        reading,
        broken,
        links,
        fields.tags,
        fields.noted_on,
    )


def reading_of_fields(records: Iterable[tuple[Fields, int]], file: str, how: str) -> Reading:
    """The records of a file with their lines, as its reading."""
    found = (entry_of_fields(fields, file, line, how) for fields, line in records)
    entries = tuple(entry for entry in found if entry is not None)
    return Reading(entries, tuple(problem for entry in entries if (problem := broken_id(entry)) is not None))


def broken_id(entry: NoteEntry) -> NoteProblem | None:
    """The problem of an entry whose identifier can't be one."""
    if not entry.broken_id:
        return None
    return NoteProblem(
        entry.file,
        entry.line,
        f"{entry.broken_id!r} stands where an arXiv identifier should and is none",
        "look the paper up by its title and correct the identifier",
    )


def _is_paper(fields: Fields) -> bool:
    if fields.doi or (
        fields.published
        and fields.kind not in ("software", "computerprogram", "attachment", "note", "annotation")
    ):
        return True
    if fields.kind in NO_PAPERS:
        return False
    best = max(map(address, fields.urls), default=Address.NONE)
    # A @misc whose only address is a repository's or a blog's is that repository or blog.
    return not (
        fields.kind in ("misc", "gen", "unpd", "document", "dataset", "data", "") and best is Address.OTHER
    )


def id_text_of_eprint(eprint: str, archive: str = "", subject: str = "") -> str:
    """An ``eprint`` field as text in which the identifier can be found.

    Parameters
    ----------
    eprint : str
        ``2305.14314``, ``hep-th/9901001``, or the number alone.
    archive : str
        ``archiveprefix`` or ``eprinttype``; another archive than arXiv makes the field useless.
    subject : str
        ``primaryclass``: names the archive of an old number that stands alone.
    """
    if archive and "arxiv" not in archive.lower():
        return ""
    eprint = eprint.strip()
    if re.fullmatch(r"\d{7}", eprint) and subject:
        eprint = f"{subject.partition('.')[0]}/{eprint}"
    return of_field(eprint)
