"""Before a day is ranked: new notes read, and a model that has learned from them.

What a run has to say of notes and models it says once, a line each; ``triage learn`` says all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from triage.background import fill_background
from triage.errors import ModelError
from triage.learn import Arxiv, gather, needs_training, train_on_all
from triage.lookup import Bound
from triage.noted import missing_notes
from triage.rooms import Rooms
from triage.told import Said, about_notes, about_training, tell_news

MOST_QUESTIONS = 10
MOST_TIME = timedelta(minutes=1)
"""What a run asks arXiv about notes before the digest; the rest is asked by later runs."""

WITHOUT_NOTES = "trained without notes"
"""The fact that names the model that had to be made while notes were missing."""


def make_ready(rooms: Rooms, first_candidate: date, arxiv: Arxiv | None) -> tuple[str, str]:
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
    config, store, in_use = rooms.config, rooms.store, rooms.shelf.current()
    with store.reading() as step:
        missing = missing_notes(config, step) if in_use else {}
        knows_all = in_use is None or step.facts.get(WITHOUT_NOTES) != in_use
    for sentence in missing.values():
        rooms.warn(
            f"{sentence}; model and labels that know what was noted there stay in use. "
            "If it has moved or is gone for good, correct notes.paths"
        )
    gathered = gather(
        config,
        store,
        arxiv=arxiv,
        clock=rooms.clock,
        progress=rooms.progress,
        bound=Bound(MOST_QUESTIONS, MOST_TIME, rooms.clock),
        without=list(missing),
    )
    _tell(rooms, about_notes(gathered))
    broken = unusable(rooms) if in_use else ""
    reason = broken or needs_training(store, rooms.shelf, first_candidate, config)
    if not (knows_all or missing):
        reason = reason or "notes that were missing are back"
    if not reason or (missing and not broken):
        return "", in_use or ""
    if in_use is None and arxiv is not None and not gathered.trouble:
        fill_background(rooms, arxiv)
    trained = train_on_all(
        config, store, rooms.shelf, gathered, before=first_candidate, progress=rooms.progress
    )
    with store.step() as step:
        step.facts.put(WITHOUT_NOTES, trained.version if missing else None)
    if trained.refused is not None:
        rooms.warn(
            f"a new model ({trained.refused_version}) does worse on past days, so {trained.version} stays in use; "
            f"compare them with: triage model diff {trained.version} {trained.refused_version}"
        )
        return "", trained.version
    _tell(rooms, about_training(trained))
    return reason, trained.version


def unusable(rooms: Rooms) -> str:
    """Return why the model in use can't rank, or an empty string: damaged, or of an earlier triage.

    A run nobody watches is not to fail every day over what it can mend itself.
    """
    try:
        rooms.shelf.load(rooms.shelf.current())
    except ModelError as error:
        return f"the one in use can't be used: {error.message}"
    return ""


def _tell(rooms: Rooms, topics: Mapping[str, Said]) -> None:
    with rooms.store.step() as step:
        lines = tell_news(step, topics)
    for line in lines:
        rooms.warn(line)
