"""When a paper was noted, where only git knows it."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from triage.notes.dates import with_git_days
from triage.notes.extract import extract

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
FIRST, SECOND = "- [Emu Nets for Counting Trees](https://arxiv.org/abs/2101.00011)", "- [Sheep Nets for Meadows](https://arxiv.org/abs/2101.00012)"  # fmt: skip


def git(folder: Path, *words: str, day: str = "") -> None:
    when = f"{day}T12:00:00+0000"
    own = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when} if day else {}
    names = ("-c", "user.name=A Reader", "-c", "user.email=reader@example.org")
    subprocess.run(
        ["git", *names, *words], cwd=folder, env={**os.environ, **own}, check=True, capture_output=True
    )


def committed(folder: Path, name: str, text: str, day: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "notes", day=day)


def days(*roots: Path) -> dict[str, date | None]:
    extraction = extract(roots)
    paths = {file.file: file.path for file in extraction.files}
    return {entry.title: entry.noted_on for entry in with_git_days(extraction.entries, roots, paths)}


def test_a_paper_was_noted_when_its_identifier_came_into_git(tmp_path: Path) -> None:
    git(tmp_path, "init")
    committed(tmp_path, "vault/list.md", f"# Papers\n\n{FIRST}\n", "2024-01-17")
    committed(tmp_path, "vault/list.md", f"# Papers\n\n{SECOND}\n{FIRST} counts\n", "2024-02-03")
    noted = {
        "Emu Nets for Counting Trees": date(2024, 1, 17),
        "Sheep Nets for Meadows": date(2024, 2, 3),
    }
    assert days(tmp_path) == days(tmp_path / "vault") == days(tmp_path / "vault" / "list.md") == noted


def test_a_note_without_an_identifier_goes_by_its_line(tmp_path: Path) -> None:
    git(tmp_path, "init")
    note = "# Goats\n\n- 论文名称：Goat Transformers: Walking on Steep Hills\n"
    committed(tmp_path, "goats.md", note, "2024-03-01")
    committed(tmp_path, "goats.md", f"{note}\nMore.\n", "2024-04-01")
    assert days(tmp_path) == {"Goat Transformers: Walking on Steep Hills": date(2024, 3, 1)}


def test_the_day_that_a_note_gives_itself_counts_and_a_move_of_many_papers_is_none(tmp_path: Path) -> None:
    git(tmp_path, "init")
    committed(tmp_path, "2023-05-06.md", f"# Papers\n\n{FIRST}\n", "2024-01-17")
    many = "\n".join(
        f"- [Flocks of Many Birds, Part {n}](https://arxiv.org/abs/2102.{n:05})" for n in range(1, 60)
    )
    committed(tmp_path, "birds.md", f"# Papers\n\n{many}\n", "2024-01-18")
    found = days(tmp_path)
    assert found.pop("Emu Nets for Counting Trees") == date(2023, 5, 6)
    assert set(found.values()) == {None}


def test_without_a_repository_notes_have_no_day(tmp_path: Path) -> None:
    (tmp_path / "list.md").write_text(f"# Papers\n\n{FIRST}\n", encoding="utf-8")
    assert set(days(tmp_path).values()) == {None}
