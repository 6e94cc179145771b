"""What is known of a note while it is read, and its papers as entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.notes.dates import date_of_note
from triage.notes.formats import Mention, Possible
from triage.notes.frontmatter import as_list
from triage.notes.lead import Dress, Lead
from triage.notes.naming import Named, Names, lines_below, row_of
from triage.notes.sightings import Sighting
from triage.notes.subject import Subject
from triage.notes.titles import quality
from triage.notes.tree import Block, Kind, Note
from triage.papers import NoteEntry

_TAG_KEYS = ("tags", "tag", "categories", "category", "keywords", "topics", "topic", "collections")
_LONGEST_TEXT = 20_000
"""Characters of an entry's text that are kept."""


@dataclass(slots=True)
class Page:
    """What is known of the note while it is read."""

    note: Note
    file: str
    about: Subject
    names: Names
    papers: list[Named] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    possible: list[Possible] = field(default_factory=list)
    groups: list[tuple[str, int]] = field(default_factory=list)
    proven: bool = False
    """Whether the whole note is about one paper."""
    labelled: bool = False
    """Whether a link says that it leads to that paper."""

    def mention(self, one: Sighting, why: str) -> None:
        """List an identifier as one that is only mentioned."""
        if one.id:
            self.mentions.append(Mention(self.file, one.block.line, one.id, why))

    def whole_entry(self, title: str) -> NoteEntry:
        """The whole note as an entry."""
        return self.entry(None, Lead(title, Dress.PLAIN, quality(title)), None, set())

    def entry(
        self, block: Block | None, lead: Lead, one: Sighting | None, owners: set[Block | None]
    ) -> NoteEntry:
        """A paper as a note entry with its section, text and links; ``owners`` are the blocks that name papers."""
        section = block.headings() if block is not None else ()
        if block is None:
            body = [each for each in self.note.root.walk() if each.source]
            line, how = self.about.line, "whole note"
        else:
            body = [block, *_below(block, owners)]
            line, how = block.line, block.kind.value
            if lead.dress not in (Dress.NONE, Dress.PLAIN):
                how = f"{how}: {lead.dress.value}"
        if one is not None and (not lead.title or (one.lead is lead and row_of(one.block) is not None)):
            line = one.block.line
        text, size = [], 0
        for each in body:
            if each.kind is not Kind.ROW and size <= _LONGEST_TEXT:
                text.append(each.source)
                size += len(each.source)
        links = dict.fromkeys(
            piece.url
            for each in body[:200]
            for piece in each.pieces
            if "://" in piece.url and not piece.wiki and not piece.image
        )
        tags = (tag.strip("# ") for key in _TAG_KEYS for tag in as_list(self.note.meta.get(key)))
        return NoteEntry(
            title=lead.title,
            arxiv_id=one.id if one is not None else None,
            section=section,
            text="\n".join(filter(None, text))[:_LONGEST_TEXT],
            file=self.file,
            line=line,
            reading=how,
            broken_id=one.broken if one is not None else "",
            links=tuple(links)[:50],
            tags=tuple(dict.fromkeys(filter(None, tags))),
            noted_on=date_of_note(self.note.meta, self.file, section),
        )


def _below(block: Block, owners: set[Block | None]) -> Iterator[Block]:
    """The lines of an entry, up to the next entry in the same section."""
    for each in lines_below(block):
        if each in owners and each.kind in (Kind.HEADING, Kind.TEXT):
            return
        if each.kind is not Kind.CODE:
            yield each
