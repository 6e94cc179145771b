"""HTML, whole files or pieces inside Markdown, as lines of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from html.parser import HTMLParser

from triage.notes.words import words

Row = tuple[int, str]
"""A line of Markdown, and the number of the line in the file that it comes from."""

FENCE = re.compile(r"^\s{0,12}(`{3,}|~{3,})")
_ATTRIBUTES = words("href src alt title")
_STARTS = re.compile(r"^\s*<(table|ul|ol|dl|p|div|h[1-6]|center|li|tr)\b", re.I)
_IS_MARKDOWN = re.compile(r"^\s*(?:#{1,6}\s|[-*+]\s|\d+\.\s)|\]\(|^\s*\|", re.M)
_LONGEST = 400
"""Lines within which a piece of HTML must end to be read as one; of a table, fifty times as many."""
_SILENT = words("script style head svg template noscript button select textarea")
_LISTS = words("ul ol dl")
_BLOCKS = _LISTS | words(
    "table tr p div section article main header footer summary details li dt dd figcaption blockquote center body html "
    "nav aside figure caption hr br h1 h2 h3 h4 h5 h6"
)
_KEPT = words("b strong i em a img")
"""Inline tags that mean the same in a line of Markdown."""
# html.parser ends with an AssertionError at a marked section whose keyword it doesn't know.
_UNKNOWN_SECTION = re.compile(
    r"<!\[(?!(?:cdata|else|endif|if|ignore|include|rcdata|temp)(?![-_.a-z0-9]))", re.IGNORECASE
)


def without_html(rows: Sequence[Row]) -> Iterator[Row]:
    """Lines of Markdown, the pieces of HTML in them rewritten; HTML that only wraps Markdown stays."""
    place, fence = 0, ""
    while place < len(rows):
        line, end = rows[place][1], 0
        if fence:
            fence = "" if line.strip().startswith(fence) else fence
        elif opens := FENCE.match(line):
            fence = opens[1][:3]
        elif starts := _STARTS.match(line):
            end = _end_of(rows, place, starts[1].lower())
        if end:
            indent = line[: len(line) - len(line.lstrip())]
            yield from ((number, indent + text) for number, text in rows_of_html(rows[place:end]))
        else:
            yield rows[place]
        place = end or place + 1


def _end_of(rows: Sequence[Row], place: int, tag: str) -> int:
    """Where the HTML that begins here ends, or 0 when it only wraps Markdown."""
    depth = 0
    for end in range(place, min(len(rows), place + _LONGEST * (50 if tag == "table" else 1))):
        lowered = rows[end][1].lower()
        depth += len(re.findall(rf"<{tag}\b", lowered)) - lowered.count(f"</{tag}>")
        if depth <= 0:
            piece = "\n".join(line for _, line in rows[place : end + 1])
            inside = "](" in piece and tag in ("p", "div", "center")
            marked = tag not in ("table", "tr") and _IS_MARKDOWN.search(re.sub(r"^\s*<[^\n]*\n", "", piece))
            return 0 if inside or marked else end + 1
    return 0


def rows_of_html(rows: Iterable[Row]) -> list[Row]:
    """Lines of HTML as lines of Markdown; unclosed and stray tags are forgiven."""
    numbers, lines = zip(*rows, strict=True)
    reader = _Reader(numbers)
    reader.feed(_UNKNOWN_SECTION.sub("&lt;![", "\n".join(lines)))
    reader.close()
    reader.end()
    return [*reader.rows, (numbers[-1], "")]


class _Reader(HTMLParser):
    """Writes lines while the parser walks the tags; a line's inline tags are kept as they are."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(convert_charrefs=True)
        self.numbers, self.line = numbers, numbers[0]
        self.rows: list[Row] = []
        self.run: list[str] = []
        self.words = self.in_row = self.is_header = self.is_first = False
        self.mark = ""
        """What begins the next line: of a heading or an item."""
        self.lists = self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag in _KEPT:
            told = [f'{name}="{escape(value)}"' for name, value in attrs if value and name in _ATTRIBUTES]
            self._say(f"<{' '.join([tag, *told])}>", words=tag == "img")
        elif tag in ("td", "th"):
            self.run.append(" | ")
            self.is_header &= tag == "th"
        elif tag in _BLOCKS and self.in_row and tag not in ("table", "tr"):
            self.run.append("<br>")
        elif tag in _BLOCKS:
            self.end(blank=tag != "br")
            self.lists += tag in _LISTS
            self.is_first |= tag == "table"
            self.in_row = self.is_header = tag == "tr"
            if tag in ("li", "dt"):
                self.mark = "    " * max(0, self.lists - 1) + "- "
            elif tag[0] == "h" and tag[1:].isdigit():
                self.mark, self.lists = "#" * int(tag[1]) + " ", 0

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in _KEPT:
            self.run.append(f"</{tag}>")
        elif tag in _BLOCKS and (not self.in_row or tag in ("table", "tr")):
            self.end()
            self.mark, self.in_row = "", False
            self.lists = max(0, self.lists - (tag in _LISTS))

    def handle_data(self, data: str) -> None:
        if not self.silent:
            # What looks like a tag in the text is no tag of the page, nor is a bar the end of a cell.
            text = escape(data, quote=False)
            self._say(text.replace("|", "\\|") if self.in_row else text, words=bool(data.strip()))

    def _say(self, text: str, *, words: bool) -> None:
        if not self.words:
            blank = text[: len(text) - len(text.lstrip())]
            self.line = self.numbers[self.getpos()[0] - 1 + blank.count("\n")]
        self.words |= words
        self.run.append(text)

    def end(self, *, blank: bool = True) -> None:
        """End the line, heading, item or row that is being read."""
        text = " ".join("".join(self.run).split())
        if not self.words:
            self.run = [piece for piece in self.run if piece.startswith("<a ")]
        elif self.in_row:
            self.rows.append((self.line, f"{text} |"))
            if self.is_header and self.is_first:
                self.rows.append((self.line, "|---" * text.count(" | ") + "|---|"))
            self.is_first = False
        else:
            # What looks like Markdown's mark of a block is none of the page's.
            text = re.sub(r"^(?=[#>|*+-])", r"\\", text)
            self.rows.append((self.line, (self.mark or "    " * self.lists) + text))
        if self.words:
            self.run, self.words, self.mark = [], False, ""
        if blank and not self.in_row and self.rows and self.rows[-1][1]:
            self.rows.append((self.line, ""))
