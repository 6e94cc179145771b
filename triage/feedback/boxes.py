"""Task-list boxes and the words behind them, in every dress an editor puts them in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, StrEnum


class BoxState(Enum):
    """What stands in a box."""

    OPEN = "open"
    TICKED = "ticked"
    STRUCK = "struck"
    """``[-]``, Obsidian's cancelled task, and crosses: a no to what the box asks."""
    ODD = "odd"
    """Something else, such as ``[?]``."""


class MarkWord(StrEnum):
    """What a box of a digest asks."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not relevant"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Box:
    """A box in a line, and the text from it to the next one."""

    state: BoxState
    shown: str
    """As written."""
    start: int
    end: int
    text: str


_TICKS = frozenset("xX✓✔√×☑☒✅*vVyY对是")
_GLYPHS = {
    "☐": BoxState.OPEN,
    "⬜": BoxState.OPEN,
    "□": BoxState.OPEN,
    "◻": BoxState.OPEN,
    "☑": BoxState.TICKED,
    "☒": BoxState.TICKED,
    "✅": BoxState.TICKED,
    "✔": BoxState.TICKED,
    "✓": BoxState.TICKED,
    "🗹": BoxState.TICKED,
    "❌": BoxState.STRUCK,
    "❎": BoxState.STRUCK,
    "✗": BoxState.STRUCK,
    "✘": BoxState.STRUCK,
}
_TICK_GLYPHS = "".join(glyph for glyph, state in _GLYPHS.items() if state is BoxState.TICKED)

_BOX = re.compile(
    # [x] but no link, footnote or note's [text]; backslashes as some formatters add them.
    r"(?<![\[!])\\?[\[［【]\s?(?P<in>[^\[\]\\^]?)\s?\\?[\]］】](?![(\[:\]])"
    r"|(?P<input><input\b[^>]*type=[\"']?checkbox[^>]*>(?:\s*</input>)?)"
    rf"|(?P<glyph>[{''.join(_GLYPHS)}])\N{{VARIATION SELECTOR-16}}?"
)
_ENTITIES = re.compile(
    r"&(?:#(?P<dec>\d{4,6})|#[xX](?P<hex>[0-9a-fA-F]{4,5})|(?P<name>check|checkmark|cross));"
)
_NAMED = {"check": "✓", "checkmark": "✓", "cross": "✗"}

_WORDS = {
    MarkWord.NOT_RELEVANT: (
        "not relevant",
        "not-relevant",
        "irrelevant",
        "non-relevant",
        "not interesting",
        "not interested",
        "uninteresting",
        "no",
        "不相关",
        "不相關",
        "无关",
        "無關",
        "不感兴趣",
        "没兴趣",
        "没意思",
        "没用",
        "否",
    ),
    MarkWord.RELEVANT: (
        "relevant",
        "interesting",
        "interested",
        "yes",
        "相关",
        "相關",
        "有关",
        "感兴趣",
        "有意思",
        "有用",
        "是",
    ),
    MarkWord.READ: (
        "read",
        "already read",
        "have read",
        "已读",
        "已讀",
        "读过",
        "读了",
        "看过",
        "已看",
        "已阅",
    ),
}
# Longest first, so that "not relevant" is not read as "no".
_BY_LENGTH = sorted(
    ((word, mark) for mark, words in _WORDS.items() for word in words), key=lambda pair: -len(pair[0])
)
_MARKUP = " \t\u3000*_~`=:：.。·•|,，;；、"
# What Obsidian's task plugins put behind a ticked task.
_TASK_DATES = re.compile(
    rf"(?:[{_TICK_GLYPHS}❌➕⏳🛫📅]\N{{VARIATION SELECTOR-16}}?\s*\d{{4}}-\d\d-\d\d)|\[(?:completion|created)::[^\]]*\]"
)


def boxes(line: str) -> list[Box]:
    """Find the boxes of a line, in order, each with the text behind it."""
    line = _TASK_DATES.sub(lambda dated: " " * len(dated.group()), decoded(line))
    found = list(_BOX.finditer(line))
    ends = [*(match.start() for match in found[1:]), len(line)][: len(found)]
    return [
        Box(_state(match), match.group(), match.start(), match.end(), line[match.end() : end])
        for match, end in zip(found, ends, strict=True)
    ]


def decoded(line: str) -> str:
    """Return a line with the HTML entities of boxes as characters; other entities stay."""

    def character(entity: re.Match[str]) -> str:
        number = int(entity["dec"] or 0) or int(entity["hex"] or "0", 16)
        glyph = _NAMED.get(entity["name"] or "") or chr(min(number, 0x10FFFF))
        return glyph if glyph in _GLYPHS else entity.group()

    return _ENTITIES.sub(character, line) if "&" in line else line


def mark_word(text: str) -> tuple[MarkWord, str] | None:
    """Read the mark's word at the beginning of a text, in English or Chinese.

    Returns
    -------
    tuple of MarkWord and str, or None
        The mark and what follows it; None if the text begins with anything else.
    """
    stripped = text.strip(_MARKUP)
    folded = stripped.casefold()
    for word, mark in _BY_LENGTH:
        if not folded.startswith(word):
            continue
        rest = stripped[len(word) :]
        # "relevant" but not "relevance", 相关 but not 相关性.
        if rest[:1].isalnum():
            continue
        # "no attention needed", "read the appendix": with words behind it, only after a pause.
        if rest.strip(_MARKUP) and rest.lstrip(" *_~`")[:1].isalnum():
            continue
        return mark, rest.strip(_MARKUP + "-–—()（）")
    return None


def _state(match: re.Match[str]) -> BoxState:
    if tag := match["input"]:
        return BoxState.TICKED if re.search(r"\bchecked\b", tag) else BoxState.OPEN
    if glyph := match["glyph"]:
        return _GLYPHS[glyph]
    inside = match["in"].strip()
    if not inside:
        return BoxState.OPEN
    if inside in _TICKS:
        return BoxState.TICKED
    return BoxState.STRUCK if inside in "-–—~✗✘❌❎" else BoxState.ODD
