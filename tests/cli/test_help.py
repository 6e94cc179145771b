"""Each command's help teaches: what it does, and two examples that can be typed as they are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from triage.cli.app import app


def commands(group: Any, *above: str) -> Iterator[tuple[str, ...]]:
    """Yield the names of all commands and groups, and the program itself."""
    yield above
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, *above, name)


PROGRAM: Any = typer.main.get_command(app)
ALL = list(commands(PROGRAM))


def found(*names: str) -> Any:
    """Return a command by its names."""
    command = PROGRAM
    for name in names:
        command = command.commands[name]
    return command


SINGLE = [names for names in ALL if names and not getattr(found(*names), "commands", None)]
EXAMPLES = {names: re.findall(r"- `(triage [^`]+)`", found(*names).help) for names in SINGLE}


@pytest.mark.parametrize("names", ALL, ids=" ".join)
def test_help_has_no_types_of_the_library(names: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*names, "--help"], prog_name="triage", env={"COLUMNS": "100"})
    assert done.exit_code == 0
    assert "Usage: triage" in done.stdout
    assert not re.search(r"<[a-z]+(\[\w+\])?>|\[\[|\]\]|\.\.\.\.", done.stdout), done.stdout


@pytest.mark.parametrize("names", SINGLE, ids=" ".join)
def test_help_has_two_examples(names: tuple[str, ...]) -> None:
    assert len(EXAMPLES[names]) >= 2
    assert all(example.split()[1 : len(names) + 1] == list(names) for example in EXAMPLES[names])


@pytest.mark.parametrize("example", [example for all_of_one in EXAMPLES.values() for example in all_of_one])
def test_examples_can_be_typed(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(example)[1:]
    for word in words:
        if re.fullmatch(r"[\w.-]+\.(jsonl|tsv)", word):
            (tmp_path / word).touch()
    command = PROGRAM
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    command.make_context(command.name, words)
