r"""Where the formulas of a text are, and what they become: Unicode, HTML, math that Markdown leaves alone.

Texts are anybody's: a lone ``$`` is money, ``%`` is no comment, and nothing here fails or takes more
than linear time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

Form = Literal["unicode", "html"]

_DOLLARS = re.compile(r"(?<!\\)(\$\$?)((?:[^$\\]|\\.)+)\1")
_MATH_SIGN = re.compile(r"[\\^_=<>{}]")
_TWO_WORDS = re.compile(r"[A-Za-z]{2,} +[A-Za-z]{2,}")
_MONEY = re.compile(r"\d[\d.,]*(?:[kKMB]\b|\+)?[ ,;)/-]+[a-z]{2,}\b")
_LONGEST, _DEEPEST = 2_000, 20
_TAG = re.compile(r"</?su[bp]>")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


class Part(NamedTuple):
    """A stretch of a text; a formula is without its dollars."""

    text: str
    is_formula: bool


def split(text: str) -> list[Part]:
    r"""Split a text into formulas and what stands between them.

    >>> [part.text for part in split(r"From $5 to $10 in CeRh$_{2}$") if part.is_formula]
    ['_{2}']
    """
    parts: list[Part] = []
    start = position = 0
    while found := _DOLLARS.search(text, position):
        following = text[found.end() : found.end() + 1]
        if not is_formula(found[2], following):
            position = found.start() + len(found[1])
            continue
        if found.start() > start:
            parts.append(Part(text[start : found.start()], False))
        if parts and parts[-1].is_formula:  # two dollars between them would be a display's
            parts.append(Part(f"{parts.pop().text} {found[2].strip()}", True))
        else:
            parts.append(Part(found[2].strip(), True))
        start = position = found.end()
    if start < len(text):
        parts.append(Part(text[start:], False))
    return parts


def is_formula(content: str, following: str = "") -> bool:
    """Whether what stands between two dollars is a formula, and not money."""
    formula = content.strip()
    if not formula:
        return False
    if "\\" in formula:
        return True
    if _MONEY.match(formula):
        return False
    if _MATH_SIGN.search(formula):
        return True
    money = content[-1] == " " and (following.isdigit() or content[0] != " ")
    return not money and len(formula) <= 200 and not _TWO_WORDS.search(formula)


# --- Markdown -----------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"\\sqrt\s*\[[^\[\]\\$|<>*`&]*\](?=\s*\{)|\\[A-Za-z]+\*?|\\.|\{(?=\{)|=(?==)|_ ?|.", re.DOTALL
)
_REPLACED = {
    "*": r"\ast",
    "|": r"\vert",
    "<": r"\lt",
    ">": r"\gt",
    "[": r"\lbrack",
    "]": r"\rbrack",
    "`": r"\lq",
    "~": r"\space",
    "&": "&",
    "_": "_",
    "_ ": "_",
    "{": "{",
    "=": "=",
    r"\ ": r"\space",
    r"\,": r"\thinspace",
    r"\{": r"\lbrace",
    r"\}": r"\rbrace",
    r"\|": r"\Vert",
    r"\;": r"\thickspace",
    r"\:": r"\medspace",
    r"\>": r"\medspace",
    r"\!": r"\negthinspace",
    r"\\": r"\newline",
    r"\/": "",
    r"\-": "",
    r"\*": "",
    r"\(": "",
    r"\)": "",
    r"\ensuremath": "",
    r"\operatorname*": r"\operatorname",
    r"\hspace*": r"\hspace",
}
_MERE_NUMBER = re.compile(r"[\d.,+-]*")


def for_markdown(formula: str) -> str | None:
    r"""Return a formula, without dollars, so that neither Markdown nor a template engine acts on it.

    KaTeX and MathJax show it as they would have shown the original.  None if it can't be written so.

    >>> for_markdown(r"_{2}"), for_markdown(r"\{a|b\}")
    ('_ {2}', '\\lbrace a\\vert b\\rbrace')
    """
    if not is_balanced(formula):
        return None
    pieces: list[str] = []
    for token in _TOKEN.findall(formula):
        if token in ("{", "=") and pieces and pieces[-1].rstrip() == token:
            pieces.append(" ")
        if token in _REPLACED and (token not in ("{", "=") or len(token) > 1):
            new = _REPLACED[token]
            new = r"\cr" if new == r"\newline" and r"\begin" in formula else new
            pieces.append(f"{new} " if new else "")
        elif token in ("%", "#", "$") or (token[0] == "\\" and not token[1:2].isalpha()):
            return None
        elif token[0] == "\\" and token.endswith("*"):
            pieces.append(f"{token[:-1]}\\ast ")
        else:
            pieces.append(token)
    written = " ".join("".join(pieces).split())
    return None if written.endswith(("_", "^")) else written


PERCENT = re.compile(r"\\?%")
"""A sign of a formula that Markdown makes a comment of."""


def is_balanced(text: str) -> bool:
    """Whether braces close in the order in which they open."""
    depth = 0
    for brace in re.findall(r"\\.|[{}]", text, re.DOTALL):
        depth += (brace == "{") - (brace == "}")
        if depth < 0:
            return False
    return depth == 0


# --- Unicode and HTML ---------------------------------------------------------------------------

_SUPERSCRIPTS = dict(
    zip("0123456789+-−=()niabcdefghjklmoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True)
) | {"′": "′", "'": "′", "∘": "°", "∗": "*", "*": "*", "†": "†", "⋆": "⋆"}
_SUBSCRIPTS = dict(
    zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)
_SILENT = """
    big Big bigg Bigg bigl bigr Bigl Bigr middle rm bf it sf tt cal mathop mathrel mathbin operatorname ensuremath
