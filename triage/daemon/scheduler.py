"""APScheduler in the thread that starts it."""

from __future__ import annotations

import math
import queue
from datetime import UTC

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler

from triage.daemon.watcher import Changed

Wakeups = queue.SimpleQueue[Changed | None]
"""What ends a wait: files that changed, or None for a signal or a new job.

A signal handler may put to a SimpleQueue while the same thread waits in it; an Event would deadlock.
"""


class MainThreadScheduler(BaseScheduler):  # type: ignore[misc]  # APScheduler 3 has no types
    """Runs its jobs one at a time in the thread that calls :meth:`run_due`, which signals can reach.

    A late job is never too late (no misfire limit: a laptop opened at noon still wants its digest),
    and many missed times are one run.
    """

    def __init__(self, wakeups: Wakeups) -> None:
        super().__init__(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"coalesce": True, "misfire_grace_time": None},
        )
        self._wakeups = wakeups
        self._bug: Exception | None = None
        self.add_listener(self._keep_bug, EVENT_JOB_ERROR)

    def run_due(self) -> float:
        """Run what is due; returns the seconds until the next job, by the clock as it is now."""
        seconds = self._process_jobs()
        if self._bug is not None:
            # A job explains what may fail in it; what gets out would come back at once, for ever.
            raise self._bug
        return math.inf if seconds is None else float(seconds)

    def _keep_bug(self, failed: JobExecutionEvent) -> None:
        self._bug = failed.exception

    def wakeup(self) -> None:
        """End the wait, because a job was added or changed."""
        self._wakeups.put(None)

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
