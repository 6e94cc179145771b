"""What a changed file means, when it is acted on, and that real changes are seen."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage.config.load import parse_config
from triage.config.schema import Config
from triage.daemon.changes import PATIENCE, QUIET, Changed, Stamp, Unsettled, Watch, Watched

NOON = datetime(2024, 1, 17, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


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
    assert Watched.by(config(tmp_path)).what(tmp_path.resolve() / name) == what


def test_a_digest_among_the_notes_is_both(tmp_path: Path) -> None:
    watched = Watched.by(config(tmp_path, "notes: {paths: [blog]}\ndigest: {folder: blog/insights}"))
    assert watched.what(tmp_path.resolve() / "blog/insights/x.md") == Changed.NOTES | Changed.DIGESTS


def test_the_store_is_not_watched_even_when_the_notes_are_everything_here(tmp_path: Path) -> None:
    watched = Watched.by(config(tmp_path, "notes: {paths: [.]}\nstore: {folder: state}"))
    assert watched.what(tmp_path.resolve() / "state/triage.db") == Changed.NOTHING


def test_a_vault_in_a_hidden_folder_is_watched(tmp_path: Path) -> None:
    watched = Watched.by(config(tmp_path, "notes: {paths: [.vault]}"))
    assert watched.what(tmp_path.resolve() / ".vault/a.md") == Changed.NOTES


def test_a_change_is_acted_on_when_it_has_been_quiet() -> None:
    change = Unsettled(Changed.NOTES, NOON, NOON).and_also(Changed.DIGESTS, NOON + 30 * SECOND)
    assert change.settled_at == NOON + 30 * SECOND + QUIET
    assert change.what == Changed.NOTES | Changed.DIGESTS


def test_an_editor_that_saves_all_the_time_is_not_waited_for_for_ever() -> None:
    change = Unsettled(Changed.NOTES, NOON, NOON)
    for second in range(0, 3600, 5):
        change = change.and_also(Changed.NOTES, NOON + second * SECOND)
    assert change.settled_at == NOON + PATIENCE


Told = queue.SimpleQueue[Changed]


@contextmanager
def watching(settings: Config, probe: Path) -> Iterator[Told]:
    """Watch; the probe is a file to change until the watch is seen to have begun."""
    told: Told = queue.SimpleQueue()
    watch = Watch(Watched.by(settings), told.put)
    watch.start()
    try:
        for number in range(100):
            probe.write_text(str(number), encoding="utf-8")
            try:
                told.get(timeout=0.2)
                break
            except queue.Empty:
                continue
        else:
            pytest.fail("the watch never began")
        while True:
            try:
                told.get(timeout=0.3)
            except queue.Empty:
                break
        yield told
    finally:
        watch.close()


def test_a_new_note_and_an_edited_digest_are_seen(tmp_path: Path) -> None:
    for name in ("notes/deep", "digests"):
        (tmp_path / name).mkdir(parents=True)
    with watching(config(tmp_path), tmp_path / "notes" / "probe.md") as told:
        (tmp_path / "notes" / "deep" / "new.md").write_text("# A paper\n", encoding="utf-8")
        assert told.get(timeout=10) == Changed.NOTES
        (tmp_path / "digests" / "x.md").write_text("- [x] relevant\n", encoding="utf-8")
        assert told.get(timeout=10) == Changed.DIGESTS


def test_a_single_file_is_still_seen_after_it_was_saved_by_renaming(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Papers\n", encoding="utf-8")
    with watching(config(tmp_path, "notes: {paths: [README.md]}"), readme) as told:
        for number in range(2):
            (tmp_path / "draft").write_text(f"# Papers {number}\n", encoding="utf-8")
            (tmp_path / "draft").rename(readme)
            assert told.get(timeout=10) == Changed.NOTES


def test_a_file_s_stamp_changes_with_its_content_and_is_none_without_it(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    assert Stamp.of(file) is None
    file.write_text("a", encoding="utf-8")
    before = Stamp.of(file)
    assert Stamp.of(file) == before
    file.write_text("bc", encoding="utf-8")
    assert Stamp.of(file) != before
