"""How things stand: announcements, model, labels, store, deliveries, daemon; each from its room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from triage.config.schema import Config, LlmConfig
from triage.context import open_context
from triage.deliver.decide import MAY_HAVE_ARRIVED, undelivered
from triage.deliver.delivery import target_names
from triage.digest.llm import LlmUse, use_of_today
from triage.errors import StoreError
from triage.feedback.annotations import read_annotations
from triage.listing.calendar import EASTERN
from triage.listing.categories import category_warnings
from triage.listing.responses import RequestCounts, read_request_counts
from triage.listing.status import RECENT, AnnouncementStatus, announcement_status, holiday_warnings
from triage.store.daemon_state import DaemonState, read_daemon_state
from triage.store.digests import Delivery
from triage.store.notices import ACKNOWLEDGED, Notices, new_notices, not_acknowledged
from triage.store.status import StoreStatus, disk_free_bytes, store_status
from triage.training.models import ModelStatus, model_status
from triage.training.notes import missing_notes

FULL_DISK_BYTES = 5_000_000
"""With less, SQLite may not even open a store to read it, and calls that an I/O error."""


@dataclass(frozen=True, slots=True)
class LabelCounts:
    relevant: int
    irrelevant: int
    read: int


@dataclass(frozen=True, slots=True)
class Status:
    """What a reader wants to know of their triage."""

    at: datetime
    announcements: AnnouncementStatus
    last_digest: date | None
    daemon: DaemonState | None
    """None when triage is run by cron or by hand."""
    daemon_problem: str
    model: ModelStatus
    requests: RequestCounts
    """To arXiv, today (US Eastern) and in all."""
    labels: LabelCounts
    labels_not_stored: int
    """How many labelled papers the store does not have, so that no model has learned from them."""
    llm: LlmUse
    """What a language model was asked today."""
    llm_settings: LlmConfig
    store: StoreStatus
    undelivered: tuple[str, ...]
    missing_notes: tuple[str, ...]
    """Places of notes that can't be read now, a sentence each; of a model in use."""
    misread: tuple[str, ...]
    """What is not understood in digests as they were read last, with file and line."""
    worth_knowing: tuple[str, ...]
    """Sentences for the reader, though triage can go on without them; those not acknowledged."""
    notices: Notices
    """All of them, acknowledged or not, by what they are about."""

    @property
    def needs(self) -> tuple[str, ...]:
        return (
            *self.announcements.needs,
            *self.model.needs,
            *self.store.needs,
            *(f"not delivered: {one}" for one in self.undelivered),
            *(f"{one}: mount it, or correct notes.paths" for one in self.missing_notes),
            *([self.daemon_problem] if self.daemon_problem else []),
        )


def look(config: Config, now: datetime, *, daemon: DaemonState | None = None) -> Status:
    """Return how things stand at a time; changes nothing.

    The daemon is the one that asks, or by default the one that is described in the store's folder.

    Raises StoreError if the store can't be read, or the disk is so full that nothing of it can.
    """
    try:
        return _read(config, now, daemon or read_daemon_state(config.store_folder))
    except StoreError as error:
        free = disk_free_bytes(config.store_folder)
        if free >= FULL_DISK_BYTES:
            raise
        raise StoreError(
            f"the disk is full: {free // 1_000_000} MB are free, and the store can't be read.",
            remedy="Make room; what is stored is kept.",
        ) from error


def acknowledge(config: Config, status: Status) -> None:
    """Show what is worth knowing no more, until it changes or comes back."""
    with open_context(config) as context, context.store.transaction() as tx:
        new_notices(tx, ACKNOWLEDGED, status.notices)


def _read(config: Config, now: datetime, daemon: DaemonState | None) -> Status:
    with open_context(config) as context, context.store.reading() as tx:
        announcements = announcement_status(
            tx.announcements.all(),
            tx.announcements.undigested(),
            now,
            config.arxiv.holidays,
        )
        digests = tx.digests.all()
        labels = tx.labels.current_labels()
        deliveries = tx.digests.deliveries()
        model = model_status(context, tx)
        work_is_left = bool(announcements.due or announcements.failed)
        misread = {
            f"{digest.file}: {problem.text}": f"{digest.file}:{problem.line}: {problem.text}"
            for digest in digests
            for problem in read_annotations(
                digest.synced_text, machine_text=digest.machine_text, file=digest.file, now=now
            ).problems
        }
        others = (
            *category_warnings(config.categories),
            *holiday_warnings(now.date()),
            *(_sentence(one) for one in deliveries if _may_have_arrived(one, now.date())),
        )
        notices = {about: f"not understood: {one}" for about, one in misread.items()}
        notices |= {one: one for one in others}
        return Status(
            at=now,
            announcements=announcements,
            last_digest=digests[-1].day if digests else None,
            daemon=daemon,
            daemon_problem=daemon.problem(now, work_is_left=work_is_left) if daemon else "",
            model=model,
            requests=read_request_counts(tx, now.astimezone(EASTERN).date()),
            labels=LabelCounts(
                relevant=sum(one.relevant is True for one in labels.values()),
                irrelevant=sum(one.relevant is False for one in labels.values()),
                read=sum(one.read for one in labels.values()),
            ),
            labels_not_stored=len(labels) - len(tx.papers.get(labels)),
            llm=use_of_today(context),
            llm_settings=config.llm,
            store=store_status(config, context.store, tx),
            undelivered=tuple(map(_sentence, undelivered(deliveries, target_names(config)))),
            missing_notes=tuple(missing_notes(config, tx).values()) if model.version else (),
            misread=tuple(misread.values()),
            worth_knowing=tuple(not_acknowledged(tx, notices)),
            notices=notices,
        )


def _may_have_arrived(delivery: Delivery, today: date) -> bool:
    recent = delivery.digest >= today - RECENT
    return recent and delivery.sent_at is None and MAY_HAVE_ARRIVED in delivery.reason


def _sentence(delivery: Delivery) -> str:
    return f"{delivery.digest} to {delivery.target}: {delivery.reason}"
