"""How sure it is that a line is a paper: what it shows, what stands around it, and what each weighs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from triage.notes.addresses import Address
from triage.notes.headings import Holds
from triage.notes.lead import Dress, Lead, words_of
from triage.notes.titles import Quality, is_far_script
from triage.notes.tree import Block, Kind

Form = tuple[str, int, str]
"""Kind of block, level or column, dress."""


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
