"""A digest's text taken apart: which lines are about which paper, and what they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from triage.digest.language import all_languages, text_keys
from triage.digest.render import CATEGORY_SEPARATORS
from triage.feedback.anchors import Anchor, anchor, leading_boxes, plain
from triage.feedback.boxes import Box, BoxState, MarkWord, boxes, final_mark
from triage.feedback.lines import LONGEST_PARAGRAPH, Line, digest_lines
from triage.papers import ArxivId, title_key


@dataclass(slots=True)
class Paragraph:
    """A paragraph, item or quotation of prose."""

    lines: list[tuple[int, str]]
    """Each of its lines with its number."""

    @property
    def text(self) -> str:
        return " ".join(text for _, text in self.lines)[:LONGEST_PARAGRAPH]


@dataclass(slots=True)
class Entry:
    """Everything about one paper."""

    anchors: list[Anchor] = field(default_factory=list)
    boxes: list[tuple[Line, Box]] = field(default_factory=list)
    categories: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    """The lines of categories, with their numbers."""
    prose: list[Paragraph] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    """A digest taken apart."""

    lines: list[Line]
    entries: dict[ArxivId, Entry] = field(default_factory=dict)
    """In the order of their first anchors."""
    orphans: list[tuple[Line, Box]] = field(default_factory=list)
    """Boxes under no paper."""
    bylines: set[str] = field(default_factory=set)
    """The authors behind the names of papers, folded."""
    questions_from: int | None = None
    rest_from: int | None = None
    """The lines where these parts begin; None when their signs are gone."""

    def titles(self) -> dict[str, ArxivId]:
        """Return the papers by their title keys, but for titles that two papers have."""
        keys = {paper: title_key(entry.anchors[0].title) for paper, entry in self.entries.items()}
        counts = Counter(keys.values())
        return {key: paper for paper, key in keys.items() if key and counts[key] == 1}


_RULE = re.compile(r"(?:=\s*){3,}$")
_FOLD = re.compile(
    r"<(?:(?P<end>/details)|details\b(?P<abstract>[^<]*<summary>[^<]*</summary>.)?|summary\b)", re.IGNORECASE
)
_PERCENT = re.compile(r"\d+(?:\.\d+)?\s?[%％]")
_QUOTED_NAME = re.compile(r"\"([^\"]+)\"|“([^”]+)”|「([^」]+)」|\[\[(?:[^\]|]*\|)?([^\]]+)\]\]")
# An editor that wraps lines may part it from its end.
_BYLINE = re.compile(r"(?<=[·|])\s*([*_])(?!\1)(.+?)(?:(?<!\\)\1(?![\w*_])|$)")
_BOX = re.compile(r"\[.?\]\s+(?=\[)")
_SEGMENT = re.compile(r"(?:^|\s)[·|](?:\s|$)")
_DASHES = " \t-–—:：,，;；.。·•|()（）"

# A name that long, or one that ends like a sentence, is a note in the place of a category.
_LONGEST_NAME = 50


def read_outline(text: str, machine: Outline | None = None) -> Outline:
    """Take a digest apart, as the machine or the reader left it.

    By the outline of the machine's text, papers are recognised whose links were lost.
    """
    return _Reader(digest_lines(text), machine or Outline([])).read()


def category_names(written: str) -> tuple[str, ...]:
    """Read a list of category names as a person writes it; empty for "uncategorised"."""
    quoted: list[str] = []

    def hold(match: re.Match[str]) -> str:
        quoted.append(next(group for group in match.groups() if group))
        return "\x00"

    names: list[str] = []
    written = written.replace("&quot;", '"').replace('\\"', '"')
    for part in CATEGORY_SEPARATORS.split(_QUOTED_NAME.sub(hold, written)):
        # A semicolon separates names, also in quotes.
        names += (quoted.pop(0) if "\x00" in part else part).split(";")
    cleaned = (plain(name).strip(_DASHES + "#\"'") for name in names)
    return tuple(
        dict.fromkeys(name for name in cleaned if title_key(name) and title_key(name) not in _no_category())
    )


class _Reader:
    """Walks down the lines and remembers which paper they are about."""

    def __init__(self, lines: list[Line], machine: Outline) -> None:
        lines = _rejoined(lines, machine)
        self.outline = Outline(lines)
        self._anchors = _anchors(lines, machine)
        self._not_categories = text_keys("withdrawn") | machine.bylines
        # The paper of the heading above with the heading's level, and of the item above with its indent.
        self._section: tuple[Entry, int] | None = None
        self._item: tuple[Entry, int] | None = None
        self._in_prose = False

    def read(self) -> Outline:
        for at, line in enumerate(self.outline.lines):
            in_prose, self._in_prose = self._in_prose, False
            if line.code:
                self._add_prose(line, joins=in_prose)
            elif found := self._anchors.get(at):
                self._open(found)
            elif fold := _FOLD.match(line.text):
                if fold["end"] and self._section is None:
                    self._close()
                elif fold["abstract"]:
                    self._add_prose(line, joins=False)
            elif not _RULE.match(line.text):
                self._read_under(line, joins=in_prose)
        return self.outline

    def _read_under(self, line: Line, *, joins: bool) -> None:
        if line.heading:
            self._read_heading(line)
        elif leading := leading_boxes(line.text):
            if entry := self._owner(line):
                self._add_boxes(entry, line, leading, inline=False)
            else:
                self.outline.orphans += [(line, box) for box in leading]
        elif names := _category_line().match(line.text):
            if entry := self._owner(line):
                entry.categories.append((line.number, category_names(names["names"])))
        else:
            self._add_prose(line, joins=joins)

    def _open(self, found: Anchor) -> None:
        line = found.line
        entry = self.outline.entries.setdefault(found.paper, Entry())
        entry.anchors.append(found)
        if line.heading:
            self._section, self._item = (entry, line.heading), None
        else:
            self._item = (entry, line.indent)
        # The box before a paper's name asks what the first box of a pick asks.
        entry.boxes += [(line, replace(box, mark=MarkWord.RELEVANT)) for box in boxes(found.before)]
        self._read_after_name(entry, found)

    def _read_after_name(self, entry: Entry, found: Anchor) -> None:
        """Read what follows a paper's name: authors, category, probability, marks, the reader's words."""
        line, behind = found.line, boxes(found.after)
        names: list[str] = []
        after = found.after[: behind[0].start] if behind else found.after
        after = _BYLINE.sub(self._add_byline, after, count=1)
        mark, after = (None, after) if line.heading or behind else final_mark(after)
        if mark:
            entry.boxes.append((line, Box(BoxState.TICKED, mark, 0, 0, mark, "")))
        for part in _SEGMENT.split(after):
            words = part.strip(_DASHES)
            if not words or _PERCENT.fullmatch(words) or title_key(words) in self._not_categories:
                continue
            if line.heading or len(words) > _LONGEST_NAME or part.rstrip().endswith(tuple(".!?。！？")):
                entry.prose.append(Paragraph([(line.number, words)]))
            else:
                label = _category_line().match(words)
                names += category_names(label["names"] if label else words)
        if names:
            entry.categories.append((line.number, tuple(names)))
        self._add_boxes(entry, line, behind, inline=True)

    def _add_byline(self, found: re.Match[str]) -> str:
        self.outline.bylines.add(title_key(found[2]))
        return ""

    def _read_heading(self, line: Line) -> None:
        key = title_key(plain(line.text))
        # Of two headings of a part the first counts.
        if key in text_keys("rest_heading") | text_keys("near_heading"):
            self.outline.rest_from = self.outline.rest_from or line.number
        elif key in text_keys("questions_heading"):
            self.outline.questions_from = self.outline.questions_from or line.number
        elif self._section and line.heading > self._section[1]:
            self._add_prose(line, joins=False)
            return
        self._close()

    def _close(self) -> None:
        self._section = self._item = None

    def _owner(self, line: Line) -> Entry | None:
        """Return whose line of boxes or categories this is, where an item is under a paper's heading.

        After a line that was moved into the middle of a pick, what follows is still the pick's, unless
        the pick had its boxes above that line.
        """
        if self._item is None or self._section is None:
            held = self._item or self._section
            return held[0] if held else None
        (entry, item_indent), section = self._item, self._section[0]
        above = any(one.number < entry.anchors[-1].line.number for one, _ in section.boxes)
        return entry if line.indent > item_indent or above else section

    def _add_boxes(self, entry: Entry, line: Line, found: Sequence[Box], *, inline: bool) -> None:
        for at, each in enumerate(found):
            box, words = each, each.words.strip(_DASHES)
            if not box.mark and not words and at and box.state is BoxState.TICKED:
                # "[ ] relevant ✅": the tick is behind the words.
                _, before = entry.boxes.pop()
                box = replace(box, mark=before.mark)
            entry.boxes.append((line, box))
            if words and (box.mark or not inline):
                entry.prose.append(Paragraph([(line.number, words)]))

    def _add_prose(self, line: Line, *, joins: bool) -> None:
        held = self._item or self._section
        if held is None:
            return
        if joins and not line.starts and held[0].prose:
            held[0].prose[-1].lines.append((line.number, line.text))
        else:
            held[0].prose.append(Paragraph([(line.number, line.text)]))
        self._in_prose = True


def _rejoined(lines: Sequence[Line], machine: Outline) -> list[Line]:
    """Join the machine's lines of categories and of lists where a formatter has wrapped them."""
    known = {
        _BOX.sub("", line.text)
        for line in machine.lines
        if _category_line().match(line.text) or (line.item and _BOX.match(line.text))
    }
    joined: list[Line] = []
    for line in lines:
        whole = f"{_BOX.sub('', joined[-1].text)} {line.text}" if joined and not line.starts else "\n"
        if any(text.startswith(whole) for text in known):
            joined[-1] = replace(joined[-1], text=f"{joined[-1].text} {line.text}")
        else:
            joined.append(line)
    return joined


def _anchors(lines: Sequence[Line], machine: Outline) -> dict[int, Anchor]:
    """Find the lines that name papers, by their position.

    A line that begins with a link may also be the reader's mention of another paper; it counts only if
    that paper is named nowhere else.
    """
    titles, ids = machine.titles(), frozenset(machine.entries)
    found = {
        at: one
        for at, line in enumerate(lines)
        if not line.code
        and (one := anchor(line, titles, ids))
        and (one.sure or (one.paper in ids and not line.quoted and line.starts))
    }
    sure = {one.paper for one in found.values() if one.sure}
    return {at: one for at, one in found.items() if one.sure or one.paper not in sure}


@cache
def _category_line() -> re.Pattern[str]:
    labels = "|".join(
        re.escape(word) for language in all_languages() for word in language.understood("categories")
    )
    return re.compile(rf"[\s*_]*(?:{labels})[\s*_]*[:：][\s*_]*(?P<names>.*)$", re.IGNORECASE)


@cache
def _no_category() -> frozenset[str]:
    words = (word for language in all_languages() for word in language.understood("uncategorised"))
    return frozenset(map(title_key, words))
