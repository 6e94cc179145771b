"""What arXiv's answers have in common: how text is spaced, people are named and times are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Control characters and halves of surrogate pairs: no XML may hold them, no store can encode the latter.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def single_spaced(text: str) -> str:
    """Put text on one line, with single spaces and without control characters; LaTeX stays.

    >>> single_spaced("  A title\\n  in two lines ")
    'A title in two lines'
    """
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return " ".join(_UNPRINTABLE.sub(" ", line).split())


def person_name(keyname: str, forenames: str = "", suffix: str = "") -> str:
    """Write a name as the API and the feeds do: forenames, family name, suffix."""
    return single_spaced(f"{forenames} {keyname} {suffix}")


def without_repeats(values: Iterable[str]) -> tuple[str, ...]:
    """Keep the first of equal values and drop empty ones, in order."""
    return tuple(dict.fromkeys(value for value in values if value))


def parse_iso_time(text: str) -> datetime:
    """Read ISO 8601, as in the API and the listing files; a time without zone is UTC.

    Raises
    ------
    ValueError
        If it is no such time.
    """
    return _in_utc(datetime.fromisoformat(text.strip()))


def parse_mail_time(text: str) -> datetime:
    """Read RFC 2822 (``Tue, 3 Apr 2007 22:04:11 GMT``), as in arXivRaw, the snapshot and RSS.

    Raises
    ------
    ValueError
        If it is no such time.
    """
    return _in_utc(parsedate_to_datetime(text.strip()))


def _in_utc(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"a time outside the calendar: {moment}") from error
