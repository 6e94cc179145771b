"""One line of a note: does it lead with a paper's title, and what belongs to that paper?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from triage.notes.blocks import Line, Span
from triage.notes.identifiers import FoundId, find_ids
from triage.notes.labels import Says, labelled
from triage.notes.titles import (
    Quality,
    clean,
    is_byline,
    looks_like_authors,
    looks_like_venue,
    quality,
    strip_markup,
    title_of_citation,
    without_people,
)
from triage.notes.venues import Address, address
from triage.papers import ArxivId

_BARE_URL = re.compile(
    r"h{0,2}ttps?://[^\s<>\"'）)】\]，。；、》」|]+|(?<![\w@./])(?:www\.|(?:[\w-]+\.)*arxiv\.org/|doi\.org/|openreview\.net/)[^\s<>\"'）)】\]，。；、》」|]+",
    re.I,
)
_GENERIC_LINK = re.compile(
    r"""(?ix)^[\W_]*(?:
      (?:\[?\d{1,4}\]?|\d{4}\.\d{4,5}(?:v\d+)?|https?://\S+|arxiv[\s:.]*[\w./-]*(?:\s*\[[\w.-]+\])?|doi(?:[\s:].*)?|10\.\d{4,}/\S+)
    | (?:the\s+|full\s+|original\s+|read\s+|link\s+to\s+|official\s+)?(?:arxiv|paper|papers|pdf|abs|abstract|html|link|links|url|here|code|github|git|repo|repository|project|project\s+page|website|web|homepage|page|home|
         blog|post|blog\s+post|video|youtube|talk|slides?|poster|demo|data|dataset|model|models|weights|checkpoints?|hugging\s*face|hf|supp|supplementary|supplement|appendix|bib|bibtex|openreview|acl|doi|ieee|acm|springer|
         semantic\s+scholar|scholar|s2|ss|twitter|tweet|thread|colab|notebook|review|reviews|summary|notes?|my\s+notes?|annotated|pytorch|tensorflow|tf|jax|keras|torch|python|matlab|c\+\+|author|official|unofficial|implementation|
         download|read|source|preprint|publication|article|camera[- ]ready|proceedings|thecvf|cvf|neurips|nips|icml|iclr|cvpr|iccv|eccv|aclanthology|anthology|pmlr|nature|science|elsevier|media|news|benchmark|leaderboard|tutorial|
         论文|原文|链接|代码|地址|笔记|解读|博客|视频|项目|主页|源码|下载|讲解|中文|论文链接|论文地址|代码链接|项目主页|数据集|知乎|文章|リンク|論文|コード|原論文|링크|논문|코드|lien|article\s+pdf)
       (?:\s*(?:link|links|page|version|paper|pdf|url|code|here|repo|site|链接|地址|代码))?
    )[\W_]*$"""
)
_MARKERS = re.compile(
    r"""(?x)^(?:
      \s+ | [-*+•·▪●○◦‣–—>|~✅☑✔❌⬜]+\s+ | \[[ xX]\]\s | \[\d{1,4}\]\.? | \(\d{1,4}\)[.:]? | （\d{1,4}） | 【\d{1,4}】 | \#?\d{1,4}[.)、:：．]\s*(?!\d) | [一二三四五六七八九十]{1,3}[、．.]\s* | 第[一二三四五六七八九十\d]{1,3}[篇章节]\s*[:：、]?\s*
    | (?i:paper|article|论文|文章|論文|논문)\s*\#?(?:\d{1,3}|[一二三四五六七八九十])\s*[:：.、-]\s*(?=\S)
    | \#\d{1,4}\s | \d{1,3}\s+(?=[“\"《\[])
    | [①-⑳❶-❿⓪] | [ivx]{1,5}[.)]\s | [a-z]\)\s
    | (?:\d{4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?|\d{1,2}/\d{1,2}/\d{2,4}|\(?(?:19|20)\d{2}\)?(?=\s*[|:：,.]|\s+[-–—|]\s|\s))\s*[:：,|.)-]*\s*(?=\S)
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
_SAYS_READ = re.compile(
    r"^\W*(?:re-?)?(?:read|reading|finished(?:\s+reading)?|skimmed|studied|started(?:\s+reading)?|今天(?:读|看)了?|读了?|看了?|읽은|読んだ)\W*$",
    re.I,
)
_PROSE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|will|would|should|may|might|must|we|they|i|you|he|she|it|this|that|these|those|which|who|also|because|"
    r"proposes?|introduces?|presents?|shows?|uses?|based|following|according|see|like|such|from|in|similar|inspired|compared|builds?|extends?|described|called|named|our|their|my)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Lead:
    """What a line says about the paper that it leads with."""

    title: str = ""
    quality: Quality = Quality.NONE
    how: str = "text"
    """Where the title stood: ``link``, ``quotes``, ``bold``, ``italics``, ``citation`` or ``text``."""
    ids: tuple[FoundId, ...] = ()
    """The identifiers in the line, in order."""
    best: Address = Address.NONE
    """The best address in the line."""
    title_address: Address = Address.NONE
    """What the title itself links to."""
    title_url: str = ""
    mention: bool = False
    """The title stands inside running prose: a paper mentioned in passing."""
    reference_only: bool = False
    """Nothing but an identifier or link(s), no title."""
    rest: str = ""
    """What follows the title."""
    before: str = ""
    """What stands before the title, markers apart."""
    urls: tuple[str, ...] = ()

    @property
    def id(self) -> ArxivId | None:
        """The identifier of the paper that leads."""
        return next((found.id for found in self.ids if found.id), None)

    @property
    def broken(self) -> str:
        """What looks like its identifier and is none."""
        return "" if self.id else next((found.broken for found in self.ids if found.broken), "")

    @property
    def several_ids(self) -> bool:
        """Whether the line names more than one arXiv paper."""
        return len({found.id for found in self.ids if found.id}) > 1

    def with_ids(self, ids: Iterable[FoundId]) -> Lead:
        """The same lead with other identifiers."""
        return replace(self, ids=tuple(ids))

    @property
    def is_citation(self) -> bool:
        """Whether the line is a reference: people before the title, or people, a venue or a year after it."""
        after = self.rest.strip(" .,;\"'”’*_")
        cited = bool(re.search(r"\b(?:19|20)\d{2}\b", after)) and is_byline(
            re.sub(r"\b(?:vol|no|pp|arXiv)\b.*", "", after)
        )
        return self.quality > Quality.NONE and (
            (bool(self.before.strip(" .,;:")) and is_byline(self.before)) or cited
        )

    @property
    def has_note(self) -> bool:
        """Whether a link to the reader's own note stands beside the title."""
        return bool(
            re.search(
                r"(?i)[\[(（【]\s*(?:my\s+|reading\s+)?(?:notes?|阅读笔记|笔记|summary|解读|メモ|정리|리뷰)\s*[\])）】]",
                self.rest,
            )
        )

    @property
    def runs_on(self) -> bool:
        """Whether the sentence goes on after the title: running prose that happens to begin with it."""
        if _SAYS_READ.match(self.before):
            return False
        return (
            bool(
                re.match(
                    r"\s*(?!by\b|and\s+[A-Z]|et\s+al|in\s+[A-Z]|from\s+[A-Z]|with\s+code)[a-z]", self.rest
                )
            )
            or len(self.rest.split()) > 45
        )


