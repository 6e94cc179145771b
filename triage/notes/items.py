"""The items of lists, and whole bodies of sections, as papers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from triage.notes.blocks import Block, Kind, Line
from triage.notes.headings import Holds
from triage.notes.labels import Labelled, Says, cut, labelled
from triage.notes.leads import Lead, lead, papers_of_line
from triage.notes.paragraphs import is_bare, is_note_link, lines_as_papers, linked_notes
from triage.notes.records import Record, gather, lines_of
from triage.notes.sections import Found, Section, links_of, text_of
from triage.notes.tables import rows_as_papers
from triage.notes.titles import Quality, clean, is_far_script, quality
from triage.notes.venues import Address
from triage.papers import title_key

_NO_TITLES = (Says.ELSEWHERE, Says.DETAIL, Says.CODE, Says.AUTHORS, Says.VENUE, Says.DATE, Says.TAGS)
_CITEKEY = re.compile(r"^\s*\[?-?@([\w][\w:.#$%&+?<>~/-]*\w)\]?(?=[\s:：,;.–—-]|$)")


def body(
    blocks: Sequence[Block], path: tuple[str, ...], here: Holds, *, paperish: bool, indexed: bool = False
) -> list[Found]:
    """The papers that the blocks under a heading offer.

    Parameters
    ----------
    blocks : sequence of Block
        The blocks, without those under deeper headings.
    path : tuple of str
        The headings above.
    here : Holds
        What the section holds by its heading's words.
    paperish : bool
        Whether the note says of itself that it is about papers.
    indexed : bool
        Whether the note is an index of pages of notes (:func:`is_index`).
    """
    found: list[Found] = []
    bare = sum(block.kind is Kind.PARAGRAPH and is_bare(block) for block in blocks) > 1
    for block in blocks:
        if block.kind is Kind.LIST:
            found += _list(block, path, here, paperish)
        elif block.kind is Kind.TABLE:
            found += rows_as_papers(block, path)
        elif block.kind is Kind.PARAGRAPH:
            if indexed and is_note_link(block):
                found += linked_notes(block, path)
            else:
                found += lines_as_papers(block, path, here, bare=bare)
        elif block.kind is Kind.QUOTE:
            found += body(block.children, path, here, paperish=paperish)
    return found


def lists_papers(section: Section) -> bool:
    """Whether the section's own body is a list of more than one paper."""
    found = body(section.blocks, section.path, Holds.UNKNOWN, paperish=False)
    return len({one.id or title_key(one.title) for one in found if one.sure}) > 1


def is_index(blocks: Iterable[Block]) -> bool:
    """Whether paragraphs are links to pages of notes, many of them with a paper's title for a text."""
    linked = [block for block in blocks if block.kind is Kind.PARAGRAPH and is_note_link(block)]
    strong = sum(lead(block.lines[0]).quality is Quality.STRONG for block in linked)
    return strong >= 3 and strong >= 0.4 * len(linked)


def bare_addresses(section: Section) -> int:
    """How many paragraphs of the section are nothing but an arXiv address, each another paper."""
    bare = [block for block in section.blocks if block.kind is Kind.PARAGRAPH and is_bare(block)]
    return len({lead(block.lines[0]).id for block in bare})


def opens_records(section: Section) -> bool:
    """Whether the section's items open records of their own (``- Paper: …`` with details under it)."""
    items = (item for block in section.blocks if block.kind is Kind.LIST for item in block.children)
    for item in items:
        said = labelled(item.lines[0]) if item.lines else None
        if said and said.says in (Says.TITLE, Says.PAPER) and said.value and item.children:
            below = gather(lines_of(item.children))
            if below.ids or below.said & {Says.LINK, Says.AUTHORS, Says.VENUE}:
                return True
    return False


def _list(block: Block, path: tuple[str, ...], here: Holds, paperish: bool) -> list[Found]:
    items = [child for child in block.children if child.kind is Kind.ITEM]
    if groups := _fields_of_items(items):
        return [found for group in groups if (found := _record(group, path)) is not None]
    sure: list[Found] = []
    nested: list[Found] = []
    doubtful: list[Found] = []
    for item in items:
        together = papers_of_line(item.lines[0]) if item.lines else []
        if together:
            number = item.lines[0].number
            several = [
                Found(one.title, one.id, one.broken, number, path, "item: links", True) for one in together
            ]
            sure += [_with_details(one, [item], Record()) for one in several]
            continue
        paper = _item(item, path, here)
        if paper is not None and paper.sure:
            sure.append(paper)
        elif not _is_about_others(item):
            label = item.text.split("\n")[0].strip()
            deeper = (*path, clean(label)) if 0 < len(label) <= 60 and item.children else path
            below = body(item.children, deeper, here, paperish=paperish)
            # What only reads like a title and has papers under it is a topic.
            if paper is not None and not any(one.sure for one in below):
                doubtful.append(paper)
            else:
                nested += below
    return sure + nested + _believed(doubtful, sure, len(items), here, paperish)


def _believed(
    doubtful: list[Found], sure: Sequence[Found], items: int, here: Holds, paperish: bool
) -> list[Found]:
    """Of items that have nothing but a title's words, those that their neighbours speak for."""
    if sure and not any(is_far_script(one.title) for one in sure):
        # Remarks in the reader's language among titles in English.
        doubtful = [one for one in doubtful if not is_far_script(one.title)]
    if not doubtful or here is Holds.RESOURCES:
        return []
    strong = sum(paper.quality is Quality.STRONG for paper in doubtful)
    share = (len(sure) + strong) / items
    among_papers = bool(sure) and share >= 0.5
    said_so = here is Holds.PAPERS or (paperish and (items >= 3 or strong == items))
    if among_papers or (share >= 0.6 and said_so):
        return [paper for paper in doubtful if paper.quality >= Quality.WEAK]
    return []


