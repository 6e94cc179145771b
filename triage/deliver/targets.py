"""What the two kinds of targets are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from triage.deliver.edition import Edition


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of a digest that was handed over."""

    remark: str = ""
    """What the reader should know though it went out."""
    later: Mapping[str, str] = field(default_factory=dict)
    """The posts that are to bring it to receivers who could not take it now, by name, and why."""


class Post(Protocol):
    """A target to which each digest is sent once at the most: an e-mail, a message."""

    @property
    def name(self) -> str:
        """How the store knows it; it stays when an address or password is changed."""
        ...

    def ready(self, edition: Edition) -> AbstractContextManager[Callable[[], Handed]]:
        """Do all that can be tried again, and return what can't: the handing over.

        Raises
        ------
        DeliveryError
            By either: if the digest was not sent; the message holds no secret.
        UnsureError
            By the handing over: if it may have been.
        """
        ...


@dataclass(frozen=True, slots=True)
class Brought:
    """What a copy holds after it was brought up to date."""

    days: frozenset[date] = frozenset()
    """The digests in it."""
    failed: Mapping[date, str] = field(default_factory=dict)
    """Those that are not, and why."""
    problems: tuple[str, ...] = ()
    """What else the reader should know."""


class Copy(Protocol):
    """A target that is brought up to date as a whole: pages, files, commits.

    Doing it again changes nothing, so that a run that was killed is simply made good by the next.
    """

    @property
    def name(self) -> str:
        """How the store knows it."""
        ...

    def bring_up_to_date(self, editions: Sequence[Edition]) -> Brought:
        """Make the copy say what the digests say now.

        Parameters
        ----------
        editions : sequence of Edition
            All there are, oldest first.

        Raises
        ------
        TriageError
            If nothing could be done; the message holds no secret.
        """
        ...