@dataclass(frozen=True, slots=True)
class _Flat:
    """A line as text, knowing the span of each place."""

    text: str
    spans: tuple[tuple[int, int, Span], ...]

    @staticmethod
    def of(line: Line) -> _Flat:
        text = ""
        spans = []
        for span in line.spans:
            if span.image or len(text) > _LONGEST:
                continue
            piece = span.text[:_LONGEST]
            spans.append((len(text), len(text) + len(piece), span))
            text += piece
        return _Flat(text, tuple(spans))


def is_generic_link(text: str) -> bool:
    """Whether a link's text says only what kind of thing is behind it (``pdf``, ``arXiv:2305.1``)."""
    bare = text.strip()
    if not bare or _GENERIC_LINK.match(bare):
        return True
    ids = find_ids(bare) if len(bare) < 60 else []
    # Only an identifier, with nothing but marks around it, is no title either.
    return bool(ids) and not re.search(r"\w{2}", bare[: ids[0].start] + bare[ids[-1].end :])


def ids_of_line(line: Line) -> tuple[FoundId, ...]:
    """Identifiers in a line: its links first, then its text; images don't count."""
    found: list[FoundId] = []
    seen: set[str] = set()
    for place, span in enumerate(line.spans):
        if span.image:
            continue
        here = find_ids(span.url) if span.url and not span.url.startswith(("wiki:", "#")) else []
        # A link's text is its own; plain text is scanned with what follows, for "arXiv:" before a link.
        if not here and span.url:
            here = find_ids(span.text)
        elif not span.url:
            before = line.spans[place - 1] if place else None
            here = find_ids(span.text) if before is None or before.url else find_ids(span.text)
        for one in here:
            key = one.id or one.broken
            if key not in seen:
                seen.add(key)
                found.append(one)
    return tuple(found)


