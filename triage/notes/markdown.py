"""Markdown (GitHub, Obsidian, Logseq, Jekyll, Hexo, Hugo, Notion) to blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from triage.notes import frontmatter
from triage.notes.blocks import Block, Kind, Line, Note, Span
from triage.notes.html import html_blocks, inline_html

_FENCE = re.compile(r"^\s{0,3}(?:>\s*)*(?:[-*+]\s+)?(`{3,}|~{3,})")
_HEADING_WITHOUT_SPACE = re.compile(r"^(\s{0,3})(#{2,6})(?![#\s!])(?=\S)")
_TITLE_WITHOUT_SPACE = re.compile(r"^(\s{0,3})#(?=[^#\s!/](?:[^#]*[ ：:][^#]*){3,}$)")
_TAG_PLUGIN = re.compile(r"^\s*(?:\{%.*?%\}|\{\{[<%].*?[%>]\}\}|:::.*|<!--.*?-->)\s*$")
_LIQUID = re.compile(r"\{%.*?%\}|\{\{[<%]\s*/?\s*\w+\s*|\s*/?[%>]\}\}")
_EMBED = re.compile(r"\{%\s*embed\s+(?:url=)?[\"']?(h?https?://[^\s\"'%]+)[\"']?.*?%\}")
"""GitBook's way to show an address."""
_BULLET = re.compile(r"^(\s*)[•·▪●○◦‣∙・■□◆◇➢➤►▶–—]\s*(?=\S)")
_WIDE_NUMBER = re.compile(r"^(\s*)(\d{1,3})[、．](?=\S)")
_QUOTED_CALLOUT = re.compile(r"^\s*\[!(\w[\w-]*)\][+-]?\s*")
_WIKI = re.compile(r"(!?)\[\[([^\[\]|]+)(?:\|([^\[\]]*))?\]\]")
_PAGE_PROPERTY = re.compile(r"^\s{0,2}(?:- )?([\w][\w .-]{0,40})::\s*(.*)$")
_MARKER = re.compile(r"([-*+]|\d{1,3}[.)])(?:\s+(?=\S)|\s*$)")
_TASK = re.compile(r"^\[([ xX/\-])\]\s+")
_CHUNK = 400_000
"""Characters a parser run gets at most, unless one section is longer."""
_LONG_LINE = 50_000
_DATA_URI = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+")


@cache
def _parser() -> MarkdownIt:
    # Indented code is off: in notes, four spaces are nearly always a sloppy list, not code.
    parser = MarkdownIt("commonmark", {"maxNesting": 40}).enable(["table", "strikethrough"]).disable("code")
    return parser.use(footnote_plugin).use(dollarmath_plugin, allow_space=False, allow_digits=False)


def parse_markdown(text: str) -> Note:
    """Translate a Markdown note to blocks.

    Parameters
    ----------
    text : str
        The note, ``\\n`` line ends.

    Returns
    -------
    Note
        Front matter in ``meta``; HTML blocks translated as well; comments dropped.
    """
    meta, meta_lines, body = frontmatter.split(text)
    note = Note([], meta, meta_lines)
    rows = body.split("\n")
    _page_properties(rows, note)
    at_once = sum(map(len, rows)) <= 2 * _CHUNK
    for first, chunk in _chunks(_tidied(rows, note), at_once=at_once):
        tokens = _parser().parse("\n".join(chunk), {})
        note.blocks.extend(_Builder(tokens, first).blocks())
    return note


def _page_properties(rows: list[str], note: Note) -> None:
    """Take Logseq's ``key:: value`` lines at the top of a page as its front matter."""
    for place, row in enumerate(rows):
        if not row.strip():
            if note.meta and place:
                break
            continue
        match = _PAGE_PROPERTY.match(row)
        if not match:
            break
        key = match[1].strip().lower()
        note.meta.setdefault(key, match[2].strip().replace("[[", "").replace("]]", ""))
        note.meta_lines.setdefault(key, place + 1)
        rows[place] = ""


