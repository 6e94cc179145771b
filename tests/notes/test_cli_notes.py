"""``triage notes`` as a program sees it."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from triage.cli.notes import app
from triage.errors import NotesError

NOTE = "# Log\n\n## Agents\n\n- [Reflexion: Language Agents with Verbal Reinforcement Learning](https://arxiv.org/abs/2303.11366v4): notes to itself\n"
BROKEN = "- 论文名称：Role-Play with Large Language Models\n  - 论文链接：https://arxiv.org/pdf/2305.1636\n"


def test_extract_prints_json_lines_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "log.md").write_text(NOTE, encoding="utf-8")
    result = CliRunner().invoke(app, ["extract", str(tmp_path), "--json"])
    assert result.exit_code == 0
    (record,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert list(record) == ["file", "line", "title", "arxiv_id", "section", "text"]
    assert (record["file"], record["line"], record["arxiv_id"]) == ("log.md", 5, "2303.11366")
    assert record["section"] == ["Log", "Agents"]
    assert "notes to itself" in record["text"]


def test_the_identifier_is_an_empty_text_when_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text(BROKEN, encoding="utf-8")
    result = CliRunner().invoke(app, ["extract", str(tmp_path / "n.md"), "--json"])
    assert json.loads(result.stdout)["arxiv_id"] == ""
    assert "n.md:1: '2305.1636'" in result.stderr


def test_why_says_by_which_reading(tmp_path: Path) -> None:
    (tmp_path / "log.md").write_text(NOTE, encoding="utf-8")
    plain = CliRunner().invoke(app, ["extract", str(tmp_path), "--why"])
    assert (
        plain.stdout
        == "log.md:5\t2303.11366\tReflexion: Language Agents with Verbal Reinforcement Learning\titem: link\n"
    )


def test_globs_are_passed_on(tmp_path: Path) -> None:
    (tmp_path / "log.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "draft.md").write_text(NOTE, encoding="utf-8")
    result = CliRunner().invoke(app, ["extract", str(tmp_path), "--exclude", "draft.md", "--include", "*.md"])
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["log.md"]


def test_a_path_that_does_not_exist_is_a_notes_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["extract", str(tmp_path / "nowhere")])
    assert isinstance(result.exception, NotesError)


def test_doctor_lists_findings_with_place_and_suggestion(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text(BROKEN, encoding="utf-8")
    result = CliRunner().invoke(app, ["doctor", str(tmp_path)])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("n.md:1: broken id: '2305.1636'")
    assert result.stdout.splitlines()[-1] == "1 papers noted in 1 files; 1 thing to look at"


def test_doctor_prints_json_lines(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text(BROKEN, encoding="utf-8")
    result = CliRunner().invoke(app, ["doctor", str(tmp_path), "--json"])
    assert json.loads(result.stdout)["kind"] == "broken id"


def test_doctor_writes_nothing_that_is_not_certain(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text(BROKEN, encoding="utf-8")
    CliRunner().invoke(app, ["doctor", str(tmp_path), "--fix", "--yes"])
    assert (tmp_path / "n.md").read_text(encoding="utf-8") == BROKEN
    assert [path.name for path in tmp_path.iterdir()] == ["n.md"]
