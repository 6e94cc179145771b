"""The store's folder keeps itself out of the reader's repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.reader import Reader
from triage.context import open_context
from triage.errors import StoreError
from triage.store.folder import init_folder, make_store_folder


def untracked(folder: Path) -> str:
    """Return what Git shows of a folder that was made a repository."""
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    command = ["git", "status", "--porcelain", "--untracked-files=all"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_git_sees_nothing_of_a_store_that_init_made(tmp_path: Path) -> None:
    init_folder(tmp_path, "categories: [cs.CL]\n")
    assert (tmp_path / ".triage" / "triage.db").is_file()
    assert untracked(tmp_path) == "?? config.yaml\n"


def test_nor_of_one_that_a_command_made(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    with open_context(reader.config, lock_for="run"):
        pass
    assert (tmp_path / ".triage" / "triage.db").is_file()
    assert untracked(tmp_path) == "?? archive.jsonl\n?? config.yaml\n?? notes/papers.md\n"


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    make_store_folder(tmp_path)
    assert not (tmp_path / ".gitignore").exists()


def test_a_gitignore_of_the_readers_stays(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("models/\n", encoding="utf-8")
    make_store_folder(tmp_path)
    assert (tmp_path / ".gitignore").read_text("utf-8") == "models/\n"


def test_a_folder_that_can_not_be_made_is_no_error_here(tmp_path: Path) -> None:
    reader = Reader(tmp_path, settings="store: {folder: file/store}")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="the store's folder"), open_context(reader.config):
        pass
