"""The deliver section of config.yaml: checked early, and no message shows a secret."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from triage.config.load import TEMPLATE, parse_config
from triage.config.schema import Config
from triage.deliver.decide import GIVE_UP_AFTER, MAY_HAVE_ARRIVED
from triage.deliver.delivery import target_names
from triage.deliver.git import Git
from triage.errors import ConfigError

SECRET = "open-sesame-4711"


def parsed(section: str) -> Config:
    return parse_config(f"categories: [cs.CL]\ndeliver: {{{section}}}\n", Path("config.yaml"))


def test_the_template_delivers_nowhere() -> None:
    config = parse_config(TEMPLATE.read_text(encoding="utf-8"), Path("config.yaml"))
    assert target_names(config) == ()


def test_a_server_is_needed_for_mail() -> None:
    with pytest.raises(ConfigError, match="the mail server is needed"):
        parsed(f"mail: {{to: [a@example.org], password: {SECRET}}}")


def test_mail_in_the_open_is_for_this_machine_alone() -> None:
    with pytest.raises(ConfigError, match="only for a server at localhost"):
        parsed("mail: {to: [a@example.org], host: mail.example.org, security: none}")
    assert parsed("mail: {to: [a@example.org], host: localhost, security: none}").deliver.mail.to


@pytest.mark.parametrize(
    "section",
    [
        f"mail: {{to: [a@example.org], password: {SECRET}}}",
        f"mail: {{to: [nobody], host: x, password: {SECRET}}}",
        f"mail: {{to: [a@example.org], host: x.org, security: none, password: {SECRET}}}",
        f"mail: {{pasword: x, password: {SECRET}}}",
        f"apprise: [json://{SECRET}]",
        f"apprise: json://{SECRET}",
        f'apprise: {{"a b": json://{SECRET}}}',
    ],
)
def test_no_message_shows_a_secret(section: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(section)
    assert SECRET not in str(caught.value)


def test_a_password_of_digits_is_a_password() -> None:
    config = parsed("mail: {password: 123456}")
    assert config.deliver.mail.password.get_secret_value() == "123456"


def test_the_configuration_can_be_shown_without_its_secrets() -> None:
    config = parsed(f"mail: {{password: {SECRET}}}, apprise: {{phone: json://{SECRET}}}")
    assert SECRET not in repr(config)
    assert SECRET not in config.model_dump_json()


def test_addresses_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_DELIVER__APPRISE__PHONE", f"json://{SECRET}")
    config = parsed("apprise: {}")
    assert config.deliver.apprise.root["phone"].get_secret_value() == f"json://{SECRET}"


PAGE = (Path(__file__).parents[2] / "docs" / "delivery.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_the_examples_of_the_page_are_right(example: str) -> None:
    config = parse_config(f"categories: [cs.CL]\n{example}", Path("config.yaml"))
    assert target_names(config)


def test_the_page_says_what_the_code_does() -> None:
    assert timedelta(weeks=1) == GIVE_UP_AFTER
    assert "by each later run, for a week" in PAGE
    assert MAY_HAVE_ARRIVED in PAGE
    assert Git.commit_seconds == 60
    assert "longer than a minute" in PAGE
