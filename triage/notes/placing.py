"""The first pass over a note: every identifier is a paper with its title, or a mention with a reason."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from triage.notes.addresses import is_generic_link
from triage.notes.identifiers import find_ids
from triage.notes.lead import Dress, Lead
from triage.notes.naming import Named, row_of
from triage.notes.page import Page
from triage.notes.sightings import Sighting, Stands, elsewhere
from triage.notes.titles import Quality, quality, same_paper
from triage.notes.tree import Block, Kind
from triage.notes.vocabulary import is_paper_part
from triage.notes.whole import SAYS_PAPER, top_title

_LISTED = 3
"""Papers with titles of their own from which a note is a list, whatever its title names."""


def place_ids(seen: Sequence[Sighting], page: Page) -> None:
    """Give each identifier of a note its title, or a reason why it is only mentioned."""
    listed, aside = _apart(seen, page)
    titled = [one for one in listed if one.stands is Stands.TITLED]
    page.papers += [_own_line(one, page) for one in titled]
    _claim_own_title(listed, page)
    claimed: dict[Block, str] = {}
    for paper in page.papers:
        if paper.block is not None:
            claimed.setdefault(paper.block, paper.sighting.key)
    lone = [one for one in listed if one.stands in (Stands.LONE, Stands.REMARK)]
    _place_lone(lone, page, claimed, listed=len(titled))
    for one in listed:
        if one.stands is Stands.PROSE:
            code = one.block.kind is Kind.CODE
            page.mention(one, "it stands in code" if code else "it is mentioned in running text")
    _leave_out_details(page, claimed)
    for one in aside:
        page.mention(one, f"it stands under “{elsewhere(one.block)}”")


def _apart(seen: Sequence[Sighting], page: Page) -> tuple[list[Sighting], list[Sighting]]:
    """Identifiers of the note's papers, and those under references and the like."""
    listed: list[Sighting] = []
    aside: list[Sighting] = []
    known: dict[Block | None, bool] = {}
    for one in seen:
        block = row_of(one.block) or one.block
        key = block if block.kind in (Kind.ITEM, Kind.TEXT) else block.parent
        if key not in known:
            known[key] = bool(elsewhere(block))
        (aside if known[key] else listed).append(one)
    if listed or (page.about.title and page.about.ids):
        return listed, aside
    # Under a note's own references, the paper of its title is its own; a file of references is a bibliography.
    mine = [one for one in aside if same_paper(page.about.title, one.lead.title)]
    if not mine and page.about.title:
        return [], aside
    return (mine, [one for one in aside if one not in mine]) if mine else (aside, [])


def _own_line(one: Sighting, page: Page) -> Named:
    """A paper whose line gives its title; a nickname in a row yields to the row's title."""
    row = row_of(one.block)
    if row is not None and one.lead.quality <= Quality.NAME:
        ids = {found.id for line in row.walk() for found in find_ids(line.source) if found.id}
        lead = page.names.lead(row)
        if len(ids) == 1 and lead.quality is Quality.STRONG:
            return Named(one, lead, row)
    return Named(one, one.lead, row or one.block)


def _claim_own_title(listed: list[Sighting], page: Page) -> None:
    """The paper that has the title of the front matter, or a nickname in it, is the one that the note is about."""
    title = str(page.note.meta.get("title") or "")
    if page.about.ids or not title:
        return
    mine = next((one for one in page.papers if same_paper(page.about.title, one.lead.title)), None)
    if mine is not None:
        mine.own, mine.block, page.proven = True, None, True
        mine.lead = Lead(page.about.title, Dress.PLAIN, quality(page.about.title))
    elif not page.papers:
        for one in listed:
            name = one.lead.title.partition(":")[0]
            named = one.lead.quality >= Quality.WEAK and re.search(rf"(?i)\b{re.escape(name)}\b", title)
            if one.stands is Stands.PROSE and named:
                page.papers.append(Named(one, one.lead, None, own=True))
                page.about = replace(page.about, line=one.block.line)
                listed.remove(one)
                return


