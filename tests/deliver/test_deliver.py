"""What is due goes out once, whatever fails and wherever a run is killed."""

from __future__ import annotations

import smtplib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.deliver.smtp_server import MailServer
from tests.deliver.world import START, World
from triage.deliver.decide import GIVEN_UP, SENDING
from triage.deliver.deliver import deliver_due
from triage.deliver.delivery import target_names
from triage.errors import StoreError
from triage.store.digests import Delivery, Digests


class Killed(BaseException):
    """What a test calls a kill -9: nothing catches it."""


def mail(server: MailServer) -> dict[str, Any]:
    return {"mail": {"to": ["me@example.org"], "host": "localhost", "port": server.port}}


def subjects(server: MailServer) -> list[str]:
    return [str(message["Subject"])[:10] for message in server.behaviour.messages]


def test_nothing_set_up_does_nothing(world: World) -> None:
    world.write()
    assert deliver_due(world.context) == ()
    with world.store.reading() as tx:
        assert tx.digests.deliveries() == []


def test_the_archive_is_not_mailed_when_a_target_is_added(world: World, mail_server: MailServer) -> None:
    world.write()
    world.clock.move(days=1)
    world.set_up(mail(mail_server))
    world.write()
    deliver_due(world.context)
    world.clock.move(days=1)
    world.write()
    deliver_due(world.context)
    assert subjects(mail_server) == ["2026-03-03", "2026-03-04"]


