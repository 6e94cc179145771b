"""docs/unattended.md says what the code does."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from triage.daemon import daemon, schedule
from triage.training import update

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "unattended.md").read_text("utf-8")
FILES = sorted((ROOT / "triage" / "daemon").glob("*.py"))
SOURCE = "\n".join(file.read_text("utf-8") for file in FILES)
METRICS = (ROOT / "triage" / "daemon" / "metrics.toml").read_text("utf-8")


def section(name: str) -> str:
    return PAGE.split(f"## {name}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize(
    "event", re.findall(r"`([a-z]+(?:-[a-z]+)*)`(?=[ ,])", section("The log").split("|---|")[1])
)
def test_every_event_is_logged(event: str) -> None:
    # The names of work (run, learn) are put in front of some.
    assert f'"{event}"' in SOURCE or f'f"{{name}}-{event.removeprefix("run-")}"' in SOURCE


@pytest.mark.parametrize("file", re.findall(r"`(contrib/[^`]+)`", PAGE))
def test_every_file_is_there(file: str) -> None:
    assert (ROOT / file).exists()


@pytest.mark.parametrize("number", re.findall(r"triage_[a-z_]+", section("Health")))
def test_every_number_exists(number: str) -> None:
    assert f'"{number}"' in METRICS or number == "triage_last_run_time_seconds"


def test_the_hours_are_those_of_the_schedule() -> None:
    first, last = schedule.FEED_SETTLES, schedule.FEED_SETTLES + schedule.JITTER
    assert f"{first // timedelta(minutes=1)} to {last // timedelta(minutes=1)} minutes after midnight" in PAGE
    hours = [pause // timedelta(hours=1) for pause in schedule.RETRIES[1:]]
    assert "30 minutes, {}, {}, {} and {} hours after".format(*hours) in PAGE
    assert schedule.RETRIES[0] == timedelta(minutes=30)
    assert f"again in {schedule.WHEN_BUSY // timedelta(minutes=1)} minutes" in PAGE
    assert f"again every {schedule.WHEN_FULL // timedelta(minutes=1)} minutes" in PAGE
    assert f"less than {daemon.NEEDED_BYTES // 1_000_000} MB free" in PAGE


def test_the_limits_of_look_ups_are_those_of_the_policies() -> None:
    assert update.RUN.limit is not None
    assert update.CHANGES.limit is not None
    assert update.RUN.limit.queries == 10
    assert f"ten before the day's digest and {update.CHANGES.limit.queries} after a change" in PAGE
