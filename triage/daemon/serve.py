"""Everything around the loop, opened and closed: log, lock, signals, alarms, watches, health page."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from triage import __version__
from triage.clock import Clock, SystemClock
from triage.config.load import load_config
from triage.config.schema import Config
from triage.daemon.alarms import ScheduledAlarms
from triage.daemon.changes import Changed, Stamp, Watch, Watched
from triage.daemon.health import Health, HealthServer
from triage.daemon.log import event, logging_to, secrets_of
from triage.daemon.loop import Inbox, Leave, Loop, Word
from triage.daemon.plan import Past
from triage.daemon.signals import Stopped, StopSwitch, handled
from triage.daemon.work import ContextWork, Work
from triage.errors import ConfigError
from triage.store.daemon_state import FOLDER, DaemonState, remove_daemon_state
from triage.store.folder import make_store_folder
from triage.store.lock import work_lock

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Life:
    """What stays when the configuration is read anew."""

    config_file: Path
    work: Work
    clock: Clock
    rng: random.Random
    seed: int
    state: DaemonState
    config_stamp: Stamp | None = None
    past: Past = field(default_factory=Past)
    switch: StopSwitch = field(default_factory=StopSwitch)
    inbox: Inbox = field(default_factory=Inbox)

    def handled(self) -> AbstractContextManager[None]:
        """Answer signals while inside."""
        return handled(
            self.switch,
            on_stop=lambda: self.inbox.put(Word.STOP),
            on_reload=lambda: self.inbox.put(Word.RELOAD),
            wake=lambda: self.inbox.put(None),
        )


def serve(
    config_file: Path,
    *,
    work: Work | None = None,
    clock: Clock | None = None,
    rng: random.Random | None = None,
) -> None:
    """Run by the announcement calendar until SIGTERM or SIGINT.

    Parameters
    ----------
    config_file : Path
        Read again on SIGHUP and when it changes; one that has become wrong is told and not used.
    work : Work, optional
        What to do when it is time; by default the day and learning.
    clock : Clock, optional
    rng : random.Random, optional
        For the jitter and for naming runs.

    Raises
    ------
    ConfigError
        If the configuration is wrong at the start.
    BusyError
        If another daemon is at work on the store.
    """
    clock = clock or SystemClock()
    rng = rng or random.Random()  # noqa: S311 -- jitter, no secret
    life = _Life(
        config_file.resolve(),
        work or ContextWork(),
        clock,
        rng,
        rng.getrandbits(32),
        DaemonState(started=clock.now()),
    )
    try:
        with life.handled():
            life.config_stamp = Stamp.of(life.config_file)
            config = load_config(life.config_file)
            while _live(config, life) is Leave.RELOAD:
                life.config_stamp = Stamp.of(life.config_file)
                before, config = config, _reloaded(config, life.config_file)
                if config.store_url != before.store_url:
                    life.past = Past()
                # Nobody watched for a moment, what had changed before is not acted on yet, and other
                # notes may be named now.
                life.inbox.put(Changed.NOTES | Changed.DIGESTS)
    except Stopped:
        # The signal came while something was opened or closed.
        pass


def _live(config: Config, life: _Life) -> Leave:
    """Serve one configuration."""
    with ExitStack() as stack:
        stack.enter_context(logging_to(style=config.daemon.log_format, secrets=secrets_of(config)))
        make_store_folder(config.store_folder)
        # A moment's patience: triage status may just be looking whether a daemon is here.
        stack.enter_context(work_lock(config.store_folder / FOLDER, "daemon", wait_seconds=1.0))
        event(log, "daemon-started", version=__version__, pid=os.getpid(), config=life.config_file)
        alarms = ScheduledAlarms(life.inbox.ring, life.seed)
        alarms.start()
        stack.callback(alarms.close)
        if config.daemon.health_port:
            stack.callback(_health_page(config, life))
        with suppress(OSError):
            # What is not there can't be watched; a run that can't make it says why.
            config.digest_folder.mkdir(parents=True, exist_ok=True)
        watch = Watch(Watched.by(config), life.inbox.put)
        stack.callback(watch.close)
        watch.start()
        loop = Loop(
            config,
            config_file=life.config_file,
            config_stamp=life.config_stamp,
            work=life.work,
            alarms=alarms,
            inbox=life.inbox,
            switch=life.switch,
            state=life.state,
            clock=life.clock,
            rng=life.rng,
            seed=life.seed,
            past=life.past,
        )
        leave = loop.run()
        life.past = loop.past
        remove_daemon_state(config.store_folder)
        event(log, "daemon-stopped" if leave is Leave.STOPPED else "configuration-read-again")
        return leave


def _health_page(config: Config, life: _Life) -> Callable[[], None]:
    """Open the health page; a port that is taken is told, and no reason to miss a day.  Returns its end."""
    try:
        server = HealthServer(Health(config, life.state, life.clock), config.daemon.health_port)
    except ConfigError as error:
        event(log, "no-health-page", logging.ERROR, reason=error.message, remedy=error.remedy)
        return lambda: None
    server.start()
    return server.close


def _reloaded(config: Config, config_file: Path) -> Config:
    """Return the configuration as it is now, or as it was if it has become wrong."""
    try:
        return load_config(config_file)
    except ConfigError as error:
        with logging_to(style=config.daemon.log_format, secrets=secrets_of(config)):
            event(
                log,
                "configuration-wrong",
                logging.ERROR,
                reason=error.message,
                remedy=error.remedy,
                consequence="the one before stays in use",
            )
        return config
