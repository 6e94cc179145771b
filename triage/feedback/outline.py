"""A digest's text taken apart: which lines are about which paper, and what they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from triage.digest.language import text_keys
from triage.feedback.anchors import Anchor, Shape, anchor, plain, shape, starts_with_box
from triage.feedback.boxes import Box, BoxState, MarkWord, boxes, mark_word
from triage.feedback.lines import Line, digest_lines
from triage.papers import ArxivId, title_key


@dataclass(frozen=True, slots=True)
class PlacedAnchor:
    """Where a paper is named."""

    anchor: Anchor
    line: int


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box that belongs to a paper."""

    state: BoxState
    mark: MarkWord | None
    """None when its words are not a mark's."""
    shown: str
    line: int
    source: str
    """The whole line."""
    inline: bool
    """Whether it stands on the line that names the paper."""


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A line, or part of one, of prose."""

    text: str
    line: int
    starts: bool
    """Whether it begins a paragraph, item or quotation rather than going on with one."""


@dataclass(frozen=True, slots=True)
class PlacedCategories:
    """A line of categories."""

    names: tuple[str, ...]
    line: int


@dataclass(slots=True)
class Entry:
    """All that stands about one paper."""

    anchors: list[PlacedAnchor] = field(default_factory=list)
    boxes: list[PlacedBox] = field(default_factory=list)
    categories: list[PlacedCategories] = field(default_factory=list)
    texts: list[PlacedText] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    """A digest taken apart."""

    entries: dict[ArxivId, Entry] = field(default_factory=dict)
    """In the order of their first anchors."""
    orphans: list[PlacedBox] = field(default_factory=list)
    """Boxes under no paper."""
    asked_from: int | None = None
    rest_from: int | None = None
    """The lines where these parts begin; None when their signs are gone."""


_RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}$")
_DETAILS = re.compile(r"\s*<(?P<end>/?)details\b", re.IGNORECASE)
_SUMMARY = re.compile(r"\s*<summary\b", re.IGNORECASE)
_CATEGORY_LINE = re.compile(
    r"[\s*_]*(?:categor(?:y|ies)|分类|分類|类别|類別|标签|標籤|tags?)[\s*_]*[:：][\s*_]*(?P<names>.*)$",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"\d+(?:\.\d+)?\s?[%％]")
_QUOTED_NAME = re.compile(r"\"([^\"]+)\"|“([^”]+)”|「([^」]+)」|\[\[(?:[^\]|]*\|)?([^\]]+)\]\]")
_NAME_SEPARATOR = re.compile(r"[,，、;；|·]")
_SEGMENT = re.compile(r"(?:^|\s)[·|](?:\s|$)")
_DASHES = " \t-–—:：,，;；.。·•|()（）"
_NO_CATEGORY = frozenset(
    map(
        title_key,
        ("uncategorised", "uncategorized", "none", "no category", "n/a", "未分类", "未分類", "无", "無"),
    )
)

# A name that long, or one that ends like a sentence, is a note that stands where a category would.
_LONGEST_NAME = 50
# So much of a summary is told from every other line.
_TELLING = 30


def read_outline(text: str, machine: Outline | None = None) -> Outline:
    """Take a digest apart.

    Parameters
    ----------
    text : str
        Its text, as the machine or the reader left it; any line ends.
    machine : Outline, optional
        The same of the machine's text, by which papers are known whose links were lost.
    """
    lines = digest_lines(text)
    anchors = _anchors(lines, machine)
    reader = _Reader(_bodies(machine))
    for at, line in enumerate(lines):
        reader.read(line, anchors.get(at), islice(lines, at + 1, None))
    return reader.outline


def category_names(written: str) -> tuple[str, ...]:
    """Read a list of category names as a person writes it; empty for "uncategorised"."""
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(next(group for group in match.groups() if group))
        return "\x00"

    found: list[str] = []
    for part in _NAME_SEPARATOR.split(_QUOTED_NAME.sub(hold, plain_quotes(written))):
        name = plain(held.pop(0) if "\x00" in part else part).strip(_DASHES + "#\"'")
        if title_key(name) and title_key(name) not in _NO_CATEGORY:
            found.append(name)
    return tuple(dict.fromkeys(found))


def plain_quotes(written: str) -> str:
    """Return text whose quotes are characters, not entities or escapes."""
    return written.replace("&quot;", '"').replace('\\"', '"')


class _Reader:
    """Walks down the lines and keeps in mind which paper they are about."""

    def __init__(self, bodies: Mapping[str, ArxivId]) -> None:
        self.outline = Outline()
        self._bodies = bodies
        # The paper of the heading above with the heading's level, and of the item above with its indent.
        self._section: tuple[Entry, int] | None = None
        self._item: tuple[Entry, int] | None = None
        self._text_goes_on = False
        self._fold_from: int | None = None

    def read(self, line: Line, found: Anchor | None, following: Iterable[Line]) -> None:
        """Take in the next line."""
        if line.blank or line.fence or _RULE.match(line.text) or _SUMMARY.match(line.text):
            self._text_goes_on = False
        elif line.fenced:
            self._add_text(line)
        elif found:
            self._open(found, line)
        elif details := _DETAILS.match(line.text):
            self._read_fold(line, following, ends=bool(details["end"]))
        else:
            self._read_under(line, following)

    def _read_fold(self, line: Line, following: Iterable[Line], *, ends: bool) -> None:
        self._text_goes_on = False
        if ends and self._section is None:
            self._close()
        elif not ends and _holds_papers(following):
            # Without papers in it, the fold is part of a note.
            self._close()
            self._fold_from = self._fold_from or line.number
            self.outline.rest_from = self.outline.rest_from or self._fold_from

    def _read_under(self, line: Line, following: Iterable[Line]) -> None:
        found = shape(line.text)
        if found.heading:
            self._read_heading(line, plain(found.content), found.heading, following)
        elif leading := starts_with_box(found.content):
            self._text_goes_on = False
            entry = self._owner(found.indent, lambda entry: [box.line for box in entry.boxes])
            if entry:
                self._add_boxes(entry, leading, line, inline=False)
            else:
                self.outline.orphans += [_placed(box, line, inline=False) for box in leading]
        elif names := _CATEGORY_LINE.match(found.content):
            self._text_goes_on = False
            entry = self._owner(found.indent, lambda entry: [one.line for one in entry.categories])
            if entry:
                entry.categories.append(PlacedCategories(category_names(names["names"]), line.number))
        else:
            self._add_text(line)

    def _open(self, found: Anchor, line: Line) -> None:
        entry = self.outline.entries.setdefault(found.paper, Entry())
        entry.anchors.append(PlacedAnchor(found, line.number))
        self._text_goes_on = False
        if found.shape.heading:
            self._section, self._item = (entry, found.shape.heading), None
        else:
            self._item = (entry, found.shape.indent)
        # The box before a paper's name asks what the first box of a pick asks.
        entry.boxes += [
            PlacedBox(box.state, MarkWord.RELEVANT, box.shown, line.number, line.text, inline=True)
            for box in boxes(found.before)
        ]
        self._read_tail(entry, found, line)

    def _read_tail(self, entry: Entry, found: Anchor, line: Line) -> None:
        """Read what stands behind a paper's name: category, probability, boxes, the reader's words."""
        behind = boxes(found.after)
        names: list[str] = []
        for part in _SEGMENT.split(found.after[: behind[0].start] if behind else found.after):
            words = part.strip(_DASHES)
            if not words or _PERCENT.fullmatch(words):
                continue
            if found.shape.heading or len(words) > _LONGEST_NAME or part.rstrip()[-1] in ".!?。！？":
                entry.texts.append(PlacedText(words, line.number, starts=True))
            else:
                label = _CATEGORY_LINE.match(words)
                names += category_names(label["names"] if label else words)
        if names:
            entry.categories.append(PlacedCategories(tuple(names), line.number))
        self._add_boxes(entry, behind, line, inline=True)

    def _read_heading(self, line: Line, text: str, level: int, following: Iterable[Line]) -> None:
        key = title_key(text)
        if key in text_keys("rest_heading"):
            self._close()
            # The heading says it, wherever there are folds; of two headings the first.
            if self.outline.rest_from in (None, self._fold_from):
                self.outline.rest_from = line.number
        elif key in text_keys("asked_heading"):
            self._close()
            self.outline.asked_from = min(line.number, self.outline.asked_from or line.number)
        elif paper := self._paper_of_body(following):
            # The heading is in the reader's words, but what follows is what was said of that paper.
            self._open(Anchor(paper, "", shape(line.text), "", "", sure=True), line)
        elif self._section and level > self._section[1]:
            self._add_text(line)
        else:
            self._close()

    def _paper_of_body(self, following: Iterable[Line]) -> ArxivId | None:
        for line in following:
            if not line.fenced and shape(line.text).heading:
                return None
            if paper := self._bodies.get(title_key(plain(line.text))):
                return paper
        return None

    def _close(self) -> None:
        self._section = self._item = None
        self._text_goes_on = False

    def _owner(self, indent: int, places: Callable[[Entry], list[int]]) -> Entry | None:
        """Tell whose a line of boxes or categories is, where an item stands under a paper's heading.

        A line that was moved into the middle of a pick takes the place of nothing: what follows is still
        the pick's, unless the pick had its boxes (its categories) above that line.
        """
        if self._item is None or self._section is None:
            held = self._item or self._section
            return held[0] if held else None
        entry, item_indent = self._item
        above = any(line < entry.anchors[-1].line for line in places(self._section[0]))
        return entry if indent > item_indent or above else self._section[0]

    def _add_boxes(self, entry: Entry, found: Sequence[Box], line: Line, *, inline: bool) -> None:
        for at, box in enumerate(found):
            placed = _placed(box, line, inline=inline)
            words = box.text.strip(_DASHES)
            if said := mark_word(box.text):
                words = said[1]
            elif not words and at and box.state is BoxState.TICKED:
                # "[ ] relevant ✅": the tick stands behind the words.
                asked = entry.boxes.pop()
                placed = PlacedBox(box.state, asked.mark, box.shown, line.number, line.text, inline=inline)
            entry.boxes.append(placed)
            if words and (placed.mark or not inline):
                entry.texts.append(PlacedText(words, line.number, starts=True))

    def _add_text(self, line: Line) -> None:
        held = self._item or self._section
        if held is None:
            return
        found = Shape(line.text) if line.fenced else shape(line.text)
        starts = not self._text_goes_on or found.item or bool(found.heading)
        held[0].texts.append(PlacedText(found.content, line.number, starts=starts))
        self._text_goes_on = True


def _holds_papers(following: Iterable[Line]) -> bool:
    first = next((line for line in following if not line.blank and not _SUMMARY.match(line.text)), None)
    return first is not None and bool(starts_with_box(shape(first.text).content))


def _placed(box: Box, line: Line, *, inline: bool) -> PlacedBox:
    said = mark_word(box.text)
    return PlacedBox(box.state, said[0] if said else None, box.shown, line.number, line.text, inline=inline)


def _anchors(lines: Sequence[Line], machine: Outline | None) -> dict[int, Anchor]:
    """Find the lines that name papers, by their position.

    A line that begins with a link may also be the reader's mention of another paper; it counts only if
    that paper is named nowhere else.
    """
    titles = _titles(machine)
    ids = frozenset(machine.entries) if machine else frozenset()
    found: dict[int, Anchor] = {}
    for at, line in enumerate(lines):
        if line.blank or line.fenced:
            continue
        one = anchor(line.text, titles, ids)
        if one and (
            one.sure or (one.paper in ids and not line.quoted and (one.shape.item or line.after_blank))
        ):
            found[at] = one
    sure = {one.paper for one in found.values() if one.sure}
    return {at: one for at, one in found.items() if one.sure or one.paper not in sure}


def _titles(machine: Outline | None) -> dict[str, ArxivId]:
    entries = list(machine.entries.items()) if machine else []
    keys = [title_key(entry.anchors[0].anchor.title) for _, entry in entries]
    twice = {key for key, count in Counter(keys).items() if count > 1}
    return {key: paper for key, (paper, _) in zip(keys, entries, strict=True) if key and key not in twice}


def _bodies(machine: Outline | None) -> dict[str, ArxivId]:
    """The telling lines of the machine's prose, and the one paper that each is about."""
    said: dict[str, set[ArxivId]] = {}
    for paper, entry in machine.entries.items() if machine else ():
        for text in entry.texts:
            said.setdefault(title_key(plain(text.text)), set()).add(paper)
    return {key: min(papers) for key, papers in said.items() if len(key) >= _TELLING and len(papers) == 1}
