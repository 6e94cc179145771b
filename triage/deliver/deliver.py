"""Each digest to each target that the reader has set up: once, recorded, never at the run's cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
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


class FirstDays(RootModel[dict[str, date]], frozen=True):
    """The day from which on each target gets digests."""

    KEY: ClassVar[str] = "deliver since"


def deliver_due(context: Context) -> tuple[str, ...]:
    """Deliver what is due, everywhere, and return what the reader should know, a line each.

    Mirrors (pages, files, commits) are brought up to date with all digests, edits included.  Senders
    (e-mail, messages) get each digest once at the most; what fails is tried again by later runs (see
    :mod:`triage.deliver.decide`).  No failure of a delivery is an exception.
    """
    targets = targets_of(context.config)
    mirrors = [one for one in targets if isinstance(one, Mirror)]
    senders = [one for one in targets if isinstance(one, Sender)]
    since = _first_days(context, [sender.target for sender in senders])
    with context.store.reading() as tx:
        stored = tx.digests.all() if targets else []
    problems: list[str] = []
    digests = list(_readable(context, stored, problems)) if mirrors else []
    files: list[Path] = []
    for mirror in sorted(mirrors, key=lambda mirror: mirror.after_others) if digests else ():
        synced = _sync(context, mirror, digests, files)
        files += synced.files
        problems += synced.problems
    for sender in senders:
        problems += _send_due(context, sender, stored, since[sender.target])
    return tuple(dict.fromkeys(problems))


def _first_days(context: Context, targets: Sequence[str]) -> dict[str, date]:
    today = context.clock.now().astimezone(context.config.zone).date()
    with context.store.transaction() as tx:
        record = tx.records.get(FirstDays)
        known = record.root if record else {}
        since = first_days(known, targets, today)
        if since != known:
            tx.records.put(FirstDays(since))
    return since


def _readable(context: Context, stored: Sequence[StoredDigest], problems: list[str]) -> Iterator[Digest]:
    """Yield the digests as they are in their files; what can't be read is a problem."""
    for one in stored:
        try:
            with context.store.reading() as tx:
                digest = read_digest(tx, one, context.config.digest_folder) if one.in_place else None
        except TriageError as error:
            problems.append(str(error))
        else:
            if digest:
                yield digest


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
    context: Context, sender: Sender[Any], stored: Sequence[StoredDigest], first_day: date
) -> list[str]:
    with context.store.reading() as tx:
        deliveries = tx.digests.deliveries()
    known = {one.digest: one for one in deliveries if one.target == sender.earlier_target}
    known |= {one.digest: one for one in deliveries if one.target == sender.target}
    problems: list[str] = []
    for one in due_digests(stored, known, first_day, context.config.zone):
        before = known.get(one.day)
        begun = Delivery(one.day, sender.target, None, before.tries + 1 if before else 1, BEGUN)
        action = next_action(before, written_at=one.written_at, now=context.clock.now())
        if before and isinstance(action, str):
            problems.append(_give_up(context, before, one, action))
        elif action is Action.SEND:
            for digest in _readable(context, [one], problems):
                if failure := _send(context, sender, digest, one, begun):
                    return [*problems, failure]
    return problems


def _send(
    context: Context, sender: Sender[Any], digest: Digest, stored: StoredDigest, begun: Delivery
) -> str:
    """Send one digest, record what became of it, and return what failed, or an empty string."""
    # Recorded, so that a digest that kills each run is given up, too.
    reached = begun
    _record(context, reached)

    @contextmanager
    def handing_over() -> Iterator[None]:
        nonlocal reached
        # Only from here on may it arrive, and a run that is killed does not know whether it did.
        reached = replace(begun, reason=SENDING)
        _record(context, reached)
        yield
        reached = replace(begun, sent_at=context.clock.now(), reason="")
        _record(context, reached)

    try:
        sender.send(digest, context, handing_over)
    except StoreError:
        raise
    except Exception as error:
        if reached.sent_at:
            # Nothing that follows changes that.
            return ""
        message, whole = _explained(error, sender.settings)
        if isinstance(error, UnsureError) or (
            reached.reason == SENDING and not isinstance(error, DeliveryError)
        ):
            return _give_up(context, begun, stored, f"{message}; {MAY_HAVE_ARRIVED}")
        _record(context, replace(begun, reason=message))
        return f"{begun.digest} to {begun.target}: {whole}"
    if not reached.sent_at:
        _record(context, replace(begun, sent_at=context.clock.now(), reason=""))
    return ""


def _explained(error: Exception, settings: Any) -> tuple[str, str]:
    """Return what went wrong, without and with the remedy; no secret of the settings is in it."""
    if isinstance(error, TriageError):
        return error.message, str(error)
    secrets = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]
    text = redact(str(error), secrets) or type(error).__name__
    return text, text


def _give_up(context: Context, before: Delivery, digest: StoredDigest, why: str) -> str:
    reason = f"{GIVEN_UP}{why}"
    _record(context, replace(before, reason=reason))
    place = context.config.digest_folder / digest.file
    return f"{before.digest} to {before.target}: {reason}; the digest is in {place}"


def _record(context: Context, delivery: Delivery) -> None:
    with context.store.transaction() as tx:
        tx.digests.put_delivery(delivery)
