"""How things stand: what is done, due and failed; model, labels, store."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from triage.config.schema import Config
from triage.context import open_context
from triage.deliver.decide import MAY_HAVE_ARRIVED, undelivered
from triage.deliver.delivery import target_names
from triage.errors import ModelError, StoreError
from triage.feedback.annotations import read_annotations
from triage.listing.calendar import EASTERN, due_days, latest_listing_day, next_announcement, unlisted_years
from triage.listing.categories import doubts_about_categories
from triage.listing.request_counts import RequestCounts, read_request_counts
from triage.papers import WHOLE, Announcement, AnnouncementState
from triage.ranker.manifest import Manifest
from triage.store.daemon_state import DaemonState, read_daemon_state
from triage.store.digests import Delivery
from triage.training.notes import missing_notes
from triage.training.origin import trained_on

LATE_AFTER = timedelta(hours=30)
"""arXiv's announcements can be hours late, and a run may be a daily one: only then is it overdue."""

RECENT = timedelta(days=14)
"""What is older than this is not told again."""

LOOKING_AHEAD = timedelta(days=14)
"""So long before a year begins it is said that its holidays are not known."""

LOW_DISK_BYTES = 200_000_000
FULL_DISK_BYTES = 5_000_000
"""With less, SQLite may not even open a store to read it, and calls that an I/O error."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a reader wants to know of their triage."""

    at: datetime
    """When it was looked at."""
    last_good: Announcement | None
    """The newest with its listing: complete, or recovered later."""
    last_done: date | None
    """The newest listing day that is complete, recovered, or empty by the calendar."""
    last_digest: date | None
    due: tuple[date, ...]
    """Listing days announced and not done."""
    overdue: bool
    failed: tuple[Announcement, ...]
    suspicious: tuple[Announcement, ...]
    """Done, but with a reason to doubt that they are whole; of the last two weeks."""
    waiting: tuple[date, ...]
    """Stored announcements without a digest."""
    waiting_long: bool
    next_announcement: datetime
    """UTC."""
    daemon: DaemonState | None
    """None when triage is run by cron or by hand."""
    daemon_problem: str
    model: str
    manifest: Manifest | None
    model_problem: str
    model_made: datetime | None
    """UTC, by the date of its manifest."""
    labels_since: int | None
    """Entries of the label log that the model has not learned from; None when that is not known."""
    asked: RequestCounts
    """What was asked of arXiv today (US Eastern) and in all."""
    papers: int
    labels: dict[str, int]
    """How many papers are held relevant, irrelevant and read."""
    labels_not_stored: int
    """How many labelled papers the store does not have, so that no model has learned from them."""
    store: str
    store_bytes: int | None
    disk_free_bytes: int
    store_errors: tuple[str, ...]
    undelivered: tuple[str, ...]
    missing_notes: tuple[str, ...]
    """Places of notes that can't be read now, a sentence each; of a model in use."""
    misread: tuple[str, ...]
    """What is not understood in digests as they were read last, with file and line."""
    worth_knowing: tuple[str, ...]
    """Sentences for the reader, though triage can go on without them."""

    @property
    def needs(self) -> tuple[str, ...]:
        """What needs the reader, a sentence each; empty when all is well."""
        said = [
            f"{_announcements(days)} failed: {reason or 'nobody knows why'}; the next run asks again"
            for reason, days in _by_reason(self.failed).items()
        ]
        if self.model_problem:
            said.append(self.model_problem)
        elif not self.model:
            said.append("there is no model yet: triage learn")
        if self.overdue:
            are = "announcement is" if len(self.due) == 1 else "announcements are"
            said.append(f"{len(self.due)} {are} waiting since {self.due[0]}: triage run")
        if self.waiting_long:
            have = "announcement has" if len(self.waiting) == 1 else "announcements have"
            said.append(f"{len(self.waiting)} {have} no digest, since {self.waiting[0]}: triage run")
        said += [f"the store is damaged: {error}" for error in self.store_errors]
        said += [f"not delivered: {one}" for one in self.undelivered]
        said += [f"{one}: mount it, or correct notes.paths" for one in self.missing_notes]
        said += [f"not understood: {one}" for one in self.misread]
        if self.daemon_problem:
            said.append(self.daemon_problem)
        if self.disk_free_bytes < LOW_DISK_BYTES:
            said.append(f"the disk is nearly full: {self.disk_free_bytes // 1_000_000} MB are free")
        return tuple(said)


def look(config: Config, now: datetime, *, daemon: DaemonState | None = None) -> Status:
    """Gather how things stand at a time; changes nothing.

    Parameters
    ----------
    daemon : DaemonState, optional
        The daemon that asks, about itself; by default the one that has left its journal in the store.

    Raises
    ------
    StoreError
        If the store can't be read, or the disk is so full that nothing of it can.
    """
    try:
        return _looked(config, now, daemon or read_daemon_state(config.store_folder))
    except StoreError as error:
        free = _free_bytes(config)
        if free >= FULL_DISK_BYTES:
            raise
        raise StoreError(
            f"the disk is full: {free // 1_000_000} MB are free, and {error.message}",
            remedy="Make room; what is stored is kept.",
        ) from error


