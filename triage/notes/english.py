"""The English part of a note's text, for papers of which nothing else is known."""

from __future__ import annotations

import re

from triage.notes.words import words

_NO_WORDS = re.compile(
    r"h?https?://\S+|www\.\S+|\S+@\S+\.\w+|\b[\w./-]+\.(?:png|jpe?g|gif|svg|pdf|md|html?)\b"
    r"|!\[[^\]]*\]\([^)]*\)|<[^<>]{1,200}>|[*_`#>|]+|\$[^$\n]{0,200}\$",
    re.I,
)
_RUN = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9 ,;:'’\"“”()%/+&.?!-]*[A-Za-zÀ-ɏ0-9.)%?!]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]+")
_LABEL = re.compile(
    r"\s*(?:motivation|novelty|methods?|limitations?|authors?|links?|github|venue|year|e\.?g|p\.?s|tags?|title|paper|url"
    r"|arxiv|code|pdf|date)\s*[:：]?\s*",
    re.I,
)
_COMMON = words(
    "the a an of and to in is for we with that on this by are as from it be can our which their not or has have at these "
    "using use used into than based"
)
_QUOTES = str.maketrans("’“”", '\'""')


def english_part(text: str) -> str:
    """The English words and sentences of a text in any language, single-spaced.

    Whole English sentences as they are, and from other lines the runs of English words (method names,
    terms).  Other European languages are left out as far as they can be told by their words.
    """
    kept: list[str] = []
    for line in text.splitlines():
        for run in _RUN.findall(_NO_WORDS.sub(" ", line)):
            kept += filter(_is_english, _SENTENCE.split(run.strip()))
    # Without names and words of other languages.
    return " ".join(word for word in " ".join(kept).split() if word.translate(_QUOTES).isascii())


def _is_english(piece: str) -> bool:
    words = [word.lower() for word in _WORD.findall(piece)]
    if _LABEL.fullmatch(piece):
        return False
    if len(words) <= 3:
        # A term inside another language: a name or a compound, not a stray letter.
        return any(len(word) > 2 for word in words)
    accented = any(not character.isascii() and character.isalpha() for character in piece)
    common = sum(word in _COMMON for word in words)
    return not accented if len(words) < 8 else common >= (0.2 if accented else 0.08) * len(words)
