"""One way to train, for every command: read the notes, decide, fetch the background, fit, compare.

What differs between a run, ``triage learn``, ``triage retrain`` and the daemon is a policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from triage.community.known import community_examples
from triage.config.schema import Config
from triage.context import Context
from triage.errors import ModelError
from triage.listing.sources import PaperLookup
from triage.papers import ArxivId, Example
from triage.ranker.manifest import TrainedOn
from triage.store.labels import CurrentLabel
from triage.store.store import Transaction
from triage.training.background import (
    BACKGROUND,
    MOST_WINDOWS,
    background_papers,
    eras_apart,
    fill_background,
    noted_listing_days,
)
from triage.training.examples import examples_from, seed_examples
from triage.training.labels import NotesUpdate, update_labels
from triage.training.lookup import LookupLimit
from triage.training.models import trained_on
from triage.training.notes import missing_notes
from triage.training.notices import new_lines, notices_of_notes, notices_of_training

if TYPE_CHECKING:
    from triage.ranker.manifest import Manifest
    from triage.ranker.model import TrainedModel

FIRST_WINDOWS = 3
"""Listing days of noted papers, and recent weeks, that are fetched before the first model."""
MORE_BACKGROUND = 500
"""So many more papers to compare with, and twice those of the model in use, make a new model worth while."""

FEW_PICKS = 10
"""So many new community picks (or a tenth of those known) make a new model worth while."""


@dataclass(frozen=True, slots=True)
class TrainingPolicy:
    """When and how a command trains; seeds and community picks always count."""

    why: str = ""
    """The reason for a new model in any case; without one, only a need makes one (:func:`need`)."""
    limit: LookupLimit | None = None
    """Of look-ups at arXiv; None to look all up."""
    needs_all_notes: bool = False
    """Whether missing notes are an error though there is a model.  Otherwise the model that knows them is
    kept, unless it can't be used."""
    fills_background: bool = False
    """Whether older papers are fetched though there is a model, and all of them; else a first few."""
    shows_new: bool = True
    """Whether notices that are new go to the context."""


RUN = TrainingPolicy(limit=LookupLimit(10, timedelta(seconds=15)))
"""The digest waits for little."""
AFTER_THE_DIGEST = LookupLimit(20, timedelta(minutes=1))
"""Of titles that were left when the digest was written; later runs look the rest up."""
CHANGES = TrainingPolicy(limit=LookupLimit(60, timedelta(minutes=5)))
"""The daemon's, when notes or digests change: a thousand new titles don't hold the lock for an hour."""
LEARN = TrainingPolicy("triage learn", needs_all_notes=True, fills_background=True, shows_new=False)
RETRAIN = TrainingPolicy("triage retrain", needs_all_notes=True)


@dataclass(frozen=True, slots=True)
class Training:
    """A new model, and what became of it."""

    why: str
    version: str
    """The model in use now."""
    manifest: Manifest
    """Of that model."""
    refused: Manifest | None = None
    """Of the new model, when it does worse on past days and the old one is kept."""
    refused_version: str = ""
    eras: str = ""
    """A warning, if the noted papers are of other times than the background."""


@dataclass(frozen=True, slots=True)
class ModelUpdate:
    """What was read, and the model in use afterwards."""

    notes: NotesUpdate
    version: str
    training: Training | None = None
    """None when no new model was made."""

    @property
    def why(self) -> str:
        """Why the model in use was made just now; empty when it was not."""
        return self.training.why if self.training and self.training.refused is None else ""


