"""The documentation: the tutorial's commands run, the site builds, the two READMEs agree."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.test_cli import in_shell
from tests.fake_arxiv import FakeArxiv
from tests.test_readme import README, ROOT, run_documented, sample_announced_on, shell_lines
from triage.listing.calendar import latest_listing_day, previous_listing_day

TUTORIAL = (ROOT / "docs" / "start.md").read_text("utf-8")


def last_listing_days(count: int) -> list[date]:
    """The newest listing days, oldest first."""
    # An announcement is in the feeds four hours later.
    days = [latest_listing_day(datetime.now(UTC) - timedelta(hours=4))]
    while len(days) < count:
        days.insert(0, previous_listing_day(days[0]))
    return days


def test_the_tutorial_leads_to_three_digests(tmp_path: Path) -> None:
    days = last_listing_days(3)
    written = sorted(set(re.findall(r"--date (\S+)", TUTORIAL)))
    dates = dict(zip(written, map(str, days), strict=True))
    text = re.sub("|".join(written), lambda found: dates[found[0]], TUTORIAL)
    folder = tmp_path / "papers"
    (notes,) = re.findall(r"^```markdown\n(.*?)^```", TUTORIAL, flags=re.S | re.M)
    with FakeArxiv(sample_announced_on(days)) as arxiv:
        for line in shell_lines(text):
            if not line.startswith("triage "):
                assert in_shell(line, tmp_path).returncode == 0, line
                (folder / "notes" / "reading.md").write_text(notes, encoding="utf-8")
                continue
            run_documented(line, folder, arxiv)
    digests = sorted(file.name for file in (folder / "digests").glob("*-insights.md"))
    assert digests == [f"{day}-insights.md" for day in days]


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """Links, anchors and the pages that are made from the help and the settings included."""
    pytest.importorskip("mkdocs", reason="MkDocs is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "triage backtest" in (tmp_path / "commands" / "index.html").read_text("utf-8")
    assert "cross_lists" in (tmp_path / "settings" / "index.html").read_text("utf-8")


def test_the_manual_page_has_every_command() -> None:
    done = subprocess.run(
        [sys.executable, "docs/man.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    sections = re.findall(r"^\.SS (.*)$", done.stdout, flags=re.M)
    assert {"triage run", "triage model list", "triage archive fetch"} <= set(sections)
    assert not re.search(r"^\.(?!TH|SH|SS|TP|PP|B|I|br)", done.stdout, flags=re.M)


def test_the_chinese_readme_has_the_same_commands() -> None:
    chinese = (ROOT / "README.zh.md").read_text("utf-8")
    assert shell_lines(chinese) == [line for line in shell_lines(README) if line != "make test"]
    assert re.findall(r"^```cron\n(.*)\n", chinese, flags=re.M) == re.findall(
        r"^```cron\n(.*)\n", README, flags=re.M
    )
