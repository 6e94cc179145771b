"""What readers call things, in their languages: ``words.toml`` as parts of regular expressions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_WITHOUT_SPACES = ("zh", "ja", "ko")
"""Languages whose words have no boundary that a regular expression sees."""


@cache
def _listed() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


@cache
def of_kind(kind: str) -> dict[str, tuple[str, ...]]:
    """The words of a kind such as ``label.title``, by language."""
    group, _, name = kind.partition(".")
    return {each: tuple(" ".join(text.split()).split(" | ")) for each, text in _listed()[group][name].items()}


def all_of(kind: str) -> tuple[str, ...]:
    """The words of a kind in every language."""
    return tuple(word for some in of_kind(kind).values() for word in some)


def any_of(*kinds: str) -> str:
    """A pattern for one of the words of some kinds, in any language."""
    return _either(word for kind in kinds for word in all_of(kind))


def within(kind: str) -> str:
    """The same, for words anywhere in a text: whole words, where the language puts spaces between them."""
    joined = [word for language in _WITHOUT_SPACES for word in of_kind(kind).get(language, ())]
    return rf"(?:\b{_either(word for word in all_of(kind) if word not in joined)}\b|{_either(joined)})"


def _either(some: Iterable[str]) -> str:
    return "(?:" + "|".join(dict.fromkeys(some)).replace(" ", r"\s*") + ")"


def words(text: str) -> frozenset[str]:
    """The words of a running text."""
    return frozenset(text.split())


def ordered(text: str) -> tuple[str, ...]:
    """The words of a running text, in order."""
    return tuple(text.split())
