"""Summaries of picks and near misses by a language model behind any OpenAI-compatible address; an option.

Each paper is one request; the answer is kept by the paper's version, the model and the prompt, so that a
rerun makes the same digest without a request.  Whatever goes wrong, the sentences of the abstract are
shown, and the digest says so: a run never fails because of it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError

from triage.context import Context
from triage.digest.escape import clean
from triage.digest.language import language_of
from triage.digest.llm_answer import Problem, Summary, Unusable, gives_orders, read_answer
from triage.digest.summary import summary
from triage.errors import FileError
from triage.papers import ArxivId, Pick
from triage.store.files import read_text, write_file
from triage.text.unicode import plain

if TYPE_CHECKING:
    from openai import OpenAI

WAITS = (2.0, 10.0)  # seconds before the second and the third try
MOST_SECONDS = 300.0  # for all papers of a digest
_LARGEST = 100_000
"""Bytes of an answer that are read."""
_AGAIN = (None, 408, 409, 429)
"""Statuses after which another try may help; none is a connection that failed."""
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class LlmUse:
    """What was asked of the model on a day (in the reader's time zone); a record of the store."""

    KEY: ClassVar[str] = "llm use"

    day: date
    calls: int = 0
    """Tries among them."""
    tokens: int = 0
    """Of prompts and answers; estimated where the server does not count."""
    problem: str = ""
    """Why the last summary that failed did."""


def use_of_today(context: Context) -> LlmUse:
    """Return what was asked today."""
    today = context.clock.now().astimezone(context.config.zone).date()
    with context.store.reading() as tx:
        known = tx.records.get(LlmUse)
    return known if known and known.day == today else LlmUse(today)


def written_summaries(
    context: Context, picks: Iterable[Pick], *, online: bool | None
) -> dict[ArxivId, Summary]:
    """Return what a model wrote of papers, or why it did not; empty when none is set up.

    Offline, only a model on this machine is asked; what is known is shown.  With None, no model is asked.
    """
    settings = context.config.llm
    if not settings.model:
        return {}
    asks = online is not None and settings.calls > 0
    asks = asks and (online or urlsplit(settings.base_url).hostname in _HERE)
    writer, found = _Writer(context), {}
    for pick in picks:
        prompt, notes = writer.prompt(pick)
        asked = f"{pick.scored.paper.id}v{pick.scored.paper.version}\0{settings.model}\0{prompt}"
        name = sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        with context.store.reading() as tx:
            known = tx.records.get(Summary, name)
        if known:
            found[pick.scored.paper.id] = known
        elif asks:
            found[pick.scored.paper.id] = writer.write(pick, prompt, notes, name)
    if failed := sorted({one.problem.name.lower() for one in found.values() if one.problem}):
        context.warn(
            f"some summaries are sentences of the abstract, as {settings.model} gave none that can be shown "
            f"({', '.join(failed)}; 'triage status' says more)"
        )
    return found


class _Writer:
    """Asks for one summary after the other; after a failure of the server it asks no more."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._texts = language_of(context.config.digest.language)
        self._template = _template(context)
        self._client: OpenAI | None = None
        self._is_down = False
        self._began = time.monotonic()

    def prompt(self, pick: Pick) -> tuple[str, list[str]]:
        """Return what is asked about a paper, and the titles of the notes near to it."""
        paper = pick.scored.paper
        notes = [clean(plain(one.title)) for one in pick.scored.explanation.nearest_notes]
        data = {"title": clean(plain(paper.title)), "abstract": clean(plain(paper.abstract)), "notes": notes}
        text = self._template.replace("{language}", self._texts.name)
        return text.replace("{paper}", json.dumps(data, ensure_ascii=False, indent=1)), notes

    def write(self, pick: Pick, prompt: str, notes: list[str], name: str) -> Summary:
        """Ask about a paper; keep the answer if it can be shown."""
        paper = pick.scored.paper
        try:
            if gives_orders(paper):
                raise Unusable(Problem.ORDERS, f"arXiv:{paper.id} gives orders to language models")
            answer = read_answer(self._ask(prompt), paper, notes, self._texts)
        except Unusable as error:
            if str(error):  # else it was told with an earlier paper
                self._count(problem=f"arXiv:{paper.id}: {error}")
            return Summary((summary(paper.abstract),), problem=error.problem)
        written = replace(answer, model=self._context.config.llm.model)
        with self._context.store.transaction() as tx:
            tx.records.put(written, name)
        return written

    def _ask(self, prompt: str) -> str:
        """Return the model's answer, after three tries at most."""
        for wait in (*WAITS, None):
            if self._is_down or time.monotonic() - self._began > MOST_SECONDS:
                raise Unusable(Problem.UNREACHABLE, "")
            self._count_call(prompt)
            try:
                return self._request(prompt)
            except Unusable:
                raise
            except Exception as error:  # of the client's libraries, whatever the server does
                status = getattr(error, "status_code", None)
                if wait is None or not (status in _AGAIN or status >= 500):
                    self._is_down = True
                    # What a server says may be hostile, and may hold the key: its class is enough.
                    why = f"{type(error).__name__} {status or ''}".strip()
                    raise Unusable(Problem.UNREACHABLE, why) from error
                self._context.clock.sleep(wait)
        raise AssertionError  # the last try returns or raises

    def _request(self, prompt: str) -> str:
        settings = self._context.config.llm
        ends, body = time.monotonic() + settings.seconds, b""
        asked = self._opened().chat.completions.with_streaming_response.create(
            model=settings.model, messages=[{"role": "user", "content": prompt}]
        )
        with asked as response:
            # A server may send a byte a second, or without end.
            for part in response.iter_bytes():
                body += part
                if len(body) > _LARGEST:
                    raise Unusable(Problem.UNUSABLE, "the answer has no end")
                if time.monotonic() > ends:
                    raise TimeoutError
        try:
            completion = _Completion.model_validate_json(body)
        except ValidationError as error:
            raise Unusable(Problem.UNUSABLE, "the server's answer is no chat completion") from error
        message, usage = completion.choices[0].message, completion.usage
        content = message.content or ""
        counted = usage.total_tokens - _tokens(prompt) if usage else _tokens(content)
        self._count(tokens=max(0, counted))
        if message.refusal:
            raise Unusable(Problem.REFUSED, "the model refused")
        return content

    def _opened(self) -> OpenAI:
        if self._client is None:
            settings = self._context.config.llm
            try:
                import openai

                self._client = openai.OpenAI(
                    base_url=settings.base_url or None,
                    # Servers of one's own want none, the client does.
                    api_key=settings.api_key.get_secret_value() or ("none" if settings.base_url else None),
                    timeout=settings.seconds,
                    max_retries=0,
                    http_client=openai.DefaultHttpxClient(follow_redirects=False),
                )
            except Exception as error:
                self._is_down = True
                why = "pip install openai" if isinstance(error, ImportError) else str(error)
                raise Unusable(Problem.UNREACHABLE, why) from error
        return self._client

    def _count_call(self, prompt: str) -> None:
        """Count a call before it is made, so that a run that is killed has counted it."""
        settings, use = self._context.config.llm, use_of_today(self._context)
        if use.calls >= settings.calls or use.tokens + _tokens(prompt) > settings.tokens:
            raise Unusable(Problem.LIMIT, "the day's limit of calls or tokens is reached")
        self._count(calls=1, tokens=_tokens(prompt))

    def _count(self, *, calls: int = 0, tokens: int = 0, problem: str = "") -> None:
        use = use_of_today(self._context)
        counts = LlmUse(use.day, use.calls + calls, use.tokens + tokens, problem or use.problem)
        with self._context.store.transaction() as tx:
            tx.records.put(counts)


def _tokens(text: str) -> int:
    return len(text) // 3


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Usage(BaseModel):
    total_tokens: int = Field(ge=0, le=10**9)


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


def _template(context: Context) -> str:
    """Return the prompt; one of the reader's that is not there yet is made, for them to edit."""
    default = (files("triage.digest") / "prompts" / "summary.txt").read_text("utf-8")
    if not context.config.llm.prompt:
        return default
    own = context.config.path(context.config.llm.prompt)
    try:
        text = read_text(own)
        if text is None:
            write_file(own, default)
    except FileError as error:
        context.warn(f"llm.prompt: {error.message}; triage's own prompt is used")
        return default
    return text or default
