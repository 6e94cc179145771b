"""What a delivery is: a place for digests besides their files.

A delivery has a name, which is the key of its section under ``deliver`` in config.yaml, and a pydantic
model of that section.  It either sends each digest once (:class:`Sender`) or keeps a copy of all of them
up to date (:class:`Mirror`).  ``docs/extending.md`` has an example.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel

from triage.config.deliveries import delivery_classes
from triage.config.schema import Config
from triage.context import Context
from triage.deliver.digests import Digest
from triage.errors import TriageError

Settings = TypeVar("Settings", bound=BaseModel)


HandingOver = Callable[[], AbstractContextManager[None]]
"""Encloses the step that can't be undone: records that the digest may arrive from here on, and then that it did."""


class Delivery(ABC, Generic[Settings]):
    """A place for digests, made from its section of the configuration.

    ``part`` is empty, or tells the targets of one section apart.
    """

    name: ClassVar[str]
    config_model: ClassVar[type[BaseModel]]

    def __init__(self, settings: Settings, part: str = "") -> None:
        self.settings = settings
        self.part = part

    @classmethod
    def parts(cls, settings: Settings) -> Iterable[str]:
        return ("",)

    @property
    def target(self) -> str:
        """How the store knows it."""
        return f"{self.name}:{self.part}" if self.part else self.name


class Sender(Delivery[Settings]):
    """Sends each digest once at the most, of those written since it was set up."""

    @property
    def earlier_target(self) -> str:
        """How the store knew it with other settings; what was sent to it then is not sent again."""
        return ""

    @abstractmethod
    def send(self, digest: Digest, context: Context, handing_over: HandingOver) -> None:
        """Send a digest.

        Wrap the step that can't be undone in ``with handing_over():``.  After an error before it, or a
        ``DeliveryError`` in it, the digest is sent again by a later run.  After any other error in it,
        or if the run is killed there, it may have arrived: it is reported, and never sent again.
        """


@dataclass(frozen=True, slots=True)
class Synced:
    """What a mirror holds after it was brought up to date."""

    days: frozenset[date] = frozenset()
    """The digests in it."""
    failed: Mapping[date, str] = field(default_factory=dict)
    """The digests that are not, and why."""
    problems: tuple[str, ...] = ()
    """What else the reader should know."""
    files: tuple[Path, ...] = ()
    """The files it keeps up to date."""


def write_each(digests: Sequence[Digest], write: Callable[[Digest], object]) -> Synced:
    """Write something of each digest; one that fails costs no other."""
    failed: dict[date, str] = {}
    for digest in digests:
        try:
            write(digest)
        except TriageError as error:
            failed[digest.day] = error.message
    return Synced(frozenset(digest.day for digest in digests) - failed.keys(), failed)


class Mirror(Delivery[Settings]):
    """Holds all digests and follows their edits; doing it again changes nothing."""

    after_others = False
    """True for a mirror that takes the files of the others along."""

    @abstractmethod
    def sync(self, digests: Sequence[Digest], context: Context, files: Sequence[Path]) -> Synced:
        """Bring the copy up to date with all digests, oldest first; ``files`` are those of mirrors before it."""


def targets_of(config: Config) -> list[Sender[BaseModel] | Mirror[BaseModel]]:
    found: list[Any] = []
    # Without a section nothing is loaded.
    for name, kind in delivery_classes().items() if config.deliver.model_fields_set else ():
        settings = config.delivery(name, kind.config_model)
        if settings is not None:
            delivery: Any = kind
            found += [delivery(settings, part) for part in delivery.parts(settings)]
    return found


def target_names(config: Config) -> tuple[str, ...]:
    """Return the names of all targets that are set up, as the store knows them."""
    return tuple(one.target for one in targets_of(config))