def urls_of_line(line: Line) -> tuple[str, ...]:
    """Addresses in a line, linked or bare."""
    urls = [url for url in line.urls if not url.startswith("wiki:")]
    for span in line.spans:
        if not span.url and not span.image:
            urls += [match[0].rstrip(".,;:!?*_`") for match in _BARE_URL.finditer(span.text)]
    return tuple(dict.fromkeys(urls))


@lru_cache(maxsize=8192)
def lead(line: Line) -> Lead:
    """Read a line as one paper of a list.

    Parameters
    ----------
    line : Line
        The line of an item, a paragraph, a heading or a table's cell.

    Returns
    -------
    Lead
        The title with its quality and place, the identifiers, and whether it is a passing mention.
    """
    flat = _Flat.of(line)
    urls = urls_of_line(line)
    ids = ids_of_line(line)
    best = max(map(address, urls), default=Address.NONE)
    if ids and best < Address.ARXIV:
        best = Address.ARXIV
    start = _skip_markers(flat)
    found = _pick(flat, start)
    if found is None:
        leftover = _without_references(flat.text[start:])
        return Lead(
            ids=ids, best=best, urls=urls, reference_only=bool(ids or best >= Address.MAYBE) and not leftover
        )
    low, high, how, url = found
    raw = flat.text[low:high]
    title = title_of(raw, how)
    worth = quality(title)
    before = flat.text[start:low]
    if how in ("bold", "italics", "citation") and _cited(before):
        worth = max(worth, Quality.WEAK)
    rest = flat.text[high:]
    own = _own_ids(ids, url)
    mention = _is_prose(before) or (how == "text" and _is_prose(title) and len(title.split()) > 25)
    return Lead(
        title,
        worth,
        how,
        own,
        best,
        address(url) if url else Address.NONE,
        url,
        mention,
        False,
        rest,
        before,
        urls,
    )


def title_of(raw: str, how: str) -> str:
    """A chosen piece of a line as a title: references are taken apart, dressed pieces are not."""
    return title_of_citation(raw) if how in ("text", "citation") else without_people(clean(raw))


def _own_ids(ids: tuple[FoundId, ...], url: str) -> tuple[FoundId, ...]:
    """The identifiers, that of the title's own link first."""
    mine = [found.id for found in find_ids(url)] if url else []
    return tuple(sorted(ids, key=lambda found: found.id not in mine)) if mine else ids


def _skip_markers(flat: _Flat) -> int:
    """The place behind numbering, boxes, emoji, dates and venue tags at the beginning."""
    place = 0
    text = flat.text
    while place < len(text):
        number = next(iter(find_ids(text[place : place + 60])), None)
        if number and number.start <= 1 and text[place : place + number.start] in ("", "[", "("):
            match = re.match(r"[\])\s:：,.|–—-]*", text[place + number.end :])
            place += number.end + (match.end() if match else 0)
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


def _span_at(flat: _Flat, place: int) -> tuple[int, int, Span] | None:
    return next((one for one in flat.spans if one[0] <= place < one[1]), None)


