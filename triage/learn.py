"""From the reader's notes and marks to a model, as one function over the rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage.clock import Clock
from triage.config import Config
from triage.errors import ModelError, NotesError
from triage.examples import examples_from, note_labels, seed_examples, unknown_example
from triage.lookup import ArxivLookup, Finding, look_up
from triage.papers import ArxivId, Example, NoteEntry, Paper
from triage.progress import Progress, silent
from triage.signals.known import taste_of_others
from triage.store.labels import Opinion
from triage.store.store import Step, Store

if TYPE_CHECKING:
    from triage.model.manifest import Manifest
    from triage.model.versions import ModelShelf
    from triage.notes.extract import NoteProblem
    from triage.notes.formats import Reading

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


@dataclass(frozen=True, slots=True)
class LearnReport:
    """What learning found, looked up, left out and made."""

    gathered: Gathered
    training: Training
    notices: tuple[str, ...] = ()


def learn(
    config: Config,
    store: Store,
    shelf: ModelShelf,
    *,
    arxiv: ArxivLookup | None,
    clock: Clock,
    progress: Progress = silent,
) -> LearnReport:
    """Read the notes, look the papers up, remember what they say, and train on all that was said.

    Parameters
    ----------
    config : Config
    store : Store
    shelf : ModelShelf
        Where the model goes.
    arxiv : ArxivLookup, optional
        None to stay offline.
    clock : Clock
    progress : Progress, optional

    Raises
    ------
    NotesError
        If a notes path does not exist.
    """
    gathered = gather(config, store, arxiv=arxiv, clock=clock, progress=progress)
    trained = train_on_all(config, store, shelf, gathered, progress=progress)
    with store.reading() as step:
        unknown = [one for one in config.seeds.ids if one not in known_seeds(config, step)]
    where = "in the store (offline)" if arxiv is None else "in the store or at arXiv"
    notices = [f"seeds.ids: {', '.join(unknown)}: not found {where}"] if unknown else []
    return LearnReport(gathered, trained, tuple(notices))


def gather(
    config: Config,
    store: Store,
    *,
    arxiv: ArxivLookup | None,
    clock: Clock,
    progress: Progress = silent,
) -> Gathered:
    """Read the notes, look the papers up and add what they newly say to the label log."""
    from triage.notes.categories import categories_by_entry
    from triage.notes.english import english_part
    from triage.notes.extract import extract
    from triage.notes.kept import KeptReadings

    now = clock.now()
    with KeptReadings(store) as kept:
        extraction = extract(
            config.note_paths,
            include=config.notes.include,
            exclude=config.notes.exclude,
            progress=lambda done, total: progress("reading notes", done, total),
            cache=kept,
        )
    entries, problems = own_entries(extraction.entries, config, store), list(extraction.problems)
    if arxiv is not None and config.notes.zotero.library_id:
        library = read_zotero(config, progress)
        entries += library.entries
        problems += library.problems
    findings = look_up(entries, store, arxiv, now, progress)
    categories = dict(enumerate(categories_by_entry([finding.entry for finding in findings])))
    with store.step() as step:
        said = step.labels.add(note_labels(findings, categories, step.labels.log(), now))
    if arxiv is not None:
        fetch_named(config, store, arxiv)

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
    return Gathered(
        findings=tuple(findings),
        problems=tuple(problems),
        unknown=tuple(unknown),
        left_out=tuple(left_out),
        noted_on=noted_days(findings),
        new_labels=len(said),
    )


def read_zotero(config: Config, progress: Progress) -> Reading:
    """Read the reader's Zotero library; when it can't be read, that is a problem like a file's."""
    from triage.notes.formats import NoteProblem, Reading
    from triage.notes.zotero import ZoteroLibrary, read_library

    zotero = config.notes.zotero
    library = ZoteroLibrary(
        zotero.library_id, zotero.api_key.get_secret_value(), zotero.library_type, zotero.endpoint
    )
    try:
        return read_library(
            library, progress=lambda done, total: progress("reading Zotero's library", done, total)
        )
    except NotesError as error:
        return Reading(problems=(NoteProblem("zotero", 0, error.message, error.remedy),))


def own_entries(entries: Sequence[NoteEntry], config: Config, store: Store) -> list[NoteEntry]:
    """Leave out what stands in digests: the machine's picks must not teach it that it was right.

    Digests are told by their names, wherever the reader keeps them; what the reader says in one is
    read by :mod:`triage.sync`.
    """
    with store.reading() as step:
        names = {Path(digest.file).name for digest in step.digests.all()}
    folders = [path for path in config.note_paths if path.is_dir()]
    written = [config.digest_folder]
    if config.deliver.papers.folder:
        written.append(config.path(config.deliver.papers.folder))

    def is_machine_made(entry: NoteEntry) -> bool:
        if Path(entry.file).name in names:
            return True
        files = [folder / entry.file for folder in folders]
        return any(file.is_relative_to(place) for file in files for place in written)

    return [entry for entry in entries if not is_machine_made(entry)]


def known_seeds(config: Config, step: Step) -> list[str]:
    """Return the seeds that can be learned from: those of unknown papers can't."""
    papers = step.papers.get(map(ArxivId, config.seeds.ids))
    ids = [one for one in config.seeds.ids if one in papers]
    return [*ids, *config.seeds.keywords, *config.seeds.authors]


