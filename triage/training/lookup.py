"""Noted papers -> known papers: by id, else by title; first in the store, then at arXiv.

The decisions are pure (:func:`judge`, :func:`best_by_title`, and :mod:`triage.notes.title_matching`);
:func:`look_up` asks the two sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from pydantic import RootModel

from triage.clock import Clock
from triage.errors import FetchError
from triage.notes.title_matching import TitleIndex, agrees, is_mostly_latin, likeness, same_title
from triage.papers import ArxivId, NoteEntry, Paper, title_key
from triage.progress import Progress, silent
from triage.store.store import Store, Transaction

ASK_AGAIN_AFTER = timedelta(days=30)
PAUSES = (timedelta(days=7), ASK_AGAIN_AFTER, timedelta(days=90), timedelta(days=180))
"""What arXiv did not know is asked again after the first of these, then the second, and so on; the last holds."""

IDS_A_QUESTION = 100
"""So many ids cost as much as one title."""
SECONDS_A_TITLE = 5
"""One request or two, three seconds apart: for an estimate."""


class FailedLookups(RootModel[dict[str, int]], frozen=True):
    """How often arXiv was asked for what it does not know; a record of the store."""

    KEY: ClassVar[str] = "asked in vain"


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
    waiting: bool = False
    """Whether arXiv is still to be asked for it."""
    trouble: str = ""
    """Why arXiv could not be asked, if that is why it waits."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a run may spend on look-ups before it goes on with its day; the rest is for later ones."""

    questions: int
    time: timedelta
    """From the first question on; none is begun after it."""
    clock: Clock


class ArxivLookup(Protocol):
    """What is asked of arXiv: :class:`triage.listing.api.ApiSource` does it."""

    def by_ids(self, ids: Sequence[ArxivId]) -> dict[ArxivId, Paper]:
        """Return the known papers among ``ids``."""
        ...

    def by_title(self, title: str) -> list[Paper]:
        """Return papers with a title like this."""
        ...


def judge(
    entry: NoteEntry, by_id: Paper | None, by_title: Paper | None, *, another_has_it: bool = False
) -> Finding:
    """Decide what a noted paper is.

    Parameters
    ----------
    entry : NoteEntry
        As noted.
    by_id : Paper, optional
        The paper that has the note's id.
    by_title : Paper, optional
        The paper that has the note's title (:func:`~triage.notes.title_matching.same_title`).
    another_has_it : bool
        Whether another note has the same id and a title that agrees with it.  Then an id that
        disagrees with the title was copied there by mistake, and the paper stays unknown rather
        than be mistaken for the other.
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
        if another_has_it:
            return Finding(entry, None, "", 0.0, conflict=f"{told}, and another note is of that paper")
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
    """Return the candidate that has the title but for dress; of several the one most like it.

    Of equally like ones (a paper and its later namesake) the newest wins, so that the answer does
    not depend on their order.
    """
    named = [paper for paper in candidates if same_title(title, paper.title)]
    return max(named, key=lambda paper: (likeness(title, paper.title), paper.id), default=None)


def look_up(
    entries: Sequence[NoteEntry],
    store: Store,
    arxiv: ArxivLookup | None,
    now: datetime,
    progress: Progress = silent,
    *,
    named: Iterable[ArxivId] = (),
    bound: Bound | None = None,
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
    named : iterable of ArxivId, optional
        Further papers that the reader named, by command or as seeds: asked for before the ids of the
        notes.
    bound : Bound, optional
        By default all is asked.  What is not asked, or not answered, is found to be waiting.
    """
    inquiry = _Inquiry(store, arxiv, now, progress, bound)
    named = dict.fromkeys(named)
    ids = named | dict.fromkeys(entry.arxiv_id for entry in entries if entry.arxiv_id)
    with store.reading() as tx:
        by_id = tx.papers.get(ids)
    by_id |= inquiry.ids([one for one in ids if one not in by_id])
    unsure = [entry for entry in entries if entry.title and _needs_title(entry, by_id)]
    titles = list(dict.fromkeys(entry.title for entry in unsure))
    by_title = _in_store(titles, store) if titles else {}
    # Where the id is still to be asked for, that will most likely tell.
    now_asked = dict.fromkeys(entry.title for entry in unsure if entry.arxiv_id not in inquiry.waiting)
    by_title |= inquiry.titles([title for title in now_asked if title not in by_title])
    confirmed = {
        entry.arxiv_id
        for entry in entries
        if entry.arxiv_id in by_id and entry.title and agrees(entry.title, by_id[entry.arxiv_id].title)
    }
    findings = []
    for entry in entries:
        finding = judge(
            entry,
            by_id.get(entry.arxiv_id) if entry.arxiv_id else None,
            by_title.get(entry.title),
            another_has_it=entry.arxiv_id in confirmed,
        )
        if finding.paper is None:
            waiting = bool({entry.arxiv_id, title_key(entry.title)} & inquiry.waiting)
            reason = _reason(finding, inquiry, waiting)
            finding = replace(
                finding, reason=reason, waiting=waiting, trouble=inquiry.trouble if waiting else ""
            )
        findings.append(finding)
    return findings


def _needs_title(entry: NoteEntry, by_id: Mapping[ArxivId, Paper]) -> bool:
    paper = by_id.get(entry.arxiv_id) if entry.arxiv_id else None
    return paper is None or not agrees(entry.title, paper.title)


