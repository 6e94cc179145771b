"""A note's tree to its papers: identifiers first, the note's own paper, then what the form proves."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import PurePosixPath

from triage.notes.addresses import Address, address, is_generic_link
from triage.notes.dates import date_of_note
from triage.notes.formats import Mention, NoteProblem, Possible, Reading
from triage.notes.forms import candidates
from triage.notes.frontmatter import as_list, as_text
from triage.notes.lead import Dress, Lead, title_in, words_of
from triage.notes.naming import Named, Names, lines_below, names_paper, row_of
from triage.notes.records import broken_ids
from triage.notes.sightings import Sighting, Stands, elsewhere, sightings_in
from triage.notes.subject import Subject, is_template, subject, title_of_file, without_note_words
from triage.notes.titles import Quality, quality, same_paper
from triage.notes.tree import Block, Kind, Note
from triage.notes.vocabulary import Says, text_of
from triage.notes.words import any_of, within
from triage.papers import NoteEntry, title_key

_TITLES_PAPERS = re.compile(within("note.lists"), re.I)
_SAYS_PAPER = re.compile(within("link.says_paper"), re.I)
_SAYS_OTHER = re.compile(any_of("label.code"), re.I)
_HOST = re.compile(r"https?://([^/]+)")
_LISTED = 3
"""Papers with titles of their own from which a note is a list, whatever its title names."""
_HOPELESS = {Dress.LINK: -6.0}
"""Scores up to which not even the other files of a collection prove a line; links often lead to them."""
_SHORT = 8
"""Letters of a title up to which two lines may have it by chance."""
_TAG_KEYS = ("tags", "tag", "categories", "category", "keywords", "topics", "topic", "collections")
_LONGEST_TEXT = 20_000
"""Characters of an entry's text that are kept."""
_MOST_BELOW = 2_000
"""Lines below a title that are its entry's; more are data."""
_MOST_LINES = 200
"""Lines of an entry in which its links are looked for."""


def read_note(note: Note, file: str) -> Reading:
    """Find the papers of a note."""
    page = _Page(note, file)
    page.place_ids()
    page.whole_note()
    if not page.proven and not is_template(file):
        page.by_form()
    return page.reading()


