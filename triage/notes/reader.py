"""The meaning of a note: which of its headings, items, rows and lines are papers.

The note's blocks are cut into sections.  A section's heading may be a paper (then everything under it
is about that paper) or a topic (then the papers are in the body).  What a body offers are candidates,
each with the evidence for it; the choice among them is made with the whole section in sight, since a
line without a link is a paper among papers and a remark among remarks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from triage.notes.blocks import Block, Kind, Line, Note, Span
from triage.notes.document import Subject, subject, without_note_words
from triage.notes.headings import Holds, holds, is_date, is_paper_part, stripped
from triage.notes.labels import Says, kind_of_label, labelled
from triage.notes.leads import Lead, ids_of_line, lead, urls_of_line
from triage.notes.records import Record, gather, lines_of
from triage.notes.titles import Quality, clean, looks_like_authors, looks_like_venue, quality
from triage.notes.venues import Address, address
from triage.papers import ArxivId, title_key


_FAR_SCRIPT = re.compile(r"[\u0400-\u04ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


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

    def everything(self) -> Iterable[Block]:
        """All blocks of the section and its parts."""
        yield from self.blocks
        for part in self.parts:
            if part.heading:
                yield part.heading
            yield from part.everything()


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


def read_note(note: Note, name: str) -> list[Found]:
    """Find the papers of a note.

    Parameters
    ----------
    note : Note
        The note's blocks and front matter.
    name : str
        The file's name without ending, which may be a title in vaults.

    Returns
    -------
    list of Found
        The papers in order of place, each with the reading that found it.
    """
    root = sections(_promoted(note.blocks))
    reader = _Reader(root, paperish=_paperish(note, root, name))
    found = reader.section(root)
    whole = reader.whole(root, subject(note.meta, note.meta_lines), name, _several(found))
    return [whole] if whole else _kept(found, bibliography=_is_bibliography(root))


def _kept(found: list[Found], *, bibliography: bool) -> list[Found]:
    """Leave references out where the note has papers of its own, and what stands there twice."""
    own = [one for one in found if not one.elsewhere]
    if not own and not bibliography:
        return []
    kept: list[Found] = []
    seen: dict[str, Found] = {}
    for one in own or found:
        keys = [key for key in (one.id or "", title_key(one.title)) if key]
        known = next((seen[key] for key in keys if key in seen), None)
        if known is not None and known.line == one.line:
            continue
        kept.append(one)
        for key in keys:
            seen.setdefault(key, one)
    return sorted(kept, key=lambda one: one.line)


def _several(found: Iterable[Found]) -> int:
    """How many papers the note has if it is a list: those with their own evidence."""
    own = [one for one in found if one.sure and not one.elsewhere and one.quality >= Quality.WEAK]
    return len({one.id or title_key(one.title) for one in own})


def _is_bibliography(root: Section) -> bool:
    """Whether the note is nothing but references, so that they are what it is about."""
    inside = sum(
        len(line.text)
        for part in _all_parts(root)
        if holds(part.title) is Holds.ELSEWHERE
        for block in part.everything()
        for line in block.all_lines()
    )
    everything = sum(len(line.text) for block in root.everything() for line in block.all_lines())
    return inside > 0.75 * everything


def _paperish(note: Note, root: Section, name: str) -> bool:
    """Whether the note says of itself that it is about papers."""
    said = [
        name,
        str(note.meta.get("title", "")),
        str(note.meta.get("tags", "")),
        str(note.meta.get("categories", "")),
    ]
    said += [part.title for part in root.parts] + [part.title for top in root.parts for part in top.parts]
    return any(
        re.search(r"(?i)paper|arxiv|论文|文献|論文|논문|literature|reading|publication", text)
        for text in said
    )


def _promoted(blocks: Sequence[Block]) -> list[Block]:
    """Make lines that stand above text as headings do headings, below all real ones.

    That is a paragraph of one bold line, a title alone on its line with its address under it, and the
    item of a list of one with paragraphs after it.
    """
    promoted: list[Block] = []
    for place, block in enumerate(blocks):
        following = blocks[place + 1] if place + 1 < len(blocks) else None
        before = promoted[-1] if promoted else None
        if (
            block.kind is Kind.PARAGRAPH
            and len(block.lines) == 1
            and following is not None
            and following.kind is not Kind.HEADING
        ):
            line = block.lines[0]
            if not labelled(line) and (_all_bold(line) or _titles(line, following)):
                promoted.append(
                    Block(Kind.HEADING, block.line, block.lines, level=7 if _all_bold(line) else 8)
                )
                continue
        if block.kind not in (Kind.LIST, Kind.HEADING) and before is not None and _is_lone_item(before):
            before.children[0].children.append(block)
            continue
        promoted.append(block)
    return promoted


def _titles(line: Line, following: Block) -> bool:
    """Whether a line is a title and nothing else, and what follows gives its address."""
    here = lead(line)
    if here.quality < Quality.WEAK or here.mention or here.ids or len(here.rest.split()) > 6:
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
    return bool(texts) and not plain and any(span.bold for span in texts)


class _Reader:
    """Walks the sections of one note."""

    def __init__(self, root: Section, *, paperish: bool) -> None:
        self.paperish = paperish
        self.foreign = _is_foreign(root)
        """The note is in another script than Latin: a heading that reads like an English title is one."""
        self.leads_by_level: dict[int, list[Lead]] = {}
        for part in _all_parts(root):
            if part.heading and holds(part.title) is Holds.UNKNOWN:
                self.leads_by_level.setdefault(part.heading.level, []).append(_heading_lead(part.heading))

    # The whole note

    def whole(self, root: Section, about: Subject, name: str, several: int) -> Found | None:
        """The one paper that the whole note is about, or None if it is about several or none."""
        heads = [part for part in root.parts if part.heading and part.heading.level <= 2]
        first = heads[0] if heads else None
        head = _heading_lead(first.heading) if first and first.heading else Lead()
        head_title, head_marked = without_note_words(head.title or (first.title if first else ""))
        arxiv_id = next((found.id for found in about.ids if found.id), None)
        broken = next((found.broken for found in about.ids if found.broken), "")
        declared = (
            bool(about.ids)
            or (about.bibliographic and (about.title or head_title))
            or about.best >= Address.PAPER
        )
        if several > 2 and not (declared and about.bibliographic):
            return None
        record = gather(lines_of(_preamble(root)))
        title = about.title
        if not title and not first:
            # A vault's page without a heading is called by its file's name.
            if key := _citekey_of(name, about):
                return self._whole(root, key, arxiv_id or record.id, broken, 1, "citekey")
            if quality(clean(name)) >= Quality.WEAK and (declared or record.ids or record.is_paper):
                return self._whole(
                    root, clean(name), arxiv_id or record.id, broken or record.broken, 1, "name of the file"
                )
        if declared:
            if head_title and quality(title) < Quality.WEAK and quality(head_title) > quality(title):
                title = head_title
            title = title or record.title or clean(name)
            ids = [arxiv_id, *([] if broken else [head.id, record.id])]
            return self._whole(root, title, next(filter(None, ids), None), broken, about.line, "front matter")
        if several > 1 or (record.titles > 1):
            return None
        parts = sum(is_paper_part(part.title) for part in _all_parts(root))
        title, marked, line = about.title, about.marked, about.line
        if (
            not title
            and len([one for one in heads if one.heading and one.heading.level == 1]) == 1
            and head_title
            and root.parts[0] is first
        ):
            # A single H1 on top is the note's title.
            title, marked, line = (
                head_title,
                head_marked,
                first.heading.line if first and first.heading else 1,
            )
            if head.ids:
                return None
        worth = quality(title)
        if not title or (holds(title) in (Holds.PAPERS, Holds.ELSEWHERE, Holds.PART) and not marked):
            return None
        if first and about.title and head.ids and head.quality >= Quality.WEAK:
            return None
        proof = (
            bool(record.ids)
            or record.is_paper
            or record.best >= Address.PAPER
            or _own_links(root) is not None
        )
        if (
            (marked and (worth >= Quality.WEAK or proof or parts))
            or (proof and worth >= Quality.WEAK and (parts >= 2 or record.is_paper or record.ids))
            or (parts >= 2 and worth >= (Quality.WEAK if proof or self.paperish else Quality.STRONG))
        ):
            if record.title and (Says.TITLE in record.said or quality(record.title) >= worth):
                title, line = record.title, record.title_line
            found_id = record.id or (None if record.broken else _own_links(root))
            return self._whole(root, title, found_id, record.broken, line, "title of the note")
        return None

    def _whole(
        self, root: Section, title: str, arxiv_id: ArxivId | None, broken: str, line: int, reading: str
    ) -> Found | None:
        if not title and not arxiv_id:
            return None
        everything = list(root.everything())
        tags = gather(lines_of(_preamble(root))).tags
        return Found(
            title,
            arxiv_id,
            "" if arxiv_id else broken,
            line,
            (),
            reading,
            True,
            _text_of(everything),
            _links_of(everything),
            tuple(tags),
            quality=quality(title),
        )

    # Sections

    def section(self, section: Section, above: Holds = Holds.UNKNOWN) -> list[Found]:
        """The papers of a section and its parts."""
        says = holds(section.title) if section.heading else Holds.UNKNOWN
        here = (
            above
            if says in (Holds.UNKNOWN, Holds.PART) and above in (Holds.ELSEWHERE, Holds.RESOURCES)
            else says
        )
        if section.heading is not None:
            paper = self._heading(section, says)
            if paper is not None:
                paper.elsewhere = here is Holds.ELSEWHERE
                return [paper, *self._parts_of_paper(section, paper)]
        found = self._body(section.blocks, section.path, here)
        for one in found:
            one.elsewhere |= here is Holds.ELSEWHERE
        parts = [self.section(part, here) for part in section.parts]
        return found + [one for part in parts for one in part]

    def _parts_of_paper(self, section: Section, paper: Found) -> list[Found]:
        """Sub-headings of a paper's note that are papers themselves by their own words."""
        found = []
        for part in section.parts:
            if part.heading and holds(part.title) is Holds.UNKNOWN:
                here = _heading_lead(part.heading)
                if here.ids and here.quality >= Quality.WEAK and here.id != paper.id:
                    found += self.section(part)
        return found

    def _heading(self, section: Section, says: Holds) -> Found | None:
        """The heading as a paper, or None if it is a topic."""
        assert section.heading is not None
        here = _heading_lead(section.heading)
        text = stripped(section.title)
        if not text or says in (Holds.PART, Holds.ELSEWHERE) or is_date(section.title):
            return None
        path = section.path[:-1]
        own = bool(here.ids) or here.best >= Address.PAPER
        own = own or (here.title_address is Address.MAYBE and here.quality >= Quality.WEAK)
        if own and here.quality >= Quality.NAME and not here.mention:
            return self._paper(section, here.title, here, path)
        record = gather(lines_of(section.blocks))
        if record.titles > 1 or _papers_below(section) > 1 or _holds_records(section):
            return None
        if here.how == "quotes" and here.quality >= Quality.WEAK and says is not Holds.RESOURCES:
            return self._paper(section, here.title, here, path, record)
        if (
            (record.ids or record.is_paper or record.best >= Address.PAPER)
            and says is Holds.UNKNOWN
            and not _has_list_of_papers(self, section)
        ):
            title = record.title or here.title or text
            return self._paper(section, title, here, path, record)
        table = _same_paper_in_table(section, here.title)
        if table is not None:
            return self._paper(section, here.title, table, path)
        if (
            here.quality is Quality.STRONG
            and says is Holds.UNKNOWN
            and self._is_read(section)
            and self._supported(section)
        ):
            return self._paper(section, here.title, here, path)
        return None

    def _supported(self, section: Section) -> bool:
        """Whether a heading that only looks like a title stands in a note where titles are papers."""
        if self.paperish or self.foreign:
            return True
        alike = [
            lead_ for lead_ in self.leads_by_level.get(section.heading.level if section.heading else 0, ())
        ]
        strong = sum(one.quality is Quality.STRONG for one in alike)
        return any(one.ids or one.how == "quotes" for one in alike) or (
            strong >= 3 and strong >= 0.7 * len(alike)
        )

    def _is_read(self, section: Section) -> bool:
        """Whether a heading that only looks like a title has a note under it rather than a list."""
        if not section.blocks and not section.parts:
            return self.paperish
        return not _has_list_of_papers(self, section) and not any(
            part.heading and _heading_lead(part.heading).quality is Quality.STRONG for part in section.parts
        )

    def _paper(
        self, section: Section, title: str, here: Lead, path: tuple[str, ...], record: Record | None = None
    ) -> Found:
        record = record or gather(lines_of(section.blocks))
        assert section.heading is not None
        return Found(
            title=title,
            id=here.id or record.id,
            broken="" if here.id or record.id else here.broken or record.broken,
            line=section.heading.lines[0].number if section.heading.lines else section.heading.line,
            section=path,
            reading="heading",
            sure=bool(here.ids or record.ids),
            text=_text_of(section.everything()),
            links=_links_of([section.heading, *section.everything()]),
            tags=tuple(record.tags),
            quality=here.quality,
        )

    # Bodies

    def _body(self, blocks: Sequence[Block], path: tuple[str, ...], here: Holds) -> list[Found]:
        found: list[Found] = []
        for block in blocks:
            match block.kind:
                case Kind.LIST:
                    found += self._list(block, path, here)
                case Kind.TABLE:
                    found += self._table(block, path, here)
                case Kind.PARAGRAPH:
                    found += self._paragraph(block, path, here)
                case Kind.QUOTE:
                    found += self._body(block.children, path, here)
                case _:
                    pass
        return found

    def _list(self, block: Block, path: tuple[str, ...], here: Holds) -> list[Found]:
        items = [child for child in block.children if child.kind is Kind.ITEM]
        as_fields = _fields_of_items(items)
        if as_fields:
            return [found for group in as_fields if (found := self._record(group, path)) is not None]
        found: list[Found] = []
        doubtful: list[tuple[int, Found]] = []
        for item in items:
            paper = self._item(item, path, here)
            if paper is not None and not paper.sure:
                doubtful.append((len(found), paper))
                continue
            if paper is not None:
                found.append(paper)
            else:
                label = item.text.split("\n")[0].strip()
                deeper = (*path, clean(label)) if 0 < len(label) <= 60 and item.children else path
                if not (item.lines and (said := labelled(item.lines[0])) and said.says is Says.ELSEWHERE):
                    found += self._body(item.children, deeper, here)
        sure = len(found)
        if doubtful and here is not Holds.RESOURCES:
            strong = sum(1 for _, paper in doubtful if paper.quality is Quality.STRONG)
            share = (sure + strong) / max(1, len(items))
            if sure >= 1 and share >= 0.5:
                found += [paper for _, paper in doubtful if paper.quality >= Quality.WEAK]
            elif share >= 0.6 and (
                here is Holds.PAPERS or (self.paperish and (len(items) >= 3 or strong == len(items)))
            ):
                found += [paper for _, paper in doubtful if paper.quality >= Quality.WEAK]
        return found

    def _record(self, items: Sequence[Block], path: tuple[str, ...]) -> Found | None:
        record = gather(lines_of(items), head=0)
        if not record.is_paper or not (record.title or record.id or record.broken):
            return None
        line = record.title_line or items[0].line
        return Found(
            record.title,
            record.id,
            record.broken,
            line,
            path,
            "label",
            True,
            _text_of(items),
            _links_of(items),
            tuple(record.tags),
            quality=quality(record.title),
        )

    def _item(self, item: Block, path: tuple[str, ...], here: Holds) -> Found | None:
        """A list item as a paper, with its details under it."""
        if not item.lines:
            return None
        first = item.lines[0]
        record = gather([*((line, 0) for line in item.lines[1:]), *lines_of(item.children)], head=4)
        said = labelled(first)
        if key := _citekey(first):
            return Found(
                key, None, "", first.number, path, "citekey", True, _text_of([item]), _links_of([item])
            )
        if said and said.says in _NO_TITLES:
            return None
        line = said.line if said else first
        own = lead(line)
        if record.titles == 1 and record.title and (record.said - {Says.TITLE, Says.PAPER}):
            found = Found(record.title, own.id or record.id, record.broken, first.number, path, "label", True)
            if own.id and own.quality >= Quality.WEAK and record.said.isdisjoint({Says.TITLE}):
                found.title, found.line = own.title, first.number
        elif own.mention or (own.several_ids and own.title_address < Address.PAPER and not own.ids[0].id):
            return None
        elif own.ids or own.title_address >= Address.PAPER or own.best >= Address.PAPER:
            if own.title and own.quality == Quality.NONE and own.title_address < Address.PAPER:
                return None
            found = Found(own.title, own.id, own.broken, first.number, path, f"item: {own.how}", True)
        elif (
            record.ids and own.quality >= Quality.NAME and record.titles <= 1 and not _items_with_titles(item)
        ):
            found = Found(own.title, record.id, record.broken, first.number, path, "item with fields", True)
        elif own.quality >= Quality.WEAK and not _web_only(own) and not own.title_url.startswith("#"):
            if said and said.says not in (Says.TITLE, Says.PAPER):
                return None
            sure = own.is_citation or own.has_note or (said is not None and own.quality is Quality.STRONG)
            found = Found(own.title, None, "", first.number, path, f"item: {own.how}", sure)
        else:
            return None
        if (
            found.sure
            and here is Holds.RESOURCES
            and not found.id
            and own.title_address < Address.PAPER
            and record.title == ""
        ):
            return None
        found.quality = quality(found.title)
        found.text = _text_of([item])
        found.links = _links_of([item])
        found.tags = tuple(record.tags)
        return found

    def _paragraph(self, block: Block, path: tuple[str, ...], here: Holds) -> list[Found]:
        """A paragraph as the fields of one paper, as a line per paper, or as one paper."""
        record = gather((line, 0) for line in block.lines)
        if record.titles == 1 and len(record.said) > 1 and record.is_paper:
            found = Found(record.title, record.id, record.broken, record.title_line, path, "label", True)
            found.text, found.links, found.quality = block.text, _links_of([block]), quality(record.title)
            return [found]
        return _lines_as_papers(block, path, here)

    def _table(self, block: Block, path: tuple[str, ...], here: Holds) -> list[Found]:
        rows = [row for row in block.children if row.kind is Kind.ROW]
        if len(rows) < 2:
            return []
        header = [cell.text.strip() for cell in rows[0].lines]
        column = _paper_column(header, rows[1:])
        found = []
        for row in rows[1:]:
            one = _row(row, header, column, path)
            if one is not None:
                found.append(one)
        return found


