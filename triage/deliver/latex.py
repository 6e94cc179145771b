r"""Anybody's text as LaTeX that shows it and does nothing else.

arXiv's titles hold LaTeX, which is kept where it is known to be harmless: formulas and a few commands
of text, by name.  All other commands (``\input``, ``\write``) come out as the characters they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from triage.digest.escape import clean

_HARMLESS_TEXT = re.compile(
    r"\\[\"'`^~=.](?:\{\\?[A-Za-z]\}|[A-Za-z])|\\[cvuHkr]\{[A-Za-z]\}"  # accents
    r"|\\(?:emph|text(?:it|bf|tt|sc|rm|sf|superscript|subscript)|underline)(?=\{)"
    r"|\\(?:aa|AA|ae|AE|oe|OE|o|O|l|L|ss)(?![A-Za-z])(?:\{\})?|\\[&%$#_]"
)
_FORMULA = re.compile(r"(?<!\\)\$(?!\s)([^$]*[^$\s\\])\$")
_COMMAND = re.compile(r"\\([A-Za-z]+|[^A-Za-z])")
_SYMBOL = re.compile(r"(?:\\ensuremath\{)?\\([A-Za-z]+)\}?")

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
    r"""Return plain text with arXiv's LaTeX as LaTeX for a BibTeX field, on one line.

    >>> print(tex(r"100% of $\alpha_1$ \input{x} & {more"))
    100\% of $\alpha_1$ \textbackslash{}input\textbraceleft{}x\textbraceright{} \& \textbraceleft{}more
    """
    return _keep(_FORMULA, clean(text), lambda match: _is_harmless(match[1]), _as_text)


def _as_text(text: str) -> str:
    balanced = _is_balanced(text)
    escapes = _ESCAPES if balanced else _ESCAPES | _BRACES
    # A command whose argument is not one would act on what follows.
    return _keep(
        _HARMLESS_TEXT,
        text,
        lambda match: balanced or "{" not in text[match.start() : match.end() + 1],
        lambda between: between.translate(escapes),
    )


def _keep(
    pattern: re.Pattern[str],
    text: str,
    is_kept: Callable[[re.Match[str]], bool],
    escape: Callable[[str], str],
) -> str:
    """Escape a text around the matches of a pattern that are kept."""
    parts: list[str] = []
    position = 0
    for match in filter(is_kept, pattern.finditer(text)):
        parts += (escape(text[position : match.start()]), match.group())
        position = match.end()
    return "".join([*parts, escape(text[position:])])


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
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0
