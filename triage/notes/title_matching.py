"""Whether a title as noted and a paper's title mean the same paper.  Pure decisions over text.

Readers retype, cut and nickname titles; authors publish ``Qwen2 Technical Report`` beside ``Qwen3
Technical Report``.  So likeness of letters alone decides nothing: see :func:`same_title`.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from difflib import SequenceMatcher

from rapidfuzz import process
from rapidfuzz.distance import Indel

from triage.notes.words import words
from triage.papers import ArxivId, title_key

MIN_SIMILARITY = 0.92
"""A title found by likeness is taken from this similarity on (normalised Indel similarity of folded
titles, 0 to 1); below, a paper stays unknown rather than be mistaken for another."""
DISAGREE_BELOW = 0.6
"""An id is doubted when its paper's title is less like the note's than this, and neither contains the other."""
SHORTEST_FUZZY = 16
"""Folded titles shorter than this must match exactly: "GPT-4" is like too many."""
SHORTEST_PART = 5
"""Words that a title without its nickname must have to stand alone."""
SHORTEST_HEAD = 6
"""Words that a title without its subtitle must have: of 71,632 titles one is the head of another."""
SHORTEST_TYPO = 5
"""Letters of a word in which a slip is believed: LoRA and LoRTA are two things."""
MOST_LETTERS_OFF = 2
"""Letters put in or left out in one slip; one letter for another counts as two."""

_SMALL_WORDS = words("a an the of for in on to and with via by at")
_GENERIC = re.compile(r"\b(survey|review|overview|tutorial|introduction|report|perspectives?)\b", re.I)
_GLUED_ID = re.compile(r"\s*arxiv\s*:\s*\d{4}\.\d{4,5}(v\d+)?\W*$", re.I)
_TRAILING = re.compile(r"\[[A-Z]\]\.?$|[.,;。]+$")


def title_variants(title: str) -> list[str]:
    """Return the folded forms under which a title as noted may be known.

    Readers put a nickname before the title (``T5：Exploring the Limits ...``), a document type or an
    id after it; without those it counts as well, when enough is left to stand alone.
    """
    plain = _GLUED_ID.sub("", title).strip()
    forms = [title, _TRAILING.sub("", plain), without_nickname(plain)]
    return list(dict.fromkeys(key for form in forms if (key := title_key(form))))


def without_nickname(title: str) -> str:
    """Return what follows ``Nickname:``, a word or two, or an empty string when that can't stand alone.

    What is left of ``RAG: A Survey of Language Models`` names a kind of paper, not a paper.
    """
    nickname, _, rest = title.replace("：", ":").partition(":")
    return rest.strip() if len(nickname.split()) <= 2 and _stands_alone(rest) else ""


def _stands_alone(rest: str) -> bool:
    return len(rest.split()) >= (2 * SHORTEST_PART if _GENERIC.search(rest) else SHORTEST_PART)


def without_subtitle(title: str) -> str:
    """Return what stands before the first colon, or an empty string when that can't stand alone."""
    head, colon, _ = title.replace("：", ":").partition(":")
    return head.strip() if colon and len(head.split()) >= SHORTEST_HEAD else ""


def similarity(first: str, second: str) -> float:
    """Return how alike two folded titles are, 0 to 1 (normalised Indel similarity)."""
    return float(Indel.normalized_similarity(first, second))


def _known_as(title: str) -> list[str]:
    """The forms of a paper's own title, folded: whole, without its nickname, without its subtitle."""
    forms = (title, without_nickname(title), without_subtitle(title))
    return [key for form in forms if (key := title_key(form))]


def likeness(noted: str, known: str) -> float:
    """Return how alike a noted title and a paper's are, 0 to 1: the best over their variants."""
    variants = title_variants(noted)
    return max((similarity(one, key) for key in _known_as(known) for one in variants), default=0.0)


def same_title(noted: str, known: str) -> bool:
    """Return whether two titles differ in dress only.

    They must be alike (:data:`MIN_SIMILARITY`), and what differs must be spacing, a small word, a
    nickname, a subtitle left out or a slip of the pen inside a longer word.  A number, a short word (LoRA,
    LoRTA), a word more (``... with Human Feedback``) or a front syllable (``Unsupervised ...``) makes
    another paper.
    """
    if not set(_known_as(known)).isdisjoint(title_variants(noted)):
        return True
    plain = _GLUED_ID.sub("", noted)
    for first in filter(None, (plain, without_nickname(plain), _without_leading_name(plain))):
        for second in filter(None, (known, without_nickname(known))):
            keys = title_key(first), title_key(second)
            long = min(map(len, keys)) >= SHORTEST_FUZZY
            if long and similarity(*keys) >= MIN_SIMILARITY and _differ_in_dress(first, second):
                return True
    return False


