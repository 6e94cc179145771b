"""What the daemon does when it is time, and what a failure means for the schedule."""

from __future__ import annotations

import errno
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date

from triage.clock import Clock
from triage.config.schema import Config
from triage.context import open_context
from triage.daemon.schedule import End
from triage.daemon.watcher import Changed
from triage.errors import BusyError
from triage.feedback.retrain import learn_changes
from triage.papers import Announcement, AnnouncementState
from triage.progress import Progress, event
from triage.run import DayReport, prepare, run
from triage.status import look

log = logging.getLogger(__name__)


class Jobs:
    """What the daemon does, each logged; tests do other things."""

    def run(self, config: Config, until: date, clock: Clock, progress: Progress) -> End:
        """Do all that is due up to a listing day."""
        with open_context(config, clock=clock, progress=progress, lock_for="run") as context:
            report = run(context, until=until)
            log_report(report)
            prepare(context, report)
            log_notices(context.notices[len(report.notices) :])
        status = look(config, clock.now())
        # What other processes think of a daemon that is at work does not concern itself.
        for sentence in replace(status, daemon_problem="").needs:
            event(log, "needs-you", logging.WARNING, what=sentence)
        return end_of(report.fetched, until, undelivered=status.undelivered)

    def learn(self, config: Config, changed: Changed, clock: Clock, progress: Progress) -> End:
        with (
            open_context(config, clock=clock, progress=progress, lock_for="daemon") as context,
            context.arxiv() as arxiv,
        ):
            synced, update = learn_changes(context, arxiv.quick_lookup)
            notices = tuple(context.notices)
        event(
            log,
            "changes-read",
            changed=str(changed.name).lower(),
            marks=len(synced.labels),
            undone=len(synced.undone),
            noted=update.notes.new_labels,
        )
        for problem in synced.problems:
            event(log, "not-understood", logging.WARNING, what=problem)
        log_notices(notices)
        if (training := update.training) is not None:
            name = "trained" if training.refused is None else "trained-no-better"
            event(log, name, reason=training.why, model=training.version)
        return End.DONE


def end_of(fetched: Collection[Announcement], newest: date, *, undelivered: Sequence[str] = ()) -> End:
    """Return what a finished run means for the schedule; `newest` is the newest day that was ready."""
    unfinished = {AnnouncementState.FAILED, AnnouncementState.DUE}
    left = {one.day for one in fetched if one.state in unfinished}
    if newest in left or undelivered:
        return End.UNFINISHED
    return End.OLDER_LEFT if left else End.DONE


def end_of_error(error: BaseException) -> End:
    if isinstance(error, BusyError):
        return End.BUSY
    return End.FULL if is_full_disk(error) else End.UNFINISHED


def is_full_disk(error: BaseException) -> bool:
    """Return whether an error, or its cause, is a full disk or an exceeded quota."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        # SQLite has no errno of its own for it.
        if "database or disk is full" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def log_report(report: DayReport) -> None:
    for one in report.fetched:
        doubtful = one.state is AnnouncementState.FAILED or one.reason
        event(log, "announcement", logging.WARNING if doubtful else logging.INFO, **asdict(one))
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
    for file, outcome in report.finished.items():
        event(log, "finished", file=file, outcome=outcome.value)
    for sent in report.delivered:
        event(log, "delivered", day=sent.digest, target=sent.target)
    log_notices((*report.synced.problems, *report.notices))


def log_notices(notices: Iterable[str]) -> None:
    for notice in notices:
        event(log, "notice", logging.WARNING, what=notice)
