"""What a line leads with: its title, how it is dressed, what it links to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from triage.notes.headings import is_period
from triage.notes.inline import Piece
from triage.notes.labels import Says, labelled
from triage.notes.links import is_generic_link
from triage.notes.titles import (
    Quality,
    clean,
    is_byline,
    is_credit,
    looks_like_authors,
    quality,
    title_of_citation,
    without_people,
)
from triage.notes.words import any_of


class Dress(StrEnum):
    """How a title is marked off from the rest of its line."""

    NONE = ""
    LABEL = "label"
    LINK = "link"
    BOLD = "bold"
    QUOTED = "quoted"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Lead:
    """The title that a line leads with, if any."""

    title: str = ""
    dress: Dress = Dress.NONE
    quality: Quality = Quality.NONE
    before: str = ""
    """What stands before the title."""
    after: str = ""
    """What stands after it."""


_QUOTED = re.compile(
    r"《([^《》]{4,300})》|“([^“”]{8,300})”|\"([^\"]{8,300})\"|「([^「」]{8,300})」|『([^『』]{8,300})』|«([^«»]{8,300})»"
)
_NUMBERED = re.compile(
    r"^(?:[\s\W_]*(?:(?:paper|论文|論文|논문)?\s*(?:\d{1,2}/\d{1,2}|\d{1,4}|[ivx]{1,4}|[一二三四五六七八九十]{1,3})(?:\s*[.):：、\]]+(?=\D)|\s*-\s)|ID-\d+-|\d{1,2}(?:\.\d{1,2})+\.?\s)|[^\w《“\"「『«(\[$]+|\[(?:\d{1,4}|x| )\])+\s*",
    re.I,
)
_TAGS = re.compile(
    r"^(?:\s*(?:\[[^\[\]]{1,24}\]|【[^【】]{1,24}】|\((?:[A-Z]{2,}[^()]{0,14}|[A-Za-z]{3,12}[ ']+(?:20)?\d\d|(?:19|20)\d\d[^()]{0,12})\)|（[^（）]{1,12}）))+\s*[:：|-]?\s*(?=\S)"
)
_REMARK = re.compile(
    r"\s{2,}(?=\S)|\s+(?:[-–—―]{1,3}|->|=>|→|\|{1,2}|//|·|•|●)\s+|\s*[：:;；]\s+(?=[a-z]{2,}\s+\w+\s+\w+)|(?<=[a-z\d)])\s*[（(【\[](?=[^()（）【】\[\]]{0,40}(?:$|[)）】\]]))|\s*[。；]\s*|\s*\t\s*|(?<=\w)\s*[：:，,]?\s*(?=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{6,})"
)
READ = re.compile(rf"\W*{any_of('line.read')}\W*", re.I)
_OPENING = re.compile(rf"(?:{READ.pattern}|\W*(?:paper|new|today|also|and|on)\W*)$", re.I)


def words_of(text: str) -> list[str]:
    """Words that say something: not numbering, labels of links, marks."""
    return [word for word in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text) if not word.isdigit()]


def lead_of(pieces: Sequence[Piece]) -> Lead:
    """Find the title that a line, or a part of it, leads with.

    What marks it off best counts: the text of a link, bold, quotation marks; else the words up to the
    first remark.
    """
    pieces = tuple(one for one in pieces if not one.image)
    label = labelled(pieces)
    if label is not None:
        if label.says not in (Says.TITLE, Says.PAPER):
            return Lead(before=label.label)
        inner = lead_of(label.pieces)
        if label.says is Says.TITLE and label.value:
            found = inner.title if inner.dress in (Dress.LINK, Dress.QUOTED) else clean(label.value)
            if label.value and not is_generic_link(label.value):
                return Lead(
                    found or clean(label.value), Dress.LABEL, max(quality(found), Quality.WEAK), label.label
                )
            return Lead(before=label.label)
        dress = Dress.LABEL if inner.dress is Dress.PLAIN and inner.quality >= Quality.WEAK else inner.dress
        return Lead(inner.title, dress, inner.quality, "", inner.after)
    before, nickname = "", None
    for place, one in enumerate(pieces):
        dressed = _dressed(one, cited=looks_like_authors(before.strip(" ,\"“'«(")) and bool(words_of(before)))
        if dressed and _opens(before):
            if dressed.quality >= Quality.WEAK:
                return _extended(dressed, pieces, place, before)
            # A tag, a key or a nickname: what is dressed behind it may say more.
            nickname = nickname or (
                None if one.italic and not one.bold else _extended(dressed, pieces, place, before)
            )
            before = ""
            continue
        if one.url and not one.wiki and words_of(before):
            break
        before += one.text
    return nickname or _plain(pieces)


def _dressed(one: Piece, *, cited: bool = False) -> Lead | None:  # noqa: PLR0911 - a list of what is no title
    """A link, a bold or an italic run that can be a title."""
    if not (one.url or one.bold or one.italic) or is_generic_link(one.text) or one.url.startswith("cite:"):
        return None
    if one.hint and quality(one.hint) >= Quality.WEAK and not is_generic_link(one.hint):
        return Lead(clean(one.hint), Dress.LINK, quality(one.hint))
    title = title_in(one.text)
    if (
        not title
        or is_generic_link(title)
        or (one.bold and not one.url and one.text.rstrip().endswith((":", "：")))
    ):
        return None
    if is_credit(title):
        return None
    worth = quality(title)
    if worth <= Quality.NAME and (sum(map(str.isdigit, title)) >= 4 or is_period(title)):
        return None
    if one.italic and not one.bold and not one.url:
        if len(words_of(title)) < 3 or (worth < Quality.WEAK and not cited):
            return None
        worth = max(worth, Quality.WEAK)
    if worth is Quality.NONE and (len(title) > 300 or not words_of(title)):
        return None
    return Lead(title, Dress.LINK if one.url else Dress.BOLD, worth)


def title_in(text: str) -> str:
    """The text of a link or of a bold run as a title: numbering, tags, people and venues off."""
    text = _NUMBERED.sub("", text.strip())
    if (tags := _TAGS.match(text)) and quality(text[tags.end() :]) >= Quality.NAME:
        text = text[tags.end() :]
    if quoted := _QUOTED.search(text):
        inner = next(filter(None, quoted.groups()))
        if quality(inner) >= Quality.WEAK or looks_like_authors(text[: quoted.start()].strip(" ,")):
            return clean(inner)
    title = clean(without_people(clean(text), dressed=True))
    if ". " in title and quality(title) < Quality.STRONG:
        title = title_of_citation(title)
    return title


def _opens(before: str) -> bool:
    """Whether what stands before a dressed title leaves it the lead of the line."""
    before = _NUMBERED.sub("", before).strip()
    words = words_of(before)
    if len(words) <= 2 or (before.endswith((":", "：")) and len(words) <= 6):
        return True
    people = re.search(r"[,.&]|\band\b|\bet al\b", before)
    return bool(_OPENING.match(before)) or (
        bool(people) and (looks_like_authors(before) or is_byline(before.strip(" \"“'«「(.")))
    )


def _extended(found: Lead, pieces: Sequence[Piece], place: int, before: str) -> Lead:
    """A dressed nickname with the rest of the title behind it: ``**Emu**: Counting Trees Anew``."""
    after = "".join(one.text for one in pieces[place + 1 :])
    rest = ""
    if found.dress is Dress.BOLD or (found.quality <= Quality.NAME and found.dress is Dress.LINK):
        for one in pieces[place + 1 :]:
            if one.url:
                break
            rest += one.text
        match = re.match(r"^\s*[:：]\s*(\S.{8,250})$", rest.rstrip(" [(（|,.-"))
        if match and found.quality <= Quality.NAME:
            whole = f"{found.title}: {clean(_cut_remark(match[1]))}"
            if quality(clean(_cut_remark(match[1]))) is Quality.STRONG:
                return Lead(whole, found.dress, Quality.STRONG, before, after)
    return Lead(found.title, found.dress, found.quality, before, after)


def _cut_remark(text: str) -> str:
    """Words up to the first remark behind them."""
    for cut in _REMARK.finditer(text):
        head = text[: cut.start()]
        if len(head.strip()) >= 2 and words_of(head) and not looks_like_authors(clean(head)):
            return head
    return text


def _plain(pieces: Sequence[Piece]) -> Lead:
    """The title among the plain words that a line begins with."""
    text, after = "", ""
    for place, one in enumerate(pieces):
        if one.url.startswith("cite:"):
            continue
        if one.url and not one.wiki and (is_generic_link(one.text) or words_of(text)):
            after = "".join(other.text for other in pieces[place:])
            break
        text += one.text
    text = text.strip()
    if quoted := _QUOTED.search(text):
        inner = next(filter(None, quoted.groups()))
        if (quality(inner) >= Quality.WEAK and (quoted[1] or _opens(text[: quoted.start()]))) or (
            quoted[1] and quality(inner)
        ):
            return Lead(
                clean(inner),
                Dress.QUOTED,
                quality(inner),
                text[: quoted.start()],
                text[quoted.end() :] + after,
            )
    text = _NUMBERED.sub("", text)
    if (tags := _TAGS.match(text)) and quality(clean(text[tags.end() :])) >= Quality.NAME:
        text = text[tags.end() :]
    bare = clean(text)
    if not bare or is_generic_link(bare) or len(text) > 4000:
        return Lead()
    cut = _cut_remark(text)
    title = title_of_citation(clean(cut)) if len(cut) < 1000 else ""
    if (
        cut != text
        and len(text) < 300
        and (not quality(title) or (quality(bare) is Quality.STRONG > quality(title) and "  " not in text))
    ):
        title = title_of_citation(bare)
    if not title or is_generic_link(title) or is_credit(title):
        return Lead(after=after)
    start = text.find(title)
    before, rest = (text[:start], text[start + len(title) :]) if start >= 0 else ("", "")
    # What follows the authors of a reference is its title, however it reads.
    cited = bool(words_of(before)) and looks_like_authors(before.strip(" \"“'«("))
    return Lead(
        title,
        Dress.PLAIN,
        max(quality(title), Quality.WEAK) if cited else quality(title),
        before,
        f"{rest}{after}",
    )
