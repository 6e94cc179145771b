"""Learning from the notes by hand: everything is looked up, read and reported."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

from triage.config.schema import Config
from triage.context import Context
from triage.errors import NotesError
from triage.listing.sources import PaperLookup
from triage.training.labels import NotesUpdate, update_labels
from triage.training.notes import NoteFileCounts
from triage.training.notices import new_lines, notices_of_notes, notices_of_training, pending_notice
from triage.training.update import LEARN, RUN, Training, known_seeds, update_model


@dataclass(frozen=True, slots=True)
class LearnReport:
    """What learning found, looked up, left out and made."""

    notes: NotesUpdate
    training: Training
    notices: tuple[str, ...] = ()


def learn(
    context: Context, *, offline: bool = False, on_first_model: Callable[[], None] | None = None
) -> LearnReport:
    """Read the notes, look all their papers up, and train on all labels.

    Where there is no model yet, a first one is made of what is known soon; ``on_first_model`` is called then.

    Raises
    ------
    NotesError
        If a notes path does not exist, or if there is nothing to learn from.
    """
    with context.store.transaction() as tx:
        # Who learns by hand has looked: a folder that is empty now is empty on purpose.
        tx.records.put(NoteFileCounts({}))
    if not _anything(context):
        raise nothing_found(context.config)
    with nullcontext() if offline else context.arxiv() as arxiv:
        context.refresh_community(arxiv.quick_lookup if arxiv else None)
        lookups = (arxiv.lookup, arxiv.quick_lookup) if arxiv else (None, None)
        return learn_with(context, *lookups, on_first_model=on_first_model)


def _anything(context: Context) -> bool:
    """Whether there may be a paper to learn from; asked before arXiv is."""
    config = context.config
    seeds = config.seeds.ids or config.seeds.keywords or config.seeds.authors
    if seeds or config.signals.community or config.signals.picks or config.notes.zotero.library_id:
        return True
    notes = update_labels(context, None)
    with context.store.reading() as tx:
        return bool(notes.matches or tx.labels.current_labels())


def nothing_found(config: Config) -> NotesError:
    """Return the error of learning from nothing."""
    paths = ", ".join(map(str, config.note_paths))
    found = f"no paper was found in {paths}" if paths else "no notes are named in the configuration"
    return NotesError(
        f"there is nothing to learn from: {found}, and no paper is labelled.",
        remedy=f"Name a file or folder that names papers: 'notes' in config.yaml.\n"
        f"  See what is read and what is not, and why: triage notes extract {paths or 'PATH'}\n"
        "  Without notes, name keywords or papers at 'seeds', or label one: triage label ID --relevant",
    )


def learn_with(
    context: Context,
    lookup: PaperLookup | None,
    quick: PaperLookup | None,
    *,
    on_first_model: Callable[[], None] | None = None,
) -> LearnReport:
    """Do the same with the community picks that are stored; without look-ups, offline.

    ``quick`` gives up sooner: a first model does not wait for an arXiv that does not answer.
    """
    config, store = context.config, context.store
    if quick is not None and context.registry.current() is None:
        # Whoever stops an hour of look-ups has a model all the same.
        update_model(context, quick, replace(RUN, shows_new=False))
        # What failed is tried again now.
        context.notices.clear()
        if on_first_model:
            on_first_model()
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
