"""HTML, whole files or pieces inside Markdown, as blocks."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from triage.notes.tree import Builder, Note
from triage.notes.words import words

_SILENT = words("script style head svg template noscript button select textarea")
_HEADINGS = words("h1 h2 h3 h4 h5 h6")
_LISTS = words("ul ol dl")
_OF_TABLES = words("table tr td th")
_ENDS = (
    _HEADINGS
    | _LISTS
    | _OF_TABLES
    | words(
        "p div section article main header footer summary details dt dd figcaption blockquote center body html nav aside "
        "figure caption hr li"
    )
)
_ATTRIBUTES = words("href src alt title")
_KEPT = words("b strong i em a img")
"""Inline tags that mean the same in a line of Markdown."""
# html.parser ends with an AssertionError at a marked section whose keyword it doesn't know.
_UNKNOWN_SECTION = re.compile(
    r"<!\[(?!(?:cdata|else|endif|if|ignore|include|rcdata|temp)(?![-_.a-z0-9]))", re.IGNORECASE
)
_SPACES = re.compile(r"\s+")


def parse_html(text: str) -> Note:
    """Translate an HTML file (a saved page, a Notion or bookmark export) to a tree."""
    builder = Builder()
    title = re.search(r"<title[^>]*>(.{0,500}?)</title>", text[:20_000], re.S | re.I)
    add_html(builder, text, 1)
    note = Note(builder.root)
    if title and "netscape-bookmark" not in text[:500].lower():
        note.meta["title"] = _SPACES.sub(" ", re.sub(r"<[^>]*>", "", title[1])).strip()
        note.meta_lines["title"] = text.count("\n", 0, title.start()) + 1
    return note


def add_html(builder: Builder, html: str, first_line: int) -> None:
    """Add the blocks of a piece of HTML; unclosed and stray tags are forgiven."""
    reader = _Reader(builder, first_line)
    reader.feed(_UNKNOWN_SECTION.sub("&lt;![", html))
    reader.close()
    reader.flush()
    builder.close_items()


class _Reader(HTMLParser):
    """Builds blocks while the parser walks the tags; a line's inline tags are kept as they are."""

    def __init__(self, builder: Builder, first_line: int) -> None:
        super().__init__(convert_charrefs=True)
        self.builder, self.first_line = builder, first_line
        self.run: list[str] = []
        self.words = self.item = self.starts = self.heads = False
        self.line = self.row = first_line
        self.level = self.silent = self.lists = 0
        self.cells: list[str] | None = None
        self.header: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag in _KEPT:
            if not self.run:
                self.line = self._number()
            told = [f'{name}="{escape(value)}"' for name, value in attrs if value and name in _ATTRIBUTES]
            self.run.append(f"<{' '.join([tag, *told])}>")
            self.words |= tag == "img"
        elif tag == "br":
            self.run.append("<br>") if self.cells is not None else self.flush()
        elif self.cells is not None and tag not in _OF_TABLES:
            self.run.append("<br>" if tag in ("li", "p", "div") and self.words else " ")
        elif tag in _ENDS:
            self._start_block(tag)

    def _start_block(self, tag: str) -> None:
        self.flush()
        self.starts = True
        if tag in _LISTS:
            self.lists += 1
        elif tag in ("li", "dt"):
            self.item = True
            self.builder.close_items(max(0, self.lists - 1))
        elif tag == "table":
            self.header = []
        elif tag == "tr":
            self._end_row()
            self.cells, self.heads, self.row = [], False, self._number()
        elif tag == "th":
            self.heads = True
        elif tag in _HEADINGS:
            self.level, self.lists = int(tag[1]), 0

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in _KEPT:
            self.run.append(f"</{tag}>")
        elif tag in ("td", "th") and self.cells is not None:
            self.cells.append("".join(self.run))
            self.run, self.words = [], False
        elif tag in ("tr", "table"):
            self._end_row()
        elif tag in _ENDS and self.cells is None:
            self.flush()
            self.level = 0
            if tag in _LISTS:
                self.lists = max(0, self.lists - 1)
                self.builder.close_items(self.lists)

    def _end_row(self) -> None:
        if self.cells is None:
            return
        cells = [*self.cells, *(["".join(self.run)] if self.words else [])]
        self.cells, self.run, self.words = None, [], False
        if self.heads and not self.header:
            self.header = [re.sub(r"<[^<>]*>", "", cell).strip() for cell in cells]
        elif any(cell.strip() for cell in cells):
            self.builder.row(self.row, [_SPACES.sub(" ", cell).strip() for cell in cells], self.header)

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if not self.words and data.strip():
            self.line = self._number() + data[: len(data) - len(data.lstrip())].count("\n")
            self.words = True
        # What looks like a tag in the text is no tag of the page.
        self.run.append(escape(_SPACES.sub(" ", data), quote=False))

    def _number(self) -> int:
        return self.getpos()[0] + self.first_line - 1

    def flush(self) -> None:
        """End the line, heading or item that is being read."""
        if not self.words:
            self.run = [piece for piece in self.run if piece.startswith("<a ")]
            return
        source = _SPACES.sub(" ", "".join(self.run)).strip()
        self.run, self.words = [], False
        if self.level:
            self.builder.heading(self.level, self.line, source)
        elif self.item:
            self.builder.start_item(max(0, self.lists - 1), self.line, source)
        else:
            self.builder.text(self.line, source, starts=self.starts)
        self.item = self.starts = False
