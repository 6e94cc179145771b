"""From the reader's notes and marks to a model, as one function over the rooms."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from triage.clock import Clock
from triage.community.known import taste_of_others
from triage.config.schema import Config
from triage.context import Context
from triage.errors import ModelError
from triage.papers import ArxivId, Example, Paper, title_key
from triage.progress import Progress, silent
from triage.ranker.manifest import TrainedOn
from triage.store.labels import CurrentLabel
from triage.store.store import Store, Transaction
from triage.training.background import (
    WindowLookup,
    days_asked,
    eras_apart,
    fill_background,
    noted_listing_days,
)
from triage.training.examples import examples_from, note_labels, seed_examples, unknown_example
from triage.training.lookup import ArxivLookup, Bound, Finding, look_up, unanswered
from triage.training.notices import about_notes, about_training, still_to_look_up, tell_news
from triage.training.own_notes import NoteFileCounts, own_entries, read_notes, read_zotero

if TYPE_CHECKING:
    from triage.notes.extract import NoteProblem
    from triage.ranker.manifest import Manifest
    from triage.ranker.registry import ModelRegistry

BACKGROUND = 15_000
"""Unlabelled papers that a model learns from, at most: the newest."""

ENOUGH_OF_ONES_OWN = 2_000
"""With fewer papers of the reader's own categories, those of others help out."""


FEW_PICKS = 10
"""So many new picks of other people (or a tenth of those known) make a new model worth while."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that the notes say now, and what of it is new."""

    findings: tuple[Finding, ...]
    problems: tuple[NoteProblem, ...]
    unknown: tuple[Example, ...]
    """Noted papers that stay unknown but whose title or English text can be learned from."""
    left_out: tuple[Finding, ...]
    """Findings that give nothing to learn from."""
    noted_on: Mapping[ArxivId, date]
    new_labels: int
    waiting: int = 0
    """Noted titles and named papers that are still to be looked up at arXiv."""
    trouble: str = ""
    """Why arXiv could not be asked for them, if that is why."""
    unknown_ids: tuple[ArxivId, ...] = ()
    """Papers that the reader named by command or as seeds, and that arXiv does not know."""


class Arxiv(ArxivLookup, WindowLookup, Protocol):
    """What learning asks of arXiv: papers by id and by title, and the listings of older days."""


@dataclass(frozen=True, slots=True)
class Training:
    """What came of training."""

    version: str
    """The model in use now."""
    manifest: Manifest
    """That model's account of itself."""
    refused: Manifest | None = None
    """The account of the new model, when it does worse on past days and the old one stays."""
    refused_version: str = ""
    eras: str = ""
    """A warning, if the noted papers are of other times than those they are compared with."""


@dataclass(frozen=True, slots=True)
class LearnReport:
    """What learning found, looked up, left out and made."""

    gathered: Gathered
    training: Training
    notices: tuple[str, ...] = ()


def learn(context: Context, *, arxiv: Arxiv | None) -> LearnReport:
    """Read the notes, look the papers up, remember what they say, and train on all that was said.

    Parameters
    ----------
    context : Context
        Open, and locked for this process.
    arxiv : Arxiv, optional
        None to stay offline.

    Raises
    ------
    NotesError
        If a notes path does not exist.
    """
    config, store = context.config, context.store
    with store.transaction() as tx:
        # Who learns by hand has looked: a folder that is empty now is empty on purpose.
        tx.records.put(NoteFileCounts({}))
    gathered = gather(config, store, arxiv=arxiv, clock=context.clock, progress=context.progress)
    if arxiv is not None and not gathered.trouble:
        fill_background(context, arxiv)
    trained = train_on_all(config, store, context.registry, gathered, progress=context.progress)
    with store.transaction() as tx:
        seeds = [one for one in config.seeds.ids if one not in known_seeds(config, tx)]
        # All of it is said below or in the report: the next run has nothing to add.
        tell_news(tx, about_notes(gathered) | about_training(trained))
    notices = []
    if seeds:
        where = "in the store (offline)" if arxiv is None else "in the store or at arXiv"
        notices.append(f"seeds.ids: {', '.join(seeds)}: not found {where}")
    labelled = [one for one in gathered.unknown_ids if one not in seeds]
    if labelled:
        notices.append(f"labelled, but arXiv does not know: {', '.join(labelled)}")
    if gathered.waiting:
        notices.append(still_to_look_up(gathered))
    if trained.eras:
        notices.append(trained.eras)
    return LearnReport(gathered, trained, (*notices, *context.notices))


