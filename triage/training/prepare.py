"""Before a day is ranked: new notes read, and a model that has learned from them.

What a run has to say of notes and models it says once, a line each; ``triage learn`` says all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import ClassVar

from pydantic import RootModel

from triage.context import Context
from triage.errors import ModelError
from triage.training.background import fill_background
from triage.training.learn import Arxiv, gather, needs_training, train_on_all
from triage.training.lookup import Bound
from triage.training.notices import Said, about_notes, about_training, tell_news
from triage.training.own_notes import missing_notes

MOST_QUESTIONS = 10
MOST_TIME = timedelta(minutes=1)
"""What a run asks arXiv about notes before the digest; the rest is asked by later runs."""


class TrainedWithoutNotes(RootModel[str | None], frozen=True):
    """The model that had to be made while notes were missing; a record of the store."""

    KEY: ClassVar[str] = "trained without notes"


def make_ready(context: Context, first_candidate: date, arxiv: Arxiv | None) -> tuple[str, str]:
    """Read new notes, and train when a new model is needed.

    While notes are missing, a model that knows them is better than a new one that doesn't: it stays
    in use, unless it can't be used at all.

    Returns
    -------
    tuple of str and str
        Why a model was made (or empty), and the version in use.

    Raises
    ------
    NotesError
        If notes are missing and there is no model yet.
    """
    config, store, in_use = context.config, context.store, context.registry.current()
    with store.reading() as tx:
        missing = missing_notes(config, tx) if in_use else {}
        knows_all = in_use is None or tx.records.get(TrainedWithoutNotes) != TrainedWithoutNotes(in_use)
    for sentence in missing.values():
        context.warn(
            f"{sentence}; model and labels that know what was noted there stay in use. "
            "If it has moved or is gone for good, correct notes.paths"
        )
    gathered = gather(
        config,
        store,
        arxiv=arxiv,
        clock=context.clock,
        progress=context.progress,
        bound=Bound(MOST_QUESTIONS, MOST_TIME, context.clock),
        without=list(missing),
    )
    _tell(context, about_notes(gathered))
    broken = unusable(context) if in_use else ""
    reason = broken or needs_training(store, context.registry, first_candidate, config)
    if not (knows_all or missing):
        reason = reason or "notes that were missing are back"
    if not reason or (missing and not broken):
        return "", in_use or ""
    if in_use is None and arxiv is not None and not gathered.trouble:
        fill_background(context, arxiv)
    trained = train_on_all(
        config, store, context.registry, gathered, before=first_candidate, progress=context.progress
    )
    with store.transaction() as tx:
        tx.records.put(TrainedWithoutNotes(trained.version if missing else None))
    if trained.refused is not None:
        context.warn(
            f"a new model ({trained.refused_version}) does worse on past days, so {trained.version} stays in use; "
            f"compare them with: triage model diff {trained.version} {trained.refused_version}"
        )
        return "", trained.version
    _tell(context, about_training(trained))
    return reason, trained.version


def unusable(context: Context) -> str:
    """Return why the model in use can't rank, or an empty string: damaged, or of an earlier triage.

    A run nobody watches is not to fail every day over what it can mend itself.
    """
    try:
        context.registry.load(context.registry.current())
    except ModelError as error:
        return f"the one in use can't be used: {error.message}"
    return ""


def _tell(context: Context, topics: Mapping[str, Said]) -> None:
    with context.store.transaction() as tx:
        lines = tell_news(tx, topics)
    for line in lines:
        context.warn(line)
