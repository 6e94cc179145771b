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
from triage.notes.naming import Named, Names, lines_below
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
    rf"\W*(?:link to (?:the )?)?{any_of('link.paper')}s?(?:\s*{any_of('link.behind')})?\W*", re.I
)
_SAYS_NOTE = re.compile(any_of("link.notes"), re.I)
_SOME = 0.15
"""Share of papers below which a form is not one of papers."""
_MOST = 0.7
_MARKED = re.compile(r"\]\(|\*|<|http|[《“\"「『«:：]|\[\[")


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a line."""

    papers: int
    """Papers among its siblings of the same form."""
    siblings: int
    form: float
    """Share of papers among its form in the file."""
    titles: float
    """Share of its siblings that read like titles."""
    held: Holds
    """What the headings above say."""
    hinted: bool
    """They, or the note's title, say that there are papers."""


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
    """It leads to one."""

    @property
    def group(self) -> tuple[Block | None, Form]:
        """Its siblings of the same form."""
        return self.block.parent, self.form

    @property
    def proves(self) -> bool:
        """Whether it shows so much by itself that it can prove others of its form."""
        shown = self.credited or self.described or self.page_of_notes or self.lead.dress is Dress.LABEL
        return shown or self.address >= Address.MAYBE


def _form_of(block: Block, lead: Lead) -> Form:
    """The place and dress of a title."""
    if block.kind is Kind.ROW:
        return block.kind.value, 0, ""
    dressed = lead.dress in (Dress.BOLD, Dress.QUOTED)
    return block.kind.value, block.level, "dressed" if dressed else lead.dress.value


def candidates(
    root: Block, names: Names, named: Iterable[Named], *, about: bool
) -> Iterator[tuple[Candidate, float]]:
    """Lines that may be papers, with a score of how sure their form is; above zero they are taken.

    ``named`` are the papers with an address, ``about`` says that the note's title is that of a list.
    """
    titled = [(one.block, one.lead) for one in named if one.block is not None and one.lead.title]
    known = Counter((block.parent, _form_of(block, lead)) for block, lead in titled)
    # What holds papers with titles of their own is a topic, not a paper.
    topics = {outer for block, _ in titled for outer in block.ancestors()}
    taken = {one.block for one in named if one.block is not None} | names.sighted.keys() | topics
    found: list[Candidate] = []
    for block in _lines(root, taken, topics):
        lead = names.lead(block)
        if not lead.title or is_period(lead.title):
            continue
        marked = lead.dress in (Dress.LINK, Dress.BOLD, Dress.QUOTED)
        best = _best_address(block)
        # A link to another page of the vault: that page is the entry.
        page = best is Address.NONE and any(one.wiki and lead.title in one.text for one in block.pieces)
        prose = lead.dress is Dress.LINK and in_sentence(lead, listed=block.kind is not Kind.TEXT)
        if (lead.quality or marked) and not page and not prose:
            shown = _is_credited(block, lead), _is_described(block), _is_page_of_notes(block)
            found.append(Candidate(block, lead, best, _form_of(block, lead), *shown))
    # What the first round is sure of proves the form for the second.
    sure: set[Block] = set()
    for _ in range(2):
        scored = list(_scored(found, sure, known, about=about))
        sure = {one.block for one, value in scored if value > 0 and one.proves}
    yield from scored


def _scored(
    found: Sequence[Candidate], sure: set[Block], known: Counter[tuple[Block | None, Form]], *, about: bool
) -> Iterator[tuple[Candidate, float]]:
    """Every candidate with its score, those that are sure counted as papers."""
    learned: Counter[Form] = Counter()
    for (_, form), count in known.items():
        learned[form] += count
    forms = Counter(one.form for one in found)
    proven = Counter(one.form for one in found if one.block in sure)
    sizes = Counter(one.group for one in found)
    papers = Counter(one.group for one in found if one.address >= Address.MAYBE or one.block in sure)
    # In a list of titles alone, people or venues beside some of them make up for what reads less like one.
    listed = (one for one in found if one.credited and (about or _held(one.block) is Holds.PAPERS))
    credited = {one.group for one in listed} if not known else set()
    titles = Counter(
        one.group
        for one in found
        if one.lead.quality >= (Quality.WEAK if one.group in credited else Quality.STRONG)
    )
    for one in found:
        itself, group = one.block in sure, one.group
        alike = learned[one.form] + proven[one.form] - itself
        held = _held(one.block)
        around = Around(
            papers[group] + known[group] - (one.address >= Address.MAYBE or itself),
            sizes[group] + known[group] - 1,
            alike / (alike + forms[one.form] - proven[one.form]) if alike else 0.0,
            titles[group] / sizes[group],
            held,
            about or held is Holds.PAPERS,
        )
        yield one, _score(one, around)


