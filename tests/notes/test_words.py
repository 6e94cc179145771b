"""The words of ``words.toml``, and that readers in each language are understood."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.notes.helpers import papers, read
from triage.notes import words
from triage.notes.addresses import is_generic_link
from triage.notes.categories import clean_category
from triage.notes.vocabulary import Holds, Says, holds, is_period, kind_of_label

DPO = "Direct Preference Optimization: Your Language Model is Secretly a Reward Model"
KINDS = [f"{group}.{name}" for group, kinds in words._listed().items() for name in kinds]


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_is_a_pattern_and_stands_once(kind: str) -> None:
    re.compile(words.any_of(kind))
    for language, some in words.of_kind(kind).items():
        assert language in ("en", "zh", "ja", "ko", "de", "fr", "es", "pt", "ru", "it", "vi")
        assert "" not in some
        assert len(set(some)) == len(some), language


@pytest.mark.parametrize(
    "heading",
    [
        "Reading list", "论文列表", "論文", "논문", "Leseliste", "Zu lesen", "Gelesen", "À lire", "Lista de lectura",
        "Lista de leitura", "Прочитано", "Список чтения", "Da leggere", "To read", "待读", "阅读列表", "読むリスト",
        "읽기 목록", "Bibliographie", "Lus", "Leídos", "Lidos", "Letti",
    ],
)  # fmt: skip
def test_a_list_of_what_was_or_will_be_read(heading: str) -> None:
    assert holds(heading) is Holds.PAPERS
    assert clean_category(heading) == ""


@pytest.mark.parametrize(
    "heading",
    [
        "References", "参考文献", "参考リンク", "참고 문헌", "Literaturverzeichnis", "Références",
        "Referencias bibliográficas", "Referências", "Список литературы", "Riferimenti bibliografici",
    ],
)  # fmt: skip
def test_a_list_of_references(heading: str) -> None:
    assert holds(heading) is Holds.ELSEWHERE


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("Link to the paper", Says.LINK),
        ("Link zum Paper", Says.LINK),
        ("Ссылка на статью", Says.LINK),
        ("Zusammenfassung", Says.DETAIL),
        ("Выводы", Says.DETAIL),
        ("Título", Says.TITLE),
        ("Autori", Says.AUTHORS),
        ("Siehe auch", Says.ELSEWHERE),
    ],
)
def test_labels(label: str, says: Says) -> None:
    assert kind_of_label(label) is says


@pytest.mark.parametrize(
    "month", ["March 2024", "März 2024", "août 2024", "março 2024", "марта 2024", "maggio 2024"]
)
def test_months(month: str) -> None:
    assert is_period(month)


@pytest.mark.parametrize(
    "text", ["link to the paper", "camera-ready", "hier", "l'article", "статья", "论文链接"]
)
def test_links_that_only_say_what_is_behind_them(text: str) -> None:
    assert is_generic_link(text)


@pytest.mark.parametrize("heading", ["Leseliste", "Прочитано", "Bibliographie", "À lire", "Zu lesen", "Literaturverzeichnis", "Список литературы"])  # fmt: skip
def test_a_file_of_one_list_is_read_whatever_its_heading(heading: str, tmp_path: Path) -> None:
    text = f"# {heading}\n\n- [{DPO}](https://arxiv.org/abs/2305.18290)\n- Attention Is All You Need, https://arxiv.org/abs/1706.03762\n"
    assert papers(read(text, tmp_path)) == [("2305.18290", DPO), ("1706.03762", "Attention Is All You Need")]
    assert clean_category(heading) == ""


def test_a_reading_list_in_german(tmp_path: Path) -> None:
    text = (
        f"# Leseliste\n\n## Gelesen\n\n- [{DPO}](https://arxiv.org/abs/2305.18290)\n\n"
        "## Literaturverzeichnis\n\n- Attention Is All You Need, https://arxiv.org/abs/1706.03762\n"
    )
    assert papers(read(text, tmp_path)) == [("2305.18290", DPO)]
