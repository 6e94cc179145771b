"""The first figure of a paper, from arXiv's HTML version of it.

Such a page is made by LaTeXML (https://math.nist.gov/~BMiller/LaTeXML/) of what the authors wrote, or
is theirs as it is: hostile either way.  Of it, only a caption's words and a path below the paper's own
folder at arXiv ever leave this module.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

from triage.listing.responses import RequestError
from triage.listing.text import single_spaced
from triage.papers import ArxivId, Paper

if TYPE_CHECKING:
    from triage.listing.client import Client

ARXIV = "https://arxiv.org"
"""Where a figure's links lead, as those of :class:`triage.papers.Paper` do, wherever the page came from."""

MOST_READ_BYTES = 2_000_000
"""A first figure stands near the beginning; reading on only costs time."""
_CHUNK, _LONGEST_TAG = 32_000, 128_000
"""Characters.  A tag is read as a whole, and a megabyte of attributes takes two hundred times its size."""
_MOST_OPEN = 50
_LONGEST_CAPTION, _LONGEST_PATH = 1_000, 600
_SMALLEST_PIXELS = 32
"""A picture of less, one way or the other, is an icon in a text or a legend's strip."""

# "Figure 1:", "FIG. 2.", "Figure A.3", "图 1", but not a panel's "(a)" or "a)".
_NUMBERED = re.compile(r"(?:[^\W\d_]{2,}|[图圖])\W{0,3}\w{0,4}\.?\d")
# Browsers drop the former and take the latter for a slash.
_NEVER_IN_ADDRESS = re.compile(r"[\x00-\x1f\x7f\\]")
_SHOWN_BY_BROWSERS = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")
_ANCHOR = re.compile(r"[A-Za-z][A-Za-z0-9._:-]{0,99}")
_SKIPPED_TAGS = frozenset({"button", "math", "script", "style", "svg", "template"})
_SKIPPED_CLASSES = frozenset({"ltx_ERROR", "ltx_eqn_table", "ltx_note"})
_MISSING_PICTURE = frozenset({"ltx_missing", "ltx_missing_image"})


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a paper, to be linked: nothing of it is ours."""

    caption: str
    """Plain text on one line, from "Figure 1" on; formulas as LaTeX between dollars."""
    image: str
    """The picture's address at arXiv, percent-encoded."""
    page: str
    """The address of the figure in the paper's HTML version."""


FIGURE_SECONDS = 20.0
"""For one page, with all its tries: a digest is not to wait for what only adorns it."""


def fetch_figure(client: Client, site_url: str, paper: Paper) -> Figure | None:
    """Return the first figure of a paper's HTML version, if there are such.

    Raises
    ------
    RequestError
        If there is no usable answer: that says nothing about the figure.
    """
    try:
        answer = client.get(f"{site_url}/html/{paper.id}v{paper.version}", expect="any")
    except RequestError as error:
        if error.status == 404:
            return None
        raise
    return first_figure(answer.body[:MOST_READ_BYTES].decode("utf-8", "replace"), paper.id, paper.version)


def first_figure(page: str, paper: ArxivId, version: int) -> Figure | None:
    """Find the first figure in a paper's HTML version: numbered, and with a picture.

    The page may be broken in any way; pictures of the paper's other versions are accepted as well.
    """
    parser = _FigureParser(paper, version)
    # Not closed: what is open at the end may be cut off, and would be read again and again.
    # An AssertionError is html.parser's way to refuse "<![x[".
    with suppress(AssertionError):
        for start in range(0, len(page), _CHUNK):
            parser.feed(page[start : start + _CHUNK])
            if parser.found or len(parser.rawdata) > _LONGEST_TAG:
                break
    return parser.found


def picture_address(src: str, base: str | None, paper: ArxivId, version: int) -> str | None:
    """Return where a page's picture is at arXiv, or None if that is not in the paper's own folder.

    The address is put together anew, of a checked path.  Without a ``<base href>``, arXiv's pages begin
    their paths with id and version, and pages that somebody saved begin them inside of that folder.
    """
    src = src.strip(" ")
    if _NEVER_IN_ADDRESS.search(src) or len(src) > _LONGEST_PATH:
        return None
    folder = f"{ARXIV}/html/{paper}v{version}"
    if base is None:
        begins_with_id = src.removeprefix("./").startswith(paper.rpartition("/")[2])
        base = folder if begins_with_id else f"{folder}/"
    try:
        parts = urlsplit(urljoin(urljoin(folder, base), src))
        path = unquote(parts.path, errors="strict")
        encoded = quote(path)
    except ValueError:  # no address, no UTF-8
        return None
    own = re.match(rf"/html/{re.escape(paper)}(?:v[1-9][0-9]{{0,3}})?/", path)
    inside = path[own.end() :].split("/") if own else []
    if (
        parts.scheme not in ("http", "https")
        or parts.netloc != urlsplit(ARXIV).netloc
        or parts.query
        or _NEVER_IN_ADDRESS.search(path)
        or not inside
        or {"", ".", ".."}.intersection(inside)
        or not path.lower().endswith(_SHOWN_BY_BROWSERS)
    ):
        return None
    return ARXIV + encoded


