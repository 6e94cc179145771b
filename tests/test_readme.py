"""What the README and the pages say is true: commands run, every command is named, links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.test_cli import triage
from tests.fake_arxiv import FakeArxiv
from triage.listing.calendar import latest_listing_day
from triage.listing.files import read_listing
from triage.papers import Paper

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = list((ROOT / "docs").glob("*.md"))
HOW_TOS = list((ROOT / "docs" / "how-to").glob("*.md"))


def shell_lines(text: str) -> list[str]:
    """Return the command lines of all shell blocks, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.S | re.M)
    lines = (line.split(" #")[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


def run_documented(line: str, folder: Path, arxiv: FakeArxiv) -> None:
    """Run a documented ``triage`` line in a folder, against a fake arXiv."""
    done = triage(
        *shlex.split(line)[1:],
        cwd=folder,
        TRIAGE_ARXIV__FEED_URL=arxiv.feed_url,
        TRIAGE_ARXIV__API_URL=arxiv.api_url,
        TRIAGE_ARXIV__OAI_URL=arxiv.oai_url,
        TRIAGE_ARXIV__BACKGROUND="0",
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"


def sample_announced_on(days: Sequence[date]) -> list[Paper]:
    """The sample's papers: older ones as they are, the sample day's shared out over ``days``."""
    sample = ROOT / "triage" / "sample"
    new = [
        replace(paper, announced=days[place % len(days)], submitted=None)
        for place, paper in enumerate(read_listing(sample / "announcement.jsonl"))
    ]
    return [*read_listing(sample / "archive.jsonl"), *new]


def test_the_commands_with_your_own_notes_run(tmp_path: Path) -> None:
    """The README's shell lines, in order, in an empty folder with notes, against a fake arXiv."""
    commands = [line for line in shell_lines(README) if line.startswith("triage ")]
    assert [line.split()[1] for line in commands] == ["init", "learn", "run", "status"]
    sample = ROOT / "triage" / "sample"
    # One note whose papers all have ids: each title asked of arXiv would take three seconds.
    (tmp_path / "notes").mkdir()
    shutil.copy(sample / "notes" / "2025-05-08-insights.md", tmp_path / "notes")
    # The latest that is in the feeds: it is announced four hours before.
    day = latest_listing_day(datetime.now(UTC) - timedelta(hours=4))
    with FakeArxiv(sample_announced_on([day])) as arxiv:
        for line in commands:
            run_documented(line, tmp_path, arxiv)


def test_the_make_targets_exist() -> None:
    for line in shell_lines(README):
        if line.startswith("make "):
            done = subprocess.run(
                ["make", "-n", *line.split()[1:]], cwd=ROOT, capture_output=True, check=False
            )
            assert done.returncode == 0, line


def test_the_table_names_every_command() -> None:
    named = set(re.findall(r"^\| `triage (\w+)", README, flags=re.M))
    code = "from triage.cli.app import app; print(*[c.name or c.callback.__name__ for c in app.registered_commands])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    commands = {name.rstrip("_") for name in done.stdout.split()} | {"notes", "archive", "model"}
    assert named == commands


@pytest.mark.parametrize(
    "file",
    [
        "README.md",
        "README.zh.md",
        "CONTRIBUTING.md",
        *sorted(str(one.relative_to(ROOT)) for one in [*PAGES, *HOW_TOS]),
    ],
)
def test_links_to_files_lead_somewhere(file: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / file).read_text("utf-8")):
        assert ((ROOT / file).parent / target).exists(), target


@pytest.mark.parametrize("page", sorted(one.name for one in PAGES))
def test_every_page_is_linked(page: str) -> None:
    assert f"](docs/{page})" in README


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`([\w/]+\.py:\w+)`", ARCHITECTURE))))
def test_what_a_paper_passes_on_its_way_is_there(place: str) -> None:
    file, name = place.split(":")
    assert re.search(rf"^(def|class) {name}\b", (ROOT / "triage" / file).read_text("utf-8"), flags=re.M)


def test_the_drawing_of_the_rooms_has_every_room() -> None:
    (drawing,) = re.findall(r"```mermaid\n(.*?)```", ARCHITECTURE, flags=re.S)
    rooms = {folder.parent.name for folder in (ROOT / "triage").glob("*/__init__.py")}
    assert set(re.findall(r"\w+", drawing)) >= rooms


def test_cron_runs_at_the_hours_of_the_ready_file() -> None:
    """They are right in every zone, because a run does all that is due whenever it comes."""
    (line,) = re.findall(r"^```cron\n(.*)\n```", README, flags=re.M)
    ready = (ROOT / "contrib" / "cron" / "triage.crontab").read_text("utf-8").splitlines()[-1]
    assert line.split()[:5] == ready.split()[:5]


def test_no_page_says_to_install_a_name_that_is_on_no_index() -> None:
    """Somebody else could take it."""
    files = [*ROOT.glob("*.md"), *PAGES, *ROOT.glob("*.yaml"), *(ROOT / "contrib").rglob("*.*")]
    files += (ROOT / "triage").rglob("*.py")
    texts = {file: file.read_text("utf-8") for file in files if file.is_file()}
    named = [str(file) for file, text in texts.items() if re.search(r"install.{0,40}arxiv-triage", text)]
    assert named == []
