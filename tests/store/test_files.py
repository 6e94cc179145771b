"""Files written whole or not at all, and never over the reader's words."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from triage.errors import FileError
from triage.store.files import Outcome, read_text, write_file, write_unless_edited


def test_new_file_is_written_with_its_folders(tmp_path: Path) -> None:
    file = tmp_path / "digests" / "2024" / "day.md"
    assert write_unless_edited(file, "摘要\n", None) is Outcome.WRITTEN
    assert file.read_bytes() == "摘要\n".encode()


def test_same_text_leaves_the_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "day.md"
    write_unless_edited(file, "one\n", None)
    before = file.stat()
    assert write_unless_edited(file, "one\n", "one\n") is Outcome.UNCHANGED
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_untouched_machine_text_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "day.md"
    file.write_text("one\n")
    assert write_unless_edited(file, "two\n", "one\n") is Outcome.WRITTEN
    assert file.read_text() == "two\n"


def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    left, other = tmp_path / ".day.md.0123abcd.tmp", tmp_path / ".today.md.0123abcd.tmp"
    for file in (left, other):
        file.write_text("ha")
    write_unless_edited(tmp_path / "day.md", "two\n", None)
    assert not left.exists()
    assert other.exists()


@pytest.mark.parametrize("edited", [b"one\nmy note\n", b"one\r\n", b"", b"\xff\xfe"])
def test_edited_file_is_kept_to_the_byte(tmp_path: Path, edited: bytes) -> None:
    file = tmp_path / "day.md"
    file.write_bytes(edited)
    assert write_unless_edited(file, "two\n", "one\n") is Outcome.KEPT
    assert file.read_bytes() == edited
    assert list(tmp_path.iterdir()) == [file]


def test_file_that_the_machine_never_wrote_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "day.md"
    file.write_text("my own post\n")
    assert write_unless_edited(file, "two\n", None) is Outcome.KEPT
    assert file.read_text() == "my own post\n"


def test_file_that_says_it_already_needs_no_record(tmp_path: Path) -> None:
    file = tmp_path / "day.md"
    file.write_text("two\n")
    assert write_unless_edited(file, "two\n", None) is Outcome.UNCHANGED


def test_mode_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "day.md"
    file.write_text("one\n")
    file.chmod(0o640)
    write_unless_edited(file, "two\n", "one\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_new_file_has_the_mode_of_any_file_of_the_readers(tmp_path: Path) -> None:
    file, other = tmp_path / "day.md", tmp_path / "other.md"
    write_unless_edited(file, "one\n", None)
    other.write_text("")
    assert file.stat().st_mode == other.stat().st_mode


def test_symbolic_link_is_followed_and_stays_one(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    target = vault / "real.md"
    target.write_text("one\n")
    file = tmp_path / "day.md"
    file.symlink_to(target)
    assert write_unless_edited(file, "two\n", "one\n") is Outcome.WRITTEN
    assert file.is_symlink()
    assert target.read_text() == "two\n"
    assert [path.name for path in vault.iterdir()] == ["real.md"]


def test_link_to_a_file_not_yet_there_makes_it(tmp_path: Path) -> None:
    file, target = tmp_path / "day.md", tmp_path / "real.md"
    file.symlink_to(target)
    assert write_unless_edited(file, "one\n", None) is Outcome.WRITTEN
    assert target.read_text() == "one\n"


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    for text in ("one\n", "two\n"):
        write_unless_edited(tmp_path / "day.md", text, "one\n")
    assert [path.name for path in tmp_path.iterdir()] == ["day.md"]


def test_folder_in_the_way_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"can't be read") as caught:
        write_unless_edited(tmp_path, "one\n", None)
    assert str(tmp_path) in caught.value.message
    assert caught.value.remedy


def test_file_where_a_folder_should_be_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "digests").write_text("a file\n")
    with pytest.raises(FileError):
        write_unless_edited(tmp_path / "digests" / "day.md", "one\n", None)
    assert (tmp_path / "digests").read_text() == "a file\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_without_permission_is_an_error_and_nothing_changes(tmp_path: Path) -> None:
    file = tmp_path / "day.md"
    file.write_text("one\n")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileError, match="can't be written"):
            write_unless_edited(file, "two\n", "one\n")
    finally:
        tmp_path.chmod(0o700)
    assert file.read_text() == "one\n"


def test_full_disk_is_an_error_and_the_old_file_stays(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    file = tmp_path / "day.md"
    file.write_text("one\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(FileError, match="can't be written"):
            write_unless_edited(file, "two\n" * 10_000, "one\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert file.read_text() == "one\n"
    assert list(tmp_path.iterdir()) == [file]


def test_machine_file_is_replaced_and_said_when_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "index.md"
    assert write_file(file, "one\n") is Outcome.WRITTEN
    assert write_file(file, "one\n") is Outcome.UNCHANGED
    assert write_file(file, "two\n") is Outcome.WRITTEN
    assert file.read_text() == "two\n"


def test_text_is_read_with_its_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "day.md"
    assert read_text(file) is None
    file.write_bytes("一\r\n".encode())
    assert read_text(file) == "一\r\n"


def test_text_in_another_encoding_is_an_error_that_says_where(tmp_path: Path) -> None:
    file = tmp_path / "day.md"
    file.write_bytes("ab论文".encode("gb18030"))
    with pytest.raises(FileError, match="not UTF-8 text \\(byte 2\\)"):
        read_text(file)


@pytest.mark.parametrize("kind", ["pipe", "device", "sparse"])
def test_what_is_no_regular_file_of_a_text_s_size_is_not_read(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "day.md"
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "device":
            file.symlink_to("/dev/zero")
        case _:
            file.touch()
            os.truncate(file, 1_000_000_000)
    for work in (lambda: read_text(file), lambda: write_file(file, "one\n")):
        with pytest.raises(FileError, match="no regular file of at most 20 MB") as caught:
            work()
        assert caught.value.remedy
