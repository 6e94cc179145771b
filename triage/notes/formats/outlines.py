"""Outliners and notebooks, as lines of Markdown: Jupyter, Obsidian canvas, OPML, Roam's and Logseq's exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from triage.notes.formats import Format, NoteProblem, Reading
from triage.notes.formats.bibliographies import NO_XML, parsed_xml
from triage.notes.formats.data import load_json
from triage.notes.html import Row
from triage.notes.markdown import MAX_DEPTH, note_of
from triage.notes.reading import read_note
from triage.notes.records import Lines

_Node = Mapping[str, Any]
_SHOWN = ("string", "block/content", "content", "text", "name", "title", "page-name", "block/page-name")
_INNER = ("children", "block/children")


def _rows_of_json(text: str) -> Iterable[Row] | None:
    """Lines of Markdown, or None if some JSON is no outline."""
    try:
        loaded = load_json(text)
    except (ValueError, RecursionError):
        return None
    lines, given = Lines(text), loaded if isinstance(loaded, dict) else {"blocks": loaded}
    pages, cards = _nodes(given.get("blocks")), _nodes(given.get("nodes"))
    if "nbformat" in given:
        return _notebook(_nodes(given.get("cells")), lines)
    if "edges" in given and all(card.get("type") in ("text", "file", "link", "group") for card in cards):
        return _canvas(cards, lines)
    parents = [page for page in pages if any(name in page for name in _INNER)]
    shown = any(_shown(child) for page in parents for child in _children(page))
    return _pages(pages, lines) if shown and len(parents) >= 0.3 * len(pages) else None


def _notebook(cells: Iterable[_Node], lines: Lines) -> Iterator[Row]:
    """Jupyter: the cells of Markdown, and those of code as code."""
    for cell in cells:
        given = cell.get("source", "")
        source = "".join(map(str, given)) if isinstance(given, list) else str(given)
        fence = ["```"] if cell.get("cell_type") == "code" else []
        for text in (*fence, *source.split("\n"), *fence, ""):
            yield lines.of(text), text


def _canvas(cards: Iterable[_Node], lines: Lines) -> Iterator[Row]:
    """Obsidian canvas: the texts and addresses of its cards."""
    for card in cards:
        for text in (*str(card.get("text") or card.get("url") or "").split("\n"), ""):
            yield lines.of(text), text


def _pages(pages: Iterable[_Node], lines: Lines) -> Iterator[Row]:
    """Roam's and Logseq's JSON: pages as headings over their bullets."""
    for page in pages:
        yield from _bullet(page, lines, "# ")
        yield from _bullets(_children(page), lines)


def _bullets(nodes: Iterable[_Node], lines: Lines, depth: int = 0) -> Iterator[Row]:
    for node in nodes:
        yield from _bullet(node, lines, "    " * depth + "- ")
        yield from _bullets(_children(node), lines, min(depth + 1, MAX_DEPTH))


def _bullet(node: _Node, lines: Lines, mark: str) -> Iterator[Row]:
    first, *others = _shown(node).split("\n")
    url, line = str(node.get("url") or ""), lines.of(first[:60])
    yield line, mark + (f"[{first}]({url})" if url and "](" not in first else first)
    yield from ((line, " " * len(mark) + other) for other in others)


def _nodes(value: Any) -> list[_Node]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _children(node: _Node) -> list[_Node]:
    return next((_nodes(node[name]) for name in _INNER if name in node), [])


def _shown(node: _Node) -> str:
    return next((value for name in _SHOWN if isinstance(value := node.get(name), str) and value), "")


def read_outline(text: str, file: str) -> Reading:
    """Read what looks like an outline, whatever the ending of its name says."""
    rows = _rows_of_json(text)
    if rows is None:
        return Reading(
            problems=(NoteProblem(file, 1, "the file is no valid JSON of its kind", "export it again"),)
        )
    return read_note(note_of([(1, ""), *rows]), file)


def read_opml(text: str, file: str) -> Reading:
    """OPML: nested outlines with ``text``, ``url`` and ``_note``."""
    root = parsed_xml(text)
    if root is None:
        return Reading(problems=(NoteProblem(file, 1, NO_XML, "export it again"),))
    nodes = [_of_opml(one) for one in root.findall("body/outline")]
    return read_note(note_of([(1, ""), *_bullets(nodes, Lines(text))]), file)


def _of_opml(one: Element) -> _Node:
    text = f"{one.get('text') or one.get('title') or ''}\n{one.get('_note') or ''}"
    url = one.get("url") or one.get("htmlUrl") or one.get("link")
    return {"text": text, "url": url, "children": [_of_opml(child) for child in one.findall("outline")]}


FORMATS = (
    Format(
        "outline", (".ipynb", ".canvas", ".json"), lambda text: _rows_of_json(text) is not None, read_outline
    ),
    Format("opml", (".opml",), lambda text: "<opml" in text[:1000].lower(), read_opml),
)
