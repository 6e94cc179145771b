"""The commands' work: rooms opened, sources chosen, and one call into the room that does it."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from triage.clock import Clock, SystemClock
from triage.community.known import picked_before
from triage.community.refresh import refresh_signals
from triage.config.load import FILE_NAME, TEMPLATE, load_config
from triage.config.schema import Config
from triage.config.values import Part
from triage.context import open_context
from triage.errors import ConfigError, ModelError, StoreError, TriageError
from triage.listing.sources import FileSource, Source, announce_type_for
from triage.papers import Paper, ScoredPaper
from triage.progress import Progress, silent
from triage.run import DayReport, day
from triage.store.folder import make_store_folder
from triage.store.store import Store
from triage.training.background import fill_background
from triage.training.learn import LearnReport, learn

if TYPE_CHECKING:
    from triage.listing.backfill import Backfilled

IMPORT_STEP = 5_000
"""Papers a step when an archive is imported: a killed import keeps what it had."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """A run on a copy: the report, and the digests' texts by file name."""

    report: DayReport
    texts: tuple[str, ...]


def run_day(
    config: Config,
    *,
    listing: Path | None = None,
    until: date | None = None,
    since: date | None = None,
    clock: Clock | None = None,
    progress: Progress = silent,
) -> DayReport:
    """Do the day (see :func:`triage.run.day`), from a listing file or from arXiv."""
    clock = clock or SystemClock()
    with open_context(config, clock=clock, progress=progress, lock_for="run") as context:
        if listing is not None:
            source: Source = FileSource(
                listing, config.categories, holidays=config.arxiv.holidays, progress=progress
            )
            refresh_signals(config, context.store, None, clock.now(), context.warn)
            return day(context, source, until=until, since=since)
        from triage.listing.arxiv import online

        with online(context) as arxiv:
            arxiv.refresh_author()
            arxiv.refresh_signals()
            report = day(
                context,
                arxiv.source,
                until=until,
                since=since,
                arxiv=arxiv.hasty_lookup,
                ask_figure=arxiv.ask_figure,
            )
            # The next model learns from these; the day did not have to wait for them.
            fill_background(context, arxiv.hasty_lookup)
            return replace(report, notices=tuple(context.notices))


def dry_run_day(
    config: Config,
    *,
    listing: Path | None = None,
    until: date | None = None,
    since: date | None = None,
    clock: Clock | None = None,
    progress: Progress = silent,
) -> DryRun:
    """Do the day on a copy of the store, so that nothing of it is kept.

    Raises
    ------
    StoreError
        If the store is no SQLite file: other databases can't be copied in passing.
    """
    if config.store.url and not config.store.url.startswith("sqlite"):
        raise StoreError(
            "--dry-run works on a copy of the store, and store.url is no SQLite file.",
            remedy="Use 'triage rank', which writes nothing.",
        )
    with tempfile.TemporaryDirectory(prefix="triage-dry-run-") as name:
        folder = Path(name)
        copied = copy_for_trial(config, folder)
        report = run_day(copied, listing=listing, until=until, since=since, clock=clock, progress=progress)
        texts = tuple(digest.file.read_text(encoding="utf-8") for digest in report.digests)
    # Named where a real run would write them, not where the copy was.
    digests = tuple(replace(one, file=config.digest_folder / one.file.name) for one in report.digests)
    return DryRun(replace(report, digests=digests), texts)


def copy_for_trial(config: Config, folder: Path) -> Config:
    """Copy store, models and digests into a folder and return a configuration that uses them.

    The clock of requests to arXiv is not copied: a trial keeps the same distance from the last one.
    """
    with Store(config.store_url) as store:
        store.copy_to(folder / "triage.db")
    for name, place in (("models", config.store_folder / "models"), ("digests", config.digest_folder)):
        if place.is_dir():
            shutil.copytree(place, folder / name, symlinks=False)
    return config.model_copy(
        update={
            "store": config.store.model_copy(update={"folder": str(folder), "url": ""}),
            "digest": config.digest.model_copy(update={"folder": str(folder / "digests")}),
            # A trial is shown, not sent.
            "deliver": Part(),
        }
    ).placed_in(config.folder, clock_folder=config.clock_folder)


