"""Bytes to text, whatever the encoding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.notes.decode import BinaryFile, decode

CHINESE = "论文名称：大型语言模型的评估方法\n论文地址：https://arxiv.org/abs/2307.03109\n这篇文章提出了一种新的训练方法，效果很好。\n"
JAPANESE = "論文名：注意機構を用いた音声認識\nリンク：https://arxiv.org/abs/1506.07503\nこの論文では、新しい手法を提案する。\n"
KOREAN = "논문 제목: 대규모 언어 모델의 평가\n링크: https://arxiv.org/abs/2307.03109\n이 논문은 새로운 방법을 제안한다.\n"
FRENCH = "Résumé : le modèle apprend à généraliser, même très tôt.\nDéjà lu ; à présenter à l'équipe.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "utf-8"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "utf-16"),
        (CHINESE, "utf-32"),
        (CHINESE, "gb18030"),
        (CHINESE, "gbk"),
        (JAPANESE, "cp932"),
        (JAPANESE, "utf-16"),
        (KOREAN, "cp949"),
        (KOREAN, "euc-kr"),
        (FRENCH, "cp1252"),
        (FRENCH, "latin-1"),
        (FRENCH, "utf-8"),
    ],
)
def test_text_comes_back_from_every_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_known_by_its_zero_bytes(encoding: str) -> None:
    assert decode("Paper: Attention Is All You Need\n".encode(encoding)).text.startswith("Paper: Attention")


def test_stray_bytes_in_utf_8_are_replaced_and_counted() -> None:
    decoded = decode((CHINESE * 5).encode() + b"\xff\xfe tail")
    assert (decoded.encoding, decoded.stray) == ("utf-8", 2)
    assert decoded.text.startswith(CHINESE)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one_line(end: str) -> None:
    assert decode(f"one{end}two{end}".encode()).text == "one\ntwo\n"


def test_odd_separators_are_no_line_ends_so_that_line_numbers_agree_with_editors() -> None:
    assert decode("one\u2028two\x0cthree\n".encode()).text == "one two three\n"


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n...", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04zip", b"some\x00\x01\x02\x03bytes"]
)
def test_binary_files_are_told_from_text(data: bytes) -> None:
    with pytest.raises(BinaryFile):
        decode(data)


@given(st.binary(max_size=300))
def test_no_bytes_crash(data: bytes) -> None:
    try:
        decoded = decode(data)
    except BinaryFile:
        return
    assert "\r" not in decoded.text
