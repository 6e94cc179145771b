"""What the two kinds of targets are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from triage.deliver.edition import Edition


class Post(Protocol):
    """A target to which each digest is sent once: an e-mail, a message."""

    @property
    def name(self) -> str:
        """How the store knows it; it stays when an address or password is changed."""
        ...

    @property
    def tells_doubles(self) -> bool:
        """Whether the receiver can tell a message that comes twice."""
        ...

    def send(self, edition: Edition) -> str:
        """Send a digest, and return what the reader should know though it went out, or nothing.

        Raises
        ------
        DeliveryError
            If it was not sent; the message holds no secret.
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
