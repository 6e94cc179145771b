"""Third pass: titles without an address, where the file's own entries prove its form.

An author keeps to a form: what stands in the same place, dressed in the same way, as the papers with an
address is a paper too.  A line without an address is a paper only where its siblings are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from triage.notes.addresses import Address, address, is_generic_link
from triage.notes.lead import Dress, Lead, words_of
from triage.notes.naming import Named, Names, lines_below, row_of
from triage.notes.sightings import elsewhere, in_sentence
from triage.notes.titles import Quality, is_credit, is_far_script, quality
from triage.notes.tree import Block, Kind
from triage.notes.vocabulary import Holds, Says, holds, is_paper_part, is_period, kind_of_label, stripped
from triage.notes.words import any_of

Form = tuple[str, int, str]
"""Kind of block, level or column, dress."""
_NO_PAPER_SITE = re.compile(
    r"(?i)https?://(?:[\w-]+\.)*(?:git(?:hub|lab)\.com/[^/]+/[^/#?]+/?$|youtu|medium\.com|twitter\.com|x\.com"
    r"|huggingface\.co/(?!papers)|wikipedia\.org|reddit\.com|zhihu\.com)"
)
_TO_PAPER = re.compile(
    rf"\W*{any_of('link.paper')}s?(?:\s*{any_of('link.behind')})?\W*|link to (?:the )?paper", re.I
)
_SAYS_NOTE = re.compile(any_of("link.notes"), re.I)
_PAPER_LABEL = re.compile(any_of("link.paper"), re.I)
_MARKED = re.compile(r"\]\(|\*|<|http|[《“\"「『«:：]|\[\[")
_SOME = 0.15
"""Share of papers below which a form is not one of papers."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that may be a paper without an address at arXiv, and what it shows by itself."""

    block: Block
    lead: Lead
    address: Address
    form: Form
    credited: bool
    """People or a venue stand beside it."""
    described: bool
    """Fields of a note stand under it."""
    page_of_notes: bool
    """It leads to a page of notes."""

    @property
    def group(self) -> tuple[Block | None, Form]:
        """Its siblings of the same form."""
        return self.block.parent, self.form

    @property
    def proves(self) -> bool:
        """Whether it shows so much by itself that it can prove others of its form."""
        shown = self.credited or self.described or self.page_of_notes
        return shown or self.address >= Address.MAYBE or self.lead.dress is Dress.LABEL


def form_of(block: Block, lead: Lead) -> Form:
    """The place and dress of a title."""
    if block.kind is Kind.ROW:
        return block.kind.value, 0, ""
    dressed = lead.dress in (Dress.BOLD, Dress.QUOTED)
    return block.kind.value, block.level, "dressed" if dressed else lead.dress.value


def candidates(
    root: Block, names: Names, named: Iterable[Named], *, about_papers: bool
) -> Iterator[tuple[Candidate, float]]:
    """Lines that may be papers, with a score of how sure their form is; above zero they are taken.

    ``named`` are the papers with an address, ``about_papers`` says that the note's title is that of a list.
    """
    titled = [(one.block, one.lead) for one in named if one.block is not None and one.lead.title]
    known = Counter((block.parent, form_of(block, lead)) for block, lead in titled)
    # What holds papers with titles of their own is a topic, not a paper.
    topics = {outer for block, _ in titled for outer in block.ancestors()}
    taken = {one.block for one in named if one.block is not None} | names.sighted.keys() | topics
    found: list[Candidate] = []
    for block in _lines(root, taken, topics):
        lead = names.lead(block)
        if not lead.title or is_period(lead.title) or _leads_to_a_page(block, lead):
            continue
        if lead.dress is Dress.LINK and in_sentence(lead, listed=block.kind is not Kind.TEXT):
            continue
        if lead.quality or lead.dress in (Dress.LINK, Dress.BOLD, Dress.QUOTED):
            shown = _credited(block, lead), _described(block), _page_of_notes(block)
            found.append(Candidate(block, lead, best_address(block), form_of(block, lead), *shown))
    # What the first round is sure of proves the form for the second.
    sure: set[Block] = set()
    for _ in range(2):
        scored = list(_scored(found, sure, known, about_papers=about_papers))
        sure = {one.block for one, value in scored if value > 0 and one.proves}
    yield from scored


