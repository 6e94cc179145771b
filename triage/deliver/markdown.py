"""A digest's Markdown as HTML and as plain text, in which only what Markdown itself says is markup.

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

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LinkTarget = Callable[[str], str]
"""From the address that a link has in the digest to the one it has elsewhere; empty for no link."""

TICKED, UNTICKED = "☑", "☐"

_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_WEB = re.compile(r"(https?://|mailto:)[^\s]", re.IGNORECASE)
_FOLD = re.compile(
    r"(?P<open><details>)(?:\s*<summary>(?P<summary>[^<]*)</summary>)?|(?P<close></details>)|<!--.*?-->",
    re.DOTALL,
)


def to_the_web(url: str) -> str:
    """Keep links to the web and drop all others: the links of a message that stands alone."""
    return url if _WEB.match(url) else ""


def for_reading(text: str) -> str:
    """Return a digest without what only makes sense in its file.

    Boxes that nobody has ticked and the notes on how to use them are left out, since they can't be
    ticked elsewhere; ticked ones are shown as :data:`TICKED`.  Lines that the reader wrote stay.
    """
    marks, notes = _marks_and_notes()
    kept = (
        line
        for line in text.split("\n")
        if not line.startswith(notes) and not re.fullmatch(rf"\s*[-*+] \[ \] (?:{marks})\s*", line)
    )
    return "\n".join(_boxes_shown(line, marks) for line in kept)


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


def to_html(text: str, target: LinkTarget = to_the_web, *, images: bool = False) -> str:
    """Return Markdown as well-formed HTML.

    Parameters
    ----------
    text : str
        Markdown; hostile.
    target : callable
        Says where a link leads.
    images : bool
        Whether pictures from the web are shown; if not, and for files, their description is.

    Returns
    -------
    str
        Block elements, to stand below an ``h1``.
    """
    parser = _parser()
    tokens = parser.parse(text)
    for token in _flat(tokens):
        if token.tag == "h1":
            token.tag = "h2"
        if token.children is not None:
            token.children = list(_safe_children(token.children, target, images))
    depth = 0
    for token in tokens:
        if token.type == "html_block":
            token.content, depth = _safe_block(token, depth)
    body: str = parser.renderer.render(tokens, parser.options, {})
    return legal(body + "</details>\n" * depth)


def legal(text: str) -> str:
    """Return text without the characters that neither XML nor HTML may hold, not even escaped."""
    return _ILLEGAL.sub("", text)


def to_plain_text(text: str) -> str:
    """Return Markdown as plain text: links with their address behind them, no backslashes."""
    lines: list[str] = []
    prefixes: list[str] = []
    bullet = ""
    for token in _parser().parse(text):
        match token.type:
            case "blockquote_open":
                lines.append("".join(prefixes).rstrip())
                prefixes.append("> ")
            case "list_item_open":
                bullet = f"{token.info}. " if token.info else "- "
                prefixes.append(" " * len(bullet))
            case "blockquote_close" | "list_item_close":
                prefixes.pop()
            case "paragraph_open" if not token.hidden and not bullet and lines and lines[-1].strip(" >"):
                lines.append("".join(prefixes).rstrip())
            case "heading_open" | "table_open" | "fence" | "code_block" | "html_block":
                lines.append("")
            case "bullet_list_open" | "ordered_list_open" if not token.level:
                lines.append("")
            case _:
                pass
        said = _said(token)
        for number, line in enumerate(said.split("\n") if said else ()):
            indent = "".join(prefixes)
            if bullet and number == 0:
                indent = indent[: len(indent) - len(bullet)] + bullet
                bullet = ""
            lines.append((indent + line).rstrip())
    joined = "\n".join(lines)
    return legal(re.sub(r"\n{3,}", "\n\n", joined).strip("\n") + "\n")


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # HTML is parsed so that it can be told apart; what is made of it is decided here.
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


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


def _safe_children(children: Sequence[Token], target: LinkTarget, images: bool) -> Iterator[Token]:
    kept: list[bool] = []
    for token in children:
        match token.type:
            case "html_inline":
                yield _text(token, "" if token.content.startswith("<!--") else token.content)
            case "image":
                source = str(token.attrGet("src") or "")
                if images and to_the_web(source).lower().startswith("http"):
                    token.attrSet("loading", "lazy")
                    token.attrSet("referrerpolicy", "no-referrer")
                    yield token
                else:
                    yield _text(token, _described(token))
            case "link_open":
                leads_to = target(str(token.attrGet("href") or ""))
                kept.append(bool(leads_to))
                if leads_to:
                    token.attrSet("href", leads_to)
                    yield token
            case "link_close":
                if kept.pop():
                    yield token
            case _:
                yield token


def _text(instead_of: Token, content: str) -> Token:
    from markdown_it.token import Token

    return Token("text", "", 0, content=content, level=instead_of.level)


def _safe_block(token: Token, depth: int) -> tuple[str, int]:
    """Return what an HTML block becomes, and how many folds are open after it."""
    parts: list[str] = []
    position = 0
    for match in _FOLD.finditer(token.content):
        parts.append(_shown(token.content[position : match.start()]))
        position = match.end()
        # Inside of a list or quote, a fold could end in another place than it began.
        if token.level:
            if not match.group().startswith("<!--"):
                parts.append(_shown(match.group()))
        elif match["open"]:
            depth += 1
            summary = match["summary"]
            parts.append("<details>\n")
            if summary is not None:
                parts.append(f"<summary>{html.escape(html.unescape(summary.strip()))}</summary>\n")
        elif match["close"] and depth:
            depth -= 1
            parts.append("</details>\n")
    parts.append(_shown(token.content[position:]))
    return "".join(parts), depth


def _shown(source: str) -> str:
    return f"<p>{html.escape(source.strip())}</p>\n" if source.strip() else ""


def _said(token: Token) -> str:
    match token.type:
        case "inline":
            return _inline_text(token.children or ())
        case "fence" | "code_block":
            return token.content.rstrip("\n")
        case "hr":
            return "----"
        case "html_block":
            summaries = [match["summary"] for match in _FOLD.finditer(token.content) if match["summary"]]
            left = _FOLD.sub("", token.content).strip()
            said = [*(f"{html.unescape(summary.strip())}:" for summary in summaries), *filter(None, [left])]
            return "\n".join(said)
        case _:
            return ""


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
            case "html_inline" if token.content.startswith("<!--"):
                pass
            case _:
                parts.append(token.content)
    return "".join(parts)


def _described(image: Token) -> str:
    """A picture's description, for where it can't be shown."""
    text = _inline_text(image.children or ())
    return f"[{text}]" if text else ""
