"""A server that speaks as OpenAI's does, on the loopback address, well or badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = {
    "ask": "Tuning a large model for each task is costly, so the authors ask whether small models can do it.",
    "do": "They present Shadow Tuning, which adds the difference of two small models to a large one.",
    "find": "On nine benchmarks it closes 88.4% of the gap to full tuning.",
    "relation": "Like the note on Adapting a Giant by Its Dwarf, it steers a large model with a small one.",
}
CHINESE = {
    "ask": "大模型每个任务都要微调，代价很高，作者想知道能不能只微调小模型。",
    "do": "提出 Shadow Tuning：把两个小模型的差加到大模型上。",
    "find": "在九个基准上补上了与完整微调之间 88.4% 的差距。",
    "relation": "和你记过的 Adapting a Giant by Its Dwarf 一样，用小模型来引导大模型。",
}

Answer = Callable[["Handler"], None]


def completion(content: str | None, **message: Any) -> bytes:
    """The body of an answer with a text."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}}
    usage = {"prompt_tokens": 700, "completion_tokens": 200, "total_tokens": 900}
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage}).encode()


def says(content: Any, **message: Any) -> Answer:
    """An answer with a text, or an object as JSON."""
    text = json.dumps(content, ensure_ascii=False) if isinstance(content, dict) else content
    return lambda handler: handler.send(200, completion(text, **message))


def status(code: int, **headers: str) -> Answer:
    """An error, with a body that tells secrets."""
    return lambda handler: handler.send(code, b'{"error": {"message": "the key is hunter2"}}', **headers)


def slow(seconds: float) -> Answer:
    """A good answer, too late."""

    def answer(handler: Handler) -> None:
        time.sleep(seconds)
        says(GOOD)(handler)

    return answer


def drips(handler: Handler) -> None:
    """A byte now and then, without end."""
    handler.start(200)
    while True:
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)


def endless(handler: Handler) -> None:
    """As much as fits through the line."""
    handler.start(200)
    while True:
        handler.wfile.write(b" " * 10_000)


class Handler(BaseHTTPRequestHandler):
    """Answers as the server's next answer says; the last one goes on."""

    server: LlmServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(body) | {"path": self.path})
        answers = self.server.answers
        with suppress(OSError):
            (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def start(self, code: int, **headers: str) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def send(self, code: int, body: bytes, **headers: str) -> None:
        self.start(code, **{"Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class LlmServer(ThreadingHTTPServer):
    """The server; ``answers`` are what it does next, ``asked`` is what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Answer] = [says(GOOD)]
        self.asked: list[dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"
