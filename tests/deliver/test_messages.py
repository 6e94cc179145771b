"""A digest as a message through Apprise: short, harmless, sent once at the most."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from tests.deliver.webhook import Webhook
from tests.deliver.world import START, World
from triage.deliver.decide import GIVEN_UP
from triage.deliver.deliver import deliver_due
from triage.deliver.messages import message_text
from triage.digest.language import language_of

# Apprise imports a module that Python 3.13 no longer has, and brings its own if need be.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ENGLISH = language_of("en")
TOKEN = "secret-token-123456"


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        yield server


def phone(webhook: Webhook) -> dict[str, Any]:
    return {"apprise": {"phone": f"json://127.0.0.1:{webhook.port}/{TOKEN}"}}


def test_a_digest_is_sent_once(world: World, webhook: Webhook) -> None:
    world.set_up(phone(webhook))
    file = world.write(titles=("A plain title",))
    assert deliver_due(world.context) == ()
    assert deliver_due(world.context) == ()
    (posted,) = webhook.posted
    assert posted["title"] == "2026-03-02-insights: 1 of 3 papers"
    assert "A plain title" in posted["message"]
    assert file.name in posted["message"]
    delivery = world.delivery("apprise:phone")
    assert delivery is not None
    assert delivery.sent_at == START


def test_a_failure_is_reported_without_the_token_and_tried_again(world: World, webhook: Webhook) -> None:
    webhook.statuses = [500]
    world.set_up(phone(webhook))
    world.write()
    (problem,) = deliver_due(world.context)
    assert "500" in problem
    assert TOKEN not in problem
    world.clock.move(hours=1)
    assert deliver_due(world.context) == ()
    delivery = world.delivery("apprise:phone")
    assert delivery is not None
    assert (delivery.tries, delivery.sent_at) == (2, world.clock.now())


def test_a_corrected_address_gets_what_failed_before(world: World, webhook: Webhook) -> None:
    world.set_up({"apprise": {"phone": "json://127.0.0.1:1/"}})
    world.write()
    assert len(deliver_due(world.context)) == 1
    world.clock.move(days=1)
    world.set_up(phone(webhook))
    assert deliver_due(world.context) == ()
    assert len(webhook.posted) == 1


def test_an_address_that_apprise_does_not_know_is_reported_by_its_name(world: World) -> None:
    world.set_up({"apprise": {"phone": f"nonsense://{TOKEN}"}})
    world.write()
    (problem,) = deliver_due(world.context)
    assert "deliver.apprise.phone is not an address that Apprise knows" in problem
    assert TOKEN not in problem


def test_one_broken_address_does_not_cost_the_other(world: World, webhook: Webhook) -> None:
    world.set_up({"apprise": {"broken": "nonsense://x", **phone(webhook)["apprise"]}})
    world.write()
    assert len(deliver_due(world.context)) == 1
    assert len(webhook.posted) == 1


def test_without_apprise_the_remedy_is_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "apprise":
            raise ImportError(name)
        return genuine(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    world.set_up({"apprise": {"phone": "json://127.0.0.1:1/"}})
    world.write()
    (problem,) = deliver_due(world.context)
    assert "pip install apprise" in problem


class Killed(BaseException):
    """What a test calls a kill -9: nothing catches it."""


def test_a_message_cut_off_by_a_kill_is_not_sent_twice(
    world: World, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.set_up(phone(webhook))
    world.write()
    import apprise

    genuine = apprise.Apprise.notify

    def killed_after(self: Any, *args: Any, **kwargs: Any) -> None:
        genuine(self, *args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(apprise.Apprise, "notify", killed_after)
        with pytest.raises(Killed):
            deliver_due(world.context)
    (problem,) = deliver_due(world.context)
    assert "it may have arrived" in problem
    assert deliver_due(world.context) == ()
    assert len(webhook.posted) == 1


def test_a_service_that_does_not_answer_may_have_it_and_is_not_asked_again(
    world: World, webhook: Webhook
) -> None:
    webhook.silent = True
    world.set_up({"apprise": {"phone": f"json://127.0.0.1:{webhook.port}/{TOKEN}?rto=0.3"}})
    file = world.write()
    (problem,) = deliver_due(world.context)
    assert "it may have arrived, and is not sent twice" in problem
    assert str(file) in problem
    assert TOKEN not in problem
    world.clock.move(days=1)
    assert deliver_due(world.context) == ()
    assert len(webhook.posted) == 1


def test_a_service_that_was_not_reached_is_asked_again(world: World) -> None:
    world.set_up({"apprise": {"phone": "json://127.0.0.1:1/"}})
    world.write()
    (problem,) = deliver_due(world.context)
    assert "may have arrived" not in problem
    delivery = world.delivery("apprise:phone")
    assert delivery is not None
    assert not delivery.reason.startswith(GIVEN_UP)


def test_an_address_with_two_receivers_is_not_sent_again_when_one_has_it(
    world: World, webhook: Webhook
) -> None:
    webhook.statuses = [200, 500]
    world.set_up({"apprise": {"both": f"mmost://127.0.0.1:{webhook.port}/{TOKEN}?channels=one,two"}})
    world.write()
    (problem,) = deliver_due(world.context)
    assert "it went out in part" in problem
    world.clock.move(days=1)
    assert deliver_due(world.context) == ()
    assert len(webhook.posted) == 2


def test_an_address_with_two_receivers_is_sent_again_when_none_has_it(world: World, webhook: Webhook) -> None:
    webhook.statuses = [500, 500]
    world.set_up({"apprise": {"both": f"mmost://127.0.0.1:{webhook.port}/{TOKEN}?channels=one,two"}})
    world.write()
    assert len(deliver_due(world.context)) == 1
    world.clock.move(days=1)
    assert deliver_due(world.context) == ()
    assert len(webhook.posted) == 4


CHATS = {
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
    "telegram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "ntfy": "ntfys://my-topic-1234",
    "feishu": "feishu://abcdef1234567/",
    "dingtalk": "dingtalk://abcdefghijklmnop/",
}


@pytest.fixture
def chats(webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> Webhook:
    """All services of the world at the webhook's door."""
    genuine = HTTPAdapter.send

    def send(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        request.url = f"http://127.0.0.1:{webhook.port}/"
        return genuine(self, request, *args, **kwargs)

    monkeypatch.setattr(HTTPAdapter, "send", send)
    return webhook


def shown_by(world: World, chats: Webhook, name: str, *titles: str) -> str:
    """Send a digest to a service, and return what it was given to show."""
    world.set_up({"apprise": {name: CHATS[name]}})
    world.write(titles=titles)
    assert deliver_due(world.context) == ()
    (posted,) = chats.posted
    match name:
        case "slack":
            return str(posted["attachments"][0]["text"])
        case "discord" | "ntfy":
            return str(posted.get("content") or posted["message"])
        case "feishu":
            return str(posted["content"]["text"])
        case "dingtalk":
            return str(posted["markdown"]["text"])
        case _:
            assert posted["parse_mode"] == "HTML"
            return str(posted["text"])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("slack", "|A\\* search &amp; &lt;b&gt; of [C](D)>*"),
        ("telegram", ">A* search &amp; &lt;b&gt; of [C](D)</a></b>"),
        ("discord", r"## [A\* search & \<b\> of \[C\]\(D)](https://arxiv.org/pdf/2603.00200.pdf)"),
        ("dingtalk", r"## [A\* search & \<b\> of \[C\]\(D)](https://arxiv.org/pdf/2603.00200.pdf)"),
        ("ntfy", "A* search & <\N{WORD JOINER}b> of [C](D) (https://arxiv.org/pdf/2603.00200.pdf)"),
        ("feishu", "A* search & <\N{WORD JOINER}b> of [C](D) (https://arxiv.org/pdf/2603.00200.pdf)"),
    ],
)
def test_a_title_is_the_text_it_is_in_each_service_as_far_as_it_can_be(
    world: World, chats: Webhook, name: str, shown: str
) -> None:
    assert shown in shown_by(world, chats, name, "A* search & <b> of [C](D)")


