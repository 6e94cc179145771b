"""What the reader says by command: labels, and which model is used."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from triage.config.schema import Config
from triage.context import Context, open_context
from triage.errors import ModelError, TriageError
from triage.feedback.sync import SyncReport, sync
from triage.notes.identifiers import first_id
from triage.papers import AnnounceType, ArxivId, InvalidArxivId, Label, LabelSource, Paper, parse_arxiv_id
from triage.progress import Progress, silent
from triage.ranker.manifest import Manifest
from triage.store.labels import LoggedLabel
from triage.training.learn import Training, gather, train_on_all

LAST_DAYS = 5
"""A comparison of models ranks the papers of so many listing days."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model on the shelf."""

    version: str
    manifest: Manifest
    in_use: bool


@dataclass(frozen=True, slots=True)
class RankMove:
    """How far a paper moved between two models."""

    paper: Paper
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Retrained:
    """What retraining made, and what changed by it."""

    synced: SyncReport
    training: Training
    before: str
    """The version that was in use, or an empty string."""
    moves: tuple[RankMove, ...]
    """The papers of the last days whose rank moved most, first."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two models."""

    old: KnownModel
    new: KnownModel
    moves: tuple[RankMove, ...]
    """The papers whose rank moved most, first."""


def parse_ids(given: Sequence[str]) -> list[ArxivId]:
    """Return the ids in a list of ids and links.

    Raises
    ------
    TriageError
        If one of them is neither; nothing was changed.
    """
    ids = []
    for text in given:
        try:
            ids.append(parse_arxiv_id(text)[0])
        except InvalidArxivId:
            found = first_id(text)
            if found is None:
                raise TriageError(
                    f"{text!r} is neither an arXiv id nor a link to a paper; nothing was labelled.",
                    remedy="An id looks like 2401.08565 or hep-th/9901001.",
                ) from None
            ids.append(found)
    return list(dict.fromkeys(ids))


def say(
    config: Config,
    given: Sequence[str],
    *,
    relevant: bool | None,
    categories: Sequence[str],
    read: bool | None,
) -> list[LoggedLabel]:
    """Add what the reader says of papers to the log, all or nothing; returns what was new."""
    ids = parse_ids(given)
    for name in categories:
        if ";" in name or not name.strip():
            raise TriageError(f"{name!r} can't be a category: it is empty or holds a semicolon.")
    now = datetime.now(UTC)
    with open_context(config) as context, context.store.transaction() as tx:
        return tx.labels.add(
            Label(
                paper=paper,
                said_at=now,
                source=LabelSource.COMMAND,
                relevant=relevant,
                categories=tuple(categories) or None,
                read=read,
                where="triage label",
            )
            for paper in ids
        )


def not_stored(config: Config, given: Sequence[str]) -> list[ArxivId]:
    """Return those of some papers that the store does not have."""
    ids = parse_ids(given)
    with open_context(config) as context, context.store.reading() as tx:
        known = tx.papers.get(ids)
    return [one for one in ids if one not in known]


def show(config: Config, given: Sequence[str], *, source: str) -> list[LoggedLabel]:
    """Return the log, oldest first, of some papers or one source.

    Raises
    ------
    TriageError
        If there is no such source.
    """
    if source and source not in list(LabelSource):
        raise TriageError(f"there is no source {source!r}; it is one of {', '.join(LabelSource)}.")
    with open_context(config) as context, context.store.reading() as tx:
        entries = tx.labels.log(parse_ids(given))
    return [entry for entry in entries if not source or entry.label.source == source]


def take_back(config: Config, number: int) -> LoggedLabel:
    """Take an entry of the log back.

    Raises
    ------
    TriageError
        If there is none, or it was taken back before.
    """
    with open_context(config) as context, context.store.transaction() as tx:
        entry = tx.labels.undo(number, datetime.now(UTC))
    if entry is None:
        raise TriageError(
            f"there is no entry {number} to take back.", remedy="See the numbers with: triage labels"
        )
    return entry


def sync_digests(config: Config) -> SyncReport:
    """Read the marks in the digests."""
    with open_context(config, lock_for="sync") as context:
        return sync(config, context.store, context.clock.now())


def retrain_model(config: Config, *, progress: Progress = silent) -> Retrained:
    """Read marks and notes, train on all labels, and use the new model unless it does worse.

    Raises
    ------
    ModelError
        If there is nothing to learn from.
    """
    with open_context(config, progress=progress, lock_for="retrain") as context:
        synced = sync(config, context.store, context.clock.now())
        gathered = gather(config, context.store, arxiv=None, clock=context.clock, progress=progress)
        before = context.registry.current() or ""
        training = train_on_all(config, context.store, context.registry, gathered, progress=progress)
        after = training.refused_version or training.version
        moves: list[RankMove] = []
        if before and before != after:
            # An earlier model that can't be read is why there is a new one.
            with suppress(ModelError):
                moves = rank_moves(context, last_papers(context), before, after)
        return Retrained(synced, training, before, tuple(moves))


def models(config: Config) -> list[KnownModel]:
    """Return the models on the shelf, oldest first."""
    with open_context(config) as context:
        return [_known(context, version) for version in context.registry.versions()]


def model_named(config: Config, version: str) -> KnownModel:
    """Return one model; the one in use for an empty version.

    Raises
    ------
    ModelError
        If there is no such model.
    """
    with open_context(config) as context:
        return _known(context, version or _in_use(context))


def roll_back_model(config: Config) -> str:
    """Use the model that was in use before; returns its version."""
    with open_context(config, lock_for="model rollback") as context:
        return context.registry.rollback()


def compare_models(
    config: Config, old: str, new: str, *, listing: Path | None, progress: Progress = silent
) -> Comparison:
    """Say what changed between two models, on a listing file or the last listing days in the store."""
    from triage.listing.files import read_listing

    with open_context(config, progress=progress) as context:
        new = new or _in_use(context)
        papers = list(read_listing(listing)) if listing else last_papers(context)
        return Comparison(
            _known(context, old), _known(context, new), tuple(rank_moves(context, papers, old, new))
        )


def last_papers(context: Context) -> list[Paper]:
    """Return the new submissions of the last listing days in the store."""
    with context.store.reading() as tx:
        days = [one.day for one in tx.announcements.all() if one.new][-LAST_DAYS:]
        return list(tx.papers.get(tx.announcements.listed_on(days, [AnnounceType.NEW])).values())


def rank_moves(context: Context, papers: Sequence[Paper], old: str, new: str) -> list[RankMove]:
    """Return the papers that changed rank between two models, the largest move first."""
    from triage.ranker.features import FEATURES_VERSION

    cache = context.store.features(FEATURES_VERSION)
    ranks = [
        {
            scored.paper.id: rank
            for rank, scored in enumerate(
                context.registry.load(version).score(papers, cache=cache, explain=False), start=1
            )
        }
        for version in (old, new)
    ]
    moves = [RankMove(paper, ranks[0][paper.id], ranks[1][paper.id]) for paper in papers]
    moved = [move for move in moves if move.before != move.after]
    return sorted(moved, key=lambda move: (-abs(move.before - move.after), move.paper.id))


def _in_use(context: Context) -> str:
    version = context.registry.current()
    if version is None:
        raise TriageError("there is no model yet.", remedy="Make one from your notes: triage learn")
    return version


def _known(context: Context, version: str) -> KnownModel:
    return KnownModel(version, context.registry.manifest(version), version == context.registry.current())
