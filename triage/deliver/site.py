"""A folder of static pages: one a digest, a calendar of all, and an Atom feed (RFC 4287)."""

from __future__ import annotations

import calendar
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from pydantic import RootModel

from triage.config.schema import Config
from triage.config.values import Part, UrlOrNone
from triage.context import Context
from triage.deliver.delivery import Mirror, Synced, write_each
from triage.deliver.digests import Digest
from triage.deliver.failure import DeliveryError
from triage.deliver.markdown import for_reading, to_html, to_the_web
from triage.deliver.pages import markup, render, source_hash
from triage.digest.language import Language, language_of
from triage.errors import TriageError
from triage.store.files import write_file

NEWEST = 30
"""Entries in the feed; the pages have them all."""

_HEAD_BYTES = 300
_PAGE = re.compile(r"\d{4}-\d\d-\d\d-insights\.html")
_OURS = b"triage-source"
_SHADES = (0.06, 0.04, 0.02)
"""Least share of picks for the darkest cells and so on: the steps of the digests' own index."""


class SiteConfig(Part):
    """All digests as static pages, with a calendar and an Atom feed."""

    folder: str = ""
    """Empty: no pages."""
    url: UrlOrNone = ""
    """Where the folder is published, for absolute links in the feed; empty for relative ones."""
    title: str = ""
    """Empty for the index's own title, in the digests' language."""


class FeedId(RootModel[uuid.UUID], frozen=True):
    """The reader's own: entries keep their ids when the pages move."""

    KEY: ClassVar[str] = "deliver feed"


def page_name(digest: Digest) -> str:
    """Return the file name of a digest's page; it never changes."""
    return f"{digest.title}.html"


def page_url(digest: Digest, config: Config) -> str:
    """Return the address of a digest's page on the web, or an empty string."""
    site = config.delivery(Site.name, SiteConfig)
    return f"{site.url}/{page_name(digest)}" if site and site.folder and site.url else ""


class Site(Mirror[SiteConfig]):
    name = "site"
    config_model = SiteConfig

    @classmethod
    def parts(cls, settings: SiteConfig) -> Sequence[str]:
        return ("",) if settings.folder else ()

    def sync(self, digests: Sequence[Digest], context: Context, files: Sequence[Path]) -> Synced:
        language = language_of(context.config.digest.language)
        title = self.settings.title or language["index_title"]
        folder = context.config.path(self.settings.folder)
        pages = _Pages(
            folder, digests, title, language, self.settings.url, _feed_id(context), context.config.web.url
        )
        names = [page_name(digest) for digest in digests]
        around = zip(names, ["", *names], [*names[1:], ""], strict=False)
        neighbours = {name: (earlier, later) for name, earlier, later in around}
        synced = write_each(digests, lambda digest: pages.write_page(digest, *neighbours[page_name(digest)]))
        _remove_all_but(set(names), folder)
        problems: list[str] = []
        for write in (pages.write_index, pages.write_feed):
            try:
                write()
            except TriageError as error:
                problems.append(str(error))
        written = tuple(folder / name for name in ("index.html", "feed.xml", *sorted(names)))
        return replace(synced, problems=tuple(problems), files=written)


@dataclass(frozen=True)
class _Pages:
    """All pages, and what their templates ask for."""

    folder: Path
    digests: Sequence[Digest]
    title: str
    language: Language
    url: str
    feed_id: uuid.UUID
    answers: str
    """The address of the reader's own pages, where links lead to answer; empty for no links."""

    def write_page(self, digest: Digest, earlier: str, later: str) -> None:
        source = [*_source(digest), earlier, later, *filter(None, [self.answers])]
        self._write(page_name(digest), "page.html.j2", source, digest=digest, earlier=earlier, later=later)

    def write_index(self) -> None:
        """Write the page of all digests: a calendar a month, newest first."""
        by_day = {digest.day: digest for digest in self.digests}
        by_month = groupby(sorted(by_day, reverse=True), key=lambda day: (day.year, day.month))
        months = [
            [
                [(day, by_day.get(day)) if day.month == month else None for day in week]
                for week in calendar.Calendar(calendar.MONDAY).monthdatescalendar(year, month)
            ]
            for (year, month), _ in by_month
        ]
        source = [f"{digest.title} {digest.counts(self.language)}" for digest in self.digests]
        self._write("index.html", "index.html.j2", source, months=months)

    def write_feed(self) -> None:
        newest = self.digests[: -NEWEST - 1 : -1]
        source = [part for digest in newest for part in (*_source(digest), self.time(digest.changed_at))]
        updated = max(digest.changed_at for digest in newest)
        self._write("feed.xml", "feed.xml.j2", source, digests=newest, updated=updated)

    def _write(self, name: str, template: str, source: Sequence[str], **values: object) -> None:
        """Write a page, unless it is there already, or one is there that triage did not make."""
        file = self.folder / name
        hashed = source_hash(*source, self.title, self.url, self.feed_id.hex, self.language.code)
        head = _head(file)
        if hashed.encode() in head:
            return
        if head and _OURS not in head:
            raise DeliveryError(
                f"{file} was not made by triage, and is kept.",
                remedy="Move it away, or name a folder for triage alone in deliver.site.folder.",
            )
        write_file(file, render(template, source=hashed, site=self, language=self.language, **values))

    page_name = staticmethod(page_name)

    def body(self, digest: Digest) -> object:
        """A digest's HTML; links between digests lead to their pages."""
        pages = {one.file.name: page_name(one) for one in self.digests}

        def link(url: str) -> str:
            name, sharp, place = url.removeprefix("./").partition("#")
            return f"{pages[name]}{sharp}{place}" if name in pages else to_the_web(url)

        return markup(to_html(for_reading(digest.text, self.answers), link, images=True, formulas="mathml"))

    def feed_body(self, digest: Digest) -> str:
        """The same with links to the web alone, as text of a feed."""
        return to_html(for_reading(digest.text), images=True)

    def entry_id(self, digest: Digest) -> str:
        return uuid.uuid5(self.feed_id, digest.title).urn

    def spoken(self, digest: Digest) -> str:
        day = self.language.day(digest.day, "long_day")
        return self.language.text(
            "day_picked_of_total", day=day, picked=len(digest.picks), total=digest.total
        )

    @staticmethod
    def shade(digest: Digest) -> int:
        """How dark a cell of the calendar is: 0 without a pick, 4 with many."""
        picked, total = len(digest.picks), digest.total
        share = picked / total if total else 0.0
        return next((4 - step for step, least in enumerate(_SHADES) if share >= least), 1) if picked else 0

    @staticmethod
    def time(moment: datetime) -> str:
        return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _source(digest: Digest) -> tuple[str, ...]:
    return digest.title, digest.text, str(digest.total), str(len(digest.picks))


def _feed_id(context: Context) -> uuid.UUID:
    with context.store.transaction() as tx:
        known = tx.records.get(FeedId)
        if known is None:
            known = FeedId(uuid.uuid4())
            tx.records.put(known)
    return known.root


def _remove_all_but(names: set[str], folder: Path) -> None:
    """Remove the pages of digests that the reader has removed; only files that triage made."""
    for file in folder.glob("*-insights.html"):
        if file.name not in names and _PAGE.fullmatch(file.name) and _OURS in _head(file):
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise DeliveryError(f"{file} can't be removed: {error.strerror}") from error


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_HEAD_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise DeliveryError(f"{file} can't be read: {error.strerror}") from error
