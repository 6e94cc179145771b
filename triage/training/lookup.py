"""Noted papers -> known papers: by id, else by title; first in the store, then at arXiv.

The decisions are pure (:func:`match_entry`, :func:`best_by_title`, and
:mod:`triage.notes.title_matching`); :func:`match_entries` asks the two sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from pydantic import RootModel

from triage.clock import Clock
from triage.errors import FetchError
from triage.listing.sources import PaperLookup
from triage.notes.title_matching import TitleIndex, agrees, is_mostly_latin, likeness, same_title
from triage.notes.titles import quality
from triage.papers import ArxivId, NoteEntry, Paper, title_key
from triage.progress import Progress, silent
from triage.store.store import Store, Transaction

Name = TypeVar("Name", bound=str)

RETRY_AFTER = (timedelta(days=7), timedelta(days=30), timedelta(days=90), timedelta(days=180))
"""What arXiv did not know is looked up again after the first of these, then the second, and so on; the
last one repeats."""

IDS_A_QUERY = 100
"""So many ids cost as much as one title."""

_WEAK_PLACES = frozenset({"item", "line"})
"""Readings of titles that nothing marks off in their lines."""


class FailedLookups(RootModel[dict[str, int]], frozen=True):
    """How often arXiv was asked for what it does not know; a record of the store."""

    KEY: ClassVar[str] = "asked in vain"


@dataclass(frozen=True, slots=True)
class EntryMatch:
    """Which paper a noted one is."""

    entry: NoteEntry
    paper: Paper | None
    matched_by: str = ""
    """``id``, ``title`` or ``similar title``, or empty when the paper stays unknown."""
    similarity: float = 1.0
    """How alike the note's title and the paper's are, 0 to 1; 1 when found by id without a title."""
    conflict: str = ""
    """How the note's id and title disagree; empty when they don't."""
    reason: str = ""
    """Why the paper stays unknown."""
    pending: bool = False
    """Whether it is still to be looked up at arXiv."""
    error: str = ""
    """Why arXiv could not be asked, if that is why it is pending."""


@dataclass(frozen=True, slots=True)
class LookupLimit:
    """What may be spent on look-ups at once; the rest is left to later runs."""

    queries: int
    time: timedelta
    """From the first query on; none is begun after it."""


def match_entry(
    entry: NoteEntry, by_id: Paper | None, by_title: Paper | None, *, id_confirmed: bool = False
) -> EntryMatch:
    """Decide which paper a noted one is.

    ``by_id`` is the paper that has the note's id, ``by_title`` the one that has its title
    (:func:`~triage.notes.title_matching.same_title`).  The id is confirmed by another note that has it
    and a title that agrees.  Then an id that disagrees with the title was copied there by mistake, and
    the paper stays unknown rather than be mistaken for the other.
    """
    alike = likeness(entry.title, by_title.title) if by_title else 0.0
    by_title_match = EntryMatch(entry, by_title, "title" if alike == 1.0 else "similar title", alike)
    if by_id is None:
        if by_title is None:
            return EntryMatch(entry, None, "", 0.0)
        conflict = f"{entry.arxiv_id} is unknown; taken by title: {by_title.id}" if entry.arxiv_id else ""
        return replace(by_title_match, conflict=conflict)
    by_id_match = EntryMatch(entry, by_id, "id", likeness(entry.title, by_id.title) if entry.title else 1.0)
    if not entry.title or agrees(entry.title, by_id.title):
        return by_id_match
    conflict = f"{entry.arxiv_id} is {by_id.title!r}, the note says {entry.title!r}"
    if by_title is not None and by_title.id != by_id.id:
        return replace(by_title_match, conflict=f"{conflict}; taken by title: {by_title.id}")
    if id_confirmed:
        return EntryMatch(entry, None, "", 0.0, f"{conflict}, and another note is about that paper")
    return replace(by_id_match, conflict=f"{conflict}; no paper with that title found, so the id counts")


def best_by_title(title: str, candidates: Iterable[Paper]) -> Paper | None:
    """Return the candidate with the same title but for spelling; of several the one most like it.

    Of equally like ones (a paper and its later namesake) the newest wins, so that the answer does
    not depend on their order.
    """
    same = [paper for paper in candidates if same_title(title, paper.title)]
    return max(same, key=lambda paper: (likeness(title, paper.title), paper.id), default=None)


def match_entries(
    entries: Sequence[NoteEntry],
    store: Store,
    lookup: PaperLookup | None,
    clock: Clock,
    progress: Progress = silent,
    *,
    named: Iterable[ArxivId] = (),
    limit: LookupLimit | None = None,
) -> list[EntryMatch]:
    """Find out which paper each entry is, in the order of the entries.

    The store is searched first, and arXiv's answers are kept there.  ``named`` are further papers that the
    reader named, by command or as seeds: looked up before the ids of the notes.  What is not looked up,
    because of the limit or a failure, is pending.
    """
    remote = _RemoteLookup(store, lookup, clock, progress, limit)
    ids = dict.fromkeys(named) | dict.fromkeys(entry.arxiv_id for entry in entries if entry.arxiv_id)
    with store.reading() as tx:
        by_id = tx.papers.get(ids)
    by_id |= remote.ids([one for one in ids if one not in by_id])
    unsure = [entry for entry in entries if entry.title and _needs_title(entry, by_id)]
    titles = list(dict.fromkeys(entry.title for entry in unsure))
    by_title = _in_store(titles, store) if titles else {}
    # A pending id will most likely tell, so its title is not looked up.
    # Of the others, titles that stand in plain lines and read least like one are asked last.
    likely = sorted(unsure, key=lambda entry: (entry.reading in _WEAK_PLACES, -quality(entry.title)))
    wanted = dict.fromkeys(entry.title for entry in likely if entry.arxiv_id not in remote.pending)
    by_title |= remote.titles([title for title in wanted if title not in by_title])
    confirmed = {
        entry.arxiv_id
        for entry in entries
        if entry.arxiv_id in by_id and entry.title and agrees(entry.title, by_id[entry.arxiv_id].title)
    }
    matches = (
        match_entry(
            entry,
            by_id.get(entry.arxiv_id) if entry.arxiv_id else None,
            by_title.get(entry.title),
            id_confirmed=entry.arxiv_id in confirmed,
        )
        for entry in entries
    )
    return [match if match.paper else remote.explained(match) for match in matches]


def _needs_title(entry: NoteEntry, by_id: Mapping[ArxivId, Paper]) -> bool:
    paper = by_id.get(entry.arxiv_id) if entry.arxiv_id else None
    return paper is None or not agrees(entry.title, paper.title)


def _in_store(titles: Sequence[str], store: Store) -> dict[str, Paper]:
    with store.reading() as tx:
        found = TitleIndex(tx.papers.titles()).search(titles)
        papers = tx.papers.get(found.values())
    return {title: papers[arxiv_id] for title, arxiv_id in found.items()}


def unknown_and_pending(ids: Iterable[ArxivId], tx: Transaction) -> tuple[list[ArxivId], list[ArxivId]]:
    """Return which ids arXiv does not know, and which are not looked up yet, of those not in the store."""
    ids = dict.fromkeys(ids)
    stored, asked = tx.papers.get(ids), tx.notes.lookups()
    missing = [one for one in ids if one not in stored]
    return [one for one in missing if one in asked], [one for one in missing if one not in asked]


class _RemoteLookup:
    """Looks things up at arXiv, each once; answers are kept in the store as they come."""

    def __init__(
        self,
        store: Store,
        lookup: PaperLookup | None,
        clock: Clock,
        progress: Progress,
        limit: LookupLimit | None,
    ) -> None:
        self._store, self._lookup, self._clock, self._progress = store, lookup, clock, progress
        self._limit, self._queries = limit, 0
        self._now = clock.now()
        self._began: datetime | None = None
        self.error = ""
        """Why looking up stopped; the rest is pending."""
        self.pending: set[str] = set()
        """Ids and title keys."""
        with store.reading() as tx:
            self._answers = tx.notes.lookups()
            self._failures = dict((tx.records.get(FailedLookups) or FailedLookups({})).root)

    def ids(self, ids: Iterable[ArxivId]) -> dict[ArxivId, Paper]:
        """Return the papers that arXiv knows among ids that the store does not have."""
        if (lookup := self._lookup) is None:
            return {}
        missing = [arxiv_id for arxiv_id in ids if self._is_due(arxiv_id)]

        def fetch(batch: Sequence[ArxivId]) -> dict[ArxivId, Paper | None]:
            found = lookup.by_ids(batch)
            return {one: found.get(one) for one in batch}

        return self._fetch(missing, fetch, lambda arxiv_id: arxiv_id, IDS_A_QUERY, "asking arXiv for ids")

    def titles(self, titles: Sequence[str]) -> dict[str, Paper]:
        """Return the papers that arXiv knows, or knew before, among titles that the store does not have."""
        earlier = {title: answer[0] for title in titles if (answer := self._answers.get(title_key(title)))}
        with self._store.reading() as tx:
            papers = tx.papers.get(paper for paper in earlier.values() if paper)
        found = {title: papers[paper] for title, paper in earlier.items() if paper in papers}
        if (lookup := self._lookup) is None:
            return found
        # arXiv's titles are in Latin letters; a query costs three seconds.
        missing = [
            title
            for title in titles
            if title not in found and is_mostly_latin(title) and self._is_due(title_key(title))
        ]

        def fetch(batch: Sequence[str]) -> dict[str, Paper | None]:
            return {title: best_by_title(title, lookup.by_title(title)) for title in batch}

        return found | self._fetch(missing, fetch, title_key, 1, "asking arXiv for titles")

    def _fetch(
        self,
        missing: Sequence[Name],
        fetch: Callable[[Sequence[Name]], Mapping[Name, Paper | None]],
        question: Callable[[Name], str],
        size: int,
        what: str,
    ) -> dict[Name, Paper]:
        """Look names up in batches until the limit or the first failure; the rest is pending."""
        found: dict[Name, Paper] = {}
        for done in range(0, len(missing), size):
            batch = missing[done : done + size]
            answers: Mapping[Name, Paper | None] = {}
            if self._may_query():
                self._progress(what, done, len(missing))
                try:
                    answers = fetch(batch)
                except FetchError as error:
                    self.error = error.message
            if not answers:
                self.pending.update(map(question, missing[done:]))
                break
            self._keep({question(name): paper for name, paper in answers.items()})
            found |= {name: paper for name, paper in answers.items() if paper}
        return found

    def explained(self, match: EntryMatch) -> EntryMatch:
        """Return the match of an unknown paper with the reason why it is unknown."""
        entry = match.entry
        pending = bool({entry.arxiv_id, title_key(entry.title)} & self.pending)
        where = "in the store (offline)" if self._lookup is None else "in the store or at arXiv"
        named = [entry.arxiv_id or "", f"title {entry.title!r}" if entry.title else ""]
        parts = [f"not found {where}: {' and '.join(filter(None, named))}", match.conflict]
        if entry.broken_id:
            parts.append(f"{entry.broken_id!r} is no arXiv id")
        if self.error:
            parts.append(f"arXiv could not be asked: {self.error}")
        elif pending:
            parts.append("still to be looked up at arXiv")
        reason = "; ".join(filter(None, parts))
        return replace(match, reason=reason, pending=pending, error=self.error if pending else "")

    def _may_query(self) -> bool:
        if self.error:
            return False
        if self._limit:
            now = self._clock.now()
            self._began = self._began or now
            if self._queries >= self._limit.queries or now - self._began >= self._limit.time:
                return False
        self._queries += 1
        return True

    def _keep(self, answers: Mapping[str, Paper | None]) -> None:
        for question, paper in answers.items():
            if paper is None:
                self._failures[question] = self._failures.get(question, 0) + 1
            else:
                self._failures.pop(question, None)
        with self._store.transaction() as tx:
            tx.papers.put(paper for paper in answers.values() if paper)
            tx.notes.put_lookups(
                {question: paper.id if paper else None for question, paper in answers.items()}, self._now
            )
            tx.records.put(FailedLookups(self._failures))

    def _is_due(self, question: str) -> bool:
        answer = self._answers.get(question)
        if answer is None:
            return True
        paper, asked_at = answer
        failures = self._failures.get(question, 1)
        return paper is None and self._now - asked_at >= RETRY_AFTER[min(failures, len(RETRY_AFTER)) - 1]
