"""The ready files in contrib/: commands, options, settings and paths in them exist and agree."""

from __future__ import annotations

import configparser
import plistlib
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from triage.cli.app import app
from triage.config.schema import Config, section_of

ROOT = Path(__file__).parents[2]
CONTRIB = ROOT / "contrib"
UNITS = sorted((CONTRIB / "systemd").iterdir())
WORKFLOW = CONTRIB / "github" / ".github" / "workflows" / "triage.yml"
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
    calls.append(shlex.split(cron_line().split("$(")[1].split(")")[0]))
    for tx in steps():
        for found in re.finditer(
            r"\btriage ((?:import|export|run|daemon|status)\b[^;\n]*?)(?= 2>|[;\n]|$)", tx.get("run", "")
        ):
            calls.append(["triage", *shlex.split(found[1])])
    return [words[1:] for words in calls]


def test_there_is_a_call_in_each_file() -> None:
    assert [words[0] for words in command_lines()] == [
        *("run", "daemon", "daemon", "daemon", "run"),
        *("import", "run", "export", "status"),
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
        model = section_of(model.model_fields[part])


def test_the_container_s_paths_are_the_image_s() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    inside = [volume.split(":")[1] for volume in compose()["volumes"]]
    assert all(f'"{path}"' in dockerfile.split("VOLUME")[1] for path in inside)


def test_the_container_s_health_check_uses_the_port_of_the_health_page() -> None:
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
    assert differing == {
        *("Type", "ExecStart", "ExecReload", "RestartSec", "TimeoutStartSec"),
        *("KillSignal", "SuccessExitStatus"),
    }


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


def test_launchd_knows_every_key() -> None:
    # As launchd.plist(5) names and types them.
    kinds = {
        "Label": str,
        "ProgramArguments": list,
        "WorkingDirectory": str,
        "RunAtLoad": bool,
        "KeepAlive": dict,
        "ThrottleInterval": int,
        "ExitTimeOut": int,
        "ProcessType": str,
        "StandardErrorPath": str,
    }
    assert {key: type(value) for key, value in plistlib.loads(PLIST.read_bytes()).items()} == kinds


def test_launchd_is_given_no_path_that_only_a_shell_knows() -> None:
    home = PLIST.read_bytes().replace(b"HOME_FOLDER", b"/Users/reader")
    paths = [text for text in re.findall(r"<string>(.*?)</string>", home.decode()) if "/" in text]
    assert paths
    assert all(Path(path).is_absolute() for path in paths)


def test_launchd_starts_it_again_only_after_a_failure() -> None:
    assert plistlib.loads(PLIST.read_bytes())["KeepAlive"] == {"SuccessfulExit": False}


def test_cron_mails_all_output_of_a_failed_run_and_nothing_of_a_good_one(tmp_path: Path) -> None:
    command = cron_line().split(maxsplit=5)[5]
    bin_folder = tmp_path / ".local" / "bin"
    bin_folder.mkdir(parents=True)
    (tmp_path / "triage").mkdir()
    program = bin_folder / "triage"
    printed = []
    for status in (0, 1):
        program.write_text(f"#!/bin/sh\necho the day failed\nexit {status}\n", encoding="utf-8")
        program.chmod(0o755)
        # As cron does: its own shell, hardly a variable.
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        printed.append(done.stdout + done.stderr)
    assert printed == ["", "the day failed\n"]


def test_the_container_is_stopped_by_a_signal_that_process_1_handles() -> None:
    # The kernel gives process 1 no default action: a SIGTERM that nothing handles is lost.
    assert "\nSTOPSIGNAL SIGINT\n" in (ROOT / "Dockerfile").read_text("utf-8")


def test_a_new_store_volume_can_be_written_by_whoever_the_container_runs_as() -> None:
    (line,) = [line for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines() if "chmod" in line]
    assert line.split()[2:4] == ["1777", "/triage/store"]


def test_the_image_needs_nothing_from_a_registry_but_its_base() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    assert not any(line.startswith("# syntax") for line in lines)
    assert len({line.split()[1] for line in lines if line.startswith("FROM ")}) == 1


def test_a_first_run_does_not_make_the_container_unhealthy() -> None:
    assert compose()["healthcheck"]["start_period"] == "2h"


def test_a_run_that_failed_is_tried_again_before_the_timer_s_next_hour() -> None:
    service = unit(CONTRIB / "systemd" / "triage-run@.service")
    assert (service["Service"]["Restart"], service["Service"]["RestartSec"]) == ("on-failure", "30min")
    # The limit is over when the timer starts the service at noon.
    assert (service["Unit"]["StartLimitBurst"], service["Unit"]["StartLimitIntervalSec"]) == ("5", "8h")
