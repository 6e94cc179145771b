"""The lines of a paragraph as papers."""

from __future__ import annotations

import re

from triage.notes.blocks import Block, Line
from triage.notes.headings import Holds
from triage.notes.identifiers import find_ids
from triage.notes.labels import Says, labelled
from triage.notes.leads import Lead, lead, papers_of_line
from triage.notes.links import without_references
from triage.notes.records import gather
from triage.notes.sections import Found, links_of
from triage.notes.titles import Quality, is_far_script, looks_like_authors, looks_like_venue, quality
from triage.notes.venues import Address

_CALLED = re.compile(r"(?i)^\W*(?:paper|论文|論文|논문)\s*\#?\d{1,3}\s*[:：.、-]")
_NUMBERED = re.compile(r"^\s*(?:\[\w{1,6}\]|\(?\d{1,3}[.)\]])\s*")


def lines_as_papers(block: Block, path: tuple[str, ...], here: Holds, *, bare: bool = False) -> list[Found]:
    """The papers of a paragraph: as the fields of one, as references, or as lines that lead with titles.

    Parameters
    ----------
    block : Block
        The paragraph.
    path : tuple of str
        The headings above.
    here : Holds
        What the section holds by its heading's words.
    bare : bool
        Whether other paragraphs of the section are bare addresses as well.
    """
    record = gather((line, 0) for line in block.lines)
    if record.titles == 1 and len(record.said) > 1 and record.is_paper:
        found = Found(record.title, record.id, record.broken, record.title_line, path, "label", True)
        found.text, found.links, found.quality = block.text, links_of([block]), quality(record.title)
        return [found]
    leads = [(lead(line), line) for line in block.lines]
    if is_bare(block) and (len(leads) > 1 or here is Holds.PAPERS or bare):
        return [_found(one, one, line, path, block) for one, line in leads]
    addressed = [line for own, line in leads if own.reference_only or _is_addressed_first(own, line)]
    if len(addressed) >= 2 and sum(bool(own.ids) for own, _ in leads) >= 0.6 * len(leads):
        return [_listed(own, line, path, block) for own, line in leads if own.id and not own.several_ids]
    cited = sum(one.is_citation for one, _ in leads)
    if cited >= max(1, 0.6 * len(leads)) and _NUMBERED.match(block.lines[0].text):
        return [_found(one, one, line, path, block) for one, line in leads if one.title]
    return _led_lines(leads, path, block)


def is_bare(block: Block) -> bool:
    """Whether a paragraph is nothing but arXiv addresses (badges above a list are none of its papers)."""
    leads = [lead(line) for line in block.lines]
    return bool(leads) and bool(block.text.strip()) and all(one.reference_only and one.ids for one in leads)


def is_note_link(block: Block) -> bool:
    """Whether a paragraph is nothing but a title that links to a page of notes."""
    if len(block.lines) != 1:
        return False
    own = lead(block.lines[0])
    local = own.how == "link" and own.title_address is Address.NONE
    return local and own.quality >= Quality.WEAK and not (own.tail + own.rest).strip(" .") and not own.mention


def linked_notes(block: Block, path: tuple[str, ...]) -> list[Found]:
    """A paragraph that is a link to a page of notes, as the paper that the page is called by."""
    line = block.lines[0]
    own = lead(line)
    return [_found(own, own, line, path, block)]


def _listed(own: Lead, line: Line, path: tuple[str, ...], block: Block) -> Found:
    """A line of a list of addresses; the words beside the address are its title if they read like one."""
    worth = Quality.NAME if _is_addressed_first(own, line) else Quality.STRONG
    titled = own.quality >= worth and not is_far_script(own.title) and len(own.tail + own.rest) <= 3
    return _found(own if titled else Lead(), own, line, path, block)


def _led_lines(leads: list[tuple[Lead, Line]], path: tuple[str, ...], block: Block) -> list[Found]:
    """Lines that lead with a paper, or with a title whose address stands on a line below."""
    found: list[Found] = []
    title: tuple[Lead, Line] | None = None
    told = 0
    for own, line in leads:
        about = labelled(line)
        if together := papers_of_line(line):
            found += [_found(one, one, line, path, block) for one in together]
            told += 1
            continue
        if own.reference_only or (about and about.says in (Says.LINK, Says.PAPER) and not own.title):
            told += 1
            if title is not None and (own.ids or own.best >= Address.PAPER):
                found.append(_found(title[0], own, title[1], path, block))
                title = None
        elif _leads_with_paper(own) or _is_called_paper(own, line):
            found.append(_found(own, own, line, path, block))
            told += 1
            title = None
        elif title is None and not own.several_ids and _is_addressed_first(own, line):
            remark = own.quality is Quality.NONE or is_far_script(own.title) or len(own.tail + own.rest) > 3
            found.append(_found(Lead() if remark else own, own, line, path, block))
            told += 1
        elif own.quality >= Quality.WEAK and title is None and not own.mention and not _has_paper(own):
            title = own, line
            told += 1
        elif about or looks_like_authors(line.text) or looks_like_venue(line.text):
            told += 1
    # Lines broken anywhere in running prose may begin with a title by accident.
    first_only = len(found) == 1 and found[0].line == block.lines[0].number
    return found if told >= 0.5 * len(leads) or first_only else []


def _has_paper(own: Lead) -> bool:
    if own.ids or own.title_address >= Address.PAPER:
        return True
    # A title followed by nothing but its address: "Title, doi:10.1038/..."
    return own.best >= Address.PAPER and not without_references(own.rest)


def _leads_with_paper(own: Lead) -> bool:
    clear = not own.mention and not own.runs_on and (not own.several_ids or own.is_addressed_behind)
    titled = own.quality >= Quality.WEAK or _is_named(own)
    return (_has_paper(own) or own.is_addressed_behind) and titled and clear


def _is_named(own: Lead) -> bool:
    """``[BLIP-2](https://arxiv.org/…)：what it does``: a name that links to its paper and opens the line."""
    opens = own.how == "link" and own.title_address >= Address.PAPER and not own.before.strip()
    return opens and bool(re.match(r"\s*(?:[:：]|\s[-–—]\s|$)", own.rest))


def _is_addressed_first(own: Lead, line: Line) -> bool:
    """``https://arxiv.org/… what it is``: an address of arXiv that opens the line."""
    ids = find_ids(line.text)
    before = line.text[: ids[0].start] if ids else ""
    return bool(own.ids) and bool(ids) and not re.sub(r"h?https?://\S*", "", before).strip(" <[(（-*•")


def _is_called_paper(own: Lead, line: Line) -> bool:
    """``Paper 2: Title (venue)``, ``Paper: Title`` and ``Author, A. (2012). Title.`` are no prose."""
    if own.how == "citation" and own.is_citation:
        return True
    about = labelled(line)
    if about and about.says in (Says.TITLE, Says.PAPER):
        return lead(about.line).quality is Quality.STRONG
    return own.quality is Quality.STRONG and len(own.rest.split()) <= 20 and bool(_CALLED.match(line.text))


def _found(title: Lead, where: Lead, line: Line, path: tuple[str, ...], block: Block) -> Found:
    return Found(
        title.title,
        where.id or title.id,
        where.broken,
        line.number,
        path,
        f"line: {title.how}",
        True,
        block.text,
        links_of([block]),
        quality=title.quality,
    )
