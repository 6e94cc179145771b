"""The lines of a digest: one pass over the block tokens of markdown-it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from triage.feedback.boxes import boxes, split_mark

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

LINK_TEXT = r"(?:\\.|[^\[\]\\]|\[(?:\\.|[^\[\]\\])*+\])*+"
LONGEST_LINE, LONGEST_PARAGRAPH = 5_000, 20_000
"""Characters; what is behind them is not read, so that reading takes no longer than the file is large."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_FRONT_MATTER = re.compile(r"---[^\S\n]*\n(?:.*\n)*?(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)")
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->")
_INDENT = re.compile(r"[\s>]*")
# What Markdown doesn't know for a heading or item, but people and programs write.
_HTML_HEADING = re.compile(r"<h(?P<level>[1-6])\b[^>]*>(?P<text>.*?)(?:</h[1-6]>)?$", re.IGNORECASE)
_BULLET = re.compile(r"(?:[-*+•]|\d{1,4}[.)、])(?:\s+|$)(?P<text>.*)$|<li\b[^>]*>(?P<html>.*?)(?:</li>)?$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a digest; one that a formatter wrapped within a paper's name or marks is joined again."""

    number: int
    """1-based, in the file; the first of a wrapped line's."""
    text: str
    """Without the characters that make it a quotation, heading or item, and without comments."""
    starts: bool
    """Whether it begins a paragraph, heading, item or block of code."""
    heading: int = 0
    """Its level; 0 for other lines."""
    item: bool = False
    indent: int = 0
    quoted: bool = False
    code: bool = False


def digest_lines(text: str) -> list[Line]:
    """Split a digest into the lines that say something: no front matter, blank lines or rules."""
    raw = [line[:LONGEST_LINE] for line in _LINE_END.split(text.removeprefix("\ufeff"))]
    body = "\n".join(raw)
    skipped = 0
    if front_matter := _FRONT_MATTER.match(body):
        body = body[front_matter.end() :]
        skipped = front_matter.group().count("\n")
    lines: list[Line] = []
    quotes, heading, item = 0, 0, False
    for token in _parser().parse(body):
        match token.type:
            case "blockquote_open" | "blockquote_close":
                quotes += token.nesting
            case "list_item_open" | "list_item_close":
                item = token.nesting > 0
            case "heading_open":
                heading = int(token.tag[1:])
            case "inline" | "fence":
                code = token.type == "fence"
                number = skipped + (token.map or [0])[0] + (2 if code else 1)
                first = Line(number, "", True, heading, item, quoted=quotes > 0, code=code)
                block = _block(first, token.content, raw)
                while block and lines and _is_rest_of_title(lines[-1], block[0]):
                    lines[-1] = replace(lines[-1], text=f"{lines[-1].text} {block.pop(0).text}")
                lines += block
                heading, item = 0, False
            case _:
                pass
    return lines


def has_open_link(text: str) -> bool:
    """Return whether a link's text begins in a text and does not end in it."""
    return re.search(r"(?<!\\)\[", re.sub(rf"\[{LINK_TEXT}\]", "", text)) is not None


def _has_open_quote(text: str, following: str) -> bool:
    """Return whether a quoted category's name begins behind the title and ends on the next line."""
    return text.rpartition("](")[2].count('"') % 2 == 1 and '"' in following


def _block(first: Line, content: str, raw: list[str]) -> list[Line]:
    """Split a paragraph, heading, item or block of code into lines like its first one."""
    lines: list[Line] = []
    starts = True
    for number, text in enumerate(content.split("\n"), start=first.number):
        line = replace(first, number=number, text=text, starts=starts)
        if not first.code:
            line = replace(line, text=_COMMENT.sub("", text).strip(), indent=_indent(raw[number - 1]))
            if number > first.number:
                line = replace(line, heading=0, item=False)
            line = _dressed(line)
            if lines and _continues(lines[-1], line):
                lines[-1] = replace(lines[-1], text=f"{lines[-1].text} {line.text}")
                continue
        starts = not line.text.strip()
        if not starts:
            lines.append(line)
    return lines


def _dressed(line: Line) -> Line:
    """Recognise headings and items that Markdown does not."""
    if match := _HTML_HEADING.match(line.text):
        return replace(line, text=match["text"], heading=int(match["level"]), starts=True)
    if not line.heading and not line.item and (match := _BULLET.match(line.text)):
        return replace(line, text=match["text"] or match["html"] or "", item=True, starts=True)
    return line


def _is_rest_of_title(heading: Line, line: Line) -> bool:
    """Return whether a formatter has wrapped a heading within the paper's link."""
    return heading.heading > 0 and not (line.heading or line.item) and has_open_link(heading.text)


def _continues(before: Line, line: Line) -> bool:
    """Return whether a formatter has wrapped a line within a paper's name or marks."""
    if line.item or line.heading:
        return False
    if before.text.endswith(" ·") or line.text.startswith("· "):
        return True
    if before.item and (has_open_link(before.text) or _has_open_quote(before.text, line.text)):
        return True
    # "[ ] not" at a line's end, "relevant" on the next.
    return any(not box.mark and split_mark(f"{box.words} {line.text}")[0] for box in boxes(before.text)[-1:])


def _indent(raw: str) -> int:
    space = _INDENT.match(raw)
    return len(space.group().expandtabs(4)) if space else 0


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    rules = ["blockquote", "fence", "heading", "hr", "list"]
    return MarkdownIt("zero").enable(rules).disable("inline")
