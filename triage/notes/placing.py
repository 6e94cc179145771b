"""The first pass over a note: every identifier is a paper with its title, or a mention with a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from triage.notes.headings import is_paper_part
from triage.notes.identifiers import find_ids
from triage.notes.lead import Dress, Lead, title_in, words_of
from triage.notes.links import is_generic_link
from triage.notes.naming import Named, row_of
from triage.notes.page import Page
from triage.notes.sightings import Sighting, Stands, elsewhere
from triage.notes.titles import Quality, quality, same_paper
from triage.notes.tree import Block, Kind
from triage.notes.whole import SAYS_PAPER, nickname, top_title
from triage.papers import title_key

_LISTED = 3
"""Papers with titles of their own from which a note is a list, whatever its title names."""


def place_ids(seen: Sequence[Sighting], page: Page) -> None:
    """Place every identifier of a note."""
    listed, aside = _apart(seen, page)
    _place(listed, page)
    for one in aside:
        page.mention(one, f"it stands under “{elsewhere(one.block)}”")


def _place(listed: Sequence[Sighting], page: Page) -> None:
    """Give each identifier its title, or a reason why it is only mentioned."""
    titled = [one for one in listed if one.stands is Stands.TITLED]
    prose = [one for one in listed if one.stands is Stands.PROSE]
    lone = [one for one in listed if one.stands in (Stands.LONE, Stands.REMARK)]
    page.papers += [_own_line(one, page) for one in titled]
    _claim_own_title(page)
    claimed: dict[Block, str] = {}
    for paper in page.papers:
        if paper.block is not None:
            claimed.setdefault(paper.block, paper.sighting.key)
    _place_lone(lone, page, claimed, listed=len(titled))
    _take_introduced(prose, page)
    for one in prose:
        code = one.block.kind is Kind.CODE
        page.mention(one, "it stands in code" if code else "it is mentioned in running text")
    _leave_out_details(page, claimed)


def _claim_own_title(page: Page) -> None:
    """The paper that has the title of the front matter is the one that the note is about."""
    if page.about.ids or not page.note.meta.get("title"):
        return
    mine = next((one for one in page.papers if same_paper(page.about.title, one.lead.title)), None)
    if mine is not None:
        mine.own, mine.block, page.proven = True, None, True
        mine.lead = Lead(page.about.title, Dress.PLAIN, quality(page.about.title))


def _place_lone(lone: Sequence[Sighting], page: Page, claimed: dict[Block, str], *, listed: int) -> None:
    """Find the titles of addresses that stand alone; every block names one paper."""
    places = [(one, *page.names.place_of(one)) for one in lone]
    crowds: dict[Block | None, set[str]] = defaultdict(set)
    for one, block, _ in places:
        crowds[block].add(one.key)
    named = {paper.sighting.id for paper in page.papers if paper.lead.title}
    # The link that says that it leads to the paper comes before a number in brackets.
    for one, block, lead in sorted(
        places, key=lambda place: place[1] is None and not _says_own(place[0], page)
    ):
        crowded = len(crowds[block]) > 2 and (block is None or block.kind is not Kind.ROW)
        crowded |= one.stands is Stands.REMARK and lead.quality < Quality.STRONG
        if _is_badge_of_list(one, listed + len(lone)):
            page.mention(one, "it is a badge at the head of a list")
        elif block is None:
            _claim_note(one, page, alone=len(crowds[None]) == 1, listed=listed)
        elif one.id in named and one.id and not _names_better(Lead() if crowded else lead):
            continue
        elif crowded:
            page.papers.append(Named(one, *_words_beside(one)))
        elif claimed.setdefault(block, one.key) == one.key:
            page.papers.append(Named(one, lead, block))
        elif block.kind in (Kind.ROW, Kind.TEXT) or not lead.title:
            page.papers.append(Named(one, *_words_beside(one)))
        else:
            page.mention(one, f"it stands in the note on “{lead.title}”")
        if page.papers and page.papers[-1].lead.title:
            named.add(page.papers[-1].sighting.id)


def _take_introduced(prose: list[Sighting], page: Page) -> None:
    """A post that names its paper by a nickname, and introduces it in its first lines."""
    if page.about.ids or page.papers or not page.note.meta.get("title"):
        return
    first = next((one for one in prose if one.id and not any(True for _ in one.block.ancestors())), None)
    if first is None or first.lead.quality < Quality.WEAK:
        return
    if nickname(page.about.title) in nickname(first.lead.title) != "":
        prose.remove(first)
        page.papers.append(Named(first, first.lead, None, own=True))
        page.about = replace(page.about, line=first.block.line)


def _names_better(lead: Lead) -> bool:
    """Whether a second title of a paper is sure enough to be a note of its own."""
    return lead.dress is Dress.LABEL or lead.quality is Quality.STRONG


def _apart(seen: Sequence[Sighting], page: Page) -> tuple[list[Sighting], list[Sighting]]:
    """Identifiers of the note's papers, and those under references and the like."""
    listed: list[Sighting] = []
    aside: list[Sighting] = []
    known: dict[Block | None, bool] = {}
    for one in seen:
        block = one.block
        if block.kind is Kind.CELL or row_of(block) is not None:
            block = row_of(block) or block
        key = block if block.kind in (Kind.ITEM, Kind.TEXT) else block.parent
        if key not in known:
            known[key] = bool(elsewhere(block))
        (aside if known[key] else listed).append(one)
    if not listed and not (page.about.title and page.about.ids):
        own = title_key(page.about.title)
        # Under a note's own references, the paper of its title is its own; a file of references is a bibliography.
        mine = [one for one in aside if same_paper(page.about.title, one.lead.title)]
        if mine or not own:
            listed = mine or aside
            taken = set(map(id, listed))
            aside = [one for one in aside if id(one) not in taken]
    return listed, aside


