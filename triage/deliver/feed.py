"""The digests as an Atom feed (RFC 4287)."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

from triage.deliver.edition import Edition
from triage.deliver.markdown import for_reading, legal, to_html
from triage.deliver.pages import page_name, source_hash
from triage.deliver.words import Words

NEWEST = 30
"""Entries in the feed; the pages have them all."""

_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"


def feed_hash(
    editions: Sequence[Edition], *, feed_id: uuid.UUID, site_title: str, url: str, words: Words
) -> str:
    """Return what a feed is made of, in short; it stands in the feed, as in a page."""
    parts = [
        part for edition in editions[-NEWEST:] for part in (source_hash(edition), _time(edition.changed_at))
    ]
    return hashlib.sha256("\0".join([feed_id.hex, site_title, url, words.code, *parts]).encode()).hexdigest()


def atom_feed(
    editions: Sequence[Edition], *, feed_id: uuid.UUID, site_title: str, url: str, words: Words
) -> str:
    """Return the feed of the newest digests.

    Parameters
    ----------
    editions : sequence of Edition
        Oldest first.
    feed_id : UUID
        The reader's own: entries keep their ids when the pages move.
    site_title : str
    url : str
        Where the pages are published; empty for relative links.
    words : Words

    Returns
    -------
    str
        An XML document.
    """
    base = f"{url}/" if url else ""
    feed = ElementTree.Element("feed", {"xmlns": _ATOM, f"{{{_XML}}}lang": words.html_language})
    _add(feed, "id", feed_id.urn)
    _add(feed, "title", site_title)
    newest = list(reversed(editions[-NEWEST:]))
    _add(feed, "updated", _time(max(edition.changed_at for edition in newest)))
    ElementTree.SubElement(feed, "link", rel="self", href=f"{base}feed.xml", type="application/atom+xml")
    ElementTree.SubElement(feed, "link", rel="alternate", href=f"{base}index.html", type="text/html")
    _add(ElementTree.SubElement(feed, "author"), "name", "triage")
    for edition in newest:
        entry = ElementTree.SubElement(feed, "entry")
        counts = words.counts.format(picked=len(edition.picks), total=edition.total)
        _add(entry, "id", uuid.uuid5(feed_id, edition.title).urn)
        _add(entry, "title", f"{edition.title}: {counts}")
        _add(entry, "published", _time(edition.written_at))
        _add(entry, "updated", _time(edition.changed_at))
        page = f"{base}{page_name(edition)}"
        ElementTree.SubElement(entry, "link", rel="alternate", href=page, type="text/html")
        content = _add(entry, "content", to_html(for_reading(edition.text), images=True))
        content.set("type", "html")
    ElementTree.indent(feed)
    source = feed_hash(editions, feed_id=feed_id, site_title=site_title, url=url, words=words)
    head = f'<?xml version="1.0" encoding="utf-8"?>\n<!-- triage-source {source} -->\n'
    return f"{head}{ElementTree.tostring(feed, encoding='unicode')}\n"


def _add(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    element.text = legal(text)
    return element


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
