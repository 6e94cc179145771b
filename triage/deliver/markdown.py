"""A digest's Markdown as HTML and as plain text, in which nothing but Markdown is markup.

A file may hold any HTML: a title that slipped through, something the reader pasted.  Of all HTML
only the folds that triage writes (``<details>`` with a ``<summary>``) are kept; other tags are shown
as the text they are, and comments are left out.  Links lead to the web or to another digest, nowhere
else.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from triage.digest.language import all_languages
from triage.text.formulas import Form, is_formula, show

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LinkTarget = Callable[[str], str]
"""From the address that a link has in the digest to the one it has elsewhere; empty for no link."""

TICKED, UNTICKED = "☑", "☐"

_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_WEB = re.compile(r"(https?://|mailto:)[^\s]", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FOLD = re.compile(r"<details(?: markdown=\"1\")?>|</details>|<summary>([^<]*)</summary>")
_PICK = re.compile(r"##+ .*\]\(https?://[^\s)]+/(?:pdf|abs)/([\w./-]+?)(?:\.pdf)?\)\s*$")
_HEADING = re.compile(r"^ {0,3}#{1,6} +")
_FOLDS = re.compile(rf"(?:(?:{_FOLD.pattern})\s*)+")


def to_the_web(url: str) -> str:
    """Keep links to the web and drop all others: the links of a message that stands alone."""
    return url if _WEB.match(url) else ""


def for_reading(text: str, pages: str = "") -> str:
    """Return a digest without what only makes sense in its file.

    Boxes that nobody has ticked and the notes on how to use them are left out, since they can't be
    ticked elsewhere; ticked ones are shown as :data:`TICKED`.  Abstracts go, as few mail programs fold.
    Lines that the reader wrote stay.  With the address of the reader's ``pages``, a pick's boxes are links
    to its card there, with the answer prepared.
    """
    marks, notes = _marks_and_notes()
    kept, card = [], ""
    for line in text.split("\n"):
        if line.startswith("#"):
            named = _PICK.match(line)
            card = f"{pages}/paper/{named[1]}" if named and pages else ""
        box = re.fullmatch(rf"\s*[-*+] \[ \] ({marks})\s*", line)
        if box and card:
            kept.append(f"- [{box[1]}]({card}?answer={_answers()[box[1]]})")
        elif not box and not line.startswith((*notes, "  <details><summary>")):
            kept.append(_boxes_shown(line, marks))
    return "\n".join(kept)


@cache
def _answers() -> dict[str, str]:
    """Return the answer that a page prepares, by the word of its box in any language."""
    named = {"relevant": "relevant", "not_relevant": "not", "read": "read"}
    return {language[mark]: answer for language in all_languages() for mark, answer in named.items()}


def _boxes_shown(line: str, marks: str) -> str:
    for pattern, shown in (
        (rf" · \[ \] (?:{marks})(?= ·|\s*$)", ""),
        (rf"(?<= · )\[[xX]\] (?=(?:{marks})(?: ·|\s*$))", f"{TICKED} "),
        # The leading box of a paper's line means "relevant".
        (r"^(\s*[-*+] )\[ \] (?=\[)", r"\1"),
        (r"^(\s*[-*+] )\[ \] ", rf"\1{UNTICKED} "),
        (r"^(\s*[-*+] )\[[xX]\] ", rf"\1{TICKED} "),
    ):
        line = re.sub(pattern, shown, line)
    return line


def to_html(
    text: str, target: LinkTarget = to_the_web, *, images: bool = False, formulas: Form = "html"
) -> str:
    """Return hostile Markdown as well-formed HTML: block elements, to stand below an ``h1``.

    ``target`` returns where a link leads.  With ``images``, pictures from the web are shown; if not, and
    for files, their description is.  Formulas that Unicode can't show are MathML if asked for.
    """
    tokens = _parse(text)
    depth = 0
    for token in _flat(tokens):
        if token.tag == "h1":
            token.tag = "h2"
        if token.children is not None:
            token.children = list(_safe_children(token.children, target, images, formulas))
        if token.type == "html_block":
            token.content, depth = _balanced(token.content, depth)
    body: str = _parser().renderer.render(tokens, _parser().options, {})
    return legal(body + "</details>\n" * depth)


def legal(text: str) -> str:
    """Return text without the characters that neither XML nor HTML may hold, not even escaped."""
    return _ILLEGAL.sub("", text)


def to_plain_text(text: str) -> str:
    """Return Markdown as plain text, line by line: links with their address behind them, no backslashes."""
    text = _FOLD.sub(lambda fold: f"{fold[1].strip()}:" if fold[1] else "", _COMMENT.sub("", text))
    lines: list[str] = []
    for line in text.split("\n"):
        (inline,) = _parser().parseInline(_HEADING.sub("", line).rstrip())
        lines.append(_inline_text(inline.children or ()).rstrip())
    return legal(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n")


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return parser.use(dollarmath_plugin, allow_space=False).disable("math_block")


def _parse(text: str) -> list[Token]:
    """Read Markdown; paragraphs that are nothing but folds become blocks of HTML, the only ones there are.

    Inside of a list or quote a fold is text, as it could end in another place than it began.
    """
    from markdown_it.token import Token

    tokens = _parser().parse(_COMMENT.sub("", text))
    for place in range(len(tokens) - 2, 0, -1):
        before, inline = tokens[place - 1 : place + 1]
        if before.type == "paragraph_open" and not before.level and _FOLDS.fullmatch(inline.content):
            tokens[place - 1 : place + 2] = [Token("html_block", "", 0, content=inline.content)]
    return tokens


@cache
def _marks_and_notes() -> tuple[str, tuple[str, ...]]:
    languages = all_languages()
    marks = {one[mark] for one in languages for mark in ("relevant", "not_relevant", "read")}
    return "|".join(map(re.escape, sorted(marks))), tuple(
        one[note] for one in languages for note in ("rest_note", "marks_note")
    )


def _flat(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or ())


def _safe_children(
    children: Sequence[Token], target: LinkTarget, images: bool, formulas: Form
) -> Iterator[Token]:
    from markdown_it.token import Token

    kept: list[bool] = []
    for token in children:
        match token.type:
            case "image":
                source = str(token.attrGet("src") or "")
                if images and to_the_web(source).lower().startswith("http"):
                    token.attrSet("loading", "lazy")
                    token.attrSet("referrerpolicy", "no-referrer")
                    yield token
                else:
                    yield Token("text", "", 0, content=_described(token))
            case "link_open":
                leads_to = target(str(token.attrGet("href") or ""))
                kept.append(bool(leads_to))
                if leads_to:
                    token.attrSet("href", leads_to)
                    yield token
            case "link_close":
                if kept.pop():
                    yield token
            case "math_inline":
                yield Token("html_inline", "", 0, content=_formula(token.content, formulas))
            case _:
                yield token


def _formula(formula: str, form: Form) -> str:
    if is_formula(formula):
        return show(formula, form)
    money = f"${formula}$"
    return money if form == "unicode" else html.escape(money, quote=False)


def _balanced(folds: str, depth: int) -> tuple[str, int]:
    """Return folds without a closing one too many, and how many are open after them."""
    parts: list[str] = []
    for match in _FOLD.finditer(folds):
        if match[1] is not None:
            parts.append(f"<summary>{html.escape(html.unescape(match[1].strip()))}</summary>\n")
        elif not match[0].startswith("</"):
            depth += 1
            parts.append("<details>\n")
        elif depth:
            depth -= 1
            parts.append("</details>\n")
    return "".join(parts), depth


def _inline_text(children: Sequence[Token]) -> str:
    parts: list[str] = []
    opened: list[tuple[int, str]] = []
    for token in children:
        match token.type:
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "link_open":
                opened.append((len(parts), str(token.attrGet("href") or "")))
            case "link_close":
                start, url = opened.pop()
                if url and "".join(parts[start:]) != url:
                    parts.append(f" ({url})")
            case "image":
                parts.append(_described(token))
            case "math_inline":
                parts.append(_formula(token.content, "unicode"))
            case _:
                parts.append(token.content)
    return "".join(parts)


def _described(image: Token) -> str:
    """A picture's description, for where it can't be shown."""
    text = _inline_text(image.children or ())
    return f"[{text}]" if text else ""
