"""In a real browser: by keys alone, with and without script, on a phone, in the dark, in two tabs at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.reader import Reader, listing
from tests.web.server import DAY, made_reader, served
from triage.config.load import load_config
from triage.config.schema import Config
from triage.papers import ArxivId
from triage.store.store import Store

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt install chromium)")
PAGES = ("/", "/triage", "/search?q=speech", "/library?category=Agents", "/calendar", "/model", "/status")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return made_reader(tmp_path_factory.mktemp("reader"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with playwright.sync_playwright() as player:
        # Who is root, as in a container, gets no sandbox; the pages are our own.
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def config(made: Reader, tmp_path: Path) -> Config:
    shutil.copytree(made.folder, tmp_path / "copy")
    return load_config(tmp_path / "copy" / "config.yaml")


@pytest.fixture
def root(made: Reader, config: Config) -> Iterator[str]:
    with served(config, made.clock) as address:
        yield address


def opened(chromium: Browser, root: str, path: str = "/", **more: Any) -> Page:
    """Open a page; what the browser complains about fails the test."""
    page = chromium.new_context(**more).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("close", lambda _: None)
    page.goto(root + path)
    page.complaints = complaints  # type: ignore[attr-defined]
    return page


def answered(config: Config) -> dict[ArxivId, bool | None]:
    with Store.of(config) as store, store.reading() as tx:
        shown = {one.paper for one in tx.digests.shown_in(DAY)}
        return {one: label.relevant for one, label in tx.labels.current_labels().items() if one in shown}


def digest_text(config: Config) -> str:
    return (config.digest_folder / f"{DAY}-insights.md").read_text("utf-8")


def press(page: Page, key: str) -> None:
    """Press a key that the page offers, and wait for what it brings."""
    if len(key) == 1:
        page.locator(f'[data-key="{key}"]').first.wait_for(state="attached")
    with page.expect_response(lambda response: response.request.method == "GET" or response.ok):
        page.keyboard.press(key)
    page.wait_for_load_state("networkidle")


def test_a_day_of_a_hundred_papers_is_answered_by_a_key_each(chromium: Browser, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    reader.run(reader.write("day.jsonl", listing(DAY, 100, per_topic=20)))
    with served(reader.config, reader.clock) as root:
        page = opened(chromium, root, "/triage")
        for number in range(100):
            page.get_by_text(f"{number + 1} of 100,").wait_for()
            page.keyboard.press("y" if number < 5 else "n")
        page.get_by_role("heading", name="All answered").wait_for()
        assert page.get_by_text("You found 5 of 100 papers relevant, and 95 not.").is_visible()
        assert page.complaints == []  # type: ignore[attr-defined]
    assert sorted(answered(reader.config).values(), key=bool) == [False] * 95 + [True] * 5
    text = digest_text(reader.config)
    assert text.count("- [-] [") + text.count("- [x] not relevant") == 95


def test_keys_go_back_and_forth_and_undo(chromium: Browser, root: str, config: Config) -> None:
    page = opened(chromium, root, "/triage")
    first = page.locator(".paper").get_attribute("id") or ""
    press(page, "j")
    playwright.expect(page.locator(".paper")).not_to_have_attribute("id", first)
    press(page, "k")
    playwright.expect(page.locator(".paper")).to_have_attribute("id", first)
    press(page, "y")
    assert list(answered(config).values()) == [True]
    press(page, "u")
    playwright.expect(page.locator(".paper")).to_have_attribute("id", first)
    assert answered(config) == {}
    assert "- [x]" not in digest_text(config)


def test_a_key_leads_to_the_category_with_completion_and_to_the_search(
    chromium: Browser, root: str, config: Config
) -> None:
    page = opened(chromium, root)
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.keyboard.type("Dense retrieval")
    press(page, "Enter")
    assert "Categories: Dense retrieval" in digest_text(config)
    names = page.locator("datalist option").evaluate_all("all => all.map(one => one.value)")
    assert "Agents" in names
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.wait_for_url("**/search")
    page.keyboard.type("speech")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=speech*")
    assert page.locator(".paper").count() > 10


def test_a_mark_is_there_at_once_and_says_what_it_moved(chromium: Browser, root: str, config: Config) -> None:
    page = opened(chromium, root)
    last = page.locator(".paper").last
    last.get_by_role("button", name="relevant:").first.click()
    page.locator("#moved li").first.wait_for()
    assert "→" in page.locator("#moved li").first.inner_text()
    assert (
        page.locator(".paper")
        .last.get_by_role("button", name="relevant:")
        .first.get_attribute("aria-pressed")
        == "true"
    )
    page.reload()
    assert page.locator(".move").first.is_visible()
    assert page.complaints == []  # type: ignore[attr-defined]


def test_two_tabs_say_the_same_after_a_reload_and_the_last_word_counts(
    chromium: Browser, root: str, config: Config
) -> None:
    context = chromium.new_context()
    one, other = context.new_page(), context.new_page()
    for page in (one, other):
        page.goto(f"{root}/triage")
    press(one, "y")
    press(other, "n")
    assert list(answered(config).values()) == [False]
    one.goto(f"{root}/day/{DAY}")
    assert (
        one.locator(".paper").first.get_by_role("button", name="not relevant:").get_attribute("aria-pressed")
        == "true"
    )


def test_without_script_forms_do_the_same(chromium: Browser, root: str, config: Config) -> None:
    page = opened(chromium, root, java_script_enabled=False)
    page.locator(".paper").first.get_by_role("button", name="relevant:").first.click()
    assert list(answered(config).values()) == [True]
    page.get_by_role("button", name="Undo the last mark").click()
    assert answered(config) == {}


def test_the_prepared_answer_of_a_link_takes_one_key(chromium: Browser, root: str, config: Config) -> None:
    paper = opened(chromium, root, "/triage").locator(".paper").get_attribute("id").removeprefix("p-")  # type: ignore[union-attr]
    page = opened(chromium, root, f"/paper/{paper}?answer=relevant")
    assert answered(config) == {}
    press(page, "Enter")
    assert answered(config) == {paper: True}


@pytest.mark.parametrize("width", [320, 390, 2560])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_every_width_and_axe_finds_nothing(
    chromium: Browser, root: str, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened(chromium, root, viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in (*PAGES, "/paper/2401.00100?answer=relevant", "/similar/2401.00100"):
        page.goto(root + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        found = axe.run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["target"]) for one in found] == [], path
    assert page.complaints == []  # type: ignore[attr-defined]


def test_the_last_digest_is_readable_offline(chromium: Browser, made: Reader, config: Config) -> None:
    context = chromium.new_context()
    page = context.new_page()
    with served(config, made.clock) as root:
        page.goto(f"{root}/day/{DAY}")
        page.evaluate("navigator.serviceWorker.ready")
        page.reload()
        page.reload()
        page.wait_for_load_state("networkidle")
    page.reload()
    assert page.locator(".paper").count() == 20
