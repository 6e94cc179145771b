"""The notes as they are now, and the labels that they newly give."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import RootModel

from triage.context import Context
from triage.listing.sources import PaperLookup
from triage.papers import ArxivId, Example, title_key
from triage.training.examples import note_labels, unknown_example
from triage.training.lookup import EntryMatch, LookupLimit, match_entries, unknown_and_pending
from triage.training.notes import own_entries, read_notes, read_zotero

if TYPE_CHECKING:
    from triage.notes.formats import NoteProblem


@dataclass(frozen=True, slots=True)
class NotePlace:
    """Where a note is."""

    file: str
    """Its absolute path."""
    line: int
    noted_on: date | None = None


class NotePlaces(RootModel[dict[str, NotePlace]], frozen=True):
    """The first note on each paper, as read last, by arXiv id or title key; a record of the store."""

    KEY: ClassVar[str] = "note places"


@dataclass(frozen=True, slots=True)
class NotesUpdate:
    """What the notes hold, and what of it is new."""

    matches: tuple[EntryMatch, ...]
    problems: tuple[NoteProblem, ...]
    unknown: tuple[Example, ...]
    """Noted papers that stay unknown but whose title or English text can be learned from."""
    left_out: tuple[EntryMatch, ...]
    """Matches with nothing to learn from."""
    noted_on: Mapping[ArxivId, date]
    new_labels: int
    pending: int = 0
    """Noted titles and named papers that are still to be looked up at arXiv."""
    error: str = ""
    """Why arXiv could not be asked for them, if that is why."""
    unknown_ids: tuple[ArxivId, ...] = ()
    """Papers that the reader named by command or as seeds, and that arXiv does not know."""

    @property
    def places(self) -> dict[ArxivId, str]:
        """File and line of each noted paper that was found."""
        return {one.paper.id: f"{one.entry.file}:{one.entry.line}" for one in self.matches if one.paper}


def update_labels(
    context: Context,
    lookup: PaperLookup | None,
    *,
    limit: LookupLimit | None = None,
    without: Collection[Path] = (),
) -> NotesUpdate:
    """Read the notes, look their papers up, and add the labels that they newly give to the log.

    Papers that the reader labelled or seeded by id, and that the store does not have, are looked up
    as well; without a look-up all stays offline.  The labels that places ``without`` gave before stay.

    Raises
    ------
    NotesError
        If another place does not exist.
    """
    from triage.notes.categories import categories_by_entry

    config, store, now = context.config, context.store, context.clock.now()
    extraction = read_notes(config, store, without=without, progress=context.progress)
    entries, problems = own_entries(extraction.entries, config, store), list(extraction.problems)
    if lookup is not None and config.notes.zotero.library_id:
        library = read_zotero(config, context.progress)
        entries += library.entries
        problems += library.problems
    with store.reading() as tx:
        named = sorted({*tx.labels.current_labels(), *map(ArxivId, config.seeds.ids)})
    matches = match_entries(entries, store, lookup, context.clock, context.progress, named=named, limit=limit)
    categories = dict(
        enumerate(categories_by_entry([match.entry for match in matches], keywords=config.notes.keywords))
    )
    with store.transaction() as tx:
        added = tx.labels.add(note_labels(matches, categories, tx.labels.log(), now))
        unknown_ids, pending_ids = unknown_and_pending(named, tx)
        tx.records.put(note_places(matches, {one.file: one.path for one in extraction.files}))
    unknown, left_out = _unknown(matches, categories)
    pending = {match.entry.arxiv_id or title_key(match.entry.title) for match in matches if match.pending}
    return NotesUpdate(
        matches=tuple(matches),
        problems=tuple(problems),
        unknown=unknown,
        left_out=left_out,
        noted_on=noted_days(matches),
        new_labels=len(added),
        pending=0 if lookup is None else len(pending.union(pending_ids)),
        error=next((match.error for match in matches if match.error), ""),
        unknown_ids=tuple(unknown_ids),
    )


def _unknown(
    matches: Sequence[EntryMatch], categories: Mapping[int, tuple[str, ...]]
) -> tuple[tuple[Example, ...], tuple[EntryMatch, ...]]:
    """Return what can be learned from noted papers that stay unknown, and those that give nothing."""
    from triage.notes.english import english_part

    unknown: list[Example] = []
    left_out: list[EntryMatch] = []
    for position, match in enumerate(matches):
        if match.paper is not None:
            continue
        example = unknown_example(match, english_part(match.entry.text), categories[position])
        if example is None:
            left_out.append(replace(match, reason=f"{match.reason}; nothing in English to learn from"))
        else:
            unknown.append(example)
    return tuple(unknown), tuple(left_out)


def note_places(matches: Sequence[EntryMatch], paths: Mapping[str, Path]) -> NotePlaces:
    """Return where papers are noted, of the notes that are files."""
    places: dict[str, NotePlace] = {}
    for match in matches:
        entry = match.entry
        if path := paths.get(entry.file):
            key = match.paper.id if match.paper else title_key(entry.title)
            places.setdefault(key, NotePlace(str(path), entry.line, entry.noted_on))
    return NotePlaces(places)


def noted_days(matches: Sequence[EntryMatch]) -> dict[ArxivId, date]:
    """Return the first day that notes bear of each paper that was found."""
    days: dict[ArxivId, date] = {}
    for match in matches:
        day = match.entry.noted_on
        if match.paper is not None and day is not None:
            days[match.paper.id] = min(day, days.get(match.paper.id, day))
    return days
