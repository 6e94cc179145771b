"""A daemon in a process of its own: ``python -m tests.daemon.process CONFIG JOBS``."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from triage.clock import Clock
from triage.config.schema import Config
from triage.context import open_context
from triage.daemon import schedule
from triage.daemon.jobs import Jobs
from triage.daemon.schedule import End
from triage.daemon.serve import serve
from triage.daemon.watcher import Changed
from triage.errors import TriageError
from triage.papers import ArxivId, Paper
from triage.progress import Progress, event
from triage.store.lock import work_lock

log = logging.getLogger(__name__)


@dataclass
class Idle(Jobs):
    """Nothing to do; logs what it is to learn."""

    def run(self, config: Config, until: date, clock: Clock, progress: Progress) -> End:
        with work_lock(config.store_folder, "run"):
            return End.DONE

    def learn(self, config: Config, changed: Changed, clock: Clock, progress: Progress) -> End:
        event(log, "learned", changed=str(changed.name).lower())
        return End.DONE


@dataclass
class MiddleOfATransaction(Idle):
    """One transaction done, and for ever in the middle of the next."""

    def run(self, config: Config, until: date, clock: Clock, progress: Progress) -> End:
        with open_context(config, clock=clock, lock_for="run") as context:
            with context.store.transaction() as tx:
                tx.papers.put([Paper(ArxivId("2401.00001"), "Done")])
            with context.store.transaction() as tx:
                tx.papers.put([Paper(ArxivId("2401.00002"), "Not done")])
                event(log, "in-the-middle")
                self.wait(clock, progress)
        return End.DONE

    def wait(self, clock: Clock, progress: Progress) -> None:
        clock.sleep(600)


class Finalised:
    """An object whose finaliser is where the signal finds us: Python drops what is raised there."""

    def __del__(self) -> None:
        event(log, "in-a-finaliser")
        sys.stdin.readline()


@dataclass
class InAFinaliser(MiddleOfATransaction):
    """The signal comes where no exception gets out; the progress sees it."""

    def wait(self, clock: Clock, progress: Progress) -> None:
        Finalised()
        while True:
            progress("waiting", 0, 0)


@dataclass
class InAnotherThread(MiddleOfATransaction):
    """The signal reaches another thread, so the main thread's wait is not interrupted by it."""

    def wait(self, clock: Clock, progress: Progress) -> None:
        def signal_itself() -> None:
            time.sleep(0.2)  # the main thread is asleep by then
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

        threading.Thread(target=signal_itself).start()
        clock.sleep(600)


JOBS: dict[str, Jobs] = {
    "idle": Idle(),
    "hasty": Idle(),
    "transaction": MiddleOfATransaction(),
    "finaliser": InAFinaliser(),
    "elsewhere": InAnotherThread(),
    "triage": Jobs(),
}

if __name__ == "__main__":
    if sys.argv[2] == "hasty":
        # What the reader changes is learned from at once.
        schedule.SETTLE_TIME = timedelta(0)
    try:
        serve(Path(sys.argv[1]), JOBS[sys.argv[2]])
    except TriageError as error:
        sys.exit(str(error))