def fetch_named(config: Config, store: Store, arxiv: ArxivLookup) -> None:
    """Fetch papers that the reader labelled or seeded by id and that the store does not know yet."""
    with store.reading() as step:
        named = {*step.labels.opinions(), *map(ArxivId, config.seeds.ids)}
        missing = sorted(named - set(step.papers.get(named)))
    if missing:
        papers = arxiv.by_ids(missing)
        with store.step() as step:
            step.papers.put(papers.values())


def train_on_all(
    config: Config,
    store: Store,
    shelf: ModelShelf,
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
    from triage.model.cold import know_nothing
    from triage.model.features import FEATURES_VERSION
    from triage.model.kept_space import KeptSpace
    from triage.model.training import train

    current = shelf.current()
    with store.reading() as step:
        opinions = step.labels.opinions()
        left_alone = step.digests.left_alone()
        papers = step.papers.get([*opinions, *left_alone, *map(ArxivId, config.seeds.ids)])
        waiting = step.announcements.undigested()
        first_candidate = before or (waiting[0].day if waiting else None)
        background = _background(step, config, first_candidate)
        community = taste_of_others(config, step, first_candidate)
        seeds_known = known_seeds(config, step)
        label_number = step.labels.last_number()
        known = step.facts.get(f"model {current}") if current else None
        earlier_opinions = None
        if known is not None and known["labels"] != label_number:
            earlier_opinions = step.labels.opinions(until=known["labels"])

    def examples(held: Mapping[ArxivId, Opinion]) -> list[Example]:
        return examples_from(held, papers, gathered.noted_on, gathered.unknown, left_alone)

    cache = store.features(FEATURES_VERSION)
    seeds = seed_examples(config.seeds, papers, opinions)
    known_examples = examples(opinions)
    if seeds or any(one.relevant for one in known_examples):
        model = train(
            known_examples,
            background,
            cache=cache,
            spaces=KeptSpace(config.store_folder),
            progress=lambda what: progress(what, 0, 0),
            earlier=None if earlier_opinions is None else examples(earlier_opinions),
            community=community,
            seeds=seeds,
            categories=config.categories,
        )
    else:
        model = know_nothing(background, community=community, cache=cache)
    version = shelf.save(model)
    newest = max((paper.announced for paper in background if paper.announced), default=None)
    facts = {
        "labels": label_number,
        "background_until": newest.isoformat() if newest else None,
        "others": len(community),
        "seeds": seeds_known,
    }
    old = _readable(shelf, current) if current and model.manifest.is_worse else None
    if current and known and old and not has_seen(known, first_candidate):
        with store.step() as write:
            write.facts.put(f"model {version}", facts)
            tried = {name: facts[name] for name in ("others", "seeds")}
            write.facts.put(f"model {current}", {**known, **tried, "tried": label_number})
        return Training(current, old, model.manifest, version)
    shelf.activate(version)
    with store.step() as write:
        write.facts.put(f"model {version}", facts)
    return Training(version, model.manifest)


def has_seen(known: Mapping[str, Any], first_candidate: date | None) -> bool:
    """Return whether a model learned from papers of a listing day (or later) as unlabelled ones.

    It is no use for such a day: its candidates would count as refused.
    """
    until = known["background_until"]
    return until is not None and first_candidate is not None and date.fromisoformat(until) >= first_candidate


def _readable(shelf: ModelShelf, version: str) -> Manifest | None:
    try:
        shelf.load(version)
        return shelf.manifest(version)
    except ModelError:
        return None


def needs_training(
    store: Store, shelf: ModelShelf, first_candidate: date, config: Config | None = None
) -> str:
    """Return why a new model is needed before ranking a listing day, or an empty string.

    Parameters
    ----------
    config : Config, optional
        Its seeds and signals are compared with those that the model in use learned from.
    """
    version = shelf.current()
    if version is None:
        return "there is no model yet"
    with store.reading() as step:
        known = step.facts.get(f"model {version}")
        last_label = step.labels.last_number()
        others = len(taste_of_others(config, step, first_candidate)) if config else None
        seeds = known_seeds(config, step) if config else None
    if known is None:
        return "nothing is known of the current model's labels"
    if last_label not in (known["labels"], known.get("tried")):
        return "there are new labels"
    if seeds is not None and known.get("seeds", []) != seeds:
        return "the seeds have changed"
    learned = known.get("others", 0)
    # A few picks more say nothing new; fewer means that it has learned from later ones, or that a signal
    # was turned off.
    if others is not None and not learned <= others <= learned + max(FEW_PICKS, learned // 10):
        return "what other people picked has changed"
    return "the current model has learned from papers of that day" if has_seen(known, first_candidate) else ""


def _background(step: Step, config: Config, before: date | None) -> list[Paper]:
    own = step.papers.newest(before=before, categories=config.categories, limit=BACKGROUND)
    if len(own) >= ENOUGH_OF_ONES_OWN:
        return own
    known = {paper.id for paper in own}
    others = step.papers.newest(before=before, categories=(), limit=ENOUGH_OF_ONES_OWN)
    return own + [paper for paper in others if paper.id not in known]


def noted_days(findings: Sequence[Finding]) -> dict[ArxivId, date]:
    """Return the first day that notes bear of each paper that was found."""
    days: dict[ArxivId, date] = {}
    for finding in findings:
        day = finding.entry.noted_on
        if finding.paper is not None and day is not None:
            days[finding.paper.id] = min(day, days.get(finding.paper.id, day))
    return days
