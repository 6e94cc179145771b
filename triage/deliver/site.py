"""A folder of static pages: one a digest, a calendar of all, and the Atom feed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from triage.config.schema import Config
from triage.deliver.edition import Edition
from triage.deliver.failure import DeliveryError
from triage.deliver.feed import atom_feed, feed_hash
from triage.deliver.pages import digest_page, index_page, page_hash, page_name
from triage.deliver.targets import Brought
from triage.deliver.words import words_of
from triage.errors import TriageError
from triage.store.files import write_file

_HEAD_BYTES = 300
_PAGE = re.compile(r"\d{4}-\d\d-\d\d-insights\.html")
_OURS = b"triage-source"


@dataclass(frozen=True, slots=True)
class SiteCopy:
    """The pages' folder."""

    config: Config
    feed_id: uuid.UUID

    @property
    def name(self) -> str:
        """``site``."""
        return "site"

    @property
    def folder(self) -> Path:
        """Where the pages are."""
        return self.config.path(self.config.deliver.site.folder)

    def bring_up_to_date(self, editions: Sequence[Edition]) -> Brought:
        """Write the pages that changed; see :class:`triage.deliver.targets.Copy`."""
        settings, words = self.config.deliver.site, words_of(self.config.digest.language)
        title = settings.title or words.index_title
        pages = {edition.file.name: page_name(edition) for edition in editions}
        done: set[date] = set()
        failed: dict[date, str] = {}
        for edition, earlier, later in zip(editions, [None, *editions], [*editions[1:], None], strict=False):
            file = self.folder / page_name(edition)
            wanted = page_hash(edition, earlier=earlier, later=later, site_title=title, words=words)
            try:
                if wanted.encode() not in _head(file):
                    page = digest_page(
                        edition, earlier=earlier, later=later, pages=pages, site_title=title, words=words
                    )
                    _write(file, page)
                done.add(edition.day)
            except TriageError as error:
                failed[edition.day] = error.message
        problems: list[str] = []
        if editions:
            self._remove_all_but(set(pages.values()))
            for write in (self._write_index, self._write_feed):
                try:
                    write(editions, title)
                except TriageError as error:
                    problems.append(str(error))
        return Brought(frozenset(done), failed, tuple(problems))

    def _write_index(self, editions: Sequence[Edition], title: str) -> None:
        index = index_page(editions, site_title=title, words=words_of(self.config.digest.language))
        _write(self.folder / "index.html", index)

    def _write_feed(self, editions: Sequence[Edition], title: str) -> None:
        url, words = self.config.deliver.site.url, words_of(self.config.digest.language)
        file = self.folder / "feed.xml"
        wanted = feed_hash(editions, feed_id=self.feed_id, site_title=title, url=url, words=words)
        if wanted.encode() not in _head(file):
            feed = atom_feed(editions, feed_id=self.feed_id, site_title=title, url=url, words=words)
            _write(file, feed)

    def _remove_all_but(self, wanted: set[str]) -> None:
        """Remove the pages of digests that the reader has removed; only files that triage made."""
        for file in self.folder.glob("*-insights.html"):
            if file.name not in wanted and _PAGE.fullmatch(file.name) and _OURS in _head(file):
                try:
                    file.unlink(missing_ok=True)
                except OSError as error:
                    raise DeliveryError(f"{file} can't be removed: {error.strerror}") from error


def _write(file: Path, text: str) -> None:
    """Write a page, unless there is one that triage did not make."""
    there = _head(file)
    if there and _OURS not in there:
        raise DeliveryError(
            f"{file} was not made by triage, and is kept.",
            remedy="Move it away, or name a folder for triage alone in deliver.site.folder.",
        )
    write_file(file, text)


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_HEAD_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise DeliveryError(f"{file} can't be read: {error.strerror}") from error
