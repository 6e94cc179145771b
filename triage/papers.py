"""The nouns that every room shares.

All are immutable values.  Times are aware datetimes in UTC; an announcement's day is a plain date,
the *listing day*: the day that arXiv's list page, feed and e-mail of that announcement are dated
(Sunday to Thursday 20:00 US Eastern is dated the next day).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NewType, TypeGuard, TypeVar

from triage.text.unicode import fold, plain

_Day = TypeVar("_Day", bound=date)

ArxivId = NewType("ArxivId", str)
"""An arXiv identifier without version: ``2401.08565``, ``hep-th/9901001``."""

_NEW_STYLE = re.compile(r"(\d{2})(\d{2})\.(\d{4,5})(v[1-9]\d*)?", re.ASCII)
_OLD_STYLE = re.compile(r"([a-z][a-z-]*[a-z])(?:\.[A-Z]{2})?/(\d{2})(\d{2})(\d{3})(v[1-9]\d*)?", re.ASCII)


_WITHDRAWN = re.compile(
    r"(?:^\W*|[.;:(]\s*|\b(?=this\s))"
    r"(?:(?:(?:this|the|our)\s+)?(?:paper|article|submission|manuscript|preprint|work)\s+)?"
    r"(?:(?:has\s+been|is|was)\s+)?(?:temporarily\s+)?(?:withdrawn|retracted|removed(?=\s+by\s+arxiv))"
    # "Withdrawn papers" are a subject, and "withdrawn from a conference" is still on arXiv.
    r"(?=\W*$|\s*[.;:,()]|\s+(?:by|due|because|as|for|since|pending|until|from\s+arxiv)\b)"
    r"|\bauthors?\s+(?:(?:has|have)\s+)?(?:withdrawn|withdrew|withdraws?)\s+(?:this|the)\s+"
    r"(?:paper|article|submission|manuscript|preprint|work)\b",
    re.IGNORECASE,
)


def could_be_arxiv(day: _Day | None) -> TypeGuard[_Day]:
    """Return whether a day can be one of arXiv's; one in year 1 or 9999 is a mistake in a record."""
    return day is not None and 1991 <= day.year < 2100


class InvalidArxivId(ValueError):
    """The text is not an arXiv identifier."""


def parse_arxiv_id(text: str) -> tuple[ArxivId, int | None]:
    """Split an identifier into the bare id and its version.

    Accepts ``2401.08565``, ``2401.08565v2``, ``arXiv:2401.08565``, ``hep-th/9901001v1`` and
    ``math.GT/0309136`` (whose subject class is dropped, as arXiv does).  The notes room reads links
    and other spellings.

    Raises InvalidArxivId if the text is anything else: a wrong month, four digits after 2014, five before
    2015.
    """
    bare = text.strip()
    if bare[:6].lower() == "arxiv:":
        bare = bare[6:].strip()
    if match := _NEW_STYLE.fullmatch(bare):
        year, month, number, version = match.groups()
        digits = 5 if int(year) >= 15 else 4
        # 0704 is the first month of this scheme; a year from 91 on would be the last century's.
        if 1 <= int(month) <= 12 and len(number) == digits and "0704" <= year + month < "9100":
            return ArxivId(f"{year}{month}.{number}"), int(version[1:]) if version else None
    elif match := _OLD_STYLE.fullmatch(bare):
        archive, year, month, number, version = match.groups()
        if 1 <= int(month) <= 12 and (int(year) >= 91 or year + month <= "0703"):
            return ArxivId(f"{archive}/{year}{month}{number}"), int(version[1:]) if version else None
    raise InvalidArxivId(f"not an arXiv identifier: {text!r}")


def parse_saved_id(text: str) -> tuple[ArxivId, bool]:
    """Read an identifier that a table may have saved as a number, without its outer zeros.

    Returns the identifier, and whether zeros had to come back.

    Raises InvalidArxivId if the text is anything else.
    """
    try:
        return parse_arxiv_id(text)[0], False
    except InvalidArxivId:
        number = re.fullmatch(r"(\d{3,4})\.(\d{1,4})", text.strip(), re.ASCII)
        if number is None:
            raise
    month = number[1].zfill(4)
    return parse_arxiv_id(f"{month}.{number[2].ljust(5 if month >= '1501' else 4, '0')}")[0], True