def _scored(
    found: Sequence[Candidate],
    sure: set[Block],
    known: Counter[tuple[Block | None, Form]],
    *,
    about_papers: bool,
) -> Iterator[tuple[Candidate, float]]:
    """Every candidate with its score, those that are sure counted as papers."""
    learned: Counter[Form] = Counter()
    for (_, form), count in known.items():
        learned[form] += count
    forms = Counter(one.form for one in found)
    proven = Counter(one.form for one in found if one.block in sure)
    sizes = Counter(one.group for one in found)
    strong = Counter(one.group for one in found if one.lead.quality is Quality.STRONG)
    titles = Counter(one.group for one in found if one.lead.quality >= Quality.WEAK)
    credited = {one.group for one in found if one.credited}
    papers = Counter(one.group for one in found if one.address >= Address.MAYBE or one.block in sure)
    for one in found:
        itself = one.block in sure
        others = sizes[one.group] + known[one.group] - 1
        here = papers[one.group] + known[one.group] - (one.address >= Address.MAYBE or itself)
        alike = learned[one.form] + proven[one.form] - itself
        wide = alike / (alike + forms[one.form] - proven[one.form]) if alike else 0.0
        # A list of titles alone, some with people or venues, under a title or a heading that says so.
        listed = not known and one.group in credited and (about_papers or _held(one.block) is Holds.PAPERS)
        share = (titles if listed else strong)[one.group] / sizes[one.group]
        yield one, _score(one, (here, others), wide, share, about_papers=about_papers, listed=listed)


def _score(
    one: Candidate,
    siblings: tuple[int, int],
    wide: float,
    strong: float,
    *,
    about_papers: bool,
    listed: bool,
) -> float:
    """What a line shows, what stands around it, and what each weighs.

    ``siblings`` are the papers among its siblings of the same form, and how many these are; ``wide`` is the
    share of papers among its form in the file, ``strong`` that of its siblings which read like titles.
    """
    lead, best, kind, held = one.lead, one.address, one.block.kind, _held(one.block)
    papers, size = siblings
    elsewhere_on_the_web = any(_NO_PAPER_SITE.match(piece.url) for piece in one.block.pieces)
    plain = lead.dress is Dress.PLAIN and best <= Address.OTHER and not one.credited
    unproven = max(papers / (size + 1), wide) < _SOME
    label = lead.dress is Dress.LABEL
    hinted = held is Holds.PAPERS or about_papers
    alike = strong >= 0.7 and (hinted or not unproven) and size >= (1 if held is Holds.PAPERS else 2)
    alone = held is Holds.PAPERS and lead.quality is Quality.STRONG and not lead.after.strip(" .,")
    lost = unproven and kind in (Kind.ITEM, Kind.TEXT) and not (held is Holds.PAPERS or listed or one.proves)
    weights = (
        (2.2, best >= Address.PAPER),
        (1.6, best is Address.MAYBE),
        (-1.2, best is Address.OTHER and elsewhere_on_the_web),
        (-1.5, best is Address.OTHER and unproven),
        (-1.0, best is Address.OTHER and papers == 0),
        (1.0, lead.quality is Quality.STRONG),
        (-0.9, lead.quality is Quality.NAME),
        (-1.2, lead.quality is Quality.NONE),
        (2.2, (papers + 0.5) / (size + 1.5)),
        (1.2, wide),
        (-0.6, unproven),
        (0.9, hinted),
        (0.5, alone),
        (-1.6, held is Holds.RESOURCES and best < Address.PAPER),
        (-1.4, held is Holds.PART),
        (1.2, alike),
        (1.8, one.credited),
        (1.2, one.described),
        (2.2, one.page_of_notes),
        (1.6, label),
        (1.6, label and bool(_PAPER_LABEL.search(lead.before))),
        (0.5, lead.dress in (Dress.LINK, Dress.BOLD, Dress.QUOTED)),
        (0.3, kind is Kind.ROW),
        (-0.8, kind is Kind.TEXT),
        (-1.5, is_far_script(lead.title) and not label),
        (-0.8, plain and len(words_of(lead.after)) > 8),
        (-1.5, plain and len(words_of(lead.before)) > 2),
        (-0.8, lost),
        (-1.0, plain and lead.after.strip() == "."),
    )
    return sum((weight * value for weight, value in weights), -2.45)


def _held(block: Block) -> Holds:
    """What stands under the headings above a line, as far as they say."""
    above = (holds(one.text) for one in block.ancestors() if one.kind is Kind.HEADING)
    return next((held for held in above if held is not Holds.UNKNOWN), Holds.UNKNOWN)


