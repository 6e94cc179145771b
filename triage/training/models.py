"""The models made so far: shown, compared, and rolled back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage.context import Context
from triage.errors import ModelError
from triage.papers import AnnounceType, ArxivId, Paper
from triage.ranker.manifest import Manifest, TrainedOn
from triage.store.store import Transaction

if TYPE_CHECKING:
    from triage.ranker.registry import ModelRegistry

LAST_DAYS = 5
"""A comparison of models ranks the papers of so many listing days."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model in the registry."""

    version: str
    manifest: Manifest
    in_use: bool
    purpose: str = ""
    """What it is kept for."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """The model in use."""

    version: str
    """Empty when there is none."""
    manifest: Manifest | None = None
    problem: str = ""
    """Why it can't be read; the next run makes a new one."""
    made_at: datetime | None = None
    """UTC."""
    new_labels: int | None = None
    """Entries of the label log that it has not learned from; None when that is not known."""

    @property
    def needs(self) -> tuple[str, ...]:
        """What needs the reader, a sentence each."""
        if not self.version:
            return ("there is no model yet: triage learn",)
        return (self.problem,) if self.problem else ()


def trained_on(tx: Transaction, registry: ModelRegistry, version: str) -> TrainedOn | None:
    """Return what a model was made from; None when that is not known, as in an imported store."""
    try:
        return tx.records.get(TrainedOn, version) or registry.manifest(version).trained_on
    except ModelError:
        return None


def model_status(context: Context, tx: Transaction) -> ModelStatus:
    """Return how the model in use stands."""
    version = context.registry.current()
    if version is None:
        return ModelStatus("")
    manifest, problem = None, ""
    try:
        manifest = context.registry.manifest(version)
        context.registry.verify(version)
    except ModelError as error:
        problem = str(error)
    origin = trained_on(tx, context.registry, version)
    made_at = origin.made_at if origin else None
    if made_at is None:
        # Models of earlier versions don't say; their files do.
        with suppress(OSError):
            file = context.config.store_folder / "models" / version / "manifest.json"
            made_at = datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
    new = sum(entry.number > origin.labels for entry in tx.labels.log()) if origin else None
    return ModelStatus(version, manifest, problem, made_at, new)


@dataclass(frozen=True, slots=True)
class RankMove:
    """How far a paper moved between two models."""

    paper: Paper
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two models."""

    old: KnownModel
    new: KnownModel
    moves: tuple[RankMove, ...]
    """The papers whose rank moved most, first."""


def all_models(context: Context) -> list[KnownModel]:
    """Return the models in the registry, oldest first."""
    purposes = context.registry.purposes()
    return [replace(named_model(context, version), purpose=why) for version, why in purposes.items()]


def named_model(context: Context, version: str) -> KnownModel:
    """Return one model (the one in use for an empty version), or raise ModelError."""
    in_use = context.registry.current()
    if not version and in_use is None:
        raise ModelError("there is no model yet.", remedy="Make one from your notes: triage learn")
    version = version or in_use or ""
    return KnownModel(version, context.registry.manifest(version), version == in_use)


def compare_models(context: Context, old: str, new: str, *, listing: Path | None) -> Comparison:
    """Compare two models on a listing file or the last listing days in the store.

    The defaults are the model in use, and the one made before the newer one.  Raises ModelError if one of
    them does not exist.
    """
    from triage.listing.files import read_listing

    after = named_model(context, new)
    earlier = [one for one in context.registry.versions() if one < after.version]
    if not old and not earlier:
        raise ModelError("there is no earlier model to compare with.", remedy="See: triage model list")
    before = named_model(context, old or earlier[-1])
    papers = list(read_listing(listing)) if listing else last_papers(context)
    return Comparison(before, after, tuple(rank_moves(context, papers, before.version, after.version)))


def last_papers(context: Context) -> list[Paper]:
    """Return the new submissions of the last listing days in the store."""
    with context.store.reading() as tx:
        days = [one.day for one in tx.announcements.all() if one.new][-LAST_DAYS:]
        return list(tx.papers.get(tx.announcements.listed_on(days, [AnnounceType.NEW])).values())


def rank_moves(context: Context, papers: Sequence[Paper], old: str, new: str) -> list[RankMove]:
    """Return the papers that changed rank between two models, the largest move first."""

    def ranks(version: str) -> dict[ArxivId, int]:
        model = context.registry.load(version)
        scored = model.score(papers, cache=context.feature_cache(), explain=False)
        return {one.paper.id: rank for rank, one in enumerate(scored, start=1)}

    before, after = ranks(old), ranks(new)
    moves = [RankMove(paper, before[paper.id], after[paper.id]) for paper in papers]
    moved = [move for move in moves if move.before != move.after]
    return sorted(moved, key=lambda move: (-abs(move.before - move.after), move.paper.id))