@dataclass(frozen=True, slots=True)
class Paper:
    """The metadata of one arXiv paper, at its latest known version.

    Titles and abstracts are single-spaced plain text with arXiv's LaTeX left in.
    """

    id: ArxivId
    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    """The primary category first, then the cross-lists."""
    version: int = 1
    submitted: datetime | None = None
    """When version 1 was submitted, UTC."""
    updated: datetime | None = None
    """When this version was submitted, UTC."""
    announced: date | None = None
    """The listing day of version 1."""
    doi: str = ""
    journal_ref: str = ""
    comment: str = ""

    @property
    def primary_category(self) -> str:
        """The first category, or an empty string when none is known."""
        return self.categories[0] if self.categories else ""

    @property
    def is_withdrawn(self) -> bool:
        """Whether its record says that it was withdrawn from arXiv.

        The comment says so; the abstract only where it has been replaced by that sentence.
        """
        return bool(_WITHDRAWN.search(self.comment) or _WITHDRAWN.match(self.abstract))

    @property
    def abs_url(self) -> str:
        """The abstract page, which arXiv asks to be linked."""
        return f"https://arxiv.org/abs/{self.id}"

    @property
    def pdf_url(self) -> str:
        """The PDF, as the reader's digests link it."""
        return f"https://arxiv.org/pdf/{self.id}.pdf"


_ALIASES = {
    "cs.NA": "math.NA",
    "cs.SY": "eess.SY",
    "math.IT": "cs.IT",
    "math.MP": "math-ph",
    "q-fin.EC": "econ.GN",
    "stat.TH": "math.ST",
}


def canonical_category(name: str) -> str:
    """Return the name that arXiv gives the papers of a category, which may have another."""
    return _ALIASES.get(name, name)


def with_aliases(categories: Iterable[str]) -> tuple[str, ...]:
    """Return categories with the other names of those that have two.

    >>> with_aliases(["cs.CL", "eess.SY"])
    ('cs.CL', 'eess.SY', 'cs.SY')
    """
    names = dict.fromkeys(categories)
    return tuple(
        dict.fromkeys((*names, *(one for pair in _ALIASES.items() if names.keys() & pair for one in pair)))
    )


class AnnounceType(StrEnum):
    """How a paper stands in a listing, relative to the categories that were asked for."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"

    @property
    def is_replacement(self) -> bool:
        return self in (AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS)


@dataclass(frozen=True, slots=True)
class ListedPaper:
    paper: Paper
    announce_type: AnnounceType = AnnounceType.NEW


class AnnouncementState(StrEnum):
    """How an announcement ended; every announcement ends in one of these but ``DUE``."""

    DUE = "due"
    COMPLETE = "complete"
    EMPTY = "empty"
    """No announcement by arXiv's calendar."""
    RECOVERED = "recovered"
    """Missed on its day and fetched later from the API or OAI-PMH."""
    FAILED = "failed"


WHOLE = (AnnouncementState.COMPLETE, AnnouncementState.RECOVERED)
"""The states of announcements whose listing is there."""
DONE = (*WHOLE, AnnouncementState.EMPTY)
"""The states of announcements that are not fetched again."""


