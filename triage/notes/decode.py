"""Bytes of a note file to text: UTF-8 that decodes is as good as certain, the rest charset-normalizer's guess."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

_WIDE = ["utf_16", "utf_16_le", "utf_16_be", "utf_32"]
_LEGACY = ["gb18030", "cp932", "cp949", "big5", "cp1252"]
_SAMPLE = 65_536
"""Bytes that a guess looks at."""
_STRAY_SHARE = 0.02
"""Up to this share of undecodable bytes, text is UTF-8 with accidents rather than another encoding."""
_SIGNATURES = (b"%PDF-", b"\x89PNG", b"PK\x03\x04", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"SQLite format 3")
_OTHER_SEPARATORS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


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
    r"""Decode a whole file; only ``\r\n`` and ``\r`` count as line ends besides ``\n``, as in editors.

    Raises BinaryFile if the bytes are a picture, an archive, a PDF or something else that is no text.
    """
    encoding = _encoding(data)
    try:
        text, stray = data.decode(encoding), 0
    except UnicodeDecodeError:
        text = data.decode(encoding, errors="replace")
        stray = text.count("\ufffd")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return Decoded(_OTHER_SEPARATORS.sub(" ", text), encoding, stray)


def _encoding(data: bytes) -> str:
    from charset_normalizer import from_bytes

    sample = data[:_SAMPLE]
    if data.startswith(_SIGNATURES):
        raise BinaryFile("the file is binary, not text")
    if b"\x00" in sample:
        wide = from_bytes(sample, cp_isolation=_WIDE).best()
        if wide is None:
            raise BinaryFile("the file has zero bytes, so it is binary, not text")
        return wide.encoding
    with suppress(UnicodeDecodeError):
        data.decode("utf-8")
        return "utf-8"
    text = sample.decode("utf-8", errors="replace")
    beyond_ascii, stray = sum(character > "\x7f" for character in text), text.count("\ufffd")
    # A legacy file has nearly no valid UTF-8 sequence beyond ASCII; a damaged UTF-8 file has many.
    if stray <= max(1, _STRAY_SHARE * len(text)) and beyond_ascii > 3 * stray:
        return "utf-8"
    best = from_bytes(sample, cp_isolation=_LEGACY).best()
    return best.encoding if best else "cp1252"
