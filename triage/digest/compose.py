"""Gathers what a digest says from the store, the model and the configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from triage.context import Context
from triage.digest.author import AuthorCount
from triage.digest.choose import Choice
from triage.digest.content import DigestContent
from triage.digest.figures import FetchFigure, figures
from triage.digest.llm import written_summaries
from triage.digest.remark import Circumstances, remark
from triage.listing.sources import typical_size
from triage.papers import WHOLE, Announcement, LabelSource, Pick, with_aliases
from triage.store.digests import ShownPaper
from triage.store.labels import CurrentLabel
from triage.store.store import Transaction
from triage.training.models import trained_on

if TYPE_CHECKING:
    from triage.ranker.model import TrainedModel
    from triage.ranker.registry import ModelRegistry


def compose(
    context: Context,
    covers: Sequence[Announcement],
    choice: Choice,
    model: TrainedModel,
    written_at: datetime,
    *,
    quiet: Sequence[Announcement] = (),
    near_misses: tuple[Pick, ...] = (),
    questions: tuple[Pick, ...] = (),
    fetch_figure: FetchFigure | None = None,
) -> DigestContent:
    """Gather what a digest says.

    Parameters
    ----------
    covers : sequence of Announcement
        Oldest first.
    model : TrainedModel
        What ranked the candidates.
    written_at : datetime
        When the digest was first written, UTC.
    quiet : sequence of Announcement, optional
        Working days without an announcement before those covered.
    near_misses, questions : tuple of Pick, optional
        Those of the rest that just fell short, and that the digest asks about; explained.
    fetch_figure : callable, optional
        None to show only the figures that are known.
    """
    config = context.config
    with context.store.reading() as tx:
        current_labels = list(tx.labels.current_labels().values())
        cite, publish = (tx.records.get(AuthorCount, name) for name in ("cite", "publish"))
        day = circumstances(context, tx, covers, choice, quiet=quiet, model=model, written_at=written_at)
    apart = {pick.rank for pick in (*near_misses, *questions)}
    return DigestContent(
        day=covers[-1].day,
        total=day.total,
        picks=choice.picks,
        near_misses=near_misses,
        rest=tuple(pick for pick in choice.rest if pick.rank not in apart),
        known=choice.known,
        questions=questions,
        calibrated=is_calibrated(model),
        written_at=written_at.astimezone(config.zone),
        read=config.author.read + sum(current.read for current in current_labels),
        cite=cite.root if config.author.cite is None and cite else config.author.cite,
        publish=publish.root if config.author.publish is None and publish else config.author.publish,
        settings=config.digest,
        remarks=remark(day, config.digest.language),
        summaries=written_summaries(context, (*choice.picks, *near_misses), online=fetch_figure is not None),
        figures=figures(context, [pick.scored.paper for pick in choice.picks], fetch_figure),
        known_categories=known_categories(current_labels),
    )


def is_calibrated(model: TrainedModel) -> bool:
    """Return whether there was enough to measure probabilities with."""
    from triage.ranker.training import FEW_BACKGROUND, FEW_NOTES

    manifest = model.manifest
    enough = manifest.relevant >= FEW_NOTES and manifest.background >= FEW_BACKGROUND
    return enough and manifest.auc is not None


def circumstances(
    context: Context,
    tx: Transaction,
    covers: Sequence[Announcement],
    choice: Choice,
    *,
    quiet: Sequence[Announcement],
    model: TrainedModel,
    written_at: datetime,
) -> Circumstances:
    """Gather what the remark on the day depends on."""
    first, last = covers[0].day, covers[-1].day
    digests = tx.digests.all()
    earlier = [digest for digest in digests if digest.day < last]
    since = earlier[-1].day + timedelta(days=1) if earlier else first
    others = (one for one in tx.announcements.all(first=since, last=last) if one.state not in WHOLE)
    shown = {one.day: one for one in (*quiet, *others, *covers)}
    past = tx.announcements.all(last=first - timedelta(days=1))
    candidates = [pick.scored for pick in (*choice.picks, *choice.rest)]
    papers = [one.paper for one in (*candidates, *choice.known)]
    return Circumstances(
        announcements=tuple(shown[day] for day in sorted(shown)),
        total=sum(paper.primary_category in with_aliases(context.config.categories) for paper in papers),
        candidates=len(candidates),
        cap=choice.cap,
        passed=choice.passed,
        typical=typical_size(past, last.weekday() if len(covers) == 1 else None),
        # A digest of a past day, made later, is not the first that the reader gets.
        first=not any((one.written_at, one.day) < (written_at, last) for one in digests),
        noted=model.manifest.relevant,
        ordered=model.is_informed,
        learned=learned_between(tx, context.registry, earlier[-1].model) if earlier else {},
    )


def learned_between(tx: Transaction, registry: ModelRegistry, old: str) -> dict[LabelSource, int]:
    """Count the labels that the model in use learned from and an earlier one did not, by their source.

    Nothing is known of the labels of some models, such as those of an imported store.
    """
    before, now = trained_on(tx, registry, old), trained_on(tx, registry, registry.current() or "")
    if before is None or now is None:
        return {}
    log = tx.labels.log()
    undone = {entry.undoes for entry in log if entry.undoes is not None}
    return Counter(
        entry.label.source
        for entry in log
        if before.labels < entry.number <= now.labels
        and entry.number not in undone
        # That a paper was read teaches nothing.
        and (entry.label.relevant is not None or entry.label.categories is not None)
    )


def known_categories(current_labels: Iterable[CurrentLabel]) -> tuple[str, ...]:
    """Return the reader's categories, the most used first."""
    used = Counter(name for current in current_labels for name in current.categories or ())
    return tuple(sorted(used, key=lambda name: (-used[name], name)))


def shown_papers(choice: Choice) -> list[ShownPaper]:
    """Return what a digest shows, as it is recorded."""
    return [
        ShownPaper(
            paper=pick.scored.paper.id,
            rank=pick.rank,
            picked=picked,
            score=pick.scored.score,
            probability=pick.scored.probability,
            categories=pick.scored.categories,
        )
        for picks, picked in ((choice.picks, True), (choice.rest, False))
        for pick in picks
    ]