def _linked_inside(flat: _Flat, start: int, end: int) -> bool:
    return any(
        span.url and address(span.url) >= Address.MAYBE
        for low, high, span in flat.spans
        if low < end and start < high
    )


def _groups(flat: _Flat, start: int, key: str) -> list[tuple[int, int, str]]:
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


def _pick(flat: _Flat, start: int) -> tuple[int, int, str, str] | None:
    """Choose the piece of the line that is the title: ``low, high, how, url``."""
    text = flat.text
    candidates: list[tuple[float, int, int, str, str]] = []

    def offer(low: int, high: int, how: str, url: str, bonus: float) -> None:
        shown = title_of(text[low:high], how)
        if how in ("italics", "bold") and _cited(text[start:low]):
            # What is dressed after a list of people is the title, however it reads.
            bonus = 3.0
        if not shown or is_generic_link(shown):
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
        bonus += _describes(text, start, low, high)
        low, high = _extend(flat, low, high)
        offer(low, high, "link", url, bonus)
    for low, high, url in _groups(flat, start, "bold"):
        bonus = 1.1 + _describes(text, start, low, high)
        low, high = _extend(flat, low, high)
        offer(low, high, "bold", url, bonus)
    for low, high, url in _groups(flat, start, "italic"):
        offer(low, high, "italics", url, 0.7)
    if match := _APA.search(text, start):
        if looks_like_authors(text[start : match.start()]):
            title = re.split(r"(?<=[.?!])\s+(?=[A-Z(\[*_])", text[match.end() :], maxsplit=1)[0]
            if low_high := _span_of(title, match.end()):
                offer(*low_high, "citation", "", 3.0)
    end = _end_of_text(flat, start)
    if end > start:
        offer(start, end, "text", "", 0.5)
    if not candidates:
        return None
    _, low, high, how, url = max(candidates, key=lambda one: one[0])
    return low, high, how, url


def _span_of(title: str, place: int) -> tuple[int, int] | None:
    return (place, place + len(title)) if title.strip() else None


def _cited(before: str) -> bool:
    """Whether what stands before a title is a list of people that ends with a comma, a stop or a colon."""
    before = before.strip()
    return bool(before) and before[-1] in ",.:;" and is_byline(before)


def _describes(text: str, start: int, low: int, high: int) -> float:
    """How much a name at the beginning gains by a description after it: ``**scGPT** - a model that ...``."""
    if text[start:low].strip():
        return 0.0
    return (
        1.5
        if re.match(r"\s*[-–—:：]\s+(?:[a-z]|[\u3040-\u9fff])|\s*[：，]\s*[\u3040-\u9fff]", text[high:])
        else 0.0
    )


def _extend(flat: _Flat, low: int, high: int) -> tuple[int, int]:
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


def _end_of_text(flat: _Flat, start: int) -> int:
    """Where plain text stops being a title: at the first paper link, bare address or identifier."""
    text = flat.text
    end = len(text)
    for low, high, span in flat.spans:
        if (
            low >= start
            and span.url
            and (is_generic_link(span.text) or address(span.url) >= Address.MAYBE and low > start)
        ):
            end = min(end, low)
            break
    if match := _BARE_URL.search(text, start):
        end = min(end, match.start())
    for found in find_ids(text[start:end]):
        if found.start > 0:
            end = min(end, start + found.start)
            break
    return max(start, end)


def _without_references(text: str) -> str:
    """A text without addresses, identifiers and generic link words; letters and digits only."""
    text = _BARE_URL.sub(" ", text)
    for found in reversed(find_ids(text)):
        text = text[: found.start] + " " + text[found.end :]
    words = re.sub(r"[\W_]+", " ", strip_markup(text)).split()
    return " ".join(
        word
        for word in words
        if not is_generic_link(word) and not re.fullmatch(r"v?\d{1,4}|cs|cl|cv|lg|ai", word, re.I)
    )


def _is_prose(before: str) -> bool:
    """Whether what stands before a title is running text rather than authors, a venue, a tag."""
    before = before.strip(' \t-–—:：*_|,.([“"《')
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
