"""What the daemon does: real rooms, a real store, arXiv's stand-in on loopback."""

from __future__ import annotations

import errno
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.fake_arxiv import FakeArxiv, FakeClock
from tests.reader import Reader, listing
from triage.daemon.jobs import Jobs, end_of, end_of_error, is_full_disk
from triage.daemon.schedule import End
from triage.daemon.watcher import Changed
from triage.errors import BusyError, StoreError, TriageError
from triage.papers import Announcement, AnnouncementState
from triage.progress import silent

TUESDAY, WEDNESDAY = date(2024, 1, 16), date(2024, 1, 17)
ROOT = Path(__file__).parents[2]


def announcement(day: date, state: AnnouncementState) -> Announcement:
    return Announcement(day=day, state=state)


@pytest.mark.parametrize(
    ("older", "newest", "end"),
    [
        ("complete", "complete", End.DONE),
        ("empty", "recovered", End.DONE),
        ("complete", "failed", End.UNFINISHED),
        ("complete", "due", End.UNFINISHED),
        ("failed", "complete", End.OLDER_LEFT),
        ("failed", "failed", End.UNFINISHED),
    ],
)
def test_a_run_is_unfinished_when_today_s_announcement_is(older: str, newest: str, end: End) -> None:
    fetched = [
        announcement(TUESDAY, AnnouncementState(older)),
        announcement(WEDNESDAY, AnnouncementState(newest)),
    ]
    assert end_of(fetched, WEDNESDAY) is end


def test_a_delivery_that_failed_leaves_a_run_unfinished() -> None:
    assert end_of([], WEDNESDAY, undelivered=["2024-01-17 to mail: refused"]) is End.UNFINISHED


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (BusyError("another triage is at work here"), End.BUSY),
        (OSError(errno.ENOSPC, "No space left on device"), End.FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), End.FULL),
        (StoreError("the store refused: database or disk is full"), End.FULL),
        (OSError(errno.EACCES, "Permission denied"), End.UNFINISHED),
        (TriageError("no"), End.UNFINISHED),
        (KeyError("a bug"), End.UNFINISHED),
    ],
)
def test_an_error_decides_what_to_wait_for(error: Exception, end: End) -> None:
    assert end_of_error(error) is end


def test_a_full_disk_is_recognised_as_the_cause_of_another_error() -> None:
    error = TriageError("digests/x.md can't be written")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert is_full_disk(error)


FILL = """
import os, sys
from pathlib import Path
from triage.daemon.jobs import end_of_error
from triage.papers import ArxivId, Paper
from triage.store.store import Store
folder = Path(sys.argv[1])
url = f"sqlite:///{folder / 'triage.db'}"
def papers(start, count):
    return [Paper(ArxivId(f"2401.{start + n:05d}"), "A title", os.urandom(1000).hex()) for n in range(count)]
with Store(url) as store:
    with store.transaction() as tx:
        tx.papers.put(papers(0, 10))
    try:
        with store.transaction() as tx:
            tx.papers.put(papers(100, 9000))
    except Exception as error:
        print(end_of_error(error).value)
    print(store.integrity_errors())
    with store.reading() as tx:
        print(tx.papers.count())
    with store.transaction() as tx:
        tx.papers.put(papers(50, 10))
    with store.reading() as tx:
        print(tx.papers.count())
"""


