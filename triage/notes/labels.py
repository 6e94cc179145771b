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


_KINDS = (
    *(Says.ELSEWHERE, Says.TITLE, Says.PAPER, Says.LINK, Says.AUTHORS, Says.VENUE, Says.DATE, Says.TAGS),
    *(Says.CODE, Says.DETAIL),
)
_COMPILED = {says: re.compile(any_of(f"label.{says}"), re.I) for says in _KINDS}
"""In the order in which they are asked."""
_SHAPES = (
    re.compile(
        r"^[\W_]*?(?P<label>[^\W\d_][^:：=\n]{0,40}?)\s*(?P<mark>::|[:：]|\s[-–—]\s|\s=\s|\s*\|\s)\s*"
    ),
    re.compile(r"^\W*[【\[](?P<label>[^】\]\n]{1,20})(?P<mark>[】\]])\s*[:：]?\s*"),
)
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
    return next((says for says, pattern in _COMPILED.items() if pattern.fullmatch(label)), None)


def labelled(pieces: tuple[Piece, ...]) -> Labelled | None:
    """Read a line as ``label: value``, or None when it does not begin with a known label."""
    text = "".join(one.text for one in pieces if not one.image)
    for match in filter(None, (shape.match(text) for shape in _SHAPES)):
        name = match["label"].strip(_LABEL_DRESS)
        says, mark = kind_of_label(name), match["mark"].strip()
        if says is Says.CODE and _PRESENTED.fullmatch(name) and len(text[match.end() :].split()) >= 4:
            # "Poster: Title" at a conference is the paper; "Poster: link" among its details is not.
            says = Says.PAPER
        # "[Overview] Deep Learning for ..." is a tag before a title, "Results - ..." a remark.
        loose = mark not in ("::", ":", "：", "】") and says not in (Says.TITLE, Says.PAPER, Says.LINK)
        weak = mark == "]" or says in (Says.DETAIL, Says.DATE, Says.TAGS)
        if says and not (loose and weak) and not _is_linked(pieces, match.start("label"), match.end("label")):
            return Labelled(says, name, cut(pieces, match.end()))
    return None


def _is_linked(pieces: tuple[Piece, ...], start: int, end: int) -> bool:
    """Whether a label is a link itself: ``[arXiv](…) | [code](…)`` is a row of links, not a label."""
    place = 0
    for one in pieces:
        if not one.image:
            if one.url and not one.wiki and place < end and start < place + len(one.text):
                return True
            place += len(one.text)
    return False


def cut(pieces: tuple[Piece, ...], start: int) -> tuple[Piece, ...]:
    """The pieces of a line from a place of its text on."""
    kept: list[Piece] = []
    for one in pieces:
        if one.image:
            kept += [one] if start <= 0 else []
        elif start < len(one.text):
            kept.append(replace(one, text=one.text[max(start, 0) :]))
        start -= 0 if one.image else len(one.text)
    return tuple(kept)
