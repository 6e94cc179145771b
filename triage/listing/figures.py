"""The first figure of a paper, from arXiv's HTML version of it.

Such a page is made by LaTeXML (https://math.nist.gov/~BMiller/LaTeXML/) of what the authors wrote, or
is theirs as it is: hostile either way.  Of it, only a caption's words and a path below the paper's own
folder at arXiv ever leave this module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

from triage.listing.responses import RequestError
from triage.listing.text import single_spaced
from triage.papers import ArxivId, Paper

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from triage.listing.client import Client

ARXIV = "https://arxiv.org"
"""Where a figure's links lead, as those of :class:`triage.papers.Paper` do, wherever the page came from."""

MOST_READ_BYTES = 2_000_000
"""A first figure stands near the beginning; reading on only costs time."""
_MOST_FIGURES, _MOST_PICTURES = 50, 20
"""Of a page, and of a figure: hostile pages take no time."""
_LONGEST_CAPTION, _LONGEST_PATH = 1_000, 600
_SMALLEST_PIXELS = 32
"""A picture of less, one way or the other, is an icon in a text or a legend's strip."""

# "Figure 1:", "FIG. 2.", "Figure A.3", "图 1", but not a panel's "(a)" or "a)".
_NUMBERED = re.compile(r"(?:[^\W\d_]{2,}|[图圖])\W{0,3}\w{0,4}\.?\d")
# Browsers drop the former and take the latter for a slash.
_NEVER_IN_ADDRESS = re.compile(r"[\x00-\x1f\x7f\\]")
_SHOWN_BY_BROWSERS = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")
_ANCHOR = re.compile(r"[A-Za-z][A-Za-z0-9._:-]{0,99}")
_NO_WORDS = ("button", "script", "style", "svg", "template", ".ltx_ERROR", ".ltx_eqn_table", ".ltx_note")
_NO_PICTURES = ", ".join(
    f"{around} {picture}"
    for around in (*_NO_WORDS, "math", "figcaption", "figure:not(.ltx_figure)")
    for picture in ("img", "object")
)


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

    Raises RequestError if there is no usable answer: that says nothing about the figure.
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
    from selectolax.lexbor import LexborHTMLParser

    document = LexborHTMLParser(page)
    first = document.css_first("base")
    base = first.attributes.get("href") if first else None
    for figure in document.css("figure.ltx_figure")[:_MOST_FIGURES]:
        caption = next((_words(one) for one in figure.iter() if one.tag == "figcaption"), "")
        # "(a)", the number of a panel, is no figure's: number and caption are the whole figure's.
        if not _NUMBERED.match(caption):
            continue
        others = {one.mem_id for one in figure.css(_NO_PICTURES)}
        for picture in figure.css('img:not([alt="[Uncaptioned image]"]), object')[:_MOST_PICTURES]:
            if picture.mem_id in others or _is_icon(picture):
                continue
            # Plots are SVG objects since 2026.
            address = picture.attributes.get("data" if picture.tag == "object" else "src") or ""
            if image := picture_address(address, base, paper, version):
                anchor = figure.attributes.get("id") or ""
                place = f"#{anchor}" if _ANCHOR.fullmatch(anchor) else ""
                return Figure(caption, image, f"{ARXIV}/html/{paper}v{version}{place}")
    return None


def _words(caption: LexborNode) -> str:
    """The words of a numbered caption on one line; empty without a number."""
    if caption.css_first(".ltx_tag_figure") is None:
        return ""
    for formula in caption.css("math"):
        formula.replace_with(f"${formula.attributes.get('alttext') or ''}$")
    for other in caption.css(", ".join(_NO_WORDS)):
        other.decompose()
    return single_spaced(caption.text())[:_LONGEST_CAPTION]


def _is_icon(picture: LexborNode) -> bool:
    sides = (picture.attributes.get(side) for side in ("width", "height"))
    return any(_pixels(side) < _SMALLEST_PIXELS for side in sides)


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


def _pixels(written: str | None) -> int:
    """Return a width or height as a page has it; one that is missing is no icon's."""
    digits = written or ""
    return int(digits) if re.fullmatch(r"[0-9]{1,5}", digits) else _SMALLEST_PIXELS
