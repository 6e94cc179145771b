"""Third pass: titles without an address, where the file's own entries prove its form.

An author keeps to a form: what stands in the same place, dressed in the same way, as the papers with an
address is a paper too.  A line without an address is a paper only where its siblings are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from triage.notes.addresses import Address, address
from triage.notes.headings import Holds, holds, is_paper_part, is_period, stripped
from triage.notes.labels import Says, kind_of_label
from triage.notes.lead import Dress, Lead, words_of
from triage.notes.links import is_generic_link
from triage.notes.naming import Named, Names, lines_below, row_of
from triage.notes.sightings import elsewhere, in_sentence
from triage.notes.titles import Quality, is_byline, is_far_script, looks_like_authors, quality
from triage.notes.tree import Block, Kind

Form = tuple[str, int, str]
"""Kind of block, level or column, dress."""


_NO_PAPER_SITE = re.compile(
    r"(?i)https?://(?:[\w-]+\.)*(?:github\.com/[^/]+/[^/#?]+/?$|gitlab\.com/[^/]+/[^/#?]+/?$|youtube\.com|youtu\.be|medium\.com|twitter\.com|x\.com|huggingface\.co/(?!papers)|wikipedia\.org|reddit\.com|zhihu\.com)"
)
_SAYS_NOTE = re.compile(
    r"(?i)(?:my |reading )?(?:notes?|review|summary|笔记|解读|메모|리뷰|まとめ|notas?|resumen|resumo)"
)
_PAPER_LABEL = re.compile(r"(?i)paper|article|论文|文献|論文|논문")
_SOME = 0.15
"""Share of papers below which a form is not one of papers."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that may be a paper without an address at arXiv, and what it shows by itself."""

    block: Block
    lead: Lead
    address: Address
    form: Form
    held: Holds
    """What stands under the headings above it, as far as they say."""
    credited: bool
    described: bool
    page_of_notes: bool
    elsewhere_on_the_web: bool

    @property
    def group(self) -> tuple[Block | None, Form]:
        """Its siblings of the same form."""
        return self.block.parent, self.form

    @property
    def proves(self) -> bool:
        """Whether it shows so much by itself that it can prove others of its form."""
        return (
            self.address >= Address.MAYBE
            or self.credited
            or self.described
            or self.page_of_notes
            or self.lead.dress is Dress.LABEL
        )


def form_of(block: Block, lead: Lead) -> Form:
    """The place and dress of a title."""
    dress = "dressed" if lead.dress in (Dress.BOLD, Dress.QUOTED) else str(lead.dress)
    level = 0 if block.kind is Kind.ROW else block.level
    return (block.kind.value, level, "" if block.kind is Kind.ROW else dress)