@dataclass(slots=True)
class _OpenFigure:
    """A ``<figure>`` that has not ended."""

    is_figure: bool
    """Not a table, an algorithm or a listing."""
    anchor: str
    image: str | None = None
    numbered: bool = False
    caption: list[str] = field(default_factory=list)
    length: int = 0


class _FigureParser(HTMLParser):
    """Walks the tags until the first figure is whole."""

    def __init__(self, paper: ArxivId, version: int) -> None:
        super().__init__(convert_charrefs=True)
        self._paper = paper
        self._version = version
        self.found: Figure | None = None
        self._base: str | None = None
        self._open: list[_OpenFigure] = []
        self._too_deep = 0
        self._in_caption = False
        self._skipped = ""
        self._skipped_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped:
            self._skipped_depth += tag == self._skipped
            return
        if tag == "base" and self._base is None:
            self._base = dict(attrs).get("href")
            return
        if tag == "figure":
            self._begin(dict(attrs))
        elif tag == "figcaption":
            self._in_caption = bool(self._open)
        elif tag == "img":
            self._picture(dict(attrs), "src")
        elif tag == "object":
            # Plots in SVG, since 2026; what stands in it is for browsers that show no such thing.
            self._picture(dict(attrs), "data")
        elif tag in _SKIPPED_TAGS or (self._open and _classes(dict(attrs)) & _SKIPPED_CLASSES):
            self._skipped, self._skipped_depth = tag, 1
            if tag == "math":
                self._add_to_caption(f"${dict(attrs).get('alttext') or ''}$")
        elif self._in_caption and "ltx_tag_figure" in _classes(dict(attrs)):
            self._open[-1].numbered = True

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            self._skipped_depth -= tag == self._skipped
            if not self._skipped_depth:
                self._skipped = ""
        elif tag == "figcaption":
            self._in_caption = False
        elif tag == "figure":
            self._end()

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._add_to_caption(data)

    def _begin(self, attrs: dict[str, str | None]) -> None:
        self._in_caption = False
        if len(self._open) < _MOST_OPEN:
            self._open.append(_OpenFigure("ltx_figure" in _classes(attrs), attrs.get("id") or ""))
        else:
            self._too_deep += 1

    def _end(self) -> None:
        self._in_caption = False
        if self._too_deep:
            self._too_deep -= 1
            return
        if not self._open:
            return
        one = self._open.pop()
        if not one.is_figure or one.image is None:
            return
        caption = single_spaced("".join(one.caption))[:_LONGEST_CAPTION]
        if one.numbered and _NUMBERED.match(caption):
            page = f"{ARXIV}/html/{self._paper}v{self._version}"
            anchor = f"#{one.anchor}" if _ANCHOR.fullmatch(one.anchor) else ""
            self.found = self.found or Figure(caption, one.image, page + anchor)
        elif self._open and self._open[-1].image is None:
            # A panel: number and caption are the whole figure's.
            self._open[-1].image = one.image

    def _picture(self, attrs: dict[str, str | None], source: str) -> None:
        if not self._open or self._in_caption or self._too_deep or self._open[-1].image is not None:
            return
        if (
            (attrs.get("alt") or "").strip() == "[Uncaptioned image]"
            or _classes(attrs) & _MISSING_PICTURE
            or any(_pixels(attrs.get(side)) < _SMALLEST_PIXELS for side in ("width", "height"))
        ):
            return
        address = attrs.get(source) or ""
        self._open[-1].image = picture_address(address, self._base, self._paper, self._version)

    def _add_to_caption(self, words: str) -> None:
        if self._in_caption and self._open[-1].length < _LONGEST_CAPTION:
            self._open[-1].caption.append(words)
            self._open[-1].length += len(words)


def _classes(attrs: dict[str, str | None]) -> set[str]:
    return set((attrs.get("class") or "").split())


def _pixels(written: str | None) -> int:
    """Return a width or height as a page has it; one that is missing is no icon's."""
    digits = written or ""
    return int(digits) if re.fullmatch(r"[0-9]{1,5}", digits) else _SMALLEST_PIXELS
