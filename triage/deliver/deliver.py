"""Each digest to each target that the reader has set up: once, recorded, never at the run's cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import RootModel, SecretStr

from triage.context import Context
from triage.deliver.decide import (
    BEGUN,
    GIVEN_UP,
    MAY_HAVE_ARRIVED,
    SENDING,
    Action,
    due_digests,
    first_days,
    next_action,
)
from triage.deliver.delivery import Mirror, Sender, Synced, targets_of
from triage.deliver.digests import Digest, read_digest
from triage.deliver.failure import DeliveryError, UnsureError, redact
from triage.errors import StoreError, TriageError
from triage.store.digests import Delivery, StoredDigest
from triage.store.store import Transaction


class FirstDays(RootModel[dict[str, date]], frozen=True):
    """The day from which on each target gets digests."""

    KEY: ClassVar[str] = "deliver since"


class FailedTries(RootModel[dict[str, datetime]], frozen=True):
    """When the last try failed, by the digest's day and the target, with a space between them."""

    KEY: ClassVar[str] = "deliver tried"


def deliver_due(context: Context) -> tuple[str, ...]:
    """Deliver what is due, everywhere, and return what the reader should know, a line each.

    Mirrors (pages, files, commits) are brought up to date with all digests, edits included.  Senders
    (e-mail, messages) get each digest once at the most; what fails is tried again by later runs (see
    :mod:`triage.deliver.decide`).  No failure of a delivery is an exception.
    """
    targets = targets_of(context.config)
    mirrors = sorted(
        (one for one in targets if isinstance(one, Mirror)), key=lambda mirror: mirror.after_others
    )
    senders = [one for one in targets if isinstance(one, Sender)]
    since = _first_days(context, [sender.target for sender in senders if sender.gets_new_digests])
    with context.store.reading() as tx:
        stored = tx.digests.all() if targets else []
    problems: list[str] = []
    if mirrors:
        digests = _read_all(context, stored, problems)
        files: list[Path] = []
        for mirror in mirrors if digests else ():
            synced = _sync(context, mirror, digests, files)
            files += synced.files
            problems += synced.problems
    for sender in senders:
        problems += _send_due(context, sender, stored, since.get(sender.target))
    return tuple(problems)


def _first_days(context: Context, targets: Sequence[str]) -> dict[str, date]:
    today = context.clock.now().astimezone(context.config.zone).date()
    with context.store.transaction() as tx:
        record = tx.records.get(FirstDays)
        known = record.root if record else {}
        since = first_days(known, targets, today)
        if since != known:
            tx.records.put(FirstDays(since))
    return since


def _read_all(context: Context, stored: Sequence[StoredDigest], problems: list[str]) -> list[Digest]:
    digests = []
    with context.store.reading() as tx:
        for one in stored:
            try:
                digest = read_digest(tx, one, context.config.digest_folder) if one.in_place else None
            except TriageError as error:
                problems.append(str(error))
                continue
            if digest:
                digests.append(digest)
    return digests


def _sync(context: Context, mirror: Mirror[Any], digests: Sequence[Digest], files: Sequence[Path]) -> Synced:
    """Bring a mirror up to date and record what it newly holds, or lacks; all failures are problems."""
    try:
        synced = mirror.sync(digests, context, files)
        problems = (*synced.problems, *_failures(mirror.target, synced.failed))
    except Exception as error:
        # A delivery may be anybody's code, and its failure must not cost the run.
        message, whole = _explained(error, mirror.settings)
        synced = Synced(failed={digest.day: message for digest in digests})
        problems = (f"{mirror.target}: {whole}",)
    now = context.clock.now()
    with context.store.transaction() as tx:
        known = {one.digest: one for one in tx.digests.deliveries() if one.target == mirror.target}
        for day in sorted({*synced.days, *synced.failed}):
            before = known.get(day)
            if before and before.sent_at:
                continue
            sent_at = now if day in synced.days else None
            tries = before.tries + 1 if before else 1
            tx.digests.put_delivery(Delivery(day, mirror.target, sent_at, tries, synced.failed.get(day, "")))
    return replace(synced, problems=problems)


def _failures(target: str, failed: Mapping[date, str]) -> list[str]:
    """Return what failed, one line a reason: the same one may hold for a thousand digests."""
    by_reason: dict[str, list[date]] = {}
    for day, reason in sorted(failed.items()):
        by_reason.setdefault(reason, []).append(day)
    return [
        f"{days[0]} to {target}: {reason}"
        if len(days) == 1
        else f"{len(days)} digests, {days[0]} to {days[-1]}, to {target}: {reason}"
        for reason, days in by_reason.items()
    ]