LONGEST_TITLE = 500
"""Characters of a title that are shown: more than arXiv's own have."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One announcement of the reader's categories: the unit of work."""

    day: date
    """The listing day."""
    state: AnnouncementState
    new: int = 0
    cross: int = 0
    replaced: int = 0
    source: str = ""
    """``feed``, ``api``, ``oai`` or ``file:NAME``."""
    reason: str = ""
    """Why it failed or looks suspicious; empty when all is well."""
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """An announcement and its papers; none when it failed or is still due."""

    announcement: Announcement
    items: tuple[ListedPaper, ...] = ()
    """Each paper once, with its announce type relative to the reader's categories."""

    @classmethod
    def of(cls, day: date, state: AnnouncementState, items: Iterable[ListedPaper], **more: Any) -> Listing:
        """Return a listing with its papers counted; ``more`` are fields of its announcement."""
        items = tuple(items)
        kinds = [item.announce_type for item in items]
        replaced = sum(kind.is_replacement for kind in kinds)
        new, cross = kinds.count(AnnounceType.NEW), kinds.count(AnnounceType.CROSS)
        return cls(Announcement(day, state, new, cross, replaced, **more), items)


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """One paper that a note is about, or one row of a paper list."""

    title: str
    """As written, with markup stripped; empty when the note gives only an id."""
    arxiv_id: ArxivId | None
    """As written, without version."""
    section: tuple[str, ...]
    """The headings above it, outermost first."""
    text: str
    """The note's own text about the paper."""
    file: str
    """Relative to the path that was read, or the file's name, with ``/`` between folders."""
    line: int
    """1-based line in the file."""
    reading: str = ""
    """What the entry was found as (``heading``, ``table row``, ``label``, ...)."""
    broken_id: str = ""
    """Text that looks like an identifier but is not valid, as written."""
    links: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """Tags and categories the note itself declares (front matter, properties, collections)."""
    noted_on: date | None = None
    keywords: tuple[str, ...] = ()
    """Keywords that a publisher or a reference manager gave it."""


class LabelSource(StrEnum):
    """Where a label comes from."""

    NOTES = "notes"
    DIGEST = "digest"
    COMMAND = "command"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Label:
    """The reader's word on a paper.  The log of labels is append-only."""

    paper: ArxivId
    said_at: datetime
    """UTC."""
    source: LabelSource
    relevant: bool | None = None
    """None when the label is about categories, a remark or 'read' only."""
    categories: tuple[str, ...] | None = None
    """All of the reader's categories of the paper; empty is "uncategorised", None is "not given"."""
    read: bool | None = None
    remark: str = ""
    where: str = ""
    """File and line, or command."""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled paper to learn from."""

    paper: Paper
    relevant: bool = True
    weight: float = 1.0
    categories: tuple[str, ...] = ()
    """The reader's own categories."""
    labelled_on: date | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """A word or pair of words of a paper's own text, and how far it moves the score."""

    term: str
    value: float


@dataclass(frozen=True, slots=True)
class NearestNote:
    """A noted paper near the one that is explained."""

    id: ArxivId
    title: str
    similarity: float
    """Cosine, 0 to 1."""
    file: str = ""
    """The note's file, as a path with ``/`` from the folder of digests; empty where it is not known."""
    heading: str = ""
    """The heading in that file that the note is under, as written."""
    anchor: str = ""
    """The fragment by which GitHub and most programs link to that heading."""
    noted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reasons for a score."""

    contributions: tuple[Contribution, ...] = ()
    """In both directions, the strongest first."""
    nearest_notes: tuple[NearestNote, ...] = ()
    community: float = 0.0
    """How far other people's picks moved the score; 0 when none are known."""
    picked_by_others: bool = False
    """Whether the paper was itself a community pick before it was announced here."""
    followed: tuple[str, ...] = ()
    """Its authors whom the reader follows (``seeds.authors``)."""


@dataclass(frozen=True, slots=True)
class ScoredPaper:
    """A candidate with its relevance."""

    paper: Paper
    score: float
    """Only its order has a meaning; higher is better."""
    probability: float
    """Calibrated: of papers given 0.3, three in ten are relevant."""
    categories: tuple[str, ...] = ()
    """The reader's categories, best first; empty is 'uncategorised'."""
    explanation: Explanation = field(default_factory=Explanation)
    known: str = ""
    """Where the reader has noted or labelled it already; empty for a new paper."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A paper chosen for a digest."""

    scored: ScoredPaper
    rank: int
    """1-based rank among the candidates of the digest."""


def title_key(title: str) -> str:
    """Fold a title to its letters and digits, so that case, accents, LaTeX, spaces and punctuation don't matter.

    >>> title_key("ART：Questions are All You Need")
    'artquestionsareallyouneed'
    """
    folded = fold(plain(title)).casefold()
    return "".join(character for character in folded if character.isalnum())
