"""What is due goes out once, whatever fails and wherever a run is killed."""

from __future__ import annotations

import smtplib
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.deliver.smtp_server import MailServer
from tests.deliver.world import World
from triage.deliver.decide import GIVEN_UP
from triage.deliver.deliver import deliver_due, target_names


class Killed(BaseException):
    """What a test calls a kill -9: nothing catches it."""


def mail(server: MailServer) -> dict[str, Any]:
    return {"mail": {"to": ["me@example.org"], "host": "localhost", "port": server.port}}


def subjects(server: MailServer) -> list[str]:
    return [str(message["Subject"])[:10] for message in server.behaviour.messages]


def test_nothing_set_up_does_nothing(world: World) -> None:
    world.write()
    assert deliver_due(world.rooms) == ()
    with world.store.reading() as step:
        assert step.digests.deliveries() == []


def test_the_archive_is_not_mailed_when_a_target_is_added(world: World, mail_server: MailServer) -> None:
    world.write()
    world.clock.move(days=1)
    world.set_up(mail(mail_server))
    world.write()
    deliver_due(world.rooms)
    world.clock.move(days=1)
    world.write()
    deliver_due(world.rooms)
    assert subjects(mail_server) == ["2026-03-03", "2026-03-04"]


def test_a_target_put_back_does_not_get_what_it_missed(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    world.write()
    deliver_due(world.rooms)
    world.set_up({})
    world.clock.move(days=1)
    world.write()
    deliver_due(world.rooms)
    world.clock.move(days=1)
    world.set_up(mail(mail_server))
    world.write()
    deliver_due(world.rooms)
    assert subjects(mail_server) == ["2026-03-02", "2026-03-04"]


def test_pages_have_the_archive(world: World) -> None:
    world.write(date(2026, 2, 27))
    world.clock.move(days=1)
    world.set_up({"site": {"folder": "site"}})
    deliver_due(world.rooms)
    assert (world.folder / "site" / "2026-02-27-insights.html").is_file()


def test_a_digest_that_the_reader_removed_is_not_sent(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    world.write().unlink()
    assert deliver_due(world.rooms) == ()
    assert mail_server.behaviour.messages == []


def test_a_digest_that_cannot_be_read_does_not_stop_the_others(world: World, mail_server: MailServer) -> None:
    world.set_up(mail(mail_server))
    world.write(date(2026, 3, 1)).write_bytes(b"\xff\xfe broken")
    world.write(date(2026, 3, 2))
    (problem,) = deliver_due(world.rooms)
    assert "is not UTF-8" in problem
    assert subjects(mail_server) == ["2026-03-02"]


def test_while_a_server_is_down_it_is_asked_once_a_run(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.data_reply = "451 later"
    world.set_up(mail(mail_server))
    for day in (1, 2, 3):
        world.write(date(2026, 3, day))
    assert len(deliver_due(world.rooms)) == 1
    assert mail_server.behaviour.commands.count("DATA") == 1


def test_when_it_is_back_all_are_sent(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.data_reply = "451 later"
    world.set_up(mail(mail_server))
    for day in (1, 2, 3):
        world.write(date(2026, 3, day))
    deliver_due(world.rooms)
    mail_server.behaviour.data_reply = "250 taken"
    world.clock.move(hours=1)
    assert deliver_due(world.rooms) == ()
    assert sorted(subjects(mail_server)) == ["2026-03-01", "2026-03-02", "2026-03-03"]


def test_a_failed_one_is_not_tried_at_once_again(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.data_reply = "451 later"
    world.set_up(mail(mail_server))
    world.write()
    deliver_due(world.rooms)
    world.clock.move(minutes=5)
    assert deliver_due(world.rooms) == ()
    assert mail_server.behaviour.commands.count("DATA") == 1


def test_after_a_week_it_is_given_up_and_said_once(world: World, mail_server: MailServer) -> None:
    mail_server.behaviour.data_reply = "554 never"
    world.set_up(mail(mail_server))
    world.write()
    said = []
    for _ in range(12):
        said.append(deliver_due(world.rooms))
        world.clock.move(days=1)
    told = [problems for problems in said if problems]
    assert GIVEN_UP in told[-1][0]
    assert len(told) == 9  # eight tries, and the last word
    delivery = world.delivery("mail")
    assert delivery is not None
    assert (delivery.tries, delivery.sent_at) == (8, None)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_killed_while_sending_mail_is_made_good(
    world: World, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    world.set_up(mail(mail_server))
    world.write()
    genuine = smtplib.SMTP.send_message

    def killed(self: smtplib.SMTP, message: EmailMessage) -> None:
        if moment == "after":
            genuine(self, message)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(smtplib.SMTP, "send_message", killed)
        with pytest.raises(Killed):
            deliver_due(world.rooms)
    assert deliver_due(world.rooms) == ()
    assert deliver_due(world.rooms) == ()
    # At least once; a second one is the same message to any mail program.
    assert len(mail_server.behaviour.messages) == (2 if moment == "after" else 1)
    assert len({message["Message-ID"] for message in mail_server.behaviour.messages}) == 1


def test_all_targets_together(world: World, mail_server: MailServer) -> None:
    targets = {
        **mail(mail_server),
        "site": {"folder": "site"},
        "papers": {"formats": ["json", "ris"], "folder": "papers"},
    }
    world.set_up(targets)
    world.write()
    assert deliver_due(world.rooms) == ()
    assert target_names(world.config) == ("mail", "papers:json", "papers:ris", "site")
    with world.store.reading() as step:
        found = {one.target: one.sent_at is not None for one in step.digests.deliveries()}
    assert found == dict.fromkeys(target_names(world.config), True)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_no_password_is_kept_in_the_store(world: World, mail_server: MailServer, tmp_path: Path) -> None:
    secret = "open-sesame-4711"
    settings = mail(mail_server)
    settings["mail"] |= {"user": "me", "password": secret}
    world.set_up({**settings, "apprise": {"phone": f"nonsense://{secret}"}})
    world.write()
    assert len(deliver_due(world.rooms)) == 2
    world.store.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("triage.db*"))
    assert secret.encode() not in kept
