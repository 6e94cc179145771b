"""Everything around the daemon, opened and closed: log, lock, signals, watcher, health page."""

from __future__ import annotations

import logging
import os
import random
from contextlib import ExitStack, suppress
from pathlib import Path

from triage import __version__
from triage.clock import Clock, SystemClock
from triage.config.schema import Config
from triage.daemon.daemon import Daemon
from triage.daemon.health import Health, health_page
from triage.daemon.jobs import Jobs, TriageJobs
from triage.daemon.log import event, logging_to, secrets_of
from triage.daemon.schedule import LastRun
from triage.daemon.signals import Stopped
from triage.daemon.watcher import Changed, Watcher
from triage.errors import ConfigError
from triage.store.daemon_state import FOLDER, remove_daemon_state
from triage.store.folder import make_store_folder
from triage.store.lock import work_lock

log = logging.getLogger(__name__)


def serve(config_file: Path, jobs: Jobs | None = None) -> None:
    """Run by the announcement calendar until SIGTERM or SIGINT.

    Parameters
    ----------
    config_file : Path
        Read again on SIGHUP and when it changes; if it has become wrong, the old one is kept.
    jobs : Jobs, optional
        What to do when it is time; by default the day and learning.

    Raises
    ------
    ConfigError
        If the configuration is wrong at the start.
    BusyError
        If another daemon is at work on the store.
    """
    clock: Clock = SystemClock()
    rng = random.Random()  # noqa: S311 -- jitter, no secret
    daemon = Daemon(config_file.resolve(), jobs or TriageJobs(), clock, rng)
    # A signal may come while something is opened or closed.
    with suppress(Stopped), daemon.signals.handled():
        config = daemon.load_config()
        while True:
            _serve(daemon, config, clock)
            if daemon.signals.stop:
                break
            store_before, config = config.store_url, _reloaded(daemon, config)
            if config.store_url != store_before:
                daemon.last_run = LastRun()
            # Nobody watched for a moment, earlier changes may not have been read yet, and other notes
            # may be named now.
            daemon.wakeups.put(Changed.NOTES | Changed.DIGESTS)


def _serve(daemon: Daemon, config: Config, clock: Clock) -> None:
    """Serve one configuration."""
    with ExitStack() as stack:
        stack.enter_context(logging_to(style=config.daemon.log_format, secrets=secrets_of(config)))
        make_store_folder(config.store_folder)
        # Waits a moment: triage status may just be checking whether a daemon is here.
        stack.enter_context(work_lock(config.store_folder / FOLDER, "daemon", wait_seconds=1.0))
        event(log, "daemon-started", version=__version__, pid=os.getpid(), config=daemon.config_file)
        if config.daemon.health_port:
            try:
                health = Health(config, daemon.state, clock)
                stack.enter_context(health_page(health, config.daemon.health_port))
            except ConfigError as error:
                # No reason to miss a day.
                event(log, "no-health-page", logging.ERROR, reason=error.message, remedy=error.remedy)
        with suppress(OSError):
            # What does not exist can't be watched; a run that can't make it says why.
            config.digest_folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(Watcher(config, daemon.wakeups.put))
        daemon.run(config)
        remove_daemon_state(config.store_folder)
        event(log, "daemon-stopped" if daemon.signals.stop else "configuration-read-again")


def _reloaded(daemon: Daemon, config: Config) -> Config:
    """Return the configuration as it is now, or as it was if it has become wrong."""
    try:
        return daemon.load_config()
    except ConfigError as error:
        with logging_to(style=config.daemon.log_format, secrets=secrets_of(config)):
            event(
                log,
                "configuration-wrong",
                logging.ERROR,
                reason=error.message,
                remedy=error.remedy,
                consequence="the old configuration is kept",
            )
        return config
