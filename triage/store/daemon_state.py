"""What the daemon does and plans, in a file beside its lock, for other processes to read."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, PlainSerializer

from triage.store.lock import is_held

FOLDER = "daemon"
"""In the store's: only daemons exclude each other by the lock in it, commands may use the store."""
FILE_NAME = "journal.json"

STUCK_AFTER = timedelta(hours=6)
"""A first run on a fresh store may take an hour or two at one request every three seconds."""
LATE_AFTER = timedelta(minutes=15)
"""A run begins within a minute of its time; a machine that sleeps shows no status."""


def _iso(time: datetime) -> str:
    return time.isoformat("T", "seconds")


Time = Annotated[AwareDatetime, PlainSerializer(_iso, when_used="json")]


class DaemonState(BaseModel):
    """A daemon as itself and other processes see it; all times UTC."""

    alive: bool = True
    """False: it ended without removing its file, so nobody stopped it."""
    pid: int = Field(default_factory=os.getpid)
    host: str = Field(default_factory=socket.gethostname)
    started: Time
    doing: str = ""
    """Empty while it waits."""
    doing_since: Time | None = None
    next_run: Time | None = None
    next_why: str = ""
    last_run: Time | None = None
    last_run_seconds: float = 0.0
    last_end: str = ""
    last_problem: str = ""
    """The error that ended the last run, without secrets."""
    runs: dict[str, int] = Field(default_factory=dict)
    """How many runs ended in each way."""
    learned: int = 0
    """How often changed notes or digests were read."""
    clock_changes: int = 0

    def write(self, store_folder: Path) -> None:
        """Write the file that :func:`read_daemon_state` reads, atomically.

        Raises OSError if the store's disk is full, or gone: the daemon's lock has made the folder, and it is
        not made again.
        """
        file = store_folder / FOLDER / FILE_NAME
        scratch = file.with_suffix(".new")
        scratch.write_text(self.model_dump_json() + "\n", encoding="utf-8")
        scratch.replace(file)

    def problem(self, now: datetime, *, work_is_left: bool) -> str:
        """Return what is wrong with the daemon, in a sentence, or an empty string.

        Without work that is left (due, or failed) nobody misses a daemon that is gone.
        """
        who = f"process {self.pid} on {self.host}"
        if not self.alive:
            gone = f"the daemon ({who}) is gone, and nobody stopped it: start it again, or triage run"
            return gone if work_is_left else ""
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


def read_daemon_state(store_folder: Path) -> DaemonState | None:
    """Return the daemon of a store, the one that runs or the one that died; None if there is neither."""
    folder = store_folder / FOLDER
    try:
        state = DaemonState.model_validate_json((folder / FILE_NAME).read_bytes(), strict=True)
        state.alive = is_held(folder)
    except (OSError, ValueError):
        # A daemon of another version, or one that ran when the disk was full: nothing is known of it.
        return None
    return state


def remove_daemon_state(store_folder: Path) -> None:
    with suppress(OSError):
        (store_folder / FOLDER / FILE_NAME).unlink(missing_ok=True)
