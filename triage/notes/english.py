"""The English part of a note's text, for papers of which nothing else is known."""

from __future__ import annotations

import re

from triage.notes.words import words

_ADDRESS = re.compile(
    r"h?https?://\S+|www\.\S+|\S+@\S+\.\w+|\b[\w./-]+\.(?:png|jpe?g|gif|svg|pdf|md|html?)\b", re.I
)
_MARKUP = re.compile(r"!\[[^\]]*\]\([^)]*\)|<[^<>]{1,200}>|[*_`#>|]+|\$[^$\n]{0,200}\$")
_RUN = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9 ,;:'’\"“”()%/+&.?!-]*[A-Za-zÀ-ɏ0-9.)%?!]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]+")
_LABEL = re.compile(
    r"^\s*(?:motivation|novelty|methods?|limitations?|authors?|links?|github|venue|year|e\.?g|p\.?s|tags?|title|paper|url|arxiv|code|pdf|date)\s*[:：]?\s*$",
    re.I,
)
_COMMON = words(
    "the a an of and to in is for we with that on this by are as from it be can our which their not or has have at these using use used into than based"
)
_QUOTES = str.maketrans("’“”", '\'""')
_LEAST = 3


def english_part(text: str) -> str:
    """The English words and sentences of a text in any language.

    Parameters
    ----------
    text : str
        A note's text; Chinese, Japanese or Korean with English terms between, or English throughout.

    Returns
    -------
    str
        Single-spaced: whole English sentences as they are, and from other lines the runs of English
        words (method names, terms).  Other European languages are left out as far as they can be told
        by their words.
    """
    kept: list[str] = []
    for raw in text.splitlines():
        line = _MARKUP.sub(" ", _ADDRESS.sub(" ", raw))
        if not _WORD.search(line):
            continue
        for run in _RUN.findall(line):
            kept += [_ascii_words(piece) for piece in _SENTENCE.split(run.strip()) if _is_english(piece)]
    return " ".join(" ".join(kept).split())


def _ascii_words(piece: str) -> str:
    """An English piece without names and words of other languages in it."""
    return " ".join(word for word in piece.split() if word.translate(_QUOTES).isascii())


def _is_english(piece: str) -> bool:
    words = [word.lower() for word in _WORD.findall(piece)]
    if not words or _LABEL.match(piece):
        return False
    if len(words) <= _LEAST:
        # A term inside another language: a name or a compound, not a stray letter.
        return any(len(word) > 2 for word in words)
    accented = sum(not character.isascii() and character.isalpha() for character in piece)
    if len(words) < 8:
        return accented == 0
    return sum(word in _COMMON for word in words) >= (0.08 if accented == 0 else 0.2) * len(words)
