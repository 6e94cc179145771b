"""HTML pages of digests: whole, without script, readable on a phone and in the dark."""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from triage import __version__
from triage.deliver.edition import Edition
from triage.deliver.markdown import for_reading, legal, to_html, to_the_web
from triage.deliver.words import Words
from triage.digest.language import language_of

if TYPE_CHECKING:
    from jinja2 import Environment

_SHADES = (0.06, 0.04, 0.02)
"""Least share of picks for the darkest cells and so on: the steps of the digests' own index."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A day of the calendar."""

    number: int
    page: str = ""
    spoken: str = ""
    total: int = 0
    picked: int = 0
    shade: int = 0


@dataclass(frozen=True, slots=True)
class _Month:
    key: str
    name: str
    weeks: tuple[tuple[_Cell | None, ...], ...]


def page_name(edition: Edition) -> str:
    """Return the file name of a digest's page; it never changes."""
    return f"{edition.title}.html"


def source_hash(edition: Edition, *around: str) -> str:
    """Return what a page is made of, in short: the same hash, the same page.

    It stands in the page, so that a site of a thousand digests is not rendered anew each day.
    """
    digest = hashlib.sha256(_templates_hash())
    for part in (edition.title, edition.text, str(edition.total), str(len(edition.picks)), *around):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def digest_page(
    edition: Edition,
    *,
    earlier: Edition | None,
    later: Edition | None,
    pages: Mapping[str, str],
    site_title: str,
    words: Words,
) -> str:
    """Return a digest's page.

    Parameters
    ----------
    edition : Edition
    earlier, later : Edition, optional
        Its neighbours, to be linked.
    pages : mapping of str to str
        The pages of all digests by the name of the digest's file: links between digests are kept.
    site_title : str
    words : Words
    """
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            words=words,
            source=page_hash(edition, earlier=earlier, later=later, site_title=site_title, words=words),
            title=edition.title,
            heading=words.long_day(edition.day),
            site_title=legal(site_title),
            counts=words.counts.format(picked=len(edition.picks), total=edition.total),
            earlier=page_name(earlier) if earlier else "",
            later=page_name(later) if later else "",
            body=_markup(to_html(for_reading(edition.text), lambda url: _within(url, pages), images=True)),
        )
    )


def page_hash(
    edition: Edition, *, earlier: Edition | None, later: Edition | None, site_title: str, words: Words
) -> str:
    """Return the hash that :func:`digest_page` puts into the page."""
    around = (earlier.title if earlier else "", later.title if later else "", site_title, words.code)
    return source_hash(edition, *around)


def index_page(editions: Sequence[Edition], *, site_title: str, words: Words) -> str:
    """Return the page of all digests: a calendar a month, newest first."""
    by_day = {edition.day: edition for edition in editions}
    months = [
        _month(year, month, by_day, words)
        for (year, month), _ in groupby(sorted(by_day, reverse=True), key=lambda day: (day.year, day.month))
    ]
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            words=words,
            months=months,
            weekdays=language_of(words.code).weekdays,
            site_title=legal(site_title),
        )
    )


def mail_page(title: str, counts: str, body: str, words: Words) -> str:
    """Return the HTML part of an e-mail.

    Parameters
    ----------
    title, counts : str
        Plain text.
    body : str
        HTML.
    words : Words
    """
    template = _environment().get_template("mail.html.j2")
    return template.render(words=words, title=title, counts=counts, body=_markup(body))


def _month(year: int, month: int, by_day: Mapping[date, Edition], words: Words) -> _Month:
    weeks = tuple(
        tuple(_cell(day, by_day.get(day), words) if day.month == month else None for day in week)
        for week in calendar.Calendar(calendar.MONDAY).monthdatescalendar(year, month)
    )
    return _Month(f"m{year:04}-{month:02}", language_of(words.code).month(year, month), weeks)


def _cell(day: date, edition: Edition | None, words: Words) -> _Cell:
    if edition is None:
        return _Cell(day.day)
    picked, total = len(edition.picks), edition.total
    share = picked / total if total else 0.0
    shade = next((4 - tx for tx, least in enumerate(_SHADES) if share >= least), 1) if picked else 0
    spoken = words.day_counts.format(day=words.long_day(day), picked=picked, total=total)
    return _Cell(day.day, page_name(edition), spoken, total, picked, shade)


def _within(url: str, pages: Mapping[str, str]) -> str:
    name, sharp, place = url.removeprefix("./").partition("#")
    if name in pages:
        return f"{pages[name]}{sharp}{place}"
    return to_the_web(url)


def _markup(body: str) -> object:
    from markupsafe import Markup

    return Markup(body)  # noqa: S704 -- made by `to_html`, which escapes all that is not its own.


@cache
def _templates_hash() -> bytes:
    folder = files("triage.deliver") / "templates"
    names = ("page.html.j2", "style.css")
    return hashlib.sha256(
        b"".join([__version__.encode(), *((folder / name).read_bytes() for name in names)])
    ).digest()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("triage.deliver"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
