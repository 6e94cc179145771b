"""``triage notes`` as a program sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from triage.cli.app import app
from triage.config.load import load_config
from triage.papers import ArxivId, Paper
from triage.store.store import Store

REFLEXION = "Reflexion: Language Agents with Verbal Reinforcement Learning"
NOTE = f"# Log\n\n## Agents\n\n- [{REFLEXION}](https://arxiv.org/abs/2303.11366v4): notes to itself\n"
BROKEN = "- 论文名称：Role-Play with Large Language Models\n  - 论文链接：https://arxiv.org/pdf/2305.1636\n"


def test_extract_prints_json_lines_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "log.md").write_text(NOTE, encoding="utf-8")
    result = CliRunner().invoke(app, ["notes", "extract", str(tmp_path), "--json"])
    assert result.exit_code == 0
    (record,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert list(record) == ["file", "line", "title", "arxiv_id", "section", "text"]
    assert (record["file"], record["line"], record["arxiv_id"]) == ("log.md", 5, "2303.11366")
    assert record["section"] == ["Log", "Agents"]
    assert "notes to itself" in record["text"]


def test_the_identifier_is_an_empty_text_when_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text(BROKEN, encoding="utf-8")
    result = CliRunner().invoke(app, ["notes", "extract", str(tmp_path / "n.md"), "--json"])
    assert json.loads(result.stdout)["arxiv_id"] == ""
    assert "n.md:1: '2305.1636'" in result.stderr


def test_a_plain_list_of_titles_is_said_to_be_left_out(tmp_path: Path) -> None:
    titles = "# Things I read\n\n- Perverse Ducks and Their Ponds\n- On the Theory of Reeds. Part II. Practical Aspects\n"
    (tmp_path / "n.md").write_text(titles, encoding="utf-8")
    result = CliRunner().invoke(app, ["notes", "extract", str(tmp_path / "n.md")])
    assert "in 1 file without a paper may name papers" in result.stderr
    assert "triage notes explain" in result.stderr


def test_why_shows_what_a_paper_was_recognised_by(tmp_path: Path) -> None:
    (tmp_path / "log.md").write_text(NOTE, encoding="utf-8")
    plain = CliRunner().invoke(app, ["notes", "extract", str(tmp_path), "--why"])
    assert (
        plain.stdout
        == "log.md:5\t2303.11366\tReflexion: Language Agents with Verbal Reinforcement Learning\titem: link\n"
    )


def test_a_title_can_not_control_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text("- **Red \x1b[31m agents** https://arxiv.org/abs/2303.11366\n", "utf-8")
    assert "\x1b" not in CliRunner().invoke(app, ["notes", "extract", str(tmp_path)]).stdout


def test_globs_are_passed_on(tmp_path: Path) -> None:
    (tmp_path / "log.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "draft.md").write_text(NOTE, encoding="utf-8")
    result = CliRunner().invoke(
        app, ["notes", "extract", str(tmp_path), "--exclude", "draft.md", "--include", "*.md"]
    )
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["log.md"]


def test_a_path_that_does_not_exist_is_explained(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["notes", "extract", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "nowhere" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_first_line_says_how_many_papers_were_found(tmp_path: Path) -> None:
    assert (
        CliRunner()
        .invoke(app, ["notes", "extract", str(tmp_path)])
        .stderr.startswith("0 papers noted in 0 files, 0 with an arXiv id\n")
    )
    (tmp_path / "log.md").write_text(NOTE, encoding="utf-8")
    result = CliRunner().invoke(app, ["notes", "extract", str(tmp_path), "--json"])
    assert result.stderr == "1 paper noted in 1 file, 1 with an arXiv id\n"


def test_a_paper_in_several_files_counts_once(tmp_path: Path) -> None:
    for name in ("log.md", "more.md"):
        (tmp_path / name).write_text(NOTE, encoding="utf-8")
    result = CliRunner().invoke(app, ["notes", "extract", str(tmp_path), "--json"])
    assert result.stderr == "1 paper noted in 2 files, 1 with an arXiv id\n"
    assert len(result.stdout.splitlines()) == 2


def test_what_was_not_read_is_named_with_how_to_include_it(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text("run,score\n1,2\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["notes", "extract", str(tmp_path)])
    assert (
        "tables without columns of papers: 1 file not read; to include: name them with --include"
        in result.stderr
    )


def test_explain_shows_what_was_taken_what_was_left_and_why(tmp_path: Path) -> None:
    note = tmp_path / "log.md"
    note.write_text(
        f"{NOTE}\nSee also [the survey](https://arxiv.org/abs/2309.07864) on this whole line of work.\n\n"
        "## References\n\n- [Another Paper on Agents](https://arxiv.org/abs/2304.03442)\n",
        encoding="utf-8",
    )
    result = CliRunner().invoke(app, ["notes", "explain", str(note), "--json"])
    decisions = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["line"], one["decision"], one["arxiv_id"]) for one in decisions] == [
        (5, "entry", "2303.11366"),
        (7, "mention", "2309.07864"),
        (11, "mention", "2304.03442"),
    ]
    assert [one["why"] for one in decisions] == [
        "item: link",
        "it is mentioned in running text",
        "it stands under “References”",
    ]


def test_doctor_says_a_problem_once_with_all_its_places(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(BROKEN, encoding="utf-8")
    result = CliRunner().invoke(app, ["notes", "doctor", str(tmp_path)])
    assert result.stdout.count("'2305.1636' is no arXiv identifier") == 1
    assert "(also at b.md:1)" in result.stdout


def test_doctor_lists_findings_with_place_and_suggestion(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text(BROKEN, encoding="utf-8")
    result = CliRunner().invoke(app, ["notes", "doctor", str(tmp_path)])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("n.md:1: broken id: '2305.1636'")
    assert result.stdout.splitlines()[-1] == "1 paper noted in 1 file, 0 with an arXiv id; 1 thing to look at"


def test_doctor_prints_json_lines(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text(BROKEN, encoding="utf-8")
    result = CliRunner().invoke(app, ["notes", "doctor", str(tmp_path), "--json"])
    assert json.loads(result.stdout)["kind"] == "broken id"


def test_doctor_writes_nothing_that_is_not_certain(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text(BROKEN, encoding="utf-8")
    CliRunner().invoke(app, ["notes", "doctor", str(tmp_path), "--fix", "--yes"])
    assert (tmp_path / "n.md").read_text(encoding="utf-8") == BROKEN
    assert [path.name for path in tmp_path.iterdir()] == ["n.md"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose store knows two papers."""
    known = {"2303.11366": REFLEXION, "2305.16367": "Role-Play with Large Language Models"}
    file = tmp_path / "config.yaml"
    file.write_text("categories: [cs.CL]\n", encoding="utf-8")
    with Store(load_config(file).store_url) as store, store.transaction() as tx:
        tx.papers.put(
            Paper(ArxivId(number), title, "An abstract.", ("A. Writer",), ("cs.CL",))
            for number, title in known.items()
        )
    return file