def gather(
    config: Config,
    store: Store,
    *,
    arxiv: ArxivLookup | None,
    clock: Clock,
    progress: Progress = silent,
    bound: Bound | None = None,
    without: Collection[Path] = (),
) -> Gathered:
    """Read the notes, look the papers up and add what they newly say to the label log.

    Papers that the reader labelled or seeded by id, and that the store does not have, are looked up
    as well.

    Parameters
    ----------
    bound : Bound, optional
        What may be spent on look-ups; by default all is asked.
    without : collection of Path
        Places of notes that are left out; what they said before stays said.

    Raises
    ------
    NotesError
        If another place does not exist.
    """
    from triage.notes.categories import categories_by_entry
    from triage.notes.english import english_part

    now = clock.now()
    extraction = read_notes(config, store, without=without, progress=progress)
    entries, problems = own_entries(extraction.entries, config, store), list(extraction.problems)
    if arxiv is not None and config.notes.zotero.library_id:
        library = read_zotero(config, progress)
        entries += library.entries
        problems += library.problems
    with store.reading() as tx:
        named = sorted({*tx.labels.current_labels(), *map(ArxivId, config.seeds.ids)})
    findings = look_up(entries, store, arxiv, now, progress, named=named, bound=bound)
    categories = dict(enumerate(categories_by_entry([finding.entry for finding in findings])))
    with store.transaction() as tx:
        said = tx.labels.add(note_labels(findings, categories, tx.labels.log(), now))
        unknown_ids, not_asked = unanswered(named, tx)

    unknown: list[Example] = []
    left_out: list[Finding] = []
    for number, finding in enumerate(findings):
        if finding.paper is not None:
            continue
        example = unknown_example(finding, english_part(finding.entry.text), categories[number])
        if example is None:
            left_out.append(replace(finding, reason=f"{finding.reason}; nothing in English to learn from"))
        else:
            unknown.append(example)
    waiting = {
        finding.entry.arxiv_id or title_key(finding.entry.title) for finding in findings if finding.waiting
    }
    return Gathered(
        findings=tuple(findings),
        problems=tuple(problems),
        unknown=tuple(unknown),
        left_out=tuple(left_out),
        noted_on=noted_days(findings),
        new_labels=len(said),
        waiting=0 if arxiv is None else len(waiting.union(not_asked)),
        trouble=next((finding.trouble for finding in findings if finding.trouble), ""),
        unknown_ids=tuple(unknown_ids),
    )


def known_seeds(config: Config, tx: Transaction) -> list[str]:
    """Return the seeds that can be learned from: those of unknown papers can't."""
    papers = tx.papers.get(map(ArxivId, config.seeds.ids))
    ids = [one for one in config.seeds.ids if one in papers]
    return [*ids, *config.seeds.keywords, *config.seeds.authors]


