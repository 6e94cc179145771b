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


def _of_json(
    name: str, suffix: str, fits: Callable[[Any], bool], tree: Callable[[Any, Lines], Block]
) -> Format:
    """A format in JSON, by the question whether loaded JSON is of its kind, and its blocks."""

    def recognises(text: str) -> bool:
        try:
            return fits(load_json(text))
        except (ValueError, RecursionError):
            return False

    def read(text: str, file: str) -> Reading:
        if not recognises(text):
            return _broken(file, "the file is no valid JSON of its kind")
        return read_note(Note(tree(load_json(text), Lines(text))), file)

    return Format(name, (suffix,), recognises, read)


def _broken(file: str, what: str) -> Reading:
    return Reading(problems=(NoteProblem(file, 1, what, "export it again"),))


def _is_notebook(loaded: Any) -> bool:
    return isinstance(loaded, dict) and bool(loaded.get("nbformat")) and "cells" in loaded


def _notebook(loaded: Any, lines: Lines) -> Block:
    """Jupyter: the Markdown cells, of the code only that it mentions papers."""
    root = Block(Kind.ROOT, 1)
    opened = [root]
    for cell in _mappings(loaded["cells"]):
        given = cell.get("source", "")
        source = "".join(map(str, given)) if isinstance(given, list) else str(given)
        line = lines.of(next((one.strip() for one in source.split("\n") if one.strip()), ""))
        if cell.get("cell_type") == "code":
            _graft([Block(Kind.CODE, line, source)], opened, line)
        elif cell.get("cell_type") == "markdown":
            _graft(parse_markdown(source).root.children, opened, line)
    return root


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


def _is_canvas(loaded: Any) -> bool:
    return isinstance(loaded, dict) and isinstance(loaded.get("nodes"), list) and "edges" in loaded


def _canvas(loaded: Any, lines: Lines) -> Block:
    """Obsidian canvas: a card's text is a note of its own, a card's address a line."""
    root = Block(Kind.ROOT, 1)
    for node in _mappings(loaded["nodes"]):
        shown = str(node.get("text") or node.get("url") or "")
        _graft(parse_markdown(shown).root.children, [root], lines.of(shown.split("\n", 1)[0]))
    return root


def _is_outline(loaded: Any) -> bool:
    """Whether there are pages whose children are bullets."""
    pages = _pages(loaded)[:_LOOKED_AT]
    inner = [children for page in pages if (children := _children(page)) is not None]
    shown = any(_shown(child) for children in inner for child in children[:3])
    return shown and len(inner) >= 0.3 * len(pages)


def _outline(loaded: Any, lines: Lines) -> Block:
    """Roam's and Logseq's JSON, and their likes: pages as headings over their bullets."""
    nested = _nested(_pages(loaded), 0, lambda one: _children(one) or ())
    nodes = ((depth - 1, _shown(one), str(one.get("url") or one.get("link") or "")) for one, depth in nested)
    return _tree(nodes, lines)


def _is_opml(text: str) -> bool:
    return "<opml" in text[:1000].lower()


def read_opml(text: str, file: str) -> Reading:
    """OPML: nested outlines with ``text``, ``url`` and ``_note``."""
    root = parsed_xml(text)
    if root is None:
        return _broken(file, NO_XML)
    nested = _nested(root.findall("body/outline"), 0, lambda one: one.findall("outline"))
    nodes = (
        (depth, f"{one.get('text') or one.get('title') or ''}\n{one.get('_note') or ''}", _link_of(one))
        for one, depth in nested
    )
    return read_note(Note(_tree(nodes, Lines(text))), file)


def _link_of(outline: Element) -> str:
    return outline.get("url") or outline.get("htmlUrl") or outline.get("link") or ""


def _tree(nodes: Iterable[tuple[int, str, str]], lines: Lines) -> Block:
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
    return builder.root


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
    _of_json("notebook", ".ipynb", _is_notebook, _notebook),
    _of_json("canvas", ".canvas", _is_canvas, _canvas),
    _of_json("outline", ".json", _is_outline, _outline),
    Format("opml", (".opml",), _is_opml, read_opml),
)
