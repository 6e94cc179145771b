"""From marks in the digests to a new model, outside of the day."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from triage.context import Context
from triage.errors import ModelError
from triage.feedback.sync import SyncReport, sync
from triage.listing.sources import PaperLookup
from triage.training.models import RankMove, last_papers, rank_moves
from triage.training.update import CHANGES, RETRAIN, ModelUpdate, Training, update_model


@dataclass(frozen=True, slots=True)
class Retrained:
    """What retraining made, and what changed by it."""

    synced: SyncReport
    training: Training
    before: str
    """The version that was in use, or an empty string."""
    moves: tuple[RankMove, ...]
    """The papers of the last days whose rank moved most, first."""


def retrain(context: Context) -> Retrained:
    """Read marks and notes, train on all labels, and use the new model unless it does worse.

    Raises NotesError if a notes path does not exist.
    """
    synced = sync(context.config, context.store, context.clock.now())
    before = context.registry.current() or ""
    training = update_model(context, None, RETRAIN).training
    assert training is not None  # the policy says why
    after = training.refused_version or training.version
    moves: list[RankMove] = []
    if before and before != after:
        # An earlier model that can't be read is why there is a new one.
        with suppress(ModelError):
            moves = rank_moves(context, last_papers(context), before, after)
    return Retrained(synced, training, before, tuple(moves))


def learn_changes(context: Context, lookup: PaperLookup | None) -> tuple[SyncReport, ModelUpdate]:
    """Read marks and notes that changed, and train if a new model is needed; look-ups are limited."""
    synced = sync(context.config, context.store, context.clock.now())
    return synced, update_model(context, lookup, CHANGES)
