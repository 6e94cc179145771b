"""What the reader changes while the daemon runs: notes and digests, watched; the configuration, looked at.

Editors save in many ways (in place, by a new file and a rename, every few seconds), so a change is
acted on only when it has been quiet for a while.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Flag
from pathlib import Path

from triage.config.schema import Config
from triage.daemon.log import event

log = logging.getLogger(__name__)

QUIET = timedelta(minutes=1)
"""Nothing changed for so long: the reader has stopped writing."""
PATIENCE = timedelta(minutes=15)
"""After so long a change is acted on, even if the reader still writes."""


class Changed(Flag):
    """What a changed file belongs to; both when digests live among the notes."""

    NOTHING = 0
    NOTES = 1
    DIGESTS = 2


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Changes that have not been acted on."""

    what: Changed
    first: datetime
    last: datetime

    def and_also(self, what: Changed, now: datetime) -> Unsettled:
        """Return the same with one more change."""
        return Unsettled(self.what | what, self.first, now)

    @property
    def settled_at(self) -> datetime:
        """When to act, if nothing else changes."""
        return min(self.last + QUIET, self.first + PATIENCE)


@dataclass(frozen=True, slots=True)
class Watched:
    """What to watch, as absolute paths without links."""

    notes: tuple[Path, ...]
    """Files and folders."""
    digests: Path
    ignored: tuple[Path, ...]
    """triage's own folder, wherever it lies."""

    @classmethod
    def by(cls, config: Config) -> Watched:
        """Return what a configuration says to watch."""
        return cls(
            notes=tuple(path.resolve() for path in config.note_paths),
            digests=config.digest_folder.resolve(),
            ignored=(config.store_folder.resolve(),),
        )

    def what(self, path: Path) -> Changed:
        """Return what a changed file belongs to.

        Files and folders whose names begin with a dot are editors' and sync programs' own business.
        """
        if any(path.is_relative_to(folder) for folder in self.ignored):
            return Changed.NOTHING
        changed = Changed.NOTHING
        if any(_in_sight(path, root) for root in self.notes):
            changed |= Changed.NOTES
        if _in_sight(path, self.digests):
            changed |= Changed.DIGESTS
        return changed

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders to watch with all that is in them, none inside another; those that exist."""
        folders = {root for root in (*self.notes, self.digests) if root.is_dir()}
        return tuple(sorted(one for one in folders if not any(other in folders for other in one.parents)))

    @property
    def file_folders(self) -> tuple[Path, ...]:
        """The folders of single files: a file that is saved by renaming can't be watched itself."""
        return tuple(sorted({root.parent for root in self.notes if root.is_file()}))


def _in_sight(path: Path, root: Path) -> bool:
    return path.is_relative_to(root) and not any(
        part.startswith(".") for part in path.relative_to(root).parts
    )


class Watch:
    """Tells of changes from threads of its own, until it is closed.

    Parameters
    ----------
    watched : Watched
    tell : callable
        Called with what changed, from another thread.
    """

    def __init__(self, watched: Watched, tell: Callable[[Changed], object]) -> None:
        self._watched = watched
        self._tell = tell
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._watch, args=(folders, deep), name="triage-watch", daemon=True)
            for folders, deep in ((watched.folders, True), (watched.file_folders, False))
            if folders
        ]

    def start(self) -> None:
        """Begin to watch."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop watching; changes after this are not told."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2)

    def _watch(self, folders: tuple[Path, ...], deep: bool) -> None:
        from watchfiles import DefaultFilter, watch

        known_noise = DefaultFilter()
        try:
            for changes in watch(
                *folders,
                watch_filter=lambda kind, name: (
                    known_noise(kind, name) and bool(self._watched.what(Path(name)))
                ),
                stop_event=self._stop,
                rust_timeout=500,
                recursive=deep,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                what = Changed.NOTHING
                for _, name in changes:
                    what |= self._watched.what(Path(name))
                self._tell(what)
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


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one content of a file from another without reading it; None: there is no file."""

    inode: int
    size: int
    changed_ns: int

    @classmethod
    def of(cls, file: Path) -> Stamp | None:
        """Look at a file."""
        try:
            seen = file.stat()
        except OSError:
            return None
        return cls(seen.st_ino, seen.st_size, seen.st_mtime_ns)
