"""The reader's own headings and tags, cleaned into categories."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from triage.notes.titles import Quality, quality
from triage.notes.vocabulary import Holds, holds, is_period, stripped
from triage.notes.words import all_of, any_of
from triage.papers import NoteEntry, title_key

_ENDINGS = re.compile(rf"\s*{any_of('category.ends')}\s*$", re.I)
_BEGINNINGS = re.compile(rf"^\s*{any_of('category.begins')}\s+", re.I)
_GENERIC = frozenset(map(title_key, (*all_of("category.generic"), *all_of("heading.list"))))
_YEAR = re.compile(
    r"(?i)(?<!\d)(?:19|20)\d{2}(?!\d)\s*年?(?:度|之前|之后|以前|以后)?|^\s*(?:in|of|for)\s|(?:中的?|里的?|在)$"
)
_VENUE_YEAR = re.compile(
    r"(?i)^\W*(?:neurips|nips|icml|iclr|cvpr|iccv|eccv|acl|emnlp|naacl|aaai|ijcai|kdd|sigir|www|arxiv|coling|interspeech|icassp|icra|corl|chi)\W*(?:19|20|'|’)?\d{0,4}\W*$"
)
_ARXIV_SUBJECT = re.compile(r"^[a-z-]{2,8}(?:\.[A-Za-z-]{2,8})$")
_SENTENCE = re.compile(r"[?？!！。]|\b(?:how|what|why|when)\b|如何|什么|怎么|哪些", re.I)
_NOTE_TITLE = re.compile(
    r"(?i)论文|文献|論文|논문|笔记|\bpapers?\b|\bnotes\b|\breading\b|\bawesome\b|\bdigest\b"
)
"""A heading that still speaks of papers or notes after cleaning is a title of the note, not a topic."""
_PLURAL = re.compile(r"(?<=[a-z]{3})(?:(ies)|(?<![sui])s)$")
_MAX = 40
_SHORTEST = 8
"""Letters of a title from which it tells a paper."""


def categories_of(entry: NoteEntry, *, keywords: bool = False) -> tuple[str, ...]:
    """The categories that the reader put a paper in, each once, in the reader's words.

    Innermost heading first, then the outer ones, then tags (and, if asked for, the keywords that a
    publisher or a reference manager gave); dates, ``Papers``, ``TODO``, post titles and paper titles are none.
    """
    named = [clean_category(heading) for heading in reversed(entry.section)]
    more = (*entry.tags, *(entry.keywords if keywords else ()))
    named += [clean_category(tag.rpartition("/")[2]) for tag in more]
    own = title_key(entry.title)
    kept: dict[str, str] = {}
    for name in named:
        if name and title_key(name) != own:
            kept.setdefault(_key(name), name)
    return tuple(kept.values())


def _key(name: str) -> str:
    """What all spellings of a category share: its letters and digits, English plurals as singulars."""
    return _PLURAL.sub(lambda ending: "y" if ending[1] else "", title_key(name))


def clean_category(heading: str) -> str:
    """One heading or tag as a category, or an empty text if it is none.

    >>> clean_category("## 多模态篇"), clean_category("论文阅读"), clean_category("2024-01-17")
    ('多模态', '', '')
    """
    text = stripped(heading.replace("_", " ")).strip(" #[]【】《》\"'“”*:：,，.")
    if is_period(text) or _VENUE_YEAR.match(text) or _ARXIV_SUBJECT.match(text):
        return ""
    # "2023年大模型在推荐领域的论文" is about what is left without its year and "papers".
    before = None
    while before != text:
        before = text
        text = _ENDINGS.sub("", _BEGINNINGS.sub("", _YEAR.sub(" ", text))).strip(" -–—:：,，.·|的")
    text = " ".join(text.split())
    key = title_key(text)
    if len(key) < 2 or key.isdigit() or key in _GENERIC or len(text) > _MAX:
        return ""
    if _NOTE_TITLE.search(text):
        return ""
    if holds(text) in (Holds.PART, Holds.ELSEWHERE) or quality(text) is Quality.STRONG:
        return ""
    if _SENTENCE.search(text) and len(text) > 12:
        return ""
    return text


def categories_by_entry(entries: Sequence[NoteEntry], *, keywords: bool = False) -> list[tuple[str, ...]]:
    """The categories of each entry, with all entries in sight.

    A heading that stands above every paper of a file that has other headings is the file's title and
    left out.  Spellings of one category are joined under the commonest.
    """
    named = [categories_of(entry, keywords=keywords) for entry in entries]
    in_file: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        in_file.setdefault(entry.file, []).append(place)
    for places in in_file.values():
        keys = [set(map(_key, named[place])) for place in places]
        above_all = set.intersection(*keys)
        if len(places) >= 3 and set.union(*keys) - above_all:
            outermost = {_key(clean_category(one)) for place in places for one in entries[place].section[:1]}
            for place in places:
                own = (name for name in named[place] if _key(name) not in above_all & outermost)
                named[place] = tuple(own)
    spellings: dict[str, Counter[str]] = {}
    for names in named:
        for name in names:
            spellings.setdefault(_key(name), Counter())[name] += 1
    best = {key: counts.most_common(1)[0][0] for key, counts in spellings.items()}
    return [tuple(best[_key(name)] for name in names) for names in named]


def merged(entries: Iterable[NoteEntry]) -> list[NoteEntry]:
    """One entry a paper: notes on the same paper in several places joined, tags and text together.

    Two entries are the same paper when they have the same identifier, or when the same folded title
    stands with at most one identifier.  The first keeps its place; the order is that of first sight.
    """
    found: list[NoteEntry] = []
    by_key: dict[str, int] = {}
    for entry in entries:
        title = title_key(entry.title)
        keys = [entry.arxiv_id or "", title if len(title) >= _SHORTEST else ""]
        places = [by_key[key] for key in keys if key in by_key]
        place = next((one for one in places if not _clash(found[one], entry)), len(found))
        if place == len(found):
            found.append(entry)
        else:
            found[place] = _joined(found[place], entry)
        for key in filter(None, keys):
            by_key.setdefault(key, place)
    return found


def _clash(first: NoteEntry, second: NoteEntry) -> bool:
    return bool(first.arxiv_id and second.arxiv_id and first.arxiv_id != second.arxiv_id)


def _joined(first: NoteEntry, second: NoteEntry) -> NoteEntry:
    texts = [first.text, second.text] if second.text not in first.text else [first.text]
    return replace(
        first,
        title=first.title or second.title,
        arxiv_id=first.arxiv_id or second.arxiv_id,
        text="\n\n".join(filter(None, texts)),
        links=tuple(dict.fromkeys((*first.links, *second.links))),
        # The other places' headings are categories as well.
        tags=tuple(dict.fromkeys((*first.tags, *second.section, *second.tags))),
        noted_on=first.noted_on or second.noted_on,
        keywords=tuple(dict.fromkeys((*first.keywords, *second.keywords))),
    )
