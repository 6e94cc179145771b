"""The manifest of a model: from what it was made, how good it is, what it lacks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field, TypeAdapter

from triage.errors import ModelError

FORMAT = 2
"""Raised whenever an older program could not read the files; 1 had the feature space among the arrays."""
TOO_FEW_NOTES = "too few notes to learn"
"""How the warning about small categories begins."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured value and its standard error."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class CategoryReport:
    """One of the reader's categories, and what is known of it."""

    name: str
    notes: int
    """Noted papers in it."""
    f1: float | None = None
    """Held-out F1, None when it has too few notes."""

    @property
    def learned(self) -> bool:
        """Whether it had enough notes."""
        return self.f1 is not None


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How past days would have been ranked, learning only from what was known before them."""

    days: int
    picks: int
    auc: Measure
    ndcg: Measure
    recall_10: Measure
    average_precision: Measure


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """What a model was made from, when and why.

    A record of the store, by model version, says the same of models whose manifest does not, and of
    those that were found no worse than a newer one; it then comes before the manifest.
    """

    KEY: ClassVar[str] = "model"

    labels: int
    """The number of the last entry of the label log."""
    background_until: date | None = None
    """The newest listing day of unlabelled papers."""
    others: int = 0
    """Community picks."""
    seeds: tuple[str, ...] = ()
    not_known: tuple[str, ...] = ()
    """Labelled papers that were not in the store."""
    tried: int | None = None
    """The number of the last label that a newer model learned from which did worse."""
    missing_notes: bool = False
    """Whether it was made while places of notes could not be read."""
    made_at: datetime | None = None
    why: str = ""

    def has_seen(self, day: date | None) -> bool:
        """Return whether papers of a listing day (or later) count as unlabelled ones.

        The model is no use for such a day: its candidates would count as refused.
        """
        return day is not None and self.background_until is not None and self.background_until >= day


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model says about itself."""

    data_hash: str
    """SHA-256 over the examples and the background."""
    relevant: int
    irrelevant: int
    background: int
    community: int
    seed: int
    features_version: str
    """How papers were read (:data:`triage.ranker.matrix.FEATURE_SET`)."""
    libraries: tuple[tuple[str, str], ...]
    auc: Measure | None = None
    """Cross-validated: noted papers against background.  None when there is too little."""
    average_precision: Measure | None = None
    held_out: HeldOut | None = None
    """None when the examples have no dates."""
    gain: Measure | None = None
    """What the newest labels gain on the same past days over those known before, in nDCG a day; None
    when nothing is compared, or the days are too few."""
    categories: tuple[CategoryReport, ...] = ()
    warnings: tuple[str, ...] = ()
    seeds: int = 0
    """Papers, keywords and authors that the reader named to begin with; not among the relevant ones."""
    trained_on: TrainedOn | None = None
    """None in manifests of earlier versions."""
    format: int = FORMAT

    @property
    def is_worse(self) -> bool:
        """Whether past days are ranked worse than before, by more than the measure's own error."""
        return self.gain is not None and self.gain.value < -self.gain.error


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """What is written beside a model's arrays."""

    arrays_sha256: str
    manifest: Manifest
    space: Annotated[str, Field(pattern="^[0-9a-f]*$")] = ""
    """The file of the feature space; empty in those of earlier versions, which hold it among the arrays."""

    def to_json(self) -> str:
        """Return stable, readable JSON."""
        plain = _FILE.dump_python(self, mode="json")
        return json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @staticmethod
    def from_json(text: bytes | str) -> ManifestFile:
        """Read what :meth:`to_json` wrote.

        Raises
        ------
        ModelError
            If it is something else, or of a newer format.
        """
        try:
            given = json.loads(text)
            if (found := given["manifest"]["format"]) not in (1, FORMAT):
                raise ModelError(
                    f"the model has format {found!r}, this program reads format {FORMAT}",
                    remedy="Use the program that made it, or train a new one with 'triage retrain'.",
                )
            return _FILE.validate_python(given)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ModelError(
                f"the model's manifest can't be read: {type(error).__name__}: {error}",
                remedy="Train a new one with 'triage retrain'.",
            ) from error


_FILE = TypeAdapter(ManifestFile)
