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
    names: Names = field(default_factory=Names)
    papers: list[Named] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    possible: list[Possible] = field(default_factory=list)
    groups: list[tuple[str, int]] = field(default_factory=list)
    about: Subject = field(default_factory=Subject)
    proven: bool = False
    """Whether the whole note is about one paper."""
    labelled: bool = False
    """Whether a link says that it leads to that paper."""
    _named: list[Block | None] = field(default_factory=list)
    _blocks: set[Block | None] = field(default_factory=set)

    def mention(self, one: Sighting, why: str) -> None:
        """List an identifier as one that is only mentioned."""
        if one.id:
            self.mentions.append(Mention(self.file, one.block.line, one.id, why))

    def whole_entry(self, title: str) -> NoteEntry:
        """The whole note as an entry."""
        return self.entry(None, Lead(title, Dress.PLAIN, quality(title)), None)

    def entry(self, block: Block | None, lead: Lead, one: Sighting | None) -> NoteEntry:
        """A paper as a note entry with its section, text and links."""
        if block is None:
            body = [each for each in self.note.root.walk() if each.source]
            section: tuple[str, ...] = ()
            line, how = self.about.line, "whole note"
        else:
            body = [block, *self._below(block)]
            section = block.headings()
            line = block.line
            how = (
                f"{block.kind.value}: {lead.dress.value}"
                if lead.dress not in (Dress.NONE, Dress.PLAIN)
                else block.kind.value
            )
        if one is not None and not lead.title:
            line = one.block.line
        if one is not None and one.lead is lead and row_of(one.block) is not None:
            line = one.block.line
        text, size = [], 0
        for each in body:
            if size > _LONGEST_TEXT:
                break
            text.append(each.source if each.kind is not Kind.ROW else "")
            size += len(each.source)
        links = dict.fromkeys(
            piece.url
            for each in body[:200]
            for piece in each.pieces
            if piece.url and not piece.wiki and "://" in piece.url and not piece.image
        )
        meta = self.note.meta
        tags = tuple(
            dict.fromkeys(
                tag.strip("# ") for key in _TAG_KEYS for tag in as_list(meta.get(key)) if tag.strip("# ")
            )
        )
        return NoteEntry(
            title=lead.title,
            arxiv_id=one.id if one is not None else None,
            section=section,
            text="\n".join(filter(None, text))[:_LONGEST_TEXT],
            file=self.file,
            line=line,
            reading=how,
            broken_id=one.broken if one is not None else "",
            links=tuple(list(links)[:50]),
            tags=tags,
            noted_on=date_of_note(meta, self.file, section),
        )

    def _below(self, block: Block) -> Iterator[Block]:
        """The lines of an entry, up to the next entry in the same section."""
        own = self._owners()
        for each in lines_below(block):
            if each is not block and each in own and each.kind in (Kind.HEADING, Kind.TEXT):
                return
            if each.kind is not Kind.CODE:
                yield each

    def _owners(self) -> set[Block | None]:
        """The blocks that name papers, gathered anew only when there are more papers."""
        if len(self._named) != len(self.papers):
            self._named = [paper.block for paper in self.papers]
            self._blocks = set(self._named)
        return self._blocks
