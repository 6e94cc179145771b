"""A day: which announcements are due, fetch, store, score, choose, write, deliver, record.

Read :func:`day` first.  Every step commits or leaves no trace, so that a run killed at any line is
finished by the next one, and never doubles a digest, a delivery or a label.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from triage.community.known import picked_before
from triage.context import Context
from triage.deliver.deliver import deliver_due
from triage.digest.choose import Choice, choose
from triage.digest.compose import compose, shown_papers
from triage.digest.content import digest_file_name
from triage.digest.figures import AskFigure
from triage.digest.index import IndexRow, merge_index, render_index
from triage.digest.render import render
from triage.errors import TriageError
from triage.feedback.sync import SyncReport, sync
from triage.listing.sources import Source
from triage.papers import (
    Announcement,
    AnnouncementState,
    AnnounceType,
    Pick,
    ScoredPaper,
)
from triage.store.digests import StoredDigest
from triage.store.files import Outcome, read_text, write_file, write_unless_edited
from triage.training.learn import Arxiv
from triage.training.prepare import make_ready

if TYPE_CHECKING:
    from triage.ranker.model import TrainedModel

UNDONE = (AnnouncementState.DUE, AnnouncementState.FAILED)

MOST_AT_FIRST = 31
"""A fresh store given a longer file must be told where to start."""


@dataclass(frozen=True, slots=True)
class DigestReport:
    """What became of one digest."""

    day: date
    file: Path
    outcome: Outcome
    covers: tuple[Announcement, ...]
    total: int
    choice: Choice
    asked: tuple[Pick, ...] = ()
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
    notices: tuple[str, ...]


def day(
    context: Context,
    source: Source,
    *,
    until: date | None = None,
    since: date | None = None,
    arxiv: Arxiv | None = None,
    ask_figure: AskFigure | None = None,
) -> DayReport:
    """Do all that is due.

    Parameters
    ----------
    context : Context
        Open, and locked for this process.
    source : Source
        Where announcements come from.
    until : date, optional
        The last listing day to cover; by default the last that the source has.
    since : date, optional
        The first listing day to cover, also if it was done before: its digest is made anew unless
        the reader has edited it.  By default what follows the last one done.
    arxiv : Arxiv, optional
        Asked for papers in new notes; None to stay offline.
    ask_figure : callable, optional
        Asks arXiv for a pick's figure; None to stay offline.

    Raises
    ------
    TriageError
        If there is no model and nothing to make one of, or a file can't be written.
    """
    finish_writing(context)
    synced = sync(context.config, context.store, context.clock.now())
    fetched = fetch_due(context, source, until=until, since=since)
    waiting = groups_to_digest(context, until=until, since=since)
    if not waiting:
        # What an earlier run wrote may still be on its way.
        finish_day(context)
        return DayReport(
            tuple(fetched), (), synced, "", context.registry.current() or "", tuple(context.notices)
        )
    trained, model_version = make_ready(context, waiting[0][0].day, arxiv)
    digests = [make_digest(context, group, model_version, ask_figure) for group in waiting]
    finish_day(context)
    return DayReport(tuple(fetched), tuple(digests), synced, trained, model_version, tuple(context.notices))


def fetch_due(
    context: Context, source: Source, *, until: date | None, since: date | None
) -> list[Announcement]:
    """Fetch and store every announcement that is due, oldest first; a failed one stays due."""
    with context.store.reading() as tx:
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
            remedy=f"Say where to start: --since {days[-1]} for the last one. "
            "To store the older ones without digests: triage archive import FILE.",
        )
    done: list[Announcement] = []
    context.progress("fetching announcements", 0, len(days))
    for fetched in source.fetch(days, context.clock.now()):
        with context.store.transaction() as tx:
            tx.announcements.put(fetched.announcement, fetched.items)
        done.append(fetched.announcement)
        context.progress("fetching announcements", len(done), len(days))
    return done


def first_wanted(known: Iterable[Announcement], last_done: date | None, since: date | None) -> date | None:
    """Return the first listing day that may be due: ``since``, or else the oldest one not done.

    None when nothing was ever done: the source knows where a fresh store begins.
    """
    if since is not None:
        return since
    open_days = [one.day for one in known if one.state in UNDONE]
    if last_done is not None:
        open_days.append(last_done + timedelta(days=1))
    return min(open_days, default=None)


def is_due(
    known: Announcement | None, listing_day: date, *, last_done: date | None, since: date | None
) -> bool:
    """Return whether an announcement is to be fetched: never looked at, or failed so far."""
    if since is not None and listing_day < since:
        return False
    if known is not None:
        return known.state in UNDONE
    return since is not None or last_done is None or listing_day > last_done


def groups_to_digest(
    context: Context, *, until: date | None, since: date | None
) -> list[tuple[Announcement, ...]]:
    """Return the announcements that want a digest, one group a digest, oldest first."""
    with context.store.reading() as tx:
        waiting = tx.announcements.undigested()
        written = tx.digests.all()
        again = [
            tuple(found for day in digest.covers if (found := tx.announcements.get(day)))
            for digest in written
            if since is not None and digest.day >= since and (until is None or digest.day <= until)
        ]
    if until is not None:
        waiting = [announcement for announcement in waiting if announcement.day <= until]
    if since is not None:
        waiting = [announcement for announcement in waiting if announcement.day >= since]
    fresh = grouped(waiting, [digest.day for digest in written], context.config.digest.catch_up)
    return sorted([*again, *fresh], key=lambda group: group[-1].day)


def grouped(
    waiting: Sequence[Announcement], digest_days: Sequence[date], catch_up: str
) -> list[tuple[Announcement, ...]]:
    """Share announcements out over digests.

    With ``each``, every announcement has its own.  With ``one``, those with no digest between them
    share one, named for the last: a failed day that is recovered later is not mixed with days that
    came after a digest was written.
    """
    groups: list[list[Announcement]] = []
    for announcement in waiting:
        alone = (
            not groups
            or catch_up == "each"
            or any(groups[-1][-1].day <= written <= announcement.day for written in digest_days)
        )
        if alone:
            groups.append([])
        groups[-1].append(announcement)
    return [tuple(group) for group in groups]


def score_candidates(
    context: Context, covers: Sequence[Announcement], model: TrainedModel
) -> list[ScoredPaper]:
    """Return the candidates of a group of announcements, scored, best first.

    Candidates are the new submissions (and cross-lists, if the reader wants them) that no earlier
    listing or digest had: a paper is shown once, whatever categories and days bring it.
    """
    from triage.ranker.features import FEATURES_VERSION

    kinds = [AnnounceType.NEW, AnnounceType.CROSS] if context.config.cross_lists else [AnnounceType.NEW]
    days = [announcement.day for announcement in covers]
    with context.store.reading() as tx:
        listed = tx.announcements.listed_on(days, kinds)
        earlier = tx.announcements.shown_elsewhere(days[0], days[-1])
        papers = tx.papers.get(arxiv_id for arxiv_id in listed if arxiv_id not in earlier)
        by_others = picked_before(context.config, tx, papers.values(), days[0])
    context.progress(f"ranking {len(papers)} papers", 0, 0)
    cache = context.store.features(FEATURES_VERSION)
    return model.score(list(papers.values()), cache=cache, picked_by_others=by_others, explain=False)


def with_reasons(
    context: Context, picks: Sequence[Pick], first_day: date, model: TrainedModel
) -> tuple[Pick, ...]:
    """Return picks with the reasons for their scores; only these are shown with reasons, and finding
    them takes longer than scoring a whole listing."""
    from triage.ranker.features import FEATURES_VERSION

    papers = [pick.scored.paper for pick in picks]
    with context.store.reading() as tx:
        by_others = picked_before(context.config, tx, papers, first_day)
    explained = model.score(
        papers, cache=context.store.features(FEATURES_VERSION), picked_by_others=by_others
    )
    reasons = {one.paper.id: one.explanation for one in explained}
    return tuple(
        replace(pick, scored=replace(pick.scored, explanation=reasons[pick.scored.paper.id]))
        for pick in picks
    )


def make_digest(
    context: Context, covers: Sequence[Announcement], version: str, ask_figure: AskFigure | None = None
) -> DigestReport:
    """Score the candidates of a group of announcements, choose, write, and record."""
    settings = context.config.digest
    model = context.registry.load(version)
    choice = choose(
        score_candidates(context, covers, model),
        budget=settings.budget,
        announcements=len(covers),
        threshold=settings.threshold,
        category_thresholds=settings.category_thresholds,
    )
    choice = replace(choice, picks=with_reasons(context, choice.picks, covers[0].day, model))
    asked = with_reasons(context, questions(context, choice, model), covers[0].day, model)
    last = covers[-1].day
    with context.store.reading() as tx:
        before = tx.digests.get(last)
    written_at = before.written_at if before else context.clock.now()
    noted = model.manifest.relevant
    ordered = model.is_informed
    file = context.config.digest_folder / (before.file if before else digest_file_name(last))
    edited = before is not None and before.in_place and read_text(file) != before.machine_text
    ask_figure = None if edited else ask_figure
    content = compose(
        context, covers, choice, written_at, noted, asked=asked, ordered=ordered, ask_figure=ask_figure
    )
    if edited:
        return DigestReport(last, file, Outcome.KEPT, tuple(covers), content.total, choice, asked)
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
        model=version,
        in_place=False,
        replaced_text=before.machine_text if before else None,
    )
    with context.store.transaction() as tx:
        tx.digests.put(digest, shown_papers(choice))
    return DigestReport(last, file, place(context, digest), tuple(covers), content.total, choice, asked)


def questions(context: Context, choice: Choice, model: TrainedModel) -> tuple[Pick, ...]:
    """Return those of the rest that the digest asks about, because an answer teaches most."""
    from triage.ranker.active_learning import choose_questions
    from triage.ranker.features import FEATURES_VERSION

    asked = choose_questions(
        model,
        [pick.scored for pick in (*choice.picks, *choice.rest)],
        shown=len(choice.picks),
        most=context.config.digest.ask,
        cache=context.store.features(FEATURES_VERSION),
    )
    ids = {one.paper.id for one in asked}
    return tuple(pick for pick in choice.rest if pick.scored.paper.id in ids)


def place(context: Context, digest: StoredDigest) -> Outcome:
    """Write a recorded digest's file, unless the reader has edited what is there."""
    file = context.config.digest_folder / digest.file
    outcome = write_unless_edited(file, digest.machine_text, digest.replaced_text)
    with context.store.transaction() as tx:
        if outcome is Outcome.KEPT and digest.replaced_text is not None:
            # What the reader has edited is the earlier text: their marks are told by comparing with it.
            tx.digests.put_in_place(digest.day, machine_text=digest.replaced_text)
        else:
            tx.digests.put_in_place(digest.day)
    return outcome


def finish_writing(context: Context) -> None:
    """Write the digests that were recorded but not written when a run ended."""
    with context.store.reading() as tx:
        unwritten = [digest for digest in tx.digests.all() if not digest.in_place]
    for digest in unwritten:
        place(context, digest)


def finish_day(context: Context) -> None:
    """Bring the index up to date and the digests to where they are wanted."""
    write_index(context)
    for problem in deliver_due(context):
        context.warn(problem)


def write_index(context: Context) -> None:
    """Bring ``index.md`` up to date; what the reader wrote outside its markers stays."""
    with context.store.reading() as tx:
        rows = [
            IndexRow(
                day=digest.day, total=digest.total, interesting=digest.interesting, file_name=digest.file
            )
            for digest in tx.digests.all()
        ]
    if rows:
        file = context.config.digest_folder / "index.md"
        block = render_index(rows, context.config.digest.language)
        write_file(file, merge_index(read_text(file), block))
