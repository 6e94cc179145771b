"""Outliners and notebooks in JSON: Jupyter, Obsidian canvas, Roam's, Logseq's and Workflowy's exports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from triage.notes.formats import NoteProblem, Reading
from triage.notes.formats.data import Lines
from triage.notes.markdown import parse_markdown
from triage.notes.reading import read_note
from triage.notes.tree import MAX_DEPTH, Block, Builder, Kind, Note

_SHOWN = (
    "string",
    "block/content",
    "content",
    "text",
    "name",
    "title",
    ":block/string",
    "page-name",
    "block/page-name",
)
_INNER = ("children", "block/children", ":block/children", "blocks", "items", "nodes")


class _JsonNotes:
    """What the formats in JSON share."""

    def recognises(self, text: str) -> bool:
        """Whether the text has the format's shape."""
        loaded = _loaded(text)
        return loaded is not None and self.fits(loaded)

    def fits(self, loaded: Any) -> bool:
        """Whether loaded JSON has the format's shape."""
        raise NotImplementedError

    def blocks(self, loaded: Any, lines: Lines, builder: Builder) -> None:
        """Add the blocks of loaded JSON."""
        raise NotImplementedError

    def read(self, text: str, file: str) -> Reading:
        """Find the papers."""
        loaded = _loaded(text)
        if loaded is None or not self.fits(loaded):
            return Reading(
                problems=(NoteProblem(file, 1, "the file is no valid JSON of its kind", "export it again"),)
            )
        builder = Builder()
        self.blocks(loaded, Lines(text), builder)
        return read_note(Note(builder.root), file)


class NotebookFormat(_JsonNotes):
    """Jupyter notebooks: the Markdown cells, of the code only that it mentions papers."""

    name = "notebook"
    suffixes = (".ipynb",)

    def fits(self, loaded: Any) -> bool:
        """Whether it has cells."""
        return (
            isinstance(loaded, dict)
            and bool(loaded.get("nbformat"))
            and ("cells" in loaded or "worksheets" in loaded)
        )

    def blocks(self, loaded: Any, lines: Lines, builder: Builder) -> None:
        """Add the cells one after the other; headings go on from cell to cell."""
        sheets = loaded.get("worksheets") or [loaded]
        for cell in (
            one
            for sheet in sheets
            if isinstance(sheet, dict)
            for one in sheet.get("cells") or ()
            if isinstance(one, dict)
        ):
            given = cell.get("source", cell.get("input", ""))
            source = "".join(map(str, given)) if isinstance(given, list) else str(given)
            line = lines.of(next((one.strip() for one in source.split("\n") if one.strip()), ""))
            if cell.get("cell_type") == "markdown":
                note = parse_markdown(source)
                _graft(builder, note.root, line)
            elif cell.get("cell_type") == "heading":
                builder.heading(int(cell.get("level") or 1), line, source)
            elif cell.get("cell_type") == "code":
                builder.close_items()
                builder.code(line, source)


class CanvasFormat(_JsonNotes):
    """Obsidian canvas: a card's text is a note of its own, a card's address an item."""

    name = "canvas"
    suffixes = (".canvas",)

    def fits(self, loaded: Any) -> bool:
        """Whether it has cards."""
        return isinstance(loaded, dict) and isinstance(loaded.get("nodes"), list) and "edges" in loaded

    def blocks(self, loaded: Any, lines: Lines, builder: Builder) -> None:
        """Add the cards."""
        for node in (one for one in loaded["nodes"] if isinstance(one, dict)):
            text = str(node.get("text") or node.get("url") or "")
            if text:
                builder.close_items()
                _graft(builder, parse_markdown(text).root, lines.of(text.split("\n", 1)[0]), flat=True)


class OutlineFormat(_JsonNotes):
    """Pages of nested bullets: Roam's and Logseq's JSON exports, and their likes."""

    name = "outline"
    suffixes = (".json",)

    def fits(self, loaded: Any) -> bool:
        """Whether it has pages whose children are bullets."""
        pages = _pages(loaded)
        return (
            bool(pages)
            and sum(_children(page) is not None for page in pages[:50]) >= 0.3 * min(50, len(pages))
            and any(
                _string(child)
                for page in pages[:50]
                for child in (_children(page) or ())[:3]
                if isinstance(child, dict)
            )
        )

    def blocks(self, loaded: Any, lines: Lines, builder: Builder) -> None:
        """Add the pages as headings over their bullets."""
        for page in _pages(loaded):
            title = _string(page)
            builder.heading(1, lines.of(title), title)
            for child, depth in _nested(_children(page) or (), 0):
                text = _string(child)
                first, *others = text.split("\n") if text else [""]
                builder.start_item(depth, lines.of(first[:60]), _as_link(child, first))
                for other in others:
                    if other.strip():
                        builder.text(lines.line, other.strip())


def _as_link(child: Mapping[str, Any], text: str) -> str:
    url = child.get("url") or child.get("link")
    return f"[{text}]({url})" if isinstance(url, str) and "://" in url and url not in text else text


def _pages(loaded: Any) -> list[Mapping[str, Any]]:
    if isinstance(loaded, dict):
        loaded = next(
            (loaded[name] for name in ("blocks", "pages", "children") if isinstance(loaded.get(name), list)),
            (),
        )
    if not isinstance(loaded, (list, tuple)):
        return []
    return [one for one in loaded if isinstance(one, dict) and _string(one)]


def _children(page: Mapping[str, Any]) -> list[Any] | None:
    found = next((page[name] for name in _INNER if isinstance(page.get(name), list)), None)
    return found if found is None or all(isinstance(one, dict) for one in found[:5]) else None


def _string(block: Mapping[str, Any]) -> str:
    return next((value for name in _SHOWN if isinstance(value := block.get(name), str) and value), "")


def _nested(children: Any, depth: int) -> Iterator[tuple[Mapping[str, Any], int]]:
    for child in children:
        if isinstance(child, dict):
            yield child, depth
            if depth < MAX_DEPTH:
                yield from _nested(_children(child) or (), depth + 1)


def _graft(builder: Builder, root: Block, line: int, *, flat: bool = False) -> None:
    """Add another tree's blocks; all of them stand in the line in which their text begins."""
    for block in root.walk():
        if block.kind is Kind.HEADING:
            builder.heading(2 if flat else block.level, line, block.source)
        elif block.kind is Kind.ITEM:
            depth = sum(one.kind is Kind.ITEM for one in block.ancestors())
            builder.start_item(depth, line, block.source)
        elif block.kind is Kind.ROW:
            builder.row(
                line,
                ["<br>".join(one.source for one in cell.children) for cell in block.children],
                [cell.header for cell in block.children],
            )
        elif block.kind is Kind.CODE:
            builder.code(line, block.source)
        elif block.kind is Kind.TEXT and block.parent is not None and block.parent.kind is not Kind.CELL:
            depth = sum(one.kind is Kind.ITEM for one in block.ancestors())
            builder.close_items(depth)
            builder.text(line, block.source, starts=block.starts)
    builder.close_items()


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str)
    except (ValueError, RecursionError):
        return None
