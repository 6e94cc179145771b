"""A digest by e-mail: one message each, encrypted or not at all, and reported plainly when it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.deliver.smtp_server import MailServer
from tests.deliver.world import START, World
from triage.config.load import parse_config
from triage.deliver.deliver import deliver_due
from triage.deliver.delivery import target_names
from triage.deliver.failure import DeliveryError, UnsureError
from triage.deliver.mail import Mail, mail_message

SECRET = "open-sesame-4711"
ME = "me@example.org"


def mail(server: MailServer, **more: Any) -> dict[str, Any]:
    settings = {"to": ["me@example.org"], "host": "localhost", "port": server.port}
    return {"mail": {**settings, **more}}


def part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    assert body is not None
    return str(body.get_content())


@contextmanager
def at_once() -> Iterator[None]:
    """Hand over without recording it."""
    yield


def target(world: World, **seconds: float) -> Mail:
    made = Mail(world.config.deliver.mail)
    for name, value in seconds.items():
        setattr(made, name, value)
    return made


def test_a_digest_is_sent_once_over_starttls(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    world.write()
    assert deliver_due(world.context) == ()
    assert deliver_due(world.context) == ()
    assert mail_server.behaviour.encrypted == [True]
    delivery = world.delivery("mail")
    assert delivery is not None
    assert (delivery.sent_at, delivery.tries, delivery.reason) == (START, 1, "")


def test_the_message_holds_the_digest_as_text_and_as_html(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    world.write(titles=("A plain title",))
    deliver_due(world.context)
    (message,) = mail_server.behaviour.messages
    assert message.get_content_type() == "multipart/alternative"
    assert message["Subject"] == "2026-03-02-insights: 1 of 3 papers"
    assert message["To"] == "me@example.org"
    assert "A plain title (https://arxiv.org/pdf/2603.00200.pdf)" in part(message, "plain")
    assert '<h2><a href="https://arxiv.org/pdf/2603.00200.pdf">A plain title</a></h2>' in part(
        message, "html"
    )


def test_what_the_reader_wrote_is_what_is_sent(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    file = world.write()
    file.write_text(
        file.read_text().replace("Categories: RAG", "Categories: RAG\n\nRead this one first, 好.")
    )
    deliver_due(world.context)
    (message,) = mail_server.behaviour.messages
    assert "Read this one first, 好." in part(message, "plain")
    assert "Read this one first, 好." in part(message, "html")


def test_boxes_that_cannot_be_ticked_in_a_mail_are_left_out(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    world.write()
    deliver_due(world.context)
    (message,) = mail_server.behaviour.messages
    for subtype in ("plain", "html"):
        assert "[ ]" not in part(message, subtype)
        assert "read on the next run" not in part(message, subtype)
        assert "type an x between the brackets" not in part(message, subtype)


def test_a_hostile_title_stays_text(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    world.write(titles=("<script>alert(1)</script>\r\nBcc: all@example.org [x](javascript:y)",))
    assert deliver_due(world.context) == ()
    (message,) = mail_server.behaviour.messages
    assert message["Bcc"] is None
    assert "<script" not in part(message, "html")
    assert 'href="javascript' not in part(message, "html")


def test_all_lines_are_short_enough_for_any_server(world: World) -> None:
    world.set_up({"mail": {"to": ["me@example.org"], "host": "x.example.org"}})
    file = world.write(titles=("word " * 3000, "字" * 3000))
    message = mail_message(world.digest(file), world.config.deliver.mail, ME, world.config, START)
    sent = message.as_bytes()
    assert max(map(len, sent.split(b"\r\n"))) <= 998
    assert sent.isascii()


def test_the_message_id_is_the_same_for_the_same_digest_and_receivers(world: World) -> None:
    world.set_up({"mail": {"to": ["me@example.org"], "host": "x.example.org"}})
    digest = world.digest(world.write())
    first = mail_message(digest, world.config.deliver.mail, ME, world.config, START)["Message-ID"]
    world.clock.move(days=1)
    again = mail_message(digest, world.config.deliver.mail, ME, world.config, world.clock.now())["Message-ID"]
    other = mail_message(
        replace(digest, day=date(2026, 3, 3)), world.config.deliver.mail, ME, world.config, START
    )["Message-ID"]
    assert first == again != other


def test_tls_from_the_start_works(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.tls_from_the_start = True
    world.set_up(mail(mail_server, security="tls"))
    world.write()
    assert deliver_due(world.context) == ()
    assert mail_server.behaviour.encrypted == [True]


def test_a_server_on_this_machine_may_do_without_encryption(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server, security="none"))
    world.write()
    assert deliver_due(world.context) == ()
    assert mail_server.behaviour.encrypted == [False]


def test_user_and_password_are_used(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.password = SECRET
    world.set_up(mail(mail_server, user="me", password=SECRET))
    world.write()
    assert deliver_due(world.context) == ()
    assert len(mail_server.behaviour.messages) == 1


def test_the_password_may_come_from_the_environment(
    world: World, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_server.behaviour.password = SECRET
    monkeypatch.setenv("TRIAGE_DELIVER__MAIL__PASSWORD", SECRET)
    file = {**world.settings, "deliver": mail(mail_server, user="me")}
    config = parse_config(json.dumps(file), world.folder / "config.yaml")
    world.write()
    assert deliver_due(replace(world.context, config=config)) == ()
    assert len(mail_server.behaviour.messages) == 1


def failed(world: World) -> str:
    """Deliver, and return the one problem, which must be recorded as well."""
    (problem,) = deliver_due(world.context)
    delivery = world.delivery("mail")
    assert delivery is not None
    assert delivery.sent_at is None
    assert delivery.reason in problem
    return problem


def test_without_starttls_nothing_is_sent_in_the_open(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.offer_starttls = False
    world.set_up(mail(mail_server, user="me", password=SECRET))
    world.write()
    assert "Nothing was sent in the open" in failed(world)
    assert not any(command.startswith(("AUTH", "MAIL")) for command in mail_server.behaviour.commands)


def test_a_refused_starttls_sends_nothing(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.starttls_reply = "454 TLS not available"
    world.set_up(mail(mail_server))
    world.write()
    assert "454 TLS not available" in failed(world)
    assert mail_server.behaviour.messages == []


def test_a_certificate_of_another_authority_is_refused(
    world: World, mail_server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    world.set_up(mail(mail_server))
    world.write()
    assert "can't be trusted" in failed(world)
    assert mail_server.behaviour.messages == []


def test_a_certificate_for_another_name_is_refused(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server, host="127.0.0.1"))
    world.write()
    assert "can't be trusted" in failed(world)


def test_a_wrong_password_is_reported_without_the_password(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server, user="me", password=SECRET))
    world.write()
    problem = failed(world)
    assert "refused the user or password" in problem
    # The test server is so rude as to repeat it.
    assert SECRET not in problem
    assert "***" in problem


def test_a_server_that_hangs_up_at_the_login_means_the_user_or_the_password(
    world: World, mail_server: MailServer
) -> None:
    mail_server.behaviour.login_reply = None
    world.set_up(mail(mail_server, user="me", password=SECRET))
    world.write()
    problem = failed(world)
    assert "hung up at the login" in problem
    assert "deliver.mail.user" in problem
    assert "port" not in problem


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        (b"535 " + "用户名或密码错误".encode("gbk"), "535 用户名或密码错误"),
        (b"535 " + "用户名或密码错误".encode(), "535 用户名或密码错误"),
        (b"535 refus\xe9 \xff", "535 refus"),
        (b"535 \x1b[31mred\x1b]0;title\x07", "535 [31mred]0;title"),
    ],
)
def test_a_servers_words_are_decoded_and_hold_no_control_characters(
    world: World, mail_server: MailServer, reply: bytes, shown: str
) -> None:
    mail_server.behaviour.login_reply = reply
    world.set_up(mail(mail_server, user="me", password=SECRET))
    world.write()
    problem = failed(world)
    assert f"{shown}\n" in problem
    assert all(character.isprintable() for character in problem.replace("\n", ""))


def test_mail_is_from_the_user_where_no_sender_is_set(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server, user="me@work.example.org", password="right"))
    world.write()
    assert deliver_due(world.context) == ()
    assert mail_server.behaviour.messages[0]["From"] == "me@work.example.org"


@pytest.mark.parametrize(
    ("reply", "key"),
    [
        ("501 mail from address must be same as authorization user", "deliver.mail.sender"),
        ("553 5.7.1 not owned by user", "deliver.mail.sender"),
        ("530 5.7.0 authentication required", "deliver.mail.user"),
    ],
)
def test_a_refused_sender_names_the_key_that_mends_it(
    world: World, mail_server: MailServer, reply: str, key: str
) -> None:
    mail_server.behaviour.mail_reply = reply
    world.set_up(mail(mail_server))
    world.write()
    problem = failed(world)
    assert reply in problem
    assert key in problem.splitlines()[-1]


@pytest.mark.parametrize("reply", ["451 try again later", "554 looks like spam"])
def test_a_message_that_is_not_taken_is_reported_with_the_reason(
    world: World, mail_server: MailServer, reply: str
) -> None:
    mail_server.behaviour.data_reply = reply
    world.set_up(mail(mail_server))
    world.write()
    assert reply in failed(world)


def test_a_receiver_that_is_refused_does_not_cost_the_others(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.refuse = {"gone@example.org": "550 no such user"}
    world.set_up(mail(mail_server, to=["gone@example.org", "me@example.org"]))
    world.write()
    (problem,) = deliver_due(world.context)
    assert "refused the receiver: gone@example.org: 550 no such user" in problem
    deliver_due(world.context)
    assert mail_server.behaviour.receivers == [["me@example.org"]]


def test_a_greylisted_mail_is_sent_by_a_later_run(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.refuse = {"me@example.org": "450 greylisted"}
    world.set_up(mail(mail_server))
    world.write()
    assert "450 greylisted" in failed(world)
    mail_server.behaviour.refuse = {}
    world.clock.move(hours=1)
    assert deliver_due(world.context) == ()
    delivery = world.delivery("mail")
    assert delivery is not None
    assert delivery.sent_at == world.clock.now()
    assert delivery.tries == 2


def test_a_connection_dropped_within_the_message_leaves_open_whether_it_was_taken(
    world: World, mail_server: MailServer
) -> None:
    mail_server.behaviour.drop_in_data = True
    world.set_up(mail(mail_server))
    digest = world.digest(world.write())
    with pytest.raises(UnsureError, match="did not confirm it"):
        target(world).send(digest, world.context, at_once)


def test_no_server_at_all_is_reported(world: World) -> None:
    world.set_up({"mail": {"to": ["me@example.org"], "host": "127.0.0.1", "port": 1}})
    world.write()
    assert "127.0.0.1 can't be reached" in failed(world)


def test_a_silent_server_is_left_in_time(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.silent_after = "MAIL"
    world.set_up(mail(mail_server))
    digest = world.digest(world.write())
    with pytest.raises(DeliveryError, match="timed out") as caught:
        target(world, session_seconds=1.0).send(digest, world.context, at_once)
    assert not isinstance(caught.value, UnsureError)
    assert mail_server.behaviour.messages == []


def test_a_server_that_does_not_say_whether_it_took_a_mail_leaves_that_open(
    world: World, mail_server: MailServer
) -> None:
    mail_server.behaviour.silent_after = "."
    world.set_up(mail(mail_server))
    digest = world.digest(world.write())
    with pytest.raises(UnsureError, match="did not confirm it"):
        target(world, answer_seconds=0.5).send(digest, world.context, at_once)


def test_a_server_may_take_its_time_for_the_last_answer(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.seconds_after_data = 0.4
    world.set_up(mail(mail_server))
    digest = world.digest(world.write())
    target(world, session_seconds=0.3).send(digest, world.context, at_once)
    assert len(mail_server.behaviour.messages) == 1


def test_without_the_handing_over_nothing_is_sent(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    digest = world.digest(world.write())

    @contextmanager
    def interrupted() -> Iterator[None]:
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        target(world).send(digest, world.context, interrupted)
    assert mail_server.behaviour.messages == []


def test_a_line_that_is_a_dot_ends_nothing(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    file = world.write()
    file.write_text(file.read_text() + "\n\n```\n.\n..x\nQUIT\n```\n\nThe end.\n")
    assert deliver_due(world.context) == ()
    (message,) = mail_server.behaviour.messages
    assert part(message, "plain").splitlines()[-6:-1] == [".", "..x", "QUIT", "```", ""]
    assert part(message, "plain").rstrip().endswith("The end.")


def test_a_receiver_who_is_refused_for_now_gets_it_later_and_the_others_once(
    world: World, mail_server: MailServer
) -> None:
    mail_server.behaviour.refuse = {"ada@example.org": "450 greylisted"}
    world.set_up(mail(mail_server, to=["me@example.org", "ada@example.org"]))
    world.write()
    (problem,) = deliver_due(world.context)
    assert problem.startswith("2026-03-02 to mail:ada@example.org: ")
    assert "450 greylisted" in problem
    waiting = world.delivery("mail:ada@example.org")
    assert waiting is not None
    assert waiting.sent_at is None
    mail_server.behaviour.refuse = {}
    world.clock.move(hours=1)
    assert deliver_due(world.context) == ()
    world.clock.move(days=1)
    world.write()
    assert deliver_due(world.context) == ()
    assert mail_server.behaviour.receivers == [
        ["me@example.org"],
        ["ada@example.org"],
        ["me@example.org"],
        ["ada@example.org"],
    ]
    ids = [message["Message-ID"] for message in mail_server.behaviour.messages]
    assert len(set(ids)) == 4
    assert target_names(world.config) == ("mail:me@example.org", "mail:ada@example.org")


def test_nobody_gets_a_digest_twice_when_receivers_are_added_and_taken_out(
    world: World, mail_server: MailServer
) -> None:
    """Nor after an update from a version that sent one message to all."""
    world.write()
    for receivers in (["me@example.org"], ["me@example.org", "ada@example.org"], ["me@example.org"]):
        world.set_up(mail(mail_server, to=receivers))
        assert deliver_due(world.context) == ()
    assert mail_server.behaviour.receivers == [["me@example.org"]]


def test_a_message_that_is_too_big_is_reported_before_it_is_sent(
    world: World, mail_server: MailServer
) -> None:
    mail_server.behaviour.offers = ["SIZE 1000"]
    mail_server.behaviour.mail_reply = "552 5.3.4 too big"
    world.set_up(mail(mail_server))
    world.write()
    assert "552 5.3.4 too big" in failed(world)
    assert any(" size=" in command for command in mail_server.behaviour.commands)
    assert not any(command.startswith("DATA") for command in mail_server.behaviour.commands)


def test_addresses_beyond_ascii_are_sent_to_where_the_server_can(
    world: World, mail_server: MailServer
) -> None:
    mail_server.behaviour.offers = ["SMTPUTF8"]
    world.set_up(mail(mail_server, to=["jörg@example.org"]))
    world.write()
    assert deliver_due(world.context) == ()
    assert mail_server.behaviour.receivers == [["jörg@example.org"]]
    (message,) = mail_server.behaviour.messages
    assert message["To"].encode(errors="surrogateescape").decode() == "jörg@example.org"


def test_addresses_beyond_ascii_are_reported_where_the_server_can_not(
    world: World, mail_server: MailServer
) -> None:
    world.set_up(mail(mail_server, to=["jörg@example.org"]))
    world.write()
    assert "SMTPUTF8" in failed(world)


def test_a_domain_beyond_ascii_is_sent_in_the_letters_of_the_net(
    world: World, mail_server: MailServer
) -> None:
    world.set_up(mail(mail_server, to=["me@bücher.example"]))
    world.write()
    assert deliver_due(world.context) == ()
    assert mail_server.behaviour.receivers == [["me@xn--bcher-kva.example"]]
    (message,) = mail_server.behaviour.messages
    assert message["To"] == "me@xn--bcher-kva.example"


@pytest.mark.parametrize("address", ["a,b@example.org", "<me@example.org>", "a..b@example.org"])
def test_an_address_that_is_none_is_reported(world: World, mail_server: MailServer, address: str) -> None:
    world.set_up(mail(mail_server, to=[address]))
    world.write()
    assert f"{address} is not an address" in failed(world)


def test_a_chinese_subject_arrives(tmp_path: Path, mail_server: MailServer) -> None:
    world = World(tmp_path, mail(mail_server), digest={"language": "zh"})
    world.write()
    assert deliver_due(world.context) == ()
    (message,) = mail_server.behaviour.messages
    assert message["Subject"] == "2026-03-02-insights: 3 篇里选了 1 篇"
    world.store.close()


def test_a_server_without_a_login_is_reported(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.offers = []
    world.set_up(mail(mail_server, user="me", password=SECRET))
    world.write()
    problem = failed(world)
    assert "AUTH" in problem
    assert "deliver.mail.security" in problem


def test_a_password_that_cannot_be_sent_is_reported(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server, user="me", password="pässword-4711"))
    world.write()
    problem = failed(world)
    assert "beyond ASCII" in problem
    assert "ssword" not in problem.replace("password", "")


def test_a_server_name_that_cannot_be_is_reported(world: World) -> None:
    world.set_up({"mail": {"to": ["me@example.org"], "host": "mail..example.org"}})
    world.write()
    assert "deliver.mail.host" in failed(world)


@pytest.mark.parametrize("greeting", ["554 no", "421 too busy", "SSH-2.0-OpenSSH_9.2"])
def test_a_server_that_does_not_greet_is_reported(
    world: World, mail_server: MailServer, greeting: str
) -> None:
    mail_server.behaviour.greeting = greeting
    world.set_up(mail(mail_server))
    world.write()
    assert "did not take it" in failed(world)


def test_starttls_where_the_server_wants_tls_is_reported_with_the_remedy(
    world: World, mail_server: MailServer
) -> None:
    mail_server.behaviour.tls_from_the_start = True
    world.set_up(mail(mail_server))
    digest = world.digest(world.write())
    with pytest.raises(DeliveryError) as caught:
        target(world, session_seconds=0.5).send(digest, world.context, at_once)
    assert "465 is for tls" in str(caught.value)
