"""What the lines under a title say about the same paper: labelled fields and lone addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from triage.notes.blocks import Block, Kind, Line, Span
from triage.notes.identifiers import FoundId, find_ids
from triage.notes.labels import Labelled, Says, labelled
from triage.notes.leads import lead
from triage.notes.links import BARE_URL, ids_of_line, is_generic_link, urls_of_line
from triage.notes.titles import Quality, clean, is_byline, looks_like_authors, looks_like_venue, quality
from triage.notes.venues import Address, address
from triage.papers import ArxivId

_BIBTEX = re.compile(r"\s*@\w+\s*\{")
_EPRINT = re.compile(r"\beprint\s*=\s*[{\"]([^}\"]+)[}\"]", re.I)
_HEAD = 8
"""Lines under a title among which a lone address is the paper's own."""


@dataclass(slots=True)
class Record:
    """The facts about one paper that a piece of a note gives."""

    title: str = ""
    title_line: int = 0
    ids: list[FoundId] = field(default_factory=list)
    best: Address = Address.NONE
    said: set[Says] = field(default_factory=set)
    urls: list[str] = field(default_factory=list)
    titles: int = 0
    """How many title lines there were: more than one means more than one paper."""
    tags: list[str] = field(default_factory=list)
    labelled_ids: bool = False
    above: str = ""
    """A line that reads like a title and stands right above the lone address."""
    linked: str = ""
    """A title that is the text of the labelled link."""

    @property
    def id(self) -> ArxivId | None:
        """The first whole identifier."""
        return next((found.id for found in self.ids if found.id), None)

    @property
    def broken(self) -> str:
        """The first broken identifier, if there is no whole one."""
        return "" if self.id else next((found.broken for found in self.ids if found.broken), "")

    @property
    def is_paper(self) -> bool:
        """Whether the fields alone show that all this is about one paper."""
        told = self.said & {Says.LINK, Says.AUTHORS, Says.VENUE, Says.PAPER, Says.DETAIL}
        return bool(
            (self.title and (self.ids or told or self.best >= Address.PAPER))
            or self.labelled_ids
            or (Says.AUTHORS in self.said and (self.ids or self.best >= Address.PAPER))
        )


def lines_of(blocks: Iterable[Block]) -> Iterator[tuple[Line, int]]:
    """Lines of a piece with their depth, leaving out code, footnotes and what is labelled as elsewhere."""
    for block in blocks:
        yield from _lines(block, 0)


def _lines(block: Block, depth: int) -> Iterator[tuple[Line, int]]:
    if block.kind in (Kind.FOOTNOTES, Kind.TABLE):
        return
    if block.kind is Kind.CODE:
        # A BibTeX entry pasted under a title says which paper it is.
        if _BIBTEX.match(block.text):
            eprint = _EPRINT.search(block.text)
            text = f"arXiv:{eprint[1]}" if eprint and "arxiv" not in eprint[1].lower() else block.text
            if arxiv_id := next((one.id for one in find_ids(text) if one.id), None):
                yield Line(block.line, (Span(f"arXiv: {arxiv_id}"),)), 0
        return
    if (
        block.kind is Kind.ITEM
        and block.lines
        and (found := labelled(block.lines[0]))
        and found.says is Says.ELSEWHERE
    ):
        return
    own = depth
    if block.kind is Kind.ITEM and block.lines and not labelled(block.lines[0]):
        first = lead(block.lines[0])
        # An item that leads with words of its own is not an address of what stands above it.
        own += not (first.reference_only or _is_links_line(block.lines[0]))
    for line in block.lines:
        yield line, own
    for child in block.children:
        yield from _lines(child, depth + (child.kind is Kind.ITEM))


def gather(lines: Iterable[tuple[Line, int]], *, head: int = _HEAD) -> Record:
    """Collect the fields of one paper from the lines under its title.

    Parameters
    ----------
    lines : iterable of (Line, int)
        The lines with their depth, in order.
    head : int
        Among how many first lines an unlabelled lone address counts.
    """
    record = Record()
    before: Line | None = None
    for place, (line, depth) in enumerate(lines):
        if not line.spans or depth > 1:
            continue
        found = labelled(line)
        if found is None:
            if place < head:
                before = before if _take_lone(record, line, before) else line
            continue
        record.said.add(found.says)
        if found.says in (Says.TITLE, Says.PAPER):
            _take_title(record, found)
        elif found.says is Says.LINK:
            _take_link(record, found)
        elif found.says is Says.TAGS:
            record.tags += [
                tag.strip(" #[]")
                for tag in found.value.replace("，", ",").replace("、", ",").split(",")
                if tag.strip(" #[]")
            ]
        elif found.says in (Says.AUTHORS, Says.VENUE, Says.DATE) and not record.ids:
            record.ids += ids_of_line(found.line)
    return record


