"""Third pass: titles without an address, where the file's own entries prove its form.

An author keeps to a form: what stands in the same place, dressed in the same way, as the papers with an
address is a paper too.  A line without an address is a paper only where its siblings are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from triage.notes.addresses import Address, address
from triage.notes.headings import Holds, holds, is_paper_part, is_period, stripped
from triage.notes.labels import Says, kind_of_label
from triage.notes.lead import Dress, Lead, words_of
from triage.notes.links import is_generic_link
from triage.notes.naming import Named, Names, lines_below, row_of
from triage.notes.scores import Around, Candidate, Form, features, score
from triage.notes.sightings import elsewhere, in_sentence
from triage.notes.titles import Quality, is_credit, quality
from triage.notes.tree import Block, Kind
from triage.notes.words import any_of

_NO_PAPER_SITE = re.compile(
    r"(?i)https?://(?:[\w-]+\.)*(?:github\.com/[^/]+/[^/#?]+/?$|gitlab\.com/[^/]+/[^/#?]+/?$|youtube\.com|youtu\.be|medium\.com|twitter\.com|x\.com|huggingface\.co/(?!papers)|wikipedia\.org|reddit\.com|zhihu\.com)"
)
_TO_PAPER = re.compile(
    rf"\W*{any_of('link.paper')}s?(?:\s*{any_of('link.behind')})?\W*|link to (?:the )?paper", re.I
)
_SAYS_NOTE = re.compile(any_of("link.notes"), re.I)


def form_of(block: Block, lead: Lead) -> Form:
    """The place and dress of a title."""
    dress = "dressed" if lead.dress in (Dress.BOLD, Dress.QUOTED) else str(lead.dress)
    level = 0 if block.kind is Kind.ROW else block.level
    return (block.kind.value, level, "" if block.kind is Kind.ROW else dress)


def candidates(
    root: Block, names: Names, named: Iterable[Named], *, about_papers: bool
) -> Iterator[tuple[Candidate, float]]:
    """Lines that may be papers, with a score of how sure their form is; above zero they are taken.

    Parameters
    ----------
    root : Block
        The note.
    names : Names
        Leads of lines.
    named : iterable of Named
        The papers with an address.
    about_papers : bool
        Whether the note's title says that it lists papers.
    taken : set of Block
        Blocks that are papers already, or parts of one.
    """
    learned: Counter[Form] = Counter()
    by_parent: dict[tuple[Block | None, Form], int] = defaultdict(int)
    for one in named:
        if one.block is not None and one.lead.title:
            form = form_of(one.block, one.lead)
            learned[form] += 1
            by_parent[one.block.parent, form] += 1
    # What holds papers with titles of their own is a topic, not a paper.
    topics = {
        outer for one in named if one.block is not None and one.lead.title for outer in one.block.ancestors()
    }
    found: list[Candidate] = []
    taken = {one.block for one in named if one.block is not None} | names.sighted.keys()
    for block in _lines(root, taken):
        lead = names.lead(block)
        if block in topics or is_period(lead.title) or _leads_to_a_page(block, lead):
            continue
        if lead.dress is Dress.LINK and in_sentence(lead, listed=block.kind is not Kind.TEXT):
            continue
        if lead.title and (lead.quality or lead.dress in (Dress.LINK, Dress.BOLD, Dress.QUOTED)):
            away = any(_NO_PAPER_SITE.match(piece.url) for piece in block.pieces)
            shown = best_address(block), form_of(block, lead), _held(block), _credited(block, lead)
            found.append(Candidate(block, lead, *shown, _described(block), _page_of_notes(block), away))
    # What the first round is sure of proves the form for the second.
    sure: set[Block] = set()
    for _ in range(2):
        scored = list(_scored(found, sure, learned, by_parent, about_papers=about_papers))
        sure = {one.block for one, value in scored if value > 0 and one.proves}
    yield from scored


def _scored(
    found: Sequence[Candidate],
    sure: set[Block],
    learned: Counter[Form],
    by_parent: Mapping[tuple[Block | None, Form], int],
    *,
    about_papers: bool,
) -> Iterator[tuple[Candidate, float]]:
    """Every candidate with its score, those that are sure counted as papers."""
    forms: Counter[Form] = Counter(one.form for one in found)
    proven: Counter[Form] = Counter(one.form for one in found if one.block in sure)
    sizes: Counter[tuple[Block | None, Form]] = Counter(one.group for one in found)
    strong: Counter[tuple[Block | None, Form]] = Counter()
    papers: Counter[tuple[Block | None, Form]] = Counter()
    for one in found:
        strong[one.group] += one.lead.quality is Quality.STRONG
        papers[one.group] += one.address >= Address.MAYBE or one.block in sure
    for one in found:
        itself = one.block in sure
        size = sizes[one.group] + by_parent.get(one.group, 0)
        here = papers[one.group] + by_parent.get(one.group, 0) - (one.address >= Address.MAYBE or itself)
        around = Around(
            siblings=(here, size - 1 - here),
            file=(learned[one.form] + proven[one.form] - itself, forms[one.form] - proven[one.form]),
            strong=strong[one.group] / sizes[one.group],
            about_papers=about_papers,
        )
        yield one, score(features(one, around))


def _credited(block: Block, lead: Lead) -> bool:
    """Whether people or a venue stand beside a title."""
    around = (lead.before, lead.after, block.text.partition(lead.title)[2])
    for text in around:
        bare = text.strip(' \t.,;:–—-|()[]"“”*')
        if len(words_of(bare)) >= 2 and len(bare) < 300 and is_credit(bare, alone=True):
            return True
    return False


def _page_of_notes(block: Block) -> bool:
    """Whether a line leads to a page of notes: by its own words, or by ``notes`` beside them."""
    pages = (piece.text for piece in block.pieces if piece.url.lower().endswith(".md"))
    return any(quality(text) >= Quality.WEAK or _SAYS_NOTE.fullmatch(text.strip(" []()")) for text in pages)


def _described(block: Block) -> bool:
    """Whether what is nested under a title are the fields of a note on a paper."""
    if block.kind not in (Kind.HEADING, Kind.ITEM):
        return False
    for child in block.children[:6]:
        if child.kind is Kind.HEADING and is_paper_part(child.text):
            return True
        if child.pieces and all(
            one.url.startswith("cite:") or not words_of(one.text) for one in child.pieces
        ):
            return True
        if _label_of(child) in (Says.DETAIL, Says.AUTHORS, Says.VENUE, Says.PAPER):
            return True
    return False


def best_address(block: Block) -> Address:
    """The best address that a line gives, or the lines nested right under it."""
    blocks = [block]
    if block.kind is Kind.ROW:
        blocks = [
            line
            for cell in block.children
            for line in cell.children
            if kind_of_label(cell.header) is not Says.CODE
        ]
    else:
        for child in list(islice(lines_below(block), 8)):
            if child.kind not in (Kind.ITEM, Kind.TEXT) or (block.kind is Kind.TEXT and child.starts):
                break
            label = child.label
            alone = all(
                is_generic_link(one.text) or not words_of(one.text) or one.url.startswith("cite:")
                for one in child.pieces
            )
            if alone or (label and label.says in (Says.LINK, Says.PAPER)):
                blocks.append(child)
    # A citation in a title's own line is where its words come from, not what it names.
    urls = [
        one
        for each in blocks
        for one in each.pieces
        if one.url and not one.image and not one.wiki and not (each is block and one.url.startswith("cite:"))
    ]
    return max((_worth(one.url, one.text) for one in urls), default=Address.NONE)


def _worth(url: str, text: str) -> Address:
    worth = address(url)
    if worth is Address.OTHER and _TO_PAPER.fullmatch(text.strip()):
        return Address.MAYBE
    return worth


def _leads_to_a_page(block: Block, lead: Lead) -> bool:
    """Whether a title is a link to another page of the vault: that page is the entry."""
    return (
        any(one.wiki and lead.title in one.text for one in block.pieces)
        and best_address(block) is Address.NONE
    )


def _label_of(block: Block) -> Says | None:
    label = block.label if block.kind in (Kind.ITEM, Kind.TEXT) else None
    return label.says if label else None


def _held(block: Block) -> Holds:
    above = [one for one in block.ancestors() if one.kind is Kind.HEADING]
    for outer in above:
        held = holds(outer.text)
        if held is not Holds.UNKNOWN:
            return held
    return Holds.UNKNOWN


_MARKED = re.compile(r"\]\(|\*|<|http|[《“\"「『«:：]|\[\[")


def _is_prose(block: Block) -> bool:
    """Whether a line is so clearly running text that it is not worth a closer look."""
    if block.kind not in (Kind.TEXT, Kind.ITEM) or _MARKED.search(block.source):
        return False
    source = block.source
    goes_on = block.kind is Kind.TEXT and not block.starts and source[:1].islower()
    return goes_on or len(source) > 220 or source.count(" ") > 30


def _lines(root: Block, taken: set[Block]) -> Iterator[Block]:  # noqa: PLR0912 - a list of what names no paper
    """Blocks that may name a paper: not those under a paper, not labelled details, not other papers."""
    stack = list(reversed(root.children))
    while stack:
        block = stack.pop()
        if block in taken:
            continue
        if block.kind in (Kind.HEADING, Kind.ITEM):
            stack += reversed(block.children)
        if (
            block.kind is Kind.CODE
            or row_of(block) is not None
            or len(block.source) > 2000
            or _is_prose(block)
        ):
            continue
        if block.kind is Kind.HEADING:
            bare = stripped(block.text)
            held = holds(block.text)
            if is_period(bare) or held is Holds.ELSEWHERE or kind_of_label(bare) is not None:
                continue
            if held is Holds.PART or is_paper_part(block.text):
                continue
        elif block.kind is Kind.ROW:
            yield block
            continue
        else:
            label = block.label
            if label is not None and label.says not in (Says.TITLE, Says.PAPER):
                continue
            if not block.text.strip() or is_period(stripped(block.text)):
                continue
            if block.kind is Kind.ITEM and any(
                _label_of(child) is Says.TITLE for child in block.children[:6]
            ):
                continue
            if any(re.match(r"(?:\./|/)?#", one.url) for one in block.pieces):
                # A table of contents.
                continue
        if elsewhere(block):
            continue
        yield block