def test_a_target_put_back_does_not_get_what_it_missed(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    world.write()
    deliver_due(world.context)
    world.set_up({})
    world.clock.move(days=1)
    world.write()
    deliver_due(world.context)
    world.clock.move(days=1)
    world.set_up(mail(mail_server))
    world.write()
    deliver_due(world.context)
    assert subjects(mail_server) == ["2026-03-02", "2026-03-04"]


def test_pages_have_the_archive(world: World) -> None:
    world.write(date(2026, 2, 27))
    world.clock.move(days=1)
    world.set_up({"site": {"folder": "site"}})
    deliver_due(world.context)
    assert (world.folder / "site" / "2026-02-27-insights.html").is_file()


def test_a_digest_that_the_reader_removed_is_not_sent(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    world.write().unlink()
    assert deliver_due(world.context) == ()
    assert mail_server.behaviour.messages == []


def test_a_digest_that_cannot_be_read_does_not_stop_the_others(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    world.write(date(2026, 3, 1)).write_bytes(b"\xff\xfe broken")
    world.write(date(2026, 3, 2))
    (problem,) = deliver_due(world.context)
    assert "is not UTF-8" in problem
    assert subjects(mail_server) == ["2026-03-02"]


def test_while_a_server_is_down_it_is_asked_once_a_run(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.data_reply = "451 later"
    world.set_up(mail(mail_server))
    for day in (1, 2, 3):
        world.write(date(2026, 3, day))
    assert len(deliver_due(world.context)) == 1
    assert mail_server.behaviour.commands.count("DATA") == 1


def test_when_it_is_back_all_are_sent(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.data_reply = "451 later"
    world.set_up(mail(mail_server))
    for day in (1, 2, 3):
        world.write(date(2026, 3, day))
    deliver_due(world.context)
    mail_server.behaviour.data_reply = "250 taken"
    world.clock.move(hours=1)
    assert deliver_due(world.context) == ()
    assert sorted(subjects(mail_server)) == ["2026-03-01", "2026-03-02", "2026-03-03"]


def test_a_failed_one_is_tried_again_by_the_next_run(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.data_reply = "451 later"
    world.set_up(mail(mail_server))
    world.write()
    deliver_due(world.context)
    assert "451 later" in deliver_due(world.context)[0]
    assert mail_server.behaviour.commands.count("DATA") == 2


def test_after_a_week_it_is_given_up_and_reported_once(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.data_reply = "554 never"
    world.set_up(mail(mail_server))
    world.write()
    said = []
    for _ in range(12):
        said.append(deliver_due(world.context))
        world.clock.move(days=1)
    reported = [problems for problems in said if problems]
    assert GIVEN_UP in reported[-1][0]
    assert len(reported) == 9  # eight tries, and the last word
    delivery = world.delivery("mail")
    assert delivery is not None
    assert (delivery.tries, delivery.sent_at) == (8, None)


def kill_at(monkeypatch: pytest.MonkeyPatch, method: str, *, command: str = "", after: bool = False) -> None:
    """Let the run be killed in a method of the mail library, before or after the server's answer."""
    genuine = getattr(smtplib.SMTP, method)

    def killed(self: smtplib.SMTP, *args: Any, **kwargs: Any) -> Any:
        if command and args[0] != command:
            return genuine(self, *args, **kwargs)
        if after:
            genuine(self, *args, **kwargs)
            self.getreply()
        raise Killed

    monkeypatch.setattr(smtplib.SMTP, method, killed)


@pytest.mark.parametrize(
    ("method", "command"),
    [("connect", ""), ("starttls", ""), ("login", ""), ("rcpt", ""), ("docmd", "DATA"), ("send", "")],
)
def test_a_run_killed_before_the_end_of_a_mail_is_simply_repeated(
    world: World, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, method: str, command: str
) -> None:
    settings = mail(mail_server)
    settings["mail"] |= {"user": "me", "password": "right"}
    world.set_up(settings)
    world.write()
    with monkeypatch.context() as patch:
        kill_at(patch, method, command=command)
        with pytest.raises(Killed):
            deliver_due(world.context)
    assert deliver_due(world.context) == ()
    assert deliver_due(world.context) == ()
    assert subjects(mail_server) == ["2026-03-02"]


@pytest.mark.parametrize(("after", "arrived"), [(False, 0), (True, 1)])
def test_a_run_killed_at_the_end_of_a_mail_is_reported_and_nothing_is_sent_twice(
    world: World, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, after: bool, arrived: int
) -> None:
    world.set_up(mail(mail_server))
    file = world.write()
    with monkeypatch.context() as patch:
        kill_at(patch, "putcmd", command=".", after=after)
        with pytest.raises(Killed):
            deliver_due(world.context)
    (problem,) = deliver_due(world.context)
    assert "2026-03-02 to mail" in problem
    assert "it may have arrived, and is not sent twice" in problem
    assert str(file) in problem
    assert deliver_due(world.context) == ()
    assert len(mail_server.behaviour.messages) == arrived


def test_a_run_killed_at_the_goodbye_has_sent_it(
    world: World, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.set_up(mail(mail_server))
    world.write()
    with monkeypatch.context() as patch:
        kill_at(patch, "quit")
        with pytest.raises(Killed):
            deliver_due(world.context)
    assert deliver_due(world.context) == ()
    delivery = world.delivery("mail")
    assert delivery is not None
    assert delivery.sent_at == START
    assert len(mail_server.behaviour.messages) == 1


def test_a_mail_without_an_answer_is_reported_and_not_sent_twice(
    world: World, mail_server: MailServer
) -> None:
    mail_server.behaviour.drop_after_data = True
    world.set_up(mail(mail_server))
    for day in (1, 2):
        world.write(date(2026, 3, day))
    (problem,) = deliver_due(world.context)
    assert "2026-03-01 to mail" in problem
    assert "did not confirm it" in problem
    assert "it may have arrived, and is not sent twice" in problem
    mail_server.behaviour.drop_after_data = False
    world.clock.move(days=1)
    # The next one waited for a better run.
    assert deliver_due(world.context) == ()
    assert subjects(mail_server) == ["2026-03-01", "2026-03-02"]


def test_a_record_that_fails_sends_nothing(
    world: World, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.set_up(mail(mail_server))
    world.write()
    genuine = Digests.put_delivery

    def full(self: Digests, delivery: Delivery) -> None:
        if delivery.reason == SENDING:
            raise StoreError("the disk is full")
        genuine(self, delivery)

    with monkeypatch.context() as patch:
        patch.setattr(Digests, "put_delivery", full)
        with pytest.raises(StoreError):
            deliver_due(world.context)
    assert mail_server.behaviour.messages == []
    assert deliver_due(world.context) == ()
    assert len(mail_server.behaviour.messages) == 1


def test_all_targets_together(world: World, mail_server: MailServer) -> None:
    targets = {
        **mail(mail_server),
        "site": {"folder": "site"},
        "papers": {"formats": ["json", "ris"], "folder": "papers"},
    }
    world.set_up(targets)
    world.write()
    assert deliver_due(world.context) == ()
    assert target_names(world.config) == ("mail", "papers:json", "papers:ris", "site")
    with world.store.reading() as tx:
        found = {one.target: one.sent_at is not None for one in tx.digests.deliveries()}
    assert found == dict.fromkeys(target_names(world.config), True)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_no_password_is_kept_in_the_store(world: World, mail_server: MailServer, tmp_path: Path) -> None:
    secret = "open-sesame-4711"
    settings = mail(mail_server)
    settings["mail"] |= {"user": "me", "password": secret}
    world.set_up({**settings, "apprise": {"phone": f"nonsense://{secret}"}})
    world.write()
    assert len(deliver_due(world.context)) == 2
    world.store.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("triage.db*"))
    assert secret.encode() not in kept
