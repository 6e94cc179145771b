"""The shape of a note, whatever it was written in: blocks of lines of spans.

Markdown, Org, HTML and plain text are translated to this shape; what the shapes mean is the business
of the readings, which know this module only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one dress."""

    text: str
    url: str = ""
    bold: bool = False
    italic: bool = False
    code: bool = False
    image: bool = False
    """An image: ``text`` is its description, ``url`` its address."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of running text."""

    number: int
    """1-based line in the file."""
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The text without markup and without images."""
        return "".join(span.text for span in self.spans if not span.image)

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of its links, images left out."""
        seen: list[str] = []
        for span in self.spans:
            if span.url and not span.image and (not seen or seen[-1] != span.url):
                seen.append(span.url)
        return tuple(seen)


class Kind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    ITEM = "item"
    TABLE = "table"
    ROW = "row"
    QUOTE = "quote"
    CODE = "code"
    FOOTNOTES = "footnotes"


@dataclass(slots=True)
class Block:
    """A heading, paragraph, list, item, table, row, quote, piece of code."""

    kind: Kind
    line: int
    lines: list[Line] = field(default_factory=list)
    """The text of headings and paragraphs, the first paragraph of items, the cells of rows."""
    children: list[Block] = field(default_factory=list)
    level: int = 0
    """Depth of a heading, 1 the highest."""

    @property
    def text(self) -> str:
        """The block's own text, without that of its children."""
        return "\n".join(line.text for line in self.lines)

    def walk(self) -> Iterator[Block]:
        """The block and everything below it, in order of place."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all_lines(self) -> Iterator[Line]:
        """Every line of the block and of everything below it."""
        for block in self.walk():
            yield from block.lines


@dataclass(slots=True)
class Note:
    """One note file, in shape."""

    blocks: list[Block]
    """In order of place; headings stand flat among the others."""
    meta: dict[str, Any] = field(default_factory=dict)
    """Front matter, file properties, ``#+keywords``: lower-case keys."""
    meta_lines: dict[str, int] = field(default_factory=dict)
    """The line of each key of :attr:`meta`."""
    problems: list[tuple[int, str]] = field(default_factory=list)
    """What could not be read: line and reason."""
