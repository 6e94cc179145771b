"""The ready files in contrib/: commands, options, settings and paths in them exist and agree."""

from __future__ import annotations

import configparser
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from triage.cli.app import app
from triage.config import Config

ROOT = Path(__file__).parents[2]
CONTRIB = ROOT / "contrib"
UNITS = sorted((CONTRIB / "systemd").iterdir())
WORKFLOW = CONTRIB / "github" / "triage.yml"
COMPOSE = CONTRIB / "docker" / "compose.yaml"
CRONTAB = CONTRIB / "cron" / "triage.crontab"
PLIST = CONTRIB / "launchd" / "triage.daemon.plist"


def unit(file: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(file, encoding="utf-8")
    return parser


def workflow() -> dict[str, Any]:
    text: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    return text


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow()["jobs"]["digest"]["steps"]
    return found


def cron_line() -> str:
    (line,) = [line for line in CRONTAB.read_text("utf-8").splitlines() if not line.startswith("#")]
    return line


def compose() -> dict[str, Any]:
    service: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]["triage"]
    return service


def command_lines() -> list[list[str]]:
    """Every call of triage in the files, as words from the subcommand on."""
    calls = [shlex.split(unit(file)["Service"]["ExecStart"]) for file in UNITS if file.suffix == ".service"]
    calls.append(plistlib.loads(PLIST.read_bytes())["ProgramArguments"])
    calls.append(["triage", *compose()["command"]])
    calls.append(shlex.split(cron_line().split("&&")[1].split(">")[0]))
    for step in steps():
        for found in re.finditer(
            r"\btriage ((?:import|export|run|daemon|status)\b[^;\n]*)", step.get("run", "")
        ):
            calls.append(["triage", *shlex.split(found[1])])
    return [words[1:] for words in calls]


def test_there_is_a_call_in_each_file() -> None:
    assert [words[0] for words in command_lines()] == [
        *("run", "daemon", "daemon", "daemon", "run"),
        *("import", "run", "export"),
    ]


@pytest.mark.parametrize("words", command_lines(), ids=" ".join)
def test_every_command_and_option_exists(words: list[str]) -> None:
    group = typer.main.get_command(app)
    command = group.commands[words[0]]  # type: ignore[attr-defined]
    # Raises for an unknown option, or an argument too many or too few; runs nothing.
    command.make_context(words[0], words[1:])


@pytest.mark.parametrize(
    "name",
    re.findall(
        r"TRIAGE_(?!SOURCE|USER|MAIL)[A-Z_]+", COMPOSE.read_text("utf-8") + WORKFLOW.read_text("utf-8")
    ),
)
def test_every_setting_in_the_environment_exists(name: str) -> None:
    model: Any = Config
    for part in name.removeprefix("TRIAGE_").lower().split("__"):
        assert part in model.model_fields
        model = model.model_fields[part].annotation


def test_the_container_s_paths_are_the_image_s() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    inside = [volume.split(":")[1] for volume in compose()["volumes"]]
    assert all(f'"{path}"' in dockerfile.split("VOLUME")[1] for path in inside)


def test_the_container_is_asked_for_its_health_where_it_answers() -> None:
    assert (
        f":{compose()['environment']['TRIAGE_DAEMON__HEALTH_PORT']}/healthz"
        in compose()["healthcheck"]["test"][-1]
    )


def test_the_container_s_health_check_is_python() -> None:
    assert compose()["healthcheck"]["test"][:3] == ["CMD", "python", "-c"]
    compile(compose()["healthcheck"]["test"][3], "healthcheck", "exec")


@pytest.mark.parametrize("file", [file for file in UNITS if file.suffix == ".service"], ids=lambda f: f.name)
def test_a_unit_may_write_where_its_configuration_is(file: Path) -> None:
    service = unit(file)["Service"]
    config = Path(shlex.split(service["ExecStart"])[-1])
    assert service["ReadWritePaths"] == service["WorkingDirectory"] == str(config.parent)


def test_both_services_are_hardened_alike() -> None:
    one, other = (
        unit(CONTRIB / "systemd" / f"{name}@.service")["Service"] for name in ("triage", "triage-run")
    )
    differing = {key for key in {*one, *other} if one.get(key) != other.get(key)}
    assert differing == {"Type", "ExecStart", "ExecReload", "Restart", "RestartSec", "TimeoutStartSec"}


