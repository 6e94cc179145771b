"""What the fake arXiv says: requests of each service, and faults of content, to bodies."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from tests.fake_arxiv import pages
from tests.fake_arxiv.faults import Fault, Kind, Reply, day, lag, number
from tests.fake_arxiv.world import OAI_READY, Known, World, feed_day, reached
from triage.listing.oai_page import oai_set
from triage.papers import InvalidArxivId, parse_arxiv_id

FEED_CAP = 2_000
API_PAGE_CAP = 2_000
OAI_PAGE = 1_000
_CATEGORY = re.compile(r"cat:([\w.-]+)")
_WINDOW = re.compile(r"submittedDate:\[(\d{12}) TO (\d{12})\]")
_TITLE = re.compile(r'ti:(?:"([^"]*)"|(\S+))')
_WORD = re.compile(r"[^\W_]+")
_PLAIN_PNG = b"\x89PNG\r\n\x1a\n"


def feed(world: World, path: str, faults: Sequence[Fault], now: datetime, *, cap: int = FEED_CAP) -> Reply:
    """Answer for ``/rss/CAT`` and ``/atom/CAT``, where ``cs.CL+cs.AI`` asks for several."""
    _, form, names = path.split("/", 2)
    categories = names.split("+")
    switches = {fault.kind: fault for fault in faults}
    asked = categories
    for kind in (Kind.WRONG_FEED, Kind.WRONG_ITEMS):
        if kind in switches:
            categories = [str(switches[kind].value or "cs.CV")]
    listed_day = day(switches[Kind.STALE]) if Kind.STALE in switches else feed_day(now)
    items = world.listing(listed_day, categories)
    if Kind.THIN in switches:
        share = number(switches[Kind.THIN], 0.1)
        items = [
            item
            for item in items
            if item.announce_type.is_replacement or zlib.crc32(item.paper.id.encode()) / 2**32 < share
        ]
    if Kind.OTHER_CATEGORY in switches:
        items = [replace(item, paper=replace(item.paper, categories=())) for item in items]
    if Kind.CUT in switches:
        cap = int(number(switches[Kind.CUT], cap))
    items = [] if Kind.EMPTY in switches else items[:cap]
    titled = asked if Kind.WRONG_ITEMS in switches else categories
    body = (pages.rss if form == "rss" else pages.atom)(titled, items, now)
    if Kind.CREATORS in switches:
        body = pages.creators_apart(body)
    etag = f'"{zlib.crc32(body):08x}"'
    return Reply(200, body, "application/xml", {"ETag": etag})


def api(world: World, params: Mapping[str, str], faults: Sequence[Fault], now: datetime) -> Reply:
    """Answer ``/api/query``: ``id_list``, or a ``search_query`` as triage writes them."""
    switches = {fault.kind: fault for fault in faults}
    start, page = int(params.get("start", "0")), int(params.get("max_results", "10"))
    page = min(page, API_PAGE_CAP)
    visible = now - (lag(switches[Kind.LAG]) if Kind.LAG in switches else timedelta())
    if params.get("id_list"):
        found: list[Known] = []
        for text in params["id_list"].split(","):
            try:
                identifier, _ = parse_arxiv_id(text)
            except InvalidArxivId:
                message = f"incorrect id format for {text}"
                return Reply(400, pages.api_error(message, now), "application/atom+xml")
            if known := world.known(identifier, visible):
                found.append(known)
    else:
        found = _search(world, params.get("search_query", ""), visible)
        if params.get("sortBy") == "submittedDate":
            found.sort(key=lambda known: (known.versions[0].submitted, known.paper.id))
            if params.get("sortOrder") != "ascending":
                found.reverse()
    total = 0 if Kind.EMPTY in switches else len(found)
    if Kind.NO_ENTRIES in switches:
        total, found = max(total, 214_881), []
    shown = [] if Kind.EMPTY in switches else found[start : start + page]
    if Kind.SHORT_PAGE in switches:
        shown = shown[:-1]
    body = pages.api(params, shown, total=total, start=start, page=page, now=now)
    return Reply(200, body, "application/atom+xml; charset=UTF-8")


def oai(
    world: World,
    params: Mapping[str, str],
    faults: Sequence[Fault],
    now: datetime,
    *,
    page: int = OAI_PAGE,
    deleted: Sequence[tuple[str, date]] = (),
) -> Reply:
    """Answer ``/oai``: ListRecords with its resumption tokens, and GetRecord."""
    switches = {fault.kind: fault for fault in faults}
    delay = lag(switches[Kind.LAG]) if Kind.LAG in switches else OAI_READY
    verb = params.get("verb", "")
    if verb == "GetRecord":
        return _record(world, params, now - delay)
    if verb != "ListRecords":
        message = f"Bad verb. Verb '{verb}' not implemented."
        return Reply(200, pages.oai_error(params, "badVerb", message, now))
    question = dict(params)
    cursor = 0
    if token := params.get("resumptionToken"):
        try:
            since, name, metadata_prefix, offset = token.split("|")
            question = {"from": since, "set": name, "metadataPrefix": metadata_prefix}
            cursor = int(offset)
        except ValueError:
            switches[Kind.STALE_TOKEN] = Fault(Kind.STALE_TOKEN)
        if Kind.STALE_TOKEN in switches:
            message = "The resumptionToken supplied is illegal for this repository"
            return Reply(200, pages.oai_error(params, "badResumptionToken", message, now))
    if Kind.CIRCLE in switches:
        cursor = 0
    records = _changed(world, question, now - delay, deleted)
    if Kind.MISSING_RANGE in switches:
        middle, gap = len(records) // 2, int(number(switches[Kind.MISSING_RANGE], 10))
        del records[middle : middle + gap]
    if not records or Kind.EMPTY in switches:
        message = "The combination of the values results in an empty list."
        return Reply(200, pages.oai_error(params, "noRecordsMatch", message, now))
    end = cursor + page
    parts = (question.get("from", ""), question.get("set", ""), question["metadataPrefix"], str(end))
    body = pages.oai_records(
        {"verb": verb, **params},
        records[cursor:end],
        token="|".join(parts) if end < len(records) else "",
        cursor=cursor,
        size=len(records),
        now=now,
        metadata_prefix=question["metadataPrefix"],
    )
    return Reply(200, body)


def site(world: World, path: str, now: datetime) -> Reply:
    """Answer ``/abs/ID`` and ``/html/ID`` with its figure."""
    page, _, rest = path.lstrip("/").partition("/")
    if page == "html" and rest.endswith(".png"):
        return Reply(200, _picture(), "image/png")
    try:
        known = world.known(parse_arxiv_id(rest.strip("/"))[0], now)
    except InvalidArxivId:
        known = None
    if known is None or page not in ("abs", "html"):
        return Reply(404, b"<html><body><h1>Not Found</h1></body></html>", "text/html")
    body = pages.abstract_page(known) if page == "abs" else pages.paper_page(known)
    return Reply(200, body, "text/html; charset=utf-8")


def _search(world: World, query: str, now: datetime) -> list[Known]:
    categories = set(_CATEGORY.findall(query))
    window = _WINDOW.search(query)
    phrases = [_words(phrase or word) for phrase, word in _TITLE.findall(query)]
    first = _minute(window[1]) if window else datetime.min.replace(tzinfo=UTC)
    last = _last_second(window[2]) if window else datetime.max.replace(tzinfo=UTC)
    found = []
    for known in world.submitted_between(first, last, now):
        if categories and not categories & reached(known.paper):
            continue
        title = _words(known.paper.title) if phrases else []
        if all(_holds(title, phrase) for phrase in phrases):
            found.append(known)
    return found


def _record(world: World, params: Mapping[str, str], now: datetime) -> Reply:
    identifier = params.get("identifier", "")
    try:
        known = world.known(parse_arxiv_id(identifier.removeprefix("oai:arXiv.org:"))[0], now)
    except InvalidArxivId:
        known = None
    if known is None:
        message = f"Identifier '{identifier}' has correct form but does not correspond to an item"
        return Reply(200, pages.oai_error(params, "idDoesNotExist", message, now))
    prefix = params.get("metadataPrefix", "arXivRaw")
    return Reply(200, pages.oai_records(params, [known], now=now, metadata_prefix=prefix))


def _changed(
    world: World, question: Mapping[str, str], now: datetime, deleted: Sequence[tuple[str, date]]
) -> list[Known | tuple[str, date]]:
    since = date.fromisoformat(question.get("from") or "2007-05-23")
    until = date.fromisoformat(question["until"]) if question.get("until") else date.max
    name = question.get("set", "")
    changed: list[tuple[date, str, Known | tuple[str, date]]] = []
    for known in world.changed_since(since, now):
        sets = {oai_set(category) for category in reached(known.paper)}
        if known.datestamp <= until and (not name or name in sets):
            changed.append((known.datestamp, known.paper.id, known))
    changed += [
        (when, identifier, (identifier, when)) for identifier, when in deleted if since <= when <= until
    ]
    return [record for *_, record in sorted(changed, key=lambda row: row[:2])]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _holds(words: list[str], phrase: list[str]) -> bool:
    length = len(phrase)
    return any(words[place : place + length] == phrase for place in range(len(words) - length + 1))


def _minute(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)


def _last_second(text: str) -> datetime:
    return _minute(text) + timedelta(seconds=59)


def _picture() -> bytes:
    """A PNG in grey: three boxes in a row."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    width, height = pages.FIGURE_SIZE
    middle = bytes(0x60 if (x // 32) % 3 == 1 else 0xF0 for x in range(width))
    lines = (middle if height // 4 < y < height * 3 // 4 else b"\xf0" * width for y in range(height))
    rows = zlib.compress(b"".join(b"\x00" + line for line in lines))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return _PLAIN_PNG + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
