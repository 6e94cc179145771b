"""What a line leads with: its title, how it is dressed, what stands before and after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile

from triage.notes.addresses import is_generic_link
from triage.notes.inline import Piece
from triage.notes.titles import Quality, clean, is_credit, quality, title_of_citation, without_credits
from triage.notes.vocabulary import Labelled, Says, is_period, labelled, text_of
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


_MOST_LABELS = 3
_LONGEST = 4000
"""Characters of plain words in which a title is looked for."""


def words_of(text: str) -> list[str]:
    """Words that say something: not numbering, labels of links, marks."""
    return [word for word in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text) if not word.isdigit()]


def lead_of(pieces: Sequence[Piece], depth: int = 0) -> Lead:
    """Find the title that a line, or a part of it, leads with.

    What marks it off best counts: the text of a link, bold, quotation marks; else the words up to the
    first remark.  ``depth`` counts the labels that it stands behind.
    """
    pieces = tuple(one for one in pieces if not one.image and not one.url.startswith("cite:"))
    if depth < _MOST_LABELS and (label := labelled(pieces)) is not None:
        return _behind_label(label, depth + 1)
    before, nickname = "", None
    for place, one in enumerate(pieces):
        found = _dressed(one, before)
        if found and _opens(before):
            behind = pieces[place + 1 :]
            found = replace(extended(found, behind), before=before, after=text_of(behind))
            if found.quality >= Quality.WEAK:
                return found
            # A tag, a key or a nickname: what is dressed behind it may say more.
            nickname, before = nickname or found, ""
        elif one.url and not one.wiki and words_of(before):
            break
        else:
            before += one.text
    return nickname or _plain(pieces)


def _behind_label(label: Labelled, depth: int) -> Lead:
    if label.says not in (Says.TITLE, Says.PAPER) or is_generic_link(label.value):
        return Lead(before=label.label)
    inner = lead_of(label.pieces, depth)
    if label.says is Says.TITLE:
        title = inner.title if inner.dress in (Dress.LINK, Dress.QUOTED) else clean(label.value)
        return Lead(title, Dress.LABEL, max(quality(title), Quality.WEAK), label.label)
    return replace(inner, dress=Dress.LABEL if inner.dress is Dress.PLAIN else inner.dress, before="")


def shown(piece: Piece) -> str:
    """The words of a link: those of its HTML ``title``, where they say more than its text."""
    better = quality(piece.hint) >= Quality.WEAK and not is_generic_link(piece.hint)
    return piece.hint if better else piece.text


def _dressed(one: Piece, before: str) -> Lead | None:
    """A link, a bold or an italic run that can be a title."""
    if not (one.url or one.bold or one.italic) or is_generic_link(one.text):
        return None
    title = title_in(shown(one))
    worth = quality(title)
    is_field = one.bold and not one.url and one.text.rstrip().endswith((":", "："))
    if is_field or is_generic_link(title) or is_credit(title) or not words_of(title):
        return None
    if worth <= Quality.NAME and (re.search(r"\d{4}", title) or is_period(title)):
        return None
    if not one.bold and not one.url:
        # Behind the authors of a reference, what is italic is its title, however it reads.
        if len(words_of(title)) < 3 or (worth < Quality.WEAK and not is_credit(before)):
            return None
        worth = max(worth, Quality.WEAK)
    return Lead(title, Dress.LINK if one.url else Dress.BOLD, worth)


def title_in(text: str) -> str:
    """The text of a link or of a bold run as a title: numbering, tags, people and venues off."""
    text = _undressed(text)
    if quoted := _QUOTED.search(text):
        inner = quoted[quoted.lastindex or 0]
        if quality(inner) >= Quality.WEAK or is_credit(text[: quoted.start()]):
            return clean(inner)
    title = clean(without_credits(clean(text), dressed=True))
    cited = (". " in title and quality(title) < Quality.STRONG) or re.search(r"\((?:19|20)\d\d\)\W", title)
    return title_of_citation(title) if cited else title


def _undressed(text: str) -> str:
    """A text without the numbering and the tags that it begins with."""
    text = _NUMBERED.sub("", text.strip())
    behind = _TAGS.sub("", text)
    return behind if quality(clean(behind)) >= Quality.NAME else text


def _opens(before: str) -> bool:
    """Whether what stands before a dressed title leaves it the lead of the line."""
    before = _NUMBERED.sub("", before).strip()
    words = len(words_of(before))
    introduced = words <= 2 or (before.endswith((":", "：")) and words <= 6)
    return introduced or bool(READ.fullmatch(before)) or is_credit(before, alone=True)


def extended(found: Lead, behind: Sequence[Piece]) -> Lead:
    """A dressed nickname with the rest of the title behind it: ``**Emu**: Counting Trees Anew``."""
    if found.quality > Quality.NAME:
        return found
    rest = text_of(list(takewhile(lambda one: not one.url, behind))).rstrip(" [(（|,.-")
    match = re.match(r"\s*[:：]\s*(\S.{8,250})$", rest)
    more = clean(_cut_remark(match[1])) if match else ""
    if quality(more) is not Quality.STRONG:
        return found
    return replace(found, title=f"{found.title}: {more}", quality=Quality.STRONG)


def _cut_remark(text: str) -> str:
    """Words up to the first remark behind them."""
    heads = (text[: cut.start()] for cut in _REMARK.finditer(text))
    return next((head for head in heads if words_of(head) and not is_credit(head)), text)


def _plain(pieces: Sequence[Piece]) -> Lead:
    """The title among the plain words that a line begins with."""
    text, behind = "", ""
    for place, one in enumerate(pieces):
        if one.url and not one.wiki and (is_generic_link(one.text) or words_of(text)):
            behind = text_of(pieces[place:])
            break
        text += one.text
    if quoted := _QUOTED.search(text):
        inner, before = quoted[quoted.lastindex or 0], text[: quoted.start()]
        if (quality(inner) >= Quality.WEAK and _opens(before)) or (quoted[1] and quality(inner)):
            return Lead(clean(inner), Dress.QUOTED, quality(inner), before, text[quoted.end() :] + behind)
    text = _undressed(text)
    whole = clean(text)
    if is_generic_link(whole) or is_credit(whole) or len(text) > _LONGEST:
        return Lead(after=behind)
    title = title_of_citation(clean(_cut_remark(text)))
    if quality(whole) is Quality.STRONG > quality(title) and "  " not in text:
        title = title_of_citation(whole)
    if is_generic_link(title) or is_credit(title):
        return Lead(after=behind)
    before, _, after = text.partition(title)
    # What follows the authors of a reference is its title, however it reads.
    cited = bool(words_of(before)) and is_credit(before)
    worth = max(quality(title), Quality.WEAK) if cited else quality(title)
    return Lead(title, Dress.PLAIN, worth, before, after + behind)
