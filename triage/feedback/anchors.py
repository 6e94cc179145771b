"""Which paper a line of a digest names, however the reader has rewritten the line."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from triage.feedback.boxes import Box, boxes, decoded, mark_word
from triage.papers import ArxivId, InvalidArxivId, parse_arxiv_id, title_key

_ID = r"(?:\d{4}\.\d{4,5}|[a-z][a-z-]*[a-z](?:\.[A-Z]{2})?/\d{7})(?:v[1-9]\d*)?"
_ID_IN_URL = re.compile(rf"/(?P<id>{_ID})(?:\.pdf|\.html)?/?(?:[#?].*)?$")
_TEXT = r"(?:\\.|[^\[\]\\]|\[(?:\\.|[^\[\]\\])*\])*"
_LINKS = re.compile(
    rf"\[(?P<text>{_TEXT})\]\(\s*<?(?P<md>[^)\s>]+)>?[^)]*\)"
    r"|<a\b[^>]*\bhref\s*=\s*[\"']?(?P<href>[^\"'\s>]+)[^>]*>(?P<html>.*?)</a>"
    r"|\[\[(?P<wiki>[^\]|]+)(?:\|(?P<shown>[^\]]*))?\]\]"
    r"|<?(?P<bare>https?://[^\s<>()\]]+)>?"
    rf"|\barxiv:\s*(?P<named>{_ID})\b"
    rf"|(?<![\w./-])(?P<plain>{_ID})(?![\w/-])",
    re.IGNORECASE,
)
_HEADING = re.compile(r"\s{0,3}(?P<marks>#{1,6})[ \t]+(?P<content>.*?)(?:\s+#+)?\s*$")
_HTML_HEADING = re.compile(r"\s*<h(?P<level>[1-6])\b[^>]*>(?P<content>.*?)(?:</h[1-6]>)?\s*$", re.IGNORECASE)
_ITEM = re.compile(
    r"(?P<indent>\s*)(?:[-*+•]|\d{1,4}[.)、])\s+(?P<content>.*)$|\s*<li\b[^>]*>(?P<html>.*?)(?:</li>)?\s*$"
)
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")
_TAGS = re.compile(r"</?[a-zA-Z][^>]*>")


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of line it is."""

    content: str
    """Without the heading's or item's own characters."""
    heading: int = 0
    """Its level; 0 when it is none."""
    item: bool = False
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Anchor:
    """A line that names the paper which the lines after it are about."""

    paper: ArxivId
    title: str
    """As shown; empty when only an id is."""
    shape: Shape
    before: str
    """What stands before the paper's name: boxes, numbers, emphasis."""
    after: str
    sure: bool
    """Whether the line can only be meant so: a heading, or a line with boxes."""


def shape(line: str) -> Shape:
    """Tell headings and list items from other lines."""
    if match := _HEADING.match(line):
        return Shape(match["content"], heading=len(match["marks"]))
    if match := _HTML_HEADING.match(line):
        return Shape(match["content"], heading=int(match["level"]))
    if match := _ITEM.match(line):
        content = match["content"] if match["content"] is not None else match["html"]
        return Shape(content, item=True, indent=len((match["indent"] or "").expandtabs(4)))
    return Shape(line.strip(), indent=len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()))


def anchor(line: str, titles: Mapping[str, ArxivId], ids: frozenset[ArxivId]) -> Anchor | None:
    """Find the paper that a line names, if that is what the line is for.

    Parameters
    ----------
    line : str
        The line, without the marks of a quotation.
    titles : mapping of str to ArxivId
        Title keys of the papers that the machine put into the digest.
    ids : frozenset of ArxivId
        Their ids.

    Returns
    -------
    Anchor or None
        None for a line that only mentions a paper, or none.
    """
    found = shape(line)
    content = decoded(found.content)
    for paper, title, start, end in _papers(content, ids):
        before, after = content[:start], content[end:]
        if found.heading:
            return Anchor(paper, title, found, before, after, sure=True)
        if not _only_dressing(before):
            return None
        sure = bool(boxes(before)) or any(mark_word(box.text) for box in boxes(after))
        return Anchor(paper, title, found, before, after, sure=sure)
    return _by_title(content, found, titles)


def plain(markdown: str) -> str:
    """Return a line's text without Markdown's and HTML's dressing."""
    text = html.unescape(_TAGS.sub(" ", markdown))
    text = re.sub(rf"!?\[({_TEXT})\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(?<!\\)[*`~]+|(?<![\w\\])_+|(?<!\\)_+(?!\w)", "", text)
    return " ".join(_BACKSLASH.sub(r"\1", text).split())


def has_open_link(line: str) -> bool:
    """Whether a link's text begins on the line and does not end on it."""
    rest = re.sub(rf"\[{_TEXT}\]", "", line)
    return re.search(r"(?<!\\)\[", rest) is not None


def starts_with_box(content: str) -> list[Box]:
    """Return the boxes of a line that begins with one; none if it begins with words."""
    found = boxes(content)
    return found if found and _only_dressing(decoded(content)[: found[0].start]) else []


def _papers(content: str, ids: frozenset[ArxivId]) -> Iterator[tuple[ArxivId, str, int, int]]:
    for match in _LINKS.finditer(content):
        url = match["md"] or match["href"] or match["bare"]
        if url:
            inside = _ID_IN_URL.search(url)
            written = inside["id"] if inside else ""
        else:
            inside = re.search(_ID, match["wiki"]) if match["wiki"] else None
            written = match["named"] or match["plain"] or (inside.group() if inside else "")
        if not written:
            continue
        try:
            paper, _ = parse_arxiv_id(written)
        except InvalidArxivId:
            continue
        # A bare number is a paper's only if the digest knows it: 2023.1234 may be anything.
        if match["plain"] and paper not in ids:
            continue
        title = match["text"] or match["html"] or match["shown"] or ""
        yield paper, plain(title), match.start(), match.end()


def _by_title(content: str, found: Shape, titles: Mapping[str, ArxivId]) -> Anchor | None:
    """The link is lost, the title is there: in a heading, or behind an item's box."""
    leading = starts_with_box(content)
    if not titles or not (found.heading or (found.item and leading)):
        return None
    start = leading[0].end if leading else 0
    text, separator, after = content[start:].partition(" · ")
    title = plain(text.strip(" []"))
    paper = titles.get(title_key(title)) if title else None
    if paper is None:
        return None
    return Anchor(paper, title, found, content[:start], separator + after, sure=True)


def _only_dressing(before: str) -> bool:
    """Whether nothing but boxes, numbers, quotes and emphasis stands before a paper's name."""
    for box in reversed(boxes(before)):
        before = before[: box.start] + before[box.end :]
    return not any(character.isalpha() for character in _TAGS.sub("", before))
