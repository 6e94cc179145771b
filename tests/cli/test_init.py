"""``triage init``: asked on a terminal, told by options elsewhere."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import triage
from triage.config.load import load_config

NOTES = "# Reading\n- [Emu Nets](https://arxiv.org/abs/2101.00011)\n- [Emu Loss](https://arxiv.org/abs/2101.00012)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "read.md").write_text(NOTES, encoding="utf-8")
    return tmp_path


def test_options_make_a_short_configuration_and_say_what_the_notes_hold(folder: Path) -> None:
    done = triage("init", "--notes", "notes", "--category", "cs.IR", "--preset", "obsidian", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "2 papers noted in 1 file, 2 with an arXiv id; some of them:" in done.stdout
    assert "Emu Nets" in done.stdout
    assert "Next: triage learn" in done.stdout
    config = load_config(folder / "config.yaml")
    assert config.note_paths == [folder / "notes"]
    assert (config.categories, config.digest.preset) == (("cs.IR",), "obsidian")


def test_a_title_with_escape_sequences_does_not_reach_the_terminal(folder: Path) -> None:
    note = "# Reading\n- [Emu \x1b[31mNets](https://arxiv.org/abs/2101.00011)\n"
    (folder / "notes" / "read.md").write_text(note, encoding="utf-8")
    done = triage("init", "--notes", "notes", cwd=folder)
    assert "Nets" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_full_configuration_has_every_setting_with_its_meaning(folder: Path) -> None:
    assert triage("init", "--full", cwd=folder).returncode == 0
    assert "# " in (folder / "config.yaml").read_text("utf-8")
    assert load_config(folder / "config.yaml").digest.preset == "hexo"


def test_without_options_it_takes_the_notes_of_the_folder(folder: Path) -> None:
    assert "2 papers noted in 1 file" in triage("init", cwd=folder).stdout
    assert load_config(folder / "config.yaml").note_paths == [folder / "notes"]


def test_an_empty_folder_is_told_what_to_name(tmp_path: Path) -> None:
    done = triage("init", cwd=tmp_path)
    assert "--notes" in done.stdout
    assert "--category" in done.stdout


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        ("--category", "cs.LC", "did you mean cs.CL"),
        ("--preset", "word", "obsidian"),
        ("--language", "xx", "en"),
        ("--notes", "nowhere", "does not exist"),
    ],
)
def test_what_does_not_exist_is_refused_before_anything_is_written(
    folder: Path, option: str, value: str, hint: str
) -> None:
    done = triage("init", option, value, cwd=folder)
    assert done.returncode == 2
    assert hint in " ".join(done.stderr.replace("│", " ").split())
    assert not (folder / "config.yaml").exists()


def test_on_a_terminal_it_proposes_notes_and_asks_again_after_a_typing_error(folder: Path) -> None:
    controller, terminal = pty.openpty()
    environment = os.environ | {"HOME": str(folder), "TRIAGE_ARXIV__API_URL": "http://127.0.0.1:9/api/query"}
    with subprocess.Popen(
        [sys.executable, "-m", "triage", "init"], cwd=folder, stdin=terminal, stdout=terminal,
        stderr=subprocess.DEVNULL, env=environment,
    ) as process:  # fmt: skip
        os.close(terminal)
        # The first proposal; no further place; a typing error; the right category.
        os.write(controller, b"1\n\ncs.LC\ncs.IR\n")
        shown = b""
        while True:
            try:
                part = os.read(controller, 4096)
            except OSError:
                break
            shown += part
            if not part:
                break
    os.close(controller)
    text = shown.decode()
    assert process.returncode == 0, text
    assert "a folder of notes" in text
    assert "2 papers noted in 1 file" in text
    assert "did you mean cs.CL" in text
    assert load_config(folder / "config.yaml").categories == ("cs.IR",)
