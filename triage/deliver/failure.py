"""A delivery that failed, reported without the secrets that were used for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

from triage.digest.escape import clean
from triage.errors import TriageError

_SHORT = 6
"""Shorter parts of an address ("json", "443") are not secret, and hiding them hides the reason."""

_USER_INFO = re.compile(r"(?<=://)[^/\s@]+@")
_PARTS = re.compile(r"[/:@?&=#,;\s]+")


class DeliveryError(TriageError):
    """A digest was not sent; it is tried again by the next runs."""


class UnsureError(DeliveryError):
    """A digest was handed over and no answer came: it may have arrived, so it is not sent again."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text of a server or a program on one line, without secrets and control characters.

    ``secrets`` are passwords and whole addresses that hold one: each is hidden, and each longer part of
    it, as messages often name a part.  What stands before an ``@`` in any address is hidden as well.
    """
    hidden: set[str] = set()
    for secret in secrets:
        parts = {part for part in _PARTS.split(secret) if len(part) >= _SHORT}
        # They may be quoted in the address and plain in the text, or the other way round.
        for part in (secret, *parts):
            hidden |= {part, unquote(part), quote(part, safe="")}
    text = _USER_INFO.sub("***@", text)
    # The longest first: a part of it would leave the rest readable.
    for secret in sorted(filter(None, hidden), key=len, reverse=True):
        text = text.replace(secret, "***")
    return clean(text)
