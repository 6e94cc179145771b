"""How long work says how far it is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called now and then with what is being done, how many are done, and of how many (0: unknown)."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Hear of progress."""
        ...


def silent(what: str, done: int, total: int) -> None:
    """Hear nothing."""
