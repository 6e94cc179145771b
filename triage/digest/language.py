"""The languages of digests: one TOML catalogue each, in the folder ``languages``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache, cached_property
from gettext import c2py
from importlib.resources import files
from typing import Any

from triage.config.schema import LANGUAGES
from triage.errors import DigestError
from triage.papers import title_key

_MONDAY = 0
_BETWEEN_HAN_AND_NUMBER = re.compile(r"(?<=[\u4e00-\u9fff])(?=\d)|(?<=\d)(?=[\u4e00-\u9fff])")


class Language:
    """The texts of one language: ``language["rest_heading"]`` is a text of its catalogue.

    Parameters
    ----------
    code : str
    catalogue : dict
        The tables of its file; ``languages/en.toml`` explains them.
    """

    def __init__(self, code: str, catalogue: dict[str, dict[str, Any]]) -> None:
        grammar = catalogue.pop("grammar")
        self.code = code
        self.name: str = grammar["name"]
        self.html_language: str = grammar["html_language"]
        self.months: tuple[str, ...] = tuple(grammar["months"])
        self.weekdays: tuple[str, ...] = tuple(grammar["weekdays"])
        self._numerals: list[str] = grammar["numerals"]
        self._plural = c2py(grammar["plural"])
        self._counts: dict[str, list[str]] = catalogue.pop("counts")
        self._understood: dict[str, list[str]] = catalogue.pop("understood")
        self._texts: dict[str, str] = {
            name: text for table in catalogue.values() for name, text in table.items()
        }

    @cached_property
    def small_words(self) -> frozenset[str]:
        """The words of at most four letters in its texts: most of a language's small words."""
        words = re.findall(r"[^\W\d_]+", " ".join(self._texts.values()).casefold())
        return frozenset(word for word in words if len(word) <= 4)

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def text(self, name: str, **values: object) -> str:
        """Return a text with the names in its braces filled in."""
        return self._texts[name].format(**values)

    def number(self, count: int) -> str:
        """Return a small count as a word, a larger one in digits."""
        return self._numerals[count] if 0 <= count < len(self._numerals) else str(count)

    def count(self, noun: str, count: int) -> str:
        """Return a count with its noun in the right form."""
        return self._counts[noun][self._plural(count)].format(count=self.number(count))

    def understood(self, name: str) -> tuple[str, ...]:
        """Return the words by which a reader may say a text of the digest, its own first."""
        return self._texts[name], *self._understood[name]

    def day(self, day: date, form: str = "day") -> str:
        """Return a day as in a sentence, without its year; with it in the form ``long_day``."""
        return self.text(form, day=day.day, month=self.months[day.month - 1], year=day.year)

    def month(self, year: int, month: int) -> str:
        """Return a month with its year, as a heading."""
        return self.text("month", month=self.months[month - 1], year=year)

    def days(self, days: Sequence[date]) -> str:
        """Join days, in order, as in a sentence; three or more consecutive weekdays are a range."""
        parts: list[str] = []
        for run in _consecutive_weekdays(days):
            parts += [self._range(run[0], run[-1])] if len(run) > 2 else map(self.day, run)
        return self.list_of(parts)

    def list_of(self, items: Sequence[str]) -> str:
        """Join items as in a sentence."""
        if len(items) < 2:
            return "".join(items)
        return f"{self['comma'].join(items[:-1])}{self['last_comma']}{items[-1]}"

    def paragraph(self, sentences: Sequence[str]) -> str:
        """Join sentences; a space separates numbers from Chinese characters."""
        return _BETWEEN_HAN_AND_NUMBER.sub(" ", self["between_sentences"].join(sentences))

    def _range(self, first: date, last: date) -> str:
        name = "range_within_month" if first.month == last.month else "range"
        return self.text(name, first=self.day(first), first_day=first.day, last=self.day(last))


@cache
def language_of(code: str) -> Language:
    """Return a language by its code.

    Raises
    ------
    DigestError
        If there is no catalogue of it.
    """
    if code not in LANGUAGES:
        raise DigestError(f"no digest language {code!r}", remedy=f"Use one of: {', '.join(LANGUAGES)}.")
    catalogue = (files("triage.digest") / "languages" / f"{code}.toml").read_text("utf-8")
    return Language(code, tomllib.loads(catalogue))


def all_languages() -> tuple[Language, ...]:
    """Return every language."""
    return tuple(map(language_of, LANGUAGES))


@cache
def text_keys(name: str) -> frozenset[str]:
    """Return a text of the digest in all languages, folded by :func:`title_key`."""
    return frozenset(title_key(language[name]) for language in all_languages())


def _consecutive_weekdays(days: Sequence[date]) -> list[list[date]]:
    """Split days, in order, where a weekday between them is missing."""
    runs: list[list[date]] = []
    for day in days:
        step = 3 if day.weekday() == _MONDAY else 1
        if not runs or day - runs[-1][-1] != timedelta(days=step):
            runs.append([])
        runs[-1].append(day)
    return runs
