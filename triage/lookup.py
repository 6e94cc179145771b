"""Noted papers -> known papers: by id, else by title; first in the store, then at arXiv.

The decisions are pure (:func:`judge`, :func:`best_by_title`); :func:`look_up` asks the two sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from triage.papers import ArxivId, NoteEntry, Paper, title_key
from triage.progress import Progress, silent
from triage.store.store import Store

MIN_SIMILARITY = 0.92
"""A title found by likeness is taken from this similarity on (normalised Indel similarity of folded
titles, 0 to 1); below, a paper stays unknown rather than be mistaken for another."""

DISAGREE_BELOW = 0.6
"""An id is doubted when its paper's title is less like the note's than this, and neither contains the
other."""

SHORTEST_FUZZY = 16
"""Folded titles shorter than this must match exactly: "GPT-4" is like too many."""

ASK_AGAIN_AFTER = timedelta(days=30)
"""A title that arXiv did not know is asked again after so long."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one noted paper."""

    entry: NoteEntry
    paper: Paper | None
    how: str
    """``id``, ``title`` or ``similar title``, or empty when the paper stays unknown."""
    similarity: float = 1.0
    """How alike the note's title and the paper's are, 0 to 1; 1 when found by id without a title."""
    conflict: str = ""
    """How the note's id and title disagree; empty when they don't."""
    reason: str = ""
    """Why the paper stays unknown."""


class ArxivLookup(Protocol):
    """What is asked of arXiv: :class:`triage.listing.api.ApiSource` does it."""

    def by_ids(self, ids: Sequence[ArxivId]) -> dict[ArxivId, Paper]:
        """Return the known papers among ``ids``."""
        ...

    def by_title(self, title: str) -> list[Paper]:
        """Return papers with a title like this."""
        ...


def title_variants(title: str) -> list[str]:
    """Return the folded forms under which a title as noted may be known.

    Readers put a nickname before the title (``T5：Exploring the Limits ...``), so what follows the
    first colon counts as well when it is long enough to stand alone.
    """
    forms = [title]
    _nickname, colon, tail = re.sub("：", ":", title).partition(":")
    if colon and len(tail.split()) >= 4:
        forms.append(tail)
    forms.append(re.sub(r"\[[A-Z]\]\.?$|[.,;。]+$", "", title.strip()))
    keys = (title_key(form) for form in forms)
    return list(dict.fromkeys(key for key in keys if key))


def similarity(first: str, second: str) -> float:
    """Return how alike two folded titles are, 0 to 1 (normalised Indel similarity)."""
    from rapidfuzz.distance import Indel

    return float(Indel.normalized_similarity(first, second))


def likeness(noted: str, known: str) -> float:
    """Return how alike a noted title and a paper's are, over the noted title's variants."""
    key = title_key(known)
    return max((similarity(variant, key) for variant in title_variants(noted)), default=0.0)


def agrees(noted: str, known: str) -> bool:
    """Return whether a noted title may mean the known one.

    Titles in another script can't be compared, and a nickname or a cut title is contained in the
    whole one; neither is a reason for doubt.
    """
    key = title_key(known)
    variants = title_variants(noted)
    latin = sum(character.isascii() and character.isalpha() for character in noted)
    if not variants or not key or latin < 0.5 * sum(character.isalpha() for character in noted):
        return True
    if any(variant in key or key in variant for variant in variants):
        return True
    words, known_words = _words(noted), _words(known)
    if len(words) <= 3 and words & known_words:
        return True
    return likeness(noted, known) >= DISAGREE_BELOW


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", text.casefold()) if len(word) > 2}


def judge(entry: NoteEntry, by_id: Paper | None, by_title: Paper | None) -> Finding:
    """Decide what a noted paper is.

    Parameters
    ----------
    entry : NoteEntry
        As noted.
    by_id : Paper, optional
        The paper that has the note's id.
    by_title : Paper, optional
        The paper that has the note's title, at least as alike as :data:`MIN_SIMILARITY`.
    """
    alike = likeness(entry.title, by_title.title) if by_title else 0.0
    how = "title" if alike == 1.0 else "similar title"
    if by_id is not None:
        if not entry.title or agrees(entry.title, by_id.title):
            known = likeness(entry.title, by_id.title) if entry.title else 1.0
            return Finding(entry, by_id, "id", known)
        told = f"{entry.arxiv_id} is {by_id.title!r}, the note says {entry.title!r}"
        if by_title is not None and by_title.id != by_id.id:
            return Finding(entry, by_title, how, alike, conflict=f"{told}; taken by title: {by_title.id}")
        return Finding(
            entry,
            by_id,
            "id",
            likeness(entry.title, by_id.title),
            conflict=f"{told}; no paper with that title found, so the id holds",
        )
    if by_title is not None:
        conflict = f"{entry.arxiv_id} is unknown; taken by title: {by_title.id}" if entry.arxiv_id else ""
        return Finding(entry, by_title, how, alike, conflict=conflict)
    return Finding(entry, None, "", 0.0)