"""
_SYMBOLS = {
    **{sign: sign for sign in "%$#&_{}"},
    "lt": "<",
    "gt": ">",
    "lbrack": "[",
    "rbrack": "]",
    "lbrace": "{",
    "rbrace": "}",
    "vert": "|",
    "Vert": "‖",
    "thinspace": " ",
    "thickspace": " ",
    "medspace": " ",
    "negthinspace": "",
    "space": " ",
    "lq": "‘",
    "rq": "’",
    "cr": "; ",
    "newline": " ",
    "\\": " ",
    "degree": "°",
    "imath": "ı",
    "jmath": "ȷ",
    "implies": "⇒",
    "iff": "⇔",
    "bmod": " mod ",
    "lsim": "≲",
    "gsim": "≳",
    "la": "≲",
    "ga": "≳",
    "ast": "∗",
    "prime": "′",
    "slash": "/",
    "quad": " ",
    "qquad": " ",
    "limits": "",
    "nolimits": "",
    "displaystyle": "",
    "left": "",
    "right": "",
    **dict.fromkeys(_SILENT.split(), ""),
}
_BRACKETS = {"ket": ("|", "⟩"), "bra": ("⟨", "|"), "braket": ("⟨", "⟩")}
_ACCENTS = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "bar": "\u0304",
    "vec": "\u20d7",
    "overline": "\u0305",
    "dot": "\u0307",
    "ddot": "\u0308",
    "acute": "\u0301",
    "grave": "\u0300",
    "check": "\u030c",
}


def show(formula: str, form: Form = "unicode") -> str:
    r"""Return a formula, without dollars, as Unicode, or as HTML with sub- and superscripts.

    >>> show(r"\mathrm{H}_{2}\to 10^{-3}"), show("T_{max}"), show("T_{max}", "html")
    ('H₂→10⁻³', 'Tₘₐₓ', 'T<sub>max</sub>')
    """
    return _shown(formula[:_LONGEST], form)


@lru_cache(maxsize=8192)
def _shown(formula: str, form: Form) -> str:
    source = re.sub(r"(?<!\\)%", r"\%", formula).replace(r"\operatorname*", r"\operatorname")
    depth = deepest = 0
    for character in source:
        depth += (character in "{[") - (character in "}]")
        deepest = max(deepest, depth)
    shown = None
    if deepest <= _DEEPEST and source.count("\\begin") <= _DEEPEST and source.count("\\left") <= _DEEPEST:
        shown = _parsed(source, form)
    if shown is None:
        bare = re.sub(r"\\[A-Za-z]+\s*|[\\{}$]|(?<=[_^])\s+", "", source)
        shown = escape(bare, quote=False) if form == "html" else bare
    return " ".join(shown.split())


def _parsed(source: str, form: Form) -> str | None:
    from pylatexenc.latexwalker import LatexWalker

    try:
        nodes, _, _ = LatexWalker(source, latex_context=_context(), tolerant_parsing=True).get_latex_nodes()
        return _Writer(form).write(nodes or ())
    except Exception:  # hostile text: whatever a parser of others stumbles over
        return None


@cache
def _context() -> object:
    from pylatexenc.latexwalker import get_default_latex_context_db

    return get_default_latex_context_db()


@cache
def _letters() -> LatexNodes2Text:
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="text", keep_comments=True, strict_latex_spaces=False)


class _Writer:
    """Writes pylatexenc's nodes."""

    def __init__(self, form: Form) -> None:
        self._form = form

    def write(self, nodes: Iterable[object]) -> str:
        written: list[str] = []
        script = ""
        for piece in self._pieces(nodes):
            if piece in ("_", "^"):
                script = piece
            elif script and not piece.isspace():
                written.append(self._script(script, piece))
                script = ""
            elif not script:
                written.append(piece)
        return "".join(written)

    def _pieces(self, nodes: Iterable[object]) -> Iterable[str]:
        """Yield what a script may hang on: characters, groups, commands with their arguments."""
        for node in nodes:
            name = getattr(node, "macroname", None)
            if node is None or type(node).__name__ == "LatexCommentNode":
                continue
            if hasattr(node, "chars"):
                for character in node.chars:
                    yield character if character in "_^" else self._leaf(character.replace("~", " "))
            elif name is not None:
                yield self._command(str(name), self._arguments(node), node)
            elif hasattr(node, "nodelist"):
                yield self.write(node.nodelist or ())
            else:
                yield self._leaf(str(_letters().node_to_text(node)))

    def _arguments(self, node: object) -> list[object]:
        given = getattr(getattr(node, "nodeargd", None), "argnlist", None)
        return [one for one in given or () if one is not None]

    def _command(self, name: str, arguments: Sequence[object], node: object) -> str:
        shown = _SYMBOLS.get(name)
        if shown is None and not arguments:
            # A command of the authors' own is shown by its name.
            shown = _known(name) or (name if name.isalpha() else "")
        return self._with_arguments(name, arguments, node) if shown is None else self._leaf(shown)

    def _with_arguments(self, name: str, arguments: Sequence[object], node: object) -> str:
        written = [self.write([one]) for one in arguments]
        shown = "".join(written)
        match name:
            case "frac" | "dfrac" | "tfrac" | "nicefrac":
                shown = "/".join(one if _TAG.sub("", one).isalnum() else f"({one})" for one in written)
            case "sqrt":
                index = self._script("^", written[0]) if len(written) > 1 else ""
                root = written[-1]
                shown = f"{index}√{root}" if len(root) == 1 or root.isdigit() else f"{index}√({root})"
            case "mathbb" | "mathcal" | "mathscr" | "mathfrak" if shown.isascii() and shown.isalnum():
                shown = str(_letters().node_to_text(node))
            case "ket" | "bra" | "braket":
                shown = shown.join(_BRACKETS[name])
            case "binom":
                shown = f"({', '.join(written)})"
            case "label" | "hspace" | "vspace" | "color":
                shown = ""
            case _ if name in _ACCENTS and (len(shown) == 1 or name == "overline") and shown.isalnum():
                shown = unicodedata.normalize("NFC", "".join(one + _ACCENTS[name] for one in shown))
            case _:
                pass
        return shown

    def _leaf(self, text: str) -> str:
        return escape(text, quote=False) if self._form == "html" else text

    def _script(self, sign: str, text: str) -> str:
        if self._form == "html":
            tag = "sub" if sign == "_" else "sup"
            return f"<{tag}>{text.strip()}</{tag}>"
        text = text.strip()
        table = _SUBSCRIPTS if sign == "_" else _SUPERSCRIPTS
        if all(character in table for character in text):
            return "".join(table[character] for character in text)
        bare = text.isalnum() and (sign == "_" or len(text) == 1)
        return f"{sign}{text}" if bare else f"{sign}({text})"


def symbol(command: str) -> str:
    """The one character that a command without arguments stands for, or an empty text.

    >>> symbol("times"), symbol("textdegree"), symbol("input")
    ('×', '°', '')
    """
    shown = "°" if command in ("deg", "degree", "textdegree") else _known(command)
    return shown if len(shown) == 1 else ""


def _known(command: str) -> str:
    shown = getattr(_letters().latex_context.get_macro_spec(command), "simplify_repl", "")
    return shown if isinstance(shown, str) and "%" not in shown else ""


def digits_after(text: str) -> str:
    """The number at the beginning of a text: behind a formula's dollar it would undo the formula."""
    found = _DIGITS.match(text)
    return found.group() if found else ""