def inline_line(text: str, number: int) -> Line:
    """One piece of text with its inline markup, as a line (a cell of a table from a spreadsheet)."""
    tokens = _parser().parseInline(" ".join(text.split()), {})
    return Line(number, tuple(_joined(_inline_lines(tokens[0], number)))) if tokens else Line(number, ())


def _tidied(lines: list[str], note: Note) -> Iterator[str]:
    """Lines with the habits of note takers made into plain Markdown; one line out for one in."""
    fence = ""
    lists = _Lists()
    for number, raw in enumerate(lines, start=1):
        line = raw
        # What was tidied is not needed any more: a note of 50 MB is held once.
        lines[number - 1] = ""
        if fence_match := _FENCE.match(line):
            mark = fence_match[1]
            if not fence:
                fence = mark
            elif mark[0] == fence[0] and len(mark) >= len(fence) and line.strip().strip("> ") == mark:
                fence = ""
            yield lists.placed(line) if not fence_match[0].lstrip().startswith(("-", "*", "+", ">")) else line
            continue
        if fence:
            yield lists.placed(line)
            continue
        if len(line) > 2_000 and "base64," in line:
            line = _DATA_URI.sub("data:", line)
        if len(line) > _LONG_LINE:
            note.problems.append(
                (number, f"the line has {len(line)} characters; only the first {_LONG_LINE} were read")
            )
            line = line[:_LONG_LINE]
        if _TAG_PLUGIN.match(line) and "rxiv" not in line:
            yield ""
            continue
        if "{%" in line or "{{" in line:
            line = _LIQUID.sub(" ", _EMBED.sub(r"\1", line))
        line = _HEADING_WITHOUT_SPACE.sub(r"\1\2 ", line)
        line = _TITLE_WITHOUT_SPACE.sub(r"\1# ", line)
        line = _BULLET.sub(r"\1- ", line)
        yield lists.placed(_WIDE_NUMBER.sub(r"\1\2. ", line))


class _Lists:
    """Re-indents list items by how people mean them rather than by CommonMark's columns.

    ``1. Title`` with ``  - link`` (two spaces) or even ``- link`` right under it means a detail, and a
    bullet followed by two spaces means the same as one followed by one.
    """

    def __init__(self) -> None:
        self.open: list[tuple[int, bool]] = []
        """Indentation and orderedness of the open items, outermost first."""
        self.blank = True

    def placed(self, line: str) -> str:
        """The line with four spaces for every level of list that it stands in."""
        if not line.strip():
            self.blank = True
            return line
        wide = line.expandtabs(4)
        bare = wide.lstrip(" ")
        indent = len(wide) - len(bare)
        match = _MARKER.match(bare)
        blank, self.blank = self.blank, False
        if match is None:
            if indent == 0 or not self.open:
                if blank or bare.startswith(("#", "|", ">", "```", "~~~")):
                    self.open.clear()
                return line if not self.open or indent == 0 else bare
            while self.open and self.open[-1][0] >= indent:
                self.open.pop()
            return "    " * len(self.open) + bare
        ordered = match[1][0].isdigit()
        if not self.open and indent > 3 and blank:
            indent = 0
        while self.open:
            above, above_ordered = self.open[-1]
            if above < indent or (above == indent and above_ordered and not ordered and not blank):
                break
            self.open.pop()
        # A detail at its item's own column is remembered one column deeper.
        if self.open and self.open[-1][0] == indent:
            indent += 1
        depth = len(self.open)
        self.open.append((indent, ordered))
        return "    " * depth + ("1. " if ordered else "- ") + bare[match.end() :]


def _chunks(lines: Iterable[str], *, at_once: bool) -> Iterator[tuple[int, list[str]]]:
    """Cut a very long note before headings, so that the parser's memory stays bounded."""
    if at_once:
        yield 0, list(lines)
        return
    chunk: list[str] = []
    start = size = 0
    fence = ""
    for place, line in enumerate(lines):
        if fence_match := _FENCE.match(line):
            fence = "" if fence and fence_match[1].startswith(fence) else fence or fence_match[1]
        # A blank line before a line without indentation ends every list and paragraph alike.
        safe = line.startswith("#") or (
            size > 2 * _CHUNK and line[:1].strip() and chunk and not chunk[-1].strip()
        )
        if size > _CHUNK and not fence and safe:
            yield start, chunk
            chunk, start, size = [], place, 0
        chunk.append(line)
        size += len(line) + 1
    yield start, chunk


