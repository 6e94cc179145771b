"""What readers and formatters do to a digest, and what is read from it then."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from tests.digest.digest_samples import QUESTIONS, content
from triage.digest.render import render
from triage.feedback.annotations import Annotations, read_annotations
from triage.papers import ArxivId, Label

ENGLISH = render(content(questions=QUESTIONS, remarks=("A weak day.",)), "en")
CHINESE = render(content(questions=QUESTIONS, remarks=("今天偏弱。",)), "zh")

SHADOW, BRIDGE, MARKUP = (ArxivId(f"2401.{n:05d}") for n in (1, 2, 3))
BASQUE, YORUBA, WELSH, TAMIL, RECIPES = (ArxivId(f"2401.{n:05d}") for n in range(4, 9))
ESTONIAN = ArxivId("2401.00009")
HUNTING = ENGLISH[ENGLISH.index("- [ ] [Hunting") : ENGLISH.index("\n\n## The rest")]
"""The near miss, with its summary."""
JOKES = ArxivId("2401.00020")

HEADING = {SHADOW: "## [Shadow", BRIDGE: "## [A Bridge", MARKUP: "## [Markup"}

NOW = datetime(2024, 1, 18, tzinfo=UTC)

Edit = Callable[[str], str]


def read(text: str, machine: str = ENGLISH) -> Annotations:
    return read_annotations(text, machine_text=machine, file="2024-01-17-insights.md", now=NOW)


def statements(annotations: Annotations) -> list[tuple[object, ...]]:
    """What the labels say, without where."""
    return [_statement(label) for label in annotations.labels]


def line_of(label: Label) -> int:
    return int(label.where.rpartition(":")[2])


def _statement(label: Label) -> tuple[object, ...]:
    values = (label.relevant, label.read, label.categories, label.remark or None)
    (value,) = (value for value in values if value is not None)
    kind = "read" if label.read is not None else "relevant" if label.relevant is not None else ""
    return (label.paper, kind, value) if kind else (label.paper, value)


def replace(old: str, new: str, count: int = 1) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, count)

    return edit


def regex(pattern: str, new: str, count: int = 0) -> Edit:
    def edit(text: str) -> str:
        changed, times = re.subn(pattern, new, text, count=count, flags=re.M)
        assert times
        return changed

    return edit


def both(*edits: Edit) -> Edit:
    def edit(text: str) -> str:
        for one in edits:
            text = one(text)
        return text

    return edit


def line_with(text: str, words: str) -> str:
    return next(line for line in text.splitlines() if words in line)


def section(text: str, paper: ArxivId) -> str:
    start = text.index(HEADING[paper])
    return text[start : text.index("\n## ", start) + 1]


def inside(paper: ArxivId, edit: Edit) -> Edit:
    """Edit the section of one pick."""

    def whole(text: str) -> str:
        old = section(text, paper)
        return text.replace(old, edit(old))

    return whole


def tick(paper: ArxivId, word: str, box: str = "[x]") -> Edit:
    return inside(paper, replace(f"- [ ] {word}\n", f"- {box} {word}\n"))


def move(words: str, before: str) -> Edit:
    """Cut a line and paste it above another."""

    def edit(text: str) -> str:
        line = line_with(text, words)
        text = text.replace(line + "\n", "")
        return text.replace(before, f"{line}\n\n{before}", 1)

    return edit


def delete_section(paper: ArxivId) -> Edit:
    return lambda text: text.replace(section(text, paper), "")


def delete_from(words: str) -> Edit:
    return lambda text: text[: text.index(words)]


def wrapped(width: int) -> Edit:
    """Wrap paragraphs and list items as prettier's ``proseWrap: always`` does."""

    def wrap(line: str) -> str:
        if len(line) <= width or line.startswith(("#", "<")):
            return line
        indent = "> " if line.startswith("> ") else "  " if line.startswith("- ") else ""
        lines, current = [], ""
        for word in line.split(" "):
            if current and len(current) + 1 + len(word) > width:
                lines.append(current)
                current = indent + word
            else:
                current = f"{current} {word}" if current else word
        return "\n".join([*lines, current])

    return lambda text: "\n".join(map(wrap, text.split("\n")))