@pytest.mark.parametrize("name", sorted(CHATS))
def test_no_title_calls_anybody(world: World, chats: Webhook, name: str) -> None:
    calls = ["@everyone", "@here", "<!channel>", "<@U123>", "<@&555>", '<at user_id="all">']
    text = shown_by(world, chats, name, " ".join(calls), *calls)
    assert not [call for call in calls if call in text and f"\\{call}" not in text]


@pytest.mark.parametrize(
    ("name", "longest"),
    [("slack", 35_000), ("telegram", 4096), ("discord", 2000), ("ntfy", 7800), ("feishu", 19_985)],
)
def test_a_long_digest_is_short_enough_for_each_service(
    world: World, chats: Webhook, name: str, longest: int
) -> None:
    titles = [f"Title {number} & <b>{'字 & <i> word ' * 9}" for number in range(40)]
    text = shown_by(world, chats, name, *titles)
    assert len(text) < longest
    assert "Title 0" in text
    assert "… and more: " in text


def test_a_chinese_digest_is_short_enough_for_ntfy_which_counts_bytes(world: World, chats: Webhook) -> None:
    text = shown_by(world, chats, "ntfy", *("字" * 100 for _ in range(40)))
    assert 2000 < len(text.encode()) < 4096


@given(room=st.integers(200, 4000), titles=st.lists(st.text("ab <>&*_[]()@\\`|~", max_size=200), max_size=9))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_digest_fits_in_any_form(world: World, room: int, titles: list[str]) -> None:
    text = world.digest(world.write(titles=tuple(titles))).text
    for form in ("html", "markdown", "text"):
        assert len(message_text(text, "FILE", room, ENGLISH, form)) <= room


def test_a_page_on_the_web_is_linked_rather_than_the_file(world: World, webhook: Webhook) -> None:
    world.set_up({**phone(webhook), "site": {"folder": "site", "url": "https://me.example.org/papers/"}})
    world.write()
    deliver_due(world.context)
    assert "https://me.example.org/papers/2026-03-02-insights.html" in webhook.posted[0]["message"]


def test_a_short_digest_is_whole_and_without_the_long_list(world: World) -> None:
    text = world.digest(world.write(titles=("First", "Second"))).text
    message = message_text(text, "FILE", 3000, ENGLISH, "markdown")
    assert "First" in message
    assert "Second" in message
    assert "Other paper" not in message
    assert "The rest of the listing" not in message
    assert message.endswith("The whole digest: FILE")


@pytest.mark.parametrize("longest", [200, 400, 800])
def test_a_long_one_is_cut_between_paragraphs(world: World, longest: int) -> None:
    text = world.digest(world.write(titles=tuple(f"Title {n} " + "word " * 10 for n in range(12)))).text
    message = message_text(text, "FILE", longest, ENGLISH, "markdown")
    assert len(message) <= longest
    assert message.endswith("… and more: FILE")
    assert message.count("[") == message.count("](")


def test_a_title_cannot_call_everyone(world: World) -> None:
    text = world.digest(world.write(titles=("@everyone look",))).text
    assert "@everyone" not in message_text(text, "FILE", 3000, ENGLISH, "markdown")
    assert "@\N{WORD JOINER}everyone look" in message_text(text, "FILE", 3000, ENGLISH, "markdown")
