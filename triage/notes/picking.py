"""Which piece of a line is the title?

A line is flattened to text that remembers how each place was dressed.  Numbering, dates and tags at
its beginning are passed over; then every dressed piece and the plain text itself are offered as
titles, and the best is picked by how it reads and how it is dressed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.notes.blocks import Line, Span
from triage.notes.identifiers import find_ids
from triage.notes.labels import Says, labelled
from triage.notes.links import BARE_URL, is_generic_link
from triage.notes.titles import (
    Quality,
    clean,
    is_byline,
    looks_like_authors,
    looks_like_venue,
    quality,
    title_of_citation,
    without_people,
)
from triage.notes.venues import Address, address

_MARKERS = re.compile(
    r"""(?x)^(?:
      \s+ | :[a-z_]{3,25}:\s | \d{1,2}(?:\.\d{1,2}){1,3}\.?\s+(?=\S) | [-*+•·▪●○◦‣–—>|~✅☑✔❌⬜]+\s+ | \[[ xX]\]\s | \[\d{1,4}\]\.? | \(\d{1,4}\)[.:]? | （\d{1,4}） | 【\d{1,4}】 | \#?\d{1,4}[.)、:：．]\s*(?!\d) | [一二三四五六七八九十]{1,3}[、．.]\s* | 第[一二三四五六七八九十\d]{1,3}[篇章节]\s*[:：、]?\s*
    | (?i:paper|article|论文|文章|論文|논문)\s*\#?(?:\d{1,3}|[一二三四五六七八九十])\s*[:：.、-]\s*(?=\S)
    | \#\d{1,4}\s | \d{1,3}\s+(?=[“\"《\[])
    | [①-⑳❶-❿⓪] | [ivx]{1,5}[.)]\s | [a-z]\)\s
    | (?:\d{4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?|\d{1,2}/\d{1,2}/\d{2,4}|\(?(?:19|20)\d{2}\)?(?=\s*[|:：,.]|\s+[-–—|]\s|\s))\s*[:：,|.)-]*\s*(?=\S)
    | @[\w:-]*\d{4}\w*[\])]*\s+(?=\S)
    | (?:TODO|DONE|NOW|LATER|DOING|WAITING|NEXT|READING|READ|TOREAD|CANCELED)\s+(?=\S)
    | (?:\d{1,2}(?:st|nd|rd|th)?\s+(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?(?:,?\s+(?:19|20)\d{2})?|(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?\s+(?:\d{1,2}(?:st|nd|rd|th)?)?(?:,?\s*(?:19|20)\d{2})?(?<=\d))\s*[-–—:|]\s*(?=\S)
    | [^\w\s\[\](){}（）【】《》“”\"'‘’「」『』<>$#@&+\\/.,:：;|!?-]
    )"""
)


_TAG = re.compile(
    r"^(?:\[([^\[\]]{1,45})\]|\(([^()]{1,45})\)|【([^【】]{1,30})】|（([^（）]{1,30})）|\{([^{}]{1,30})\})[\s:：,.|-]*"
)


_QUOTED = re.compile(
    r"《([^《》]{3,300})》|[“„«]([^“”„«»]{8,300})[”“»]|\"([^\"]{8,300})\"|「([^「」]{8,300})」|『([^『』]{8,300})』|``(.{8,300}?)''"
)


_LONGEST = 1_500
"""Characters of a line in which a title is looked for; what comes later is prose."""


_APA = re.compile(r"\(\s*(?:19|20)\d{2}[a-z]?(?:,\s*[A-Z][a-z]+(?:\s+\d{1,2})?)?\s*\)[.,:]\s+")


_PROSE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|will|would|should|may|might|must|we|they|i|you|he|she|it|this|that|these|those|which|who|also|because|"
    r"proposes?|introduces?|presents?|shows?|uses?|based|following|according|see|like|such|from|in|similar|inspired|compared|builds?|extends?|described|called|named|our|their|my)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Flat:
    """A line as text, knowing the span of each place."""

    text: str
    spans: tuple[tuple[int, int, Span], ...]

    @staticmethod
    def of(line: Line) -> Flat:
        text = ""
        spans = []
        for span in line.spans:
            if span.image or len(text) > _LONGEST:
                continue
            piece = span.text[:_LONGEST]
            spans.append((len(text), len(text) + len(piece), span))
            text += piece
        return Flat(text, tuple(spans))


def title_of(raw: str, how: str) -> str:
    """A chosen piece of a line as a title: references are taken apart, dressed pieces are not."""
    return title_of_citation(raw) if how in ("text", "citation") else without_people(clean(raw), dressed=True)


def skip_markers(flat: Flat) -> int:
    """The place behind numbering, boxes, emoji, dates and venue tags at the beginning."""
    place = 0
    text = flat.text
    while place < len(text):
        number = next(iter(find_ids(text[place : place + 60])), None)
        if number and number.start <= 1 and text[place : place + number.start] in ("", "[", "("):
            match = re.match(r"[\])\s:：,.|–—-]*", text[place + number.end :])
            place += number.end + (match.end() if match else 0)
            continue
        if (behind := _behind_address(flat, place)) is not None:
            place = behind
            continue
        if match := _MARKERS.match(text[place:]):
            place += match.end()
            continue
        span = _span_at(flat, place)
        if span and span[2].code and len(span[2].text) <= 30 and text[span[1] :].strip():
            place = span[1]
            continue
        match = _TAG.match(text[place:])
        if (
            match
            and text[place + match.end() :].strip()
            and not _linked_inside(flat, place, place + match.end())
        ):
            inside = next(group for group in match.groups() if group is not None)
            after = text[place + match.end() :]
            if quality(inside) < Quality.STRONG and not is_generic_link(after.strip()):
                place += match.end()
                continue
        found = labelled(Line(1, (Span(text[place : place + 60]),)))
        if (
            found
            and found.says in (Says.PAPER, Says.TITLE)
            and len(text) > place + (60 - len(found.line.text)) > place
        ):
            place += min(60, len(text) - place) - len(found.line.text)
            continue
        break
    return place


def _behind_address(flat: Flat, place: int) -> int | None:
    """The place behind an address at the beginning (``https://… Title``, ``[PDF] Title``), if text follows."""
    text = flat.text
    opening = re.match(r"[\[(（【]*", text[place:])
    start = place + (opening.end() if opening else 0)
    span = _span_at(flat, start)
    if span and span[2].url and span[0] <= start and is_generic_link(span[2].text):
        end = span[1]
    elif match := BARE_URL.match(text, start):
        end = match.end()
    else:
        return None
    tail = re.match(r"[\])）】\s]*[:：,.|–—-]*\s*", text[end:])
    end += tail.end() if tail else 0
    return end if re.search(r"\w{2}", text[end:]) else None


def _span_at(flat: Flat, place: int) -> tuple[int, int, Span] | None:
    return next((one for one in flat.spans if one[0] <= place < one[1]), None)


def _linked_inside(flat: Flat, start: int, end: int) -> bool:
    return any(
        span.url and address(span.url) >= Address.MAYBE
        for low, high, span in flat.spans
        if low < end and start < high
    )


def _groups(flat: Flat, start: int, key: str) -> list[tuple[int, int, str]]:
    """Maximal runs of spans with the same dress (link, bold or italics), as ``low, high, url``."""
    runs: list[tuple[int, int, str]] = []
    for low, high, span in flat.spans:
        if high <= start:
            continue
        value = span.url if key == "url" else getattr(span, key)
        if not value:
            continue
        url = span.url
        if runs and runs[-1][1] == low and (key != "url" or runs[-1][2] == url):
            runs[-1] = (runs[-1][0], high, runs[-1][2] or url)
        else:
            runs.append((max(low, start), high, url))
    return runs


def pick(flat: Flat, start: int) -> tuple[int, int, str, str] | None:
    """Choose the piece of the line that is the title: ``low, high, how, url``."""
    text = flat.text
    candidates: list[tuple[float, int, int, str, str]] = []

    def offer(low: int, high: int, how: str, url: str, bonus: float) -> None:
        shown = title_of(text[low:high], how)
        if how in ("italics", "bold") and is_cited(text[start:low]):
            # What is dressed after a list of people is the title, however it reads.
            bonus = 3.0
        if not shown or is_generic_link(shown) or (how != "text" and is_generic_link(text[low:high])):
            return
        worth = quality(shown)
        if how in ("link", "bold", "italics") and (
            looks_like_authors(shown) or (looks_like_venue(shown) and worth < Quality.STRONG)
        ):
            return
        if worth == Quality.NONE and how != "quotes" and bonus < 3:
            return
        candidates.append((worth + bonus - 0.004 * (low - start), low, high, how, url))

    for match in _QUOTED.finditer(text, start):
        group = next(i for i in range(1, 7) if match[i] is not None)
        url = next(
            (
                span.url
                for low, high, span in flat.spans
                if span.url and low < match.end() and match.start() < high
            ),
            "",
        )
        offer(match.start(group), match.end(group), "quotes", url, 1.6)
    for low, high, url in _groups(flat, start, "url"):
        kind = address(url)
        bonus = 2.0 if kind >= Address.PAPER else 1.2 if kind == Address.MAYBE else 0.6
        offer(*_extend(flat, low, high), "link", url, bonus + _describes(text, start, low, high))
    for low, high, url in _groups(flat, start, "bold"):
        offer(*_extend(flat, low, high), "bold", url, 1.1 + _describes(text, start, low, high))
    for low, high, url in _groups(flat, start, "italic"):
        offer(low, high, "italics", url, 0.7)
    dated = _APA.search(text, start)
    if dated and looks_like_authors(text[start : dated.start()]):
        title = re.split(r"(?<=[.?!])\s+(?=[A-Z(\[*_])", text[dated.end() :], maxsplit=1)[0]
        if title.strip():
            offer(dated.end(), dated.end() + len(title), "citation", "", 3.0)
    end = _end_of_text(flat, start)
    if end > start:
        offer(start, end, "text", "", 0.5)
    if not candidates:
        return None
    _, low, high, how, url = max(candidates, key=lambda one: one[0])
    return low, high, how, url


def is_cited(before: str) -> bool:
    """Whether what stands before a title is a list of people that ends with a comma, a stop or a colon."""
    before = before.strip()
    return bool(before) and before[-1] in ",.:;" and is_byline(before)


def _describes(text: str, start: int, low: int, high: int) -> float:
    """How much a name at the beginning gains by a description after it: ``**scGPT** - a model that ...``."""
    if text[start:low].strip():
        return 0.0
    if re.match(r"\s+[-–—]\s+\S", text[high:]):
        return 1.5
    return (
        1.5
        if re.match(r"\s*[-–—:：]\s+(?:[a-z]|[\u3040-\u9fff])|\s*[：，]\s*[\u3040-\u9fff]", text[high:])
        else 0.0
    )


def _extend(flat: Flat, low: int, high: int) -> tuple[int, int]:
    """``**BERT**: Pre-training of ...`` is one title although only its name is dressed."""
    text = flat.text
    if len(text[low:high].split()) > 4:
        return low, high
    match = re.match(r"\s*[:：]\s*(?=\S)", text[high:])
    if not match and not text[low:high].rstrip().endswith((":", "：")):
        return low, high
    end = _end_of_text(flat, high + (match.end() if match else 0))
    tail = text[high:end]
    subtitle = title_of_citation(tail)
    if subtitle and len(subtitle.split()) <= 22 and quality(subtitle) == Quality.STRONG:
        place = text.find(subtitle, high)
        return low, place + len(subtitle) if place >= 0 else end
    return low, high


def _end_of_text(flat: Flat, start: int) -> int:
    """Where plain text stops being a title: at the first paper link, bare address or identifier."""
    text = flat.text
    end = len(text)
    for low, _, span in flat.spans:
        if (
            low >= start
            and span.url
            and (is_generic_link(span.text) or (address(span.url) >= Address.MAYBE and low > start))
        ):
            end = min(end, low)
            break
    if match := BARE_URL.search(text, start):
        end = min(end, match.start())
    for found in find_ids(text[start:end]):
        if found.start > 0:
            end = min(end, start + found.start)
            break
    return max(start, end)


def is_prose(before: str) -> bool:
    """Whether what stands before a title is running text rather than authors, a venue, a tag."""
    aside = re.search(r"\w+\s+\w+\s+[(（][^()（）\d]{0,40}$", before)
    before = before.strip(' \t-–—:：*_|,.([“"《')
    if aside and before and not looks_like_authors(before):
        return True
    if not before or looks_like_authors(before) or looks_like_venue(before):
        return False
    words = before.split()
    han = len(re.findall(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]", before))
    if han > 12 or (
        len(words) >= 3
        and len(_PROSE.findall(before)) >= 1
        and not looks_like_authors(before.rpartition(".")[0] or before)
    ):
        return True
    return len(words) > 40
