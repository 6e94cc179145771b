"""What every command works with, opened once: configuration, store, models, clock, progress."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from triage.clock import Clock, SystemClock
from triage.config.schema import Config
from triage.config.values import Part
from triage.errors import StoreError
from triage.progress import Progress, silent
from triage.store.folder import make_store_folder
from triage.store.lock import work_lock
from triage.store.notices import new_notices
from triage.store.papers import StoredFeatures
from triage.store.store import Store

if TYPE_CHECKING:
    from triage.listing.arxiv import Arxiv
    from triage.listing.sources import PaperLookup
    from triage.ranker.registry import ModelRegistry


@dataclass(frozen=True, slots=True)
class Context:
    """What a command works with, open."""

    config: Config
    store: Store
    registry: ModelRegistry
    clock: Clock
    progress: Progress
    notices: list[str] = field(default_factory=list)
    """Sentences for the reader about what stopped nothing."""

    def warn(self, notice: str) -> None:
        self.notices.append(notice)

    def warn_once(self, topic: str, notices: Iterable[str]) -> None:
        """Add the notices that were not there when the topic was last shown."""
        with self.store.transaction() as tx:
            self.notices.extend(new_notices(tx, topic, {one: one for one in notices}))

    def feature_cache(self) -> StoredFeatures:
        """Return the cache of features of papers."""
        from triage.ranker.features import FEATURES_VERSION

        return self.store.features(FEATURES_VERSION)

    @contextmanager
    def arxiv(self) -> Iterator[Arxiv]:
        """Open the way to arXiv for the time of some work."""
        from triage.listing.arxiv import open_arxiv
        from triage.listing.categories import category_warnings

        doubts = category_warnings(self.config.categories)
        self.warn_once("categories", [f"categories: {doubt}" for doubt in doubts])
        with open_arxiv(self.config, self.store, self.clock, self.progress) as arxiv:
            yield arxiv

    def refresh_community(self, lookup: PaperLookup | None) -> None:
        """Fetch what other people picked since; without a look-up, offline, only files are read."""
        from triage.community.refresh import refresh_community

        refresh_community(self.config, self.store, self.clock, lookup, progress=self.progress, warn=self.warn)


@contextmanager
def open_context(
    config: Config, *, clock: Clock | None = None, progress: Progress = silent, lock_for: str = ""
) -> Iterator[Context]:
    """Open the store and the model registry; with ``lock_for``, hold the lock while they are open.

    Raises StoreError if the store can't be opened. Raises BusyError if another process is at work.
    """
    from triage.ranker.registry import ModelRegistry

    make_store_folder(config.store_folder)
    lock = work_lock(config.store_folder, lock_for) if lock_for else nullcontext()
    with lock, Store.of(config) as store:
        yield Context(
            config, store, ModelRegistry(config.store_folder / "models"), clock or SystemClock(), progress
        )


@contextmanager
def dry_run_copy(config: Config) -> Iterator[Config]:
    """Copy store, models and digests for a while; yields a configuration that uses the copies.

    The rate limit of requests to arXiv is not copied: a dry run keeps the same distance from the last one.

    Raises StoreError if the store is no SQLite file: other databases can't be copied in passing.
    """
    if config.store.url and not config.store.url.startswith("sqlite"):
        raise StoreError(
            "--dry-run works on a copy of the store, and store.url is no SQLite file.",
            remedy="Use 'triage rank', which writes nothing.",
        )
    with tempfile.TemporaryDirectory(prefix="triage-dry-run-") as name:
        folder = Path(name)
        with Store.of(config) as store:
            store.copy_to(folder / "triage.db")
        for copy, place in (("models", config.store_folder / "models"), ("digests", config.digest_folder)):
            if place.is_dir():
                shutil.copytree(place, folder / copy, symlinks=False)
        yield config.model_copy(
            update={
                "store": config.store.model_copy(update={"folder": str(folder), "url": ""}),
                "digest": config.digest.model_copy(update={"folder": str(folder / "digests")}),
                # A dry run is shown, not sent; a model's calls would not be counted.
                "deliver": Part(),
                "llm": config.llm.model_copy(update={"calls": 0}),
            }
        ).placed_in(config.folder, clock_folder=config.clock_folder)
