"""The deliveries there are, and the section ``deliver``: a key a delivery, checked by that delivery's own model.

Deliveries stand above the configuration, so they are named here and found when a section asks for them:
the built-in ones, and those that other packages bring under the entry point group ``triage.deliveries``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, create_model

from triage.config.values import Part
from triage.errors import ConfigError

ENTRY_POINT_GROUP = "triage.deliveries"

_BUILT_IN = (
    ("mail", "triage.deliver.mail:Mail"),
    ("apprise", "triage.deliver.messages:Message"),
    ("papers", "triage.deliver.papers:Papers"),
    ("site", "triage.deliver.site:Site"),
    ("git", "triage.deliver.git:Git"),
)


class DeliveryClass(Protocol):
    """What the configuration needs of a delivery; see :class:`triage.deliver.delivery.Delivery`."""

    name: ClassVar[str]
    config_model: ClassVar[type[BaseModel]]


@cache
def delivery_classes() -> Mapping[str, type[DeliveryClass]]:
    """Return all deliveries by name; another package's may replace a built-in one.

    Raises ConfigError if one can't be loaded.
    """
    built_in = [EntryPoint(name, value, ENTRY_POINT_GROUP) for name, value in _BUILT_IN]
    return _loaded((*built_in, *entry_points(group=ENTRY_POINT_GROUP)))


def _loaded(points: Iterable[EntryPoint]) -> dict[str, type[DeliveryClass]]:
    found: dict[str, type[DeliveryClass]] = {}
    for point in points:
        try:
            delivery = point.load()
            if fault := _fault(delivery):
                raise TypeError(fault)
        except Exception as error:
            # Whatever another package's import raises, the reader must hear which package it was.
            raise ConfigError(
                f"the delivery {point.name!r} ({point.value}) can't be loaded: {error}.",
                remedy="Update or remove the package that brings it; docs/extending.md has an example.",
            ) from error
        found[delivery.name] = delivery
    return found


def _fault(delivery: Any) -> str:
    """Return what keeps a class from being a delivery, or an empty string."""
    if not (isinstance(delivery.name, str) and issubclass(delivery.config_model, BaseModel)):
        return "it needs a name, and config_model, a pydantic model"
    if hasattr(Part, delivery.name):
        return f"pydantic's models have {delivery.name!r} already, so it needs another name"
    if not hasattr(delivery, "parts") or not (hasattr(delivery, "send") or hasattr(delivery, "sync")):
        return "it is neither a Sender nor a Mirror of triage.deliver.delivery"
    return ""


@cache
def deliver_model() -> type[Part]:
    """Return the model of the section ``deliver``: each delivery's own, None where nothing is set."""
    sections: Any = {name: (one.config_model | None, None) for name, one in delivery_classes().items()}
    return create_model("DeliverConfig", __base__=Part, **sections)


def deliver_config(value: Any) -> Part:
    """Check the section ``deliver``; a plain ``Part`` is no section at all, and needs nothing loaded.

    Raises pydantic.ValidationError if a delivery is unknown, or its model refuses its section.
    """
    return value if isinstance(value, Part) else deliver_model().model_validate(value)
