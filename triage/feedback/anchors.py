"""Which paper a line of a digest names, however the reader has rewritten the line."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from triage.feedback.boxes import Box, boxes, decoded
from triage.feedback.lines import LINK_TEXT, Line
from triage.papers import ArxivId, InvalidArxivId, parse_arxiv_id, title_key

_ID = r"(?:\d{4}\.\d{4,5}|[a-z][a-z-]*[a-z](?:\.[A-Z]{2})?/\d{7})(?:v[1-9]\d*)?"
_ID_IN_URL = re.compile(rf"/(?P<id>{_ID})(?:\.pdf|\.html)?/?(?:[#?].*)?$")
_LINKS = re.compile(
    rf"\[(?P<text>{LINK_TEXT})\]\(\s*+<?(?P<md>[^)\s>]{{1,2000}}+)>?+[^)]{{0,2000}}+\)"
    r"|<a\b[^<>]*\bhref\s*+=\s*+[\"']?(?P<href>[^\"'\s<>]++)[^<>]*+>(?P<html>.{0,2000}?)</a>"
    r"|\[\[(?P<wiki>[^\[\]|]+)(?:\|(?P<shown>[^\[\]]*))?\]\]"
    r"|<?(?P<bare>https?://[^\s<>()\]]+)>?"
    rf"|\barxiv:\s*(?P<named>{_ID})\b"
    rf"|(?<![\w./-])(?P<plain>{_ID})(?![\w/-])",
    re.IGNORECASE,
)
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")
_TAGS = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A line that names the paper which the lines after it are about."""

    paper: ArxivId
    line: Line
    title: str = ""
    """As shown; empty when only an id is."""
    before: str = ""
    """What precedes the paper's name: boxes, numbers, emphasis."""
    after: str = ""
    sure: bool = True
    """False where it may be the mention of another paper: no heading, and no boxes."""


def anchor(line: Line, titles: Mapping[str, ArxivId], ids: frozenset[ArxivId]) -> Anchor | None:
    """Find the paper that a line names, if that is what the line is for.

    ``titles`` and ``ids`` are the title keys and ids of the papers that the machine put into the digest.
    """
    content = decoded(line.text)
    for paper, title, start, end in _papers(content, ids):
        before, after = content[:start], content[end:]
        if not line.heading and not _only_markup(before):
            return None
        sure = bool(line.heading or boxes(before) or any(box.mark for box in boxes(after)))
        return Anchor(paper, line, title, before, after, sure)
    return _by_title(content, line, titles)


def plain(markdown: str) -> str:
    """Return a line's text without the characters of Markdown and HTML."""
    text = html.unescape(_TAGS.sub(" ", markdown))
    text = re.sub(rf"!?\[({LINK_TEXT})\]\([^)]{{0,2000}}\)", r"\1", text)
    text = re.sub(r"(?<!\\)[*`~]+|(?<![\w\\])_+|(?<!\\)_+(?!\w)", "", text)
    return " ".join(_BACKSLASH.sub(r"\1", text).split())


def leading_boxes(text: str) -> list[Box]:
    """Return the boxes of a text that begins with one; none if it begins with words."""
    found = boxes(text)
    return found if found and _only_markup(decoded(text)[: found[0].start]) else []


def _papers(content: str, ids: frozenset[ArxivId]) -> Iterator[tuple[ArxivId, str, int, int]]:
    for match in _LINKS.finditer(content):
        if url := match["md"] or match["href"] or match["bare"]:
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


def _by_title(content: str, line: Line, titles: Mapping[str, ArxivId]) -> Anchor | None:
    """The link is lost, the title is there: in a heading, or behind an item's box."""
    leading = leading_boxes(content)
    if not titles or not (line.heading or (line.item and leading)):
        return None
    start = leading[0].end if leading else 0
    text, separator, after = content[start:].partition(" · ")
    title = plain(text.strip(" []"))
    paper = titles.get(title_key(title)) if title else None
    return Anchor(paper, line, title, content[:start], separator + after) if paper else None


def _only_markup(before: str) -> bool:
    """Return whether only boxes, numbers, quotes and emphasis stand before a paper's name."""
    for box in reversed(boxes(before)):
        before = before[: box.start] + before[box.end :]
    return not any(character.isalpha() for character in _TAGS.sub("", before))