def _without_leading_name(title: str) -> str:
    # "TRICE Making Language Models Better Tool Learners": the colon got lost.
    name, _, rest = title.partition(" ")
    capitals = sum(character.isupper() or character.isdigit() for character in name)
    named = capitals >= 2 and name[-1] not in ":：" and not rest.isupper()
    return rest if named and _stands_alone(rest) else ""


def _spelled(title: str) -> list[str]:
    """Return a title's words, folded, Greek letters spelled out: LLaVA-φ is LLaVA-Phi."""
    text = unicodedata.normalize("NFKC", title).casefold()
    text = re.sub("[α-ω]", lambda letter: unicodedata.name(letter[0], "").rpartition(" ")[2].casefold(), text)
    return re.findall(r"[^\W_]+", text)


def _differ_in_dress(first: str, second: str) -> bool:
    noted, known = _spelled(first), _spelled(second)
    for _, start, end, low, high in SequenceMatcher(None, noted, known, autojunk=False).get_opcodes():
        mine, theirs = noted[start:end], known[low:high]
        if "".join(mine) == "".join(theirs):
            continue
        one = "".join(word for word in mine if word not in _SMALL_WORDS)
        other = "".join(word for word in theirs if word not in _SMALL_WORDS)
        if one != other and not _is_slip(one, other):
            return False
    return True


def _is_slip(first: str, second: str) -> bool:
    return (
        min(len(first), len(second)) >= SHORTEST_TYPO
        and re.findall(r"\d", first) == re.findall(r"\d", second)
        and not first.endswith(second)
        and not second.endswith(first)
        and Indel.distance(first, second) <= MOST_LETTERS_OFF
    )


def is_mostly_latin(title: str) -> bool:
    """Return whether at least half of a title's letters are Latin; arXiv's titles are."""
    letters = [character for character in title if character.isalpha()]
    return 2 * sum(character.isascii() for character in letters) >= len(letters) > 0


def agrees(noted: str, known: str) -> bool:
    """Return whether a noted title may mean the known one, when the note's id says that it does.

    Titles in another script can't be compared, and a nickname or a cut title is contained in the
    whole one; neither is a reason for doubt.  Nor is a new subtitle after the same nickname, which
    authors give with a new version.
    """
    key, variants = title_key(known), title_variants(noted)
    if not variants or not key or not is_mostly_latin(noted):
        return True
    if any(variant in key or key in variant for variant in variants):
        return True
    mine, theirs = (
        {word for word in re.findall(r"[a-z0-9]+", text.casefold()) if len(word) > 2}
        for text in (noted, known)
    )
    if len(mine) <= 3 and mine & theirs:
        return True
    nickname = title_key(noted.replace("：", ":").partition(":")[0])
    if len(nickname) >= 4 and nickname == title_key(known.partition(":")[0]):
        return True
    return likeness(noted, known) >= DISAGREE_BELOW


class TitleIndex:
    """All titles of the store, searched by likeness.

    Each is an id, a title and the folded title.  Of namesakes the last one is found: give them in order of id.
    """

    def __init__(self, titles: Sequence[tuple[ArxivId, str, str]]) -> None:
        # By length, so that only titles of nearly the same length are compared.
        self._titles = sorted(titles, key=lambda known: len(known[2]))
        self._keys = [key for _, _, key in self._titles]
        self._exact = {key: arxiv_id for arxiv_id, _, key in titles}
        self._parts: dict[str, ArxivId] = {}
        for arxiv_id, title, _ in titles:
            if ":" in title:
                for part in filter(None, (without_nickname(title), without_subtitle(title))):
                    self._parts[title_key(part)] = arxiv_id

    def search(self, titles: Sequence[str]) -> dict[str, ArxivId]:
        """Return ``title -> id`` for the titles that are the same as a known one but for dress."""
        found = {title: self._search(title) for title in titles}
        return {title: arxiv_id for title, arxiv_id in found.items() if arxiv_id is not None}

    def _search(self, title: str) -> ArxivId | None:
        variants = title_variants(title)
        for known in (self._exact, self._parts):
            for variant in variants:
                if variant in known:
                    return known[variant]
        for variant in variants:
            if len(variant) >= SHORTEST_FUZZY and (found := self._alike(title, variant)):
                return found
        return None

    def _alike(self, title: str, variant: str) -> ArxivId | None:
        # Indel similarity is 2 * common / (length + length), so lengths bound it.
        shortest = len(variant) * MIN_SIMILARITY / (2 - MIN_SIMILARITY)
        longest = len(variant) * (2 - MIN_SIMILARITY) / MIN_SIMILARITY
        first, last = bisect_left(self._keys, shortest, key=len), bisect_right(self._keys, longest, key=len)
        matches = process.extract(
            variant,
            self._keys[first:last],
            scorer=Indel.normalized_similarity,
            score_cutoff=MIN_SIMILARITY,
            limit=5,
        )
        for _, _, position in matches:
            arxiv_id, known, _ = self._titles[first + position]
            if same_title(title, known):
                return arxiv_id
        return None
