"""Markdown of every flavour, and plain text, as a tree of blocks.

Read line by line rather than by the book: wrappers (template tags, callouts, admonitions, ``<details>``)
never eat what they wrap, and sloppy lists are read as they are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from triage.notes import frontmatter
from triage.notes.html import FENCE, Row, without_html
from triage.notes.inline import MAX_LINE, pieces_of
from triage.notes.tree import Block, Kind, Note
from triage.notes.vocabulary import Labelled, Says, kind_of_label

_HEADING = re.compile(r"^\s{0,3}(#{1,6})(?!#)(\s*)(.*?)(?:\s#+)?\s*$")
_ITEM = re.compile(
    r"^(?P<indent>[ \t\u3000]*)(?P<mark>[-*+•●▪◦·‣■◆○]|\(?\d{1,3}[.)、．](?![\d.])|\d{1,3}-\s|\[\d{1,3}\](?![(:\[])|[（(][a-z\d][)）]|[①-⑳])(?P<gap>[ \t\u3000]+|(?<=[、．①-⑳)）•●▪])|(?<=\d\.)(?=[A-Z\[*《]))(?P<rest>\S.*)$"
)
_UNDERLINE = re.compile(r"^(={3,}|-{3,}|~{3,})\s*$")
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$")
_QUOTE = re.compile(r"^\s{0,3}(?:>\s?)+")
_CALLOUT = re.compile(r"^\[!\w+(?:\|[^\]]*)?\][-+]?\s*")
_ADMONITION = re.compile(
    r"^\s*(?::{3,}|!!!|\?\?\?\+?)\s*(?:\{?[\w.-]+\}?)?\s*(?:\[(?P<bracketed>[^\]]*)\]|\"(?P<quoted>[^\"]*)\"|(?P<bare>.*))$"
)
_BOX = re.compile(r"^\[[ xX\-/>~!?*]\]\s+")
_SEPARATOR = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_DEFINITION = re.compile(r"^\s{0,3}\[([^\]^]+)\]:\s*<?(\S+?)>?(?:\s+[\"'(].*)?\s*$")
_REFERENCE = re.compile(r"\[([^\[\]]+)\]\[([^\[\]]*)\]")
_FOOTNOTE = re.compile(r"^\s{0,3}\[\^[^\]]+\]:")
_BLOCK_TAGS = re.compile(r"</?(?!(?:a|b|strong|i|em|img|br)\b)[a-z][\w-]*(?:\s[^<>]*)?/?>", re.I)
_BAR = re.compile(r"`[^`]+`|\[\[[^\[\]]*\]\]|\\\||(\|)")
_BREAK = re.compile(r"<br[ /]*>", re.I)
_MOST_BREAKS = 200
MAX_DEPTH = 40
"""Deeper nesting is read as this depth: nobody writes it, and recursion stays bounded."""
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_WRAPPED = 60
"""Characters from which a line may have been wrapped by an editor."""
_UNFINISHED = re.compile(
    r"\b(?:the|an?|of|in|and|or|to|for|with|by|on|from|as|is|are|that|papers?|such as|see|der|die|das|und|von|de|del|la|el|y|en|le|les|du|des|et)$"
)
_NEW_LINE = re.compile(
    r"^\s*(?:[-*+>#|<\[!`]|\*\*|\d+[.)]|https?:|[^\s:：]{1,24}[:：](?!//)|[^\s]{1,24}\s?[:：]\s)"
)


def parse_markdown(text: str) -> Note:
    """Translate Markdown or plain text to a tree."""
    meta, meta_lines, body = frontmatter.split(text)
    note = note_of(enumerate(body.split("\n"), start=1))
    return Note(note.root, meta, meta_lines, note.problems)


def note_of(rows: Iterable[Row]) -> Note:
    """Translate lines of Markdown, of whatever making, to a tree with the lines of the file that they come from."""
    numbers, lines = zip(*rows, strict=True)
    shown = _without_comments("\n".join(lines)).split("\n")
    numbers, lines = zip(*without_html(list(zip(numbers, shown, strict=True))), strict=True)
    reader = _Reader(list(lines))
    reader.read()
    for block in reader.root.walk():
        block.line = numbers[block.line - 1]
    return Note(reader.root, problems=[(numbers[line - 1], what) for line, what in reader.problems])


def _without_comments(body: str) -> str:
    """Comments hold no notes; their lines are counted."""
    # Of one that is never closed the search would begin again at each that follows.
    end = body.rfind("-->") + len("-->") if "-->" in body else 0
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), body[:end]) + body[end:]


class _Reader:
    """Goes through the lines and puts blocks where they belong."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.root = Block(Kind.ROOT, 1)
        self.headings = [self.root]
        self.items: list[tuple[Block, int, int, bool]] = []
        """The open items, each with the indent of its mark, that of its text, and whether it is a number."""
        self.problems: list[tuple[int, str]] = []
        self.blank = True
        self.last: Block | None = None
        """The block that a wrapped line would continue."""

    def read(self) -> None:
        self._resolve_references()
        place = 0
        while place < len(self.lines):
            place = self._step(place)

    def _add(self, kind: Kind, place: int, source: str = "", *, starts: bool = True) -> Block:
        parent = self.items[-1][0] if self.items else self.headings[-1]
        return parent.add(Block(kind, place + 1, source, len(self.items), starts=starts))

    def _resolve_references(self) -> None:
        targets: dict[str, str] = {}
        for place, line in enumerate(self.lines):
            if "]:" in line and (match := _DEFINITION.match(line)):
                targets[match[1].casefold()] = match[2]
                self.lines[place] = ""

        def link(match: re.Match[str]) -> str:
            url = targets.get((match[2] or match[1]).casefold())
            return f"[{match[1]}]({url})" if url else match[0]

        if targets:
            self.lines = [_REFERENCE.sub(link, line) if "][" in line else line for line in self.lines]

    def _step(self, place: int) -> int:  # noqa: PLR0911 - a list of kinds of lines
        """Read the line at a place, and what belongs to it; return the next place."""
        line = self.lines[place]
        if len(line) > MAX_LINE and "data:" not in line:
            what = f"a line of {len(line):,} characters is read up to {MAX_LINE:,}"
            self.problems.append((place + 1, what))
        if fence := FENCE.match(line):
            return self._code(place, fence[1])
        line = _unwrapped(line)
        if not line.strip() or _RULE.match(line):
            self.blank, self.last = True, None
            return place + 1
        line = _BLOCK_TAGS.sub(" ", line) if "<" in line else line
        if not line.strip():
            return place + 1
        if "|" in line and (end := self._table(place, line)):
            return end
        following = self.lines[place + 1] if place + 1 < len(self.lines) else ""
        under = _UNDERLINE.match(following) if self.blank and not line[:1].isspace() else None
        if _FOOTNOTE.match(line):
            self._close(None)
            self._add(Kind.CODE, place, line)
        elif (match := _HEADING.match(line)) and _is_heading(match):
            self._close(Block(Kind.HEADING, place + 1, match[3], len(match[1])))
        elif under and not _ITEM.match(line) and len(line.strip()) < 200:
            self._close(Block(Kind.HEADING, place + 1, line.strip(), 1 if under[1][0] == "=" else 2))
            return place + 2
        else:
            return self._line(place, line)
        return place + 1

    def _close(self, heading: Block | None) -> None:
        """Begin anew behind a block, or with a heading."""
        self.items, self.blank, self.last = [], True, None
        if heading is not None:
            while len(self.headings) > 1 and self.headings[-1].level >= heading.level:
                self.headings.pop()
            self.headings[-1].add(heading)
            self.headings.append(heading)

    def _line(self, place: int, line: str) -> int:
        """Read an item or a line of text, with the lines below that end a link or a bold run begun in it."""
        after = place + 1
        while after < min(len(self.lines), place + 4) and len(line) < 1000:
            more = self.lines[after]
            link = line.rfind("[") > line.rfind("]") and "](" in more
            bold = line.count("**") % 2 == 1 and more.count("**") % 2 == 1
            if not (more.strip() and (link or bold)) or _ITEM.match(more):
                break
            line = f"{line.rstrip()} {_QUOTE.sub('', more).strip()}"
            after += 1
        if item := _ITEM.match(line):
            self._item(item, place)
        else:
            self._text(line, place)
        self.blank = False
        return after

    def _item(self, match: re.Match[str], place: int) -> None:
        indent = len(match["indent"].expandtabs(4).replace("\u3000", "  "))
        numbered = match["mark"][-1] not in "-*+•●▪◦·‣■◆○"
        while self.items:
            _, mark, text, outer = self.items[-1]
            # A bullet right under a number of the same indent is meant as its detail.
            detail = indent == mark and outer and not numbered and not self.blank
            sloppy = mark < indent < min(text, mark + 2) and numbered == outer
            if detail or (indent > mark and not sloppy):
                break
            self.items.pop()
        del self.items[MAX_DEPTH:]
        source = re.sub(r"^#{1,6}\s+", "", _BOX.sub("", match["rest"].strip()))
        first, *others = split_breaks(source)
        self.last = self._add(Kind.ITEM, place, first)
        self.items.append((self.last, indent, indent + len(match["mark"]) + len(match["gap"]), numbered))
        for other in others:
            self._add(Kind.TEXT, place, other, starts=False)

    def _text(self, line: str, place: int) -> None:
        source = line.strip().rstrip("\\")
        if self.blank:
            expanded = line.expandtabs(4)
            while self.items and len(expanded) - len(expanded.lstrip()) <= self.items[-1][1]:
                self.items.pop()
        elif self.last is not None and _continues(self.last, source):
            self.last.source = f"{self.last.source} {source}"
            return
        for number, part in enumerate(split_breaks(source)):
            self.last = self._add(Kind.TEXT, place, part, starts=self.blank and not number)

    def _code(self, place: int, fence: str) -> int:
        end = place + 1
        while end < len(self.lines) and not self.lines[end].strip().startswith(fence[:3]):
            end += 1
        self._add(Kind.CODE, place, "\n".join(self.lines[place + 1 : end]))
        self.last = None
        return end + 1

    def _table(self, place: int, line: str) -> int:
        """Read the table that begins here; return where it ends, or 0 when this is none."""
        piped = "|" if line.lstrip().startswith("|") and line.count("|") >= 2 else ""
        following = self.lines[place + 1] if place + 1 < len(self.lines) else ""
        ruled = "|" in following and _SEPARATOR.match(following)
        if not (piped or ruled):
            return 0
        rows: list[tuple[int, list[str]]] = []
        while place < len(self.lines) and "|" in line and line.lstrip().startswith(piped):
            rows += [] if _SEPARATOR.match(line) else [(place, cells_of(line))]
            place += 1
            line = self.lines[place] if place < len(self.lines) else ""
        header = rows.pop(0)[1] if ruled and rows else []
        fields = sum(kind_of_label(cells[0]) is not None for _, cells in rows)
        properties = 2 * fields > len(rows) and all(len(cells) == 2 for _, cells in rows)
        for number, cells in rows:
            if properties:
                # A table of a paper's properties is read as labelled lines, whatever their labels are.
                block = self._add(Kind.TEXT, number, f"{cells[0]}: {cells[1]}")
                block.label = block.label or Labelled(Says.DETAIL, cells[0], pieces_of(cells[1]))
                continue
            row = self._add(Kind.ROW, number)
            for column, source in enumerate(cells):
                head = header[column] if column < len(header) else ""
                cell = row.add(Block(Kind.CELL, number + 1, "", column, header=head))
                for part in split_breaks(source):
                    cell.add(Block(Kind.TEXT, number + 1, part.strip()))
        self.blank, self.last = False, None
        return place


