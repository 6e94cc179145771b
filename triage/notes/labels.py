"""Labelled lines of notes (``论文名称：…``, ``Paper: …``, ``title:: …``) in the languages notes are in."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from triage.notes.inline import Piece
from triage.notes.words import any_of


class Says(StrEnum):
    """What a labelled line says about a paper."""

    TITLE = "title"
    PAPER = "paper"
    """Title or address, as the value tells."""
    LINK = "link"
    AUTHORS = "authors"
    VENUE = "venue"
    DATE = "date"
    TAGS = "tags"
    CODE = "code"
    DETAIL = "detail"
    """A detail that shows that the lines are about one paper: a summary, a method, a remark."""
    ELSEWHERE = "elsewhere"
    """Other papers: related work, what to read next."""


_COMPILED = {says: re.compile(any_of(f"label.{says}"), re.I) for says in Says}
_ORDER = (
    Says.ELSEWHERE,
    Says.TITLE,
    Says.PAPER,
    Says.LINK,
    Says.AUTHORS,
    Says.VENUE,
    Says.DATE,
    Says.TAGS,
    Says.CODE,
    Says.DETAIL,
)
_SHAPE = re.compile(
    r"^[\W_]*?(?P<label>[^\W\d_][^:：=\n]{0,40}?)\s*(?P<mark>::|[:：]|(?<=\s)[-–—=]\s|\|\s)\s*", re.U
)
_BRACKETED = re.compile(r"^\W*[【\[](?P<label>[^】\]\n]{1,20})[】\]]\s*[:：]?\s*")
_LABEL_DRESS = " \t*_`~【】[]（）()「」<>📄📝🔗💻🏛🗓👥📅📖📌🔥⭐️"


_PRESENTED = re.compile(r"(?i)poster|oral|spotlight|best paper|highlight")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A line with a known label."""

    says: Says
    label: str
    pieces: tuple[Piece, ...]
    """The line without its label."""

    @property
    def value(self) -> str:
        """The value's text."""
        return "".join(one.text for one in self.pieces if not one.image).strip()


@lru_cache(maxsize=4096)
def kind_of_label(label: str) -> Says | None:
    """What a label means, or None when it is none that we know."""
    label = " ".join(label.strip(_LABEL_DRESS).split())
    label = label.lstrip("0123456789.、) ").strip(_LABEL_DRESS)
    if not label or len(label) > 40:
        return None
    for says in _ORDER:
        if _COMPILED[says].fullmatch(label):
            return says
    return None


def labelled(pieces: tuple[Piece, ...]) -> Labelled | None:
    """Read a line as ``label: value``, or None when it does not begin with a known label."""
    text = "".join(one.text for one in pieces if not one.image)
    match = _SHAPE.match(text)
    says = kind_of_label(match["label"]) if match else None
    if says is None:
        match = _BRACKETED.match(text)
        says = kind_of_label(match["label"]) if match else None
        if match and "[" in match[0] and ":" not in match[0] and "：" not in match[0]:
            # "[Overview] Deep Learning for ..." is a tag before a title, not a label.
            says = says if says in (Says.TITLE, Says.PAPER, Says.LINK) else None
    if match and says is Says.CODE and _PRESENTED.fullmatch(match["label"].strip(_LABEL_DRESS)):
        # "Poster: Title" at a conference is the paper; "Poster: link" among its details is not.
        says = Says.PAPER if len(text[match.end() :].split()) >= 4 else says
    if match is None or says is None or _is_linked(pieces, match.start("label"), match.end("label")):
        return None
    if match.groupdict().get("mark", "").strip() in ("-", "–", "—", "=", "|") and says in (
        Says.DETAIL,
        Says.DATE,
        Says.TAGS,
    ):
        return None
    return Labelled(says, match["label"].strip(_LABEL_DRESS), cut(pieces, match.end()))


def _is_linked(pieces: tuple[Piece, ...], start: int, end: int) -> bool:
    """Whether a label is a link itself: ``[arXiv](…) | [code](…)`` is a row of links, not a label."""
    place = 0
    for one in pieces:
        if one.image:
            continue
        if one.url and not one.wiki and place < end and start < place + len(one.text):
            return True
        place += len(one.text)
    return False


def cut(pieces: tuple[Piece, ...], start: int) -> tuple[Piece, ...]:
    """The pieces of a line from a place of its text on."""
    kept: list[Piece] = []
    place = 0
    for one in pieces:
        if one.image:
            if place >= start:
                kept.append(one)
            continue
        low = max(start - place, 0)
        if low < len(one.text):
            kept.append(replace(one, text=one.text[low:]))
        place += len(one.text)
    return tuple(kept)
