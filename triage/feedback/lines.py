"""The lines of a digest, with what editors and formatters do to lines undone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from triage.feedback.anchors import has_open_link, shape
from triage.feedback.boxes import boxes, mark_word

_LINE_END = re.compile(r"\r\n|\n|\r")
_QUOTE = re.compile(r"(?:\s{0,3}>[ \t]?)+")
_FENCE = re.compile(r"\s{0,3}(?P<fence>`{3,}|~{3,})")
_COMMENT = re.compile(r"<!--.*?-->")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a digest."""

    number: int
    """1-based, in the file."""
    text: str
    """Without the marks of a quotation and without comments."""
    quoted: bool = False
    fenced: bool = False
    """Whether it is part of a block of code."""
    fence: bool = False
    """Whether it is such a block's first or last line."""
    after_blank: bool = False

    @property
    def blank(self) -> bool:
        """Whether nothing is on it."""
        return not self.text.strip()


def digest_lines(text: str) -> list[Line]:
    """Split a digest into lines, without its front matter.

    A line that a formatter wrapped in the middle of a paper's name or marks is one line again, with
    the number of its first.
    """
    raw = _LINE_END.split(text.removeprefix("\ufeff"))
    first = _after_front_matter(raw)
    lines: list[Line] = []
    fence = ""
    after_blank = True
    for number, written in enumerate(raw[first:], start=first + 1):
        quote = _QUOTE.match(written)
        content = written[quote.end() :] if quote else written
        opening = _FENCE.match(content)
        fenced = bool(fence or opening)
        limit = bool(opening and opening["fence"].startswith(fence))
        if opening and limit:
            fence = "" if fence else opening["fence"][:3]
        shown = content if fenced else _COMMENT.sub("", content)
        line = Line(number, shown, bool(quote), fenced, limit, after_blank)
        if lines and _goes_on(lines[-1], line):
            lines[-1] = replace(lines[-1], text=f"{lines[-1].text.rstrip()} {line.text.strip()}")
        else:
            lines.append(line)
        after_blank = line.blank
    return lines


def _after_front_matter(raw: list[str]) -> int:
    if raw[0].rstrip() != "---":
        return 0
    for at, line in enumerate(raw[1:], start=1):
        if line.rstrip() in ("---", "..."):
            return at + 1
    return 0


def _goes_on(before: Line, line: Line) -> bool:
    if before.blank or line.blank or before.fenced or line.fenced:
        return False
    found = shape(line.text)
    if found.item or found.heading:
        return False
    text = line.text.strip()
    if before.text.rstrip().endswith(" ·") or text.startswith("· "):
        return True
    if shape(before.text).item and has_open_link(before.text):
        return True
    last = boxes(before.text)[-1:]
    # "[ ] not" at a line's end, "relevant" on the next.
    return any(not mark_word(box.text) and mark_word(f"{box.text} {text}") for box in last)
