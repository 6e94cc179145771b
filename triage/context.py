"""What every command works with, opened once: configuration, store, models, clock, progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.clock import Clock, SystemClock
from triage.config.schema import Config
from triage.progress import Progress, silent
from triage.store.folder import make_store_folder
from triage.store.lock import work_lock
from triage.store.store import Store

if TYPE_CHECKING:
    from triage.ranker.registry import ModelRegistry


@dataclass(frozen=True, slots=True)
class Context:
    """The rooms that a day walks through, open."""

    config: Config
    store: Store
    registry: ModelRegistry
    clock: Clock
    progress: Progress
    notices: list[str] = field(default_factory=list)
    """What the reader should hear of, though it stopped nothing."""

    def warn(self, notice: str) -> None:
        """Note something that the reader should hear of."""
        self.notices.append(notice)


@contextmanager
def open_context(
    config: Config, *, clock: Clock | None = None, progress: Progress = silent, lock_for: str = ""
) -> Iterator[Context]:
    """Open the store and the shelf; with ``lock_for``, hold the lock while they are open.

    Raises
    ------
    StoreError
        If the store can't be opened.
    BusyError
        If another process is at work.
    """
    from triage.ranker.registry import ModelRegistry

    make_store_folder(config.store_folder)
    lock = work_lock(config.store_folder, lock_for) if lock_for else nullcontext()
    with lock, Store(config.store_url) as store:
        yield Context(
            config, store, ModelRegistry(config.store_folder / "models"), clock or SystemClock(), progress
        )