def _credited(block: Block, lead: Lead) -> bool:
    for text in (lead.before, lead.after, block.text.partition(lead.title)[2]):
        if len(words_of(text)) >= 2 and len(text) < 300 and is_credit(text, alone=True):
            return True
    return False


def _page_of_notes(block: Block) -> bool:
    """Whether a line leads to a page of notes: by its own words, or by ``notes`` beside them."""
    pages = (piece.text.strip(" []()") for piece in block.pieces if piece.url.lower().endswith(".md"))
    return any(quality(text) >= Quality.WEAK or _SAYS_NOTE.fullmatch(text) for text in pages)


def _described(block: Block) -> bool:
    """Whether what is nested under a title are the fields of a note on a paper."""
    for child in block.children[:6] if block.kind in (Kind.HEADING, Kind.ITEM) else ():
        says = child.label.says if child.label else None
        part = child.kind is Kind.HEADING and is_paper_part(child.text)
        if part or says in (Says.DETAIL, Says.AUTHORS, Says.VENUE, Says.PAPER) or _is_citation(child):
            return True
    return False


def _is_citation(line: Block) -> bool:
    return bool(line.pieces) and all(
        one.url.startswith("cite:") or not words_of(one.text) for one in line.pieces
    )


def best_address(block: Block) -> Address:
    """The best address that a line gives, or the lines nested right under it."""
    if block.kind is Kind.ROW:
        cells = (cell for cell in block.children if kind_of_label(cell.header) is not Says.CODE)
        lines = [line for cell in cells for line in cell.children]
    else:
        lines = [block]
        for child in islice(lines_below(block), 8):
            if child.kind not in (Kind.ITEM, Kind.TEXT) or (block.kind is Kind.TEXT and child.starts):
                break
            alone = all(is_generic_link(one.text) or not words_of(one.text) for one in child.pieces)
            labelled = child.label and child.label.says in (Says.LINK, Says.PAPER)
            if alone or labelled or _is_citation(child):
                lines.append(child)
    # A citation in a title's own line is where its words come from, not what it names.
    worths = (
        _worth(one.url, one.text)
        for line in lines
        for one in line.pieces
        if one.url and not (one.image or one.wiki or (line is block and one.url.startswith("cite:")))
    )
    return max(worths, default=Address.NONE)


def _worth(url: str, text: str) -> Address:
    worth = address(url)
    return Address.MAYBE if worth is Address.OTHER and _TO_PAPER.fullmatch(text.strip()) else worth


def _leads_to_a_page(block: Block, lead: Lead) -> bool:
    """Whether a title is a link to another page of the vault: that page is the entry."""
    page = any(one.wiki and lead.title in one.text for one in block.pieces)
    return page and best_address(block) is Address.NONE


def _lines(root: Block, taken: set[Block], topics: set[Block]) -> Iterator[Block]:
    """Blocks that may name a paper: not those under a paper, not labelled details, not other papers."""
    stack = list(reversed(root.children))
    while stack:
        block = stack.pop()
        if block not in taken or block in topics:
            stack += reversed(block.children if block.kind in (Kind.HEADING, Kind.ITEM) else [])
        if block in taken or block.kind is Kind.CODE or row_of(block) is not None or _is_prose(block):
            continue
        if block.kind is Kind.ROW or not (_is_part(block) or elsewhere(block)):
            yield block


def _is_prose(block: Block) -> bool:
    """Whether a line is so clearly running text that it is not worth a closer look."""
    source = block.source
    if block.kind not in (Kind.TEXT, Kind.ITEM) or _MARKED.search(source):
        return len(source) > 2000
    goes_on = block.kind is Kind.TEXT and not block.starts and source[:1].islower()
    return goes_on or len(source) > 220 or source.count(" ") > 30


def _is_part(block: Block) -> bool:
    """Whether a heading or a line is a part of a note, a label, a date, an entry of a table of contents."""
    bare = stripped(block.text)
    if not bare or is_period(bare):
        return True
    if block.kind is Kind.HEADING:
        other = holds(block.text) in (Holds.ELSEWHERE, Holds.PART)
        return other or kind_of_label(bare) is not None or is_paper_part(block.text)
    if block.label:
        return block.label.says not in (Says.TITLE, Says.PAPER)
    inner = (child.label for child in block.children[:6] if block.kind is Kind.ITEM)
    contents = any(re.match(r"(?:\./|/)?#", one.url) for one in block.pieces)
    return contents or any(label is not None and label.says is Says.TITLE for label in inner)
