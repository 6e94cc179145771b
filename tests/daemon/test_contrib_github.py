"""The workflow in contrib/github, its steps run as a runner does: in a shallow clone of a bare repository."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import pytest
import yaml

from triage.config.load import load_config
from triage.listing.calendar import EASTERN
from triage.store.store import Store

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "contrib" / "github"
WORKFLOW = TEMPLATE / ".github" / "workflows" / "triage.yml"


def workflow() -> dict[str, Any]:
    text: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    return text


def job() -> dict[str, Any]:
    found: dict[str, Any] = workflow()["jobs"]["digest"]
    return found


def step(name: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [one for one in job()["steps"] if one.get("name", "").startswith(name)]
    return found


def scheduled(day: date) -> Iterator[datetime]:
    """The runs of a UTC day, read from the crons, which name minute, hour and weekdays alone."""
    # YAML 1.1 reads the key "on" as true.
    for entry in workflow()[True]["schedule"]:  # type: ignore[index]
        minute, hour, month_day, month, weekdays = entry["cron"].split()
        assert (month_day, month) == ("*", "*")
        first, _, last = ("0-6" if weekdays == "*" else weekdays).partition("-")
        if int(first) <= day.isoweekday() % 7 <= int(last):
            yield datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=UTC)


def test_it_requests_no_permission_beyond_writing_to_the_repository() -> None:
    assert (workflow()["permissions"], job()["permissions"]) == ({}, {"contents": "write"})


def test_its_scripts_contain_no_text_from_outside() -> None:
    assert not any("${{" in one.get("run", "") for one in job()["steps"])


@pytest.mark.parametrize("first", [date(2026, 1, 5), date(2026, 7, 6)], ids=["winter", "summer"])
def test_a_run_follows_the_feed_s_renewal_on_each_listing_day(first: date) -> None:
    for listing_day in (first + timedelta(days=days) for days in range(5)):
        renewed = datetime.combine(listing_day, clock_time(), EASTERN)
        assert any(
            timedelta(minutes=10) <= run - renewed <= timedelta(hours=2) for run in scheduled(listing_day)
        )


def test_every_day_has_a_run() -> None:
    assert all(list(scheduled(date(2026, 1, 4) + timedelta(days=days))) for days in range(7))


def test_a_day_that_takes_too_long_ends_before_the_job_so_that_it_is_kept() -> None:
    assert step("Do the day")["timeout-minutes"] < job()["timeout-minutes"]


def test_nothing_is_committed_after_a_store_that_could_not_be_made_again() -> None:
    assert "steps.store.outcome == 'success'" in step("Commit")["if"]
    assert step("Make the store again")["id"] == "store"


def test_a_store_whose_digest_was_not_pushed_is_not_kept() -> None:
    assert "steps.commit.outcome == 'success'" in step("Keep the store")["if"]
    assert step("Commit")["id"] == "commit"


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A runner's clone of a fork with a configuration and a digest; triage is on its path."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(tmp_path, "clone", "--quiet", "origin.git", "reader")
    reader = tmp_path / "reader"
    (reader / "config.yaml").write_text("categories: [cs.CL]\n", encoding="utf-8")
    (reader / ".gitignore").write_text("*.db\n", encoding="utf-8")
    (reader / "digests").mkdir()
    (reader / "digests" / "a.md").write_text("- [ ] relevant\n", encoding="utf-8")
    git(reader, "add", "--all")
    git(reader, "commit", "--quiet", "-m", "begin")
    git(reader, "push", "--quiet", "origin", "HEAD:main")
    (tmp_path / "bin").mkdir()
    run = f"PYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m triage"
    program(tmp_path / "bin", "triage", f'{run} "$@"')
    program(tmp_path / "bin", "sleep", "exit 0")
    return checked_out(tmp_path, "runner")


def checked_out(folder: Path, name: str) -> Path:
    """Clone as the checkout action does."""
    git(folder, "clone", "--quiet", "--depth=1", (folder / "origin.git").as_uri(), name)
    return folder / name


def outcome(name: str, clone: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        # GitHub's own shell for a step that names none.
        ["bash", "-e", "-c", step(name)["run"]],
        cwd=clone,
        env={
            "PATH": f"{clone.parent / 'bin'}:{os.defpath}",
            "HOME": str(clone.parent),
            "OMP_NUM_THREADS": "1",
            "TRIAGE_DELIVER__MAIL__PASSWORD": "",
            "PIECE": job()["env"]["PIECE"],
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def run_step(name: str, clone: Path, **environment: str) -> None:
    done = outcome(name, clone, **environment)
    assert done.returncode == 0, done.stderr


def know(clone: Path, facts: dict[str, str]) -> None:
    (clone / ".triage").mkdir(exist_ok=True)
    with Store(f"sqlite:///{clone / '.triage' / 'triage.db'}") as store, store.transaction() as writing:
        for key, value in facts.items():
            writing.records.restore(key, value)


def known(clone: Path) -> dict[str, str]:
    with Store(f"sqlite:///{clone / '.triage' / 'triage.db'}") as store, store.reading() as reading:
        return dict(reading.records.stored())


def test_it_commits_digests_and_state_and_nothing_else(fork: Path) -> None:
    (fork / "digests" / "b.md").write_text("new\n", encoding="utf-8")
    run_step("Commit", fork)
    names = git(fork.parent / "origin.git", "ls-tree", "-r", "--name-only", "main").splitlines()
    assert "digests/b.md" in names
    assert {Path(name).parts[0] for name in names} == {".gitignore", "config.yaml", "digests", "state"}


def test_it_makes_no_commit_when_nothing_changed(fork: Path) -> None:
    run_step("Commit", fork)
    before = git(fork, "rev-parse", "HEAD")
    run_step("Commit", fork)
    assert git(fork, "rev-parse", "HEAD") == before


def test_the_reader_s_edit_on_github_wins(fork: Path) -> None:
    reader = fork.parent / "reader"
    (reader / "digests" / "a.md").write_text("- [x] relevant\n", encoding="utf-8")
    git(reader, "commit", "--quiet", "--all", "-m", "tick")
    git(reader, "push", "--quiet", "origin", "HEAD:main")
    (fork / "digests" / "a.md").write_text("- [ ] relevant, written again\n", encoding="utf-8")
    run_step("Commit", fork)
    assert git(fork.parent / "origin.git", "show", "main:digests/a.md") == "- [x] relevant\n"


def refuse_pushes(fork: Path, first: str) -> None:
    """Let the bare repository refuse: all pushes, or those before a file is there."""
    hooks = fork.parent / "origin.git" / "hooks"
    program(hooks, "pre-receive", f"[ -e refused ] {first} {{ : > refused; echo busy >&2; exit 1; }}")


def test_a_rejected_push_is_tried_again(fork: Path) -> None:
    refuse_pushes(fork, "||")
    (fork / "digests" / "b.md").write_text("new\n", encoding="utf-8")
    run_step("Commit", fork)
    assert git(fork.parent / "origin.git", "show", "main:digests/b.md") == "new\n"


def test_a_push_that_is_never_accepted_fails_with_a_message(fork: Path) -> None:
    refuse_pushes(fork, ";")
    done = outcome("Commit", fork)
    assert done.returncode == 1
    assert "::error::the digest could not be pushed" in done.stdout


def test_a_lost_store_is_made_again(fork: Path) -> None:
    know(fork, {"asked": "yesterday"})
    run_step("Commit", fork)
    shutil.rmtree(fork / ".triage")
    run_step("Make the store again", fork)
    assert known(fork) == {"asked": "yesterday"}


def test_a_new_fork_begins_without_a_store(fork: Path) -> None:
    run_step("Make the store again", fork)
    assert not (fork / ".triage").exists()


def test_the_store_of_the_last_commit_is_used_as_it_is(fork: Path) -> None:
    run_step("Commit", fork)
    runner = checked_out(fork.parent, "next")
    shutil.move(fork / ".triage", runner / ".triage")
    (runner / ".triage" / "kept").touch()
    run_step("Make the store again", runner)
    assert (runner / ".triage" / "kept").exists()


def test_a_store_older_than_the_last_commit_is_made_again(fork: Path) -> None:
    know(fork, {"asked": "on Monday"})
    run_step("Commit", fork)
    shutil.copytree(fork / ".triage", fork.parent / "cached")
    know(fork, {"asked": "on Tuesday"})
    run_step("Commit", fork)
    runner = checked_out(fork.parent, "next")
    shutil.move(fork.parent / "cached", runner / ".triage")
    run_step("Make the store again", runner)
    assert known(runner) == {"asked": "on Tuesday"}


def test_a_damaged_state_fails_instead_of_being_replaced(fork: Path) -> None:
    run_step("Commit", fork)
    shutil.rmtree(fork / ".triage")
    (fork / "state" / "triage-export.json").write_text("{", encoding="utf-8")
    assert outcome("Make the store again", fork).returncode == 1


def test_the_run_s_page_says_how_late_it_is_and_how_things_stand(fork: Path) -> None:
    page = fork.parent / "summary.md"
    planned = datetime.now(UTC) - timedelta(minutes=7)
    run_step(
        "Report",
        fork,
        GITHUB_STEP_SUMMARY=str(page),
        CRON=f"{planned.minute} {planned.hour} * * 1-5",
        COMMITTED="success",
    )
    text = page.read_text("utf-8")
    assert re.search(rf"Planned for {planned:%H:%M} UTC, reported [78] minutes later\.", text)
    assert "last complete day:" in text
    assert "not pushed" not in text


def test_the_run_s_page_says_that_a_digest_was_not_pushed(fork: Path) -> None:
    page = fork.parent / "summary.md"
    run_step("Report", fork, GITHUB_STEP_SUMMARY=str(page), CRON="", COMMITTED="failure")
    assert "The digest was not pushed." in page.read_text("utf-8")


def test_the_template_has_a_configuration_that_is_right(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATE, tmp_path / "repository")
    config = load_config(tmp_path / "repository" / "config.yaml")
    assert [Path(path).name for path in config.notes.paths] == ["notes"]


def test_a_large_state_is_committed_in_pieces_and_comes_back_whole(fork: Path) -> None:
    facts = {f"fact {number}": "x" * 50 for number in range(40)}
    know(fork, facts)
    run_step("Commit", fork, PIECE="1000")
    pieces = sorted((fork / "state").iterdir())
    assert sum(piece.name.startswith("facts.jsonl.") for piece in pieces) > 1
    assert all(piece.stat().st_size <= 1000 for piece in pieces)
    runner = checked_out(fork.parent, "next")
    run_step("Make the store again", runner)
    assert known(runner) == facts
