"""A folder of static pages: one a digest, a calendar of all, and an Atom feed (RFC 4287)."""

from __future__ import annotations

import calendar
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from pydantic import RootModel

from triage.config.schema import Config
from triage.config.values import Part, UrlOrNone
from triage.context import Context
from triage.deliver.delivery import Mirror, Synced
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
    site = getattr(config.deliver, Site.name, None)
    return f"{site.url}/{page_name(digest)}" if site and site.folder and site.url else ""


class Site(Mirror[SiteConfig]):
    """The pages' folder."""

    name = "site"
    config_model = SiteConfig

    @classmethod
    def targets(cls, settings: SiteConfig) -> Sequence[Site]:
        """Return the site, if a folder is set."""
        return [cls(settings)] if settings.folder else []

    def sync(self, digests: Sequence[Digest], context: Context, files: Sequence[Path]) -> Synced:
        """Write the pages that changed."""
        folder, language = (
            context.config.path(self.settings.folder),
            language_of(context.config.digest.language),
        )
        title = self.settings.title or language["index_title"]
        pages = _Pages(digests, title, language, self.settings.url, _feed_id(context))
        done: set[date] = set()
        failed: dict[date, str] = {}
        for number, digest in enumerate(digests):
            try:
                pages.write_page(number, folder)
                done.add(digest.day)
            except TriageError as error:
                failed[digest.day] = error.message
        problems: list[str] = []
        names = {page_name(digest) for digest in digests}
        _remove_all_but(names, folder)
        for write in (pages.write_index, pages.write_feed):
            try:
                write(folder)
            except TriageError as error:
                problems.append(str(error))
        written = tuple(folder / name for name in ("index.html", "feed.xml", *sorted(names)))
        return Synced(frozenset(done), failed, tuple(problems), written)


@dataclass(frozen=True)
class _Pages:
    """What all pages are made of."""

    digests: Sequence[Digest]
    title: str
    language: Language
    url: str
    feed_id: uuid.UUID

    def write_page(self, number: int, folder: Path) -> None:
        digest = self.digests[number]
        earlier = page_name(self.digests[number - 1]) if number else ""
        later = page_name(self.digests[number + 1]) if number + 1 < len(self.digests) else ""
        source = source_hash(*self._source_of(digest), earlier, later, self.title, self.language.code)

        def link(url: str) -> str:
            name, sharp, place = url.removeprefix("./").partition("#")
            return f"{self._names[name]}{sharp}{place}" if name in self._names else to_the_web(url)

        _write(
            folder / page_name(digest),
            source,
            lambda: render(
                "page.html.j2",
                language=self.language,
                source=source,
                title=digest.title,
                heading=self.language.day(digest.day, "long_day"),
                site_title=self.title,
                counts=digest.counts(self.language),
                earlier=earlier,
                later=later,
                body=markup(to_html(for_reading(digest.text), link, images=True)),
            ),
        )

    def write_index(self, folder: Path) -> None:
        """Write the page of all digests: a calendar a month, newest first."""
        by_day = {digest.day: digest for digest in self.digests}
        counts = (f"{digest.title} {digest.counts(self.language)}" for digest in self.digests)
        source = source_hash(*counts, self.title, self.language.code)
        by_month = groupby(sorted(by_day, reverse=True), key=lambda day: (day.year, day.month))
        months = [
            (
                f"m{year:04}-{month:02}",
                self.language.month(year, month),
                [
                    [(day, by_day.get(day)) if day.month == month else None for day in week]
                    for week in calendar.Calendar(calendar.MONDAY).monthdatescalendar(year, month)
                ],
            )
            for (year, month), _ in by_month
        ]
        values = {"language": self.language, "months": months, "site_title": self.title, "source": source}
        _write(
            folder / "index.html",
            source,
            lambda: render("index.html.j2", shade=_shade, spoken=self._spoken, page_name=page_name, **values),
        )

    def write_feed(self, folder: Path) -> None:
        newest = self.digests[: -NEWEST - 1 : -1]
        parts = [part for digest in newest for part in (*self._source_of(digest), _time(digest.changed_at))]
        source = source_hash(self.feed_id.hex, self.title, self.url, self.language.code, *parts)
        entries = [
            {
                "id": uuid.uuid5(self.feed_id, digest.title).urn,
                "title": f"{digest.title}: {digest.counts(self.language)}",
                "published": _time(digest.written_at),
                "updated": _time(digest.changed_at),
                "page": page_name(digest),
                "text": for_reading(digest.text),
            }
            for digest in newest
        ]
        _write(
            folder / "feed.xml",
            source,
            lambda: render(
                "feed.xml.j2",
                source=source,
                language=self.language,
                feed_id=self.feed_id.urn,
                title=self.title,
                base=f"{self.url}/" if self.url else "",
                updated=max(entry["updated"] for entry in entries),
                entries=entries,
                to_html=lambda text: to_html(text, images=True),
            ),
        )

    @cached_property
    def _names(self) -> dict[str, str]:
        """The pages by the name of the digest's file: links between digests are kept."""
        return {digest.file.name: page_name(digest) for digest in self.digests}

    def _source_of(self, digest: Digest) -> tuple[str, ...]:
        return digest.title, digest.text, str(digest.total), str(len(digest.picks))

    def _spoken(self, digest: Digest) -> str:
        day = self.language.day(digest.day, "long_day")
        return self.language.text(
            "day_picked_of_total", day=day, picked=len(digest.picks), total=digest.total
        )


def _shade(digest: Digest) -> int:
    picked, total = len(digest.picks), digest.total
    share = picked / total if total else 0.0
    return next((4 - step for step, least in enumerate(_SHADES) if share >= least), 1) if picked else 0


def _feed_id(context: Context) -> uuid.UUID:
    with context.store.transaction() as tx:
        known = tx.records.get(FeedId)
        if known is None:
            known = FeedId(uuid.uuid4())
            tx.records.put(known)
    return known.root


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _remove_all_but(names: set[str], folder: Path) -> None:
    """Remove the pages of digests that the reader has removed; only files that triage made."""
    for file in folder.glob("*-insights.html"):
        if file.name not in names and _PAGE.fullmatch(file.name) and _OURS in _head(file):
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise DeliveryError(f"{file} can't be removed: {error.strerror}") from error


def _write(file: Path, source: str, make: Callable[[], str]) -> None:
    """Write a page, unless it is there already, or one is there that triage did not make."""
    head = _head(file)
    if source.encode() in head:
        return
    if head and _OURS not in head:
        raise DeliveryError(
            f"{file} was not made by triage, and is kept.",
            remedy="Move it away, or name a folder for triage alone in deliver.site.folder.",
        )
    write_file(file, make())


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_HEAD_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise DeliveryError(f"{file} can't be read: {error.strerror}") from error
