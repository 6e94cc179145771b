"""Which digest goes to which target now: decisions over plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

from triage.store.digests import Delivery, StoredDigest

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


class Action(Enum):
    """What to do with a digest and a target."""

    SEND = auto()
    NOTHING = auto()
    """It was sent or given up."""


def first_days(known: Mapping[str, date], targets: Iterable[str], today: date) -> dict[str, date]:
    """Return the day from which on each target gets digests; ``known`` is what the last run found.

    A target that was taken out is forgotten, so that it does not get all that it missed when it is put
    back.  ``today`` is in the reader's time zone.
    """
    return {target: known.get(target, today) for target in targets}


def due_digests(
    digests: Iterable[StoredDigest], known: Mapping[date, Delivery], first_day: date | None, zone: ZoneInfo
) -> list[StoredDigest]:
    """Return the digests that a target is to get, or got, in the order in which they are sent.

    Those are the ones recorded for it, and those written since its first day; without one, only the
    recorded ones.  Never tried ones come first, so that one bad digest can't hold up the new ones.
    """
    due = [
        digest
        for digest in digests
        if digest.in_place
        and (
            digest.day in known
            or (first_day is not None and digest.written_at.astimezone(zone).date() >= first_day)
        )
    ]
    return sorted(due, key=lambda one: (known[one.day].tries if one.day in known else 0, one.day))


def next_action(delivery: Delivery | None, *, written_at: datetime, now: datetime) -> Action | str:
    """Decide what to do with one digest and one target; a text is why it is to be given up.

    ``delivery`` is what is recorded, None if it was never tried; ``written_at`` is when the digest was
    written.  When a failed one is tried again is up to whoever starts the runs.
    """
    if delivery is None:
        return Action.SEND
    if delivery.sent_at is not None or delivery.reason.startswith(GIVEN_UP):
        return Action.NOTHING
    if delivery.reason == SENDING:
        return f"the run ended while it was handed over; {MAY_HAVE_ARRIVED}"
    if delivery.tries >= LEAST_TRIES and now - written_at > GIVE_UP_AFTER:
        return f"after {delivery.tries} tries: {delivery.reason}"
    return Action.SEND


def undelivered(deliveries: Sequence[Delivery], targets: Iterable[str]) -> list[Delivery]:
    """Return the deliveries that failed and are still tried."""
    wanted = set(targets)
    return [
        one
        for one in deliveries
        if one.sent_at is None and one.target in wanted and not one.reason.startswith(GIVEN_UP)
    ]