def update_model(
    context: Context,
    lookup: PaperLookup | None,
    policy: TrainingPolicy,
    *,
    first_candidate: date | None = None,
) -> ModelUpdate:
    """Read the notes, and train if the policy or a need asks for it; without a look-up, offline.

    While notes are missing, a model that knows them is better than a new one that doesn't: it is
    kept, unless it can't be used at all.  ``first_candidate`` is the first listing day to be ranked, by
    default the first without a digest; papers of that day and later are no background.

    Raises
    ------
    NotesError
        If notes are missing and the policy needs all of them, or there is no model yet.
    """
    in_use = context.registry.current()
    with context.store.reading() as tx:
        if first_candidate is None:
            waiting = tx.announcements.undigested()
            first_candidate = waiting[0].day if waiting else None
        missing = {} if policy.needs_all_notes or not in_use else missing_notes(context.config, tx)
    for sentence in missing.values():
        context.warn(
            f"{sentence}; the model and the labels that know these notes are kept. "
            "If they have moved or are gone for good, correct notes.paths"
        )
    notes = update_labels(context, lookup, limit=policy.limit, without=list(missing))
    broken = unusable(context) if in_use else ""
    why = policy.why or broken
    if not why and not context.registry.is_held:
        why = need(context, first_candidate, all_notes=not missing)
    if not why or (missing and not broken):
        _show_new(context, policy, notes, None)
        return ModelUpdate(notes, in_use or "")
    if lookup is not None and not notes.error and (policy.fills_background or in_use is None):
        fill_background(context, lookup, most=MOST_WINDOWS if policy.fills_background else FIRST_WINDOWS)
    training = train_model(context, notes, why, first_candidate, missing_notes=bool(missing))
    context.registry.prune()
    _show_new(context, policy, notes, training)
    return ModelUpdate(notes, training.version, training)


def prepare_next(context: Context, lookup: PaperLookup, notes: NotesUpdate | None) -> None:
    """Fetch what the next model learns from, now that the digest is written: older papers, and some titles.

    ``notes`` are as they were read for the digest; None when there was nothing to write.
    """
    fill_background(context, lookup)
    if notes is not None and notes.pending and not notes.error:
        with context.store.reading() as tx:
            missing = missing_notes(context.config, tx)
        update_labels(context, lookup, limit=AFTER_THE_DIGEST, without=list(missing))


def _show_new(
    context: Context, policy: TrainingPolicy, notes: NotesUpdate, training: Training | None
) -> None:
    if not policy.shows_new:
        return
    topics = notices_of_notes(notes)
    if training is not None and training.refused is None:
        topics |= notices_of_training(training)
    with context.store.transaction() as tx:
        lines = new_lines(tx, topics)
    for line in lines:
        context.warn(line)
    if training is not None and training.refused is not None:
        context.warn(
            f"a new model ({training.refused_version}) does worse on past days, so {training.version} is kept; "
            f"compare them with: triage model diff {training.version} {training.refused_version}"
        )


def unusable(context: Context) -> str:
    """Return why the model in use can't rank, or an empty string: damaged, or of an earlier triage.

    A run nobody watches is not to fail every day over what it can mend itself.
    """
    try:
        context.registry.load(context.registry.current())
    except ModelError as error:
        return f"the model in use can't be used: {error.message}"
    return ""


