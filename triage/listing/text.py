"""Text, names and times as arXiv's answers write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from triage.text.unicode import letters

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Control characters and halves of surrogate pairs: no XML may hold them, no store can encode the latter.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def single_spaced(text: str) -> str:
    """Put text on one line, with single spaces and without control characters.

    >>> single_spaced("  A title\\n  in two lines ")
    'A title in two lines'
    """
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return " ".join(_UNPRINTABLE.sub(" ", line).split())


def child_text(element: Element, name: str) -> str:
    """Return the text of an XML element's child on one line, whatever its namespace; empty if there is none."""
    return single_spaced(element.findtext(f"{{*}}{name}") or "")


def person_name(keyname: str, forenames: str = "", suffix: str = "") -> str:
    """Write a name as the API and the feeds do: forenames, family name, suffix."""
    return single_spaced(f"{forenames} {keyname} {suffix}")


_PARENTHESES = re.compile(r"\([^()]*\)")
# A colon stands after a collaboration's name.
_BETWEEN_NAMES = re.compile(r", and |,? and |, |; |: ")


def listed_names(line: str) -> tuple[str, ...]:
    """Split a line of names, as in feeds and arXivRaw, and drop the affiliations.

    >>> listed_names("Ada Byron (Ockham, Surrey), Mary Somerville (Edinburgh (UK)) and Emmy Noether")
    ('Ada Byron', 'Mary Somerville', 'Emmy Noether')
    """
    before = None
    while before != line:  # affiliations may have parentheses themselves
        before, line = line, _PARENTHESES.sub("", line)
    names = (as_text(name) for name in _BETWEEN_NAMES.split(line))
    return tuple(name for name in names if any(map(str.isalnum, name)))


def as_text(text: str) -> str:
    r"""Put a text on one line, with TeX's accents and commands of text as letters; formulas stay.

    >>> as_text(r"William  Cruz-Casta\~neda"), as_text(r"M{\aa}ns {\O}rsted")
    ('William Cruz-Castañeda', 'Måns Ørsted')
    """
    return single_spaced(letters(single_spaced(text)))


def without_repeats(values: Iterable[str]) -> tuple[str, ...]:
    """Keep the first of equal values and drop empty ones, in order."""
    return tuple(dict.fromkeys(value for value in values if value))


def parse_iso_time(text: str) -> datetime:
    """Read ISO 8601, as in the API and the listing files; a time without zone is UTC.

    Raises ValueError if it is no such time.
    """
    return _in_utc(datetime.fromisoformat(text.strip()))


def parse_mail_time(text: str) -> datetime:
    """Read RFC 2822 (``Tue, 3 Apr 2007 22:04:11 GMT``), as in arXivRaw, the snapshot and RSS.

    Raises ValueError if it is no such time.
    """
    return _in_utc(parsedate_to_datetime(text.strip()))


def _in_utc(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"a time outside the calendar: {moment}") from error
