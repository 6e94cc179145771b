"""Watches the reader's notes and digests."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from enum import Flag
from pathlib import Path

from triage.config.schema import Config
from triage.progress import event

log = logging.getLogger(__name__)


class Changed(Flag):
    """What a changed file belongs to; both when digests are among the notes."""

    NOTHING = 0
    NOTES = 1
    DIGESTS = 2


class Watcher:
    """Reports changed notes and digests, from threads of its own, while it is entered."""

    def __init__(self, config: Config, report: Callable[[Changed], object]) -> None:
        # The watch reports absolute paths without links.
        self._notes = tuple(path.resolve() for path in config.note_paths)
        self._digests = config.digest_folder.resolve()
        self._store = config.store_folder.resolve()
        self._report = report
        self._stop = threading.Event()
        roots = {root for root in (*self._notes, self._digests) if root.is_dir()}
        folders = sorted(root for root in roots if roots.isdisjoint(root.parents))
        # A file that is saved by renaming can't be watched itself.
        file_folders = sorted({root.parent for root in self._notes if root.is_file()})
        self._threads = [
            threading.Thread(target=self._watch, args=(paths, recursive), name="triage-watch", daemon=True)
            for paths, recursive in ((folders, True), (file_folders, False))
            if paths
        ]

    def __enter__(self) -> Watcher:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2)

    def what(self, path: Path) -> Changed:
        """Return what a changed file belongs to: nothing if it is in the store's own folder."""
        if path.is_relative_to(self._store):
            return Changed.NOTHING
        changed = Changed.NOTHING
        if any(_is_visible(path, root) for root in self._notes):
            changed |= Changed.NOTES
        if _is_visible(path, self._digests):
            changed |= Changed.DIGESTS
        return changed

    def _watch(self, folders: list[Path], recursive: bool) -> None:
        from watchfiles import DefaultFilter, watch

        default = DefaultFilter()
        try:
            for changes in watch(
                *folders,
                watch_filter=lambda kind, name: default(kind, name) and bool(self.what(Path(name))),
                stop_event=self._stop,
                rust_timeout=500,
                recursive=recursive,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                changed = Changed.NOTHING
                for _, name in changes:
                    changed |= self.what(Path(name))
                self._report(changed)
        except (OSError, RuntimeError) as error:
            # Mostly the system's limit on watches.  Runs and daily checks read notes and digests anyway.
            event(
                log,
                "watching-failed",
                logging.WARNING,
                folders=[str(folder) for folder in folders],
                reason=str(error),
                consequence="changes are seen at the next run",
            )


def _is_visible(path: Path, root: Path) -> bool:
    """Names that begin with a dot are those of editors and sync programs."""
    return path.is_relative_to(root) and not any(
        part.startswith(".") for part in path.relative_to(root).parts
    )
