"""Learning from the notes by hand: everything is looked up, read and reported."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace

from triage.context import Context
from triage.listing.sources import PaperLookup
from triage.training.labels import NotesUpdate
from triage.training.notes import NoteFileCounts
from triage.training.notices import new_lines, notices_of_notes, notices_of_training, pending_notice
from triage.training.update import LEARN, RUN, Training, known_seeds, update_model


@dataclass(frozen=True, slots=True)
class LearnReport:
    """What learning found, looked up, left out and made."""

    notes: NotesUpdate
    training: Training
    notices: tuple[str, ...] = ()


def learn(context: Context, *, offline: bool = False) -> LearnReport:
    """Read the notes, look all their papers up, and train on all labels.

    Raises
    ------
    NotesError
        If a notes path does not exist.
    """
    with nullcontext() if offline else context.arxiv() as arxiv:
        context.refresh_community(arxiv.quick_lookup if arxiv else None)
        return learn_with(context, arxiv.lookup if arxiv else None)


def learn_with(context: Context, lookup: PaperLookup | None) -> LearnReport:
    """Do the same with the community picks that are stored; without a look-up, offline."""
    config, store = context.config, context.store
    with store.transaction() as tx:
        # Who learns by hand has looked: a folder that is empty now is empty on purpose.
        tx.records.put(NoteFileCounts({}))
    if lookup is not None and context.registry.current() is None:
        # Whoever stops an hour of look-ups has a model all the same.
        update_model(context, lookup, replace(RUN, shows_new=False))
        context.progress("a first model is ready, so you may stop; learning goes on", 0, 0)
    update = update_model(context, lookup, LEARN)
    notes, training = update.notes, update.training
    assert training is not None  # the policy says why
    with store.transaction() as tx:
        seeds = [one for one in config.seeds.ids if one not in known_seeds(config, tx)]
        # All of it is in the report: for the next run nothing of it is new.
        new_lines(tx, notices_of_notes(notes) | notices_of_training(training))
    notices = []
    if seeds:
        where = "in the store (offline)" if lookup is None else "in the store or at arXiv"
        notices.append(f"seeds.ids: {', '.join(seeds)}: not found {where}")
    labelled = [one for one in notes.unknown_ids if one not in seeds]
    if labelled:
        notices.append(f"labelled, but arXiv does not know: {', '.join(labelled)}")
    if notes.pending:
        notices.append(pending_notice(notes))
    if training.eras:
        notices.append(training.eras)
    return LearnReport(notes, training, (*notices, *context.notices))
