"""Everything around the daemon, opened and closed: log, lock, signals, watcher, health page."""

from __future__ import annotations

import logging
import os
import secrets
from contextlib import ExitStack, suppress
from pathlib import Path

from triage import __version__
from triage.clock import SystemClock
from triage.config.schema import Config
from triage.daemon.daemon import Daemon
from triage.daemon.health import Health, health_page
from triage.daemon.jobs import Jobs
from triage.daemon.log import error_event, logging_to, secrets_of
from triage.daemon.schedule import LastRun
from triage.daemon.signals import Stopped
from triage.daemon.watcher import Changed, Watcher
from triage.errors import ConfigError
from triage.progress import event
from triage.store.daemon_state import FOLDER, remove_daemon_state
from triage.store.folder import make_store_folder
from triage.store.lock import work_lock

log = logging.getLogger(__name__)


def serve(config_file: Path, jobs: Jobs | None = None) -> None:
    """Run by the announcement calendar until SIGTERM or SIGINT.

    Raises ConfigError if the configuration is wrong at the start. Raises BusyError if another daemon is at
    work on the store.
    """
    daemon = Daemon(config_file.resolve(), jobs or Jobs(), SystemClock(), secrets.randbits(32))
    # A signal may come while something is opened or closed.
    with suppress(Stopped), daemon.signals.handled():
        config = daemon.load_config()
        while not daemon.signals.stop:
            store_before, config = config.store_url, _serve(daemon, config)
            if config.store_url != store_before:
                daemon.trigger.last_run = LastRun()
            # Nobody watched for a moment, earlier changes may not have been read yet, and other notes
            # may be named now.
            daemon.wakeups.put(Changed.NOTES | Changed.DIGESTS)


def _serve(daemon: Daemon, config: Config) -> Config:
    """Serve one configuration; returns the next, which is the same if the file has become wrong."""
    with ExitStack() as stack:
        stack.enter_context(logging_to(style=config.daemon.log_format, secrets=secrets_of(config)))
        make_store_folder(config.store_folder)
        # Waits a moment: triage status may just be checking whether a daemon is here.
        stack.enter_context(work_lock(config.store_folder / FOLDER, "daemon", wait_seconds=1.0))
        event(log, "daemon-started", version=__version__, pid=os.getpid(), config=daemon.config_file)
        try:
            if config.daemon.health_port:
                health = Health(config, daemon.state, daemon.clock)
                stack.enter_context(health_page(health, config.daemon.health_port))
        except ConfigError as error:
            # No reason to miss a day.
            error_event(log, "no-health-page", error)
        with suppress(OSError):
            # What does not exist can't be watched; a run that can't make it says why.
            config.digest_folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(Watcher(config, daemon.wakeups.put))
        daemon.run(config)
        remove_daemon_state(config.store_folder)
        if daemon.signals.stop:
            event(log, "daemon-stopped")
            return config
        try:
            config = daemon.load_config()
            event(log, "configuration-read-again")
        except ConfigError as error:
            error_event(log, "configuration-wrong", error, consequence="the old configuration is kept")
        return config
