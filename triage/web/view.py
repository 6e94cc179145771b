"""Templates, and hostile text as harmless HTML."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from triage.deliver.markdown import legal, to_html
from triage.digest.escape import clean, paragraph, shortened
from triage.papers import LONGEST_TITLE
from triage.text.templates import templates_of
from triage.text.unicode import plain

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_LONGEST_TEXT = 10_000
_WRAPPED = re.compile(r"\A<p>(.*)</p>\n?\Z", re.DOTALL)


@lru_cache(maxsize=8_192)
def tex(text: str, most: int = LONGEST_TITLE) -> Markup:
    """Return plain text with LaTeX as HTML within a line; formulas are MathML where they need it."""
    return markdown(paragraph(shortened(text, most)), inline=True)


def abstract(text: str) -> Markup:
    """Return an abstract as HTML."""
    return tex(text, _LONGEST_TEXT)


@lru_cache(maxsize=8_192)
def markdown(text: str, *, inline: bool = False) -> Markup:
    """Return Markdown as HTML; without its one paragraph's own element where it stands within a line."""
    from markupsafe import Markup

    html = to_html(text, formulas="mathml")
    return Markup(_WRAPPED.sub(r"\1", html) if inline else html)  # noqa: S704 -- `to_html` escapes all but its own


def unicode(text: str) -> str:
    """Return text with LaTeX as plain text, for attributes and long lists."""
    return legal(clean(plain(clean(text))))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates."""
    found = templates_of("triage.web", html=True)
    found.filters |= {"tex": tex, "abstract": abstract, "markdown": markdown, "unicode": unicode}
    found.globals["version"] = _static_version()
    return found


def _static_version() -> str:
    """Return a short hash of the static files: a browser keeps them until they change."""
    import hashlib

    folder = sorted((files("triage.web") / "static").iterdir(), key=lambda one: one.name)
    return hashlib.sha256(b"".join(one.read_bytes() for one in folder)).hexdigest()[:10]
