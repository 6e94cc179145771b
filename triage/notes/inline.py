"""A line of Markdown as runs of text, links and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape

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


def pieces_of(source: str) -> tuple[Piece, ...]:
    """Read a line's inline markup; whatever is not markup stays text.

    >>> [(one.text, one.url) for one in pieces_of("**Emus** [pdf](https://a.example/x)")]
    [('Emus', ''), (' ', ''), ('pdf', 'https://a.example/x')]
    """
    source = source[:MAX_LINE]
    if "{" in source:
        source = _TEMPLATE.sub(" ", source)
    return tuple(_merged(_read(source, Piece(""), 0)))


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
            url = match["angled"] if match["angled"] is not None else match["url"]
            linked = replace(dress, url=unescape(url).strip())
            inner = list(_read(match["shown"], linked, depth + 1)) if depth < 3 else [linked]
            shown = [one.text for one in inner if not one.image]
            # One of several dresses is one link; one of a picture alone has no words, and still leads somewhere.
            dresses = [one for one in inner if not one.image]
            yield replace(
                linked,
                text="".join(shown),
                bold=any(one.bold for one in dresses),
                italic=any(one.italic for one in dresses),
            )
        elif match["cites"]:
            for key in _CITED.findall(match["cites"]):
                yield replace(dress, text=f"@{key}", url=f"cite:{key}")
        elif match["auto"] or match["bare"]:
            url = (match["auto"] or match["bare"]).rstrip(".,;:!?*_~")
            last -= 0 if match["auto"] else len(match["bare"]) - len(url)
            yield replace(dress, text=url, url=dress.url or url)
        elif match["tag"]:
            dress = _after_tag(match, dress)
            if match["tag"].lower() == "img":
                given = _attributes(match["given"])
                yield Piece(given.get("alt", ""), given.get("src", ""), image=True)
        elif match["code"] is not None:
            # [`pdf`](...) and `[Title](url)` are links; other code is words.
            yield from (
                _read(match["code"], dress, depth + 1)
                if "](" in match["code"] and depth < 3
                else [replace(dress, text=match["code"], code=True)]
            )
        elif match["math"]:
            yield _run(match["math"], dress, keep=True)
        elif kind == "escaped":
            yield _run(match["escaped"], dress, keep=True)
        else:
            dress, shown = _after_mark(match, source, dress)
            if shown:
                yield _run(shown, dress, keep=True)
    if last < len(source):
        yield _run(source[last:], dress)


def _run(text: str, dress: Piece, *, keep: bool = False) -> Piece:
    if not keep:
        text = _UNDERSCORES.sub("", unescape(text) if "&" in text else text)
    return Piece(text, dress.url, dress.bold, dress.italic, dress.code, False, dress.wiki, dress.hint)


def _after_tag(match: re.Match[str], dress: Piece) -> Piece:
    name, opens = match["tag"].lower(), not match["close"]
    if name in ("b", "strong"):
        return replace(dress, bold=opens)
    if name in ("i", "em"):
        return replace(dress, italic=opens)
    if name == "a":
        given = _attributes(match["given"]) if opens else {}
        return replace(dress, url=given.get("href", ""), hint=given.get("title", ""))
    return dress


def _attributes(given: str) -> dict[str, str]:
    found = _ATTRIBUTE.finditer(given)
    return {one[1].lower(): unescape(one[2] or one[3] or one[4] or "").strip() for one in found}


def _after_mark(match: re.Match[str], source: str, dress: Piece) -> tuple[Piece, str]:
    """What a mark of emphasis changes; a star that is none stays text."""
    mark = match["mark"]
    if mark in ("~~", "=="):
        return dress, ""
    if mark == "*":
        opens = (
            not dress.italic
            and source[match.end() : match.end() + 1].strip()
            and not source[max(0, match.start() - 1) : match.start()].isalnum()
        )
        if not opens and not dress.italic:
            return dress, "*"
        return replace(dress, italic=bool(opens)), ""
    if mark == "__" and not dress.bold and (source[max(0, match.start() - 1) : match.start()].isalnum()):
        return dress, "__"
    return replace(dress, bold=not dress.bold), ""


def _merged(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbours of the same dress as one."""
    held: Piece | None = None
    for piece in pieces:
        if not piece.text and not piece.image and not piece.url:
            continue
        if held is not None and _dress(held) == _dress(piece) and not piece.image:
            held = replace(held, text=held.text + piece.text)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _dress(piece: Piece) -> tuple[str | bool, ...]:
    return piece.url, piece.bold, piece.italic, piece.code, piece.image, piece.wiki
