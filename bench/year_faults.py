"""What goes wrong in the simulated year (year.py): arXiv's bad days, and the mail server's."""

from __future__ import annotations

import random
from datetime import date

from tests.deliver.smtp_server import Behaviour
from tests.fake_arxiv import FakeArxiv, Kind, Where

PLACES: dict[Kind, Where] = {
    **dict.fromkeys(
        (
            Kind.STALE,
            Kind.CUT,
            Kind.THIN,
            Kind.OTHER_CATEGORY,
            Kind.WRONG_FEED,
            Kind.WRONG_ITEMS,
            Kind.CREATORS,
        ),
        Where.FEED,
    ),
    **dict.fromkeys((Kind.NO_ENTRIES, Kind.SHORT_PAGE), Where.API),
    **dict.fromkeys((Kind.MISSING_RANGE, Kind.STALE_TOKEN, Kind.CIRCLE), Where.OAI),
}
"""Where a fault of content belongs; those of transport may be anywhere."""


def spoil(arxiv: FakeArxiv, day: date, kind: Kind, rng: random.Random) -> None:
    """Switch one fault on for a day: for an answer or two, or all day long."""
    times = rng.choice([1, 2, None])
    value: object = None
    retry_after = ""
    match kind:
        case Kind.STATUS:
            value = rng.choice([406, 429, 500, 503])
            retry_after = rng.choice(["", "40", "7200"])
        case Kind.SLOW:
            value = 0.1
        case Kind.DRIP:
            # Real time passes here: one answer, a byte at a time.
            value, times = 1e-6, 1
        case Kind.HUGE:
            value = 30_000_000
        case Kind.STALE:
            value = max(one for one in arxiv.world._by_day if one < day)
        case Kind.CUT:
            # arXiv cuts at 2,000, which no single category reaches: what only the size can tell.
            value = 20
        case Kind.THIN:
            value = rng.choice([0.1, 0.5, 0.8])
        case Kind.LAG:
            value = rng.choice([6, 20])
        case Kind.REDIRECT:
            value = "http://elsewhere.example.org/"
    where = PLACES.get(kind, rng.choice([None, Where.FEED, Where.API]))
    arxiv.faults.add(kind, where, times=times, value=value, retry_after=retry_after)


def spoil_mail(mail: Behaviour, rng: random.Random) -> None:
    """Let the mail server refuse in one of its ways."""
    match rng.randrange(4):
        case 0:
            mail.data_reply = "451 try later"
        case 1:
            mail.drop_in_data = True
        case 2:
            mail.refuse = {"reader@example.org": "450 greylisted"}
        case 3:
            mail.drop_after_data = True


def mend_mail(mail: Behaviour) -> None:
    mail.data_reply, mail.refuse = "250 taken", {}
    mail.drop_in_data = mail.drop_after_data = False
