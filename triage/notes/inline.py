"""A line of Markdown as runs of text, links and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from operator import attrgetter

MAX_LINE = 100_000
"""Characters of a line that are looked at; what is longer is data, not writing."""
_URL_END = r"\s<>\"'）)】\]，。；、》」|`"
_TOKEN = re.compile(
    rf"""(?x)
      !\[(?P<alt>[^\[\]]*)\]\((?P<src>[^()\s]*)[^()]*\)
    | !?\[\[(?P<page>[^\[\]\n]+)\]\](?!\()
    | \[(?P<shown>[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\(\s*(?:<(?P<angled>[^<>\n]*)>|(?P<url>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*))(?:\s[^()]*)?\s*\)
    | \[(?P<cites>-?@[\w:.+/-]+[^\[\]]*)\]
    | <(?P<auto>https?://[^<>\s]+)>
    | <(?P<close>/?)(?P<tag>[a-zA-Z][\w-]*)(?P<given>(?:\s[^<>]*)?)>
    | (?P<bare>h{{0,2}}ttps?://[^{_URL_END}]+(?:\([^{_URL_END}(]*\))?)
    | (?P<ticks>`+)(?P<code>[^`\n]+)(?P=ticks)
    | (?P<math>\$(?!\s)[^$\n\]]{{1,200}}\$)
    | \\(?P<escaped>[!-/:-@\[-`{{-~])
    | (?P<mark>\*{{1,3}}|__|~~|==)
    """
)
_ATTRIBUTE = re.compile(r"""\b(href|src|alt|title)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.I)
_CITED = re.compile(r"@([\w:.+/-]*\w)")
_UNDERSCORES = re.compile(r"(?<![\w/])_(?=\S)|(?<=\S)_(?![\w/])")
_TEMPLATE = re.compile(r"\{%[^{}%]*%\}|\{\{[<%][^{}]*[>%]\}\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a line that is dressed alike."""

    text: str
    url: str = ""
    bold: bool = False
    italic: bool = False
    code: bool = False
    image: bool = False
    wiki: bool = False
    """A link to another page of the same vault."""
    hint: str = ""
    """The title attribute of an HTML link."""


_dress = attrgetter("url", "bold", "italic", "code", "image", "wiki")


def pieces_of(source: str) -> tuple[Piece, ...]:
    """Read a line's inline markup; whatever is not markup stays text.

    >>> [(one.text, one.url) for one in pieces_of("**Emus** [pdf](https://a.example/x)")]
    [('Emus', ''), (' ', ''), ('pdf', 'https://a.example/x')]
    """
    source = source[:MAX_LINE]
    source = _TEMPLATE.sub(" ", source) if "{" in source else source
    merged: list[Piece] = []
    for piece in _read(source, Piece(""), 0):
        if merged and not piece.image and _dress(piece) == _dress(merged[-1]):
            merged[-1] = replace(merged[-1], text=merged[-1].text + piece.text)
        elif piece.text or piece.image or piece.url:
            merged.append(piece)
    return tuple(merged)


def _read(source: str, dress: Piece, depth: int) -> Iterator[Piece]:  # noqa: PLR0912 - one case a token
    last = 0
    for match in _TOKEN.finditer(source):
        if match.start() > last:
            yield _run(source[last : match.start()], dress)
        last = match.end()
        kind = match.lastgroup
        if match["alt"] is not None:
            yield Piece(match["alt"], match["src"], image=True)
        elif match["page"] is not None:
            page, _, shown = match["page"].partition("|")
            if not match[0].startswith("!"):
                yield replace(dress, text=(shown or page).strip(), url=page.strip(), wiki=True)
        elif match["shown"] is not None:
            yield _link(match, dress, depth)
        elif match["cites"]:
            for key in _CITED.findall(match["cites"]):
                yield replace(dress, text=f"@{key}", url=f"cite:{key}")
        elif match["auto"] or match["bare"]:
            url = (match["auto"] or match["bare"]).rstrip(".,;:!?*_~")
            last -= 0 if match["auto"] else len(match["bare"]) - len(url)
            yield replace(dress, text=url, url=dress.url or url)
        elif match["tag"]:
            given = {
                one[1].lower(): unescape(one[2] or one[3] or one[4] or "").strip()
                for one in _ATTRIBUTE.finditer(match["given"])
            }
            if match["tag"].lower() == "img":
                yield Piece(given.get("alt", ""), given.get("src", ""), image=True)
            dress = _after_tag(match, given, dress)
        elif match["code"] is not None:
            # [`pdf`](...) and `[Title](url)` are links; other code is words.
            linked = "](" in match["code"] and depth < 3
            code = replace(dress, text=match["code"], code=True)
            yield from _read(match["code"], dress, depth + 1) if linked else (code,)
        elif kind in ("math", "escaped"):
            yield replace(dress, text=match[kind])
        else:
            dress, star = _after_mark(match, source, dress)
            yield replace(dress, text=star)
    if last < len(source):
        yield _run(source[last:], dress)


def _link(match: re.Match[str], dress: Piece, depth: int) -> Piece:
    """A link as one, whatever dresses it has; one of a picture alone has no words, and still leads somewhere."""
    url = match["angled"] if match["angled"] is not None else match["url"]
    linked = replace(dress, url=unescape(url).strip())
    inner = (
        [one for one in _read(match["shown"], linked, depth + 1) if not one.image] if depth < 3 else [linked]
    )
    bold, italic = any(one.bold for one in inner), any(one.italic for one in inner)
    return replace(linked, text="".join(one.text for one in inner), bold=bold, italic=italic)


def _run(text: str, dress: Piece) -> Piece:
    return replace(dress, text=_UNDERSCORES.sub("", unescape(text) if "&" in text else text))


def _after_tag(match: re.Match[str], given: dict[str, str], dress: Piece) -> Piece:
    name, opens = match["tag"].lower(), not match["close"]
    if name in ("b", "strong"):
        return replace(dress, bold=opens)
    if name in ("i", "em"):
        return replace(dress, italic=opens)
    return replace(dress, url=given.get("href", ""), hint=given.get("title", "")) if name == "a" else dress


def _after_mark(match: re.Match[str], source: str, dress: Piece) -> tuple[Piece, str]:
    """What a mark of emphasis changes; a star that is none stays text."""
    mark = match["mark"]
    inside = source[max(0, match.start() - 1) : match.start()].isalnum()
    if mark == "*":
        opens = not dress.italic and not inside and bool(source[match.end() : match.end() + 1].strip())
        return replace(dress, italic=opens), "" if opens or dress.italic else "*"
    if mark == "__" and not dress.bold and inside:
        return dress, "__"
    return replace(dress, bold=dress.bold != (mark not in ("~~", "=="))), ""