def _unwrapped(line: str) -> str:
    """A line without the marks of quotations, callouts and admonitions."""
    if _QUOTE.match(line):
        line = _CALLOUT.sub("", _QUOTE.sub("", line))
    match = _ADMONITION.match(line) if line.strip()[:1] in (":", "!", "?") else None
    return match["bracketed"] or match["quoted"] or match["bare"] or "" if match else line


def cells_of(line: str) -> list[str]:
    r"""The cells of a table's row; ``\|`` and bars in code, math and links are none."""
    line = _QUOTE.sub("", line).strip().removeprefix("|").removesuffix("|")
    ends = (match.start() for match in _BAR.finditer(line) if match[1])
    cells = (line[start + 1 : end] for start, end in pairwise((-1, *ends, len(line))))
    return [cell.replace("\\|", "|").strip() for cell in cells]


def split_breaks(source: str) -> list[str]:
    """The lines that HTML's ``<br>`` makes of one; at least one."""
    parts = _BREAK.split(source, maxsplit=_MOST_BREAKS) if "<" in source else [source]
    return [part for part in parts if part.strip()] or [""]


def _is_heading(match: re.Match[str]) -> bool:
    """``# Heading``, ``##Heading``; not ``#tag`` and ``#tag1 #tag2``."""
    if match[2] or len(match[1]) > 1:
        return bool(match[3])
    return " " in match[3].strip() and "#" not in match[3] and not match[3][0].isdigit()


def _continues(last: Block, source: str) -> bool:
    """Whether a line only goes on with the one above, which an editor wrapped."""
    shortest = 30 if source[:1].islower() and last.source[-1:].isalnum() else _WRAPPED
    if last.kind not in (Kind.ITEM, Kind.TEXT) or not shortest <= len(last.source) <= 4000:
        return False
    unfinished = bool(_UNFINISHED.search(last.source))
    if unfinished and source.startswith("[") and "](" in source and last.kind is Kind.TEXT:
        return True
    if last.children or _NEW_LINE.match(source) or last.source.endswith(("  ", "\\", "。", "</br>")):
        return False
    return unfinished or source[:1].islower() or last.source[-1] in ",;&–"
