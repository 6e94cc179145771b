"""Which digest goes where now: decisions over plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

from triage.store.digests import Delivery, StoredDigest

FIRST_WAIT = timedelta(minutes=10)
"""Between the first and the second try; it doubles from try to try."""

LONGEST_WAIT = timedelta(hours=12)
"""So that a daily run always tries."""

GIVE_UP_AFTER = timedelta(days=7)
"""Since the digest was written; later it is no news, and it is in its file."""

LEAST_TRIES = 3
"""Made in any case, for those who run triage once a week."""

BEGUN = "the run ended before it was handed over"
"""The reason of a delivery that is being prepared, or was when the machine stopped."""

SENDING = "sending"
"""The reason of a delivery that is being handed over, or was when the machine stopped."""

GIVEN_UP = "given up: "
"""The reason of a delivery that is not tried again begins so."""

MAY_HAVE_ARRIVED = "it may have arrived, and is not sent twice"
"""Ends the reason of a delivery that was handed over without an answer."""


class Verdict(Enum):
    """What is to be done with a digest and a target."""

    SEND = auto()
    WAIT = auto()
    """It failed a short while ago."""
    DONE = auto()
    GIVE_UP = auto()
    """It failed too long; to be recorded as such and told to the reader."""
    LOST = auto()
    """The run ended while it was handed over: it may have arrived, and nothing is sent twice."""


def first_days(known: Mapping[str, date], targets: Iterable[str], today: date) -> dict[str, date]:
    """Return from which day on each target gets digests.

    Parameters
    ----------
    known : mapping of str to date
        As found out by the last run.
    targets : iterable of str
        Those set up now.  One that was taken out is forgotten, so that it does not get all that was
        missed when it is put back.
    today : date
        In the reader's time zone.
    """
    return {target: known.get(target, today) for target in targets}


def is_for(digest: StoredDigest, first_day: date, zone: ZoneInfo) -> bool:
    """Tell whether a digest is new enough for a target: in place, and written since it was set up."""
    return digest.in_place and digest.written_at.astimezone(zone).date() >= first_day


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after so many failed tries.

    >>> [wait_after(tries) / FIRST_WAIT for tries in (1, 2, 3, 40)]
    [1.0, 2.0, 4.0, 72.0]
    """
    doubled: int = 2 ** min(tries - 1, 16)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def verdict(
    delivery: Delivery | None,
    *,
    tried_at: datetime | None,
    written_at: datetime,
    now: datetime,
) -> Verdict:
    """Decide what to do with one digest and one target.

    Parameters
    ----------
    delivery : Delivery or None
        What is recorded; None if it was never tried.
    tried_at : datetime or None
        When it was tried last, if it failed.
    written_at : datetime
        When the digest was written.
    now : datetime
    """
    if delivery is None:
        return Verdict.SEND
    if delivery.sent_at is not None or delivery.reason.startswith(GIVEN_UP):
        return Verdict.DONE
    if delivery.reason == SENDING:
        return Verdict.LOST
    if delivery.tries >= LEAST_TRIES and now - written_at > GIVE_UP_AFTER:
        return Verdict.GIVE_UP
    # A clock set back must not stop deliveries for as long.
    waits = tried_at is not None and timedelta(0) <= now - tried_at < wait_after(delivery.tries)
    return Verdict.WAIT if waits else Verdict.SEND


@dataclass(frozen=True, slots=True)
class Due:
    """A digest that a target is to get now."""

    digest: StoredDigest
    before: Delivery | None


def in_order(due: Iterable[Due]) -> list[Due]:
    """Sort what is due: never tried first, so that one bad digest can't hold up the new ones."""
    return sorted(due, key=lambda one: (one.before.tries if one.before else 0, one.digest.day))


def undelivered(deliveries: Sequence[Delivery], targets: Iterable[str]) -> list[Delivery]:
    """Return the deliveries that failed and are still tried: for status pages."""
    wanted = set(targets)
    return [
        one
        for one in deliveries
        if one.sent_at is None and one.target in wanted and not one.reason.startswith(GIVEN_UP)
    ]
