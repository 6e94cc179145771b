"""The lock files have all that pyproject.toml asks for, or 'make test' fails on a fresh machine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def normal(requirement: str) -> str:
    """Return a requirement's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_file_holds_every_dependency(file: str) -> None:
    wanted = list(PROJECT["project"]["dependencies"])
    if "dev" in file:
        wanted += PROJECT["dependency-groups"]["dev"]
    locked = re.findall(r"^([\w.-]+)(?:\[[\w,.-]+\])?==", (ROOT / file).read_text("utf-8"), flags=re.M)
    missing = {normal(name) for name in wanted} - {normal(name) for name in locked}
    assert not missing, "run 'make lock'"
