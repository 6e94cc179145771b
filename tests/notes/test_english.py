"""The English part of a note."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage.notes.english import english_part


def test_terms_between_chinese_are_kept() -> None:
    part = english_part("通过CoT充分分析出隐含信息，通过fine-tuned SLM加速推理，最后用TextEncoder映射。")
    assert part == "CoT fine-tuned SLM TextEncoder"


def test_english_sentences_are_kept_whole() -> None:
    text = "作者说：The model learns to call tools by itself. 很有意思。"
    assert english_part(text) == "The model learns to call tools by itself."


def test_addresses_pictures_markup_and_labels_are_left_out() -> None:
    text = "- motivation: 数据少\n![img.png](image/BiLLP/img.png)\nhttps://arxiv.org/abs/2305.14314\n**LoRA** 低秩\n"
    assert english_part(text) == "LoRA"


def test_french_prose_is_not_taken_for_english() -> None:
    text = "Un réseau apprend à jouer à quarante-neuf jeux depuis les pixels, sans connaître leurs règles ni leurs buts cachés."
    assert len(english_part(text).split()) < 8


@given(st.text(max_size=300))
def test_the_result_is_ascii_and_stable(text: str) -> None:
    part = english_part(text)
    assert "\n" not in part
    assert all(character.isascii() or character in "’“”" for character in part)
