"""Every error that a reader may meet: a sentence they understand, and the remedy.

The command line prints :attr:`TriageError.message` and, under it, :attr:`TriageError.remedy`, and
exits with :attr:`TriageError.exit_status`.  Anything that is not a :class:`TriageError` is a bug.
"""

from __future__ import annotations

import re

# What moves a terminal's cursor or turns text around: messages quote servers, files and titles.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class TriageError(Exception):
    """Base of all errors that are explained to the reader.

    The message says what is wrong, and names the file, line, key or address that it is about; the remedy
    what the reader can do about it, where the message does not say it already.
    """

    exit_status = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = _CONTROL.sub(" ", message)
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


class ConfigError(TriageError):
    """The configuration can't be read or has a wrong key or value."""


class StoreError(TriageError):
    """The store can't be opened, migrated or written."""


class BusyError(TriageError):
    """Another triage process holds the lock."""


class NotesError(TriageError):
    """A notes path can't be read at all (single bad files are reported, not raised)."""


class ListingError(TriageError):
    """A listing (feed, API page, OAI-PMH page or file) is not what it should be."""


class FetchError(ListingError):
    """arXiv, or something between, did not give a usable answer."""


class FileError(TriageError):
    """A file that triage writes can't be read or written."""


class ModelError(TriageError):
    """A model can't be trained, saved or loaded."""


class DigestError(TriageError):
    """A digest can't be written or understood."""
