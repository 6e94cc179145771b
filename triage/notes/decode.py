"""Bytes of a note file to text, whatever its encoding.

The order of the guesses is what keeps them honest: a byte order mark is certain, UTF-8 that decodes
is as good as certain, and only then do legacy encodings compete.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = ("gb18030", "cp932", "cp949", "big5", "cp1252")
_SAMPLE = 65_536
"""Bytes that the guess of a legacy encoding looks at."""
_STRAY_SHARE = 0.02
"""Up to this share of undecodable bytes, text is UTF-8 with accidents rather than another encoding."""
_SIGNATURES = (b"%PDF-", b"\x89PNG", b"PK\x03\x04", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"SQLite format 3")
_OTHER_LINE_ENDS = re.compile("\r\n|\r|\x0b|\x0c|\x1c|\x1d|\x1e|\x85|\u2028|\u2029")


class BinaryFile(ValueError):
    """The bytes are no text."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with ``\\n`` line ends, and how it was read."""

    text: str
    encoding: str
    stray: int = 0
    """How many bytes could not be decoded and were replaced."""


def decode(data: bytes) -> Decoded:
    """Decode a note file.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    Decoded
        The text with line ends made ``\\n``.  Only ``\\r\\n`` and ``\\r`` count as line ends of the
        file; other separators become spaces, so that line numbers agree with those of editors.

    Raises
    ------
    BinaryFile
        If the bytes are a picture, an archive, a PDF or something else that is no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = data.decode(encoding, errors="replace")
            return Decoded(_line_ends(text), encoding, text.count("\ufffd"))
    if data.startswith(_SIGNATURES):
        raise BinaryFile("the file is binary, not text")
    if b"\x00" in data[:_SAMPLE]:
        return _without_mark(data)
    try:
        return Decoded(_line_ends(data.decode("utf-8")), "utf-8")
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", errors="replace")
    stray = text.count("\ufffd")
    beyond_ascii = sum(1 for character in text[:_SAMPLE] if character > "\x7f")
    valid = beyond_ascii - text[:_SAMPLE].count("\ufffd")
    # A legacy file has nearly no valid UTF-8 sequence beyond ASCII; a damaged UTF-8 file has many.
    if stray <= max(1, _STRAY_SHARE * len(text)) and valid > 2 * text[:_SAMPLE].count("\ufffd"):
        return Decoded(_line_ends(text), "utf-8", stray)
    encoding = _legacy_encoding(data[:_SAMPLE])
    text = data.decode(encoding, errors="replace")
    return Decoded(_line_ends(text), encoding, text.count("\ufffd"))


def _without_mark(data: bytes) -> Decoded:
    """UTF-16 without a byte order mark has zero bytes at every other place; anything else is binary."""
    sample = data[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    encoding = "utf-16-le" if odd > 0.3 * half and odd > 3 * even else ""
    encoding = encoding or ("utf-16-be" if even > 0.3 * half and even > 3 * odd else "")
    if not encoding:
        raise BinaryFile("the file has zero bytes, so it is binary, not text")
    text = data.decode(encoding, errors="replace")
    return Decoded(_line_ends(text), encoding, text.count("\ufffd"))


def _line_ends(text: str) -> str:
    return _OTHER_LINE_ENDS.sub(lambda end: "\n" if end[0] in ("\r\n", "\r") else " ", text)


def _legacy_encoding(sample: bytes) -> str:
    """Name the legacy encoding under which the sample reads most like somebody's language."""
    scored = []
    for rank, encoding in enumerate(_LEGACY):
        # A sample may end inside a character; the incremental decoder forgives that.
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        scored.append((_plausibility(decoder.decode(sample)), -rank, encoding))
    return max(scored)[2]


# The commonest characters of running text in each language, by the encoding that would carry them.
_COMMON_HAN = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可"
    "里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已"
    "论模型方法训练数据语言任务提出使用实验结果問題論文研究手法本学習用的"
)


def _plausibility(text: str) -> float:
    """How much the text looks like running text: common characters up, odd ones down."""
    score = 0.0
    beyond = 0
    for character in text:
        if character <= "\x7f":
            continue
        beyond += 1
        if "\u3040" <= character <= "\u30ff" or character in _COMMON_HAN:
            score += 1.0
        elif "\uac00" <= character <= "\ud7a3":
            score += 0.7
        elif (
            character in "，。：；！？（）、「」『』《》“”‘’—…・" or character in "éèêàâçôîïùûëäöüßñáíóúÉÀÄÖÜ"
        ):
            score += 0.8
        elif "\u4e00" <= character <= "\u9fff":
            score += 0.2
        elif character == "\ufffd" or "\ue000" <= character <= "\uf8ff" or character < "\xa0":
            score -= 3.0
        elif "\uff61" <= character <= "\uff9f":
            # Half-width katakana: what other encodings' bytes turn into under CP932.
            score -= 0.8
        else:
            score -= 0.3
    return score / beyond if beyond else 0.0