def _place_lone(lone: Sequence[Sighting], page: Page, claimed: dict[Block, str], *, listed: int) -> None:
    """Find the titles of addresses that stand alone; every block names one paper."""
    places = [(one, *page.names.place_of(one)) for one in lone]
    crowds: dict[Block | None, set[str]] = defaultdict(set)
    for one, block, _ in places:
        crowds[block].add(one.key)
    named = {paper.sighting.key for paper in page.papers if paper.lead.title}
    # The link that says that it leads to the paper comes before a number in brackets.
    for one, block, lead in sorted(places, key=lambda it: it[1] is None and not _says_own(it[0], page)):
        top = all(outer.level == 1 for outer in one.block.ancestors())
        if top and one.block.source.lstrip().startswith("[![") and listed + len(lone) > _LISTED:
            page.mention(one, "it is a badge at the head of a list")
            continue
        if block is None:
            _claim_note(one, page, alone=len(crowds[None]) == 1, listed=listed)
            continue
        crowded = len(crowds[block]) > 2 and block.kind is not Kind.ROW
        crowded |= one.stands is Stands.REMARK and lead.quality < Quality.STRONG
        sure = lead.dress is Dress.LABEL or lead.quality is Quality.STRONG
        if one.key in named and (crowded or not sure):
            continue
        if crowded:
            page.papers.append(Named(one, Lead(), one.block))
        elif claimed.setdefault(block, one.key) == one.key:
            page.papers.append(Named(one, lead, block))
            named |= {one.key} if lead.title else set()
        elif block.kind in (Kind.ROW, Kind.TEXT) or not lead.title:
            page.papers.append(Named(one, Lead(), one.block))
        else:
            page.mention(one, f"it stands in the note on “{lead.title}”")


def _says_own(one: Sighting, page: Page) -> bool:
    """Whether an address is labelled as that of the paper which the front matter names."""
    own = page.note.meta.get("title") and is_generic_link(one.label)
    return bool(own and SAYS_PAPER.search(one.label))


def _claim_note(one: Sighting, page: Page, *, alone: bool, listed: int) -> None:
    """An address that stands under no title but the note's own."""
    meta = {found.id or found.broken for found in page.about.ids}
    taken = meta | {paper.sighting.key for paper in page.papers if paper.own}
    if not page.about.title and not taken and not listed:
        page.about = replace(page.about, title=top_title(page))
    title, own = page.about.title, _says_own(one, page)
    belongs = alone or one.stands is Stands.LONE or is_generic_link(one.label)
    if title and not taken and belongs and (own or listed < _LISTED):
        page.papers.append(Named(one, Lead(title, Dress.PLAIN, quality(title)), None, own=True))
        page.proven, page.labelled = True, own
    elif one.key not in taken and taken and listed < _LISTED:
        page.mention(one, "it stands in the note on another paper")
    elif one.key not in taken:
        page.papers.append(Named(one, Lead(), one.block))


def _leave_out_details(page: Page, claimed: dict[Block, str]) -> None:
    """What is linked inside the note on one paper is a mention, unless it is a list of papers itself."""
    own = {found.id or found.broken for found in page.about.ids}
    own |= {paper.sighting.key for paper in page.papers if paper.own}
    # A heading over headings that are papers too is the first of them, not a note that holds them.
    heads = [one.block for one in page.papers if one.block is not None and one.block.kind is Kind.HEADING]
    firsts = {outer for block in heads for outer in block.ancestors()}
    kept: list[Named] = []
    inside: dict[Block | None, list[Named]] = defaultdict(list)
    for paper in page.papers:
        key, block = paper.sighting.key, paper.block
        above = [] if paper.own or block is None else block.ancestors()
        outer = next((one for one in above if claimed.get(one, key) != key and one not in firsts), None)
        title = block is not None and block.kind is Kind.HEADING and block.level <= 2
        if outer is not None or (own and key not in own and not title):
            inside[outer].append(paper)
        elif paper.own or key not in own:
            kept.append(paper)
    for outer, papers in inside.items():
        if _is_list(outer, papers, page):
            kept += papers
            continue
        what = page.names.lead(outer).title if outer is not None else page.about.title
        for one in papers:
            page.mention(one.sighting, f"it stands in the note on “{what}”")
    page.papers = sorted(kept, key=lambda one: one.sighting.block.line)


def _is_list(outer: Block | None, papers: Sequence[Named], page: Page) -> bool:
    """Whether papers under a title are a list of their own rather than details of its note."""
    walked = (outer or page.note.root).walk()
    parts = sum(block.kind is Kind.HEADING and is_paper_part(block.text) for block in walked)
    listed = sum(
        one.sighting.stands is Stands.TITLED and one.block is not None and one.block.kind is not Kind.TEXT
        for one in papers
    )
    about = bool(page.about.ids or page.labelled) if outer is None else outer.kind is Kind.ITEM
    return listed >= _LISTED and parts < 2 and not about