def learn_notes(
    config: Config, *, offline: bool, clock: Clock | None = None, progress: Progress = silent
) -> LearnReport:
    """Learn from the notes (see :func:`triage.training.learn.learn`)."""
    clock = clock or SystemClock()
    with open_context(config, clock=clock, progress=progress, lock_for="learn") as context:
        if offline:
            refresh_signals(config, context.store, None, clock.now(), context.warn)
            return learn(context, arxiv=None)
        from triage.listing.arxiv import online

        with online(context) as arxiv:
            arxiv.refresh_signals()
            return learn(context, arxiv=arxiv.lookup)


def rank_listing(
    config: Config, *, listing: Path | None, day: date | None, progress: Progress = silent
) -> list[ScoredPaper]:
    """Score one listing day with the model in use; writes nothing but kept features.

    Raises
    ------
    ModelError
        If there is no model.
    TriageError
        If nothing is known of the day.
    """
    from triage.ranker.features import FEATURES_VERSION

    with open_context(config, progress=progress) as context:
        if context.registry.current() is None:
            raise ModelError("there is no model yet.", remedy="Make one from your notes: triage learn")
        if listing is not None:
            source = FileSource(listing, config.categories, holidays=config.arxiv.holidays, progress=progress)
            days = source.days(None, day)
            if not days or (day is not None and days[-1] != day):
                raise TriageError(f"{listing} has no announcement of {day}.")
            (fetched,) = source.fetch(days[-1:], context.clock.now())
            papers = [item.paper for item in fetched.items]
        else:
            papers = _stored_listing(context.store, day)
        kinds = {"new", "cross"} if config.cross_lists else {"new"}
        candidates = [paper for paper in papers if announce_type_for(paper, config.categories) in kinds]
        progress(f"ranking {len(candidates)} papers", 0, 0)
        with context.store.reading() as tx:
            by_others = picked_before(config, tx, candidates, day or context.clock.now().date())
        cache = context.store.features(FEATURES_VERSION)
        return context.registry.load(None).score(candidates, cache=cache, picked_by_others=by_others)


def _stored_listing(store: Store, day: date | None) -> list[Paper]:
    with store.reading() as tx:
        last = day or tx.papers.last_announced()
        papers = tx.papers.announced_on(last) if last else []
    if not papers:
        raise TriageError(
            f"the store has no paper announced {f'on {last}' if last else 'on any day'}.",
            remedy="Fetch it with 'triage run', or name a file with --listing.",
        )
    return papers


def import_file(config: Config, file: Path, *, progress: Progress = silent) -> tuple[int, int]:
    """Store the papers of a listing file; returns how many it has, and how many were new or changed."""
    from triage.listing.files import read_listing
    from triage.store.rows import in_batches

    read = changed = 0
    with open_context(config, progress=progress, lock_for="archive import") as context:
        for batch in in_batches(read_listing(file, extra_holidays=config.arxiv.holidays), IMPORT_STEP):
            with context.store.transaction() as tx:
                changed += tx.papers.put(batch)
            read += len(batch)
            progress(f"storing {file.name}", read, 0)
    return read, changed


def fetch_archive(
    config: Config, since: date, *, clock: Clock | None = None, progress: Progress = silent
) -> tuple[list[Backfilled], list[str]]:
    """Store older papers from arXiv (see :func:`triage.listing.backfill.backfill`); returns what came, and notices.

    Raises
    ------
    TriageError
        If the day is to come, or arXiv has no usable answer.
    """
    from triage.listing.arxiv import online
    from triage.listing.backfill import backfill

    clock = clock or SystemClock()
    if since > clock.now().date():
        raise TriageError(
            f"{since} is to come.", remedy="Name the first listing day to fetch: --since 2024-01-01."
        )
    with (
        open_context(config, clock=clock, progress=progress, lock_for="archive fetch") as context,
        online(context) as arxiv,
    ):
        return list(backfill(context, arxiv.oai, since)), context.notices


def init_folder(folder: Path) -> list[str]:
    """Write ``config.yaml`` and create the store; returns what was done, a line each.

    Raises
    ------
    ConfigError
        If the folder can't be written.
    """
    file = folder / FILE_NAME
    said = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # "x" never overwrites, whoever else writes at the same moment.
        with file.open("x", encoding="utf-8") as stream:
            stream.write(TEMPLATE.read_text(encoding="utf-8"))
        said.append(f"wrote {file}: name your notes and categories in it")
    except FileExistsError:
        said.append(f"kept {file}, which was there already")
    except OSError as error:
        raise ConfigError(f"{file} can't be written: {error.strerror}.") from error
    config = load_config(file)
    make_store_folder(config.store_folder)
    with Store(config.store_url):
        said.append(f"the store is at {config.store_folder}")
    said.append("next: triage learn, then triage run")
    return said
