"""The rate limit: one request at a time and one every few seconds, over processes and threads, whatever the clock does."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fake_arxiv import FakeArxiv, FakeClock
from tests.listing.conftest import MakeClient
from triage.clock import SystemClock
from triage.listing.client import Client, RequestError
from triage.listing.rate_limit import (
    LONGEST_BACKOFF,
    STATE,
    RateLimiter,
    RateLimitError,
    RateLimitState,
)

ROOT = Path(__file__).parents[2]
NOW = datetime(2025, 6, 3, 12, tzinfo=UTC)
INTERVAL = timedelta(seconds=3)

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
states = st.builds(
    RateLimitState, st.none() | moments, st.dictionaries(st.text(max_size=5), moments, max_size=3)
)


class SetBackClock(FakeClock):
    """A clock that somebody sets a day back whenever nobody looks."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.set(self.now() - timedelta(days=1))


def python(script: str, *arguments: object) -> str:
    """Run a script in a process of its own, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "arxiv.clock"


@given(states, moments)
def test_whatever_the_clock_did_no_host_is_out_of_reach_for_more_than_a_day(
    state: RateLimitState, now: datetime
) -> None:
    for host in [*state.backoff, "other"]:
        opens = state.corrected(now).opens_at(host, now, INTERVAL)
        assert now <= opens <= now + LONGEST_BACKOFF


@given(states, moments)
def test_the_state_reads_back_as_it_was(state: RateLimitState, now: datetime) -> None:
    assert STATE.validate_json(STATE.dump_json(state, by_alias=True)) == state


@given(states, moments)
def test_backoffs_that_are_over_are_forgotten(state: RateLimitState, now: datetime) -> None:
    assert all(until > now for until in state.corrected(now).backoff.values())


@pytest.mark.parametrize("back", [timedelta(0), timedelta(minutes=5), timedelta(days=400)])
def test_a_backoff_is_as_long_after_the_clock_was_set_back(back: timedelta) -> None:
    state = RateLimitState(NOW, {"host": NOW + timedelta(hours=2)})
    assert state.corrected(NOW - back).backoff == {"host": NOW - back + timedelta(hours=2)}


@given(st.binary(max_size=80))
def test_any_clock_file_can_be_read(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "arxiv.clock"
        path.write_bytes(data)
        with RateLimiter(path, FakeClock(NOW), 3.0).slot("host", 900) as slot:
            assert slot.waited == 0


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b'{"last": "2025-',
        b"[" * 50_000,
        b"null",
        b'{"last": null, "resting": null}',
        b'{"last": "0001-01-01T00:00:00+14:00", "resting": {}}',
        b'{"last": 5, "resting": {}}',
        bytes(1024),
    ],
)
def test_a_damaged_file_counts_as_none_and_is_mended(path: Path, damaged: bytes) -> None:
    path.write_bytes(damaged)
    limiter = RateLimiter(path, FakeClock(NOW), 3.0)
    with limiter.slot("host", 900) as slot:
        assert slot.waited == 0
    assert json.loads(path.read_bytes())["last"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"


def test_a_huge_file_is_not_read_whole(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)  # sparse: it takes no room, but would take all memory
    with RateLimiter(path, FakeClock(NOW), 3.0).slot("host", 900):
        pass
    assert path.stat().st_size < 10_000


@pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(days=400), timedelta(days=365 * 7000)])
def test_a_file_from_the_future_costs_one_interval(path: Path, ahead: timedelta) -> None:
    clock = FakeClock(NOW)
    later = (NOW + ahead).isoformat()
    path.write_text(json.dumps({"last": later, "resting": {"host": later}}))
    with RateLimiter(path, clock, 3.0).slot("host", 900) as slot:
        assert slot.waited == 3
    assert clock.sleeps == [3]


def test_a_clock_set_back_during_the_wait_doesnt_make_it_longer(path: Path) -> None:
    clock = SetBackClock(NOW)
    limiter = RateLimiter(path, clock, 3.0)
    with limiter.slot("host", 900) as slot:
        slot.backoff_until = clock.now() + timedelta(seconds=60)
    with pytest.raises(RateLimitError), limiter.slot("host", 100):
        pass
    assert sum(clock.sleeps) <= 120


def test_a_clock_set_back_doesnt_make_the_wait_for_another_process_longer(path: Path) -> None:
    clock = SetBackClock(NOW)
    with path.with_name("arxiv.clock.lock").open("w+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(RateLimitError) as caught, RateLimiter(path, clock, 3.0).slot("host", 10):
            pass
    assert "another triage process" in str(caught.value)
    assert sum(clock.sleeps) == 10


def test_a_backoff_that_ends_in_time_is_waited_for(path: Path) -> None:
    limiter = RateLimiter(path, FakeClock(NOW), 3.0)
    with limiter.slot("host", 900) as slot:
        slot.backoff_until = NOW + timedelta(minutes=10)
    with limiter.slot("another", 900) as slot:
        assert slot.waited == 3
    with limiter.slot("host", 900) as slot:
        assert slot.waited == 597


def test_one_that_ends_too_late_is_not_begun(path: Path) -> None:
    clock = FakeClock(NOW)
    limiter = RateLimiter(path, clock, 3.0)
    with limiter.slot("host", 900) as slot:
        slot.backoff_until = NOW + timedelta(hours=2)
    with pytest.raises(RateLimitError) as caught, limiter.slot("host", 900):
        pass
    assert f"left alone until {NOW + timedelta(hours=2):%Y-%m-%d %H:%M}" in str(caught.value)
    assert clock.sleeps == []


def test_the_file_takes_the_same_room_whatever_is_in_it(path: Path) -> None:
    limiter = RateLimiter(path, FakeClock(NOW), 3.0)
    sizes = set()
    for host in ("rss.arxiv.org", "export.arxiv.org", "oaipmh.arxiv.org"):
        with limiter.slot(host, 900) as slot:
            slot.backoff_until = NOW + timedelta(hours=2)
        sizes.add(path.stat().st_size)
    assert len(sizes) == 1


def test_threads_take_turns(path: Path) -> None:
    """Real time: never two at once, never two within the interval."""
    spans: list[tuple[datetime, datetime]] = []

    def work() -> None:
        limiter, clock = RateLimiter(path, SystemClock(), 0.05), SystemClock()
        for _ in range(3):
            with limiter.slot("host", 300):
                began = clock.now()
                clock.sleep(0.01)
                spans.append((began, clock.now()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spans) == 12
    assert all(after[0] - before[1] >= timedelta(seconds=0.05) for before, after in pairwise(sorted(spans)))


def test_a_child_forked_meanwhile_doesnt_keep_the_lock(path: Path) -> None:
    script = """
        import os, sys, time
        from pathlib import Path
        from triage.clock import SystemClock
        from triage.listing.rate_limit import RateLimiter
        limiter = RateLimiter(Path(sys.argv[1]), SystemClock(), 0.0)
        with limiter.slot("host", 5):
            child = os.fork()
            if child == 0:
                os.close(1)
                time.sleep(60)
                os._exit(0)
        try:
            with limiter.slot("host", 1):
                print("mine again")
        finally:
            os.kill(child, 9)
        """
    assert python(script, path) == "mine again"


@pytest.mark.parametrize("obstacle", ["a folder in its place", "a file in the place of its folder"])
def test_a_file_that_cant_be_opened_is_explained_and_no_request_made(
    arxiv: FakeArxiv, make_client: MakeClient, tmp_path: Path, obstacle: str
) -> None:
    place = tmp_path / "store" / "arxiv.clock"
    if obstacle == "a folder in its place":
        place.mkdir(parents=True)
    else:
        place.parent.touch()
    with pytest.raises(RequestError, match=r"no request is made, since .*arxiv\.clock") as caught:
        make_client(lock_path=place).get(f"{arxiv.feed_url}/cs.CL")
    assert caught.value.remedy
    assert arxiv.requests == []


def test_a_full_disk_is_explained_and_no_request_made(path: Path) -> None:
    script = """
        import resource, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from triage.clock import SystemClock
        from triage.listing.rate_limit import RateLimitError, RateLimiter
        limiter = RateLimiter(Path(sys.argv[1]), SystemClock(), 0.0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        try:
            with limiter.slot("host", 5):
                print("asked")
        except RateLimitError as error:
            print(error)
        """
    assert "can't be used (File too large)" in python(script, path)


def test_a_disk_that_fills_during_the_request_costs_not_the_answer(path: Path) -> None:
    script = """
        import resource, sys
        from pathlib import Path
        from triage.clock import SystemClock
        from triage.listing.rate_limit import RateLimiter
        with RateLimiter(Path(sys.argv[1]), SystemClock(), 0.0).slot("host", 5):
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        print("answered")
        """
    assert python(script, path) == "answered"
    assert json.loads(path.read_bytes())["last"]


def test_a_file_system_without_locks_is_explained(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with (
        pytest.raises(RateLimitError, match="can't be used"),
        RateLimiter(path, FakeClock(NOW), 3.0).slot("host", 900),
    ):
        pass


def test_the_interval_begins_with_the_end_of_a_request(
    arxiv: FakeArxiv, client: Client, clock: FakeClock, path: Path
) -> None:
    limiter = RateLimiter(path, clock, 3.0)
    with limiter.slot("host", 900):
        clock.sleep(60)
    with limiter.slot("host", 900) as slot:
        assert slot.waited == 3
