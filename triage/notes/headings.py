"""What a heading says that is no paper's title: sections of a note, sections that hold no papers."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from triage.notes.labels import Says, kind_of_label
from triage.notes.words import any_of, within


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
_DATE = re.compile(
    rf"(?ix)^\W*(?:{any_of('date.weekday')}\b.{{0,25}} | day\s*\d{{1,2}} | {any_of('date.week')}\s*\d+.* |"
    r"\d{4}\W?\d{0,2}\W?\d{0,2} | \d{1,2}[-/.]\d{1,2} | 第?\d+[周期月日].{0,6} |"
    r"\d{4}年(?:\s*\d{1,2}月)?(?:\s*\d{1,2}[日号])?.{0,2} |"
    rf"{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s*(?:\d{{4}})? | {_MONTH}\s+\d{{4}})\W*$"
)
_PERIOD = re.compile(
    rf"(?ix)^\W*(?:(?:\d{{4}}\s*年?)?\s*{_NUMERAL}\s*月份?(?:\s*(?:第?{_NUMERAL}[周週]|[上中下]旬))? |"
    rf"第?\s*{_NUMERAL}\s*[周週期次回弹篇辑天日号](?:目)? | {any_of('date.period')}\.?\s*[\#]?\d* |"
    rf"(?:(?:de|im|del?|of)\s+)?{_MONTH}\.?(?:\s+(?:de\s+)?\d{{4}})? |"
    r"(?:本|上|这|一)?[周週] | 本?月 | \d{1,4}\s*(?:주차|월|회차) | [ivx]{1,5} | [a-z]?\d{1,4})\W*$"
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
    return is_date(text) or bool(_PERIOD.match(text) or _ISSUE.search(text))


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


def is_date(text: str) -> bool:
    """Whether a heading is only a day, a week, a month."""
    return bool(_DATE.match(text))
