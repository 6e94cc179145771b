"""Structured logs on standard error: one line an event, as ``key=value`` or JSON, secrets left out.

An event is an ordinary logging record whose message is the event's name; :func:`triage.progress.event`
gives it its fields.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TextIO

from pydantic import BaseModel, SecretStr

from triage.errors import TriageError
from triage.progress import event

log = logging.getLogger(__name__)

Style = Literal["text", "json"]

_run: ContextVar[str] = ContextVar("triage_run", default="")

_PLAIN = re.compile(r"[^\s\"=\\\x00-\x20\x7f-\x9f\u2028\u2029]+")

_VERBOSE = ("apscheduler", "arxiv", "watchfiles", "alembic", "urllib3", "httpx")

_HIDDEN = "***"
_SHORTEST_SECRET = 4
"""A shorter one would hide half of every line, and protects nothing."""
_SECRET_KEY = re.compile(r"password|passwd|secret|token|authorization|api_?key|credential", re.IGNORECASE)
_SECRET_PATTERNS = (
    # https://user:password@host; also what follows the scheme of Apprise's own addresses, which are
    # made of tokens (tgram://TOKEN/CHAT), and the path of webhooks, which is one.
    (re.compile(r"(?<=://)[^\s/@]+(?=@)"), _HIDDEN),
    (
        re.compile(r"\b(?!(?:https?|file|sqlite|postgresql)(?:\+\w+)?://)([a-z][a-z0-9+.-]*://)[^\s\"']+"),
        rf"\1{_HIDDEN}",
    ),
    (re.compile(r"(https?://[^\s/\"']*hooks?\.[^\s/\"']+/)[^\s\"']+"), rf"\1{_HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|basic) [\w.~+/=-]{8,}"), rf"\1 {_HIDDEN}"),
    (
        re.compile(
            r"(?i)([\w-]*(?:password|passwd|secret|token|api_?key)[\w-]*[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;]+"
        ),
        rf"\1{_HIDDEN}",
    ),
)


def error_event(logger: logging.Logger, name: str, error: TriageError, /, **fields: object) -> None:
    """Log an explained error with its remedy."""
    event(logger, name, logging.ERROR, reason=error.message, remedy=error.remedy, **fields)


@contextmanager
def run_id(name: str) -> Iterator[None]:
    """Mark every event inside, from any room, as belonging to one run."""
    before = _run.set(name)
    try:
        yield
    finally:
        _run.reset(before)


def secrets_of(settings: BaseModel) -> frozenset[str]:
    """Return the values in a configuration that must not be logged, at any depth."""
    return frozenset(secret for secret in _secrets(settings) if len(secret) >= _SHORTEST_SECRET)


def _secrets(value: object) -> Iterator[str]:
    inside: Iterable[object] = ()
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        inside = vars(value).values()
    elif isinstance(value, Mapping):
        inside = value.values()
    elif isinstance(value, (list, tuple, set, frozenset)):
        inside = value
    for one in inside:
        yield from _secrets(one)


def redacted(text: str, secrets: Collection[str] = ()) -> str:
    """Return a text without the secrets known and without what looks like one.

    >>> redacted("asked https://me:hunter2@example.org/?token=abc")
    'asked https://***@example.org/?token=***'
    """
    # The longest first, so that a secret that holds another goes as a whole.
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    for pattern, instead in _SECRET_PATTERNS:
        text = pattern.sub(instead, text)
    return text


class EventFormatter(logging.Formatter):
    """One line a record, whatever is in it: ``key=value``, values in JSON's quotes where they need
    them, or JSON.  The secrets given appear in no field."""

    def __init__(self, style: Style, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._format = style
        self._secrets = frozenset(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **_fields(record),
        }
        if record.exc_info:
            fields["traceback"] = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        clean = {name: self._clean(name, value) for name, value in fields.items() if value not in (None, "")}
        if self._format == "json":
            return json.dumps(clean)
        return " ".join(f"{name}={_quoted(value)}" for name, value in clean.items())

    def _clean(self, name: str, value: object) -> object:
        if _SECRET_KEY.search(name):
            return _HIDDEN
        if isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, (list, tuple)):
            return [self._clean("", inner) for inner in value]
        return redacted(str(value), self._secrets)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    message = record.getMessage()
    name, fields = "message", {"logger": record.name, "text": message}
    if hasattr(record, "fields"):
        name, fields = message, record.fields
    return {"event": name, "run": _run.get(), **fields}


def _quoted(value: object) -> str:
    if isinstance(value, list):
        value = ",".join(str(inner) for inner in value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    # JSON's quotes keep an event on its line: a line break in a title can't forge the next one.
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=not text.isprintable())


def _log_dead_thread(died: threading.ExceptHookArgs) -> None:
    # Python itself would write many lines, without hiding secrets.
    log.error(
        "thread-died",
        exc_info=died.exc_value,
        extra={"fields": {"thread": died.thread and died.thread.name, "reason": repr(died.exc_value)}},
    )


@contextmanager
def logging_to(
    stream: TextIO | None = None, *, style: Style, secrets: Collection[str] = ()
) -> Iterator[None]:
    """Log to a stream (standard error) while inside, also warnings of libraries and what ends a thread."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(EventFormatter(style, secrets))
    root = logging.getLogger()
    # These log every job and every page; what matters of that, triage logs itself.
    verbose = [logging.getLogger(name) for name in _VERBOSE]
    levels = [(logger, logger.level) for logger in (root, *verbose)]
    raising, thread_died = logging.raiseExceptions, threading.excepthook
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for logger in verbose:
        logger.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    threading.excepthook = _log_dead_thread
    # A log that can't be written (a full disk, a closed terminal) must not stop the work.
    logging.raiseExceptions = False
    try:
        yield
    finally:
        logging.raiseExceptions, threading.excepthook = raising, thread_died
        logging.captureWarnings(False)
        root.removeHandler(handler)
        for logger, level in levels:
            logger.setLevel(level)