def _is_about_others(item: Block) -> bool:
    said = labelled(item.lines[0]) if item.lines else None
    return said is not None and said.says is Says.ELSEWHERE


def _record(items: Sequence[Block], path: tuple[str, ...]) -> Found | None:
    """Items that are the fields of one paper."""
    record = gather(lines_of(items), head=0)
    if not record.is_paper or not (record.title or record.id or record.broken):
        return None
    line = record.title_line or items[0].line
    found = Found(record.title, record.id, record.broken, line, path, "label", True)
    return _with_details(found, items, record)


def _with_details(found: Found, blocks: Sequence[Block], record: Record) -> Found:
    found.quality = quality(found.title)
    found.text, found.links, found.tags = text_of(blocks), links_of(blocks), tuple(record.tags)
    return found


def _item(item: Block, path: tuple[str, ...], here: Holds) -> Found | None:
    """A list item as a paper, with its details under it; None if it is none."""
    if not item.lines:
        return None
    first = item.lines[0]
    record = gather([*((line, 0) for line in item.lines[1:]), *lines_of(item.children)], head=4)
    said = labelled(first)
    if (key := _citekey(first)) and lead(cut(first, len(key))).quality < Quality.WEAK:
        return _with_details(Found(key, None, "", first.number, path, "citekey", True), [item], record)
    if said and said.says in _NO_TITLES:
        return None
    own = lead(said.line if said else first)
    found = _item_found(item, own, said, record, path)
    # Among tools and blogs, only an identifier or a title that links to a paper is proof.
    if found and found.sure and here is Holds.RESOURCES and not record.title:
        found = found if found.id or own.title_address >= Address.PAPER else None
    return _with_details(found, [item], record) if found else None


def _item_found(  # noqa: PLR0911 - a list of cases, the first that fits counts
    item: Block, own: Lead, said: Labelled | None, record: Record, path: tuple[str, ...]
) -> Found | None:
    line = item.lines[0].number
    if record.titles == 1 and record.title and record.said - {Says.TITLE, Says.PAPER}:
        if own.id and own.quality >= Quality.WEAK and Says.TITLE not in record.said:
            return Found(own.title, own.id, "", line, path, "label", True)
        return Found(record.title, own.id or record.id, record.broken, line, path, "label", True)
    if own.mention:
        return None
    if own.ids or own.best >= Address.PAPER:
        if own.title and own.quality is Quality.NONE and own.title_address < Address.PAPER:
            return None
        if not own.title and not own.reference_only and _is_remark(item.lines[0]):
            return None
        return Found(own.title, own.id, own.broken, line, path, f"item: {own.how}", True)
    if record.ids and own.quality >= Quality.NAME and record.titles <= 1 and not _items_with_titles(item):
        return Found(own.title, record.id, record.broken, line, path, "item with fields", True)
    if own.quality < Quality.WEAK or own.title_url.startswith("#") or _is_web_only(own):
        return None
    if said and said.says not in (Says.TITLE, Says.PAPER):
        return None
    sure = own.is_citation or own.has_note or (said is not None and own.quality is Quality.STRONG)
    return Found(own.title, None, "", line, path, f"item: {own.how}", sure)


def _is_remark(line: Line) -> bool:
    """Whether a line's link stands in the middle of a sentence."""
    texts = [span.text for span in line.spans if not span.image]
    first = next((place for place, span in enumerate(line.spans) if span.url and not span.image), None)
    if first is None:
        return False
    return all(
        len(re.findall(r"\w+", text)) >= 2 for text in ("".join(texts[:first]), "".join(texts[first + 1 :]))
    )


def _items_with_titles(item: Block) -> bool:
    """Whether the item's own items lead with titled papers: then it is a topic."""
    below = [
        child for block in item.children if block.kind is Kind.LIST for child in block.children if child.lines
    ]
    leads = [lead(child.lines[0]) for child in below if not labelled(child.lines[0])]
    return any(one.ids and one.quality >= Quality.WEAK and not one.mention for one in leads)


def _is_web_only(own: Lead) -> bool:
    """Whether the line's only addresses are no papers' (code, blogs, videos)."""
    return own.best is Address.OTHER and (own.title_address is Address.OTHER or own.quality < Quality.STRONG)


def _citekey(line: Line) -> str:
    """The citekey that a line leads with, as ``@key``, or nothing (a person's ``@name`` has no digits)."""
    match = _CITEKEY.match(line.text)
    return f"@{match[1]}" if match and re.search(r"\d{4}", match[1]) else ""


def _fields_of_items(items: Sequence[Block]) -> list[list[Block]]:
    """Items that are the fields of papers (``- Title: ...``, ``- Link: ...``), grouped by paper."""
    said = [labelled(item.lines[0]) if item.lines else None for item in items]
    kinds = [one.says for one in said if one]
    opener = next((says for says in (Says.TITLE, Says.PAPER) if says in kinds), None)
    if opener is None or len(kinds) < max(2, 0.5 * len(items)) or len(set(kinds)) < 2:
        return []
    groups: list[list[Block]] = []
    opened = False
    for item, one in zip(items, said, strict=True):
        opens = one is not None and one.says is opener
        if not groups or (opens and opened):
            groups.append([])
            opened = False
        opened |= opens
        groups[-1].append(item)
    return groups
