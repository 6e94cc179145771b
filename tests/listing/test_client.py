"""The polite client: what it does when arXiv, or what is between, misbehaves."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import random
import subprocess
import sys
import textwrap
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.fake_arxiv import FakeArxiv, FakeClock, Kind
from tests.listing.conftest import MakeClient
from tests.listing.raw_server import RawServer, answer
from triage.daemon.log import EventFormatter
from triage.listing.client import Client, RequestError
from triage.listing.http_cache import HttpCache


def feed_of(arxiv: FakeArxiv) -> str:
    return f"{arxiv.feed_url}/cs.CL"


def test_it_names_itself_and_what_it_accepts(arxiv: FakeArxiv, client: Client) -> None:
    client.get(feed_of(arxiv))
    (request,) = arxiv.requests
    assert request.headers["User-Agent"] == "triage/0 (test; mailto:reader@example.org)"
    assert request.headers["Accept"].startswith("application/rss+xml")
    assert request.headers["Accept-Encoding"] == "gzip"


def test_requests_are_three_seconds_apart(arxiv: FakeArxiv, client: Client, clock: FakeClock) -> None:
    for _ in range(4):
        client.get(feed_of(arxiv))
    gaps = [after.at - before.at for before, after in pairwise(arxiv.requests)]
    assert gaps == [timedelta(seconds=3)] * 3
    assert (client.counters.requests, client.counters.waits) == (4, 3)
    assert client.counters.seconds_waited == pytest.approx(9)


def test_two_clients_of_one_reader_share_the_interval(arxiv: FakeArxiv, make_client: MakeClient) -> None:
    make_client().get(feed_of(arxiv))
    make_client().get(arxiv.api_url, {"id_list": "2506.03001"})
    first, second = arxiv.requests
    assert second.at - first.at == timedelta(seconds=3)


def test_the_interval_survives_a_clock_that_was_set_back(
    arxiv: FakeArxiv, client: Client, clock: FakeClock
) -> None:
    client.get(feed_of(arxiv))
    clock.set(clock.now() - timedelta(days=400))
    client.get(feed_of(arxiv))
    assert clock.sleeps == [3.0]


def test_a_damaged_clock_file_does_no_harm(arxiv: FakeArxiv, client: Client, tmp_path: Path) -> None:
    (tmp_path / "arxiv.clock").write_bytes(b'{"last": "2025-')
    assert client.get(feed_of(arxiv)).status == 200


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.STATUS, 429),
        (Kind.STATUS, 503),
        (Kind.STATUS, 406),
        (Kind.STATUS, 500),
        (Kind.STATUS, 502),
        (Kind.RATE_EXCEEDED, None),
        (Kind.BLANK, None),
        (Kind.CUT_XML, None),
        (Kind.BROKEN_OFF, None),
        (Kind.RESET, None),
        (Kind.HTML, None),
        (Kind.DAMAGED_GZIP, None),
    ],
)
def test_it_retries_after(
    arxiv: FakeArxiv, client: Client, clock: FakeClock, kind: Kind, value: object
) -> None:
    arxiv.faults.add(kind, "feed", times=2, value=value)
    began = clock.now()
    response = client.get(feed_of(arxiv))
    assert b"<item>" in response.body
    assert client.counters.retries == 2
    # Two pauses, the second about twice the first.
    assert timedelta(seconds=7) < clock.now() - began < timedelta(seconds=65)


def test_it_retries_when_no_answer_comes_in_time(arxiv: FakeArxiv, make_client: MakeClient) -> None:
    arxiv.faults.add(Kind.SLOW, value=5)
    client = make_client(read_timeout=0.1)
    assert client.get(feed_of(arxiv)).status == 200
    assert client.counters.retries == 1


def test_retry_after_in_seconds_is_obeyed(arxiv: FakeArxiv, client: Client, clock: FakeClock) -> None:
    arxiv.faults.add(Kind.STATUS, value=429, retry_after="120")
    client.get(feed_of(arxiv))
    first, second = arxiv.requests
    assert timedelta(seconds=120) <= second.at - first.at <= timedelta(seconds=123)


def test_retry_after_as_a_date_is_obeyed(arxiv: FakeArxiv, client: Client, clock: FakeClock) -> None:
    until = clock.now() + timedelta(minutes=5)
    arxiv.faults.add(Kind.STATUS, value=503, retry_after=format_datetime(until, usegmt=True))
    client.get(feed_of(arxiv))
    assert until <= arxiv.requests[1].at <= until + timedelta(seconds=3)


@pytest.mark.parametrize("header", ["0", "Mon, 02 Jun 2025 12:00:00 GMT"])
def test_a_retry_after_of_zero_does_not_shorten_the_pause(
    arxiv: FakeArxiv, client: Client, header: str
) -> None:
    arxiv.faults.add(Kind.STATUS, times=4, value=429, retry_after=header)
    client.get(feed_of(arxiv))
    gaps = [(after.at - before.at).total_seconds() for before, after in pairwise(arxiv.requests)]
    assert all(gap >= 10 * 2**number for number, gap in enumerate(gaps))


@pytest.mark.parametrize(
    "header", ["999999999", "9" * 40, "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -2359"]
)
def test_an_absurd_retry_after_is_obeyed_for_a_day(arxiv: FakeArxiv, client: Client, header: str) -> None:
    arxiv.faults.add(Kind.STATUS, value=503, retry_after=header)
    for _ in range(2):
        with pytest.raises(RequestError):
            client.get(feed_of(arxiv))
    arxiv.clock.sleep(timedelta(hours=23).total_seconds())
    with pytest.raises(RequestError, match="asked to be left alone"):
        client.get(feed_of(arxiv))
    assert len(arxiv.requests) == 1
    arxiv.clock.sleep(timedelta(hours=2).total_seconds())
    assert client.get(feed_of(arxiv)).status == 200


def test_a_wait_beyond_the_deadline_is_not_begun(arxiv: FakeArxiv, client: Client, clock: FakeClock) -> None:
    arxiv.faults.add(Kind.STATUS, value=429, retry_after="7200")
    began = clock.now()
    with pytest.raises(RequestError):
        client.get(feed_of(arxiv))
    assert clock.now() == began
    assert len(arxiv.requests) == 1


def test_other_processes_know_that_a_host_wants_to_be_left_alone(
    arxiv: FakeArxiv, make_client: MakeClient
) -> None:
    arxiv.faults.add(Kind.STATUS, value=429, retry_after="7200")
    with pytest.raises(RequestError):
        make_client().get(feed_of(arxiv))
    with pytest.raises(RequestError, match=r"asked to be left alone until 2025-06-03 14:00 UTC"):
        make_client().get(arxiv.api_url)
    assert len(arxiv.requests) == 1


def test_it_gives_up_with_address_tries_and_remedy(arxiv: FakeArxiv, client: Client) -> None:
    arxiv.faults.add(Kind.STATUS, times=None, value=503)
    with pytest.raises(RequestError) as caught:
        client.get(feed_of(arxiv))
    error = caught.value
    assert (error.status, error.tries) == (503, 6)
    assert error.message == f"{feed_of(arxiv)}: HTTP 503, after 6 tries"
    assert error.remedy
    assert client.counters.failures == 1


def test_the_total_deadline_ends_the_tries(arxiv: FakeArxiv, make_client: MakeClient) -> None:
    arxiv.faults.add(Kind.STATUS, times=None, value=503)
    with pytest.raises(RequestError) as caught:
        make_client(total_deadline=40, max_attempts=100).get(feed_of(arxiv))
    assert caught.value.tries < 5


def test_the_error_names_the_problem_however_the_time_runs_out(
    arxiv: FakeArxiv, make_client: MakeClient, clock: FakeClock
) -> None:
    arxiv.faults.add(Kind.RESET, times=None)
    for tenths in range(10, 200):
        clock.sleep(3)
        with pytest.raises(RequestError, match="reset by peer"):
            make_client(total_deadline=tenths / 10, rng=random.Random(tenths)).get(feed_of(arxiv))


@pytest.mark.parametrize("kind", [Kind.DRIP, Kind.DRIP_HEAD])
def test_the_deadline_holds_when_bytes_arrive_one_by_one(
    arxiv: FakeArxiv, make_client: MakeClient, kind: Kind
) -> None:
    arxiv.faults.add(kind, times=None, value=0.02)
    with pytest.raises(RequestError, match="did not end in time"):
        make_client(total_deadline=1, max_attempts=1).get(feed_of(arxiv))


@pytest.mark.parametrize("kind", [Kind.DRIP, Kind.DRIP_HEAD])
def test_after_an_answer_that_drips_there_is_time_for_another(
    arxiv: FakeArxiv, make_client: MakeClient, kind: Kind
) -> None:
    arxiv.faults.add(kind, value=0.02)
    client = make_client(answer_timeout=0.3)
    assert client.get(feed_of(arxiv)).status == 200
    assert client.counters.retries == 1


@pytest.mark.parametrize("status", [400, 403, 404])
def test_other_errors_are_not_retried(arxiv: FakeArxiv, client: Client, status: int) -> None:
    arxiv.faults.add(Kind.STATUS, value=status)
    with pytest.raises(RequestError) as caught:
        client.get(feed_of(arxiv))
    assert (caught.value.status, caught.value.tries) == (status, 1)


@pytest.mark.parametrize(
    "url",
    ["http://[bad/rss", "http://host:port/rss", "http://host:99999/", "http://", "file:///etc/passwd", ""],
)
def test_what_is_no_address_fails_at_once(client: Client, clock: FakeClock, url: str) -> None:
    with pytest.raises(RequestError, match="not a web address") as caught:
        client.get(url)
    assert "configuration" in caught.value.remedy
    assert (client.counters.requests, client.counters.failures, clock.sleeps) == (0, 1, [])


def test_nobody_listening_is_explained(client: Client) -> None:
    with pytest.raises(RequestError, match=r"http://127\.0\.0\.1:9/rss: .*refused"):
        client.get("http://127.0.0.1:9/rss")


def test_a_body_larger_than_allowed_is_not_read(arxiv: FakeArxiv, make_client: MakeClient) -> None:
    arxiv.faults.add(Kind.HUGE, value=3_000_000)
    with pytest.raises(RequestError, match="too large: more than 1,000,000 bytes"):
        make_client(max_body_bytes=1_000_000).get(feed_of(arxiv))


def test_a_body_that_expands_beyond_the_limit_is_not_expanded(
    arxiv: FakeArxiv, make_client: MakeClient
) -> None:
    arxiv.faults.add(Kind.BOMB, value=50_000_000)
    with pytest.raises(RequestError, match="expands to more than 1,000,000 bytes"):
        make_client(max_body_bytes=1_000_000).get(feed_of(arxiv))


def test_xml_entities_are_never_expanded(arxiv: FakeArxiv, make_client: MakeClient) -> None:
    arxiv.faults.add(Kind.ENTITIES, times=None)
    with pytest.raises(RequestError, match="document type"):
        make_client(max_attempts=2).get(feed_of(arxiv))


def test_a_redirect_to_another_host_is_refused(arxiv: FakeArxiv, client: Client) -> None:
    arxiv.faults.add(Kind.REDIRECT, value="http://169.254.169.254/latest/meta-data")
    with pytest.raises(RequestError, match=r"redirects to http://169\.254\.169\.254/"):
        client.get(feed_of(arxiv))
    assert len(arxiv.requests) == 1


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "http://127.0.0.1:1/", "http://127.0.0.1:port/", "ftp://127.0.0.1/"],
)
def test_a_redirect_to_another_place_is_refused(arxiv: FakeArxiv, client: Client, target: str) -> None:
    arxiv.faults.add(Kind.REDIRECT, value=target)
    with pytest.raises(RequestError, match="another place"):
        client.get(feed_of(arxiv))


def test_a_redirect_to_no_address_at_all_is_refused(arxiv: FakeArxiv, client: Client) -> None:
    arxiv.faults.add(Kind.REDIRECT, value="//[bad")
    with pytest.raises(RequestError, match="redirects to no address"):
        client.get(feed_of(arxiv))


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2:{evil}/",
        "//127.0.0.2:{evil}/",
        "http://localhost:{evil}/",
        "http://2130706434:{evil}/",
        "http://0x7f.0.0.2:{evil}/",
        "http://0177.0.0.2:{evil}/",
        "http://[::ffff:127.0.0.2]:{evil}/",
        "http://127.0.0.1:{own}@127.0.0.2:{evil}/",
        "http://127.0.0.2:{evil}#@127.0.0.1:{own}/",
        "http://127.0.0.2:{evil}?@127.0.0.1:{own}/",
        # The standard library sees the host after the @, the one that connects sees the one before.
        "http://127.0.0.2:{evil}\\@127.0.0.1:{own}/",
        "//127.0.0.2:{evil}\\@127.0.0.1:{own}/",
    ],
)
def test_no_way_of_writing_it_leads_a_redirect_to_a_private_address(
    arxiv: FakeArxiv, client: Client, target: str
) -> None:
    own = arxiv.base_url.rpartition(":")[2]
    with RawServer(answer(b"<rss/>"), host="127.0.0.2") as evil:
        arxiv.faults.add(Kind.REDIRECT, value=target.format(evil=evil.port, own=own))
        with suppress(RequestError):
            client.get(feed_of(arxiv))
        assert evil.heads == []


def test_a_redirect_on_the_same_host_is_followed_politely(arxiv: FakeArxiv, client: Client) -> None:
    arxiv.faults.add(Kind.REDIRECT, value="/rss/cs.AI")
    response = client.get(feed_of(arxiv))
    assert response.url == f"{arxiv.feed_url}/cs.AI"
    first, second = arxiv.requests
    assert second.at - first.at == timedelta(seconds=3)


def test_a_redirect_to_an_allowed_place_is_followed(arxiv: FakeArxiv, make_client: MakeClient) -> None:
    with FakeArxiv([], clock=arxiv.clock) as other:
        arxiv.faults.add(Kind.REDIRECT, value=f"{other.feed_url}/cs.CL")
        response = make_client(may_redirect_to=[other.api_url]).get(feed_of(arxiv))
        assert response.url == f"{other.feed_url}/cs.CL"


def test_redirects_in_a_circle_end(arxiv: FakeArxiv, client: Client) -> None:
    arxiv.faults.add(Kind.REDIRECT, times=None, value="/rss/cs.CL")
    with pytest.raises(RequestError, match="more than 5 redirects"):
        client.get(feed_of(arxiv))


def test_what_was_not_modified_comes_from_the_cache(
    arxiv: FakeArxiv, make_client: MakeClient, tmp_path: Path
) -> None:
    client = make_client(cache=HttpCache(tmp_path / "cache", arxiv.clock))
    first = client.get(feed_of(arxiv), conditional=True)
    second = client.get(feed_of(arxiv), conditional=True)
    assert (first.not_modified, second.not_modified) == (False, True)
    assert second.body == first.body
    assert client.counters.not_modified == 1


def test_a_new_response_replaces_the_cached_one(
    arxiv: FakeArxiv, make_client: MakeClient, tmp_path: Path, clock: FakeClock
) -> None:
    client = make_client(cache=HttpCache(tmp_path / "cache", arxiv.clock))
    client.get(feed_of(arxiv), conditional=True)
    clock.sleep(86_400)
    assert client.get(feed_of(arxiv), conditional=True).status == 200
    assert client.get(feed_of(arxiv), conditional=True).not_modified


def test_a_damaged_cache_counts_as_none(arxiv: FakeArxiv, make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client(cache=HttpCache(tmp_path / "cache", arxiv.clock))
    client.get(feed_of(arxiv), conditional=True)
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(kept.read_bytes()[:-10])
    assert client.get(feed_of(arxiv), conditional=True).status == 200


def test_an_unexpected_304_is_an_error(arxiv: FakeArxiv, client: Client) -> None:
    arxiv.faults.add(Kind.STATUS, value=304)
    with pytest.raises(RequestError, match="HTTP 304"):
        client.get(feed_of(arxiv))


def test_a_validator_has_the_last_word(arxiv: FakeArxiv, client: Client) -> None:
    problems = iter(["too thin", None])
    client.get(feed_of(arxiv), validate=lambda body: next(problems))
    assert client.counters.retries == 1


def test_any_content_can_be_requested(arxiv: FakeArxiv, client: Client) -> None:
    picture = client.get(f"{arxiv.site_url}/html/2506.03001v1/x1.png", expect="any")
    assert picture.body.startswith(b"\x89PNG")


def test_a_proxy_from_the_environment_is_used(
    arxiv: FakeArxiv, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", arxiv.base_url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    client.get("http://rss.arxiv.org/rss/cs.CL")
    assert [request.headers["Host"] for request in arxiv.requests] == ["rss.arxiv.org"]


@pytest.mark.parametrize("exception", ["127.0.0.1", "127.0.0.0/8", "*"])
def test_what_the_environment_excepts_goes_past_the_proxy(
    arxiv: FakeArxiv, client: Client, monkeypatch: pytest.MonkeyPatch, exception: str
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", exception)
    assert client.get(feed_of(arxiv)).status == 200


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (
            "ALL_PROXY",
            "socks5://127.0.0.1:9",
            "proxy of ALL_PROXY is a SOCKS proxy, which needs: pip install",
        ),
        ("https_proxy", "gopher://127.0.0.1:9", "unsupported scheme gopher"),
        ("REQUESTS_CA_BUNDLE", "/no/such.pem", "invalid path: /no/such.pem (see REQUESTS_CA_BUNDLE"),
        ("REQUESTS_CA_BUNDLE", __file__, f"{__file__} holds no certificates that can be read"),
        ("CURL_CA_BUNDLE", __file__, f"{__file__} holds no certificates that can be read"),
    ],
)
def test_what_is_wrong_with_this_machine_is_not_tried_again(
    client: Client, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    for one in ("no_proxy", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(one, raising=False)
    monkeypatch.setenv(name, value)
    began = clock.now()
    with RawServer([]) as server, pytest.raises(RequestError) as caught:
        # Certificates are read when a connection stands.
        client.get(
            "https://arxiv.invalid/rss" if "proxy" in name.lower() else f"https://127.0.0.1:{server.port}/"
        )
    assert words in caught.value.problem
    assert "arxiv.*_url" not in caught.value.remedy
    assert (caught.value.tries, clock.now() - began) == (1, timedelta())


def test_a_proxys_password_is_never_shown(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    for proxy in ("http://me:secret@127.0.0.1:9", "http://me:secret@[bad", "me:secret@127.0.0.1:9"):
        monkeypatch.setenv("http_proxy", proxy)
        with pytest.raises(RequestError) as caught:
            client.get(f"http://{len(proxy)}.invalid/rss")
        assert "secret" not in str(caught.value)
    assert "secret" not in caplog.text


def test_the_log_lines_of_one_call_carry_its_id(
    arxiv: FakeArxiv, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="triage")
    arxiv.faults.add(Kind.STATUS, "feed", value=503)
    client.get(feed_of(arxiv))
    client.get(feed_of(arxiv))
    assert [record.message for record in caplog.records] == ["request", "retry", "request", "request"]
    first, again, second, other = (vars(record)["fields"]["id"] for record in caplog.records)
    assert first == again == second < other


def test_each_event_is_one_line_without_passwords(
    arxiv: FakeArxiv, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="triage")
    arxiv.faults.add(Kind.STATUS, value=503)
    client.get(feed_of(arxiv).replace("http://", "http://me:secret@"))
    assert [record.message for record in caplog.records] == ["request", "retry", "request"]
    events = [EventFormatter("text").format(record) for record in caplog.records]
    assert not any("secret" in event or "\n" in event for event in events)


@pytest.mark.parametrize("status", ["200 OK", "503 Busy"])
def test_an_event_is_read_by_its_fields_whatever_is_in_them(
    client: Client, caplog: pytest.LogCaptureFixture, status: str
) -> None:
    with RawServer(answer(b"Rate exceeded.", status=status)) as server, pytest.raises(RequestError):
        client.get(server.url)
    events = [json.loads(EventFormatter("json").format(record)) for record in caplog.records]
    assert {event["event"] for event in events} == {"retry", "failed"}
    assert {event["problem"] for event in events} == {f'HTTP {status[:3]}, "Rate exceeded."'}


def test_waits_are_counted_also_when_they_are_in_vain(
    arxiv: FakeArxiv, make_client: MakeClient, tmp_path: Path
) -> None:
    with (tmp_path / "arxiv.clock.lock").open("w+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        client = make_client(total_deadline=5)
        with pytest.raises(RequestError):
            client.get(feed_of(arxiv))
    assert (client.counters.requests, client.counters.failures) == (0, 1)
    assert (client.counters.waits, client.counters.seconds_waited) == (1, 5)


def test_another_process_in_the_middle_of_a_request_is_waited_for(
    arxiv: FakeArxiv, make_client: MakeClient, tmp_path: Path
) -> None:
    with (tmp_path / "arxiv.clock.lock").open("w+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(RequestError, match="another triage process"):
            make_client(total_deadline=5).get(feed_of(arxiv))
        fcntl.flock(file, fcntl.LOCK_UN)
        assert make_client().get(feed_of(arxiv)).status == 200


def test_processes_share_the_rate_limit(tmp_path: Path) -> None:
    """Real processes and real time: never two requests at once, never two within the interval."""
    script = textwrap.dedent(
        """
        import random, sys
        from pathlib import Path
        from triage.clock import SystemClock
        from triage.listing.client import Client
        client = Client(user_agent="t", lock_path=Path(sys.argv[1]), clock=SystemClock(),
                        rng=random.Random(), min_interval=0.15)
        for _ in range(3):
            client.get(sys.argv[2])
        """
    )
    with FakeArxiv([]) as arxiv:
        arxiv.faults.add(Kind.SLOW, times=None, value=0.05)
        root = Path(__file__).parents[2]
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", script, str(tmp_path / "clock"), feed_of(arxiv)],
                env={**os.environ, "PYTHONPATH": str(root)},
            )
            for _ in range(3)
        ]
        assert [worker.wait(60) for worker in workers] == [0, 0, 0]
        times = sorted(request.at for request in arxiv.requests)
        assert len(times) == 9
        assert min(after - before for before, after in pairwise(times)) >= timedelta(seconds=0.15)
        assert arxiv.most_connections == 1


def test_a_process_killed_in_the_middle_of_a_request_leaves_no_lock(
    arxiv: FakeArxiv, make_client: MakeClient, tmp_path: Path
) -> None:
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from triage.clock import SystemClock
        from triage.listing.rate_limit import RateLimiter
        limiter = RateLimiter(Path(sys.argv[1]), SystemClock(), 3.0)
        with limiter.slot("host", 60):
            print("mine", flush=True)
            time.sleep(60)
        """
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "arxiv.clock")],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    assert make_client().get(feed_of(arxiv)).status == 200


def test_the_time_of_day_is_utc_in_the_clock_file(arxiv: FakeArxiv, client: Client, tmp_path: Path) -> None:
    client.get(feed_of(arxiv))
    written = (tmp_path / "arxiv.clock").read_text()
    assert "2025-06-03T12:00:00Z" in written
