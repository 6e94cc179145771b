"""A label made on the page stands in the digest's file, and nothing else in the file changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.reader import Reader, listing, sync_digests
from triage.context import Context, open_context
from triage.feedback.marking import add_mark, show_in_digests, undo_mark
from triage.papers import ArxivId, LabelSource
from triage.store.digests import ShownPaper

DAY = date(2024, 1, 17)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    reader = Reader(tmp_path_factory.mktemp("reader"))
    reader.learn()
    reader.run(reader.write("day.jsonl", listing(DAY, 100)))
    return reader


@pytest.fixture
def context(made: Reader, tmp_path: Path) -> Context:
    """A fresh copy of the reader's folder, open."""
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(made.folder, folder)
    from triage.config.load import load_config

    with open_context(load_config(folder / "config.yaml"), clock=made.clock) as opened:
        yield opened


def shown(context: Context) -> list[ShownPaper]:
    with context.store.reading() as tx:
        return tx.digests.shown_in(DAY)


def digest_file(context: Context) -> Path:
    return context.config.digest_folder / f"{DAY}-insights.md"


def mark(context: Context, paper: ArxivId, **label: object) -> str:
    assert add_mark(context, paper, **label)  # type: ignore[arg-type]
    assert show_in_digests(context, paper)
    return digest_file(context).read_text("utf-8")


def section(text: str, paper: ArxivId) -> str:
    start = text.index(paper)
    return text[start : text.find("## ", start) if "\n- [ ] relevant" in text[start:] else None]


@pytest.mark.parametrize("picked", [True, False])
def test_each_mark_changes_the_lines_of_its_paper_only(context: Context, picked: bool) -> None:
    paper = next(one.paper for one in shown(context) if one.picked is picked)
    before = digest_file(context).read_text("utf-8").splitlines()
    for label in ({"relevant": True}, {"relevant": False}, {"read": True}, {"categories": ["RAG", "A, b"]}):
        after = mark(context, paper, **label).splitlines()
        assert len(after) == len(before)
        assert after != before
        assert sum(one != other for one, other in zip(before, after, strict=True)) <= 3
    assert sync_digests(context.config).entries == ()
    with context.store.reading() as tx:
        current = tx.labels.current_labels()[paper]
    assert (current.relevant, current.read, current.categories) == (False, True, ("RAG", "A, b"))


@pytest.mark.parametrize("picked", [True, False])
def test_undoing_every_mark_gives_the_machine_s_own_text_back(context: Context, picked: bool) -> None:
    paper = next(one.paper for one in shown(context) if one.picked is picked)
    before = digest_file(context).read_text("utf-8")
    entries = []
    for label in ({"relevant": picked}, {"read": True}, {"categories": ["RAG"]}):
        entries.append(add_mark(context, paper, **label))  # type: ignore[arg-type]
        assert show_in_digests(context, paper)
    for entry in reversed(entries):
        assert entry is not None
        assert undo_mark(context, entry.number)
        assert show_in_digests(context, paper)
    assert digest_file(context).read_text("utf-8") == before


def test_the_reader_s_words_stay_and_are_read_before_a_mark_is_written(context: Context) -> None:
    first, second, *_ = (one.paper for one in shown(context) if one.picked)
    file = digest_file(context)
    text = file.read_text("utf-8")
    mine = text.replace("- [ ] relevant", "Read the appendix, it has the proof.\n\n- [ ] relevant", 1)
    file.write_text(mine, encoding="utf-8")
    after = mark(context, second, relevant=True)
    assert "Read the appendix, it has the proof." in after
    assert after.replace("- [x] relevant", "- [ ] relevant") == mine
    with context.store.reading() as tx:
        assert tx.labels.current_labels()[first].remark == "Read the appendix, it has the proof."


def test_a_mark_of_the_page_that_is_taken_out_of_the_file_is_undone(context: Context) -> None:
    paper = next(one.paper for one in shown(context) if one.picked)
    marked = mark(context, paper, relevant=True)
    digest_file(context).write_text(marked.replace("- [x] relevant", "- [ ] relevant"), encoding="utf-8")
    assert [one.label.paper for one in sync_digests(context.config).undone] == [paper]
    with context.store.reading() as tx:
        assert paper not in tx.labels.current_labels()


def test_a_paper_that_the_reader_cut_out_keeps_its_label_and_the_file_stays(context: Context) -> None:
    paper = next(one.paper for one in shown(context) if not one.picked)
    file = digest_file(context)
    cut = "".join(line for line in file.read_text("utf-8").splitlines(True) if paper not in line)
    file.write_text(cut, encoding="utf-8")
    assert add_mark(context, paper, relevant=True)
    assert not show_in_digests(context, paper)
    assert file.read_text("utf-8") == cut
    with context.store.reading() as tx:
        (entry,) = tx.labels.log([paper])
    assert entry.label.source is LabelSource.WEB


def test_windows_line_ends_stay(context: Context) -> None:
    paper = next(one.paper for one in shown(context) if not one.picked)
    file = digest_file(context)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    mark(context, paper, relevant=False)
    content = file.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert b"- [-] [" in content