class _Builder:
    """Turns the flat token stream of one parser run into nested blocks."""

    def __init__(self, tokens: list[Token], first_line: int) -> None:
        self.tokens = tokens
        self.offset = first_line + 1

    def blocks(self) -> list[Block]:
        found, _ = self._read(0, len(self.tokens))
        return found

    def _line(self, token: Token, default: int = 1) -> int:
        return token.map[0] + self.offset if token.map else default

    def _read(  # noqa: PLR0912 - one case a kind of token
        self, place: int, end: int, closing: str = "", line: int = 1
    ) -> tuple[list[Block], int]:
        """Read siblings until the closing token; return them and the place behind it."""
        found: list[Block] = []
        while place < end:
            token = self.tokens[place]
            if token.type == closing:
                return found, place + 1
            line = self._line(token, line)
            match token.type:
                case "heading_open":
                    inline = self.tokens[place + 1]
                    lines = _inline_lines(inline, self._line(inline, line))
                    if token.markup in ("-", "=") and len(lines) > 1:
                        # A paragraph with a rule right under it, not a heading of several lines.
                        found.append(Block(Kind.PARAGRAPH, line, lines))
                    else:
                        found.append(Block(Kind.HEADING, line, lines, level=int(token.tag[1])))
                    place += 3
                case "paragraph_open":
                    inline = self.tokens[place + 1]
                    found.append(Block(Kind.PARAGRAPH, line, _inline_lines(inline, self._line(inline, line))))
                    place += 3
                case "bullet_list_open" | "ordered_list_open":
                    block = Block(Kind.LIST, line)
                    block.children, place = self._read(
                        place + 1, end, token.type.replace("open", "close"), line
                    )
                    found.append(block)
                case "list_item_open":
                    block = Block(Kind.ITEM, line)
                    children, place = self._read(place + 1, end, "list_item_close", line)
                    found.append(_item(block, children))
                case "blockquote_open":
                    block = Block(Kind.QUOTE, line)
                    block.children, place = self._read(place + 1, end, "blockquote_close", line)
                    _strip_callout(block)
                    found.append(block)
                case "table_open":
                    block, place = self._table(place, line)
                    found.append(block)
                case "footnote_block_open":
                    block = Block(Kind.FOOTNOTES, line)
                    block.children, place = self._read(place + 1, end, "footnote_block_close", line)
                    found.append(block)
                case "fence" | "code_block":
                    found.append(Block(Kind.CODE, line, [Line(line, (Span(token.content, code=True),))]))
                    place += 1
                case "html_block":
                    found.extend(html_blocks(token.content, line))
                    place += 1
                case _:
                    place += 1
        return found, place

    def _table(self, place: int, line: int) -> tuple[Block, int]:
        table = Block(Kind.TABLE, line)
        row = Block(Kind.ROW, line)
        while (token := self.tokens[place]).type != "table_close":
            if token.type == "tr_open":
                line = self._line(token, line)
                row = Block(Kind.ROW, line)
                table.children.append(row)
            elif token.type == "inline":
                cell = _inline_lines(token, line)
                row.lines.append(Line(line, tuple(_joined(cell))))
            place += 1
        return table, place + 1


def _item(item: Block, children: list[Block]) -> Block:
    if children and children[0].kind in (Kind.PARAGRAPH, Kind.HEADING):
        item.lines = children[0].lines
        children = children[1:]
    item.children = children
    if item.lines and item.lines[0].spans:
        first = item.lines[0]
        if match := _TASK.match(first.spans[0].text):
            spans = (Span(first.spans[0].text[match.end() :]), *first.spans[1:])
            item.lines = [Line(first.number, spans), *item.lines[1:]]
    return item


