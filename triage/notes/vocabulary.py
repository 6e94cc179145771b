"""What the words of a note say by themselves: labels of lines, headings, days and weeks, in many languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import takewhile

from triage.notes.inline import Piece
from triage.notes.words import any_of, within


class Says(StrEnum):
    """What a labelled line (``论文名称：…``, ``Paper: …``, ``title:: …``) says about a paper."""

    # In the order in which they are asked.
    ELSEWHERE = "elsewhere"
    """Other papers: related work, what to read next."""
    TITLE = "title"
    PAPER = "paper"
    """Title or address, as the value tells."""
    LINK = "link"
    AUTHORS = "authors"
    VENUE = "venue"
    DATE = "date"
    TAGS = "tags"
    CODE = "code"
    DETAIL = "detail"
    """A summary, a method, a remark: the lines are about one paper."""


_LABELS = {says: re.compile(any_of(f"label.{says}"), re.I) for says in Says}
_SHAPES = (
    re.compile(
        r"^[\W_]*?(?P<label>[^\W\d_][^:：=\n]{0,40}?)\s*(?P<mark>::|[:：]|\s[-–—]\s|\s=\s|\s*\|\s)\s*"
    ),
    re.compile(r"^\W*[【\[](?P<label>[^】\]\n]{1,20})(?P<mark>[】\]])\s*[:：]?\s*"),
)
_DRESS = " \t*_`~【】[]（）()「」<>📄📝🔗💻🏛🗓👥📅📖📌🔥⭐️"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A line with a known label."""

    says: Says
    label: str
    pieces: tuple[Piece, ...]
    """The line without its label."""

    @property
    def value(self) -> str:
        """The value's text."""
        return "".join(one.text for one in self.pieces if not one.image).strip()


@lru_cache(maxsize=4096)
def kind_of_label(label: str) -> Says | None:
    """What a label means, or None when it is none that we know."""
    label = " ".join(label.strip(_DRESS).split()).lstrip("0123456789.、) ").strip(_DRESS)
    if not label or len(label) > 40:
        return None
    return next((says for says, pattern in _LABELS.items() if pattern.fullmatch(label)), None)


def text_of(pieces: Sequence[Piece]) -> str:
    """The words of some pieces of a line."""
    return "".join(one.text for one in pieces if not one.image)


def labelled(pieces: tuple[Piece, ...]) -> Labelled | None:
    """Read a line as ``label: value``, or None when it does not begin with a known label."""
    text = text_of(pieces)
    # "[arXiv](…) | [code](…)" is a row of links, not a label.
    before_links = len(text_of(list(takewhile(lambda one: not one.url or one.wiki, pieces))))
    for match in filter(None, (shape.match(text) for shape in _SHAPES)):
        name, mark = match["label"].strip(_DRESS), match["mark"].strip()
        says = kind_of_label(name) if match.end("label") <= before_links else None
        # "[Overview] Deep Learning for ..." is a tag before a title, "Results - ..." a remark.
        loose = mark not in ("::", ":", "：", "】") and says not in (Says.TITLE, Says.PAPER, Says.LINK)
        if says and not (loose and (mark == "]" or says in (Says.DETAIL, Says.DATE, Says.TAGS))):
            return Labelled(says, name, _behind(pieces, match.end()))
    return None


def _behind(pieces: tuple[Piece, ...], start: int) -> tuple[Piece, ...]:
    """The pieces of a line from a place of its text on."""
    kept: list[Piece] = []
    for one in pieces:
        if not one.image and start < len(one.text):
            kept.append(replace(one, text=one.text[max(start, 0) :]))
        start -= 0 if one.image else len(one.text)
    return tuple(kept)


class Holds(StrEnum):
    """What stands under a heading, by its words alone."""

    PAPERS = "papers"
    ELSEWHERE = "elsewhere"
    """References and related work: papers of other notes."""
    RESOURCES = "resources"
    """Code, tools, blogs, courses: no papers unless they prove themselves."""
    PART = "part"
    """A part of one paper's note: introduction, method, results."""
    UNKNOWN = "unknown"


