"""Markdown of every flavour, and plain text, as a tree of blocks.

Read line by line rather than by the book: wrappers (template tags, callouts, admonitions, ``<details>``)
never eat what they wrap, and sloppy lists are read as they are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from triage.notes import frontmatter
from triage.notes.html import FENCE, Row, without_html
from triage.notes.inline import MAX_LINE
from triage.notes.tree import Block, Builder, Kind, Note
from triage.notes.vocabulary import kind_of_label

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
_BLOCK_TAGS = re.compile(
    r"</?(?:details|summary|div|section|center|p|span|font|sub|sup|small|article|blockquote|figure|figcaption|header|footer|main|nav|iframe|video|source|aside|u|kbd|mark|picture)\b[^<>]*>",
    re.I,
)
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_OBSIDIAN_COMMENT = re.compile(r"%%[^%\n]{0,2000}%%")
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
    numbers, lines = zip(
        *without_html(list(zip(numbers, _without_comments("\n".join(lines)).split("\n"), strict=True))),
        strict=True,
    )
    reader = _Reader(list(lines))
    reader.read()
    for block in reader.builder.root.walk():
        block.line = numbers[block.line - 1]
    return Note(reader.builder.root, problems=[(numbers[line - 1], what) for line, what in reader.problems])


def _without_comments(body: str) -> str:
    """Comments hold no notes; their lines are counted."""
    # Of one that is never closed the search would begin again at each that follows.
    end = body.rfind("-->") + len("-->") if "-->" in body else 0
    closed = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), body[:end])
    return _OBSIDIAN_COMMENT.sub("", closed + body[end:])


class _Reader:
    """Goes through the lines and builds the tree."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.builder = Builder()
        self.problems: list[tuple[int, str]] = []
        self.indents: list[tuple[int, int, bool]] = []
        """Of the open items: the indent of the mark, that of the text, and whether it is a number."""
        self.blank = True
        self.last: Block | None = None
        """The block that a wrapped line would continue."""

    def read(self) -> None:
        self._resolve_references()
        place = 0
        while place < len(self.lines):
            place = self._step(place)

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
        if "|" in line and (end := self._table_end(place, line)):
            return self._table(place, end)
        if _FOOTNOTE.match(line):
            self._close()
            self.last = self.builder.code(place + 1, line)
            return place + 1
        following = self.lines[place + 1] if place + 1 < len(self.lines) else ""
        under = _UNDERLINE.match(following) if self.blank and not line[:1].isspace() else None
        if (match := _HEADING.match(line)) and _is_heading(match):
            self.builder.heading(len(match[1]), place + 1, match[3])
        elif under and not _ITEM.match(line) and len(line.strip()) < 200:
            self.builder.heading(1 if under[1][0] == "=" else 2, place + 1, line.strip())
            place += 1
        else:
            return self._line(place, line)
        self._close()
        return place + 1

    def _close(self) -> None:
        """Begin anew behind a heading or a block."""
        self.builder.close_items()
        self.indents, self.blank, self.last = [], True, None

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
            self._item(item, place + 1)
        else:
            self._text(line, place + 1)
        self.blank = False
        return after

    def _item(self, match: re.Match[str], line: int) -> None:
        indent = len(match["indent"].expandtabs(4).replace("\u3000", "  "))
        numbered = match["mark"][-1] not in "-*+•●▪◦·‣■◆○"
        while self.indents:
            mark, text, outer = self.indents[-1]
            # A bullet right under a number of the same indent is meant as its detail.
            detail = indent == mark and outer and not numbered and not self.blank
            sloppy = mark < indent < min(text, mark + 2) and numbered == outer
            if detail or (indent > mark and not sloppy):
                break
            self.indents.pop()
        source = re.sub(r"^#{1,6}\s+", "", _BOX.sub("", match["rest"].strip()))
        depth = len(self.indents)
        self.indents.append((indent, indent + len(match["mark"]) + len(match["gap"]), numbered))
        self.last = self.builder.start_item(depth, line, source)

    def _text(self, line: str, number: int) -> None:
        source = line.strip().rstrip("\\")
        if self.blank:
            expanded = line.expandtabs(4)
            while self.indents and len(expanded) - len(expanded.lstrip()) <= self.indents[-1][0]:
                self.indents.pop()
            self.builder.close_items(len(self.indents))
        elif self.last is not None and _continues(self.last, source):
            self.last.source = f"{self.last.source} {source}"
            return
        self.last = self.builder.text(number, source, starts=self.blank)

    def _code(self, place: int, fence: str) -> int:
        end = place + 1
        while end < len(self.lines) and not self.lines[end].strip().startswith(fence[:3]):
            end += 1
        self.builder.code(place + 1, "\n".join(self.lines[place + 1 : end]))
        self.last = None
        return end + 1

    def _table_end(self, place: int, line: str) -> int:
        """Where the table that begins here ends, or 0 when this is no table."""
        piped = line.lstrip().startswith("|") and line.count("|") >= 2
        following = self.lines[place + 1] if place + 1 < len(self.lines) else ""
        if not piped and not ("|" in following and _SEPARATOR.match(following)):
            return 0
        end = place + 1
        begins = "|" if piped else ""
        while (
            end < len(self.lines) and "|" in self.lines[end] and self.lines[end].lstrip().startswith(begins)
        ):
            end += 1
        return end

    def _table(self, place: int, end: int) -> int:
        ruled = end - place > 1 and _SEPARATOR.match(self.lines[place + 1])
        header = cells_of(self.lines[place]) if ruled else []
        numbers = range(place + 2 if ruled else place, end)
        rows = [(n + 1, cells_of(self.lines[n])) for n in numbers if not _SEPARATOR.match(self.lines[n])]
        fields = sum(kind_of_label(cells[0]) is not None for _, cells in rows)
        if 2 * fields > len(rows) and all(len(cells) == 2 for _, cells in rows):
            # A table of a paper's properties is read as labelled lines.
            for number, (name, value) in rows:
                self.builder.text(number, f"{name}: {value}").is_field(name, value)
        else:
            for number, cells in rows:
                self.builder.row(number, cells, header)
        self.blank, self.last = False, None
        return end


def _unwrapped(line: str) -> str:
    """A line without the marks of quotations, callouts and admonitions."""
    if _QUOTE.match(line):
        line = _CALLOUT.sub("", _QUOTE.sub("", line))
    match = _ADMONITION.match(line) if line.strip()[:1] in (":", "!", "?") else None
    return match["bracketed"] or match["quoted"] or match["bare"] or "" if match else line


def cells_of(line: str) -> list[str]:
    r"""The cells of a table's row; ``\|`` and bars in code, math and links are none."""
    line = _QUOTE.sub("", line).strip()
    line = line.removeprefix("|").removesuffix("|")
    cells, start, depth, coded = [], 0, 0, False
    for place, character in enumerate(line):
        if character == "|":
            if not coded and depth <= 0 and line[place - 1 : place] != "\\":
                cells.append(line[start:place])
                start, depth = place + 1, 0
        elif character == "`":
            coded = not coded and "`" in line[place + 1 :]
        elif character == "[" and line[place : place + 2] == "[[":
            depth += 1
        elif character == "]" and line[place : place + 2] == "]]":
            depth -= 1
    cells.append(line[start:])
    return [cell.replace("\\|", "|").strip() for cell in cells]


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
