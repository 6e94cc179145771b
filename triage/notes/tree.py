"""One tree of blocks for every format: headings over items over lines, tables as rows of cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import zip_longest
from typing import Any

from triage.notes.inline import Piece, pieces_of
from triage.notes.vocabulary import Labelled, Says, labelled

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


@dataclass(eq=False)
class Block:
    """A heading with its section, an item with what is nested in it, a table row, one line of text."""

    kind: Kind
    line: int
    source: str = ""
    """Its own line in Markdown's inline markup, whatever the format of the file."""
    level: int = 0
    """Of a heading or of nesting; the column of a cell."""
    parent: Block | None = None
    place: int = 0
    """Among the children of its parent."""
    children: list[Block] = field(default_factory=list)
    starts: bool = True
    """Whether a line begins a paragraph."""
    header: str = ""
    """Of a cell: the head of its column."""

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """Its line as runs of text, links and pictures."""
        return pieces_of(self.source)

    @cached_property
    def text(self) -> str:
        """Its line as plain text; pictures left out."""
        return "".join(one.text for one in self.pieces if not one.image)

    @cached_property
    def label(self) -> Labelled | None:
        """Its line as a label with its value, when it begins with a label that is known."""
        long = self.kind is Kind.CODE or len(self.source) >= _LONGEST_LABELLED
        return None if long else labelled(self.pieces)

    def is_field(self, name: str, value: str) -> None:
        """Take its line as a field of one paper, whatever the author calls it."""
        if self.label is None:
            self.label = Labelled(Says.DETAIL, name, pieces_of(value))

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

    def heading(self, level: int, line: int, source: str) -> Block:
        """Begin a section."""
        self.close_items()
        while len(self._headings) > 1 and self._headings[-1].level >= level:
            self._headings.pop()
        block = self._add(Block(Kind.HEADING, line, source, level))
        if len(self._headings) < MAX_DEPTH:
            self._headings.append(block)
        return block

    def start_item(self, depth: int, line: int, source: str) -> Block:
        """Begin an item, nested ``depth`` deep in the items that are open."""
        self.close_items(min(depth, MAX_DEPTH))
        first, *others = split_breaks(source)
        block = self._add(Block(Kind.ITEM, line, first, len(self._items)))
        self._items.append(block)
        for other in others:
            self._add(Block(Kind.TEXT, line, other, starts=False))
        return block

    def close_items(self, depth: int = 0) -> None:
        """End the items nested ``depth`` deep or deeper."""
        del self._items[depth:]

    def text(self, line: int, source: str, *, starts: bool = True) -> Block:
        """Add a line of text to what is open."""
        for place, part in enumerate(split_breaks(source)):
            begins = starts and place == 0
            block = self._add(Block(Kind.TEXT, line, part, len(self._items), starts=begins))
        return block

    def row(self, line: int, cells: Sequence[str], header: Sequence[str] = ()) -> Block:
        """Add a table row; the lines of a cell are its children."""
        row = self._add(Block(Kind.ROW, line))
        for column, (source, head) in enumerate(zip_longest(cells, header[: len(cells)], fillvalue="")):
            cell = self._add(Block(Kind.CELL, line, "", column, header=head), row)
            for part in split_breaks(source):
                self._add(Block(Kind.TEXT, line, part.strip()), cell)
        return row

    def code(self, line: int, source: str) -> Block:
        """Add a block of code as one."""
        return self._add(Block(Kind.CODE, line, source))

    def _add(self, block: Block, parent: Block | None = None) -> Block:
        block.parent = parent or (self._items or self._headings)[-1]
        block.parent.children.append(block)
        return block


def split_breaks(source: str) -> list[str]:
    """The lines that HTML's ``<br>`` makes of one; at least one."""
    parts = _BREAK.split(source, maxsplit=_MOST_BREAKS) if "<" in source else [source]
    return [part for part in parts if part.strip()] or [""]
