"""The meaning of a note: which of its headings, items, rows and lines are papers.

The note's blocks are cut into sections.  A section's heading may be a paper (then everything under it
is about that paper) or a topic (then the papers are in the body).  What a body offers are candidates,
each with the evidence for it; the choice among them is made with the whole section in sight, since a
line without a link is a paper among papers and a remark among remarks.
"""

from __future__ import annotations

import re
from collections import Counter

from triage.notes.blocks import Kind, Note
from triage.notes.document import subject
from triage.notes.headings import Holds, holds, is_date, stripped
from triage.notes.items import bare_addresses, body, is_index, lists_papers, opens_records
from triage.notes.labels import Says, labelled
from triage.notes.leads import Lead
from triage.notes.records import Record, gather, lines_of
from triage.notes.sections import Found, Section, links_of, promoted, sections, text_of
from triage.notes.tables import row_of_paper
from triage.notes.titles import Quality
from triage.notes.venues import Address
from triage.notes.whole import whole_note
from triage.papers import title_key

_FAR_SCRIPT = re.compile(r"[\u0400-\u04ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_PAPERISH = re.compile(r"(?i)paper|arxiv|论文|文献|論文|논문|literature|reading|publication")


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
    root = sections(promoted(note.blocks))
    paperish = _is_paperish(note, root, name)
    found = _Reader(root, paperish=paperish).section(root)
    whole = whole_note(root, subject(note.meta, note.meta_lines), name, found, paperish=paperish)
    return [whole] if whole else _kept(found, root)


def _kept(found: list[Found], root: Section) -> list[Found]:
    """Leave references out unless the note is nothing else, and a line's second reading of a paper."""
    own = [one for one in found if not one.elsewhere]
    if not own and not _is_bibliography(root):
        return []
    kept: dict[tuple[int, str], Found] = {}
    for one in own or found:
        kept.setdefault((one.line, one.id or title_key(one.title)), one)
    return sorted(kept.values(), key=lambda one: one.line)


def _is_bibliography(root: Section) -> bool:
    """Whether the note is nothing but references, so that they are what it is about."""
    references = [part for part in root.all_parts() if holds(part.title) is Holds.ELSEWHERE]
    inside = sum(_length(part) for part in references)
    return inside > 0.75 * _length(root)


def _length(section: Section) -> int:
    return sum(len(line.text) for block in section.everything() for line in block.all_lines())


def _is_paperish(note: Note, root: Section, name: str) -> bool:
    """Whether the note says of itself that it is about papers."""
    said = [name, *(str(note.meta.get(key, "")) for key in ("title", "tags", "categories"))]
    said += [part.title for top in root.parts for part in (top, *top.parts)]
    if root.blocks and root.blocks[0].kind is Kind.PARAGRAPH:
        # A plain text's first line is its title.
        said += [root.blocks[0].text] if len(root.blocks[0].text) <= 80 else []
    return any(_PAPERISH.search(text) for text in said)


def _is_foreign(root: Section) -> bool:
    """Whether the note is in another script than Latin."""
    text = "".join(line.text for block in root.everything() for line in block.all_lines())[:20_000]
    return len(_FAR_SCRIPT.findall(text)) > 0.2 * len(text)


class _Reader:
    """Walks the sections of one note."""

    def __init__(self, root: Section, *, paperish: bool) -> None:
        self.paperish = paperish
        self.indexed = paperish and is_index(root.everything())
        # In a note in Chinese, a heading that reads like an English title is one.
        self.foreign = _is_foreign(root)
        self.leads_by_level: dict[int, list[Lead]] = {}
        # How often each label stands under headings that read like titles, by the headings above.
        self.details: dict[tuple[str, ...], Counter[str]] = {}
        for part in root.all_parts():
            if (labels := _details(part)) and part.lead().quality is Quality.STRONG:
                self.details.setdefault(part.path[:-1], Counter()).update(labels)
        for part in root.all_parts():
            if part.heading and holds(part.title) is Holds.UNKNOWN:
                self.leads_by_level.setdefault(part.heading.level, []).append(part.lead())

    def section(self, section: Section, above: Holds = Holds.UNKNOWN) -> list[Found]:
        """The papers of a section and its parts."""
        says = holds(section.title) if section.heading else Holds.UNKNOWN
        inherits = says in (Holds.UNKNOWN, Holds.PART) and above in (Holds.ELSEWHERE, Holds.RESOURCES)
        here = above if inherits else says
        paper = self._heading(section, says)
        if paper is not None:
            paper.elsewhere = here is Holds.ELSEWHERE
            return [paper, *self._parts_of_paper(section, paper)]
        found = body(section.blocks, section.path, here, paperish=self.paperish, indexed=self.indexed)
        for one in found:
            one.elsewhere |= here is Holds.ELSEWHERE
        return found + [one for part in section.parts for one in self.section(part, here)]

    def _parts_of_paper(self, section: Section, paper: Found) -> list[Found]:
        """Sub-headings of a paper's note that are papers themselves by their own words."""
        found = []
        for part in section.parts:
            here = part.lead()
            if (
                holds(part.title) is Holds.UNKNOWN
                and here.ids
                and here.quality >= Quality.WEAK
                and here.id != paper.id
            ):
                found += self.section(part)
        return found

    def _heading(self, section: Section, says: Holds) -> Found | None:  # noqa: PLR0911 - a list of cases
        """The heading as a paper, or None if it is a topic."""
        here = section.lead()
        text = stripped(section.title)
        if (
            section.heading is None
            or not text
            or says in (Holds.PART, Holds.ELSEWHERE)
            or is_date(section.title)
        ):
            return None
        if _is_addressed(here):
            return _paper(section, here.title, here, gather(lines_of(section.blocks)))
        record = gather(lines_of(section.blocks))
        papers_below = sum(bool(part.lead().ids) for part in section.parts)
        if record.titles > 1 or papers_below > 1 or opens_records(section):
            return None
        if here.quality is not Quality.STRONG and bare_addresses(section) > 1:
            return None
        if here.how == "quotes" and here.quality >= Quality.WEAK and says is not Holds.RESOURCES:
            return _paper(section, here.title, here, record)
        addressed = record.ids or record.is_paper or record.best >= Address.PAPER
        if addressed and says is Holds.UNKNOWN and not lists_papers(section):
            short = here.title if here.quality >= Quality.WEAK else record.above or here.title
            short = short if here.quality is Quality.STRONG else record.linked or short
            return _paper(section, record.title or short or text, here, record)
        row = row_of_paper(section, here.title)
        if row is not None:
            return _paper(section, here.title, row, record)
        reads_so = here.quality is Quality.STRONG and says is Holds.UNKNOWN
        if reads_so and self._has_note_under_it(section) and self._is_supported(section):
            return _paper(section, here.title, here, record)
        if says is Holds.UNKNOWN and here.title and self._is_noted_like_papers(section):
            return _paper(section, here.title, here, record)
        return None

    def _is_noted_like_papers(self, section: Section) -> bool:
        """Whether a short heading has the same details under it as its neighbours that are papers."""
        shared = self.details.get(section.path[:-1], Counter())
        return any(shared[label] >= 2 for label in _details(section))

    def _is_supported(self, section: Section) -> bool:
        """Whether a heading that only looks like a title stands in a note where titles are papers."""
        if self.paperish or self.foreign:
            return True
        alike = self.leads_by_level.get(section.heading.level if section.heading else 0, [])
        strong = sum(one.quality is Quality.STRONG for one in alike)
        proven = any(one.ids or one.how == "quotes" for one in alike)
        return proven or (strong >= 3 and strong >= 0.7 * len(alike))

    def _has_note_under_it(self, section: Section) -> bool:
        """Whether a heading that only looks like a title has a note under it rather than a list."""
        if not section.blocks and not section.parts:
            return self.paperish
        titles_below = any(part.lead().quality is Quality.STRONG for part in section.parts)
        return not titles_below and not lists_papers(section)


def _details(section: Section) -> frozenset[str]:
    """The labels of a note on one paper among a section's items: ``motivation: …``, ``方法：…``."""
    lines = (item.lines[0] for block in section.blocks for item in block.children if item.lines)
    said = [labelled(line) for line in lines]
    return frozenset(one.label.casefold() for one in said if one and one.says is Says.DETAIL)


def _is_addressed(here: Lead) -> bool:
    """Whether a heading leads with a title and has its paper's address beside it."""
    if here.mention or here.quality < Quality.NAME:
        return False
    if here.title_address is Address.MAYBE and here.quality >= Quality.WEAK:
        return True
    return bool(here.ids) or here.best >= Address.PAPER


def _paper(section: Section, title: str, here: Lead, record: Record) -> Found:
    """A section whose heading is a paper."""
    assert section.heading is not None
    heading = section.heading
    arxiv_id = here.id or record.id
    return Found(
        title=title,
        id=arxiv_id,
        broken="" if arxiv_id else here.broken or record.broken,
        line=heading.lines[0].number if heading.lines else heading.line,
        section=section.path[:-1],
        reading="heading",
        sure=bool(here.ids or record.ids),
        text=text_of(section.everything()),
        links=links_of([heading, *section.everything()]),
        tags=tuple(record.tags),
        quality=here.quality,
    )
