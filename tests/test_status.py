"""Status says how things stand and what needs the reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from triage.config import Config, DeliverConfig, MailConfig
from triage.config_file import parse_config
from triage.papers import Announcement, AnnouncementState, ArxivId, Label, LabelSource, ListedPaper, Paper
from triage.status import LOW_DISK_BYTES, Status, look
from triage.store.digests import Delivery, StoredDigest
from triage.store.store import Store

# A Wednesday morning in UTC: Wednesday's listing was announced eight hours ago.
WED = date(2026, 3, 4)
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
MON, TUE = WED - timedelta(days=2), WED - timedelta(days=1)
COMPLETE = AnnouncementState.COMPLETE


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return parse_config("categories: [cs.CL]", tmp_path / "config.yaml")


def announce(config: Config, day: date, state: AnnouncementState = COMPLETE, reason: str = "") -> None:
    with Store(config.store_url) as store, store.step() as step:
        items = [ListedPaper(Paper(ArxivId(f"2603.{day.day:05d}"), "T"))] if state is COMPLETE else []
        step.announcements.put(Announcement(day, state, new=len(items), reason=reason), items)


def digest(config: Config, day: date) -> None:
    with Store(config.store_url) as store, store.step() as step:
        step.digests.put(StoredDigest(day, (day,), f"{day}.md", "t", "t", NOW, 1, 0, "m"), [])


def test_a_fresh_store_is_due_the_latest_listing_and_wants_a_model(config: Config) -> None:
    status = look(config, NOW)
    assert (status.last_done, status.last_digest, status.due, status.overdue) == (None, None, (WED,), False)
    assert status.needs == ("there is no model yet: triage learn",)
    assert status.next_announcement == datetime(2026, 3, 5, 1, tzinfo=UTC)


def test_a_day_behind_is_due_but_not_overdue(config: Config) -> None:
    announce(config, TUE)
    status = look(config, NOW)
    assert (status.last_done, status.due, status.overdue) == (TUE, (WED,), False)


def test_two_days_behind_is_overdue_and_says_since_when(config: Config) -> None:
    announce(config, MON)
    status = look(config, NOW)
    assert (status.due, status.overdue) == ((TUE, WED), True)
    assert f"2 announcements are waiting since {TUE}: triage run" in status.needs


def test_all_done_is_neither(config: Config) -> None:
    announce(config, WED)
    status = look(config, NOW)
    assert (status.due, status.overdue) == ((), False)


def test_a_failed_announcement_needs_the_reader(config: Config) -> None:
    announce(config, WED, AnnouncementState.FAILED, "the feed was cut")
    assert f"the announcement of {WED} failed: the feed was cut" in look(config, NOW).needs


def test_a_doubtful_announcement_is_told_for_two_weeks(config: Config) -> None:
    announce(config, WED, reason="fewer papers than usual")
    assert [one.day for one in look(config, NOW).suspicious] == [WED]
    assert look(config, NOW + timedelta(days=15)).suspicious == ()


def test_an_announcement_empty_by_the_calendar_is_not_doubtful(config: Config) -> None:
    announce(config, WED, AnnouncementState.EMPTY, "a holiday of arXiv's")
    assert look(config, NOW).suspicious == ()


def test_what_is_stored_without_a_digest_is_waiting(config: Config) -> None:
    announce(config, TUE)
    announce(config, WED)
    digest(config, TUE)
    status = look(config, NOW)
    assert (status.waiting, status.last_digest) == ((WED,), TUE)


def test_an_undelivered_digest_needs_the_reader_until_it_is_sent(config: Config) -> None:
    mail = MailConfig(to=("reader@example.org",), sender="triage@example.org", host="mail.example.org")
    wanted = config.model_copy(update={"deliver": DeliverConfig(mail=mail)})
    announce(config, WED)
    digest(config, WED)
    failed = Delivery(WED, "mail", None, 2, "no route to host")
    for delivery, told in ((failed, True), (replace(failed, sent_at=NOW), False)):
        with Store(config.store_url) as store, store.step() as step:
            step.digests.put_delivery(delivery)
        assert (f"not delivered: {WED} to mail: no route to host" in look(wanted, NOW).needs) == told


def test_a_place_that_is_no_longer_wanted_needs_nobody(config: Config) -> None:
    announce(config, WED)
    digest(config, WED)
    with Store(config.store_url) as store, store.step() as step:
        step.digests.put_delivery(Delivery(WED, "mail", None, 2, "no route to host"))
    assert not any("not delivered" in need for need in look(config, NOW).needs)


def test_labels_and_papers_are_counted(config: Config) -> None:
    announce(config, WED)
    with Store(config.store_url) as store, store.step() as step:
        for number, relevant in enumerate((True, True, False, None)):
            paper = ArxivId(f"2601.{number:05d}")
            step.labels.add([Label(paper, NOW, LabelSource.COMMAND, relevant, read=relevant is None)])
    status = look(config, NOW)
    assert status.labels == {"relevant": 2, "irrelevant": 1, "read": 1}
    assert status.papers == 1


def test_a_model_that_can_not_be_read_needs_the_reader(config: Config) -> None:
    models = config.store_folder / "models"
    version = "0001-00000000"
    (models / version).mkdir(parents=True)
    (models / version / "manifest.json").write_text("{ cut off")
    (models / "current").write_text(version + "\n")
    status = look(config, NOW)
    assert status.model_problem
    assert status.model_problem in status.needs


def test_looking_changes_nothing(config: Config) -> None:
    announce(config, WED)
    before = {path: path.read_bytes() for path in config.folder.rglob("*") if path.suffix == ".db"}
    look(config, NOW)
    assert {path: path.read_bytes() for path in config.folder.rglob("*") if path.suffix == ".db"} == before


def test_the_store_is_named_and_measured(config: Config) -> None:
    status = look(config, NOW)
    assert status.store == str(config.store_folder / "triage.db")
    assert status.store_bytes
    assert status.disk_free_bytes > 0


def test_a_store_elsewhere_needs_no_folder_here(tmp_path: Path) -> None:
    elsewhere = parse_config(
        f"categories: [cs.CL]\nstore: {{folder: deep/below, url: 'sqlite:///{tmp_path}/other.db'}}",
        tmp_path / "config.yaml",
    )
    status = look(elsewhere, NOW)
    assert status.store == f"sqlite:///{tmp_path}/other.db"
    assert status.disk_free_bytes > 0


def test_a_damaged_store_and_a_full_disk_need_the_reader(config: Config) -> None:
    status: Status = look(config, NOW)
    status = replace(status, store_errors=("row 3 missing",), disk_free_bytes=LOW_DISK_BYTES - 1)
    assert "the store is damaged: row 3 missing" in status.needs
    assert "the disk is nearly full: 199 MB are free" in status.needs


def test_one_announcement_is_one(config: Config) -> None:
    status = replace(look(config, NOW), overdue=True, due=(WED,))
    assert f"1 announcement is waiting since {WED}: triage run" in status.needs
