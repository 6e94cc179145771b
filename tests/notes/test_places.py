"""Where notes may lie: vaults, blogs, bibliographies, folders of notes."""

from __future__ import annotations

from pathlib import Path

from triage.notes.places import find_notes


def made(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_each_kind_of_place_is_found_once_and_called_what_it_is(tmp_path: Path) -> None:
    root = made(
        tmp_path,
        "vault/.obsidian/app.json",
        "vault/papers/a.md",
        "vault/library.bib",
        "blog/source/_posts/2024-01-17.md",
        "thesis/main.bib",
        "reading/list.org",
        "photos/cat.jpg",
        "code/node_modules/pkg/notes/readme.md",
    )
    found = {place.path.relative_to(root).as_posix(): place.kind for place in find_notes(root)}
    assert found == {
        "blog/source/_posts": "a blog's posts",
        "reading": "a folder of notes",
        "thesis/main.bib": "a bibliography",
        "vault": "an Obsidian vault",
    }


def test_what_lies_deep_is_left_alone(tmp_path: Path) -> None:
    assert find_notes(made(tmp_path, "a/b/c/d/e/notes/x.md")) == []