def _in_store(titles: Sequence[str], store: Store) -> dict[str, Paper]:
    with store.reading() as tx:
        found = TitleIndex(tx.papers.titles()).search(titles)
        papers = tx.papers.get(found.values())
    return {title: papers[arxiv_id] for title, arxiv_id in found.items()}


def _reason(finding: Finding, inquiry: _Inquiry, waiting: bool) -> str:
    entry = finding.entry
    named = [entry.arxiv_id or "", f"title {entry.title!r}" if entry.title else ""]
    parts = [f"not found {inquiry.where}: {' and '.join(filter(None, named))}", finding.conflict]
    if entry.broken_id:
        parts.append(f"{entry.broken_id!r} is no arXiv id")
    if inquiry.trouble:
        parts.append(f"arXiv could not be asked: {inquiry.trouble}")
    elif waiting:
        parts.append("still to be looked up at arXiv")
    return "; ".join(filter(None, parts))


def unanswered(ids: Iterable[ArxivId], tx: Transaction) -> tuple[list[ArxivId], list[ArxivId]]:
    """Share ids that are not in the store out: those that arXiv does not know, and those not asked yet."""
    missing = dict.fromkeys(ids)
    known, asked = tx.papers.get(missing), tx.notes.lookups()
    missing = {one: None for one in missing if one not in known}
    return [one for one in missing if one in asked], [one for one in missing if one not in asked]


class _Inquiry:
    """What is asked of arXiv, each thing once: answers are kept in the store as they come."""

    def __init__(
        self, store: Store, arxiv: ArxivLookup | None, now: datetime, progress: Progress, bound: Bound | None
    ) -> None:
        self._store, self._arxiv, self._now, self._progress = store, arxiv, now, progress
        self._bound, self._questions = bound, 0
        self._began: datetime | None = None
        self.where = "in the store (offline)" if arxiv is None else "in the store or at arXiv"
        self.trouble = ""
        """Why asking stopped; what is not answered then is asked next time."""
        self.waiting: set[str] = set()
        """The ids and folded titles that are still to be asked for."""
        with store.reading() as tx:
            self._asked = tx.notes.lookups()
            self._in_vain = dict((tx.records.get(FailedLookups) or FailedLookups({})).root)

    def ids(self, ids: Iterable[ArxivId]) -> dict[ArxivId, Paper]:
        """Return the papers that arXiv knows among ids that the store doesn't."""
        unknown = [arxiv_id for arxiv_id in ids if self._is_open(arxiv_id)]
        found: dict[ArxivId, Paper] = {}
        if self._arxiv is None:
            return found
        for done in range(0, len(unknown), IDS_A_QUESTION):
            if not self._may_ask():
                self.waiting.update(unknown[done:])
                break
            self._progress("asking arXiv for ids", done, len(unknown))
            batch = unknown[done : done + IDS_A_QUESTION]
            try:
                answered = self._arxiv.by_ids(batch)
            except FetchError as error:
                self.trouble = error.message
                self.waiting.update(unknown[done:])
                break
            self._keep({one: answered.get(one) for one in batch})
            found |= answered
        return found

    def titles(self, titles: Sequence[str]) -> dict[str, Paper]:
        """Return the papers that arXiv knows, or told before, among titles that the store doesn't."""
        answers = {title: self._asked.get(title_key(title)) for title in titles}
        told = {title: answer[0] for title, answer in answers.items() if answer and answer[0]}
        with self._store.reading() as tx:
            papers = tx.papers.get(told.values())
        found = {title: papers[arxiv_id] for title, arxiv_id in told.items() if arxiv_id in papers}
        # arXiv's titles are in Latin letters; a question costs three seconds.
        missing = [
            title
            for title in titles
            if title not in found and is_mostly_latin(title) and self._is_open(title_key(title))
        ]
        if self._arxiv is None:
            return found
        minutes = -(-len(missing) * SECONDS_A_TITLE // 60)
        what = f"asking arXiv for titles (about {minutes} min)"
        for done, title in enumerate(missing):
            if not self._may_ask():
                self.waiting.update(map(title_key, missing[done:]))
                break
            self._progress(what, done, len(missing))
            try:
                best = best_by_title(title, self._arxiv.by_title(title))
            except FetchError as error:
                self.trouble = error.message
                self.waiting.update(map(title_key, missing[done:]))
                break
            self._keep({title_key(title): best})
            if best:
                found[title] = best
        return found

    def _may_ask(self) -> bool:
        if self.trouble:
            return False
        if self._bound:
            now = self._bound.clock.now()
            self._began = self._began or now
            if self._questions >= self._bound.questions or now - self._began >= self._bound.time:
                return False
        self._questions += 1
        return True

    def _keep(self, answers: Mapping[str, Paper | None]) -> None:
        for question, paper in answers.items():
            if paper is None:
                self._in_vain[question] = self._in_vain.get(question, 0) + 1
            else:
                self._in_vain.pop(question, None)
        with self._store.transaction() as write:
            write.papers.put(paper for paper in answers.values() if paper)
            write.notes.put_lookups(
                {question: paper.id if paper else None for question, paper in answers.items()}, self._now
            )
            write.records.put(FailedLookups(self._in_vain))

    def _is_open(self, question: str) -> bool:
        answer = self._asked.get(question)
        if answer is None:
            return True
        paper, asked_at = answer
        times = self._in_vain.get(question, 1)
        return paper is None and self._now - asked_at >= PAUSES[min(times, len(PAUSES)) - 1]
