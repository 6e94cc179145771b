r"""Anybody's text as LaTeX that shows it and does nothing else.

Formulas are kept where all of their commands are known to be harmless.  Text is Unicode; what is left of
commands (``\input``, ``\write``) comes out as the characters they are.
"""

from __future__ import annotations

import re
from functools import cache

from triage.digest.escape import clean
from triage.text.formulas import is_balanced, split
from triage.text.unicode import letters

_COMMAND = re.compile(r"\\([A-Za-z]+|[^A-Za-z])")
_SYMBOL = re.compile(r"(?:\\ensuremath\{)?\\([A-Za-z]+)\}?")

_FORMULA = "\ue000"
"""Stands for a formula, so that a word around one is seen whole."""
_WORD = re.compile(rf"[\w'’{_FORMULA}]*{_FORMULA}[\w'’{_FORMULA}]*|[^\W\d_][\w'’]*")
_SMALL_WORD = re.compile(
    "about|above|across|after|among|beyond|between|their|through|towards|under|using|within|without"
)
_MID_SENTENCE = re.compile(r"(?<=[\w,;)] )[A-Z][\w'’]*")
_KEPT = re.compile(r"\w+[A-Z]|[A-Z]\d|[B-Z]\Z")

_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "&%$#_"},
    }
)
# As commands, because BibTeX counts a brace with a backslash like any other.
_BRACES = str.maketrans({"{": r"\textbraceleft{}", "}": r"\textbraceright{}"})

_MATH_STRUCTURE = """
    , ; : ! { } | _
    sqrt frac dfrac tfrac binom lim sup inf max min arg log ln exp sin cos tan det dim ker deg gcd Pr bmod pmod
    operatorname imath jmath Re Im le ge ne to gets emptyset neg bot ast div setminus surd lVert rVert backslash
    ldots dots prime models rightarrow leftarrow uparrow downarrow oint
    mathbb mathbf mathcal mathfrak mathit mathrm mathsf mathtt mathscr boldsymbol pmb bm text textit textbf
    textrm textsf texttt rm bf it sf tt cal hat widehat tilde widetilde bar overline underline vec dot ddot
    acute grave breve check overbrace underbrace overset underset stackrel left right big Big bigg Bigg quad
    qquad
"""
"""Commands of formulas besides the symbols that pylatexenc knows."""


def tex(text: str) -> str:
    r"""Return a text as LaTeX for a BibTeX field, on one line.

    >>> print(tex(r"100% of $\alpha_1$ \input x & {more"))
    100\% of $\alpha_1$ \textbackslash{}input x \& \textbraceleft{}more
    """
    return "".join(
        f"${part}$"
        if is_formula and _is_harmless(part)
        else as_characters(f"${part}$" if is_formula else part)
        for part, is_formula in split(clean(letters(clean(text))))
    )


def tex_title(title: str, abstract: str = "") -> str:
    r"""Return a title as `tex` does, with braces around what no style may put in lower case.

    These are formulas, acronyms, and names: words that the abstract, too, has with a capital in a
    sentence, or that a title in lower case has.

    >>> print(tex_title("Andreev states of $H_2$ in ATLAS", "We see Andreev states."))
    {Andreev} states of {$H_2$} in {ATLAS}
    """
    parts = split(clean(letters(clean(title.replace(_FORMULA, "")))))
    formulas = (tex(f"${part}$") for part, is_formula in parts if is_formula)
    text = "".join(_FORMULA if is_formula else part for part, is_formula in parts).replace(r"\$", "$")
    words = _WORD.findall(text)
    long = [word for word in words if len(word) > 4 and not _SMALL_WORD.fullmatch(word.lower())]
    small = sum(word[0].islower() for word in long)
    names = set(_MID_SENTENCE.findall(letters(abstract)))
    names |= set(words[1:]) if small and 3 * small >= len(long) else set()
    names -= {word.capitalize() for word in _WORD.findall(letters(abstract)) if word.islower()}
    written = []
    for at, piece in enumerate(re.split(f"({_WORD.pattern})", text)):
        kept = at % 2 and (_FORMULA in piece or (piece in names and piece[0].isupper()) or _KEPT.match(piece))
        shown = piece.translate(_escapes(text))
        shown = re.sub(_FORMULA, lambda _: next(formulas), shown)
        written.append(f"{{{shown}}}" if kept else shown)
    return "".join(written)


def as_characters(text: str) -> str:
    """Return a text as LaTeX that shows exactly its characters."""
    return text.replace(r"\$", "$").translate(_escapes(text))


def _escapes(text: str) -> dict[int, str]:
    return _ESCAPES if _is_balanced(text) else _ESCAPES | _BRACES


def _is_harmless(formula: str) -> bool:
    return (
        _is_balanced(formula)
        and not re.search(r"[%#&~]", formula)
        and _math_commands().issuperset(_COMMAND.findall(formula))
    )


@cache
def _math_commands() -> frozenset[str]:
    from pylatexenc.latexencode import get_builtin_uni2latex_dict

    symbols = map(_SYMBOL.fullmatch, get_builtin_uni2latex_dict().values())
    return frozenset({" ", *_MATH_STRUCTURE.split(), *(symbol[1] for symbol in symbols if symbol)})


def _is_balanced(text: str) -> bool:
    # To BibTeX a brace with a backslash counts like any other.
    return is_balanced(text.replace("\\", ""))