def _strip_callout(quote: Block) -> None:
    """Take Obsidian's and GitHub's ``[!info]`` off a quote's first line."""
    if quote.children and quote.children[0].kind is Kind.PARAGRAPH and quote.children[0].lines:
        first = quote.children[0].lines[0]
        if first.spans and (match := _QUOTED_CALLOUT.match(first.spans[0].text)):
            spans = (Span(first.spans[0].text[match.end() :]), *first.spans[1:])
            quote.children[0].lines[0] = Line(first.number, spans)


def _joined(lines: Iterable[Line]) -> Iterator[Span]:
    for place, line in enumerate(lines):
        if place:
            yield Span(" ")
        yield from line.spans


def _inline_lines(  # noqa: PLR0912, PLR0915 - one case a kind of token
    inline: Token, line: int
) -> list[Line]:
    """The inline content of a block, cut at its line breaks."""
    lines: list[Line] = []
    spans: list[Span] = []
    bold = italic = 0
    urls: list[str] = []
    broken = start = 0

    def add(text: str, *, code: bool = False) -> None:
        if text:
            spans.append(Span(text, urls[-1] if urls else "", bold > 0, italic > 0, code))

    def end_line() -> None:
        nonlocal spans, start
        lines.append(Line(line + start, tuple(_wikilinks(spans))))
        spans, start = [], broken

    for token in inline.children or ():
        match token.type:
            case "text" | "text_special" | "math_inline" | "math_inline_double":
                add(token.content if not token.type.startswith("math") else f"${token.content}$")
            case "code_inline":
                add(token.content, code=True)
            case "strong_open" | "strong_close":
                bold += 1 if token.nesting > 0 else -1
            case "em_open" | "em_close":
                italic += 1 if token.nesting > 0 else -1
            case "link_open":
                urls.append(str(token.attrGet("href") or "#"))
            case "link_close":
                if urls:
                    urls.pop()
            case "image":
                spans.append(Span(token.content, str(token.attrGet("src") or ""), image=True))
                if urls:
                    # A badge: nothing to read, but its link leads to the paper or the code.
                    spans.append(Span("", urls[-1]))
            case "softbreak" | "hardbreak":
                broken += 1
                if urls:
                    # A title of two lines inside one link.
                    add(" ")
                else:
                    end_line()
            case "html_inline":
                for kind, value in inline_html(token.content):
                    if kind == "break" and not urls:
                        end_line()
                    elif kind == "bold":
                        bold += value == "open" or -1
                    elif kind == "italic":
                        italic += value == "open" or -1
                    elif kind == "link":
                        urls.append(value)
                    elif kind == "unlink" and urls:
                        urls.pop()
                    elif kind == "image":
                        spans.append(Span("", value, image=True))
                broken += token.content.count("\n")
            case _:
                pass
    end_line()
    return [one for one in lines if one.spans] or [Line(line, ())]


def _wikilinks(spans: list[Span]) -> Iterator[Span]:
    """Resolve ``[[page|shown]]`` into links to the page; embedded ones are images."""
    # A wikilink may be torn over spans (``[[`` is text, then a link, ...): join plain neighbours first.
    merged: list[Span] = []
    for span in spans:
        if merged and not span.image and not merged[-1].image and _dress(span) == _dress(merged[-1]):
            merged[-1] = Span(merged[-1].text + span.text, *_dress(span))
        else:
            merged.append(span)
    for span in merged:
        if "[[" not in span.text or span.image or span.url or span.code:
            yield span
            continue
        last = 0
        for match in _WIKI.finditer(span.text):
            if match.start() > last:
                yield Span(span.text[last : match.start()], "", span.bold, span.italic)
            page = match[2].strip()
            shown = (match[3] or page.partition("#")[0] or page).strip()
            yield Span(shown, f"wiki:{page}", span.bold, span.italic, image=bool(match[1]))
            last = match.end()
        if last < len(span.text):
            yield Span(span.text[last:], "", span.bold, span.italic)


def _dress(span: Span) -> tuple[str, bool, bool, bool]:
    return span.url, span.bold, span.italic, span.code
