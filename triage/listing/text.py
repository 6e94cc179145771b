"""What arXiv's answers have in common: how text is spaced, people are named and times are written."""

from __future__ import annotations

import re
import unicodedata
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


_PARENTHESES = re.compile(r"\([^()]*\)")
# A colon stands after a collaboration's name.
_BETWEEN_NAMES = re.compile(r", and |,? and |, |; |: ")


def listed_names(line: str) -> tuple[str, ...]:
    """Take the names out of one line, as feeds and arXivRaw have them; affiliations go.

    >>> listed_names("Ada Byron (Ockham, Surrey), Mary Somerville (Edinburgh (UK)) and Emmy Noether")
    ('Ada Byron', 'Mary Somerville', 'Emmy Noether')
    """
    before = None
    while before != line:  # affiliations may have parentheses themselves
        before, line = line, _PARENTHESES.sub("", line)
    names = (plain_name(name) for name in _BETWEEN_NAMES.split(line))
    return tuple(name for name in names if any(map(str.isalnum, name)))


_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308",
    "=": "\u0304", ".": "\u0307", "u": "\u0306", "v": "\u030c", "H": "\u030b",
    "r": "\u030a", "c": "\u0327", "k": "\u0328", "d": "\u0323", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø",
    "l": "ł", "L": "Ł", "ss": "ß", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "dj": "đ", "DJ": "Đ",
    "th": "þ", "TH": "Þ",
}  # fmt: skip
# \'e  \'{e}  {\'e}  \c{c}  \v s: an accent that is a letter needs a brace or a space after it.
_ACCENT = re.compile(r"""\\([`'^~"=.]|[uvHrckdb](?=[\s{]))\s*(?:\{(\\?[A-Za-z])\}|(\\?[A-Za-z]))""")
_LETTER = re.compile(
    r"\\(" + "|".join(sorted(_LETTERS, key=len, reverse=True)) + r")(?![A-Za-z])(?:\{\}|\s+)?"
)


def plain_name(name: str) -> str:
    r"""Turn TeX's accents in a person's name into letters, as the API writes names.

    Only names: titles and abstracts keep their LaTeX.

    >>> plain_name(r"William Cruz-Casta\~neda"), plain_name(r"M{\aa}ns {\O}rsted")
    ('William Cruz-Castañeda', 'Måns Ørsted')
    """
    if "\\" not in name:
        return single_spaced(name)
    name = _ACCENT.sub(_accented, name)
    name = _LETTER.sub(lambda match: _LETTERS[match[1]], name)
    return single_spaced(name.replace("{", "").replace("}", ""))


def _accented(match: re.Match[str]) -> str:
    # \'\i and \'i are the same letter: the accent takes the place of the dot.
    letter = (match[2] or match[3]).lstrip("\\")
    return unicodedata.normalize("NFC", letter + _ACCENTS[match[1]])


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
