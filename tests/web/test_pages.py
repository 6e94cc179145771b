"""Today and Triage, without script: what they show, and where marks go."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reader import Reader, label
from tests.web.server import DAY, Browser, made_reader, served
from triage.config.load import load_config
from triage.config.schema import Config
from triage.papers import ArxivId, LabelSource
from triage.store.digests import ShownPaper
from triage.store.labels import CurrentLabel
from triage.store.lock import work_lock
from triage.store.store import Store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return made_reader(tmp_path_factory.mktemp("reader"))


@pytest.fixture
def config(made: Reader, tmp_path: Path) -> Config:
    shutil.copytree(made.folder, tmp_path / "copy")
    return load_config(tmp_path / "copy" / "config.yaml")


@pytest.fixture
def browser(made: Reader, config: Config) -> Iterator[Browser]:
    with served(config, made.clock) as root:
        yield Browser(root)


def shown(config: Config) -> list[ShownPaper]:
    with Store.of(config) as store, store.reading() as tx:
        return tx.digests.shown_in(DAY)


def current(config: Config, paper: ArxivId) -> CurrentLabel:
    with Store.of(config) as store, store.reading() as tx:
        return tx.labels.current_labels()[paper]


def digest_text(config: Config) -> str:
    return (config.digest_folder / f"{DAY}-insights.md").read_text("utf-8")


def test_the_newest_day_is_shown_with_every_candidate_in_rank_order(browser: Browser, config: Config) -> None:
    text = browser.get("/")
    ids = [one.paper for one in shown(config)]
    places = [text.index(f'id="p-{one}"') for one in ids]
    assert places == sorted(places)
    pick = browser.article(ids[0])
    assert "We study retrieval augmented generation" in pick
    assert "Near your notes on" in pick
    assert "The cap adds up over such days and is six." in text


def test_a_mark_stands_in_the_log_and_in_the_file_and_on_the_page(browser: Browser, config: Config) -> None:
    paper = shown(config)[0].paper
    browser.get("/")
    browser.send(f"/mark/{paper}", answer="relevant")
    assert browser.status == 200
    assert 'aria-pressed="true" aria-label="relevant' in browser.article(paper)
    with Store.of(config) as store, store.reading() as tx:
        (entry,) = tx.labels.log([paper])
    assert (entry.label.relevant, entry.label.source) == (True, LabelSource.WEB)
    assert digest_text(config).count("- [x] relevant") == 1


def test_a_mark_in_the_file_shows_on_the_page(browser: Browser, config: Config) -> None:
    paper = shown(config)[0].paper
    file = config.digest_folder / f"{DAY}-insights.md"
    file.write_text(digest_text(config).replace("- [ ] not relevant", "- [x] not relevant", 1), "utf-8")
    browser.get(f"/day/{DAY}")
    assert 'aria-pressed="true" aria-label="not relevant' in browser.article(paper)
    assert current(config, paper).relevant is False


def test_undo_takes_marks_back_one_by_one_also_in_the_file(browser: Browser, config: Config) -> None:
    before = digest_text(config)
    first, second, *_ = (one.paper for one in shown(config))
    browser.get("/")
    browser.send(f"/mark/{first}", answer="relevant")
    browser.send(f"/mark/{second}", answer="not")
    assert digest_text(config) != before
    browser.send("/undo")
    browser.send("/undo")
    assert digest_text(config) == before
    assert "Undo the last mark" not in browser.get("/")


def test_a_category_is_set_and_offered_for_completion(browser: Browser, config: Config) -> None:
    paper = shown(config)[0].paper
    browser.get("/")
    browser.send(f"/mark/{paper}", category="Dense retrieval; RAG")
    assert current(config, paper).categories == ("Dense retrieval", "RAG")
    assert '<option value="Dense retrieval">' in browser.text
    assert "Categories: Dense retrieval, RAG" in digest_text(config)


def test_a_label_made_while_a_run_works_is_kept(browser: Browser, config: Config) -> None:
    paper = shown(config)[0].paper
    browser.get("/")
    with work_lock(config.store_folder, "run"):
        browser.send(f"/mark/{paper}", answer="not")
    assert current(config, paper).relevant is False
    assert "- [x] not relevant" in digest_text(config)
    # And no lock is left behind by the pages.
    with work_lock(config.store_folder, "run"):
        pass


def test_triage_goes_card_by_card_and_ends_with_what_was_learned(browser: Browser, config: Config) -> None:
    ids = [one.paper for one in shown(config)]
    browser.get("/triage")
    for number, paper in enumerate(ids):
        assert f"{number + 1} of {len(ids)}, {len(ids) - number} without an answer" in browser.text
        browser.send(f"/mark/{paper}", answer="relevant" if number < 3 else "not")
    assert "All answered" in browser.text
    assert f"You found 3 of {len(ids)} papers relevant, and {len(ids) - 3} not." in browser.text


def test_the_card_of_a_link_prepares_the_answer_and_a_get_changes_nothing(
    browser: Browser, config: Config
) -> None:
    paper = shown(config)[0].paper
    before = digest_text(config)
    assert 'class="relevant prepared"' in browser.get(f"/paper/{paper}?answer=relevant")
    assert "prepared" not in browser.get(f"/paper/{paper}?answer=everything")
    with Store.of(config) as store, store.reading() as tx:
        assert tx.labels.log([paper]) == []
    assert digest_text(config) == before


def test_what_is_not_there_says_so(browser: Browser) -> None:
    for path in ("/day/2024-01-18", "/day/yesterday", "/paper/2401.99999", "/paper/nothing", "/nowhere"):
        browser.get(path)
        assert browser.status == 404, path


def test_hostile_titles_are_inert(made: Reader, tmp_path: Path) -> None:
    from tests.reader import record

    hostile = [
        record(900 + n, "retrieval", DAY, title=title)
        for n, title in enumerate(
            (
                '<script>alert(1)</script> "onmouseover="x',
                "{{ 7*7 }} [a](javascript:alert(1))",
                "'><img src=x onerror=alert(1)>",
            )
        )
    ]
    reader = Reader(tmp_path)
    reader.learn()
    reader.run(reader.write("day.jsonl", hostile))
    with served(reader.config, reader.clock) as root:
        browser = Browser(root)
        text = browser.get("/") + browser.get("/triage")
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert 'href="javascript' not in text
    assert '"onmouseover' not in text
    assert "{{ 7*7 }}" in text


def test_a_label_by_command_shows_on_the_page(browser: Browser, config: Config) -> None:
    paper = shown(config)[-1].paper
    label(config, [paper], relevant=True)
    browser.get("/")
    assert 'aria-pressed="true" aria-label="relevant' in browser.article(paper)
