"""A whole note as one paper: by its front matter, its title, its file's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from triage.notes.blocks import Block, Kind
from triage.notes.document import Subject, without_note_words
from triage.notes.headings import Holds, holds, is_paper_part
from triage.notes.identifiers import find_ids
from triage.notes.labels import Says
from triage.notes.leads import Lead
from triage.notes.records import Record, gather, lines_of
from triage.notes.sections import Found, Section, links_of, text_of
from triage.notes.titles import Quality, clean, is_far_script, quality
from triage.notes.venues import Address, address
from triage.papers import ArxivId, title_key


def whole_note(
    root: Section, about: Subject, name: str, found: Sequence[Found], *, paperish: bool
) -> Found | None:
    """The one paper that a note is about, or None if it is about several or none.

    Parameters
    ----------
    root : Section
        The note's sections.
    about : Subject
        What its front matter says.
    name : str
        The file's name without ending.
    found : sequence of Found
        The papers that the note has if it is read as a list.
    paperish : bool
        Whether the note says of itself that it is about papers.
    """
    several = _distinct(found)
    declared = _is_declared(about, root)
    if several > 2 and not (declared and about.bibliographic):
        return None
    record = gather(lines_of(_preamble(root)))
    if not about.title and not _top_headings(root):
        by_name = _by_name(root, about, name, record, declared=declared)
        if by_name is not None:
            return by_name
    if declared:
        return _by_front_matter(root, about, name, record)
    if several > 1 or record.titles > 1 or (_convincing(found) > 1 and not record.ids):
        return None
    return _by_title(root, about, record, paperish=paperish) or _introduced(root, about)


def _distinct(found: Iterable[Found]) -> int:
    """How many papers stand there with evidence of their own."""
    own = [one for one in found if one.sure and not one.elsewhere and one.quality >= Quality.WEAK]
    return len({one.id or title_key(one.title) for one in own})


def _convincing(found: Sequence[Found]) -> int:
    """How many papers the note has that read like papers, with or without an address."""
    own = [one for one in found if not one.elsewhere and (one.sure or one.quality is Quality.STRONG)]
    return len({one.id or title_key(one.title) for one in own if one.quality >= Quality.WEAK})


def _introduced(root: Section, about: Subject) -> Found | None:
    """The paper that the note's first lines link to, if the note's own title names it.

    A post called "FlashAttention, slowly" begins with "I read [FlashAttention: Fast and …](…)".
    """
    heads = _top_headings(root)
    called = title_key(about.title or (heads[0].title if heads else ""))
    opening = [span for block in _preamble(root) for line in block.lines for span in line.spans if span.url]
    for span in opening:
        name = title_key(re.split(r"[:：]", span.text)[0])
        strong = quality(clean(span.text)) is Quality.STRONG and address(span.url) >= Address.PAPER
        if (
            strong
            and len(name) >= 4
            and (name in called or (len(called) >= 12 and called in title_key(span.text)))
        ):
            ids = find_ids(span.url)
            arxiv_id = ids[0].id if ids else None
            line = next(
                line.number for block in _preamble(root) for line in block.lines if span in line.spans
            )
            return _whole(root, clean(span.text), arxiv_id, broken="", line=line, reading="introduction")
    return None


def _top_headings(root: Section) -> list[Section]:
    return [part for part in root.parts if part.heading and part.heading.level <= 2]


def _first_lead(root: Section) -> Lead:
    heads = _top_headings(root)
    return heads[0].lead() if heads else Lead()


def _head_title(root: Section) -> tuple[str, bool]:
    """The first heading as the note's title, without "paper review:", and whether it had such words."""
    heads = _top_headings(root)
    return without_note_words(heads[0].lead().title or heads[0].title) if heads else ("", False)


def _is_declared(about: Subject, root: Section) -> bool:
    """Whether the front matter names the paper: by its address, or by fields that only papers have."""
    titled = bool(about.title or _head_title(root)[0])
    return bool(about.ids) or (about.bibliographic and titled) or about.best >= Address.PAPER


def _by_name(root: Section, about: Subject, name: str, record: Record, *, declared: bool) -> Found | None:
    """A vault's page without a heading is called by its file's name, or by the citekey of its paper."""
    known, broken = _id_of(about), _broken_of(about)
    citekey = (
        f"@{about.citekey.lstrip('@')}" if about.citekey else name if re.fullmatch(r"@\S+", name) else ""
    )
    if citekey:
        return _whole(root, citekey, known or record.id, broken=broken, line=1, reading="citekey")
    if quality(clean(name)) >= Quality.WEAK and (declared or record.ids or record.is_paper):
        return _whole(
            root,
            clean(name),
            known or record.id,
            broken=broken or record.broken,
            line=1,
            reading="name of the file",
        )
    return None


