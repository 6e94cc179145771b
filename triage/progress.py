"""What work says meanwhile, without knowing who listens: how far it is, and events for the log."""

from __future__ import annotations

import logging
from typing import Protocol


class Progress(Protocol):
    """Called now and then with what is being done, how many are done, and of how many (0: unknown)."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Hear of progress."""


def silent(what: str, done: int, total: int) -> None:
    """Hear nothing."""


def event(logger: logging.Logger, name: str, /, level: int = logging.INFO, **fields: object) -> None:
    """Log an event with its fields; the log leaves out those that are None or empty.

    >>> event(logging.getLogger("triage"), "run-finished", digests=1)
    """
    logger.log(level, name, extra={"fields": fields}, stacklevel=2)