def _send_due(
    context: Context, sender: Sender[Any], stored: Sequence[StoredDigest], first_day: date | None
) -> list[str]:
    """Send a target what is due; after a failure the rest is left to the next run."""
    with context.store.reading() as tx:
        known = {one.digest: one for one in tx.digests.deliveries() if one.target == sender.target}
        failed = _failed_tries(tx)
    problems: list[str] = []
    for one in due_digests(stored, known, first_day, context.config.zone):
        before = known.get(one.day)
        action = next_action(
            before,
            failed_at=failed.get(_key(one.day, sender.target)),
            written_at=one.written_at,
            now=context.clock.now(),
        )
        if before and action is Action.GIVE_UP:
            reason = f"after {before.tries} tries: {before.reason}"
            problems.append(_give_up(context, before, one.file, reason))
        elif before and action is Action.GIVE_UP_UNSURE:
            reason = f"the run ended while it was handed over; {MAY_HAVE_ARRIVED}"
            problems.append(_give_up(context, before, one.file, reason))
        elif action is Action.SEND:
            attempt = _Attempt(
                context, Delivery(one.day, sender.target, None, before.tries + 1 if before else 1, BEGUN)
            )
            problems += attempt.send(sender, one)
            if attempt.failed:
                break
    return problems


class _Attempt:
    """One try to send one digest to one target."""

    def __init__(self, context: Context, begun: Delivery) -> None:
        self._context = context
        self._begun = begun
        self._is_sending = False
        self._lines: list[str] | None = None
        """What the reader should know, once it is sent."""
        self.failed = False

    def send(self, sender: Sender[Any], stored: StoredDigest) -> list[str]:
        """Send it, record what became of it, and return what the reader should know."""
        context, name = self._context, f"{self._begun.digest} to {self._begun.target}"
        try:
            with context.store.reading() as tx:
                digest = read_digest(tx, stored, context.config.digest_folder)
        except TriageError as error:
            return [f"{name}: {error}"]
        if digest is None:
            return []
        # Recorded, so that a digest that kills each run is given up, too.
        _record(context, self._begun)
        try:
            sender.send(digest, context, self._handing_over)
            if self._lines is None:
                self._is_sent("", {})
        except StoreError:
            raise
        except Exception as error:
            # After it is sent, nothing changes that.
            if self._lines is None:
                self.failed = True
                return [self._failure(error, sender, stored.file)]
        return self._lines or []

    @contextmanager
    def _handing_over(
        self, *, remark: str = "", later: Mapping[str, str] = MappingProxyType({})
    ) -> Iterator[None]:
        # Only from here on may it arrive, and a run that is killed does not know whether it did.
        _record(self._context, replace(self._begun, reason=SENDING))
        self._is_sending = True
        yield
        self._is_sent(remark, later)

    def _is_sent(self, remark: str, later: Mapping[str, str]) -> None:
        now, day = self._context.clock.now(), self._begun.digest
        others = [Delivery(day, target, None, 1, reason) for target, reason in later.items()]
        _record(self._context, replace(self._begun, sent_at=now, reason=remark), *others, failed_at=now)
        self._lines = [f"{day} to {self._begun.target}: {remark}"] if remark else []
        self._lines += [f"{day} to {one.target}: {one.reason}; it will be tried again" for one in others]

    def _failure(self, error: Exception, sender: Sender[Any], file: str) -> str:
        message, whole = _explained(error, sender.settings)
        if isinstance(error, UnsureError) or (self._is_sending and not isinstance(error, DeliveryError)):
            return _give_up(self._context, self._begun, file, f"{message}; {MAY_HAVE_ARRIVED}")
        failed = replace(self._begun, reason=message)
        _record(self._context, failed, failed_at=self._context.clock.now())
        return f"{failed.digest} to {failed.target}: {whole}"


def _explained(error: Exception, settings: Any) -> tuple[str, str]:
    """Return what went wrong, without and with the remedy; no secret of the settings is in it."""
    if isinstance(error, TriageError):
        return error.message, str(error)
    secrets = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]
    text = redact(str(error), secrets) or type(error).__name__
    return text, text


def _give_up(context: Context, before: Delivery, file: str, why: str) -> str:
    """Record that a delivery is not tried again, and return the notice."""
    reason = f"{GIVEN_UP}{why}"
    _record(context, replace(before, reason=reason))
    return f"{before.digest} to {before.target}: {reason}; the digest is in {context.config.digest_folder / file}"


def _record(context: Context, *deliveries: Delivery, failed_at: datetime | None = None) -> None:
    """Record deliveries, and since when those that are not sent wait for another try."""
    with context.store.transaction() as tx:
        failed = _failed_tries(tx)
        for delivery in deliveries:
            tx.digests.put_delivery(delivery)
            key = _key(delivery.digest, delivery.target)
            failed.pop(key, None)
            if failed_at and delivery.sent_at is None:
                failed[key] = failed_at
        tx.records.put(FailedTries(failed))


def _failed_tries(tx: Transaction) -> dict[str, datetime]:
    record = tx.records.get(FailedTries)
    return dict(record.root) if record else {}


def _key(day: date, target: str) -> str:
    return f"{day.isoformat()} {target}"