def need(context: Context, first_candidate: date | None, *, all_notes: bool = True) -> str:
    """Return why a new model is needed before ranking a listing day, or an empty string."""
    version = context.registry.current()
    if version is None:
        return "there is no model yet"
    with context.store.reading() as tx:
        origin = trained_on(tx, context.registry, version)
        last_label = tx.labels.last_number()
        picks = len(community_examples(context.config, tx, first_candidate))
        seeds = known_seeds(context.config, tx)
        found_since = tx.papers.get(map(ArxivId, origin.not_known)) if origin else {}
        by_day = tx.papers.counts_by_day(date.min, first_candidate or date.max, context.config.categories)
    if origin is None:
        return "it is not known what the model in use was made from"
    background = min(sum(by_day.values()), BACKGROUND)
    known = context.registry.manifest(version).background
    reasons = (
        (last_label not in (origin.labels, origin.tried), "there are new labels"),
        (found_since, "papers that you labelled have been looked up"),
        (origin.seeds != seeds, "the seeds have changed"),
        # A few picks more say nothing new; fewer means that it has learned from later ones, or that a
        # source was turned off.
        (
            not origin.others <= picks <= origin.others + max(FEW_PICKS, origin.others // 10),
            "what other people picked has changed",
        ),
        (origin.has_seen(first_candidate), "the model in use has learned from papers of that day"),
        (origin.missing_notes and all_notes, "notes that were missing are back"),
        (background >= max(2 * known, known + MORE_BACKGROUND), "there are more papers to compare with"),
    )
    return next((why for holds, why in reasons if holds), "")


def known_seeds(config: Config, tx: Transaction) -> tuple[str, ...]:
    """Return the seeds that can be learned from: those of unknown papers can't."""
    papers = tx.papers.get(map(ArxivId, config.seeds.ids))
    return (
        *(one for one in config.seeds.ids if one in papers),
        *config.seeds.keywords,
        *config.seeds.authors,
    )


def train_model(
    context: Context,
    notes: NotesUpdate,
    why: str,
    first_candidate: date | None,
    *,
    missing_notes: bool = False,
) -> Training:
    """Train on all labels, and use the new model unless it does worse on past days.

    One that does worse stays in the registry, its labels in the log: the next one is tried with more.
    """
    registry, in_use = context.registry, context.registry.current()
    model, origin, eras = _fit(context, notes, in_use, first_candidate)
    origin = replace(origin, missing_notes=missing_notes, made_at=context.clock.now(), why=why)
    version = registry.save(replace(model, manifest=replace(model.manifest, trained_on=origin)))
    with context.store.transaction() as tx:
        if registry.manifest(version).trained_on != origin:
            # The same model again, now from more labels: the manifest that it has is not changed.
            tx.records.put(origin, version)
        before = trained_on(tx, registry, in_use) if in_use else None
        kept = model.manifest.is_worse and before and not before.has_seen(first_candidate)
        if in_use and before and kept and not unusable(context):
            tried = replace(before, others=origin.others, seeds=origin.seeds, not_known=origin.not_known)
            tx.records.put(replace(tried, tried=origin.labels), in_use)
            return Training(why, in_use, registry.manifest(in_use), model.manifest, version, eras)
    registry.activate(version)
    return Training(why, version, registry.manifest(version), eras=eras)


def _fit(
    context: Context, notes: NotesUpdate, in_use: str | None, first_candidate: date | None
) -> tuple[TrainedModel, TrainedOn, str]:
    """Return a new model, what it was made from, and a warning if its background is of another time."""
    from triage.ranker.training import train, train_prior

    config, earlier = context.config, None
    with context.store.reading() as tx:
        current = tx.labels.current_labels()
        left_alone = tx.digests.left_alone()
        papers = tx.papers.get([*current, *left_alone, *map(ArxivId, config.seeds.ids)])
        background = background_papers(tx, config, first_candidate)
        community = community_examples(config, tx, first_candidate)
        noted = noted_listing_days(tx)
        origin = TrainedOn(
            labels=tx.labels.last_number(),
            background_until=max((one.announced for one in background if one.announced), default=None),
            others=len(community),
            seeds=known_seeds(config, tx),
            not_known=tuple(one for one in current if one not in papers),
        )
        before = trained_on(tx, context.registry, in_use) if in_use else None
        if before is not None and before.labels != origin.labels:
            earlier = tx.labels.current_labels(until=before.labels)

    def examples(labels: Mapping[ArxivId, CurrentLabel]) -> list[Example]:
        return examples_from(labels, papers, notes.noted_on, notes.unknown, left_alone)

    cache, spaces = context.feature_cache(), context.registry.spaces
    seeds, known = seed_examples(config.seeds, papers, current), examples(current)
    if seeds or any(one.relevant for one in known):
        model = train(
            known,
            background,
            seeds=seeds,
            community=community,
            categories=config.categories,
            earlier=None if earlier is None else examples(earlier),
            cache=cache,
            space_cache=spaces,
            progress=lambda what: context.progress(what, 0, 0),
        )
    else:
        model = train_prior(background, community=community, cache=cache, space_cache=spaces)
    days = (one.announced for one in background if one.announced and one.id not in current)
    return model, origin, eras_apart(noted, days)