def _take_title(record: Record, found: Labelled) -> None:
    here = lead(found.line)
    title = here.title if here.title and (here.quality > Quality.NONE or found.says is Says.TITLE) else ""
    if not title and found.says is Says.TITLE and found.value and not is_generic_link(found.value):
        title = clean(found.value)
    if title and found.says is Says.PAPER:
        # "Article: [a blog's words](blog)" and "Paper: [Frankle & Carbin](…)" give no title.
        web = not here.ids and (quality(title) <= Quality.NAME or here.best is Address.OTHER)
        title = "" if web or looks_like_authors(title) else title
    if title:
        record.titles += 1
        if not record.title:
            record.title, record.title_line = title, found.line.number
            record.ids += [one for one in here.ids if one not in record.ids]
            record.labelled_ids |= bool(here.ids)
    elif here.ids or here.best >= Address.PAPER:
        _take_link(record, found)
    record.best = max(record.best, here.best)
    record.urls += here.urls


def _take_link(record: Record, found: Labelled) -> None:
    ids = ids_of_line(found.line)
    if ids and not record.ids:
        record.ids += ids
        record.labelled_ids = True
    urls = urls_of_line(found.line)
    record.urls += urls
    here = lead(found.line)
    if not record.linked and here.how == "link" and here.title_address >= Address.MAYBE and not here.before:
        record.linked = here.title if here.quality is Quality.STRONG else ""
    record.best = max([record.best, *map(address, urls)])
    if found.says is Says.PAPER and urls:
        record.labelled_ids |= max(map(address, urls)) >= Address.MAYBE


def _take_lone(record: Record, line: Line, before: Line | None) -> bool:
    """Take an unlabelled address; returns whether the line is an address or a byline rather than text."""
    here = lead(line)
    lone = here.reference_only or (
        (here.ids or here.best >= Address.PAPER) and (_is_links_line(line) or _is_byline_with_address(line))
    )
    if not lone:
        return looks_like_venue(line.text) or looks_like_authors(line.text)
    if not record.ids:
        record.ids += here.ids
        above = lead(before) if before is not None else None
        if above and above.quality is Quality.STRONG and not above.mention and not above.ids:
            record.above = above.title
    record.best = max(record.best, here.best)
    record.urls += here.urls
    return True


def _is_byline_with_address(line: Line) -> bool:
    """``Karpukhin, Oguz et al., EMNLP 2020, https://arxiv.org/…``: people, a venue, an address at the end."""
    text = line.text.strip()
    ids = find_ids(text)
    if not ids or len(text) - ids[-1].end > 3 or len(text.split()) > 25:
        return False
    before = re.sub(r"\S*$", "", BARE_URL.sub("", text[: ids[0].start])).strip(" ,;(")
    pieces = [piece for piece in re.split(r",\s+", before) if piece.strip()]
    told = len(pieces) > 1 or "et al" in before
    return told and looks_like_authors(", ".join(p for p in pieces if not looks_like_venue(p)))


def _is_links_line(line: Line) -> bool:
    """Whether a line is links with at most a byline: ``*Authors.* NIPS 2013. [paper](…) [code](…)``."""
    if not any(is_generic_link(span.text) for span in line.spans if span.url and not span.image):
        return False
    first = next(place for place, span in enumerate(line.spans) if span.url and not span.image)
    before = "".join(span.text for span in line.spans[:first] if not span.image).strip(" [(|·*_")
    plain = "".join(span.text for span in line.spans[first:] if not span.url and not span.image)
    words = [word for word in re.split(r"[\W_\d]+", plain) if word and not looks_like_venue(word)]
    return len(words) <= 3 and (len(before.split()) <= 2 or is_byline(before))
