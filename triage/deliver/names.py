"""Authors' names as reference managers want them: the surname first."""

from __future__ import annotations

import re

from triage.digest.escape import clean

_PARTICLES = frozenset(
    {
        "da",
        "dal",
        "de",
        "del",
        "della",
        "den",
        "der",
        "des",
        "di",
        "do",
        "dos",
        "du",
        "la",
        "le",
        "ten",
        "ter",
    }
    | {"van", "vom", "von", "zu", "zum", "zur", "al", "bin", "ibn", "'t"}
)
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV", re.IGNORECASE)
_GROUP = re.compile(r"\b(?:collaboration|consortium|team|group|project|initiative|network)\b", re.IGNORECASE)


def surname_first(name: str) -> str:
    """Return a name as ``Surname, Given``; groups and single words stay as they are.

    A guess, since arXiv doesn't say which word is the surname: the last one, with the particles
    (van, de, ...) before it.

    >>> [surname_first(name) for name in ("Ada M. Lovelace", "Jan van der Berg", "Plato", "Cai Ro, Jr.")]
    ['Lovelace, Ada M.', 'van der Berg, Jan', 'Plato', 'Ro, Cai, Jr.']
    """
    words = clean(name).replace(",", " ").split()
    if is_group(name) or len(words) < 2:
        return " ".join(words)
    suffix = f", {words.pop()}" if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""
    first = len(words) - 1
    while first > 1 and words[first - 1].lower() in _PARTICLES:
        first -= 1
    return f"{' '.join(words[first:])}, {' '.join(words[:first])}{suffix}"


def is_group(name: str) -> bool:
    """Tell whether a name is that of a group, which has no surname."""
    return bool(_GROUP.search(name))
