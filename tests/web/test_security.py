"""Who may ask: this machine, who knows the password, whom a proxy names; and nobody through another site."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
import requests

from tests.reader import Reader
from tests.web.server import Browser, made_reader, served
from triage.config.load import load_config
from triage.config.schema import Config, WebConfig
from triage.errors import ConfigError
from triage.web.security import FAILURES, allowed_hosts, check_exposure, hash_password

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return made_reader(tmp_path_factory.mktemp("reader"))


def configured(made: Reader, folder: Path, web: str = "{}") -> Config:
    shutil.copytree(made.folder, folder / "copy")
    settings = folder / "copy" / "config.yaml"
    settings.write_text(settings.read_text("utf-8") + f"web: {web}\n", encoding="utf-8")
    return load_config(settings)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_other_machines_need_a_password_or_a_proxy(host: str) -> None:
    with pytest.raises(ConfigError, match="can be reached from other machines"):
        check_exposure(WebConfig(), host)
    check_exposure(WebConfig(password="$argon2id$..."), host)
    check_exposure(WebConfig(user_header="X-Forwarded-User"), host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_this_machine_needs_none(host: str) -> None:
    check_exposure(WebConfig(), host)


def test_it_answers_to_its_own_names_only() -> None:
    web = WebConfig(url="https://papers.example.org/")
    assert allowed_hosts(web, "127.0.0.1") == ["127.0.0.1", "papers.example.org", "localhost"]
    assert allowed_hosts(web, "192.168.1.5") == ["192.168.1.5", "papers.example.org"]


def test_another_host_name_is_refused(made: Reader, tmp_path: Path) -> None:
    with served(configured(made, tmp_path)) as root:
        answer = requests.get(root, headers={"Host": "evil.example"}, timeout=30)
    assert answer.status_code == 400


def test_every_answer_forbids_scripts_of_others_and_frames(made: Reader, tmp_path: Path) -> None:
    with served(configured(made, tmp_path)) as root:
        for path in ("/", "/nowhere", "/static/keys.js", "/healthz"):
            headers = requests.get(root + path, timeout=30).headers
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert headers["X-Content-Type-Options"] == "nosniff"
        cookie = requests.get(f"{root}/triage", timeout=30).headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_form_needs_the_session_s_token_and_its_own_origin(made: Reader, tmp_path: Path) -> None:
    with served(configured(made, tmp_path), made.clock) as root:
        browser = Browser(root)
        browser.get("/triage")
        paper = browser.text.partition('id="p-')[2].partition('"')[0]
        page = browser.text
        browser.send(f"/mark/{paper}", answer="relevant", csrf="guessed")
        assert browser.status == 403
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            browser.text = page
            browser.send(f"/mark/{paper}", answer="relevant", headers=headers)
            assert browser.status == 403, headers
        browser.text = page
        browser.send(f"/mark/{paper}", answer="relevant", headers={"Origin": root})
        assert browser.status == 200


def test_a_form_leads_to_no_other_site(made: Reader, tmp_path: Path) -> None:
    with served(configured(made, tmp_path), made.clock) as root:
        browser = Browser(root)
        for place in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
            browser.get("/triage")
            paper = browser.text.partition('id="p-')[2].partition('"')[0]
            browser.send(f"/mark/{paper}", answer="relevant", next=place)
            assert browser.status == 200
            assert f'id="p-{paper}"' in browser.text


def test_a_password_is_asked_for_and_too_many_wrong_ones_are_not_tried(made: Reader, tmp_path: Path) -> None:
    config = configured(made, tmp_path, f"{{password: '{hash_password(PASSWORD)}'}}")
    with served(config, made.clock) as root:
        browser, other = Browser(root), Browser(root)
        browser.get("/triage?over=week")
        assert "Log in" in browser.text
        browser.send("/login", password=PASSWORD)
        assert "without an answer" in browser.text
        assert requests.post(f"{root}/undo", timeout=30, allow_redirects=False).status_code == 303
        other.get("/")
        for _ in range(FAILURES):
            other.send("/login", password="wrong")
            assert other.status == 403
        other.send("/login", password=PASSWORD)
        assert other.status == 429
        browser.get("/triage")
        assert "without an answer" in browser.text
        browser.send("/logout")
        assert "Log in" in browser.get("/")
        assert requests.get(f"{root}/healthz", timeout=30).status_code == 200


def test_a_proxy_names_the_user_and_nobody_else_does(made: Reader, tmp_path: Path) -> None:
    config = configured(made, tmp_path, "{user_header: X-Forwarded-User}")
    with served(config, made.clock) as root:
        assert requests.get(root, timeout=30).status_code == 403
        assert requests.get(root, headers={"X-Forwarded-User": "ada"}, timeout=30).status_code == 200
    (tmp_path / "far").mkdir()
    config = configured(made, tmp_path / "far", "{user_header: X-Forwarded-User, proxies: [10.0.0.1]}")
    with served(config, made.clock) as root:
        assert requests.get(root, headers={"X-Forwarded-User": "ada"}, timeout=30).status_code == 403


def test_the_key_of_sessions_is_the_reader_s_own(made: Reader, tmp_path: Path) -> None:
    config = configured(made, tmp_path)
    with served(config):
        pass
    key = config.store_folder / "web.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_text("ascii")) == 64


def test_a_form_of_a_megabyte_is_refused(made: Reader, tmp_path: Path) -> None:
    with served(configured(made, tmp_path), made.clock) as root:
        browser = Browser(root)
        browser.get("/triage")
        paper = browser.text.partition('id="p-')[2].partition('"')[0]
        browser.send(f"/mark/{paper}", answer="category", category="x" * 1_000_000)
        assert browser.status == 413