_CALLED = re.compile(r"(?i)^\W*(?:paper|论文|論文|논문)\s*\#?\d{1,3}\s*[:：.、-]")
_NUMBERED = re.compile(r"^\s*(?:\[\w{1,6}\]|\(?\d{1,3}[.)\]])\s*")
_NO_TITLES = (Says.ELSEWHERE, Says.DETAIL, Says.CODE, Says.AUTHORS, Says.VENUE, Says.DATE, Says.TAGS)
_CITEKEY = re.compile(r"^\s*\[?-?@([\w][\w:.#$%&+?<>~/-]*\w)\]?(?=[\s:：,;.–—-]|$)")


def _citekey(line: Line) -> str:
    """The citekey that a line leads with, as ``@key``, or nothing."""
    match = _CITEKEY.match(line.text)
    return f"@{match[1]}" if match and re.search(r"\d", match[1]) else ""


def _lines_as_papers(block: Block, path: tuple[str, ...], here: Holds) -> list[Found]:
    """The papers that the lines of a paragraph lead with, unless the paragraph is running prose."""
    leads = [lead(line) for line in block.lines]
    if all(one.reference_only and one.ids for one in leads) and (len(leads) > 1 or here is Holds.PAPERS):
        return [
            _line_found(one, one, line.number, path, block)
            for one, line in zip(leads, block.lines, strict=True)
        ]
    if sum(one.is_citation for one in leads) >= max(1, 0.6 * len(leads)) and _NUMBERED.match(
        block.lines[0].text
    ):
        return [
            _line_found(one, one, line.number, path, block)
            for one, line in zip(leads, block.lines, strict=True)
            if one.title
        ]
    found: list[Found] = []
    title: Lead | None = None
    title_line = told = 0
    for line in block.lines:
        own = lead(line)
        about = labelled(line)
        if own.reference_only or (about and about.says in (Says.LINK, Says.PAPER) and not own.title):
            told += 1
            if title is not None and (own.ids or own.best >= Address.PAPER):
                found.append(_line_found(title, own, title_line, path, block))
                title = None
            continue
        paper = bool(own.ids or own.title_address >= Address.PAPER)
        if (
            paper
            and own.quality >= Quality.WEAK
            and not own.mention
            and not own.several_ids
            and not own.runs_on
        ):
            found.append(_line_found(own, own, line.number, path, block))
            told += 1
            title = None
        elif own.quality is Quality.STRONG and len(own.rest.split()) <= 20 and _CALLED.match(line.text):
            found.append(_line_found(own, own, line.number, path, block))
            told += 1
        elif not paper and own.quality >= Quality.WEAK and title is None and not own.mention:
            title, title_line = own, line.number
            told += 1
        elif about or looks_like_authors(line.text) or looks_like_venue(line.text):
            told += 1
    # Lines broken anywhere in running prose may begin with a title by accident.
    listlike = told >= 0.5 * len(block.lines) or (
        found and found[0].line == block.lines[0].number and len(found) == 1
    )
    return found if listlike else []


