"""Which files of a folder are notes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from triage.errors import NotesError
from triage.notes.extract import extract
from triage.notes.files import find_files


def folder(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# a note\n", encoding="utf-8")
    return root


def names(root: Path, **given: list[str]) -> list[str]:
    return [file.name for file in find_files([root], **given).files]


def test_names_are_relative_to_the_folder_given(tmp_path: Path) -> None:
    folder(tmp_path, "b.md", "a/c.org", "a/d.bib")
    assert sorted(names(tmp_path)) == ["a/c.org", "a/d.bib", "b.md"]


def test_a_single_file_goes_by_its_name_whatever_its_ending(tmp_path: Path) -> None:
    folder(tmp_path, "deep/note.odd")
    assert names(tmp_path / "deep" / "note.odd") == ["note.odd"]


def test_hidden_and_build_folders_and_other_files_are_left_out(tmp_path: Path) -> None:
    folder(
        tmp_path, ".obsidian/x.md", "node_modules/y.md", "_site/z.md", "keep.md", ".hidden.md", "picture.png"
    )
    assert names(tmp_path) == ["keep.md"]


def test_globs_include_and_exclude(tmp_path: Path) -> None:
    folder(tmp_path, "papers/a.md", "papers/deep/b.md", "drafts/c.md", "d.bib")
    assert sorted(names(tmp_path, include=["papers/**/*.md"])) == ["papers/a.md", "papers/deep/b.md"]
    assert sorted(names(tmp_path, exclude=["drafts/"])) == ["d.bib", "papers/a.md", "papers/deep/b.md"]
    assert sorted(names(tmp_path, include=["*.md"], exclude=["b.md"])) == ["drafts/c.md", "papers/a.md"]


def test_a_loop_of_links_is_walked_once(tmp_path: Path) -> None:
    folder(tmp_path, "a/note.md")
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    assert names(tmp_path) == ["a/note.md"]


def test_a_file_reached_twice_is_read_once(tmp_path: Path) -> None:
    folder(tmp_path, "note.md")
    assert len(find_files([tmp_path, tmp_path / "note.md"]).files) == 1


def test_a_dangling_link_is_a_problem_not_silence(tmp_path: Path) -> None:
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    (problem,) = find_files([tmp_path]).problems
    assert (problem.file, problem.what) == ("gone.md", "is a link to nothing")


def test_a_deep_tree_is_walked(tmp_path: Path) -> None:
    deep = "/".join("d" for _ in range(120))
    assert names(folder(tmp_path, f"{deep}/note.md")) == [f"{deep}/note.md"]


def test_a_path_that_does_not_exist_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(NotesError, match="does not exist") as caught:
        extract([tmp_path / "nowhere"])
    assert caught.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_an_unreadable_file_is_named_with_the_reason(tmp_path: Path) -> None:
    folder(tmp_path, "secret.md", "open.md")
    (tmp_path / "secret.md").chmod(0)
    extraction = extract([tmp_path])
    assert [problem.file for problem in extraction.problems] == ["secret.md"]
    assert [file.file for file in extraction.files] == ["open.md"]


def test_a_binary_file_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "scan.txt").write_bytes(b"%PDF-1.4 \x00\x01")
    (problem,) = extract([tmp_path]).problems
    assert problem.file == "scan.txt"
    assert "binary" in problem.what


def test_a_folder_named_like_one_of_built_pages_is_read_when_it_holds_sources(tmp_path: Path) -> None:
    folder(tmp_path, "site/_posts/a.md", "public/b.org")
    assert sorted(names(tmp_path)) == ["public/b.org", "site/_posts/a.md"]


def test_a_folder_of_built_pages_is_left_out(tmp_path: Path) -> None:
    folder(tmp_path, "public/index.html", "public/list.txt", "note.md")
    assert names(tmp_path) == ["note.md"]


def test_what_is_skipped_is_counted_with_how_to_include_it(tmp_path: Path) -> None:
    folder(tmp_path, "venv/lib/a.md", "venv/lib/b.md", "results.csv", "note.md")
    skipped = {one.what: (one.files, one.how) for one in find_files([tmp_path]).skipped}
    assert skipped["the folder venv"] == (2, f"give its path: {tmp_path / 'venv'}")
    assert skipped["tables without columns of papers"] == (1, "name them with --include")


def test_a_fifo_is_named_and_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    found = find_files([tmp_path])
    assert found.files == []
    assert [one.what for one in found.problems] == ["is a special file, and was not read"]


@pytest.mark.parametrize(
    "header",
    [
        '"Key","Item Type","Publication Year","Author","Title","Publication Title","DOI","Url"',
        "Name,Authors,URL,Tags,Status",
        "title;authors;year;journal",
    ],
)
def test_a_table_of_a_reference_manager_is_known_by_its_header(header: str, tmp_path: Path) -> None:
    (tmp_path / "library.csv").write_text(f"{header}\n", encoding="utf-8")
    assert names(tmp_path) == ["library.csv"]


def test_tables_in_a_folder_are_data_unless_they_are_asked_for(tmp_path: Path) -> None:
    table = tmp_path / "results.tsv"
    table.write_text("title\tarxiv_id\nTuning Language Models by Proxy\t2401.08565\n", encoding="utf-8")
    assert not extract([tmp_path]).entries
    assert [one.arxiv_id for one in extract([tmp_path], include=["*.tsv"]).entries] == ["2401.08565"]
    assert [one.arxiv_id for one in extract([table]).entries] == ["2401.08565"]
