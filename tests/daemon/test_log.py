"""The log: one line an event, with a run's id, and without secrets."""

from __future__ import annotations

import io
import json
import logging
import threading
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from triage.daemon.log import logging_to, redacted, run_id, secrets_of
from triage.progress import event

log = logging.getLogger("triage.test")


def line(style: str = "text", secrets: tuple[str, ...] = (), message: str = "made", **fields: object) -> str:
    stream = io.StringIO()
    with logging_to(stream, style=style, secrets=secrets):  # type: ignore[arg-type]
        event(log, message, **fields)
    text = stream.getvalue()
    assert text.endswith("\n")
    assert len(text.splitlines()) == 1
    return text[:-1]


def test_an_event_is_a_line_of_keys_and_values() -> None:
    assert line(day="2024-01-17", picks=3).split(" ", 1)[1] == "level=info event=made day=2024-01-17 picks=3"


def test_an_event_can_be_json() -> None:
    logged = json.loads(line("json", picks=3, ok=True, files=["a", "b"]))
    assert (logged["event"], logged["picks"], logged["ok"], logged["files"]) == ("made", 3, True, ["a", "b"])


def test_the_time_is_utc_with_its_offset() -> None:
    assert json.loads(line("json"))["time"].endswith("+00:00")


def test_empty_fields_are_left_out() -> None:
    assert "reason" not in line(reason="", day=None)


def test_values_with_spaces_are_quoted() -> None:
    assert line(why="the daily check").endswith('why="the daily check"')


@given(st.text())
def test_no_text_can_forge_a_second_line_or_field(text: str) -> None:
    logged = line(title=text, last="end")
    assert logged.endswith(" last=end")
    assert logged.count(" event=") == 1 + (" event=" in text)


@given(st.text())
def test_json_gives_back_what_it_was_given(text: str) -> None:
    safe = redacted(text)
    assert json.loads(line("json", title=text)).get("title", "") == safe


def test_events_of_one_run_carry_its_id_whoever_logs_them() -> None:
    stream = io.StringIO()
    with logging_to(stream, style="text"), run_id("ab12"):
        logging.getLogger("elsewhere").warning("something odd")
    assert 'event=message run=ab12 logger=elsewhere text="something odd"' in stream.getvalue()


def test_an_error_s_traceback_stays_on_the_line() -> None:
    stream = io.StringIO()
    with logging_to(stream, style="text"):
        try:
            raise ValueError("first\nsecond")
        except ValueError:
            log.exception("run-failed")
    assert len(stream.getvalue().splitlines()) == 1
    assert "ValueError" in stream.getvalue()


def test_warnings_are_events() -> None:
    stream = io.StringIO()
    with logging_to(stream, style="text"), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old way", UserWarning, stacklevel=1)
    assert "level=warning" in stream.getvalue()
    assert "old way" in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://me:hunter2@example.org/rss", "hunter2"),
        ("smtp said: bad password=hunter2 for you", "hunter2"),
        ("GET /x?api_key=hunter2&page=2", "hunter2"),
        ("Authorization: Bearer abcdef123456", "abcdef123456"),
        ("tgram://123456:ABCDEF/987 refused", "ABCDEF"),
        ("https://hooks.slack.com/services/T0/B0/XXXX answered 404", "XXXX"),
        ("postgresql+psycopg://me:hunter2@db/triage refused", "hunter2"),
        ('{"token": "hunter2"}', "hunter2"),
    ],
)
def test_what_looks_like_a_secret_is_not_written(text: str, secret: str) -> None:
    assert secret not in line(reason=text)


@pytest.mark.parametrize(
    "text",
    [
        "https://export.arxiv.org/api/query?search_query=cat:cs.CL&start=0",
        "sqlite:///.triage/triage.db can't be opened",
        "tokenization of 3 titles",
    ],
)
def test_what_is_no_secret_is_written(text: str) -> None:
    assert redacted(text) == text


def test_a_field_named_for_a_secret_is_hidden_whatever_it_holds() -> None:
    assert "12345678" not in line(password="12345678", mail_token=12345678)


class Mail(BaseModel):
    password: SecretStr = SecretStr("correct horse")


class Settings(BaseModel):
    mail: Mail = Mail()
    apprise: dict[str, SecretStr] = {"phone": SecretStr("ntfy://my-topic"), "none": SecretStr("")}
    keys: tuple[SecretStr, ...] = (SecretStr("battery staple"),)


def test_every_secret_of_a_configuration_is_known_at_any_depth() -> None:
    assert secrets_of(Settings()) == {"correct horse", "ntfy://my-topic", "battery staple"}


def test_a_secret_of_the_configuration_is_not_written_even_by_itself() -> None:
    assert "correct horse" not in line(
        secrets=("correct horse",), reason="535 5.7.8 correct horse was refused"
    )


def test_an_error_that_ends_a_thread_is_one_line_without_secrets() -> None:
    def fail() -> None:
        raise OSError("refused: https://me:hunter2@example.org/")

    stream = io.StringIO()
    with logging_to(stream, style="text"):
        thread = threading.Thread(target=fail, name="watcher")
        thread.start()
        thread.join()
    (logged,) = stream.getvalue().splitlines()
    assert "event=thread-died thread=watcher" in logged
    assert "hunter2" not in logged


def test_logging_ends_where_it_began() -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, threading.excepthook)
    line()
    assert (list(root.handlers), root.level, threading.excepthook) == before


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    closed = io.StringIO()
    with logging_to(closed, style="text"):
        closed.close()
        event(log, "made")
