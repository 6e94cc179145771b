"""Task-list boxes and the words behind them, in every form that editors give them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache

from triage.digest.language import all_languages


class BoxState(Enum):
    """What a box holds."""

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

    @property
    def text_name(self) -> str:
        """Its name in the catalogues of the languages."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Box:
    state: BoxState
    shown: str
    """As written."""
    start: int
    end: int
    mark: MarkWord | None
    """What it asks; None when the words behind it are other words."""
    words: str
    """The words from it to the next box, without those of the mark."""


_OPEN = frozenset("☐⬜□◻")
_TICKS = frozenset("xX✓✔√×☑☒✅🗹*vVyY对是")
_STRIKES = frozenset("-–—~✗✘❌❎")
_GLYPHS = "☐⬜□◻☑☒✅✔✓🗹❌❎✗✘"
"""Boxes without brackets."""
_BOX = re.compile(
    # [x] but no link, footnote or note's [text]; backslashes as some formatters add them.
    r"(?<![\[!])\\?[\[［【]\s?(?P<in>[^\[\]\\^]?)\s?\\?[\]］】](?![(\[:\]])"
    r"|(?P<input><input\b[^>]*type=[\"']?checkbox[^>]*>(?:\s*</input>)?)"
    rf"|(?P<glyph>[{_GLYPHS}])\N{{VARIATION SELECTOR-16}}?"
)
_ENTITY = re.compile(r"&#?\w{2,9};")
_MARKUP = " \t\u3000*_~`=:：.。·•|,，;；、"
# What Obsidian's task plugins put behind a ticked task.
_TASK_DATES = re.compile(
    r"(?:[☑☒✅✔✓🗹❌➕⏳🛫📅]\N{VARIATION SELECTOR-16}?\s*\d{4}-\d\d-\d\d)|\[(?:completion|created)::[^\]]*\]"
)


def boxes(text: str) -> list[Box]:
    """Find the boxes of a line, in order."""
    text = _TASK_DATES.sub(lambda dated: " " * len(dated.group()), decoded(text))
    found = list(_BOX.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)][: len(found)]
    return [
        Box(_state(match), match.group(), match.start(), match.end(), *split_mark(text[match.end() : end]))
        for match, end in zip(found, ends, strict=True)
    ]


def decoded(text: str) -> str:
    """Return text with the HTML entities of boxes as characters; other entities stay."""

    def character(entity: re.Match[str]) -> str:
        glyph = html.unescape(entity[0])
        return glyph if glyph in _GLYPHS else entity[0]

    return _ENTITY.sub(character, text)


def split_mark(text: str) -> tuple[MarkWord | None, str]:
    """Split a text into the mark's word at its beginning, in any language, and the words after it."""
    stripped = text.strip(_MARKUP)
    folded = stripped.casefold()
    for word, mark in _words():
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
    return None, text


def final_mark(text: str) -> tuple[MarkWord | None, str]:
    """Split a mark without a box from the end of a text: "read" or "not relevant", as digests ask for."""
    match = _final_marks().search(text)
    if match is None:
        return None, text
    mark = MarkWord.READ if match["read"] else MarkWord.NOT_RELEVANT
    return mark, text[: match.start()]


@cache
def _final_marks() -> re.Pattern[str]:
    read, not_relevant = (
        "|".join(re.escape(language[mark.text_name]) for language in all_languages())
        for mark in (MarkWord.READ, MarkWord.NOT_RELEVANT)
    )
    marks = rf"(?:(?P<read>{read})|(?:{not_relevant}))"
    return re.compile(rf"(?<![A-Za-z0-9-]){marks}[\s*_.!)”\"]*$", re.IGNORECASE)


@cache
def _words() -> list[tuple[str, MarkWord]]:
    words = {
        word.casefold(): mark
        for mark in MarkWord
        for language in all_languages()
        for word in language.understood(mark.text_name)
    }
    # Longest first, so that "not relevant" is not read as "no".
    return sorted(words.items(), key=lambda pair: -len(pair[0]))


def _state(match: re.Match[str]) -> BoxState:
    if tag := match["input"]:
        return BoxState.TICKED if re.search(r"\bchecked\b", tag) else BoxState.OPEN
    mark = match["glyph"] or match["in"].strip()
    if not mark or mark in _OPEN:
        return BoxState.OPEN
    if mark in _TICKS:
        return BoxState.TICKED
    return BoxState.STRUCK if mark in _STRIKES else BoxState.ODD