def _line_found(title: Lead, where: Lead, line: int, path: tuple[str, ...], block: Block) -> Found:
    return Found(
        title.title,
        where.id or title.id,
        where.broken,
        line,
        path,
        f"line: {title.how}",
        True,
        block.text,
        _links_of([block]),
        quality=title.quality,
    )


def _row(row: Block, header: Sequence[str], column: int | None, path: tuple[str, ...]) -> Found | None:
    cells = row.lines
    if column is None or column >= len(cells):
        return None
    own = lead(cells[column])
    title = own.title
    if not title:
        text = clean(cells[column].text)
        title = text if text and not own.reference_only else ""
    ids = [*own.ids]
    broken = own.broken
    if not own.id:
        for place, cell in enumerate(cells):
            if place != column and not _about_others(header[place] if place < len(header) else ""):
                here = ids_of_line(cell)
                ids += here
    arxiv_id = next((one.id for one in ids if one.id), None)
    broken = "" if arxiv_id else next((one.broken for one in ids if one.broken), broken)
    title = title.lstrip("#").strip()
    if not title and not arxiv_id and not broken:
        return None
    if title and not arxiv_id and re.fullmatch(r"[-–—/\s]*|n/?a|none|tbd|\.\.\.|…", title, re.I):
        return None
    return Found(
        title,
        arxiv_id,
        broken,
        row.line,
        path,
        "table row",
        True,
        " | ".join(cell.text.strip() for cell in cells),
        _links_of([row]),
        quality=quality(title),
    )


