"""What the daemon does when it is time, through the rooms; and what a failure means for the plan."""

from __future__ import annotations

import errno
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Protocol

from triage.clock import Clock
from triage.config.schema import Config
from triage.daemon.changes import Changed
from triage.daemon.log import event
from triage.daemon.plan import End
from triage.errors import BusyError
from triage.papers import Announcement, AnnouncementState
from triage.progress import Progress

if TYPE_CHECKING:
    from triage.run import DayReport
    from triage.status import Status

log = logging.getLogger(__name__)


class Work(Protocol):
    """What the daemon can be told to do."""

    def run(self, config: Config, until: date, clock: Clock, progress: Progress) -> End:
        """Do all that is due up to a listing day."""
        ...

    def learn(self, config: Config, changed: Changed, clock: Clock, progress: Progress) -> None:
        """Read what the reader changed, and train if it says something new."""
        ...


@dataclass(frozen=True, slots=True)
class ContextWork:
    """The real work."""

    def run(self, config: Config, until: date, clock: Clock, progress: Progress) -> End:
        """Do all that is due up to a listing day, and tell what came of it."""
        from triage.cli.work import run_day
        from triage.status import look

        report = run_day(config, until=until, clock=clock, progress=progress)
        tell(report)
        status = look(config, clock.now())
        # What another process may think of the daemon that is just at work is no news to itself.
        tell_needs(replace(status, daemon_problem=""))
        return end_of(report.fetched, until, undelivered=status.undelivered)

    def learn(self, config: Config, changed: Changed, clock: Clock, progress: Progress) -> None:
        """Read marks and notes, and train if they say something new."""
        from triage.context import open_context
        from triage.feedback.sync import sync
        from triage.listing.arxiv import online
        from triage.training.learn import gather, needs_training, train_on_all

        with open_context(config, clock=clock, progress=progress, lock_for="daemon") as context:
            synced = sync(config, context.store, clock.now())
            with online(context) as arxiv:
                gathered = gather(config, context.store, arxiv=arxiv.lookup, clock=clock, progress=progress)
            event(
                log,
                "changes-read",
                changed=str(changed.name).lower(),
                marks=len(synced.labels),
                taken_back=len(synced.undone),
                noted=gathered.new_labels,
            )
            for problem in synced.problems:
                event(log, "not-understood", logging.WARNING, what=problem)
            # No listing day is ranked now, so only new labels ask for a new model.
            reason = needs_training(context.store, context.registry, date.max)
            if reason:
                trained = train_on_all(config, context.store, context.registry, gathered, progress=progress)
                event(
                    log,
                    "trained" if trained.refused is None else "trained-no-better",
                    reason=reason,
                    model=trained.version,
                )


def end_of(fetched: Collection[Announcement], newest: date, *, undelivered: Sequence[str] = ()) -> End:
    """Return what a run that came to its end means for the plan.

    Parameters
    ----------
    fetched : collection of Announcement
        In the state each ended in.
    newest : date
        The newest listing day that was ready.
    undelivered : sequence of str
        Deliveries that failed.
    """
    unfinished = {AnnouncementState.FAILED, AnnouncementState.DUE}
    left = {one.day for one in fetched if one.state in unfinished}
    if newest in left or undelivered:
        return End.UNFINISHED
    return End.OLDER_LEFT if left else End.DONE


def end_of_error(error: BaseException) -> End:
    """Return what an error means for the plan."""
    if isinstance(error, BusyError):
        return End.BUSY
    return End.FULL if is_full_disk(error) else End.UNFINISHED


def is_full_disk(error: BaseException) -> bool:
    """Return whether an error, or what led to it, is a full disk or an exceeded quota."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        # SQLite has no errno of its own for it.
        if "database or disk is full" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def tell(report: DayReport) -> None:
    """Log what a run did, an event each."""
    for one in report.fetched:
        failed = one.state is AnnouncementState.FAILED
        event(
            log,
            "announcement",
            logging.WARNING if failed or one.reason else logging.INFO,
            day=one.day,
            state=one.state.value,
            new=one.new,
            cross=one.cross,
            replaced=one.replaced,
            source=one.source,
            reason=one.reason,
        )
    if report.synced.labels:
        event(log, "marks-read", marks=len(report.synced.labels))
    if report.trained:
        event(log, "trained", reason=report.trained, model=report.model)
    for made in report.digests:
        event(
            log,
            "digest",
            day=made.day,
            outcome=made.outcome.value,
            announcements=len(made.covers),
            papers=made.total,
            picks=len(made.choice.picks),
            file=made.file,
        )
    for problem in (*report.synced.problems, *report.notices):
        event(log, "notice", logging.WARNING, what=problem)


def tell_needs(status: Status) -> None:
    """Log what needs the reader."""
    for sentence in status.needs:
        event(log, "needs-you", logging.WARNING, what=sentence)