def best_by_title(title: str, candidates: Iterable[Paper]) -> Paper | None:
    """Return the candidate whose title is most like ``title``, if it is like enough.

    Of equally like ones (a paper and its later namesake) the newest wins, so that the answer does
    not depend on their order.
    """
    best: tuple[float, str, Paper] | None = None
    for paper in candidates:
        alike = likeness(title, paper.title)
        short = len(title_key(title)) < SHORTEST_FUZZY
        if alike >= (1.0 if short else MIN_SIMILARITY) and (best is None or (alike, paper.id) > best[:2]):
            best = (alike, paper.id, paper)
    return best[2] if best else None


class TitleIndex:
    """All titles of the store, searched by likeness in one go."""

    def __init__(self, titles: Sequence[tuple[ArxivId, str]]) -> None:
        self._ids = [arxiv_id for arxiv_id, _ in titles]
        self._keys = [key for _, key in titles]

    def search(self, titles: Sequence[str]) -> dict[str, ArxivId]:
        """Return ``title -> id`` for the titles that are like enough to a known one."""
        from rapidfuzz import process
        from rapidfuzz.distance import Indel

        found: dict[str, ArxivId] = {}
        exact = {key: arxiv_id for arxiv_id, key in zip(self._ids, self._keys, strict=True)}
        for title in titles:
            variants = title_variants(title)
            hit = next((exact[variant] for variant in variants if variant in exact), None)
            if hit is None:
                for variant in variants:
                    if len(variant) < SHORTEST_FUZZY:
                        continue
                    match = process.extractOne(
                        variant, self._keys, scorer=Indel.normalized_similarity, score_cutoff=MIN_SIMILARITY
                    )
                    if match is not None:
                        hit = self._ids[match[2]]
                        break
            if hit is not None:
                found[title] = hit
        return found


def look_up(
    entries: Sequence[NoteEntry],
    store: Store,
    arxiv: ArxivLookup | None,
    now: datetime,
    progress: Progress = silent,
) -> list[Finding]:
    """Find out which paper each entry is, in the order of the entries.

    Parameters
    ----------
    entries : sequence of NoteEntry
        As extracted.
    store : Store
        Asked first; what arXiv answers is kept there.
    arxiv : ArxivLookup, optional
        None to stay offline.
    now : datetime
        The time of asking, UTC.
    progress : Progress, optional
        Hears how far it is.
    """
    with store.reading() as step:
        asked = step.notes.lookups()
        by_id = step.papers.get({entry.arxiv_id for entry in entries if entry.arxiv_id})
        index = TitleIndex(step.papers.titles())

    def is_open(question: str) -> bool:
        answer = asked.get(question)
        return answer is None or (answer[0] is None and now - answer[1] >= ASK_AGAIN_AFTER)

    if arxiv is not None:
        unknown = sorted({e.arxiv_id for e in entries if e.arxiv_id and e.arxiv_id not in by_id})
        unknown = [arxiv_id for arxiv_id in unknown if is_open(arxiv_id)]
        if unknown:
            progress("asking arXiv for ids", 0, len(unknown))
            answered = arxiv.by_ids(unknown)
            with store.step() as write:
                write.papers.put(answered.values())
                write.notes.put_lookups({i: i if i in answered else None for i in unknown}, now)
            by_id |= answered
            progress("asking arXiv for ids", len(unknown), len(unknown))

    wanted = [entry.title for entry in entries if entry.title and _needs_title(entry, by_id)]
    titles = list(dict.fromkeys(wanted))
    hits = index.search(titles)
    with store.reading() as step:
        remembered = {
            title: answer[0]
            for title in titles
            if title not in hits and (answer := asked.get(title_key(title))) and answer[0] is not None
        }
        papers = step.papers.get([*hits.values(), *remembered.values()])
    found = {title: papers[i] for title, i in (hits | remembered).items() if i in papers}

    if arxiv is not None:
        missing = [title for title in titles if title not in found and is_open(title_key(title))]
        for done, title in enumerate(missing):
            progress("asking arXiv for titles", done, len(missing))
            answers = arxiv.by_title(title)
            best = best_by_title(title, answers)
            with store.step() as write:
                write.papers.put([best] if best else [])
                write.notes.put_lookups({title_key(title): best.id if best else None}, now)
            if best:
                found[title] = best
    return [_finding(entry, by_id, found, offline=arxiv is None) for entry in entries]


def _needs_title(entry: NoteEntry, by_id: Mapping[ArxivId, Paper]) -> bool:
    paper = by_id.get(entry.arxiv_id) if entry.arxiv_id else None
    return paper is None or not agrees(entry.title, paper.title)


def _finding(
    entry: NoteEntry, by_id: Mapping[ArxivId, Paper], by_title: Mapping[str, Paper], *, offline: bool
) -> Finding:
    finding = judge(entry, by_id.get(entry.arxiv_id) if entry.arxiv_id else None, by_title.get(entry.title))
    if finding.paper is not None:
        return finding
    where = "in the store (offline)" if offline else "in the store or at arXiv"
    asked = " and ".join(
        filter(None, [entry.arxiv_id or "", f"title {entry.title!r}" if entry.title else ""])
    )
    broken = f"; {entry.broken_id!r} is no arXiv id" if entry.broken_id else ""
    return replace(finding, reason=f"not found {where}: {asked}{broken}")
