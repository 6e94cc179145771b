"""What is wrong in the notes, and correcting it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notes.helpers import entry, read
from triage.errors import NotesError
from triage.notes.doctor import Complaint, Finding, Verdict, apply, corrections, examine
from triage.notes.formats import NoteProblem
from triage.papers import ArxivId

ROLE = "Role-Play with Large Language Models"


def kinds(findings: list[Finding]) -> list[str]:
    return [one.kind.value for one in findings]


def test_a_broken_identifier_is_found_and_the_lookup_says_the_right_one() -> None:
    noted = entry(ROLE, None, broken_id="2305.1636")
    verdict = Verdict(noted, ArxivId("2305.16367"), ROLE)
    (finding,) = examine([noted], [], [verdict])
    assert (finding.kind, finding.wrong, finding.right) == (Complaint.BROKEN_ID, "2305.1636", "2305.16367")


def test_an_identifier_of_another_paper_is_found_by_the_lookup() -> None:
    noted = entry("ReAct Synergizing Reasoning and Acting in Language Models", "2205.12255", line=143)
    verdict = Verdict(
        noted,
        ArxivId("2210.03629"),
        "ReAct: Synergizing Reasoning and Acting in Language Models",
        "TALM: Tool Augmented Language Models",
    )
    (finding,) = examine([noted], [], [verdict])
    assert (finding.kind, finding.line, finding.right) == (Complaint.WRONG_ID, 143, "2210.03629")
    assert "TALM" in finding.what


def test_without_a_lookup_one_identifier_under_two_titles_is_reported_with_both_lines() -> None:
    first = entry("Large Search Model: Redefining Search Stack in the Era of LLMs", "2310.14587", line=511)
    second = entry("DARE: Data Augmented Relation Extraction with GPT-2", "2310.14587", line=524)
    (finding,) = examine([first, second])
    assert (finding.kind, finding.line) == (Complaint.WRONG_ID, 524)
    assert "n.md:511" in finding.what


def test_spellings_of_one_title_are_no_contradiction() -> None:
    first = entry("Toolformer: Language Models Can Teach Themselves to Use Tools", "2302.04761", file="a.md")
    second = entry("Toolformer Language Models Can Teach Themselves To Use Tools", "2302.04761", file="b.md")
    assert examine([first, second]) == []


def test_a_paper_twice_in_a_file_is_a_duplicate_in_two_files_it_is_not() -> None:
    noted = [entry(ROLE, line=1), entry(ROLE, line=9), entry(ROLE, file="other.md")]
    (finding,) = examine(noted)
    assert (finding.kind, finding.line) == (Complaint.DUPLICATE, 9)


def test_titles_that_nobody_knows_and_unreadable_files_are_listed() -> None:
    noted = entry("A Report of My Own", line=3)
    problem = NoteProblem("scan.md", 0, "the file is binary, not text")
    assert kinds(examine([noted], [problem], [Verdict(noted, None)])) == ["unresolved title", "file"]


def test_corrections_are_shown_then_written_and_the_old_file_is_kept(tmp_path: Path) -> None:
    text = f"# Agents\r\n\r\n- 论文名称：{ROLE}\r\n  - 论文链接：https://arxiv.org/pdf/2305.1636\r\n"
    path = tmp_path / "note.md"
    path.write_bytes(text.encode())
    entries = read(text, tmp_path / "x").entries
    findings = examine(entries, [], [Verdict(entries[0], ArxivId("2305.16367"), ROLE)])
    (correction,) = corrections(findings, {"note.md": path})
    assert correction.line == 4
    assert correction.after.strip() == "- 论文链接：https://arxiv.org/pdf/2305.16367"
    assert path.read_bytes() == text.encode()
    (backup,) = apply([correction])
    assert backup.read_bytes() == text.encode()
    assert path.read_bytes() == text.replace("2305.1636", "2305.16367").encode()


def test_a_correction_that_is_not_certain_is_not_offered(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text("arXiv:2305.1636\n", encoding="utf-8")
    assert corrections(examine([entry(ROLE, broken_id="2305.1636")]), {"n.md": tmp_path / "n.md"}) == []


def test_a_file_that_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "n.md"
    path.write_text("arXiv:2305.1636\n", encoding="utf-8")
    finding = Finding(Complaint.BROKEN_ID, "n.md", 1, "", "", "2305.1636", "2305.16367")
    proposed = corrections([finding], {"n.md": path})
    path.write_text("something else\n", encoding="utf-8")
    with pytest.raises(NotesError, match="has changed"):
        apply(proposed)
    assert path.read_text(encoding="utf-8") == "something else\n"


def test_a_problem_in_several_files_is_told_once_with_all_its_places() -> None:
    noted = [entry(ROLE, broken_id="2305.1636", file=f"{name}.md", line=3) for name in "abc"]
    (finding,) = examine(noted)
    assert (finding.file, finding.also) == ("a.md", (("b.md", 3), ("c.md", 3)))
