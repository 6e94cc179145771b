"""``python -m tests.fake_arxiv``: faults named on its command line, its log, its errors."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.fake_arxiv import Kind, Where
from tests.fake_arxiv.__main__ import Switch, parse_switch
from tests.listing.conftest import TUESDAY
from tests.listing.papers import papers_of

ROOT = Path(__file__).parents[2]


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "tests.fake_arxiv", "--date", "2025-06-03", *map(str, arguments)]


@contextmanager
def started(listing: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start it; yields the process and the address of its feeds."""
    with subprocess.Popen(
        command("--listing", listing, "--port", "0", *arguments),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip().partition("=")[2]
        finally:
            process.terminate()


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    file = tmp_path / "papers.jsonl"
    records = [
        {"id": paper.id, "title": paper.title, "categories": paper.categories, "announced": "2025-06-03"}
        for paper in papers_of(TUESDAY, 6)
    ]
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "switch"),
    [
        ("blank", Switch(Kind.BLANK)),
        ("status=503@api", Switch(Kind.STATUS, Where.API, "503")),
        ("status=429,retry-after=30@feed", Switch(Kind.STATUS, Where.FEED, "429", "30")),
        (
            "status=429,retry-after=Tue, 03 Jun 2025 12:01:00 GMT,times=2",
            Switch(Kind.STATUS, None, "429", "Tue, 03 Jun 2025 12:01:00 GMT", 2),
        ),
        ("redirect=http://me@127.0.0.1/", Switch(Kind.REDIRECT, None, "http://me@127.0.0.1/")),
    ],
)
def test_a_fault_is_named_with_value_options_and_service(text: str, switch: Switch) -> None:
    assert parse_switch(text) == switch


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("late", "no fault 'late'; there are status"),
        ("blank@fed", "no service 'fed'; there are feed"),
        ("blank,after=3", "no option 'after'"),
        ("blank,times=0", "times=0 is no number"),
    ],
)
def test_a_wrong_fault_is_answered_with_a_list_of_faults(text: str, problem: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=problem):
        parse_switch(text)


def test_a_throttled_answer_says_when_to_come_back_and_the_log_has_both(papers: Path) -> None:
    with started(papers, "--fault", "status=429,retry-after=30,times=1@feed", "--log") as (process, address):
        first = requests.get(f"{address}/cs.CL", timeout=5)
        second = requests.get(f"{address}/cs.CL", params={"a": "b c"}, timeout=5)
        assert process.stderr is not None
        lines = [process.stderr.readline().split(" ", 1)[1] for _ in range(2)]
    assert (first.status_code, first.headers["Retry-After"], second.status_code) == (429, "30", 200)
    assert lines == ["429 feed /rss/cs.CL  (status)\n", "200 feed /rss/cs.CL?a=b+c\n"]


def test_a_missing_or_wrong_listing_is_an_error_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "wrong.jsonl").write_text("no listing\n", encoding="utf-8")
    for name, problem in (("missing.jsonl", "No such file"), ("wrong.jsonl", "line 1: not JSON")):
        done = subprocess.run(
            command("--listing", tmp_path / name, "--port", "0"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        assert problem in done.stderr
        assert "Traceback" not in done.stderr