def _about_others(head: str) -> bool:
    return kind_of_label(head) in (Says.ELSEWHERE, Says.CODE)


def _paper_column(header: Sequence[str], rows: Sequence[Block]) -> int | None:
    """The column with the titles: by its head, else by what stands in it."""
    kinds = [kind_of_label(head) for head in header]
    titled = [place for place, kind in enumerate(kinds) if kind is Says.TITLE]
    papers = [place for place, kind in enumerate(kinds) if kind is Says.PAPER]

    def worth(place: int) -> float:
        cells = [row.lines[place] for row in rows if place < len(row.lines) and row.lines[place].text.strip()]
        leads = [lead(cell) for cell in cells[:40]]
        return sum(one.quality >= Quality.WEAK for one in leads) / len(leads) if leads else 0.0

    def linked(place: int) -> float:
        cells = [row.lines[place] for row in rows if place < len(row.lines)]
        return sum(
            bool(ids_of_line(cell)) or any(address(url) >= Address.PAPER for url in urls_of_line(cell))
            for cell in cells[:40]
        ) / max(1, len(cells[:40]))

    for place in titled + papers:
        if worth(place) >= 0.3 or (place in papers and linked(place) >= 0.3 and worth(place) > 0):
            return place
    scored = [(worth(place) + linked(place), -place) for place in range(len(header)) if worth(place) >= 0.5]
    evidence = max((linked(place) for place in range(len(header))), default=0.0)
    if scored and (evidence >= 0.3 or titled or papers):
        return -max(scored)[1]
    if titled and evidence >= 0.3:
        return titled[0]
    if evidence >= 0.5:
        # No column of titles, but identifiers: the first column names the paper, shortly.
        return 0
    return None


