"""Outliners and notebooks: Jupyter, Obsidian canvas, OPML, Roam's, Logseq's and Workflowy's exports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar
from xml.etree.ElementTree import Element

from triage.notes.formats import Format, NoteProblem, Reading
from triage.notes.formats.bibliographies import NO_XML, parsed_xml
from triage.notes.formats.data import load_json
from triage.notes.markdown import parse_markdown
from triage.notes.reading import read_note
from triage.notes.records import Lines
from triage.notes.tree import MAX_DEPTH, Block, Builder, Kind, Note

_Node = TypeVar("_Node")
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
_LOOKED_AT = 50
"""Pages that tell whether some JSON is an outline."""


def _loaded(text: str) -> Any:
    try:
        return load_json(text)
    except (ValueError, RecursionError):
        return None


def _broken(file: str, what: str = "the file is no valid JSON of its kind") -> Reading:
    return Reading(problems=(NoteProblem(file, 1, what, "export it again"),))


def _is_notebook(text: str) -> bool:
    loaded = _loaded(text)
    return isinstance(loaded, dict) and bool(loaded.get("nbformat")) and "cells" in loaded


def read_notebook(text: str, file: str) -> Reading:
    """Jupyter: the Markdown cells, of the code only that it mentions papers."""
    if not _is_notebook(text):
        return _broken(file)
    lines, root = Lines(text), Block(Kind.ROOT, 1)
    opened = [root]
    for cell in _mappings(_loaded(text)["cells"]):
        given = cell.get("source", "")
        source = "".join(map(str, given)) if isinstance(given, list) else str(given)
        line = lines.of(next((one.strip() for one in source.split("\n") if one.strip()), ""))
        if cell.get("cell_type") == "code":
            _graft([Block(Kind.CODE, line, source)], opened, line)
        elif cell.get("cell_type") == "markdown":
            _graft(parse_markdown(source).root.children, opened, line)
    return read_note(Note(root), file)


def _graft(blocks: Iterable[Block], opened: list[Block], line: int) -> None:
    """Add blocks to what is open of a tree: sections go on from cell to cell, whose line all of them get."""
    for block in blocks:
        for one in block.walk():
            one.line = line
        while block.kind is Kind.HEADING and len(opened) > 1 and opened[-1].level >= block.level:
            opened.pop()
        block.parent = opened[-1]
        opened[-1].children.append(block)
        inner: Block | None = block
        while inner is not None and inner.kind is Kind.HEADING:
            opened.append(inner)
            inner = inner.children[-1] if inner.children else None


def _is_canvas(text: str) -> bool:
    loaded = _loaded(text)
    return isinstance(loaded, dict) and isinstance(loaded.get("nodes"), list) and "edges" in loaded


def read_canvas(text: str, file: str) -> Reading:
    """Obsidian canvas: a card's text is a note of its own, a card's address a line."""
    if not _is_canvas(text):
        return _broken(file)
    lines, root = Lines(text), Block(Kind.ROOT, 1)
    for node in _mappings(_loaded(text)["nodes"]):
        shown = str(node.get("text") or node.get("url") or "")
        _graft(parse_markdown(shown).root.children, [root], lines.of(shown.split("\n", 1)[0]))
    return read_note(Note(root), file)


def _is_outline(text: str) -> bool:
    """Whether there are pages whose children are bullets."""
    pages = _pages(_loaded(text))[:_LOOKED_AT]
    inner = [children for page in pages if (children := _children(page)) is not None]
    shown = any(_shown(child) for children in inner for child in children[:3])
    return shown and len(inner) >= 0.3 * len(pages)


def read_outline(text: str, file: str) -> Reading:
    """Roam's and Logseq's JSON, and their likes: pages as headings over their bullets."""
    nodes = (
        (depth - 1, _shown(one), str(one.get("url") or one.get("link") or ""))
        for one, depth in _nested(_pages(_loaded(text)), 0, lambda one: _children(one) or ())
    )
    return read_note(_note(nodes, Lines(text)), file)


def _is_opml(text: str) -> bool:
    return "<opml" in text[:1000].lower()


def read_opml(text: str, file: str) -> Reading:
    """OPML: nested outlines with ``text``, ``url`` and ``_note``."""
    root = parsed_xml(text)
    if root is None:
        return _broken(file, NO_XML)
    body = root.find("body")
    nodes = (
        (depth, f"{one.get('text') or one.get('title') or ''}\n{one.get('_note') or ''}", _link_of(one))
        for one, depth in _nested([] if body is None else body.findall("outline"), 0, _outlines_in)
    )
    return read_note(_note(nodes, Lines(text)), file)


def _outlines_in(outline: Element) -> list[Element]:
    return outline.findall("outline")


def _link_of(outline: Element) -> str:
    return outline.get("url") or outline.get("htmlUrl") or outline.get("link") or ""


def _note(nodes: Iterable[tuple[int, str, str]], lines: Lines) -> Note:
    """A tree of nodes: each with its depth (-1 for a page), its text and its address."""
    builder = Builder()
    for depth, text, url in nodes:
        first, *others = text.split("\n")
        line = lines.of(first[:60])
        links = "://" in url and url not in text and "](" not in first and "<a " not in first
        source = f"[{first}]({url})" if links else first
        builder.heading(1, line, source) if depth < 0 else builder.start_item(depth, line, source)
        for other in others:
            if other.strip():
                builder.text(line, other.strip())
    return Note(builder.root)


def _nested(
    nodes: Iterable[_Node], depth: int, inner: Callable[[_Node], Iterable[_Node]]
) -> Iterator[tuple[_Node, int]]:
    for node in nodes:
        yield node, depth
        if depth < MAX_DEPTH:
            yield from _nested(inner(node), depth + 1, inner)


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _pages(loaded: Any) -> list[Mapping[str, Any]]:
    if isinstance(loaded, dict):
        lists = (loaded.get(name) for name in ("blocks", "pages", "children"))
        loaded = next((one for one in lists if isinstance(one, list)), None)
    return [one for one in _mappings(loaded) if _shown(one)]


def _children(page: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    found = next((page[name] for name in _INNER if isinstance(page.get(name), list)), None)
    return None if found is None or not all(isinstance(one, dict) for one in found[:5]) else _mappings(found)


def _shown(block: Mapping[str, Any]) -> str:
    return next((value for name in _SHOWN if isinstance(value := block.get(name), str) and value), "")


FORMATS = (
    Format("notebook", (".ipynb",), _is_notebook, read_notebook),
    Format("canvas", (".canvas",), _is_canvas, read_canvas),
    Format("outline", (".json",), _is_outline, read_outline),
    Format("opml", (".opml",), _is_opml, read_opml),
)
