"""What the daemon does and plans: kept by it, and told to other processes in a file beside its lock."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from triage.daemon.plan import End
from triage.store.lock import is_held

FOLDER = "daemon"
"""In the store's: only daemons exclude each other by the lock in it, commands may use the store."""
FILE_NAME = "journal.json"

STUCK_AFTER = timedelta(hours=6)
"""A first run on a fresh store may take an hour or two at one request every three seconds."""
LATE_AFTER = timedelta(minutes=15)
"""A run begins within a minute of its time; a machine that sleeps shows no status."""


@dataclass(slots=True)
class Journal:
    """What others may know of the daemon, without asking it."""

    started: datetime
    doing: str = ""
    """Empty while it waits."""
    doing_since: datetime | None = None
    next_run: datetime | None = None
    next_why: str = ""
    last_end: End | None = None
    last_problem: str = ""
    """What ended the last run before its end, without secrets."""
    last_run: datetime | None = None
    last_run_seconds: float = 0.0
    runs: dict[End, int] = field(default_factory=lambda: dict.fromkeys(End, 0))
    learned: int = 0
    clock_changes: int = 0

    def seen(self) -> DaemonSeen:
        """Return what others may see of it, from inside the daemon."""
        return DaemonSeen(
            alive=True,
            pid=os.getpid(),
            host=socket.gethostname(),
            started=self.started,
            doing=self.doing,
            doing_since=self.doing_since,
            next_run=self.next_run,
            next_why=self.next_why,
            last_run=self.last_run,
            last_end=self.last_end.value if self.last_end else "",
            last_problem=self.last_problem,
        )

    def write(self, store_folder: Path) -> None:
        """Leave it where :func:`last_daemon` finds it, as a whole.

        Raises
        ------
        OSError
            If the store's disk is full, or gone: the folder, which the daemon's lock has made, is
            not made anew.
        """
        file = store_folder / FOLDER / FILE_NAME
        scratch = file.with_suffix(".new")
        try:
            scratch.write_text(json.dumps(self.seen().to_record()) + "\n", encoding="utf-8")
            scratch.replace(file)
        except OSError:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)
            raise


@dataclass(frozen=True, slots=True)
class DaemonSeen:
    """A daemon as another process sees it; all times UTC."""

    alive: bool
    """False: it ended without taking its journal away, so nobody told it to stop."""
    pid: int
    host: str
    started: datetime
    doing: str
    doing_since: datetime | None
    next_run: datetime | None
    next_why: str
    last_run: datetime | None
    last_end: str
    last_problem: str

    def to_record(self) -> dict[str, Any]:
        """Return it with times as text, for JSON."""
        return {
            name: _iso(value) if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    def problem(self, now: datetime, *, work_is_left: bool) -> str:
        """Return what is wrong with it, in a sentence, or an empty string.

        Parameters
        ----------
        now : datetime
            Aware.
        work_is_left : bool
            Whether something is due or has failed; without that nobody misses a daemon that is gone.
        """
        who = f"process {self.pid} on {self.host}"
        if not self.alive:
            told = f"the daemon ({who}) is gone, and nobody stopped it: start it again, or triage run"
            return told if work_is_left else ""
        if self.doing:
            if self.doing_since is not None and now - self.doing_since > STUCK_AFTER:
                return (
                    f"the daemon's {self.doing} has been going on since {_iso(self.doing_since)}: "
                    f"look at its log, and restart it ({who})"
                )
        elif self.last_problem:
            return f"the daemon's last run failed: {self.last_problem}"
        elif self.next_run is not None and now - self.next_run > LATE_AFTER:
            return f"the daemon has not run at {_iso(self.next_run)} as planned: restart it ({who})"
        return ""


def take_away(store_folder: Path) -> None:
    """Remove the journal of a daemon that stops because it was told to."""
    with suppress(OSError):
        (store_folder / FOLDER / FILE_NAME).unlink(missing_ok=True)


def last_daemon(store_folder: Path) -> DaemonSeen | None:
    """Return the daemon of a store, the one that runs or the one that died; None if there is neither."""
    folder = store_folder / FOLDER
    try:
        told = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return DaemonSeen(
            alive=is_held(folder),
            pid=int(told["pid"]),
            host=str(told["host"]),
            started=datetime.fromisoformat(told["started"]),
            doing=str(told["doing"]),
            doing_since=_time(told["doing_since"]),
            next_run=_time(told["next_run"]),
            next_why=str(told["next_why"]),
            last_run=_time(told["last_run"]),
            last_end=str(told["last_end"]),
            last_problem=str(told["last_problem"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        # A daemon of another version, or one that ran when the disk was full: nothing can be told of it.
        return None


def _iso(time: datetime | None) -> str | None:
    return time.isoformat("T", "seconds") if time else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