@dataclass(slots=True)
class _Page:
    """What is known of the note while it is read."""

    note: Note
    file: str
    about: Subject = field(init=False)
    names: Names = field(init=False)
    papers: list[Named] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    possible: list[Possible] = field(default_factory=list)
    groups: list[tuple[str, int]] = field(default_factory=list)
    proven: bool = False
    """Whether the whole note is about one paper."""

    def __post_init__(self) -> None:
        self.about = self._subject()

    def _subject(self) -> Subject:
        """What the front matter, else the only heading at the top, says that the note is about."""
        about = subject(self.note.meta, self.note.meta_lines, self.file)
        heads = [one for one in self.note.root.children if one.kind is Kind.HEADING]
        top = [one for one in heads if one.level == 1] or heads
        if about.title or len(top) != 1:
            return about
        title, marked = without_note_words(top[0].text)
        if title and (marked or names_paper(top[0], Lead(title, Dress.PLAIN, quality(title)))):
            return replace(about, title=title, marked=marked, line=top[0].line)
        return about

    def mention(self, one: Sighting, why: str) -> None:
        """List an identifier as one that is only mentioned."""
        if one.id:
            self.mentions.append(Mention(self.file, one.block.line, one.id, why))

    # --- first pass: identifiers ---------------------------------------------------------------------

    def place_ids(self) -> None:
        """Give each identifier of the note its title, or a reason why it is only mentioned."""
        seen = list(sightings_in(self.note.root))
        sighted: dict[Block, set[str]] = defaultdict(set)
        for one in seen:
            sighted[one.block].add(one.key)
        self.names = Names(sighted)
        listed = self._listed(seen)
        titled = [one for one in listed if one.stands is Stands.TITLED]
        self.papers = [Named(one, one.lead, row_of(one.block) or one.block) for one in titled]
        self._claim_own_title()
        self._place_lone([one for one in listed if one.stands is Stands.LONE], len(titled))
        for one in listed:
            if one.stands is Stands.PROSE:
                code = one.block.kind is Kind.CODE
                self.mention(one, "it stands in code" if code else "it is mentioned in running text")
        self._leave_out_details()

    def _listed(self, seen: Sequence[Sighting]) -> list[Sighting]:
        """Identifiers of the note's papers, without those under references and the like."""
        why = {one: elsewhere(row_of(one.block) or one.block) for one in seen}
        listed = [one for one in seen if not why[one]]
        if not listed and not (self.about.title and self.about.ids):
            # Under a note's own references, the paper of its title is its own; a file of references is a bibliography.
            listed = [one for one in seen if same_paper(self.about.title, one.lead.title)]
            listed = listed if listed or self.about.title else list(seen)
        for one in seen:
            if one not in listed:
                self.mention(one, f"it stands under “{why[one]}”")
        return listed

    def _claim_own_title(self) -> None:
        """The paper that has the title of the front matter is the one that the note is about."""
        if self.about.ids or not self.note.meta.get("title"):
            return
        mine = (one for one in self.papers if same_paper(self.about.title, one.lead.title))
        if (own := next(mine, None)) is not None:
            own.own, own.block, self.proven = True, None, True
            own.lead = Lead(self.about.title, Dress.PLAIN, quality(self.about.title))

    def _place_lone(self, lone: Sequence[Sighting], listed: int) -> None:
        """Find the titles of addresses that stand alone; every block names one paper."""
        claimed = {paper.block: paper.sighting.key for paper in reversed(self.papers)}
        named = {paper.sighting.key for paper in self.papers if paper.lead.title}
        places = [(one, *self.names.place_of(one)) for one in lone]
        crowds: dict[Block | None, set[str]] = defaultdict(set)
        for one, block, _ in places:
            crowds[block].add(one.key)
        # The link that says that it leads to the paper comes before a number in brackets.
        for one, block, lead in sorted(places, key=lambda it: it[1] is None and not self._says_own(it[0])):
            badge = one.block.source.startswith("[![") and all(it.level == 1 for it in one.block.ancestors())
            if badge and listed + len(lone) > _LISTED:
                self.mention(one, "it is a badge at the head of a list")
                continue
            crowded = len(crowds[block]) > 2 and block is not None and block.kind is not Kind.ROW
            sure = not crowded and (lead.dress is Dress.LABEL or lead.quality is Quality.STRONG)
            if one.key in named and not (sure or self._says_own(one)):
                continue
            if block is None:
                self._claim_note(one, alone=len(crowds[None]) == 1, listed=listed)
                continue
            first = claimed.setdefault(block, one.key) == one.key
            if crowded or not (first and lead.title):
                self.papers.append(Named(one, Lead(), one.block))
            else:
                self.papers.append(Named(one, lead, block))
                named.add(one.key)

    def _says_own(self, one: Sighting) -> bool:
        """Whether an address is labelled as that of the paper which the front matter names."""
        own = self.note.meta.get("title") and is_generic_link(one.label)
        return bool(own and _SAYS_PAPER.search(one.label))

    def _claim_note(self, one: Sighting, *, alone: bool, listed: int) -> None:
        """An address that stands under no title but the note's own."""
        taken = self._own_keys()
        title = self.about.title or ("" if taken or listed else title_of_file(self.file))
        own = self._says_own(one)
        if title and not taken and (alone or is_generic_link(one.label)) and (own or listed < _LISTED):
            lead = Lead(title, Dress.PLAIN, quality(title))
            self.papers.append(Named(one, lead, None, own=True))
            self.proven = True
        elif one.key not in taken and taken and listed < _LISTED:
            self.mention(one, "it stands in the note on another paper")
        elif one.key not in taken:
            self.papers.append(Named(one, Lead(), one.block))

    def _own_keys(self) -> set[str]:
        own = {found.id or found.broken for found in self.about.ids}
        return own | {paper.sighting.key for paper in self.papers if paper.own}

    def _leave_out_details(self) -> None:
        """What is linked inside the note on one paper is a mention."""
        own = self._own_keys()
        claimed = {paper.block: paper for paper in reversed(self.papers)}
        # A heading over headings that are papers too is the first of them, not a note that holds them.
        heads = [one.block for one in self.papers if one.block is not None and one.block.kind is Kind.HEADING]
        firsts = {outer for block in heads for outer in block.ancestors()}
        kept: list[Named] = []
        for paper in self.papers:
            key, block = paper.sighting.key, paper.block
            above = [] if paper.own or block is None else block.ancestors()
            outer = next((claimed[one] for one in above if one in claimed and one not in firsts), None)
            apart = block is not None and block.kind is Kind.HEADING and block.level <= 2
            if outer is not None and outer.sighting.key != key:
                self.mention(paper.sighting, f"it stands in the note on “{outer.lead.title}”")
            elif own and key not in own and not apart:
                self.mention(paper.sighting, f"it stands in the note on “{self.about.title}”")
            elif paper.own or key not in own:
                kept.append(paper)
        self.papers = sorted(kept, key=lambda one: one.sighting.block.line)

    # --- second pass: the note as a whole --------------------------------------------------------------

    def whole_note(self) -> None:
        """A note on one paper without an identifier: what proves it, or what would."""
        about = self.about
        form = ",".join(list(self.note.meta)[:3]) or "heading"
        group = f"note\0{PurePosixPath(self.file).parent}\0{form}"
        if about.ids or any(paper.own for paper in self.papers):
            self.proven = True
            self.groups.append((group, 1))
            return
        worth = quality(about.title)
        if is_template(f"{self.file} {about.title}"):
            return
        if (key := about.citekey or self._cited()) and not self.papers:
            self._take_whole("", key, certain=bool(about.title) and about.bibliographic)
            self.proven = True
        elif worth and not (
            self.papers and (not about.bibliographic or any(one.lead.title for one in self.papers))
        ):
            # A name alone is a paper's only where the note leads to the paper.
            linked = max(about.best, self._own_links()) >= Address.PAPER
            certain = linked or (worth > Quality.NAME and (about.bibliographic or about.marked))
            if certain or worth > Quality.NAME:
                self._take_whole(group, "", certain=certain)
                self.proven = certain

    def _cited(self) -> str:
        """The citation key that the note's first lines label as its paper."""
        lines = (block for block in self.note.root.children[:12] if block.label)
        named = (one for one in lines if one.label and one.label.says in (Says.PAPER, Says.LINK))
        keys = (piece.url[5:] for one in named for piece in one.pieces if piece.url.startswith("cite:"))
        return next(keys, "")

    def _take_whole(self, group: str, key: str, *, certain: bool) -> None:
        self.possible.append(Possible(self._whole_entry(self.about.title), group, key, certain=certain))

    def _own_links(self) -> Address:
        """The best address of a link that only says that it leads to the paper; none where there are several."""
        found: dict[Block, Address] = {}
        for block in self.note.root.walk():
            for one in block.pieces if "](" in block.source or "<a " in block.source else ():
                worth = address(one.url) if one.url and not one.wiki and not one.image else Address.NONE
                if worth >= Address.MAYBE and same_paper(self.about.title, title_in(one.text)):
                    return Address.PAPER
                says = f"{block.label.label if block.label else ''} {one.text}".strip()
                paper = (
                    is_generic_link(one.text) and _SAYS_PAPER.search(says) and not _SAYS_OTHER.fullmatch(says)
                )
                if worth and paper and not elsewhere(block):
                    found[block] = Address.PAPER
        return Address.PAPER if len(found) == 1 else Address.NONE

    # --- third pass: titles without an address -----------------------------------------------------------

    def by_form(self) -> None:
        """Titles without an address, where the file's own entries or headings prove its form."""
        root = self.note.root
        top = (
            one.text
            for one in root.children[:3]
            if one.kind in (Kind.HEADING, Kind.TEXT) and len(one.source) < 120
        )
        title = f"{as_text(self.note.meta.get('title'))} {PurePosixPath(self.file).stem} {next(top, '')}"
        owners = {paper.block for paper in self.papers}
        inside: set[Block] = set()
        for one, value in candidates(root, self.names, self.papers, about=bool(_TITLES_PAPERS.search(title))):
            if any(outer in inside for outer in one.block.ancestors()):
                continue
            if value > 0:
                inside.add(one.block)
            if value > _HOPELESS.get(one.lead.dress, -4.0):
                where = next(
                    (match[1] for piece in one.block.pieces if (match := _HOST.match(piece.url))), ""
                )
                parent = one.block.parent.line if one.block.parent else 0
                group = f"line\0{self.file}\0{one.form}\0{parent}\0{where}"
                entry = self._entry(one.block, one.lead, None, owners)
                self.possible.append(Possible(entry, group, _cite_of(one.block), certain=value > 0))
        for block in root.walk():
            if block.kind is Kind.ITEM and block.pieces and block.pieces[0].url.startswith("cite:"):
                entry = self._entry(block, Lead(), None, owners)
                self.possible.append(Possible(entry, "", block.pieces[0].url[5:]))

    # --- what was found -----------------------------------------------------------------------------------

    def reading(self) -> Reading:
        """The note's papers, each once a section, with the problems and what the collection may prove."""
        entries: list[NoteEntry] = []
        about = self.about
        if about.ids and (about.title or not self.papers):
            best = next((found for found in about.ids if found.id), about.ids[0])
            whole = self._whole_entry(about.title or title_of_file(self.file))
            entries.append(replace(whole, arxiv_id=best.id, broken_id=best.broken))
        owners = {paper.block for paper in self.papers}
        seen: set[tuple[str, str, Block | None]] = set()
        for paper in self.papers:
            block = None if paper.own else paper.block
            entry = self._entry(block, paper.lead, paper.sighting, owners)
            key = (paper.sighting.key, title_key(entry.title), block and block.parent)
            if key not in seen:
                entries.append(entry)
            seen.add(key)
        problems = [NoteProblem(self.file, line, what) for line, what in self.note.problems]
        problems += broken_ids(entries)
        if about.as_number:
            what = f"the identifier {about.as_number} was saved as a number and lost its last zeros"
            problems.append(NoteProblem(self.file, about.line, what, "write it in quotes"))
        titled = {entry.arxiv_id for entry in entries if entry.title}
        entries = [entry for entry in entries if entry.title or entry.arxiv_id not in titled]
        noted = {entry.arxiv_id for entry in entries}
        mentions = {one.id: one for one in reversed(self.mentions) if one.id not in noted}
        titles = {title_key(entry.title) for entry in entries}
        for sure in self.possible:
            folded = title_key(sure.entry.title)
            if sure.certain and not sure.citekey and (len(folded) < _SHORT or folded not in titles):
                titles.add(folded)
                entries.append(sure.entry)
        return Reading(
            tuple(sorted(entries, key=lambda one: one.line)),
            tuple(problems),
            mentions=tuple(sorted(mentions.values(), key=lambda one: one.line)),
            groups=tuple(self.groups),
            possible=tuple(one for one in self.possible if one.citekey or not one.certain),
        )

    def _whole_entry(self, title: str) -> NoteEntry:
        return self._entry(None, Lead(title, Dress.PLAIN), None, set())

    def _entry(
        self, block: Block | None, lead: Lead, one: Sighting | None, owners: set[Block | None]
    ) -> NoteEntry:
        """A paper as an entry with its section, text and links; ``owners`` are the blocks that name papers."""
        section = block.headings() if block is not None else ()
        if block is None:
            body, line, how = list(self.note.root.walk()), self.about.line, "whole note"
        else:
            body, line, how = [block, *_below(block, owners)], block.line, block.kind.value
            how += f": {lead.dress.value}" if lead.dress not in (Dress.NONE, Dress.PLAIN) else ""
        if one is not None and (not lead.title or (one.lead is lead and row_of(one.block) is not None)):
            line = one.block.line
        text = "\n".join(each.source for each in body if each.source and each.kind is not Kind.ROW)
        pieces = (piece for each in islice(body, _MOST_LINES) for piece in each.pieces)
        links = dict.fromkeys(
            one.url for one in pieces if "://" in one.url and not one.wiki and not one.image
        )
        tags = (tag.strip("# ") for key in _TAG_KEYS for tag in as_list(self.note.meta.get(key)))
        return NoteEntry(
            title=lead.title,
            arxiv_id=one.id if one is not None else None,
            section=section,
            text=text[:_LONGEST_TEXT],
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
    for each in islice(lines_below(block), _MOST_BELOW):
        titled = block.kind is Kind.TEXT and each.label and each.label.says is Says.TITLE
        if titled or (each in owners and each.kind in (Kind.HEADING, Kind.TEXT)):
            return
        if each.kind is not Kind.CODE:
            yield each


def _cite_of(block: Block) -> str:
    """The citation key that stands alone right under a title."""
    for line in block.children[:2] if block.kind in (Kind.ITEM, Kind.HEADING) else ():
        keys = {piece.url[5:] for piece in line.pieces if piece.url.startswith("cite:")}
        alone = not words_of(text_of([piece for piece in line.pieces if not piece.url]))
        if len(keys) == 1 and (alone or line.label is not None):
            return keys.pop()
    return ""
