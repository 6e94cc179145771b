"""Search, similar papers, library, calendar, model and status; and the API for programs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.reader import Reader, learn_notes, models
from tests.web.server import DAY, Browser, made_reader, served
from triage.config.load import load_config
from triage.config.schema import Config
from triage.store.store import Store

TOKEN = "a-token-of-the-reader"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    reader = made_reader(tmp_path_factory.mktemp("reader"))
    settings = reader.folder / "config.yaml"
    settings.write_text(settings.read_text("utf-8") + f"web: {{token: {TOKEN}}}\n", encoding="utf-8")
    return reader


@pytest.fixture
def config(made: Reader, tmp_path: Path) -> Config:
    shutil.copytree(made.folder, tmp_path / "copy")
    return load_config(tmp_path / "copy" / "config.yaml")


@pytest.fixture
def browser(made: Reader, config: Config) -> Iterator[Browser]:
    with served(config, made.clock) as root:
        yield Browser(root)


def first(config: Config) -> str:
    with Store.of(config) as store, store.reading() as tx:
        return tx.digests.shown_in(DAY)[0].paper


def test_search_finds_by_words_and_what_narrows_them(browser: Browser) -> None:
    browser.get("/search?q=streaming+decoders")
    assert "Study 103 of speech" in browser.text
    assert "retrieval systems miss" not in browser.text
    browser.get(f"/search?q=speech&since={DAY}&until={DAY}")
    assert browser.text.count("<article") == 4
    assert "4 found." in browser.text
    assert "Nothing has all of this." in browser.get("/search?q=quasars")
    assert "A day is written like" in browser.get("/search?since=yesterday")


def test_search_finds_by_my_own_labels_and_categories(browser: Browser) -> None:
    browser.get("/search?label=relevant&own=Agents")
    assert browser.text.count("<article") == 6
    assert "Study" in browser.text
    assert "Nothing has all of this." in browser.get("/search?label=irrelevant")


def test_a_long_answer_comes_page_by_page(browser: Browser) -> None:
    browser.get("/search?q=experiments")
    assert "The first 50." in browser.text
    assert 'href="/search?q=experiments&amp;at=50"' in browser.text
    assert browser.get("/search?q=experiments&at=50").count("<article") == 50


def test_a_mark_in_a_search_leads_back_to_it(browser: Browser, config: Config) -> None:
    browser.get("/search?q=speech")
    paper = browser.text.partition('id="p-')[2].partition('"')[0]
    browser.send(f"/mark/{paper}", answer="not")
    assert 'value="speech"' in browser.text
    assert 'aria-pressed="true" aria-label="not relevant' in browser.article(paper)


def test_similar_papers_are_of_the_same_subject(browser: Browser, config: Config) -> None:
    browser.get(f"/similar/{first(config)}")
    titles = [one for one in browser.text.split("<article")[1:] if "of retrieval" in one]
    assert len(titles) >= 15
    browser.get("/similar/2401.99999")
    assert browser.status == 404


def test_the_library_has_noted_papers_by_category_with_their_notes(browser: Browser) -> None:
    assert "Retrieval <small>8</small>" in browser.get("/library")
    browser.get("/library?category=Agents")
    assert browser.text.count("<article") == 6
    assert "papers.md:" in browser.text


def test_the_calendar_leads_to_the_days(browser: Browser) -> None:
    browser.get("/calendar")
    assert f'<a href="/day/{DAY}" aria-label="17 January 2024: 6 of 20 papers">' in browser.text


def test_the_model_page_tells_what_was_learned(browser: Browser) -> None:
    browser.get("/model")
    words = browser.text.partition("Words that speak for a paper</h2>")[2].partition("</p>")[0]
    assert "retrieval" in words
    assert "speech" not in words
    assert "in use" in browser.text


def test_the_reader_goes_back_to_an_earlier_model(made: Reader, config: Config) -> None:
    note = config.note_paths[0] / "papers.md"
    note.write_text(note.read_text("utf-8") + "\n- [Speech](https://arxiv.org/abs/2312.00403)\n", "utf-8")
    learn_notes(config, offline=True, clock=made.clock)
    old, new = models(config)
    assert new.in_use
    with served(config, made.clock) as root:
        browser = Browser(root)
        browser.get("/model")
        browser.send("/model/rollback", version=old.version)
        assert f"Model {old.version} is in use now" in browser.text
    assert [one.in_use for one in models(config)] == [True, False]


def test_the_status_says_how_things_stand(browser: Browser) -> None:
    browser.get("/status")
    assert "<dt>last digest</dt><dd>2024-01-17</dd>" in browser.text


def ask(browser: Browser, path: str, **more: object) -> requests.Response:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    method = "POST" if "json" in more or "data" in more else "GET"
    return requests.request(method, browser.root + path, headers=headers, timeout=30, **more)  # type: ignore[arg-type]


def test_programs_need_the_token(browser: Browser) -> None:
    assert requests.get(f"{browser.root}/api/v1/digests", timeout=30).status_code == 401
    wrong = {"Authorization": "Bearer guessed"}
    assert requests.get(f"{browser.root}/api/v1/digests", headers=wrong, timeout=30).status_code == 401


def test_without_a_token_there_is_no_api(made: Reader, tmp_path: Path) -> None:
    shutil.copytree(made.folder, tmp_path / "copy")
    settings = tmp_path / "copy" / "config.yaml"
    settings.write_text(settings.read_text("utf-8").replace(f"token: {TOKEN}", ""), encoding="utf-8")
    with served(load_config(settings), made.clock) as root:
        answer = requests.get(f"{root}/api/v1/digests", headers={"Authorization": "Bearer "}, timeout=30)
    assert answer.status_code == 401
    assert "web.token is not set" in answer.json()["error"]


def test_programs_read_and_label(browser: Browser, config: Config) -> None:
    (digest,) = ask(browser, "/api/v1/digests").json()["digests"]
    assert digest == {"day": "2024-01-17", "total": 20, "picks": 6}
    papers = ask(browser, "/api/v1/digests/2024-01-17").json()["papers"]
    assert [one["rank"] for one in papers] == list(range(1, 21))
    assert [one["part"] for one in papers[:9]] == ["pick"] * 6 + ["near miss"] * 3
    paper = papers[0]["id"]
    labelled = ask(browser, f"/api/v1/papers/{paper}/label", json={"relevant": True, "categories": ["X"]})
    assert labelled.json()["label"] == {
        "paper": paper, "relevant": True, "categories": ["X"], "read": False, "remark": "",
    }  # fmt: skip
    assert ask(browser, f"/api/v1/papers/{paper}").json()["label"]["relevant"] is True
    assert "- [x] relevant" in (config.digest_folder / f"{DAY}-insights.md").read_text("utf-8")
    assert any(one["paper"] == paper for one in ask(browser, "/api/v1/labels").json()["labels"])
    assert ask(browser, "/api/v1/search?q=speech&limit=3").json()["papers"][2]["categories"] == ["cs.CL"]
    assert ask(browser, f"/api/v1/papers/{paper}/similar").json()["papers"][0]["similarity"] > 0.3
    assert ask(browser, "/api/v1/model").json()["relevant"] == 14


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/api/v1/papers/nonsense", {}, 400),
        ("/api/v1/papers/2401.99999", {}, 404),
        ("/api/v1/digests/tomorrow", {}, 400),
        ("/api/v1/digests/2020-01-01", {}, 404),
        ("/api/v1/search?least=much", {}, 400),
        ("/api/v1/search?limit=-1", {}, 400),
        ("/api/v1/papers/2401.99999/label", {"json": {"relevant": True}}, 404),
        ("/api/v1/papers/2401.00100/label", {"json": {"relevant": "yes"}}, 400),
        ("/api/v1/papers/2401.00100/label", {"json": []}, 400),
        ("/api/v1/papers/2401.00100/label", {"json": {"categories": ["a;b"]}}, 400),
        ("/api/v1/papers/2401.00100/label", {"data": b"\xff{"}, 400),
    ],
)
def test_what_is_wrong_is_said(browser: Browser, path: str, more: dict[str, object], status: int) -> None:
    answer = ask(browser, path, **more)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_description_names_every_operation(browser: Browser) -> None:
    described = requests.get(f"{browser.root}/api/v1/openapi.json", timeout=30).json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]["/api/v1/papers/{id}/label"]) == {"post"}
    assert len(described["paths"]) == 8
