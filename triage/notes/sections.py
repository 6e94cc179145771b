"""A note as sections under headings, and the candidates found there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from triage.notes.blocks import Block, Kind, Line, Span
from triage.notes.labels import Says, labelled
from triage.notes.leads import Lead, lead
from triage.notes.links import urls_of_line
from triage.notes.records import gather, lines_of
from triage.notes.titles import Quality, clean
from triage.notes.venues import Address
from triage.papers import ArxivId

_LONGEST_TEXT = 20_000
_FIELDS = frozenset({Says.TITLE, Says.PAPER, Says.LINK, Says.AUTHORS, Says.VENUE, Says.DATE})


@dataclass(slots=True)
class Found:
    """A candidate: a paper as one reading saw it."""

    title: str
    id: ArxivId | None
    broken: str
    line: int
    section: tuple[str, ...]
    reading: str
    sure: bool
    """It has a paper's address, an identifier or a label; else its words alone speak for it."""
    text: str = ""
    links: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    elsewhere: bool = False
    """It stands under references, related work or the like."""
    quality: Quality = Quality.NONE


@dataclass(slots=True)
class Section:
    """A heading with what stands under it."""

    heading: Block | None
    path: tuple[str, ...]
    """The headings above and this one."""
    blocks: list[Block] = field(default_factory=list)
    parts: list[Section] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The heading's text."""
        return " ".join(self.heading.text.split()) if self.heading else ""

    def everything(self) -> Iterator[Block]:
        """All blocks of the section and its parts."""
        yield from self.blocks
        for part in self.parts:
            if part.heading:
                yield part.heading
            yield from part.everything()

    def all_parts(self) -> Iterator[Section]:
        """The sections below this one, in order of place."""
        for part in self.parts:
            yield part
            yield from part.all_parts()

    def lead(self) -> Lead:
        """The heading read as a paper."""
        if self.heading is None:
            return Lead()
        lines = self.heading.lines
        spans = tuple(
            span for place, line in enumerate(lines) for span in ((Span(" "),) if place else ()) + line.spans
        )
        return lead(Line(lines[0].number if lines else self.heading.line, spans))


def sections(blocks: Sequence[Block]) -> Section:
    """Cut flat blocks into nested sections; the root has no heading."""
    root = Section(None, ())
    stack: list[tuple[int, Section]] = [(0, root)]
    for block in blocks:
        if block.kind is not Kind.HEADING:
            stack[-1][1].blocks.append(block)
            continue
        while stack[-1][0] >= block.level:
            stack.pop()
        above = stack[-1][1]
        title = " ".join(block.text.split())
        part = Section(block, (*above.path, clean(title) or title) if title else above.path)
        above.parts.append(part)
        stack.append((block.level, part))
    return root


def promoted(blocks: Sequence[Block]) -> list[Block]:
    """Make lines that stand above text as headings do headings, below all real ones.

    That is a paragraph of one bold line, a title alone on its line with its address under it, and the
    item of a list of one with paragraphs after it.
    """
    given: list[Block] = []
    for place, block in enumerate(blocks):
        following = blocks[place + 1] if place + 1 < len(blocks) else None
        before = given[-1] if given else None
        if (
            block.kind is Kind.PARAGRAPH
            and len(block.lines) == 1
            and following is not None
            and following.kind is not Kind.HEADING
        ):
            line = block.lines[0]
            if not labelled(line) and (_all_bold(line) or _titles(line, following)):
                given.append(Block(Kind.HEADING, block.line, block.lines, level=7 if _all_bold(line) else 8))
                continue
        if before is not None and _goes_on(before, block):
            given[-1] = Block(Kind.PARAGRAPH, before.line, [*before.lines, *block.lines])
            continue
        if block.kind not in (Kind.LIST, Kind.HEADING) and before is not None and _is_lone_item(before):
            before.children[0].children.append(block)
            continue
        given.append(block)
    return given


def _goes_on(before: Block, block: Block) -> bool:
    """Whether two paragraphs are fields of one paper with blank lines between (``Title: …``, ``Link: …``)."""
    if before.kind is not Kind.PARAGRAPH or block.kind is not Kind.PARAGRAPH:
        return False
    said = [labelled(line) for line in before.lines]
    more = [labelled(line) for line in block.lines]
    if not all(one and one.says in _FIELDS for one in (*said, *more)):
        return False
    return {one.says for one in said if one}.isdisjoint(one.says for one in more if one)


def _titles(line: Line, following: Block) -> bool:
    """Whether a line is a title and nothing else, and what follows gives its address."""
    here = lead(line)
    if line.text.rstrip().endswith((":", "：", ",", "，")):
        return False
    if here.quality < Quality.WEAK or here.mention or here.ids or len(here.rest.split()) > 6:
        return False
    if re.search(r"[.。!]\s*\w", here.tail + here.rest):
        return False
    if following.kind not in (Kind.PARAGRAPH, Kind.LIST, Kind.QUOTE):
        return False
    record = gather(lines_of([following]), head=3)
    return record.titles == 0 and bool(record.ids or record.best >= Address.PAPER)


def _is_lone_item(block: Block) -> bool:
    if block.kind is not Kind.LIST or len(block.children) != 1 or not block.children[0].lines:
        return False
    return lead(block.children[0].lines[0]).quality >= Quality.WEAK


def _all_bold(line: Line) -> bool:
    texts = [span for span in line.spans if span.text.strip() and not span.image]
    plain = "".join(span.text for span in texts if not span.bold).strip(" .:：-0123456789)）、[]")
    return bool(texts) and not plain and any(span.bold for span in texts) and not lead(line).reference_only


def text_of(blocks: Iterable[Block]) -> str:
    """The text of some blocks, a line a line."""
    lines = [line.text.strip() for block in blocks for line in block.all_lines()]
    return "\n".join(line for line in lines if line)[:_LONGEST_TEXT]


def links_of(blocks: Iterable[Block]) -> tuple[str, ...]:
    """The addresses in some blocks, each once, anchors left out."""
    urls = (url for block in blocks for line in block.all_lines() for url in urls_of_line(line))
    return tuple(dict.fromkeys(url for url in urls if not url.startswith("#")))[:50]
