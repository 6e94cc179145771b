"""A command that is stopped says so, and its finished steps are kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fake_arxiv import FakeArxiv
from tests.listing.papers import papers_of
from triage.listing.calendar import latest_listing_day


@pytest.fixture
def _interrupts_arrive() -> Iterator[None]:
    """A shell's background jobs ignore SIGINT, and what they start inherits that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interrupts_arrive")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_command_ends_at_once_and_says_so(number: signal.Signals, tmp_path: Path) -> None:
    today = latest_listing_day(datetime.now(UTC))
    with FakeArxiv(papers_of(today, 5)) as arxiv:
        arxiv.faults.add("slow", "oai", value=60.0, times=None)
        (tmp_path / "config.yaml").write_text(
            f"categories: [cs.CL]\narxiv: {{contact: r@example.org, oai_url: {arxiv.oai_url}}}\n",
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "triage", "archive", "fetch", "--since", "2024-01-01"]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")}
        with subprocess.Popen(
            command, cwd=tmp_path, env=clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            while not arxiv.requests and process.poll() is None:
                time.sleep(0.05)
            process.send_signal(number)
            _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert said == "triage: stopped. Finished steps are kept; run the command again to continue.\n"
