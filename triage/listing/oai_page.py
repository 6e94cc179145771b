"""OAI-PMH pages of arXiv, in the format arXivRaw: every version with its time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import defusedxml.ElementTree

from triage.listing.calendar import announced_day, is_listing_day
from triage.listing.response_check import require_xml, root_is
from triage.listing.text import (
    as_text,
    child_text,
    listed_names,
    parse_mail_time,
    single_spaced,
    without_repeats,
)
from triage.papers import ArxivId, InvalidArxivId, Paper, parse_arxiv_id

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FORMAT = "arXivRaw"
IS_OAI = root_is(("OAI-PMH",), "OAI-PMH")
HELD_AT_MOST = timedelta(days=30)
"""A first version's datestamp later than this after its submission is a change of its metadata."""
_PREFIX = "oai:arXiv.org:"
_PHYSICS = frozenset({
    "astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin",
    "nucl-ex", "nucl-th", "physics", "quant-ph",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class OaiRecord:
    """One record: a paper, or the trace of one that was deleted."""

    id: ArxivId
    datestamp: date
    """When the record changed last: for a first version, its listing day or the evening before."""
    paper: Paper | None
    """None when the record is deleted."""


@dataclass(frozen=True, slots=True)
class OaiPage:
    """One page of a list of records."""

    records: tuple[OaiRecord, ...]
    token: str = ""
    """Asks for the next page, for about a day; empty on the last."""
    cursor: int | None = None
    """How many records came before this page, when the server says."""
    complete_size: int | None = None
    """How many records the whole list has, when the server says."""
    error: str = ""
    """The protocol's error code, such as ``noRecordsMatch``."""
    message: str = ""
    unreadable: tuple[str, ...] = ()
    """Records that are not what they should be, each with the reason."""
    was_cached: bool = False
    """Whether it was fetched by an earlier run that was stopped."""


def oai_set(category: str) -> str:
    """Return the OAI-PMH set of a category.

    >>> oai_set("cs.CL"), oai_set("astro-ph.GA"), oai_set("hep-th"), oai_set("cs")
    ('cs:cs:CL', 'physics:astro-ph:GA', 'physics:hep-th', 'cs')
    """
    archive, _, subject = category.partition(".")
    if archive in _PHYSICS:
        return ":".join(filter(None, ("physics", archive, subject)))
    return f"{archive}:{archive}:{subject}" if subject else archive


def parse_page(body: bytes, *, url: str, extra_holidays: Collection[date] = ()) -> OaiPage:
    """Parse an answer to ListRecords: records or an error.  The address is for messages.

    Raises ListingError if it is no OAI-PMH answer.
    """
    require_xml(body, IS_OAI, url=url)
    root = defusedxml.ElementTree.fromstring(body)
    records, unreadable = [], []
    for element in root.iterfind(".//{*}record"):
        try:
            records.append(_record(element, extra_holidays))
        except (InvalidArxivId, ValueError) as error:
            unreadable.append(single_spaced(str(error)))
    page_error = root.find(".//{*}error")
    token = root.find(".//{*}resumptionToken")
    return OaiPage(
        tuple(records),
        token="" if token is None else (token.text or "").strip(),
        cursor=_number(token, "cursor"),
        complete_size=_number(token, "completeListSize"),
        error="" if page_error is None else page_error.get("code", "unknown"),
        message="" if page_error is None else single_spaced(page_error.text or ""),
        unreadable=tuple(unreadable),
    )


def _record(element: Element, extra_holidays: Collection[date]) -> OaiRecord:
    header = element.find("{*}header")
    if header is None:
        raise ValueError("a record without header")
    identifier, _ = parse_arxiv_id(child_text(header, "identifier").removeprefix(_PREFIX))
    datestamp = date.fromisoformat(child_text(header, "datestamp")[:10])
    if header.get("status") == "deleted":
        return OaiRecord(identifier, datestamp, None)
    content = element.find("{*}metadata/*")
    if content is None:
        raise ValueError(f"{identifier} has no metadata")
    if parse_arxiv_id(child_text(content, "id") or identifier)[0] != identifier:
        raise ValueError(f"{identifier} has the metadata of another paper")
    if _name(content) != FORMAT:
        raise ValueError(f"{identifier} is in another format <{_name(content)[:40]}>")
    return OaiRecord(identifier, datestamp, _paper(content, identifier, datestamp, extra_holidays))


def _paper(content: Element, identifier: ArxivId, datestamp: date, extra_holidays: Collection[date]) -> Paper:
    versions = [
        (int(element.get("version", "").removeprefix("v")), parse_mail_time(child_text(element, "date")))
        for element in content.iterfind("{*}version")
    ]
    if not versions:
        raise ValueError(f"{identifier} has no versions")
    (_, submitted), (version, updated) = min(versions), max(versions)
    announced = announced_day(submitted, extra_holidays)
    held_until = datestamp if version == 1 and is_listing_day(datestamp, extra_holidays) else announced
    if announced < held_until <= announced + HELD_AT_MOST:
        announced = held_until
    if not child_text(content, "title"):
        raise ValueError(f"{identifier} has no title")
    return Paper(
        id=identifier,
        title=as_text(child_text(content, "title")),
        abstract=as_text(child_text(content, "abstract")),
        authors=listed_names(child_text(content, "authors")),
        categories=without_repeats(child_text(content, "categories").split()),
        version=version,
        submitted=submitted,
        updated=updated,
        announced=announced,
        doi=child_text(content, "doi"),
        journal_ref=as_text(child_text(content, "journal-ref")),
        comment=as_text(child_text(content, "comments")),
    )


def _number(token: Element | None, name: str) -> int | None:
    text = "" if token is None else token.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else None


def _name(element: Element) -> str:
    """The element's name without namespace, which copies of arXiv's answers have lost."""
    return str(element.tag).rpartition("}")[2]
