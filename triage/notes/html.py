"""HTML, whole files or pieces inside Markdown, to blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

from triage.notes.blocks import Block, Kind, Line, Note, Span
from triage.notes.words import words

_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:\s[^<>]*)?)/?>", re.S)
_ATTRIBUTE = re.compile(r"""\b(href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.I)
_BOLD = frozenset({"b", "strong", "th"})
_ITALIC = frozenset({"i", "em", "cite"})
_SILENT = frozenset({"script", "style", "head", "svg", "template", "noscript"})
_BLOCKS = words(
    "p div section article main header footer summary details dt dd figcaption blockquote center td th body html "
    "nav aside figure caption"
)


def inline_html(content: str) -> Iterator[tuple[str, str]]:
    """What a piece of inline HTML does: ``(bold|italic|link|unlink|image|break, value)``."""
    match = _TAG.match(content)
    if not match:
        return
    closing, name = bool(match[1]), match[2].lower()
    if name in _BOLD:
        yield "bold", "close" if closing else "open"
    elif name in _ITALIC:
        yield "italic", "close" if closing else "open"
    elif name == "a":
        yield ("unlink", "") if closing else ("link", _attribute(match[3], "href"))
    elif name == "img":
        yield "image", _attribute(match[3], "src")
    elif name == "br":
        yield "break", ""


def _attribute(text: str, name: str) -> str:
    for match in _ATTRIBUTE.finditer(text):
        if match[1].lower() == name:
            return unescape(match[2] or match[3] or match[4] or "").strip()
    return ""


# html.parser ends with an AssertionError at a marked section whose keyword it doesn't know.
_UNKNOWN_SECTION = re.compile(
    r"<!\[(?!(?:cdata|else|endif|if|ignore|include|rcdata|temp)(?![-_.a-z0-9]))", re.IGNORECASE
)


def html_blocks(html: str, first_line: int = 1) -> list[Block]:
    """Translate a piece of HTML to blocks.

    Parameters
    ----------
    html : str
        The piece; unclosed and stray tags are forgiven.
    first_line : int
        The line of the file in which the piece begins.
    """
    reader = _Reader(first_line)
    reader.feed(_UNKNOWN_SECTION.sub("&lt;![", html))
    reader.close()
    return reader.finish()


def parse_html(text: str) -> Note:
    """Translate an HTML file (a Notion or browser export) to blocks; ``<title>`` becomes ``meta``."""
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.S | re.I)
    meta = {"title": " ".join(unescape(title[1]).split())} if title else {}
    return Note(html_blocks(text), meta, {"title": text.count("\n", 0, title.start()) + 1} if title else {})


class _Reader(HTMLParser):
    """Builds nested blocks while the parser walks the tags."""

    def __init__(self, first_line: int) -> None:
        super().__init__(convert_charrefs=True)
        self.first_line = first_line
        self.root = Block(Kind.QUOTE, first_line)
        self.stack = [self.root]
        self.spans: list[Span] = []
        self.lines: list[Line] = []
        self.start = first_line
        self.heading = 0
        self.silent = self.bold = self.italic = 0
        self.urls: list[str] = []

    @property
    def _here(self) -> int:
        return self.getpos()[0] + self.first_line - 1

    def handle_starttag(  # noqa: PLR0912 - one case a tag
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self.silent += 1
        elif tag == "br":
            self._end_line()
        elif tag == "img":
            self.spans.append(Span(given.get("alt", ""), given.get("src", ""), image=True))
        elif tag == "a":
            self.urls.append(given.get("href", "").strip())
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._flush()
            self.heading = int(tag[1])
        elif tag in ("ul", "ol", "dl"):
            self._open(Kind.LIST)
        elif tag == "li":
            self._close_to(Kind.ITEM, within=Kind.LIST)
            if self.stack[-1].kind is not Kind.LIST:
                self._open(Kind.LIST)
            self._open(Kind.ITEM)
        elif tag == "table":
            self._open(Kind.TABLE)
        elif tag == "tr":
            self._close_to(Kind.ROW, within=Kind.TABLE)
            self._open(Kind.ROW)
        elif tag in _BLOCKS:
            self._flush()
        if tag in _BOLD and tag != "th":
            self.bold += 1
        elif tag in _ITALIC:
            self.italic += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag == "a":
            if self.urls:
                self.urls.pop()
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._flush()
            self.heading = 0
        elif tag in ("ul", "ol", "dl"):
            self._close_to(Kind.LIST)
        elif tag == "li":
            self._close_to(Kind.ITEM, within=Kind.LIST)
        elif tag == "table":
            self._close_to(Kind.TABLE)
        elif tag == "tr":
            self._close_to(Kind.ROW, within=Kind.TABLE)
        elif tag in _BLOCKS:
            self._flush()
        if tag in _BOLD and tag != "th":
            self.bold = max(0, self.bold - 1)
        elif tag in _ITALIC:
            self.italic = max(0, self.italic - 1)

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if not self.spans and not self.lines:
            skipped = len(data) - len(data.lstrip())
            self.start = self._here + data[:skipped].count("\n")
            data = data[skipped:]
        if data:
            text = re.sub(r"\s+", " ", data)
            self.spans.append(Span(text, self.urls[-1] if self.urls else "", self.bold > 0, self.italic > 0))

    def _end_line(self) -> None:
        if any(span.text.strip() or span.image for span in self.spans):
            self.lines.append(Line(self.start, tuple(self.spans)))
        self.spans = []
        self.start = self._here

    def _flush(self) -> None:
        """End the paragraph, heading or cell that is being read."""
        self._end_line()
        lines, self.lines = self.lines, []
        parent = self.stack[-1]
        if not lines:
            if (
                parent.kind is Kind.ROW
                and self.getpos()
                and self.rawdata[self.offset : self.offset + 3] in ("</t",)
            ):
                parent.lines.append(Line(self._here, ()))
            return
        if parent.kind is Kind.ROW:
            spans = [
                span
                for place, line in enumerate(lines)
                for span in ((Span(" "),) if place else ()) + line.spans
            ]
            parent.lines.append(Line(lines[0].number, tuple(spans)))
        elif self.heading:
            parent.children.append(Block(Kind.HEADING, lines[0].number, lines, level=self.heading))
        elif parent.kind is Kind.ITEM and not parent.lines and not parent.children:
            parent.lines = lines
        else:
            parent.children.append(Block(Kind.PARAGRAPH, lines[0].number, lines))

    def _open(self, kind: Kind) -> None:
        self._flush()
        block = Block(kind, self._here)
        self.stack[-1].children.append(block)
        # A page nested a thousand deep is hostile; its depths are read as one level.
        if len(self.stack) < 60:
            self.stack.append(block)

    def _close_to(self, kind: Kind, within: Kind | None = None) -> None:
        """Close the innermost open block of a kind, if it is open inside the innermost ``within``."""
        self._flush()
        for place in range(len(self.stack) - 1, 0, -1):
            if self.stack[place].kind is kind:
                del self.stack[place:]
                return
            if self.stack[place].kind is within:
                return

    def finish(self) -> list[Block]:
        self._flush()
        return self.root.children
