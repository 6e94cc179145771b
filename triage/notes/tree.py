"""One tree of blocks for every format: headings over items over lines, tables as rows of cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from triage.notes.inline import Piece, pieces_of
from triage.notes.labels import Labelled, labelled

_LONGEST_LABELLED = 4000
"""Characters of a line that may begin with a label."""
_BREAK = re.compile(r"<br[ /]*>", re.I)
_MOST_BREAKS = 200
MAX_DEPTH = 40
"""Deeper nesting is read as this depth: nobody writes it, and recursion stays bounded."""


class Kind(StrEnum):
    """What a block is."""

    ROOT = "note"
    HEADING = "heading"
    ITEM = "item"
    TEXT = "line"
    ROW = "row"
    CELL = "cell"
    CODE = "code"


@dataclass(slots=True, eq=False)
class Block:
    """A heading with its section, an item with what is nested in it, a table row, one line of text."""

    kind: Kind
    line: int
    source: str = ""
    """Its own line in Markdown's inline markup, whatever the format of the file."""
    level: int = 0
    """Of a heading or of nesting; the column of a cell."""
    parent: Block | None = None
    children: list[Block] = field(default_factory=list)
    starts: bool = True
    """Whether a line begins a paragraph."""
    header: str = ""
    """Of a cell: the head of its column."""
    _pieces: tuple[Piece, ...] | None = None
    _text: str | None = None
    _label: Labelled | None = None
    _labelled: bool = False

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Its line as runs of text, links and pictures."""
        if self._pieces is None:
            self._pieces = pieces_of(self.source)
        return self._pieces

    @property
    def text(self) -> str:
        """Its line as plain text; pictures left out."""
        if self._text is None:
            self._text = "".join(one.text for one in self.pieces if not one.image)
        return self._text

    @property
    def label(self) -> Labelled | None:
        """Its line as a label with its value, when it begins with a label that is known."""
        if not self._labelled:
            self._labelled = True
            if self.kind is not Kind.CODE and len(self.source) < _LONGEST_LABELLED:
                self._label = labelled(self.pieces)
        return self._label

    def walk(self) -> Iterator[Block]:
        """Itself and everything below, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def ancestors(self) -> Iterator[Block]:
        """The blocks that hold it, the nearest first, without the root."""
        block = self.parent
        while block is not None and block.kind is not Kind.ROOT:
            yield block
            block = block.parent

    def headings(self) -> tuple[str, ...]:
        """The texts of the headings above it, outermost first."""
        above = (one.text.strip() for one in self.ancestors() if one.kind is Kind.HEADING)
        return tuple(reversed([" ".join(text.split()) for text in above if text]))


@dataclass(slots=True)
class Note:
    """A file as a tree, with its front matter."""

    root: Block
    meta: dict[str, Any] = field(default_factory=dict)
    """Lower-case keys."""
    meta_lines: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)


class Builder:
    """Puts blocks where they belong while a format's reader goes through its file."""

    def __init__(self) -> None:
        self.root = Block(Kind.ROOT, 1)
        self._headings: list[Block] = [self.root]
        self._items: list[Block] = []

    @property
    def item(self) -> Block | None:
        """The item that is open."""
        return self._items[-1] if self._items else None

    def heading(self, level: int, line: int, source: str) -> Block:
        """Begin a section."""
        self.close_items()
        while len(self._headings) > 1 and self._headings[-1].level >= level:
            self._headings.pop()
        block = self._add(self._headings[-1], Block(Kind.HEADING, line, source, level))
        if len(self._headings) < MAX_DEPTH:
            self._headings.append(block)
        return block

    def start_item(self, depth: int, line: int, source: str) -> Block:
        """Begin an item, nested ``depth`` deep in the items that are open."""
        del self._items[min(depth, MAX_DEPTH) :]
        parent = self._items[-1] if self._items else self._headings[-1]
        first, *others = split_breaks(source)
        block = self._add(parent, Block(Kind.ITEM, line, first, len(self._items)))
        self._items.append(block)
        for other in others:
            self._add(block, Block(Kind.TEXT, line, other, starts=False))
        return block

    def close_items(self, depth: int = 0) -> None:
        """End the items nested ``depth`` deep or deeper."""
        del self._items[depth:]

    def text(self, line: int, source: str, *, starts: bool = True) -> Block:
        """Add a line of text to what is open."""
        parent = self._items[-1] if self._items else self._headings[-1]
        block = None
        for part in split_breaks(source):
            block = self._add(parent, Block(Kind.TEXT, line, part, len(self._items), starts=starts))
            starts = False
        assert block is not None
        return block

    def row(self, line: int, cells: Sequence[str], header: Sequence[str] = ()) -> Block:
        """Add a table row; the lines of a cell are its children."""
        parent = self._items[-1] if self._items else self._headings[-1]
        row = self._add(parent, Block(Kind.ROW, line))
        for column, source in enumerate(cells):
            head = header[column] if column < len(header) else ""
            cell = self._add(row, Block(Kind.CELL, line, "", column, header=head))
            for part in split_breaks(source):
                self._add(cell, Block(Kind.TEXT, line, part.strip()))
        return row

    def code(self, line: int, source: str) -> Block:
        """Add a block of code as one."""
        parent = self._items[-1] if self._items else self._headings[-1]
        return self._add(parent, Block(Kind.CODE, line, source))

    @staticmethod
    def _add(parent: Block, block: Block) -> Block:
        block.parent = parent
        parent.children.append(block)
        return block


def split_breaks(source: str) -> list[str]:
    """The lines that HTML's ``<br>`` makes of one; at least one."""
    parts = _BREAK.split(source, maxsplit=_MOST_BREAKS) if "<" in source else [source]
    return [part for part in parts if part.strip()] or [""]