def _looked(config: Config, now: datetime, daemon: DaemonState | None) -> Status:
    with open_context(config) as context:
        with context.store.reading() as tx:
            announcements = tx.announcements.all()
            last_done = tx.announcements.last_done()
            waiting = tuple(one.day for one in tx.announcements.undigested())
            digests = tx.digests.all()
            held = tx.labels.current_labels()
            unknown = len(held) - len(tx.papers.get(held))
            current_labels = list(held.values())
            papers = tx.papers.count()
            deliveries = tx.digests.deliveries()
            asked = read_request_counts(tx, now.astimezone(EASTERN).date())
            version = context.registry.current() or ""
            learned = trained_on(tx, context.registry, version)
            missing = tuple(missing_notes(config, tx).values()) if version else ()
            log = tx.labels.log()
        manifest, model_problem = None, ""
        if version:
            try:
                manifest = context.registry.manifest(version)
            except ModelError as error:
                model_problem = str(error)
        holidays = config.arxiv.holidays
        latest = latest_listing_day(now, holidays)
        if last_done is None:
            due = [latest]
        else:
            due = [day for day in due_days(last_done, now, holidays) if day > last_done]
        failed = tuple(one for one in announcements if one.state is AnnouncementState.FAILED)
        counts = Counter(
            {
                "relevant": sum(current.relevant is True for current in current_labels),
                "irrelevant": sum(current.relevant is False for current in current_labels),
                "read": sum(current.read for current in current_labels),
            }
        )
        overdue_before = latest_listing_day(now - LATE_AFTER, holidays)
        return Status(
            at=now,
            last_good=max((one for one in announcements if one.state in WHOLE), key=_day, default=None),
            last_done=last_done,
            last_digest=digests[-1].day if digests else None,
            due=tuple(due),
            overdue=last_done is not None and last_done < overdue_before,
            failed=failed,
            suspicious=tuple(
                one
                for one in announcements
                if one.reason
                and one.state is not AnnouncementState.FAILED
                and one.state is not AnnouncementState.EMPTY
                and one.day >= now.date() - RECENT
            ),
            waiting=waiting,
            waiting_long=bool(waiting) and waiting[0] < overdue_before,
            next_announcement=next_announcement(now, holidays),
            daemon=daemon,
            daemon_problem=daemon.problem(now, work_is_left=bool(due or failed)) if daemon else "",
            model=version,
            manifest=manifest,
            model_problem=model_problem,
            model_made=_made(config.store_folder / "models" / version / "manifest.json") if version else None,
            labels_since=sum(entry.number > learned.labels for entry in log) if learned else None,
            asked=asked,
            papers=papers,
            labels=dict(counts),
            labels_not_stored=unknown,
            store=context.store.shown if config.store.url else str(config.store_folder / "triage.db"),
            store_bytes=context.store.size_bytes,
            disk_free_bytes=_free_bytes(config),
            store_errors=tuple(context.store.integrity_errors()),
            undelivered=tuple(map(_told, undelivered(deliveries, target_names(config)))),
            missing_notes=missing,
            misread=tuple(
                f"{digest.file}:{problem.line}: {problem.text}"
                for digest in digests
                for problem in read_annotations(
                    digest.synced_text, machine_text=digest.machine_text, file=digest.file, now=now
                ).problems
            ),
            worth_knowing=(
                *doubts_about_categories(config.categories),
                *_about_holidays(now.date()),
                *(_told(one) for one in deliveries if _may_have_arrived(one, now.date())),
            ),
        )


def _about_holidays(today: date) -> list[str]:
    """What to say when arXiv's list of holidays is not known for the days to come."""
    years = unlisted_years([today, today + LOOKING_AHEAD])
    if not years:
        return []
    named = " and ".join(map(str, years))
    return [
        f"arXiv's holidays of {named} are not known to this version of triage: the usual ones are assumed, "
        "and days after them are checked; arxiv.holidays in config.yaml adds others"
    ]


def _may_have_arrived(delivery: Delivery, today: date) -> bool:
    recent = delivery.digest >= today - RECENT
    return recent and delivery.sent_at is None and MAY_HAVE_ARRIVED in delivery.reason


def _told(delivery: Delivery) -> str:
    return f"{delivery.digest} to {delivery.target}: {delivery.reason}"


def _by_reason(announcements: Sequence[Announcement]) -> dict[str, list[date]]:
    days: dict[str, list[date]] = {}
    for one in announcements:
        days.setdefault(one.reason, []).append(one.day)
    return days


def _announcements(days: Sequence[date]) -> str:
    if len(days) == 1:
        return f"the announcement of {days[0]}"
    return f"{len(days)} announcements, {days[0]} to {days[-1]},"


def _day(announcement: Announcement) -> date:
    return announcement.day


def _made(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
    except OSError:
        return None


def _free_bytes(config: Config) -> int:
    # A database elsewhere needs no folder here.
    folder = config.store_folder
    return shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists())).free