def _fields_of_items(items: Sequence[Block]) -> list[list[Block]]:
    """Items that are the fields of papers (``- Title: ...``, ``- Link: ...``), grouped by paper."""
    said = [labelled(item.lines[0]) if item.lines else None for item in items]
    kinds = [one.says for one in said if one]
    if (
        len(kinds) < 2
        or len(kinds) < 0.5 * len(items)
        or not any(kind in (Says.TITLE, Says.PAPER) for kind in kinds)
    ):
        return []
    if len(set(kinds)) < 2:
        return []
    opener = Says.TITLE if Says.TITLE in kinds else Says.PAPER
    groups: list[list[Block]] = []
    for item, one in zip(items, said, strict=True):
        if not groups or (
            one and one.says is opener and any(_opens(before, opener) for before in groups[-1])
        ):
            groups.append([])
        groups[-1].append(item)
    return groups


def _opens(item: Block, opener: Says) -> bool:
    said = labelled(item.lines[0]) if item.lines else None
    return said is not None and said.says is opener


def _heading_lead(heading: Block) -> Lead:
    spans = tuple(
        span
        for place, line in enumerate(heading.lines)
        for span in ((Span(" "),) if place else ()) + line.spans
    )
    number = heading.lines[0].number if heading.lines else heading.line
    return lead(Line(number, spans))


