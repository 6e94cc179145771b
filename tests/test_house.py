"""The house: rooms import downwards only, say what they are for, and stand in docs/architecture.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from importlinter.api import use_cases

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "triage"
ROOMS = sorted(folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file())
SHARED_MODULES = {"run", "papers", "context", "status", "errors", "clock", "progress"}


def test_rooms_import_downwards_only() -> None:
    assert use_cases.lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)


def test_no_module_stands_loose_but_those_that_every_room_shares() -> None:
    loose = {file.stem for file in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert loose == SHARED_MODULES


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is_for_and_what_it_may_import(room: str) -> None:
    said = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert 1 <= len([line for line in said.splitlines() if line.strip()]) <= 3
    assert "import" in said.lower()


def test_the_architecture_page_names_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)/` \|", page, flags=re.MULTILINE)
    assert sorted(rows) == ROOMS


def test_the_story_of_the_day_fits_on_a_few_screens() -> None:
    assert len((PACKAGE / "run.py").read_text(encoding="utf-8").splitlines()) <= 250
