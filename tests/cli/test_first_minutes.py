"""What a newcomer sees first: results before details, no silence, and what to do next."""

from __future__ import annotations

import logging
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import triage
from tests.reader import Reader, label, retrain_model
from triage.cli import progress
from triage.cli.progress import shown_progress

NO_NAME = "Failed to resolve 'export.arxiv.org' ([Errno -3] Temporary failure in name resolution)"


def retry(problem: str, url: str = "https://export.arxiv.org/api/query") -> None:
    """Log a retry as the client does."""
    fields = {"url": url, "problem": problem, "pause": 30.0}
    logging.getLogger("triage.listing").warning("retry", extra={"fields": fields})


def test_learn_without_a_paper_is_no_success_and_says_what_to_try(tmp_path: Path) -> None:
    assert triage("init", cwd=tmp_path).returncode == 0
    done = triage("learn", "--offline", cwd=tmp_path)
    assert done.returncode == 1
    assert "no notes are named in the configuration" in done.stderr
    for remedy in ("'notes' in config.yaml", "triage notes extract", "triage label ID --relevant"):
        assert remedy in done.stderr
    assert "Next: triage run" not in done.stdout
    assert "0001-" not in triage("model", "list", cwd=tmp_path).stdout


def test_learn_names_the_notes_in_which_it_found_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "diary.md").write_text("It rained.\n", "utf-8")
    triage("init", "--notes", "notes", cwd=tmp_path)
    done = triage("learn", "--offline", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert f"no paper was found in {tmp_path / 'notes'}" in done.stderr


def test_learn_says_counts_then_the_model_then_the_next_command(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.import_archive()
    shown = triage("learn", "--offline", cwd=tmp_path).stdout.splitlines()
    assert shown[0] == "14 papers in 1 note file: 14 known."
    assert shown[1].startswith("Model 0001-")
    assert re.fullmatch(r"On papers it had not seen it puts a noted paper above \d+ of 20 others\.", shown[2])
    assert shown[-1] == "Next: triage run"
    assert not any("AUC" in line for line in shown)
    assert "AUC" in triage("learn", "--offline", "--verbose", cwd=tmp_path).stdout


def test_models_are_listed_with_day_cause_and_change_and_the_last_two_compared(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    done = triage("model", "diff", cwd=tmp_path)
    assert done.returncode == 1
    assert "no earlier model" in done.stderr
    label(reader.config, ["2312.00403"], relevant=False)
    retrain_model(reader.config)
    first, second = triage("model", "list", cwd=tmp_path).stdout.splitlines()
    made = r"\d{4}-\d\d-\d\d; triage"
    assert re.match(rf"  0001-\w+  {made} learn; 14 relevant, 0 irrelevant; AUC [\d.]+ \(", first)
    assert re.match(rf"\* 0002-\w+  {made} retrain; 14 relevant, 1 irrelevant; AUC [\d.]+ \([+-]0", second)
    shown = triage("model", "diff", cwd=tmp_path).stdout
    assert re.search(r"Model 0001-.*Model 0002-", shown, flags=re.DOTALL)


def test_a_line_every_half_minute_says_what_is_done_and_how_long_it_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(progress, "monotonic", lambda: now)
    with shown_progress() as report:
        for done in range(100):
            report("asking arXiv for titles", done, 1_000)
            now += 6.0
        retry(NO_NAME)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 20
    assert lines[0] == "triage: asking arXiv for titles 5 of 1,000, about 100 min left"
    assert lines[-1] == "triage: No network; next try in 30 s"


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (NO_NAME, "No network; next try in 30 s"),
        ("[Errno 101] Network is unreachable", "No network; next try in 30 s"),
        ("HTTP 503", "export.arxiv.org: HTTP 503; next try in 30 s"),
    ],
)
def test_on_a_terminal_of_80_columns_the_reason_for_a_wait_is_whole(problem: str, said: str) -> None:
    script = (
        "import sys, time; from tests.cli.test_first_minutes import retry\n"
        "from triage.cli.progress import shown_progress\n"
        "with shown_progress() as report:\n"
        "    report('asking arXiv for titles', 123, 1234); retry(sys.argv[1]); time.sleep(0.3)\n"
    )
    terminal, end = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", script, problem],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "COLUMNS": "80", "TERM": "xterm"},
        stdout=subprocess.DEVNULL,
        stderr=end,
        timeout=60,
        check=True,
    )
    os.close(end)
    shown = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", os.read(terminal, 65536).decode())
    os.close(terminal)
    (line, *_) = [line for line in re.split(r"[\r\n]+", shown) if said in line]
    assert len(line) <= 80


def test_help_has_its_groups_in_the_order_of_use(tmp_path: Path) -> None:
    shown = triage("--help", cwd=tmp_path).stdout
    commands = re.findall(r"^│ (\w+)  ", shown, flags=re.MULTILINE)
    assert commands[:5] == ["demo", "init", "learn", "run", "status"]
