"""What a model was made from: as its manifest says, or the store for older models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.errors import ModelError
from triage.ranker.manifest import TrainedOn
from triage.store.store import Transaction

if TYPE_CHECKING:
    from triage.ranker.registry import ModelRegistry


def trained_on(tx: Transaction, registry: ModelRegistry, version: str) -> TrainedOn | None:
    """Return what a model was made from; None when that is not known, as in an imported store."""
    try:
        return tx.records.get(TrainedOn, version) or registry.manifest(version).trained_on
    except ModelError:
        return None