def _score(one: Candidate, around: Around) -> float:
    """What a line shows, what stands around it, and what each weighs."""
    best, lead, block = one.address, one.lead, one.block
    hinted, other = around.hinted, best is Address.OTHER
    unproven = max(around.papers / (around.siblings + 1), around.form) < _SOME
    label, listed = lead.dress is Dress.LABEL, block.kind in (Kind.ITEM, Kind.TEXT)
    plain = lead.dress is Dress.PLAIN and best <= Address.OTHER and not one.credited
    weights = (
        (2.2, best >= Address.PAPER),
        (1.6, best is Address.MAYBE),
        (-1.2, other and any(_NO_PAPER_SITE.match(piece.url) for piece in block.pieces)),
        (-1.5, other and unproven),
        (-1.0, other and not around.papers),
        (1.0, lead.quality is Quality.STRONG),
        (-0.9, lead.quality <= Quality.NAME),
        (2.2, (around.papers + 0.5) / (around.siblings + 1.5)),
        (1.2, around.form),
        (-0.6, unproven),
        (-0.8, unproven and listed and not (around.held is Holds.PAPERS or one.proves)),
        (0.9, hinted),
        # Under a heading that says papers, a title with nothing behind it needs no sibling.
        (0.5, around.held is Holds.PAPERS and lead.quality is Quality.STRONG and not lead.after.strip(" .,")),
        (-1.6, around.held is Holds.RESOURCES and best < Address.PAPER),
        (-1.4, around.held is Holds.PART),
        (1.2, around.titles >= _MOST and (hinted or not unproven) and around.siblings >= 2 - hinted),
        (1.8, one.credited),
        (1.2, one.described),
        (2.2, one.page_of_notes),
        (1.6, label),
        (0.5, lead.dress in (Dress.LINK, Dress.BOLD, Dress.QUOTED)),
        (-0.8, block.kind is Kind.TEXT),
        (-1.5, is_far_script(lead.title) and not label),
        (-0.9, plain and (len(words_of(lead.after)) > 8 or lead.after.strip() == ".")),
    )
    return sum((weight * value for weight, value in weights), -2.45)


def _held(block: Block) -> Holds:
    """What stands under the headings above a line, as far as they say."""
    above = (holds(one.text) for one in block.ancestors() if one.kind is Kind.HEADING)
    return next((held for held in above if held is not Holds.UNKNOWN), Holds.UNKNOWN)


def _is_credited(block: Block, lead: Lead) -> bool:
    texts = (lead.before, lead.after, block.text.partition(lead.title)[2])
    return any(len(words_of(text)) >= 2 and len(text) < 300 and is_credit(text, alone=True) for text in texts)


def _is_described(block: Block) -> bool:
    """Whether the fields of a note on a paper are nested under a line."""
    for child in block.children[:6] if block.kind in (Kind.HEADING, Kind.ITEM) else ():
        part = child.kind is Kind.HEADING and is_paper_part(child.text)
        field = child.label and child.label.says in (Says.DETAIL, Says.AUTHORS, Says.VENUE, Says.PAPER)
        if part or field or _is_cited(child):
            return True
    return False


def _is_page_of_notes(block: Block) -> bool:
    pages = (piece.text.strip(" []()") for piece in block.pieces if piece.url.lower().endswith(".md"))
    return any(quality(text) >= Quality.WEAK or _SAYS_NOTE.fullmatch(text) for text in pages)


def _is_cited(line: Block) -> bool:
    """Whether a line is nothing but citations."""
    said = [one for one in line.pieces if words_of(one.text)]
    return bool(line.pieces) and all(one.url.startswith("cite:") for one in said)


def _best_address(block: Block) -> Address:
    """The best address that a line gives, or the lines nested right under it."""
    if block.kind is Kind.ROW:
        cells = (cell for cell in block.children if kind_of_label(cell.header) is not Says.CODE)
        lines = [line for cell in cells for line in cell.children]
    else:
        lines = [block]
        for child in islice(lines_below(block), 8):
            if child.kind not in (Kind.ITEM, Kind.TEXT) or (block.kind is Kind.TEXT and child.starts):
                break
            labelled = child.label and child.label.says in (Says.LINK, Says.PAPER)
            alone = all(is_generic_link(one.text) or not words_of(one.text) for one in child.pieces)
            if alone or labelled or _is_cited(child):
                lines.append(child)
    pieces = (one for line in lines for one in line.pieces if one.url and not (one.image or one.wiki))
    # A citation in a title's own line is where its words come from, not what it names.
    cited = {one.url for one in block.pieces if one.url.startswith("cite:")}
    return max((_worth(one.url, one.text) for one in pieces if one.url not in cited), default=Address.NONE)


def _worth(url: str, text: str) -> Address:
    worth = address(url)
    return Address.MAYBE if worth is Address.OTHER and _TO_PAPER.fullmatch(text.strip()) else worth


def _lines(root: Block, taken: set[Block], topics: set[Block]) -> Iterator[Block]:
    """Blocks that may name a paper: not those under a paper, not labelled details, not other papers."""
    stack = list(reversed(root.children))
    while stack:
        block = stack.pop()
        if block not in taken or block in topics:
            stack += reversed(block.children if block.kind in (Kind.HEADING, Kind.ITEM) else [])
        if block in taken or block.kind is Kind.CODE or _is_prose(block):
            continue
        if block.kind is Kind.ROW or not (_is_part(block) or elsewhere(block)):
            yield block


def _is_prose(block: Block) -> bool:
    """Whether a line is so clearly running text that it is not worth a closer look."""
    source = block.source
    if block.kind not in (Kind.TEXT, Kind.ITEM) or _MARKED.search(source):
        return len(source) > 2000
    goes_on = block.kind is Kind.TEXT and not block.starts and source[:1].islower()
    return goes_on or len(source) > 220


def _is_part(block: Block) -> bool:
    """Whether a heading or a line is a part of a note, a label, a date, an entry of a table of contents."""
    bare = stripped(block.text)
    if not bare or is_period(bare):
        return True
    if block.kind is Kind.HEADING:
        return holds(block.text) in (Holds.ELSEWHERE, Holds.PART) or is_paper_part(block.text)
    if block.label:
        return block.label.says not in (Says.TITLE, Says.PAPER)
    titled = (child.label and child.label.says is Says.TITLE for child in block.children[:6])
    return any(re.match(r"(?:\./|/)?#", one.url) for one in block.pieces) or any(titled)
