"""One tree of blocks for every format: headings over items over lines, tables as rows of cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from triage.notes.inline import Piece, pieces_of
from triage.notes.vocabulary import Labelled, labelled

_LONGEST_LABELLED = 4000
"""Characters of a line that may begin with a label."""


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

    def add(self, child: Block) -> Block:
        """Put a block below this one; return it."""
        child.parent, child.place = self, len(self.children)
        self.children.append(child)
        return child

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