def candidates(
    root: Block, names: Names, named: Iterable[Named], *, about_papers: bool, taken: set[Block]
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


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a line."""

    siblings: tuple[int, int]
    """Papers among its siblings of the same form, and the others."""
    file: tuple[int, int]
    """Papers of the same form in the file, and the others."""
    strong: float
    """Share of its siblings that read like titles."""
    about_papers: bool
    """Whether the note's title says that it lists papers."""


def features(one: Candidate, around: Around) -> dict[str, float]:
    """What is known of a line and its place, as numbers between 0 and 1."""
    lead, best, held, kind = one.lead, one.address, one.held, one.block.kind
    (papers, others), (known, rival) = around.siblings, around.file
    plain = lead.dress is Dress.PLAIN and best <= Address.OTHER and not one.credited
    wide = known / (known + rival) if known else 0.0
    unproven = max(papers / (papers + others + 1), wide) < _SOME
    label = lead.dress is Dress.LABEL
    hinted = held is Holds.PAPERS or around.about_papers
    return {
        "paper's address": best >= Address.PAPER,
        "perhaps a paper's address": best is Address.MAYBE,
        "another address": best is Address.OTHER,
        "leads to code, a video or a blog": best is Address.OTHER and one.elsewhere_on_the_web,
        "reads like a title": lead.quality is Quality.STRONG,
        "reads like a name": lead.quality is Quality.NAME,
        "reads like no title": lead.quality is Quality.NONE,
        "share of papers among its siblings": (papers + 0.5) / (papers + others + 1.5),
        "share of papers among its form in the file": wide,
        "nothing of its form is a paper": unproven,
        "nothing of its form is a paper, and it leads elsewhere": unproven and best is Address.OTHER,
        "no sibling is a paper, and it leads elsewhere": papers == 0 and best is Address.OTHER,
        "under a heading of papers": hinted,
        "nothing else in its line, under a heading of papers": held is Holds.PAPERS
        and lead.quality is Quality.STRONG
        and not lead.after.strip(" .,"),
        "under a heading of resources": held is Holds.RESOURCES and best < Address.PAPER,
        "in a part of a note": held is Holds.PART,
        "its siblings read like titles": around.strong >= 0.7
        and (hinted or not unproven)
        and papers + others + 1 >= (2 if held is Holds.PAPERS else 3),
        "people or a venue stand beside it": one.credited,
        "fields of a note stand under it": one.described,
        "leads to a page of notes": one.page_of_notes,
        "labelled as a title": label,
        "labelled as a paper's title": label and bool(_PAPER_LABEL.search(lead.before)),
        "marked off": lead.dress in (Dress.LINK, Dress.BOLD, Dress.QUOTED),
        "a table row": kind is Kind.ROW,
        "a line of text": kind is Kind.TEXT,
        "mostly Chinese, Japanese or Korean": is_far_script(lead.title) and not (label and lead.before),
        "a sentence goes on behind it": plain and len(words_of(lead.after)) > 8,
        "a sentence stands before it": plain and len(words_of(lead.before)) > 2,
        "a plain line where no paper is": unproven
        and kind in (Kind.ITEM, Kind.TEXT)
        and held is not Holds.PAPERS
        and not one.proves,
        "it ends with a full stop": plain and lead.after.strip() == ".",
    }


WEIGHTS: dict[str, float] = {
    "paper's address": 2.2,
    "perhaps a paper's address": 1.6,
    "another address": 0.2,
    "leads to code, a video or a blog": -1.2,
    "reads like a title": 1.0,
    "reads like a name": -0.9,
    "reads like no title": -1.2,
    "share of papers among its siblings": 2.2,
    "share of papers among its form in the file": 1.2,
    "nothing of its form is a paper": -0.6,
    "nothing of its form is a paper, and it leads elsewhere": -1.5,
    "no sibling is a paper, and it leads elsewhere": -1.0,
    "under a heading of papers": 0.9,
    "nothing else in its line, under a heading of papers": 0.5,
    "under a heading of resources": -1.6,
    "in a part of a note": -1.4,
    "its siblings read like titles": 1.2,
    "people or a venue stand beside it": 1.8,
    "fields of a note stand under it": 1.2,
    "leads to a page of notes": 2.2,
    "labelled as a title": 1.6,
    "labelled as a paper's title": 1.6,
    "marked off": 0.5,
    "a table row": 0.3,
    "a line of text": -0.8,
    "mostly Chinese, Japanese or Korean": -1.5,
    "a sentence goes on behind it": -0.8,
    "a sentence stands before it": -1.5,
    "a plain line where no paper is": -0.8,
    "it ends with a full stop": -1.0,
}
BIAS = -2.45


def score(found: Mapping[str, float]) -> float:
    """How sure it is that a line is a paper; above zero it is taken."""
    return BIAS + sum(WEIGHTS[name] * value for name, value in found.items())


def _credited(block: Block, lead: Lead) -> bool:
    """Whether people or a venue stand beside a title."""
    around = (lead.before, lead.after, block.text.partition(lead.title)[2])
    for text in around:
        bare = text.strip(' \t.,;:–—-|()[]"“”*')
        if len(words_of(bare)) >= 2 and len(bare) < 300 and (is_byline(bare) or looks_like_authors(bare)):
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
    if worth is Address.OTHER and re.fullmatch(
        r"\W*(?:full\s*)?(?:paper|pdf|论文|原文|論文|논문|artículo|artigo|artikel|article)s?(?:\s*(?:link|url|pdf|链接|地址|リンク|링크))?\W*|(?:link to (?:the )?paper)",
        text.strip(),
        re.I,
    ):
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