def doctor(note: str, config: Path, *options: str) -> Result:
    folder = config.parent / "notes"
    folder.mkdir()
    (folder / "n.md").write_text(note, encoding="utf-8")
    return CliRunner().invoke(app, ["notes", "doctor", str(folder), "--config", str(config), *options])


def test_doctor_finds_a_wrong_identifier_by_title_and_names_both_lines(config: Path) -> None:
    note = (
        f"- [{REFLEXION}](https://arxiv.org/abs/2303.11366)\n"
        "- [Role-Play with Large Language Models](https://arxiv.org/abs/2303.11366)\n"
    )
    first = doctor(note, config).stdout.splitlines()[0]
    assert first.startswith("n.md:2: wrong id: 2303.11366 is 'Reflexion")
    assert "noted at n.md:1" in first


def test_doctor_lists_titles_that_no_known_paper_has(config: Path) -> None:
    result = doctor("- Paper: A Study of Nothing in Particular\n  - Authors: A. Nobody\n", config)
    assert "n.md:1: unresolved title" in result.stdout


def test_doctor_mends_a_broken_identifier_by_title_and_keeps_the_old_file(config: Path) -> None:
    result = doctor(BROKEN, config, "--fix", "--yes")
    folder = config.parent / "notes"
    assert "2305.16367" in (folder / "n.md").read_text(encoding="utf-8")
    assert (folder / "n.md.triage-backup").read_text(encoding="utf-8") == BROKEN
    assert "+ - 论文链接：https://arxiv.org/pdf/2305.16367" in result.stderr


def test_without_a_configuration_doctor_reports_that_nothing_was_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    (tmp_path / "log.md").write_text(NOTE, encoding="utf-8")
    result = CliRunner().invoke(app, ["notes", "doctor", str(tmp_path / "log.md")])
    assert result.exit_code == 0
    assert "nothing was looked up" in result.stderr