def _is_foreign(root: Section) -> bool:
    text = "".join(line.text for block in root.everything() for line in block.lines)[:20_000]
    return len(_FAR_SCRIPT.findall(text)) > 0.2 * len(text)


def _holds_records(section: Section) -> bool:
    """Whether the section's items open records of their own (``- Paper: …`` with details under it)."""
    for block in section.blocks:
        if block.kind is Kind.LIST:
            for item in block.children:
                said = labelled(item.lines[0]) if item.lines else None
                if said and said.says in (Says.TITLE, Says.PAPER) and said.value and item.children:
                    below = gather(lines_of(item.children))
                    if below.ids or below.said & {Says.LINK, Says.AUTHORS, Says.VENUE}:
                        return True
    return False


def _has_list_of_papers(reader: _Reader, section: Section) -> bool:
    found = reader._body(section.blocks, section.path, Holds.UNKNOWN)
    distinct = {one.id or title_key(one.title) for one in found if one.sure}
    return len(distinct) > 1


def _papers_below(section: Section) -> int:
    """How many headings under this one name a paper with its identifier."""
    return sum(1 for part in section.parts if part.heading and _heading_lead(part.heading).ids)


def _all_parts(section: Section) -> Iterable[Section]:
    for part in section.parts:
        yield part
        yield from _all_parts(part)


