"""A delivery may be anybody's code: whatever it does, the run goes on and what is known is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.deliver.world import START, World
from triage.config import deliveries
from triage.config.values import Part, Secret
from triage.context import Context
from triage.deliver.decide import GIVEN_UP, MAY_HAVE_ARRIVED
from triage.deliver.deliver import deliver_due
from triage.deliver.delivery import HandingOver, Mirror, Sender, Synced
from triage.deliver.digests import Digest
from triage.errors import ConfigError

SECRET = "open-sesame-4711"


class OddConfig(Part):
    fails: str = ""
    token: Secret = SecretStr("")


class OddSender(Sender[OddConfig]):
    name = "odd"
    config_model = OddConfig

    def send(self, digest: Digest, context: Context, handing_over: HandingOver) -> None:
        fails = self.settings.fails
        if fails == "before":
            raise ValueError(f"no route to https://x.org/?token={self.settings.token.get_secret_value()}")
        if fails == "nothing enclosed":
            return
        with handing_over():
            if fails == "within":
                raise ValueError("cut off")
        if fails == "after":
            raise ValueError("no goodbye")


class OddMirror(Mirror[OddConfig]):
    name = "mirror"
    config_model = OddConfig

    def sync(self, digests: Sequence[Digest], context: Context, files: Sequence[Path]) -> Synced:
        raise ValueError("the folder is gone")


class NoDelivery:
    name = "none"
    config_model = OddConfig


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    known = tuple((one.name, f"{__name__}:{one.__name__}") for one in (OddSender, OddMirror))
    monkeypatch.setattr(deliveries, "_BUILT_IN", known)
    deliveries.delivery_classes.cache_clear()
    deliveries.deliver_model.cache_clear()
    yield
    deliveries.delivery_classes.cache_clear()
    deliveries.deliver_model.cache_clear()


def test_an_unknown_error_before_the_handing_over_is_tried_again(world: World) -> None:
    world.set_up({"odd": {"fails": "before", "token": SECRET}})
    world.write()
    (problem,) = deliver_due(world.context)
    assert problem == "2026-03-02 to odd: no route to https://x.org/?token=***"
    world.clock.move(hours=1)
    world.set_up({"odd": {}})
    assert deliver_due(world.context) == ()
    delivery = world.delivery("odd")
    assert delivery is not None
    assert (delivery.tries, delivery.sent_at) == (2, world.clock.now())


def test_an_unknown_error_within_the_handing_over_is_reported_and_never_tried_again(world: World) -> None:
    world.set_up({"odd": {"fails": "within"}})
    world.write()
    (problem,) = deliver_due(world.context)
    assert f"to odd: {GIVEN_UP}cut off; {MAY_HAVE_ARRIVED}" in problem
    world.clock.move(days=1)
    assert deliver_due(world.context) == ()


@pytest.mark.parametrize("fails", ["after", "nothing enclosed"])
def test_after_the_handing_over_it_is_sent(world: World, fails: str) -> None:
    world.set_up({"odd": {"fails": fails}})
    world.write()
    assert deliver_due(world.context) == ()
    delivery = world.delivery("odd")
    assert delivery is not None
    assert delivery.sent_at == START


def test_a_mirror_that_fails_costs_no_other_delivery(world: World) -> None:
    world.set_up({"mirror": {}, "odd": {}})
    world.write()
    assert deliver_due(world.context) == ("mirror: the folder is gone",)
    failed, sent = world.delivery("mirror"), world.delivery("odd")
    assert failed is not None
    assert sent is not None
    assert (failed.sent_at, failed.reason, sent.sent_at) == (None, "the folder is gone", START)


def test_a_class_that_is_no_delivery_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "_BUILT_IN", (("none", f"{__name__}:NoDelivery"),))
    deliveries.delivery_classes.cache_clear()
    with pytest.raises(ConfigError, match=r"the delivery 'none' .* is neither a Sender nor a Mirror"):
        deliveries.delivery_classes()