_NUMBER = re.compile(
    r"^(?:[\W_]|\d{1,3}(?:[.、)）]\d*)+|\d{1,2}(?=\s)|[一二三四五六七八九十]+[、.．)）]|第[一二三四五六七八九十\d]+[章节部分]|[IVX]+[.)]\s)+"
)
_PAPERS = re.compile(rf"{within('heading.papers')}|^{any_of('heading.list')}\W*$", re.I)
_ELSEWHERE = re.compile(rf"^{any_of('heading.elsewhere')}\W*$", re.I)
_RESOURCES = re.compile(within("heading.resources"), re.I)
_PART = re.compile(rf"^{any_of('heading.part', 'heading.paper_part')}\W*$", re.I)
_PAPER_PART = re.compile(
    rf"^(?:{any_of('heading.paper_part')}\W*$|{any_of('heading.paper_part_begins')})", re.I
)
_NUMERAL = r"[一二三四五六七八九十\d]{1,4}"
_MONTH = any_of("date.month")
_PERIOD = re.compile(
    rf"(?ix)^\W*(?:{any_of('date.weekday')}\b.{{0,25}} | {any_of('date.period')}\.?\s*[\#]?\d* |"
    rf"{any_of('date.week')}\s*\d+.* | \d{{4}}\W?\d{{0,2}}\W?\d{{0,2}} | \d{{1,2}}[-/.]\d{{1,2}} |"
    r"第?\d+[周期月日].{0,6} | \d{4}年(?:\s*\d{1,2}月)?(?:\s*\d{1,2}[日号])?.{0,2} |"
    rf"(?:\d{{4}}\s*年?)?\s*{_NUMERAL}\s*月份?(?:\s*(?:第?{_NUMERAL}[周週]|[上中下]旬))? |"
    rf"第?\s*{_NUMERAL}\s*[周週期次回弹篇辑天日号](?:目)? | (?:[本上这一]?[周週]|本?月) |"
    rf"(?:(?:de|im|del?|of)\s+)?{_MONTH}\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?)?,?(?:\s+(?:de\s+)?\d{{4}})? |"
    r"\d{1,4}\s*(?:주차|월|회차) | [ivx]{1,5} | [a-z]?\d{1,4})\W*$"
)
_ISSUE = re.compile(
    rf"(?i)\bof the (?:week|month|day|year)\b|\b(?:weekly|monthly|daily)\b.{{0,30}}\d|\b(?:this|last) week\b|^\W*(?:issue|episode|ep|vol|season)[\s.#-]*\d|"
    rf"\b{_MONTH}\.?\s+\d{{1,2}}\s*[-–—]\s*(?:{_MONTH}\.?\s+)?\d{{1,2}}\b"
)
"""A heading or link that leads to a week's papers, not to one."""


def is_period(text: str) -> bool:
    """Whether a title, without its words for notes, is only a week, a month, an issue, a number.

    >>> is_period("五月第二周"), is_period("Week 3"), is_period("de mai"), is_period("GPT-4")
    (True, True, True, False)
    """
    return bool(_PERIOD.match(text) or _ISSUE.search(text))


def stripped(text: str) -> str:
    """A heading's words without numbering, emoji and marks around them."""
    return _NUMBER.sub("", text.strip()).strip(" \t:：-–—*_#")


@lru_cache(maxsize=4096)
def holds(text: str) -> Holds:
    """Tell by a heading's words what stands under it.

    >>> holds("5. References").name, holds("📚 Papers").name, holds("Method").name
    ('ELSEWHERE', 'PAPERS', 'PART')
    """
    bare = stripped(text)
    if _ELSEWHERE.match(bare):
        return Holds.ELSEWHERE
    if not bare or _PART.match(bare):
        return Holds.PART
    if len(bare) <= 60 and _PAPERS.search(bare):
        return Holds.PAPERS
    if len(bare) <= 50 and _RESOURCES.search(bare):
        return Holds.RESOURCES
    says = kind_of_label(bare)
    return Holds.ELSEWHERE if says is Says.ELSEWHERE else Holds.PART if says else Holds.UNKNOWN


def is_paper_part(text: str) -> bool:
    """Whether a heading is one that notes on a single paper have (abstract, method, results)."""
    return bool(_PAPER_PART.match(stripped(text)))
