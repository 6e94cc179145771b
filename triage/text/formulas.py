r"""Where the formulas of a text are, and what they become: Unicode, HTML, MathML, math that Markdown leaves alone.

Texts are anybody's: a lone ``$`` is money, ``%`` is no comment, and nothing here fails or takes more
than linear time.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from html import escape, unescape
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

Form = Literal["unicode", "html", "mathml"]

_TABLES = tomllib.loads((files("triage.text") / "commands.toml").read_text("utf-8"))
_DOLLARS = re.compile(r"(?<!\\)(\$\$?)((?:\\text\w*\{[^{}$]*(?:\$[^{}$]+\$[^{}$]*)+\}|[^$\\]|\\.)+)\1")
_SPACE_AT_END = re.compile(r"(?<!\\)(?:\\ )?\s*\Z")
_MATH_SIGN = re.compile(r"[\\^_=<>{}]")
_TWO_WORDS = re.compile(r"[A-Za-z]{2,} +[A-Za-z]{2,}")
_MONEY = re.compile(r"\d[\d.,]*(?:[kKMB]\b|\+)?[ ,;)/-]+[a-z]{2,}\b")
_LONGEST, _DEEPEST = 2_000, 20
_DIGITS_AFTER = re.compile(r"\d+(?:[.,]\d+)*")
_DIGITS_BEFORE = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*\Z")


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
        if not is_formula(found[2], text[found.end() : found.end() + 1]):
            position = found.start() + len(found[1])
            continue
        if found.start() > start:
            parts.append(Part(text[start : found.start()], False))
        formula = _SPACE_AT_END.sub("", found[2]).strip()
        if parts and parts[-1].is_formula:  # two dollars between them would be a display's
            formula = f"{parts.pop().text} {formula}"
        parts.append(Part(formula, True))
        start = position = found.end()
    if start < len(text):
        parts.append(Part(text[start:], False))
    return parts


def with_digits(parts: Iterable[Part]) -> list[Part]:
    r"""Draw the digits that touch a formula into it: beside its dollars they would undo it in Markdown.

    >>> [part.text for part in with_digits(split(r"2$\pi$, $\sim$50 K")) if part.is_formula]
    ['2 \\pi', '\\sim 50']
    """
    found: list[Part] = []
    for part, is_formula in parts:
        text = part
        before = found.pop() if found else Part("", False)
        if before.is_formula and not is_formula and (digits := _DIGITS_AFTER.match(text)):
            before = Part(f"{before.text} {digits.group()}", True)
            text = text[digits.end() :]
        elif is_formula and not before.is_formula and (digits := _DIGITS_BEFORE.search(before.text)):
            before = Part(before.text[: digits.start()], False)
            text = f"{digits.group()} {text}"
        if is_formula and before.is_formula:
            text = f"{before.text} {text}"
        elif before.text:
            found.append(before)
        if text:
            found.append(Part(text, is_formula))
    return found


def is_formula(content: str, following: str = "") -> bool:
    """Whether what stands between two dollars is a formula, and not money."""
    formula = content.strip()
    if not formula or "\\" in formula:
        return bool(formula)
    before_money = following.isdigit() or content[-1].isspace()
    if _MONEY.match(formula) and (before_money or " " in formula):
        return False
    if _MATH_SIGN.search(formula):
        return True
    money = content[-1].isspace() and (following.isdigit() or formula[0].isdigit())
    return not money and len(formula) <= 200 and not _TWO_WORDS.search(formula)


# --- Markdown -----------------------------------------------------------------------------------

_TOKEN = re.compile(r"\\sqrt\s*\[[^\[\]\\$|<>*`&]*\](?=\s*\{)|\\[A-Za-z]+\*?|\\.|_ ?|.", re.DOTALL)
_REPLACED = _TABLES["markdown"]


def for_markdown(formula: str) -> str | None:
    r"""Return a formula, without dollars, so that neither Markdown nor a template engine acts on it.

    KaTeX and MathJax show it as they would have shown the original.  None if it can't be written so.

    >>> for_markdown(r"_{2}"), for_markdown(r"\{a|b\}")
    ('_ {2}', '\\lbrace a\\vert b\\rbrace')
    """
    if not is_balanced(formula):
        return None
    pieces: list[str] = []
    replaced = {**_REPLACED, r"\\": r"\cr"} if r"\begin" in formula else _REPLACED
    for token in _TOKEN.findall(formula):
        if token in ("{", "=") and pieces and pieces[-1] == token:
            pieces.append(" ")
        if token in replaced:
            pieces.append(f"{replaced[token]} " if replaced[token] else "")
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


# --- Unicode, HTML, MathML ----------------------------------------------------------------------

_SYMBOLS = {**_TABLES["symbols"], **dict.fromkeys(_TABLES["silent"]["names"], "")}
_SMALL = {sign: dict(zip(*_TABLES[sign].values(), strict=True)) for sign in ("_", "^")}
_ACCENTS = _TABLES["accents"]
_BRACKETS = {"ket": ("|", "⟩"), "bra": ("⟨", "|"), "braket": ("⟨", "⟩")}
_TAG = re.compile(r"</?su[bp]>")

_STRUCTURE = re.compile(
    r"\\(?:[cdt]?frac|nicefrac|sqrt|begin|[dt]?binom|over|under|stackrel|substack|sum|prod|i*nt|oint|lim"
    r"|inf|sup|max|min|arg|wide)(?!ty)"
)
"""What is laid out in two dimensions."""
_UNKNOWN_TO_LATEX2MATHML = re.compile(r"\\(cr|nicefrac|lq|arg|[bB]igg?[lr]?)(?![A-Za-z])")
_INSTEAD = {"cr": r"\\", "nicefrac": r"\frac", "lq": "‘", "arg": r"\mathrm{arg}"}
_DEFINES = re.compile(r"\\(?:def|newcommand|DeclareMathOperator)")
_MATHML_ATTRIBUTE = re.compile(
    "xmlns|display|displaystyle|scriptlevel|stretchy|fence|form|mathvariant|accent"
)


def show(formula: str, form: Form = "unicode") -> str:
    r"""Return a formula, without dollars, as Unicode, or as HTML with sub- and superscripts.

    In the form ``mathml``, what these can't show well is MathML.

    >>> show(r"\mathrm{H}_{2}\to 10^{-3}"), show("T_{max}"), show("T_{max}", "html")
    ('H₂→10⁻³', 'Tₘₐₓ', 'T<sub>max</sub>')
    """
    return _shown(formula[:_LONGEST], form)


@lru_cache(maxsize=8192)
def _shown(formula: str, form: Form) -> str:
    source = re.sub(r"(?<!\\)%", r"\%", formula).replace(r"\operatorname*", r"\operatorname")
    deepest = max(accumulate((one in "{[") - (one in "}]") for one in source), default=0)
    shown = None
    if deepest <= _DEEPEST and source.count("\\begin") <= _DEEPEST and source.count("\\left") <= _DEEPEST:
        shown = _mathml(source) if form == "mathml" and _STRUCTURE.search(source) else None
        shown = shown or _parsed(source, "unicode" if form == "unicode" else "html")
    if shown is None:
        bare = re.sub(r"\\[A-Za-z]+\s*|[\\{}$]|(?<=[_^])\s+", "", source)
        shown = bare if form == "unicode" else escape(bare, quote=False)
    return " ".join(shown.split())


def _mathml(source: str) -> str | None:
    from xml.etree.ElementTree import tostring

    from latex2mathml.converter import Converter

    source = _UNKNOWN_TO_LATEX2MATHML.sub(lambda found: _INSTEAD.get(found[1], ""), source)
    if _DEFINES.search(source):  # it could grow without end
        return None
    try:
        math = Converter().convert_to_element(source)
    except Exception:  # hostile text: whatever a parser of others stumbles over
        return None
    for element in math.iter():
        element.text = unescape(element.text or "") or None
        element.attrib = {
            name: value for name, value in element.attrib.items() if _MATHML_ATTRIBUTE.fullmatch(name)
        }
        if "\\" in (element.text or ""):
            return None
    return tostring(math, encoding="unicode")


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
                written.append(self._script(script, piece.strip()))
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
                yield from (one if one in "_^" else self._leaf(one.replace("~", " ")) for one in node.chars)
            elif name is not None:
                given = getattr(getattr(node, "nodeargd", None), "argnlist", None) or ()
                yield self._command(str(name), [one for one in given if one is not None], node)
            elif hasattr(node, "nodelist"):
                yield self.write(node.nodelist or ())
            else:
                yield self._leaf(str(_letters().node_to_text(node)))

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
        return text if self._form == "unicode" else escape(text, quote=False)

    def _script(self, sign: str, text: str) -> str:
        if self._form == "html":
            tag = "sub" if sign == "_" else "sup"
            return f"<{tag}>{text}</{tag}>"
        small = _SMALL[sign]
        if all(character in small for character in text):
            return "".join(small[character] for character in text)
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