def _by_front_matter(root: Section, about: Subject, name: str, record: Record) -> Found | None:
    title = about.title
    head_title, _ = _head_title(root)
    if quality(title) < Quality.WEAK and quality(head_title) > quality(title):
        title = head_title
    title = title or record.title or clean(name)
    broken = _broken_of(about)
    later = None if broken else _first_lead(root).id or record.id
    return _whole(root, title, _id_of(about) or later, broken=broken, line=about.line, reading="front matter")


def _by_title(root: Section, about: Subject, record: Record, *, paperish: bool) -> Found | None:
    """A note whose title reads like a paper's, with something in the note that confirms it."""
    title, marked, line = about.title, about.marked, about.line
    head = _first_lead(root)
    if title:
        if head.ids and head.quality >= Quality.WEAK:
            return None
    else:
        heads = _top_headings(root)
        # A Notion page has parts of the first rank: "# Summary", "# Ideas".
        firsts = [one for one in heads if one.heading and one.heading.level == 1]
        single = sum(holds(one.title) is not Holds.PART for one in firsts) == 1
        if not single or root.parts[0] is not heads[0] or head.ids:
            # Several headings of the first rank, or one with its own address, are read as headings.
            return None
        title, marked = _head_title(root)
        line = heads[0].heading.line if heads[0].heading else 1
    if not title or (holds(title) in (Holds.PAPERS, Holds.ELSEWHERE, Holds.PART) and not marked):
        return None
    if not _confirmed(root, title, record, marked=marked, paperish=paperish):
        return None
    if record.title and (Says.TITLE in record.said or quality(record.title) >= quality(title)):
        title, line = record.title, record.title_line
    arxiv_id = record.id or (None if record.broken else _only_id(root))
    return _whole(root, title, arxiv_id, broken=record.broken, line=line, reading="title of the note")


def _confirmed(root: Section, title: str, record: Record, *, marked: bool, paperish: bool) -> bool:
    worth, far = quality(title), is_far_script(title)
    parts = sum(is_paper_part(part.title) for part in root.all_parts())
    addressed = bool(record.ids) or record.is_paper
    proof = addressed or record.best >= Address.PAPER or _only_id(root) is not None
    if marked:
        return worth is Quality.STRONG or (worth is Quality.WEAK and not far) or proof or parts > 0
    if proof and worth >= Quality.WEAK:
        return parts >= 2 or addressed
    return parts >= 2 and worth >= (Quality.WEAK if paperish else Quality.STRONG)


def _whole(
    root: Section, title: str, arxiv_id: ArxivId | None, *, broken: str, line: int, reading: str
) -> Found | None:
    if not title and not arxiv_id:
        return None
    everything = list(root.everything())
    tags = tuple(gather(lines_of(_preamble(root))).tags)
    found = Found(title, arxiv_id, "" if arxiv_id else broken, line, (), reading, True)
    found.text, found.links, found.tags, found.quality = (
        text_of(everything),
        links_of(everything),
        tags,
        quality(title),
    )
    return found


def _id_of(about: Subject) -> ArxivId | None:
    return next((found.id for found in about.ids if found.id), None)


def _broken_of(about: Subject) -> str:
    return "" if _id_of(about) else next((found.broken for found in about.ids if found.broken), "")


def _preamble(root: Section) -> list[Block]:
    """What stands above the note's first real section: there a note says which paper it is about."""
    blocks = list(root.blocks)
    for part in list(root.all_parts())[:3]:
        opening = part.heading is not None and (part.heading.level == 1 or holds(part.title) is Holds.PART)
        if not blocks or (len(blocks) < 6 and opening):
            blocks += part.blocks
    return blocks[:12]


def _only_id(root: Section) -> ArxivId | None:
    """The identifier that a labelled or lone link gives anywhere in the note, if there is just one."""
    record = gather(
        lines_of([block for block in root.everything() if block.kind is not Kind.HEADING]), head=6
    )
    distinct = {found.id for found in record.ids if found.id}
    return distinct.pop() if len(distinct) == 1 else None
