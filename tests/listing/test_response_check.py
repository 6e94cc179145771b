"""Pure decisions of the client: Retry-After, pauses, what a body must be."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.listing.addresses import redirect_allowed, with_params, without_credentials
from triage.listing.response_check import ACCEPT, Expect, check_response, parse_retry_after, pause_seconds

NOW = datetime(2025, 6, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 30 ", 30.0),
        ("Tue, 03 Jun 2025 12:01:00 GMT", 60.0),
        ("Tue, 03 Jun 2025 08:01:00 -0400", 60.0),
        ("Tue, 03 Jun 2025 11:00:00 GMT", 0.0),  # gone by
        ("-5", None),
        ("soon", None),
        ("1e9", None),
        ("99999999999", 86_400.0),
        ("9" * 5_000, 86_400.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400.0),
        ("Sat, 01 Jan 0001 00:00:00 +2359", 0.0),
        ("Tue, 03 Jun 2025 12:01:00 +99999999999999", None),
        ("Tue, 33 Jun 2025 12:01:00 GMT", None),
        ("٣٠", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds


@given(st.text())
def test_any_retry_after_is_a_number_of_seconds_or_nothing(header: str) -> None:
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= 86_400


@given(st.integers(1, 10_000), st.booleans(), st.integers())
def test_pauses_grow_to_five_minutes_at_most(attempt: int, throttled: bool, seed: int) -> None:
    pause = pause_seconds(attempt, throttled=throttled, rng=random.Random(seed))
    assert 2.5 <= pause <= 300
    if throttled:
        assert pause >= 10


@given(st.integers(1, 10), st.booleans(), st.floats(0, 86_400), st.integers())
def test_a_pause_is_neither_shorter_than_requested_nor_than_usual(
    attempt: int, throttled: bool, retry_after: float, seed: int
) -> None:
    usual = pause_seconds(attempt, throttled=throttled, rng=random.Random(seed))
    pause = pause_seconds(attempt, throttled=throttled, retry_after=retry_after, rng=random.Random(seed))
    assert max(usual, retry_after) <= pause <= max(usual, retry_after + 2)


@given(st.binary(max_size=300), st.sampled_from(sorted(ACCEPT)), st.integers(200, 599))
def test_any_answer_gets_a_verdict(body: bytes, expect: Expect, status: int) -> None:
    check = check_response(status, body, expect)
    assert check.usable == (check.problem == "")
    assert not (check.usable and status != 200)


@pytest.mark.parametrize(
    ("body", "expect", "good"),
    [
        (b"<a/>", "xml", True),
        (b"<a>", "xml", False),
        (b"<a:b/>", "xml", False),
        (b"<?xml version='1.0' encoding='UVF-8'?><a/>", "xml", False),
        (b"<!DOCTYPE html><html/>", "xml", False),
        (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "xml", False),
        (b"<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1/'> %x;]><a/>", "xml", False),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".encode("utf-16"), "xml", False),
        (b"<a>&nbsp;</a>", "xml", False),
        (b"<a>" + b"<b/>" * 100_000 + b"</a>", "xml", True),
        (b"<a>" + b"b" * 400_000 + b"</a>", "xml", True),
        (b"<a>" * 20 + b"</a>" * 20, "xml", True),
        (b"", "any", True),
        (b'{"a": 1}', "json", True),
        (b"<a/>", "json", False),
        (b"[" * 1_000_000, "json", False),
        (b"[" + b"[]," * 100_000 + b"[]]", "json", True),
        (b"Rate exceeded.", "any", False),
        (b" rate exceeded", "xml", False),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_must_be_of_the_expected_format(body: bytes, expect: Expect, good: bool) -> None:
    assert check_response(200, body, expect).usable is good


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("http://export.arxiv.org/api", "https://export.arxiv.org/api", True),
        ("https://arxiv.org/abs/1", "https://arxiv.org:443/abs/2", True),
        ("https://arxiv.org/abs/1", "http://arxiv.org/abs/1", False),
        ("https://arxiv.org/abs/1", "https://arxiv.org:8443/abs/1", False),
        ("https://arxiv.org/abs/1", "https://www.arxiv.org/abs/1", True),
        ("https://arxiv.org/abs/1", "https://www.arxiv.org:8443/abs/1", False),
        ("https://arxiv.org/abs/1", "HTTPS://ARXIV.ORG/abs/2", True),
        ("https://arxiv.org/abs/1", "https://arxiv.org.evil.example/", False),
        ("https://arxiv.org/abs/1", "https://arxiv.org@evil.example/", False),
        ("https://arxiv.org/abs/1", "http://10.0.0.1/", False),
        ("https://arxiv.org/abs/1", "javascript:alert(1)", False),
        ("https://arxiv.org/abs/1", "", False),
    ],
)
def test_redirects_stay_where_they_may(old: str, new: str, allowed: bool) -> None:
    assert redirect_allowed(old, new, {"https://www.arxiv.org/rss"}) is allowed


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://me:secret@proxy.example:80/a?b=c", "http://proxy.example:80/a?b=c"),
        ("http://me:se@cret@h/", "http://h/"),
        ("http://me:secret@[bad/", "http://[bad/"),
        ("http://h/a@b?c=d@e#f//g@h", "http://h/a@b?c=d@e#f//g@h"),
        ("", ""),
    ],
)
def test_addresses_are_shown_without_credentials(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


def test_parameters_are_added_to_a_query() -> None:
    assert with_params("http://x/a", {"b": "c d"}) == "http://x/a?b=c+d"
    assert with_params("http://x/a?k=1", {"b": 2}) == "http://x/a?k=1&b=2"
