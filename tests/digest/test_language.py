"""The catalogues of texts: a language is one file, and says everything."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest

from triage.digest.language import LANGUAGES, language_of

ENGLISH = "en"


def catalogue(code: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("triage.digest") / "languages" / f"{code}.toml").read_text("utf-8"))


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_the_same_texts(code: str) -> None:
    names = {table: set(texts) for table, texts in catalogue(code).items()}
    assert names == {table: set(texts) for table, texts in catalogue(ENGLISH).items()}
    flat = [name for table, texts in names.items() if table != "understood" for name in texts]
    assert len(flat) == len(set(flat))


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_fills_in_nothing_that_english_does_not(code: str) -> None:
    english = catalogue(ENGLISH)
    for table, texts in catalogue(code).items():
        for name, text in texts.items():
            if isinstance(text, str) and table != "dates":
                assert placeholders(text) <= placeholders(english[table][name]), name


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_count_has_a_form(code: str) -> None:
    language = language_of(code)
    for noun in catalogue(code)["counts"]:
        assert all("{" not in language.count(noun, number) for number in range(30))
    assert len(language.months) == 12
    assert len(language.weekdays) == 7


def test_small_counts_are_words_and_nouns_have_their_forms() -> None:
    english, chinese = language_of("en"), language_of("zh")
    assert [english.count("papers", number) for number in (0, 1, 2, 13)] == [
        "no papers",
        "one paper",
        "two papers",
        "13 papers",
    ]
    assert [chinese.count("papers", number) for number in (1, 2, 3)] == ["一篇", "两篇", "三篇"]
    assert chinese.paragraph(["上限", chinese.count("papers", 15)]) == "上限 15 篇"