def train_on_all(
    config: Config,
    store: Store,
    registry: ModelRegistry,
    gathered: Gathered,
    *,
    before: date | None = None,
    progress: Progress = silent,
) -> Training:
    """Train on all that was said, and use the new model unless it does worse on past days.

    A model that does worse stays on the shelf, and the labels it learned from stay in the log: the
    next one is tried with more.

    Parameters
    ----------
    before : date, optional
        The first listing day to be ranked; papers of that day and later are no background.  By
        default the first day that has no digest yet.
    """
    from triage.ranker.features import FEATURES_VERSION
    from triage.ranker.space_cache import SpaceCache
    from triage.ranker.training import train, train_prior

    current = registry.current()
    with store.reading() as tx:
        current_labels = tx.labels.current_labels()
        left_alone = tx.digests.left_alone()
        papers = tx.papers.get([*current_labels, *left_alone, *map(ArxivId, config.seeds.ids)])
        waiting = tx.announcements.undigested()
        first_candidate = before or (waiting[0].day if waiting else None)
        background = _background(tx, config, first_candidate)
        community = taste_of_others(config, tx, first_candidate)
        seeds_known = known_seeds(config, tx)
        noted = noted_listing_days(tx)
        label_number = tx.labels.last_number()
        known = tx.records.get(TrainedOn, current) if current else None
        earlier_opinions = None
        if known is not None and known.labels != label_number:
            earlier_opinions = tx.labels.current_labels(until=known.labels)

    def examples(held: Mapping[ArxivId, CurrentLabel]) -> list[Example]:
        return examples_from(held, papers, gathered.noted_on, gathered.unknown, left_alone)

    cache = store.features(FEATURES_VERSION)
    seeds = seed_examples(config.seeds, papers, current_labels)
    known_examples = examples(current_labels)
    if seeds or any(one.relevant for one in known_examples):
        model = train(
            known_examples,
            background,
            cache=cache,
            space_cache=SpaceCache(config.store_folder),
            progress=lambda what: progress(what, 0, 0),
            earlier=None if earlier_opinions is None else examples(earlier_opinions),
            community=community,
            seeds=seeds,
            categories=config.categories,
        )
    else:
        model = train_prior(background, community=community, cache=cache)
    version = registry.save(model)
    newest = max((paper.announced for paper in background if paper.announced), default=None)
    eras = eras_apart(
        noted, (paper.announced for paper in background if paper.announced and paper.id not in current_labels)
    )
    trained_on = TrainedOn(
        labels=label_number,
        background_until=newest,
        others=len(community),
        seeds=tuple(seeds_known),
        not_known=tuple(one for one in current_labels if one not in papers),
    )
    old = _readable(registry, current) if current and model.manifest.is_worse else None
    if current and known and old and not known.has_seen(first_candidate):
        with store.transaction() as write:
            write.records.put(trained_on, version)
            tried = replace(
                known,
                others=trained_on.others,
                seeds=trained_on.seeds,
                not_known=trained_on.not_known,
                tried=label_number,
            )
            write.records.put(tried, current)
        return Training(current, old, model.manifest, version, eras)
    registry.activate(version)
    with store.transaction() as write:
        write.records.put(trained_on, version)
    return Training(version, model.manifest, eras=eras)


def _readable(registry: ModelRegistry, version: str) -> Manifest | None:
    try:
        registry.load(version)
        return registry.manifest(version)
    except ModelError:
        return None


def needs_training(
    store: Store, registry: ModelRegistry, first_candidate: date, config: Config | None = None
) -> str:
    """Return why a new model is needed before ranking a listing day, or an empty string.

    Parameters
    ----------
    config : Config, optional
        Its seeds and signals are compared with those that the model in use learned from.
    """
    version = registry.current()
    if version is None:
        return "there is no model yet"
    with store.reading() as tx:
        known = tx.records.get(TrainedOn, version)
        last_label = tx.labels.last_number()
        others = len(taste_of_others(config, tx, first_candidate)) if config else None
        seeds = known_seeds(config, tx) if config else None
        found_since = tx.papers.get(map(ArxivId, known.not_known)) if known else {}
    if known is None:
        return "nothing is known of the current model's labels"
    learned = known.others
    reasons = (
        (last_label not in (known.labels, known.tried), "there are new labels"),
        (found_since, "papers that you labelled have been looked up"),
        (seeds is not None and list(known.seeds) != seeds, "the seeds have changed"),
        # A few picks more say nothing new; fewer means that it has learned from later ones, or that a
        # signal was turned off.
        (
            others is not None and not learned <= others <= learned + max(FEW_PICKS, learned // 10),
            "what other people picked has changed",
        ),
        (known.has_seen(first_candidate), "the current model has learned from papers of that day"),
    )
    return next((why for holds, why in reasons if holds), "")


def _background(tx: Transaction, config: Config, before: date | None) -> list[Paper]:
    found = tx.papers.newest(before=before, categories=config.categories, limit=BACKGROUND)
    if len(found) < ENOUGH_OF_ONES_OWN:
        more = tx.papers.newest(before=before, categories=(), limit=ENOUGH_OF_ONES_OWN)
    else:
        # In a large archive these are older than the newest.
        more = [
            paper
            for day in days_asked(tx)
            for paper in (tx.papers.announced_on(day) if before is None or day < before else ())
            if paper.primary_category in config.categories
        ]
    known = {paper.id for paper in found}
    return found + [paper for paper in more if paper.id not in known]


def noted_days(findings: Sequence[Finding]) -> dict[ArxivId, date]:
    """Return the first day that notes bear of each paper that was found."""
    days: dict[ArxivId, date] = {}
    for finding in findings:
        day = finding.entry.noted_on
        if finding.paper is not None and day is not None:
            days[finding.paper.id] = min(day, days.get(finding.paper.id, day))
    return days
