"""What a changed file belongs to, and that real changes are seen."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from triage.config.load import parse_config
from triage.config.schema import Config
from triage.daemon.watcher import Changed, Watcher


def config(folder: Path, text: str = "") -> Config:
    return parse_config(f"categories: [cs.CL]\n{text}", folder / "config.yaml")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("notes/a.md", Changed.NOTES),
        ("notes/deep/er/b.md", Changed.NOTES),
        ("digests/2024-01-17-insights.md", Changed.DIGESTS),
        ("elsewhere/c.md", Changed.NOTHING),
        (".triage/triage.db-wal", Changed.NOTHING),
        ("notes/.obsidian/workspace.json", Changed.NOTHING),
        ("notes/.a.md.swp", Changed.NOTHING),
        ("digests/.2024-01-17-insights.md.3f2a.tmp", Changed.NOTHING),
    ],
)
def test_a_changed_file_belongs_to_notes_or_digests_or_neither(
    tmp_path: Path, name: str, what: Changed
) -> None:
    assert Watcher(config(tmp_path), print).what(tmp_path.resolve() / name) == what


def test_a_digest_among_the_notes_is_both(tmp_path: Path) -> None:
    watcher = Watcher(config(tmp_path, "notes: {paths: [blog]}\ndigest: {folder: blog/insights}"), print)
    assert watcher.what(tmp_path.resolve() / "blog/insights/x.md") == Changed.NOTES | Changed.DIGESTS


def test_the_store_is_not_watched_even_when_the_notes_are_everything_here(tmp_path: Path) -> None:
    watcher = Watcher(config(tmp_path, "notes: {paths: [.]}\nstore: {folder: state}"), print)
    assert watcher.what(tmp_path.resolve() / "state/triage.db") == Changed.NOTHING


def test_a_vault_in_a_hidden_folder_is_watched(tmp_path: Path) -> None:
    watcher = Watcher(config(tmp_path, "notes: {paths: [.vault]}"), print)
    assert watcher.what(tmp_path.resolve() / ".vault/a.md") == Changed.NOTES


Reported = queue.SimpleQueue[Changed]


@contextmanager
def watching(settings: Config, probe: Path) -> Iterator[Reported]:
    """Watch; the probe is a file to change until the watch is seen to have begun."""
    reported: Reported = queue.SimpleQueue()
    with Watcher(settings, reported.put):
        for number in range(100):
            probe.write_text(str(number), encoding="utf-8")
            try:
                reported.get(timeout=0.2)
                break
            except queue.Empty:
                continue
        else:
            pytest.fail("the watch never began")
        while True:
            try:
                reported.get(timeout=0.3)
            except queue.Empty:
                break
        yield reported


def test_a_new_note_and_an_edited_digest_are_seen(tmp_path: Path) -> None:
    for name in ("notes/deep", "digests"):
        (tmp_path / name).mkdir(parents=True)
    with watching(config(tmp_path), tmp_path / "notes" / "probe.md") as reported:
        (tmp_path / "notes" / "deep" / "new.md").write_text("# A paper\n", encoding="utf-8")
        assert reported.get(timeout=10) == Changed.NOTES
        (tmp_path / "digests" / "x.md").write_text("- [x] relevant\n", encoding="utf-8")
        assert reported.get(timeout=10) == Changed.DIGESTS


def test_a_single_file_is_still_seen_after_it_was_saved_by_renaming(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Papers\n", encoding="utf-8")
    with watching(config(tmp_path, "notes: {paths: [README.md]}"), readme) as reported:
        for number in range(2):
            (tmp_path / "draft").write_text(f"# Papers {number}\n", encoding="utf-8")
            (tmp_path / "draft").rename(readme)
            assert reported.get(timeout=10) == Changed.NOTES
