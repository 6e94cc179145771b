"""Status says how things stand and what needs the reader."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.reader import Reader
from triage.cli.status import print_status
from triage.config.deliveries import deliver_config
from triage.config.load import parse_config
from triage.config.schema import Config
from triage.deliver.decide import GIVEN_UP, MAY_HAVE_ARRIVED
from triage.digest.llm import LlmUse
from triage.errors import StoreError
from triage.papers import Announcement, AnnouncementState, ArxivId, Label, LabelSource, ListedPaper, Paper
from triage.status import LabelCounts, Status, acknowledge, look
from triage.store.daemon_state import FOLDER, DaemonState
from triage.store.digests import Delivery, StoredDigest
from triage.store.lock import work_lock
from triage.store.status import LOW_DISK_BYTES
from triage.store.store import Store
from triage.training.models import ModelStatus

# A Wednesday morning in UTC: Wednesday's listing was announced eight hours ago.
WED = date(2026, 3, 4)
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
MON, TUE = WED - timedelta(days=2), WED - timedelta(days=1)
COMPLETE = AnnouncementState.COMPLETE


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return parse_config("categories: [cs.CL]", tmp_path / "config.yaml")


def announce(config: Config, day: date, state: AnnouncementState = COMPLETE, reason: str = "") -> None:
    with Store(config.store_url) as store, store.transaction() as tx:
        items = [ListedPaper(Paper(ArxivId(f"2603.{day.day:05d}"), "T"))] if state is COMPLETE else []
        tx.announcements.put(Announcement(day, state, new=len(items), reason=reason), items)


def digest(config: Config, day: date) -> None:
    with Store(config.store_url) as store, store.transaction() as tx:
        tx.digests.put(StoredDigest(day, (day,), f"{day}.md", "t", "t", NOW, 1, 0, "m"), [])


def test_a_fresh_store_is_due_the_latest_listing_and_wants_a_model(config: Config) -> None:
    status = look(config, NOW)
    assert (
        status.announcements.last_done,
        status.last_digest,
        status.announcements.due,
        status.announcements.overdue,
    ) == (None, None, (WED,), False)
    assert status.needs == ("there is no model yet: triage learn",)
    assert status.announcements.next == datetime(2026, 3, 5, 1, tzinfo=UTC)


def test_a_day_behind_is_due_but_not_overdue(config: Config) -> None:
    announce(config, TUE)
    status = look(config, NOW)
    assert (status.announcements.last_done, status.announcements.due, status.announcements.overdue) == (
        TUE,
        (WED,),
        False,
    )


def test_two_days_behind_is_overdue_and_says_since_when(config: Config) -> None:
    announce(config, MON)
    status = look(config, NOW)
    assert (status.announcements.due, status.announcements.overdue) == ((TUE, WED), True)
    assert f"2 announcements are waiting since {TUE}: triage run" in status.needs


def test_all_done_is_neither(config: Config) -> None:
    announce(config, WED)
    status = look(config, NOW)
    assert (status.announcements.due, status.announcements.overdue) == ((), False)


def test_the_last_good_day_is_one_whose_papers_are_there(config: Config) -> None:
    assert look(config, NOW).announcements.last_good is None
    announce(config, MON, AnnouncementState.RECOVERED)
    announce(config, TUE, AnnouncementState.EMPTY, "a holiday of arXiv's")
    announce(config, WED, AnnouncementState.FAILED, "the feed was cut")
    status = look(config, NOW)
    assert status.announcements.last_good is not None
    assert (status.announcements.last_good.day, status.announcements.last_good.state) == (
        MON,
        AnnouncementState.RECOVERED,
    )
    assert status.announcements.last_done == TUE


def test_a_failed_announcement_needs_the_reader(config: Config) -> None:
    announce(config, WED, AnnouncementState.FAILED, "the feed was cut")
    (failed,) = [need for need in look(config, NOW).needs if "failed" in need]
    assert failed == f"the announcement of {WED} failed: the feed was cut; the next run tries again"


def test_a_doubtful_announcement_is_told_for_two_weeks(config: Config) -> None:
    announce(config, WED, reason="fewer papers than usual")
    assert [one.day for one in look(config, NOW).announcements.suspicious] == [WED]
    assert look(config, NOW + timedelta(days=15)).announcements.suspicious == ()


def test_an_announcement_empty_by_the_calendar_is_not_doubtful(config: Config) -> None:
    announce(config, WED, AnnouncementState.EMPTY, "a holiday of arXiv's")
    assert look(config, NOW).announcements.suspicious == ()


def test_what_is_stored_without_a_digest_is_waiting(config: Config) -> None:
    announce(config, TUE)
    announce(config, WED)
    digest(config, TUE)
    status = look(config, NOW)
    assert (status.announcements.waiting, status.last_digest) == ((WED,), TUE)


def test_what_waits_for_its_digest_for_days_needs_the_reader(config: Config) -> None:
    announce(config, MON)
    announce(config, TUE)
    announce(config, WED)
    assert f"3 announcements have no digest, since {MON}: triage run" in look(config, NOW).needs
    digest(config, MON)
    digest(config, TUE)
    assert not any("no digest" in need for need in look(config, NOW).needs)


def test_an_undelivered_digest_needs_the_reader_until_it_is_sent(config: Config) -> None:
    mail = {"to": ["reader@example.org"], "sender": "triage@example.org", "host": "mail.example.org"}
    wanted = config.model_copy(update={"deliver": deliver_config({"mail": mail})})
    announce(config, WED)
    digest(config, WED)
    failed = Delivery(WED, "mail", None, 2, "no route to host")
    for delivery, told in ((failed, True), (replace(failed, sent_at=NOW), False)):
        with Store(config.store_url) as store, store.transaction() as tx:
            tx.digests.put_delivery(delivery)
        assert (f"not delivered: {WED} to mail: no route to host" in look(wanted, NOW).needs) == told


def test_a_place_that_is_no_longer_wanted_needs_nobody(config: Config) -> None:
    announce(config, WED)
    digest(config, WED)
    with Store(config.store_url) as store, store.transaction() as tx:
        tx.digests.put_delivery(Delivery(WED, "mail", None, 2, "no route to host"))
    assert not any("not delivered" in need for need in look(config, NOW).needs)


def test_labels_and_papers_are_counted(config: Config) -> None:
    announce(config, WED)
    with Store(config.store_url) as store, store.transaction() as tx:
        for number, relevant in enumerate((True, True, False, None)):
            paper = ArxivId(f"2601.{number:05d}")
            tx.labels.add([Label(paper, NOW, LabelSource.COMMAND, relevant, read=relevant is None)])
    status = look(config, NOW)
    assert status.labels == LabelCounts(relevant=2, irrelevant=1, read=1)
    assert status.store.papers == 1


def test_a_model_that_can_not_be_read_needs_the_reader(config: Config) -> None:
    announce(config, WED)
    models = config.store_folder / "models"
    version = "0001-00000000"
    (models / version).mkdir(parents=True)
    (models / version / "manifest.json").write_text("{ cut off")
    (models / "current").write_text(version + "\n")
    status = look(config, NOW)
    assert status.model.problem
    assert status.model.problem in status.needs


def test_the_model_s_age_and_the_labels_said_since_are_known(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    before = look(reader.config, NOW)
    with Store(reader.config.store_url) as opened, opened.transaction() as tx:
        tx.labels.add([Label(ArxivId("2603.00001"), NOW, LabelSource.COMMAND, relevant=False)])
    after = look(reader.config, NOW)
    assert (before.model.made_at, before.model.new_labels) == (reader.clock.now(), 0)
    assert (after.model.made_at, after.model.new_labels) == (reader.clock.now(), 1)


def test_the_age_of_a_model_of_an_earlier_version_is_that_of_its_manifest(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    models = reader.config.store_folder / "models"
    file = models / (models / "current").read_text().split()[-1] / "manifest.json"
    written = json.loads(file.read_text("utf-8"))
    del written["manifest"]["trained_on"]
    file.write_text(json.dumps(written), encoding="utf-8")
    os.utime(file, (0, NOW.timestamp()))
    status = look(reader.config, NOW)
    assert (status.model.made_at, status.model.new_labels) == (NOW, None)


def test_without_a_model_it_has_no_age(config: Config) -> None:
    status = look(config, NOW)
    assert (status.model.made_at, status.model.new_labels) == (None, None)


def test_a_mark_that_was_not_understood_is_told_until_it_is_mended(config: Config) -> None:
    paper = "## [One title](https://arxiv.org/pdf/2601.00001.pdf)\n\n- [ ] relevant\n- [ ] not relevant\n"
    announce(config, WED)
    for marked, misread in ((paper.replace("[ ]", "[x]"), 1), (paper, 0)):
        with Store(config.store_url) as store, store.transaction() as tx:
            tx.digests.put(StoredDigest(WED, (WED,), f"{WED}.md", paper, marked, NOW, 1, 0, "m"), [])
        status = look(config, NOW)
        assert len(status.misread) == misread
        assert sum(f"not understood: {WED}.md:" in one for one in status.worth_knowing) == misread
        assert not any("not understood" in need for need in status.needs)


def test_what_is_acknowledged_is_not_shown_again_and_what_is_new_is(config: Config) -> None:
    december, january = datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 12, 20, tzinfo=UTC)
    before = look(config, december)
    assert before.worth_knowing
    acknowledge(config, before)
    assert look(config, december).worth_knowing == ()
    (new,) = look(config, january).worth_knowing
    assert "2028" in new


def test_a_mark_acknowledged_stays_so_when_lines_above_it_come_and_go(config: Config) -> None:
    paper = "## [One title](https://arxiv.org/pdf/2601.00001.pdf)\n\n- [ ] relevant\n- [ ] not relevant\n"
    announce(config, WED)
    for above, told in (("", 1), ("A word of mine.\n\n", 0)):
        marked = above + paper.replace("[ ]", "[x]")
        with Store(config.store_url) as store, store.transaction() as tx:
            tx.digests.put(StoredDigest(WED, (WED,), f"{WED}.md", paper, marked, NOW, 1, 0, "m"), [])
        status = look(config, NOW)
        assert len(status.worth_knowing) == told
        assert len(status.misread) == 1
        acknowledge(config, status)


def test_a_daemon_that_died_with_work_left_needs_the_reader(config: Config) -> None:
    announce(config, TUE)
    folder = config.store_folder / FOLDER
    with work_lock(folder, "daemon"):
        DaemonState(started=NOW - timedelta(days=1), next_run=NOW - timedelta(hours=5)).write(
            config.store_folder
        )
    (told,) = [need for need in look(config, NOW).needs if "daemon" in need]
    assert "is gone, and nobody stopped it: start it again" in told
    announce(config, WED)
    assert not any("daemon" in need for need in look(config, NOW).needs)


def test_a_daemon_that_looks_tells_of_itself(config: Config) -> None:
    state = DaemonState(started=NOW, doing="run", doing_since=NOW - timedelta(days=1))
    status = look(config, NOW, daemon=state)
    assert status.daemon == state
    assert any("run has been going on" in need for need in status.needs)


def shown(status: Status, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    print_status(status, ZoneInfo("UTC"), as_json=False)
    rows = (line.split(":", 1) for line in capsys.readouterr().out.splitlines())
    return {name: value.strip() for name, value in rows}


def test_it_is_shown_who_runs_next_and_when(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    status = look(config, NOW)
    assert shown(status, capsys)["next run"] == "by cron or by hand; no daemon is running"
    daemon = DaemonState(
        pid=12,
        host="attic",
        started=NOW - timedelta(days=1),
        next_run=datetime(2026, 3, 5, 5, 14, tzinfo=UTC),
        next_why="the announcement of 2026-03-05",
    )
    who = "daemon, process 12 on attic, since 2026-03-03 09:00 UTC"
    for seen, line in (
        (daemon, f"2026-03-05 05:14 UTC, the announcement of 2026-03-05 ({who})"),
        (
            daemon.model_copy(update={"doing": "run", "doing_since": NOW}),
            f"now: run, since 2026-03-04 09:00 UTC ({who})",
        ),
        (daemon.model_copy(update={"alive": False}), f"none planned; the {who}, is gone"),
        (daemon.model_copy(update={"next_run": None}), f"not planned yet ({who})"),
    ):
        assert shown(replace(status, daemon=seen), capsys)["next run"] == line


def test_the_model_s_age_is_shown_in_days(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    status = replace(
        look(config, NOW), model=ModelStatus("0001-00000000", new_labels=2, made_at=NOW - timedelta(days=3))
    )
    assert shown(status, capsys)["model"] == (
        "0001-00000000, can't be read, made 2026-03-01 09:00 UTC (3 days ago), 2 new labels since then"
    )


def test_days_that_failed_for_one_reason_are_one_need(config: Config) -> None:
    for day in (MON, TUE):
        announce(config, day, AnnouncementState.FAILED, "HTTP 503")
    announce(config, WED, AnnouncementState.FAILED, "the feed was cut")
    failed = [need for need in look(config, NOW).needs if "failed" in need]
    assert failed == [
        f"2 announcements, {MON} to {TUE}, failed: HTTP 503; the next run tries again",
        f"the announcement of {WED} failed: the feed was cut; the next run tries again",
    ]


def test_a_year_whose_holidays_nobody_has_published_is_told_before_it_begins(config: Config) -> None:
    assert look(config, datetime(2026, 12, 10, tzinfo=UTC)).worth_knowing == ()
    (said,) = look(config, datetime(2026, 12, 20, tzinfo=UTC)).worth_knowing
    assert said.startswith("arXiv's holidays of 2027 are not known")


def test_a_delivery_that_may_have_arrived_is_told_for_a_while_and_is_no_need(config: Config) -> None:
    announce(config, WED)
    with Store(config.store_url) as store, store.transaction() as tx:
        tx.digests.put(StoredDigest(WED, (WED,), f"{WED}.md", "", "", NOW, 1, 0, "m"), [])
        tx.digests.put_delivery(Delivery(WED, "mail", None, 1, f"{GIVEN_UP}cut off; {MAY_HAVE_ARRIVED}"))
    status = look(config, NOW)
    assert status.worth_knowing == (f"{WED} to mail: {GIVEN_UP}cut off; {MAY_HAVE_ARRIVED}",)
    assert not any("mail" in need for need in status.needs)
    assert look(config, NOW + timedelta(days=15)).worth_knowing == ()


@pytest.mark.parametrize(
    ("zone", "shown_as"),
    [
        ("UTC", "UTC"),
        ("Asia/Shanghai", "UTC+08:00"),
        ("Asia/Kolkata", "UTC+05:30"),
        ("America/St_Johns", "UTC-03:30"),
    ],
)
def test_times_are_shown_with_their_distance_from_utc(
    zone: str, shown_as: str, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    print_status(look(config, NOW), ZoneInfo(zone), as_json=False)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("next announcement")]
    assert line.endswith(f" {shown_as}, in the feeds four hours later")


def test_what_is_done_due_and_failed_is_shown(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    announce(config, MON)
    announce(config, TUE, AnnouncementState.FAILED, "the feed was cut")
    rows = shown(look(config, NOW), capsys)
    assert rows["last complete day"] == f"{MON} (complete, 1 new)"
    assert (rows["due"], rows["failed"]) == (f"2 ({TUE}, {WED})", f"1 ({TUE})")
    assert rows["needs you"]


def test_labels_of_papers_that_the_store_lacks_are_counted(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    announce(config, MON)
    known, unknown = ArxivId(f"2603.{MON.day:05d}"), ArxivId("2606.99999")
    with Store(config.store_url) as store, store.transaction() as tx:
        tx.labels.add(Label(one, NOW, LabelSource.COMMAND, relevant=True) for one in (known, unknown))
    status = look(config, NOW)
    assert (status.labels.relevant, status.labels_not_stored) == (2, 1)
    assert (
        shown(status, capsys)["labels"]
        == "2 relevant, 0 irrelevant, 0 read (1 of these papers not in the store)"
    )


def test_notes_that_are_missing_need_the_reader(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    assert look(reader.config, NOW).missing_notes == ()
    (tmp_path / "notes").rename(tmp_path / "elsewhere")
    status = look(reader.config, NOW)
    assert status.missing_notes == (f"notes.paths: {tmp_path / 'notes'} is not there",)
    assert f"{status.missing_notes[0]}: mount it, or correct notes.paths" in status.needs


def test_json_has_all_of_it(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    announce(config, MON)
    state = DaemonState(started=NOW, next_run=NOW + timedelta(hours=20), next_why="the daily check")
    print_status(look(config, NOW, daemon=state), ZoneInfo("UTC"), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["last_good"], told["next_run"]) == ("2026-03-02", "2026-03-05T05:00:00+00:00")
    assert (told["daemon"]["pid"], told["daemon"]["next_why"]) == (os.getpid(), "the daily check")
    assert set(told) >= {
        *("last_done", "due", "failed", "suspicious", "waiting", "next_announcement", "model", "model_made"),
        *("labels_since_model", "papers", "labels", "disk_free_bytes", "undelivered", "misread", "needs"),
    }


def test_looking_changes_nothing(config: Config) -> None:
    announce(config, WED)
    before = {path: path.read_bytes() for path in config.folder.rglob("*") if path.suffix == ".db"}
    look(config, NOW)
    assert {path: path.read_bytes() for path in config.folder.rglob("*") if path.suffix == ".db"} == before


def test_the_store_is_named_and_measured(config: Config) -> None:
    status = look(config, NOW)
    assert status.store.place == str(config.store_folder / "triage.db")
    assert status.store.size_bytes
    assert status.store.disk_free_bytes > 0


def test_a_store_elsewhere_needs_no_folder_here(tmp_path: Path) -> None:
    elsewhere = parse_config(
        f"categories: [cs.CL]\nstore: {{folder: deep/below, url: 'sqlite:///{tmp_path}/other.db'}}",
        tmp_path / "config.yaml",
    )
    status = look(elsewhere, NOW)
    assert status.store.place == f"sqlite:///{tmp_path}/other.db"
    assert status.store.disk_free_bytes > 0


def test_a_damaged_store_and_a_full_disk_need_the_reader(config: Config) -> None:
    status: Status = look(config, NOW)
    status = replace(
        status,
        store=replace(
            status.store,
            damage=StoreError("the store is damaged.", remedy="Put the backup back."),
            disk_free_bytes=LOW_DISK_BYTES - 1,
        ),
    )
    assert "the store is damaged. Put the backup back." in status.needs
    assert "the disk is nearly full: 199 MB are free" in status.needs


def test_a_store_that_a_full_disk_keeps_shut_is_not_called_damaged(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.store_folder.mkdir()
    # SQLite can't open a store on a disk without a free block; what it says of it sounds like damage.
    (config.store_folder / "triage.db").write_text("what can't be opened " * 500)
    real = os.statvfs(config.folder)
    full = os.statvfs_result((*tuple(real)[:3], 0, 0, *tuple(real)[5:]))
    monkeypatch.setattr(os, "statvfs", lambda path: full)
    with pytest.raises(StoreError, match="the disk is full: 0 MB are free") as caught:
        look(config, NOW)
    assert caught.value.remedy == "Make room; what is stored is kept."


def test_one_announcement_is_one(config: Config) -> None:
    status = look(config, NOW)
    status = replace(status, announcements=replace(status.announcements, overdue=True, due=(WED,)))
    assert f"1 announcement is waiting since {WED}: triage run" in status.needs


@pytest.mark.parametrize("emptied", [False, True])
def test_a_store_that_was_lost_is_not_made_anew(tmp_path: Path, emptied: bool) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    folder = reader.config.store_folder
    (folder / "backups").mkdir()
    (folder / "backups" / "before.db").write_bytes(b"")
    for file in folder.glob("triage.db*"):
        file.write_bytes(b"") if emptied and file.name == "triage.db" else file.unlink()
    for work in (lambda: look(reader.config, NOW), lambda: reader.run(tmp_path / "archive.jsonl")):
        with pytest.raises(StoreError, match="the store is gone") as caught:
            work()
        assert str(folder / "backups" / "before.db") in caught.value.remedy
        assert "triage import" in caught.value.remedy


def test_a_damaged_model_needs_the_reader(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    (arrays,) = (reader.config.store_folder / "models").glob("*/model.npz")
    data = bytearray(arrays.read_bytes())
    data[len(data) // 2] ^= 1
    arrays.write_bytes(data)
    status = look(reader.config, reader.clock.now())
    assert any("model.npz is damaged" in need for need in status.needs)
    assert status.model.manifest is not None


def test_days_that_a_clock_ahead_made_up_are_not_counted(config: Config) -> None:
    announce(config, WED)
    announce(config, WED + timedelta(days=400), AnnouncementState.FAILED, "no answer")
    announce(config, WED + timedelta(days=401), AnnouncementState.EMPTY)
    status = look(config, NOW)
    assert (status.announcements.failed, status.announcements.last_done) == ((), WED)


def test_what_a_language_model_was_asked_today_is_counted(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store(config.store_url) as store, store.transaction() as tx:
        tx.records.put(LlmUse(date.today() - timedelta(days=2), 7, 7000))  # noqa: DTZ011
    print_status(look(config, NOW), ZoneInfo("UTC"), as_json=False)
    assert "language model:         none (optional" in capsys.readouterr().out
    used = parse_config("categories: [cs.CL]\nllm: {model: tiny}", config.folder / "config.yaml")
    print_status(look(used, NOW), ZoneInfo("UTC"), as_json=False)
    assert "tiny, 0 of 40 calls and 0 of 100,000 tokens today" in capsys.readouterr().out
    with Store(config.store_url) as store, store.transaction() as tx:
        tx.records.put(LlmUse(datetime.now(UTC).date(), 3, 2700, "arXiv:2401.00001: it has a link"))
    print_status(look(used, NOW), ZoneInfo("UTC"), as_json=False)
    said = capsys.readouterr().out
    assert "3 of 40 calls and 2,700 of 100,000 tokens today; the last failure: arXiv:2401.00001" in said