def _citekey_of(name: str, about: Subject) -> str:
    return f"@{about.citekey.lstrip('@')}" if about.citekey else name if re.fullmatch(r"@\S+", name) else ""


def _preamble(root: Section) -> list[Block]:
    """What stands above the note's first real section: there a note says which paper it is about."""
    blocks = list(root.blocks)
    for part in list(_all_parts(root))[:3]:
        if (
            not blocks
            or len(blocks) < 6
            and (part.heading is not None and (part.heading.level == 1 or holds(part.title) is Holds.PART))
        ):
            blocks += part.blocks
    return blocks[:12]


def _own_links(root: Section) -> ArxivId | None:
    """The identifier that a labelled or lone link gives anywhere in the note, if there is just one."""
    record = gather(
        lines_of([block for block in root.everything() if block.kind is not Kind.HEADING]), head=6
    )
    distinct = {found.id for found in record.ids if found.id}
    return distinct.pop() if len(distinct) == 1 else None


def _same_paper_in_table(section: Section, title: str) -> Lead | None:
    """The lead of the one row that repeats the heading's paper, with the identifier from its row."""
    key = title_key(title)
    if len(key) < 8:
        return None
    for block in section.blocks:
        if block.kind is Kind.TABLE:
            for row in block.children[1:]:
                for cell in row.lines:
                    here = lead(cell)
                    if here.quality >= Quality.WEAK and title_key(here.title.lstrip("#"))[:40] == key[:40]:
                        ids = tuple(found for one in row.lines for found in ids_of_line(one))
                        return replace(here, ids=ids)
    return None


def _items_with_titles(item: Block) -> bool:
    """Whether the item's own items lead with titled papers: then it is a topic."""
    below = [
        child for block in item.children if block.kind is Kind.LIST for child in block.children if child.lines
    ]
    leads = [lead(child.lines[0]) for child in below if not labelled(child.lines[0])]
    return sum(1 for one in leads if one.ids and one.quality >= Quality.WEAK and not one.mention) >= 1


def _web_only(own: Lead) -> bool:
    """Whether the line's only addresses are no papers' (code, blogs, videos)."""
    return own.best is Address.OTHER and (own.title_address is Address.OTHER or own.quality < Quality.STRONG)


def _text_of(blocks: Iterable[Block]) -> str:
    lines = [line.text.strip() for block in blocks for line in block.all_lines()]
    return "\n".join(line for line in lines if line)[:20_000]


def _links_of(blocks: Iterable[Block]) -> tuple[str, ...]:
    urls = (url for block in blocks for line in block.all_lines() for url in urls_of_line(line))
    return tuple(dict.fromkeys(url for url in urls if not url.startswith("#")))[:50]
