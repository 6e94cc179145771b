"""HTML around a digest: whole pages, without script, readable on a phone and in the dark."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from triage import __version__
from triage.deliver.markdown import legal
from triage.digest.language import Language
from triage.text.templates import templates_of

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: object) -> str:
    """Fill in a template; all values are escaped but those made by :func:`markup`."""
    return _environment().get_template(template).render(values)


def mail_page(title: str, counts: str, body: str, language: Language) -> str:
    """Return the HTML part of an e-mail; title and counts are plain text, the body is HTML."""
    return render("mail.html.j2", language=language, title=title, counts=counts, body=markup(body))


def markup(body: str) -> object:
    """Mark HTML of :func:`triage.deliver.markdown.to_html` as such, so that it is not escaped."""
    from markupsafe import Markup

    return Markup(body)  # noqa: S704 -- made by `to_html`, which escapes all that is not its own.


def source_hash(*parts: str) -> str:
    """Return what a page is made of, in short: the same hash, the same page.

    It stands in the page, so that a site of a thousand digests is not rendered anew each day.
    """
    return hashlib.sha256("\0".join((_templates_hash(), *parts)).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _templates_hash() -> str:
    folder = sorted((files("triage.deliver") / "templates").iterdir(), key=lambda file: file.name)
    content = b"".join(file.read_bytes() for file in folder if file.is_file())
    return hashlib.sha256(__version__.encode() + content).hexdigest()


@cache
def _environment() -> Environment:
    environment = templates_of("triage.deliver", html=True)
    environment.filters["legal"] = legal
    return environment
