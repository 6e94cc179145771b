"""The day: which announcements are due, fetch, store, train, score, choose, write, deliver, record.

Read :func:`run` and :func:`day` first.  Every step commits or leaves no trace, so that a run killed at
any line is finished by the next one, and never doubles a digest, a delivery or a label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from triage.context import Context
from triage.deliver.deliver import deliver_due
from triage.digest.author import refresh_author
from triage.digest.candidates import explained, questions, score_candidates
from triage.digest.choose import Choice, choose, near_misses
from triage.digest.compose import compose, shown_papers
from triage.digest.content import digest_file_name
from triage.digest.files import finish_writing, write_index, write_recorded
from triage.digest.group import groups_to_digest, quiet_days
from triage.digest.render import render
from triage.errors import TriageError
from triage.feedback.sync import SyncReport, sync
from triage.listing.calendar import latest_listing_day
from triage.listing.sources import FileSource, Source
from triage.listing.status import first_wanted, holiday_warnings, is_due
from triage.papers import Announcement, Pick
from triage.store.digests import Delivery, StoredDigest
from triage.store.files import Outcome, read_text
from triage.training.labels import NotesUpdate
from triage.training.update import RUN, ModelUpdate, prepare_next, update_model

if TYPE_CHECKING:
    from triage.listing.arxiv import Arxiv

MOST_AT_FIRST = 31
"""For a fresh store and a longer file, the reader must say where to start."""


@dataclass(frozen=True, slots=True)
class DigestReport:
    """What became of one digest."""

    day: date
    file: Path
    outcome: Outcome
    covers: tuple[Announcement, ...]
    total: int
    choice: Choice
    questions: tuple[Pick, ...] = ()
    """Of the rest, those that the digest asks about."""


@dataclass(frozen=True, slots=True)
class DayReport:
    """What a run did."""

    fetched: tuple[Announcement, ...]
    """In the state each ended in, failed ones among them."""
    digests: tuple[DigestReport, ...]
    synced: SyncReport
    trained: str
    """Why a new model was made, or an empty string."""
    model: str
    notes: NotesUpdate | None
    """The notes as they were read for the digests; None when there was nothing to write."""
    notices: tuple[str, ...]
    finished: Mapping[Path, Outcome]
    """The digests of earlier runs that were recorded and not written."""
    delivered: tuple[Delivery, ...]


def run(
    context: Context, *, listing: Path | None = None, until: date | None = None, since: date | None = None
) -> DayReport:
    """Do all that is due, from a listing file (offline) or from arXiv; the context is locked.

    It goes from what follows the last day done to the last day that the source has.  A day from ``since``
    on that was done before is done again: its digest is made anew unless the reader has edited it.

    Raises TriageError if there is no model and nothing to make one of, or a file can't be written.
    """
    if listing is not None:
        source = FileSource(context.config, listing, context.progress)
        context.refresh_community(None)
        return day(context, source, until=until, since=since, arxiv=None)
    context.warn_once("holidays", holiday_warnings(context.clock.now().date()))
    with context.arxiv() as arxiv:
        refresh_author(context)
        context.refresh_community(arxiv.quick_lookup)
        return day(context, arxiv.source, until=until, since=since, arxiv=arxiv)


def day(
    context: Context, source: Source, *, until: date | None, since: date | None, arxiv: Arxiv | None
) -> DayReport:
    """Do all that is due: read marks, fetch, train, write digests, deliver."""
    finished = finish_writing(context)
    synced = sync(context.config, context.store, context.clock.now())
    fetched = fetch_due(context, source, until=until, since=since)
    trained, model, digests = "", context.registry.current() or "", []
    notes = None
    groups = groups_to_digest(context, until=until, since=since)
    if groups:
        lookup = arxiv.quick_lookup if arxiv else None
        update = update_model(context, lookup, RUN, first_candidate=groups[0][0].day)
        trained, model, notes = update.why, update.version, update.notes
        digests = [make_digest(context, group, update, arxiv) for group in groups]
    write_index(context)
    delivered = deliver(context)
    return DayReport(
        tuple(fetched),
        tuple(digests),
        synced,
        trained,
        model,
        notes,
        tuple(context.notices),
        finished,
        delivered,
    )


def prepare(context: Context, report: DayReport) -> None:
    """Fetch from arXiv what the next run learns from; it can take minutes, so no digest waits for it."""
    with context.arxiv() as arxiv:
        prepare_next(context, arxiv.quick_lookup, report.notes)


def deliver(context: Context) -> tuple[Delivery, ...]:
    """Deliver what is due, also of earlier runs; return what arrived now."""
    with context.store.reading() as tx:
        before = set(tx.digests.deliveries())
    for problem in deliver_due(context):
        context.warn(problem)
    with context.store.reading() as tx:
        return tuple(one for one in tx.digests.deliveries() if one.sent_at and one not in before)


def fetch_due(
    context: Context, source: Source, *, until: date | None, since: date | None
) -> list[Announcement]:
    """Fetch and store every announcement that is due, oldest first; a failed one stays due."""
    now = context.clock.now()
    with context.store.transaction() as tx:
        tx.announcements.forget_after(latest_listing_day(now, context.config.arxiv.holidays))
        last_done = tx.announcements.last_done()
        known = {announcement.day: announcement for announcement in tx.announcements.all()}
    days = [
        listing_day
        for listing_day in source.days(first_wanted(known.values(), last_done, since), until)
        if is_due(known.get(listing_day), listing_day, last_done=last_done, since=since)
    ]
    if last_done is None and since is None and len(days) > MOST_AT_FIRST:
        raise TriageError(
            f"there are {len(days)} announcements, {days[0]} to {days[-1]}, and none was done before.",
            remedy=f"Choose where to start: --since {days[-1]} for the last one. "
            "To store the older ones without digests: triage archive import FILE.",
        )
    done: list[Announcement] = []
    context.progress("fetching announcements", 0, len(days))
    for listing in source.fetch(days, now):
        with context.store.transaction() as tx:
            tx.announcements.put(listing.announcement, listing.items)
        done.append(listing.announcement)
        context.progress("fetching announcements", len(done), len(days))
    return done


def make_digest(
    context: Context, covers: Sequence[Announcement], update: ModelUpdate, arxiv: Arxiv | None
) -> DigestReport:
    """Score the candidates of a group of announcements, choose, record, and write."""
    settings = context.config.digest
    first, last = covers[0].day, covers[-1].day
    model = context.registry.load(update.version)
    with context.store.reading() as tx:
        before = tx.digests.get(last)
    written_at = before.written_at if before else None
    quiet = quiet_days(context, covers)
    choice = choose(
        score_candidates(context, covers, model, noted=update.notes.places, written_at=written_at),
        budget=settings.budget,
        announcements=len(covers) + len(quiet),
        threshold=settings.threshold,
        category_thresholds=settings.category_thresholds,
    )
    asking = questions(context, choice, model)
    near = near_misses(choice, asking) if model.is_informed else ()
    picks, asking, near = (explained(context, one, first, model) for one in (choice.picks, asking, near))
    choice = replace(choice, picks=picks)
    file = context.config.digest_folder / (before.file if before else digest_file_name(last))
    edited = before is not None and before.in_place and read_text(file) != before.machine_text
    content = compose(
        context,
        covers,
        choice,
        model,
        written_at or context.clock.now(),
        quiet=quiet,
        near_misses=near,
        questions=asking,
        fetch_figure=arxiv.figure if arxiv and not edited else None,
    )
    if edited:
        return DigestReport(last, file, Outcome.KEPT, tuple(covers), content.total, choice, asking)
    text = render(content, settings.language)
    digest = StoredDigest(
        day=last,
        covers=tuple(announcement.day for announcement in covers),
        file=file.name,
        machine_text=text,
        synced_text=text,
        written_at=content.written_at,
        total=content.total,
        interesting=len(choice.picks),
        model=update.version,
        in_place=False,
        replaced_text=before.machine_text if before else None,
    )
    with context.store.transaction() as tx:
        tx.digests.put(digest, shown_papers(choice))
    outcome = write_recorded(context, digest)
    return DigestReport(last, file, outcome, tuple(covers), content.total, choice, asking)
