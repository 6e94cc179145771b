r"""A text without LaTeX: accents and commands of text as letters, formulas as Unicode, words folded."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from functools import lru_cache

from triage.text.formulas import show, split, symbol

_LETTERS = r"aa|AA|ae|AE|oe|OE|ss|o|O|l|L|i|j|dh|DH|dj|DJ|th|TH|ng|NG"
_LETTER = re.compile(
    r"\{(\\(?:[\"'`^~=.]|[cvuHkrdbt](?=[\s{\\]))\s*(?:\{\\?[A-Za-z]\}|\\?[A-Za-z](?![A-Za-z]*\{)))\}"
    r"|(\\[\"'`^~=.]\s?(?:\{\s*(?:\\[ij]|[A-Za-z])\s*\}|\\[ij](?![A-Za-z])|[A-Za-z]))"
    r"|(\\[cvuHkrdbt](?:\{\s*(?:\\[ij]|[A-Za-z])\s*\}|\s[A-Za-z](?![A-Za-z]{2}\s)))"
    rf"|\{{\s*(\\(?:{_LETTERS}))\s*\}}|(\\(?:{_LETTERS})(?![A-Za-z]))(?:\{{\}}|\s)?"
)
_STYLED = re.compile(
    r"\\(?:[Ss][Ii]|qty)\s*\{([^{}]*)\}\s*\{([^{}]*)\}|\\[A-Za-z]+\*?\s?\{([^{}]+)\}"
    r"|\{\s*\\(?:it|em|bf|tt|rm|sc|sl|sf|itshape|bfseries)\b\s*([^{}]*)\}"
)
_LATEX = re.compile(r"[\\~]|--|``|[_^]\{")
_SYMBOL = re.compile(r"\\([A-Za-z]{2,})(?![A-Za-z])(?:\{\})?")
_NESTED = 4
_SIGN = re.compile(
    r"(?<!\\)\\([%&#_])|(?<=[\w.,;:)\]])~(?=[\w(\[\\$])|(?<=\w)---?(?=\w)|``([^`']{1,300})''|(?<!\\)\\([ ,/])"
)
_BARE_SCRIPT = re.compile(r"(?<![\\_^])[_^]\{[^{}\\]{1,30}\}")
_AFTER_FORMULA = re.compile(r"^~")
_DELIMITED = re.compile(r"\\\(((?:[^\\$]|\\[^()$])*)\\\)|\\\[((?:[^\\$]|\\[^\[\]$])*)\\\]")
_ESCAPED_DOLLARS = re.compile(r"\\?\$([^$\\]{0,60}[\\^_][^$]{0,60})\\\$")
_UNICODE = re.compile(r"\$\\unicode\{x([0-9A-Fa-f]{2,5})\}\$|\\unicode\{x([0-9A-Fa-f]{2,5})\}")
_COMMAND = re.compile(r"\\([A-Za-z]+|\$)\s?")
_MARKS = re.compile("[\u0300-\u036f]")
_FOLDED = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}
    | {"ß": "ss", "ı": "i", "ȷ": "j", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ħ": "h"}
)


def letters(text: str) -> str:
    r"""Return a text with the accents and commands of text as Unicode; formulas stay, between dollars.

    >>> letters(r"Gr\"obner, Garc\'ia at 95\%, \textit{Planck}, \(x\), 5~GeV")
    'Gröbner, García at 95%, Planck, $x$, 5 GeV'
    """
    if not _LATEX.search(text):
        return text
    text = _ESCAPED_DOLLARS.sub(r"$\1$", _UNICODE.sub(_character, text))
    text = _DELIMITED.sub(lambda found: f"${(found[1] or found[2] or '').strip()}$", text)
    parts = split(text)
    return "".join(
        f"${part}$" if is_formula else _unstyled(_AFTER_FORMULA.sub(" ", part) if at else part)
        for at, (part, is_formula) in enumerate(parts)
    )


def _unstyled(text: str) -> str:
    text = _LETTER.sub(lambda found: _letter(found.group(found.lastindex or 0)), text)
    for _ in range(_NESTED):
        before, text = text, _STYLED.sub(lambda found: " ".join(filter(None, found.groups())), text)
        if text == before:
            break
    text = _SYMBOL.sub(lambda found: symbol(found[1]) or found.group(), text)
    return _SIGN.sub(_sign, _BARE_SCRIPT.sub(lambda found: show(found.group()), text))


def _character(found: re.Match[str]) -> str:
    character = chr(int(found[1] or found[2], 16))
    return character if character.isprintable() else ""


def _sign(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    if found[2]:
        return f"“{found[2]}”"
    return {"--": "–", "---": "—"}.get(found.group(), " ")


@lru_cache(maxsize=1024)
def _letter(command: str) -> str:
    from pylatexenc.latex2text import LatexNodes2Text  # type: ignore[import-untyped,unused-ignore]

    with suppress(Exception):  # what pylatexenc can't read stays as it is
        return unicodedata.normalize("NFC", str(LatexNodes2Text().latex_to_text(command)).strip()) or command
    return command


def plain(text: str) -> str:
    r"""Return a text without LaTeX, for where no formulas are set: ``$`` is money then, and nothing else.

    >>> plain(r"$\alpha$-decay of CeRh$_{2}$As$_{2}$ \foo")
    'α-decay of CeRh₂As₂ foo'
    """
    if "$" not in text and "\\" not in text:
        return letters(text)
    return "".join(
        show(part) if is_formula else _COMMAND.sub(r"\1", part) for part, is_formula in split(letters(text))
    )


def fold(text: str) -> str:
    r"""Return a text in lower case and without accents, the same however they are written.

    >>> fold("Moiré") == fold("Moire\u0301") == fold("moire")
    True
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.translate(_FOLDED))
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed)).lower()
