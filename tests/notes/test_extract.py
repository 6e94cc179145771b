"""Files to entries: reuse of unchanged files, progress, citation keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.notes.extract import extract
from triage.notes.formats import Reading

ITEM = "- [Attention Is All You Need](https://arxiv.org/abs/1706.03762)\n"


class Kept(dict[str, Reading]):
    """A cache in memory."""

    def put(self, digest: str, reading: Reading) -> None:
        self[digest] = reading


def test_only_changed_files_are_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(ITEM, encoding="utf-8")
    (tmp_path / "b.md").write_text(ITEM, encoding="utf-8")
    kept = Kept()
    first = extract([tmp_path], cache=kept)
    (tmp_path / "b.md").write_text(ITEM + "\nA remark.\n", encoding="utf-8")
    second = extract([tmp_path], cache=kept)
    assert [file.reused for file in first.files] == [False, False]
    assert {file.file: file.reused for file in second.files} == {"a.md": True, "b.md": False}
    assert len(second.entries) == 2


def test_a_renamed_file_is_read_again_because_its_name_may_be_its_title(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(ITEM, encoding="utf-8")
    kept = Kept()
    extract([tmp_path], cache=kept)
    (tmp_path / "a.md").rename(tmp_path / "c.md")
    (file,) = extract([tmp_path], cache=kept).files
    assert (file.file, file.reused) == ("c.md", False)


def test_the_digest_depends_on_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(ITEM, encoding="utf-8")
    (before,) = extract([path]).files
    path.write_text(f"{ITEM}\n# Again\n\n{ITEM}", encoding="utf-8")
    (after,) = extract([path]).files
    assert before.digest != after.digest
    assert (before.entries, after.entries) == (1, 2)


def test_progress_is_told_up_to_the_end(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.md").write_text(ITEM, encoding="utf-8")
    told: list[tuple[int, int]] = []
    extract([tmp_path], progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_extraction_is_idempotent(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(ITEM, encoding="utf-8")
    assert extract([tmp_path]).entries == extract([tmp_path]).entries


@pytest.mark.parametrize(
    "note",
    ["- [@vaswani2017attention]: heads everywhere\n", "---\ncitekey: vaswani2017attention\n---\n\nHeads.\n"],
)
def test_citation_keys_are_resolved_through_a_bibliography_in_another_file(note: str, tmp_path: Path) -> None:
    bib = "@misc{vaswani2017attention, title={Attention Is All You Need}, eprint={1706.03762}, archiveprefix={arXiv}}"
    (tmp_path / "a-note.md").write_text(note, encoding="utf-8")
    (tmp_path / "z.bib").write_text(bib, encoding="utf-8")
    entry = next(one for one in extract([tmp_path]).entries if one.file == "a-note.md")
    assert (entry.title, entry.arxiv_id) == ("Attention Is All You Need", "1706.03762")


def test_a_citation_key_that_nobody_knows_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("- [@vaswani2017attention]: heads everywhere\n", encoding="utf-8")
    extraction = extract([tmp_path])
    assert extraction.entries == ()
    assert "@vaswani2017attention" in extraction.problems[0].what
