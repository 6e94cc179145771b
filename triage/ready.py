"""Before a day is ranked: new notes read, and a model that has learned from them.

What a run has to say of notes and models it says once, a line each; ``triage learn`` says all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from triage.background import fill_background
from triage.errors import ModelError
from triage.learn import (
    Arxiv,
    Gathered,
    Training,
    gather,
    needs_training,
    not_at_arxiv,
    still_to_look_up,
    train_on_all,
)
from triage.lookup import Bound
from triage.noted import missing_notes
from triage.rooms import Rooms
from triage.told import news

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
    bound = Bound(MOST_QUESTIONS, rooms.clock.now() + MOST_TIME, rooms.clock)
    gathered = gather(
        config,
        store,
        arxiv=arxiv,
        clock=rooms.clock,
        progress=rooms.progress,
        bound=bound,
        without=list(missing),
    )
    _tell_of_notes(rooms, gathered)
    broken = unusable(rooms) if in_use else ""
    reason = broken or needs_training(store, rooms.shelf, first_candidate, config)
    if not (knows_all or missing):
        reason = reason or "notes that were missing are back"
    if not reason or (missing and not broken):
        return "", in_use or ""
    if in_use is None and arxiv is not None:
        fill_background(rooms, arxiv)
    trained = train_on_all(
        config, store, rooms.shelf, gathered, before=first_candidate, progress=rooms.progress
    )
    with store.step() as step:
        step.facts.put(WITHOUT_NOTES, trained.version if missing else None)
    _tell_of_training(rooms, trained)
    return ("" if trained.refused else reason), trained.version


def unusable(rooms: Rooms) -> str:
    """Return why the model in use can't rank, or an empty string: damaged, or of an earlier triage.

    A run nobody watches is not to fail every day over what it can mend itself.
    """
    try:
        rooms.shelf.load(rooms.shelf.current())
    except ModelError as error:
        return f"the one in use can't be used: {error.message}"
    return ""


def _tell_of_notes(rooms: Rooms, gathered: Gathered) -> None:
    problems = [f"{one.file}:{one.line}: {one.what}" for one in gathered.problems]
    waiting = [still_to_look_up(gathered)] if gathered.waiting else []
    with rooms.store.step() as step:
        _warn(rooms, news(step, "notes", problems), "triage learn")
        _warn(rooms, news(step, "look-ups", waiting), "triage learn")
        unknown = news(step, "unknown to arXiv", gathered.unknown_ids)
    if unknown:
        rooms.warn(not_at_arxiv(list(map(type(gathered.unknown_ids[0]), unknown))))


def _tell_of_training(rooms: Rooms, trained: Training) -> None:
    if trained.refused is not None:
        rooms.warn(
            f"a new model ({trained.refused_version}) does worse on past days, so {trained.version} stays in use; "
            f"compare them with: triage model diff {trained.version} {trained.refused_version}"
        )
        return
    small = [one.name for one in trained.manifest.categories if not one.learned]
    # The names of small categories change from day to day; the warning that lists all of them is learn's.
    listed = ", ".join(small)
    warnings = [one for one in trained.manifest.warnings if not small or not one.endswith(listed)]
    with rooms.store.step() as step:
        _warn(rooms, news(step, "model", [*warnings, *filter(None, [trained.eras])]), "triage learn")
        few = news(step, "small categories", small)
    if few:
        more = f" and {len(few) - 3} more" if few[3:] else ""
        rooms.warn(f"too few notes yet to learn: {', '.join(few[:3])}{more} (all: triage learn)")


def _warn(rooms: Rooms, fresh: Sequence[str], where: str) -> None:
    if fresh:
        more = f" (and {len(fresh) - 1} more: {where})" if fresh[1:] else ""
        rooms.warn(f"{fresh[0]}{more}")