def test_the_timer_starts_the_service_of_its_name() -> None:
    assert (CONTRIB / "systemd" / "triage-run@.service").is_file()
    assert "Unit" not in unit(CONTRIB / "systemd" / "triage-run@.timer")["Timer"]


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    for file in UNITS:
        # What is installed where on this machine is not the question.
        text = file.read_text("utf-8").replace("/home/%i/.local/bin/triage", "/bin/true")
        (tmp_path / file.name.replace("@", "@reader")).write_text(text, encoding="utf-8")
    files = sorted(str(file) for file in tmp_path.iterdir())
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_cron_accepts_the_crontab() -> None:
    fields = cron_line().split(maxsplit=5)
    assert len(fields) == 6
    assert "%" not in fields[5]  # cron reads it as the end of the line
    assert CRONTAB.read_bytes().endswith(b"\n")  # cron ignores a last line without end


def test_launchd_starts_it_again_only_after_a_failure() -> None:
    assert plistlib.loads(PLIST.read_bytes())["KeepAlive"] == {"SuccessfulExit": False}


def test_the_workflow_asks_for_no_more_than_writing_to_the_repository() -> None:
    assert workflow()["permissions"] == {"contents": "write"}


def test_the_workflow_s_scripts_hold_nothing_from_outside() -> None:
    assert not any("${{" in step.get("run", "") for step in steps())


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A clone of a fork, with a configuration and a digest, and triage on the path."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(tmp_path, "clone", "--quiet", "origin.git", "runner")
    clone = tmp_path / "runner"
    (clone / "config.yaml").write_text("categories: [cs.CL]\n", encoding="utf-8")
    (clone / ".gitignore").write_text("*.db\n", encoding="utf-8")
    (clone / "digests").mkdir()
    (clone / "digests" / "a.md").write_text("- [ ] relevant\n", encoding="utf-8")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "-m", "begin")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    git(clone, "branch", "--quiet", "--set-upstream-to=origin/main")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "triage").write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m triage "$@"\n'
    )
    (tmp_path / "bin" / "triage").chmod(0o755)
    return clone


def run_step(name: str, clone: Path) -> None:
    (script,) = [step["run"] for step in steps() if step.get("name", "").startswith(name)]
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=clone,
        env={
            "PATH": f"{clone.parent / 'bin'}:/usr/bin:/bin",
            "HOME": str(clone.parent),
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_workflow_commits_digests_and_state_and_nothing_else(fork: Path) -> None:
    (fork / "digests" / "b.md").write_text("new\n", encoding="utf-8")
    run_step("Commit", fork)
    names = git(fork.parent / "origin.git", "ls-tree", "-r", "--name-only", "main").splitlines()
    assert "digests/b.md" in names
    assert {Path(name).parts[0] for name in names} == {".gitignore", "config.yaml", "digests", "state"}


def test_the_workflow_makes_no_commit_when_nothing_changed(fork: Path) -> None:
    run_step("Commit", fork)
    before = git(fork, "rev-parse", "HEAD")
    run_step("Commit", fork)
    assert git(fork, "rev-parse", "HEAD") == before


def test_the_reader_s_edit_on_github_wins_over_the_workflow_s(fork: Path) -> None:
    git(fork.parent, "clone", "--quiet", "origin.git", "reader")
    mine = fork.parent / "reader" / "digests" / "a.md"
    mine.write_text("- [x] relevant\n", encoding="utf-8")
    git(fork.parent / "reader", "commit", "--quiet", "--all", "-m", "tick")
    git(fork.parent / "reader", "push", "--quiet")
    (fork / "digests" / "a.md").write_text("- [ ] relevant, written anew\n", encoding="utf-8")
    run_step("Commit", fork)
    assert git(fork.parent / "origin.git", "show", "main:digests/a.md") == "- [x] relevant\n"


def test_the_workflow_makes_a_lost_store_again(fork: Path) -> None:
    run_step("Commit", fork)
    shutil.rmtree(fork / ".triage")
    run_step("Make the store again", fork)
    assert (fork / ".triage" / "triage.db").is_file()