def _own_line(one: Sighting, page: Page) -> Named:
    """A paper whose line gives its title; a nickname in a row yields to the row's title."""
    row = row_of(one.block)
    if row is not None and one.lead.quality <= Quality.NAME:
        ids = {
            found.id
            for cell in row.children
            for line in cell.children
            for found in find_ids(line.source)
            if found.id
        }
        lead = page.names.lead(row)
        if len(ids) == 1 and lead.quality is Quality.STRONG:
            return Named(one, lead, row)
    return Named(one, one.lead, row or one.block)


def _is_badge_of_list(one: Sighting, papers: int) -> bool:
    """Whether an address is that of the list itself: a badge under no heading, or under the first one only."""
    if (
        not one.block.source.lstrip().startswith("[![")
        or papers <= _LISTED
        or one.block.kind is not Kind.TEXT
    ):
        return False
    above = list(one.block.ancestors())
    return not above or (len(above) == 1 and above[0].kind is Kind.HEADING and above[0].level == 1)


def _says_own(one: Sighting, page: Page) -> bool:
    """Whether an address is labelled as that of the paper which the front matter names."""
    return (
        bool(page.note.meta.get("title"))
        and is_generic_link(one.label)
        and bool(SAYS_PAPER.search(one.label))
    )


def _claim_note(one: Sighting, page: Page, *, alone: bool, listed: int) -> None:
    """An address that stands under no title but the note's own."""
    about = page.about
    key = one.key
    taken = [paper for paper in page.papers if paper.own]
    meta = {found.id or found.broken for found in about.ids}
    if not about.title and not taken and not meta and not listed:
        about = page.about = replace(about, title=top_title(page))
    if (
        about.title
        and not taken
        and not meta
        and (alone or is_generic_link(one.label) or one.stands is Stands.LONE)
        and (listed < _LISTED or _says_own(one, page))
    ):
        lead = Lead(about.title, Dress.PLAIN, quality(about.title))
        page.papers.append(Named(one, lead, None, own=True))
        page.proven, page.labelled = True, _says_own(one, page)
    elif key in meta or any(paper.sighting.id == one.id for paper in taken):
        return
    elif (meta or taken) and listed < _LISTED:
        page.mention(one, "it stands in the note on another paper")
    else:
        page.papers.append(Named(one, *_words_beside(one)))


def _words_beside(one: Sighting) -> tuple[Lead, Block]:
    """The words before a lone address in its line, or the line right above it, whatever they read like."""
    lines = [one.block]
    siblings = one.block.parent.children if one.block.parent is not None else []
    if (
        one.block.kind is Kind.TEXT
        and not one.block.starts
        and (place := siblings.index(one.block) if len(siblings) < 500 else 0)
    ):
        lines.append(siblings[place - 1])
    for line in lines:
        if line.kind not in (Kind.TEXT, Kind.ITEM) or line.label is not None:
            continue
        text = ""
        for piece in line.pieces:
            if piece.url and not piece.wiki and is_generic_link(piece.text):
                break
            text += piece.text if not piece.image else ""
        title = title_in(text)
        if text.rstrip().endswith((":", "：")) or ". " in text.strip():
            continue
        if (
            1 < len(words_of(title)) <= 25
            and not find_ids(title)
            and not is_generic_link(title)
            and not title.endswith((".", "。", ":"))
        ):
            return Lead(title, Dress.PLAIN, Quality.NONE), line
    return Lead(), one.block


def _leave_out_details(page: Page, claimed: dict[Block, str]) -> None:
    """What is linked inside the note on one paper is a mention, unless it is a list of papers itself."""
    own = {found.id or found.broken for found in page.about.ids} | {
        paper.sighting.key for paper in page.papers if paper.own
    }
    # A heading over headings that are papers too is the first of them, not a note that holds them.
    heads = [
        paper.block for paper in page.papers if paper.block is not None and paper.block.kind is Kind.HEADING
    ]
    firsts = {outer for block in heads for outer in block.ancestors()}
    kept: list[Named] = []
    inside: dict[Block | None, list[Named]] = defaultdict(list)
    for paper in page.papers:
        key = paper.sighting.key
        if paper.own:
            kept.append(paper)
            continue
        if paper.block is None:
            continue
        outer = next(
            (one for one in paper.block.ancestors() if claimed.get(one, key) != key and one not in firsts),
            None,
        )
        if outer is not None:
            inside[outer].append(paper)
        elif own and key in own:
            continue
        elif own and not (paper.block.kind is Kind.HEADING and paper.block.level <= 2):
            inside[None].append(paper)
        else:
            kept.append(paper)
    for outer, papers in inside.items():
        parts = sum(
            block.kind is Kind.HEADING and is_paper_part(block.text)
            for block in (outer or page.note.root).walk()
        )
        listed = [
            one
            for one in papers
            if one.sighting.stands is Stands.TITLED
            and one.block is not None
            and one.block.kind is not Kind.TEXT
        ]
        if (
            len(listed) >= _LISTED
            and parts < 2
            and not (outer is None and (page.about.ids or page.labelled))
            and (outer is None or outer.kind is not Kind.ITEM)
        ):
            kept += papers
            continue
        what = page.names.lead(outer).title if outer is not None else page.about.title
        for one in papers:
            page.mention(one.sighting, f"it stands in the note on “{what}”")
    order = {id(one): place for place, one in enumerate(page.papers)}
    page.papers = sorted(kept, key=lambda one: (one.sighting.block.line, order[id(one)]))
