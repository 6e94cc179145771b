"""Word lists written as running text, so that they can be read and extended."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def ordered(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())
