"""The examples of docs/extending.md work as they stand there, in an installed package."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.deliver.webhook import Webhook
from tests.deliver.world import World
from triage.config.deliveries import deliver_model, delivery_classes
from triage.config.load import parse_config
from triage.deliver.deliver import deliver_due
from triage.deliver.delivery import target_names
from triage.errors import ConfigError

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")


def block(language: str, number: int = 0) -> str:
    return str(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[number])


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the page's package as an installer puts it there."""
    project = tmp_path_factory.mktemp("triage-extras")
    package = project / "triage_extras"
    package.mkdir()
    (project / "pyproject.toml").write_text(block("toml"))
    (package / "__init__.py").touch()
    (package / "webhook.py").write_text(block("python", 0))
    (package / "logbook.py").write_text(block("python", 1))
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (wheel,) = (project / "dist").glob("*.whl")
    folder = tmp_path_factory.mktemp("site-packages")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def plugged_in(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def forget() -> None:
        delivery_classes.cache_clear()
        deliver_model.cache_clear()

    monkeypatch.syspath_prepend(installed)
    forget()
    yield
    forget()


@pytest.fixture
def world(plugged_in: None, tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


@pytest.mark.parametrize("number", [0, 1])
def test_an_example_is_short(number: int) -> None:
    assert len(block("python", number).splitlines()) < 50


def test_the_delivery_sends_each_digest_once(world: World) -> None:
    with Webhook() as server:
        world.set_up({"webhook": {"url": f"http://127.0.0.1:{server.port}/", "token": "open-sesame"}})
        world.write(titles=("A plain title",))
        assert deliver_due(world.context) == ()
        assert deliver_due(world.context) == ()
    (posted,) = server.posted
    assert posted["title"] == "2026-03-02-insights"
    assert [paper["title"] for paper in posted["papers"]] == ["A plain title"]
    delivery = world.delivery("webhook")
    assert delivery is not None
    assert delivery.sent_at == world.clock.now()


def test_a_refused_delivery_is_tried_again(world: World) -> None:
    with Webhook() as server:
        server.statuses = [503]
        world.set_up({"webhook": {"url": f"http://127.0.0.1:{server.port}/"}})
        world.write()
        assert deliver_due(world.context) == ("2026-03-02 to webhook: the webhook answered 503.",)
        world.clock.move(hours=1)
        assert deliver_due(world.context) == ()
    assert len(server.posted) == 2


def test_a_delivery_whose_answer_is_lost_is_reported_and_not_sent_again(world: World) -> None:
    world.set_up({"webhook": {"url": "http://127.0.0.1:1/", "token": "open-sesame"}})
    world.write()
    (problem,) = deliver_due(world.context)
    assert "2026-03-02 to webhook: given up: " in problem
    assert "it may have arrived, and is not sent twice" in problem
    assert "open-sesame" not in problem
    world.clock.move(days=1)
    assert deliver_due(world.context) == ()


@pytest.mark.usefixtures("plugged_in")
def test_the_section_is_checked_by_the_model_of_the_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_DELIVER__WEBHOOK__TOKEN", "0123")
    config = parse_config(f"categories: [cs.CL]\n{block('yaml')}", Path("config.yaml"))
    assert target_names(config) == ("webhook",)
    assert config.deliver.webhook.token.get_secret_value() == "0123"  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match=r"config\.yaml:4: deliver\.webhook\.url: 'bot' is not"):
        parse_config("categories: [cs.CL]\ndeliver:\n  webhook:\n    url: bot\n", Path("config.yaml"))
    with pytest.raises(
        ConfigError, match=r"no key deliver\.webhook\.ulr\. Did you mean deliver\.webhook\.url\?"
    ):
        parse_config(
            "categories: [cs.CL]\ndeliver: {webhook: {url: 'http://a.org', ulr: x}}\n", Path("config.yaml")
        )


def test_without_the_package_there_is_no_such_section() -> None:
    with pytest.raises(ConfigError, match=r"there is no key deliver\.webhook\. .*Allowed here: apprise, git"):
        parse_config(f"categories: [cs.CL]\n{block('yaml')}", Path("config.yaml"))


def test_a_package_that_can_not_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = tmp_path / "broken-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[triage.deliveries]\nbroken = no_such_module:Broken\n")
    monkeypatch.syspath_prepend(tmp_path)
    delivery_classes.cache_clear()
    try:
        with pytest.raises(
            ConfigError, match=r"the delivery 'broken' \(no_such_module:Broken\) can't be loaded"
        ):
            delivery_classes()
    finally:
        delivery_classes.cache_clear()


def test_the_note_format_reads_its_files(installed: Path, tmp_path: Path) -> None:
    title = "QLoRA: Efficient Finetuning of Quantized LLMs"
    (tmp_path / "mine.logbook").write_text(f"2024-01-17 | 2305.14314 | {title} | fits on one card\n")
    done = subprocess.run(
        [sys.executable, "-m", "triage", "notes", "extract", str(tmp_path / "mine.logbook"), "--json"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(installed), str(ROOT)])},
        capture_output=True,
        text=True,
        check=True,
    )
    entry = json.loads(done.stdout)
    assert (entry["arxiv_id"], entry["title"], entry["text"]) == ("2305.14314", title, "fits on one card")
    assert entry["section"] == ["2024-01-17"]
