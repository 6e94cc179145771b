r"""Anybody's text as LaTeX that shows it and does nothing else.

arXiv's titles hold LaTeX, which is kept where it is known to be harmless: formulas and a few commands
of text, by name.  All other commands (``\input``, ``\write``) come out as the characters they are.
"""

from __future__ import annotations

import re

from triage.digest.escape import clean

_ACCENT = r"\\[\"'`^~=.](?:\{\\?[A-Za-z]\}|[A-Za-z])|\\[cvuHkr]\{[A-Za-z]\}"
_STYLE = r"\\(?:emph|text(?:it|bf|tt|sc|rm|sf|superscript|subscript)|underline)(?=\{)"
_LETTER = r"\\(?:aa|AA|ae|AE|oe|OE|o|O|l|L|ss)(?![A-Za-z])(?:\{\})?"
_KNOWN = re.compile(rf"{_ACCENT}|{_STYLE}|{_LETTER}|\\[&%$#_]")
_FORMULA = re.compile(r"(?<!\\)\$(?!\s)([^$]*[^$\s\\])\$")

_PLAIN = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}
# As commands, because BibTeX counts a brace with a backslash like any other.
_BRACES = {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}

_MATH_COMMAND = re.compile(r"\\(?:([A-Za-z]+)|([^A-Za-z]))")
_MATH_SIGNS = frozenset(",;:!{}|_ ")
_MATH_COMMANDS = frozenset(
    """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho
    varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon
    Phi Psi Omega aleph hbar ell imath jmath Re Im partial nabla infty emptyset forall exists neg top bot
    sqrt frac dfrac tfrac binom sum prod int oint lim sup inf max min arg log ln exp sin cos tan det dim ker
    deg gcd Pr bmod pmod operatorname
    times cdot div pm mp ast star circ bullet oplus otimes odot cap cup wedge vee setminus sharp flat natural
    surd langle rangle lfloor rfloor lceil rceil lVert rVert Vert vert backslash ldots cdots dots vdots prime
    le leq ge geq ne neq ll gg sim simeq approx equiv cong propto prec succ preceq succeq subset supset
    subseteq supseteq in ni notin not mid parallel perp vdash models
    to gets rightarrow leftarrow Rightarrow Leftarrow leftrightarrow Leftrightarrow mapsto longrightarrow
    uparrow downarrow hookrightarrow rightsquigarrow
    mathbb mathbf mathcal mathfrak mathit mathrm mathsf mathtt mathscr boldsymbol pmb bm text textit textbf
    textrm textsf texttt rm bf it sf tt cal hat widehat tilde widetilde bar overline underline vec dot ddot
    acute grave breve check overbrace underbrace overset underset stackrel left right big Big bigg Bigg quad
    qquad
    """.split()  # noqa: SIM905 -- two hundred quoted words would be harder to read
)


def tex(text: str) -> str:
    r"""Return plain text with arXiv's LaTeX as LaTeX for a BibTeX field, on one line.

    >>> print(tex(r"100% of $\alpha_1$ \input{x} & {more"))
    100\% of $\alpha_1$ \textbackslash{}input\textbraceleft{}x\textbraceright{} \& \textbraceleft{}more
    """
    text = clean(text)
    parts: list[str] = []
    position = 0
    for match in _FORMULA.finditer(text):
        if not _is_harmless(match.group(1)):
            continue
        parts += (_as_text(text[position : match.start()]), match.group())
        position = match.end()
    return "".join([*parts, _as_text(text[position:])])


def _as_text(text: str) -> str:
    braces = {} if _is_balanced(text) else _BRACES
    parts: list[str] = []
    position = 0
    for match in _KNOWN.finditer(text):
        # A command whose argument is not one would act on what follows.
        if braces and "{" in text[match.start() : match.end() + 1]:
            continue
        parts += (_escaped(text[position : match.start()], braces), match.group())
        position = match.end()
    return "".join([*parts, _escaped(text[position:], braces)])


def _escaped(text: str, braces: dict[str, str]) -> str:
    return "".join(_PLAIN.get(character) or braces.get(character, character) for character in text)


def _is_harmless(formula: str) -> bool:
    if not _is_balanced(formula) or re.search(r"[%#&~]", formula):
        return False
    return all(
        (name in _MATH_COMMANDS) if name else (sign in _MATH_SIGNS)
        for name, sign in _MATH_COMMAND.findall(formula)
    )


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0