def test_a_disk_that_fills_up_in_the_middle_of_a_transaction_costs_only_that_transaction(
    tmp_path: Path,
) -> None:
    private_mount = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*private_mount, "true"], check=False).returncode:
        pytest.skip("a small disk of one's own needs unshare and user namespaces")
    mount = f'mount -t tmpfs -o size=8m none {tmp_path} && exec {sys.executable} -c "$1" {tmp_path}'
    done = subprocess.run(
        [*private_mount, "sh", "-c", mount, "sh", FILL], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.split("\n")[:4] == ["full", "[]", "10", "20"], done.stderr


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


@pytest.fixture
def clock() -> FakeClock:
    """1:15 Eastern on Wednesday 2024-01-17, the first listing after a holiday, standing still."""
    return FakeClock(datetime(2024, 1, 17, 6, 15, tzinfo=UTC))


@pytest.fixture
def arxiv(reader: Reader, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeArxiv]:
    reader.import_archive()
    with FakeArxiv(reader.write("day.jsonl", listing(WEDNESDAY, 1)), clock=clock) as fake:
        monkeypatch.setenv("TRIAGE_ARXIV__FEED_URL", fake.feed_url)
        monkeypatch.setenv("TRIAGE_ARXIV__API_URL", fake.api_url)
        monkeypatch.setenv("TRIAGE_ARXIV__OAI_URL", fake.oai_url)
        monkeypatch.setenv("TRIAGE_ARXIV__BACKGROUND", "0")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield fake


def run(reader: Reader, clock: FakeClock) -> End:
    return Jobs().run(reader.config, WEDNESDAY, clock, silent)


def test_a_run_fetches_the_day_and_writes_its_digest(
    reader: Reader, clock: FakeClock, arxiv: FakeArxiv
) -> None:
    assert run(reader, clock) is End.DONE
    assert (reader.folder / "digests" / "2024-01-17-insights.md").is_file()


def test_a_day_that_arxiv_fails_is_unfinished_and_done_when_it_is_back(
    reader: Reader, clock: FakeClock, arxiv: FakeArxiv
) -> None:
    for service in ("feed", "api", "oai"):
        arxiv.faults.add("status", service, times=None, value=503)
    assert run(reader, clock) is End.UNFINISHED
    arxiv.faults.clear()
    assert run(reader, clock) is End.DONE
    assert (reader.folder / "digests" / "2024-01-17-insights.md").is_file()


def test_a_run_with_nothing_due_sends_no_request(reader: Reader, clock: FakeClock, arxiv: FakeArxiv) -> None:
    run(reader, clock)
    requests = len(arxiv.requests)
    assert run(reader, clock) is End.DONE
    assert len(arxiv.requests) == requests


def test_what_a_run_did_is_logged_an_event_each(
    reader: Reader, clock: FakeClock, arxiv: FakeArxiv, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        run(reader, clock)
    events = {record.message: record.fields for record in caplog.records if hasattr(record, "fields")}
    assert (events["announcement"]["new"], events["announcement"]["source"]) == (20, "feed")
    # Two days of budget: the day before was arXiv's holiday.
    assert (events["digest"]["papers"], events["digest"]["picks"]) == (20, 6)
    assert events["trained"]["reason"] == "there is no model yet"


def test_a_new_note_makes_a_new_model_and_an_unchanged_one_does_not(
    reader: Reader, clock: FakeClock, arxiv: FakeArxiv, caplog: pytest.LogCaptureFixture
) -> None:
    run(reader, clock)
    with caplog.at_level(logging.INFO):
        Jobs().learn(reader.config, Changed.NOTES, clock, silent)
        assert not any(record.message == "trained" for record in caplog.records)
        (reader.folder / "notes" / "new.md").write_text(
            "# New\n\n- [Study 501 of agents](https://arxiv.org/abs/2312.00501): worth it.\n",
            encoding="utf-8",
        )
        Jobs().learn(reader.config, Changed.NOTES, clock, silent)
    assert [r.fields["reason"] for r in caplog.records if r.message == "trained"] == ["there are new labels"]  # type: ignore[attr-defined]


def test_the_daemon_s_own_digest_sends_no_request_when_the_watcher_reports_it(
    reader: Reader, clock: FakeClock, arxiv: FakeArxiv
) -> None:
    run(reader, clock)
    requests = len(arxiv.requests)
    Jobs().learn(reader.config, Changed.DIGESTS, clock, silent)
    assert len(arxiv.requests) == requests


def test_a_mark_in_a_digest_is_read_and_learned_from(
    reader: Reader, clock: FakeClock, arxiv: FakeArxiv, caplog: pytest.LogCaptureFixture
) -> None:
    run(reader, clock)
    file = reader.folder / "digests" / "2024-01-17-insights.md"
    file.write_text(file.read_text("utf-8").replace("- [ ]", "- [x]", 1), encoding="utf-8")
    with caplog.at_level(logging.INFO):
        Jobs().learn(reader.config, Changed.DIGESTS, clock, silent)
    events = {record.message: record.fields for record in caplog.records if hasattr(record, "fields")}
    assert events["changes-read"]["marks"] == 1
    assert events["trained"]["reason"] == "there are new labels"
