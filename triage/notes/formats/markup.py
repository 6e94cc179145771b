"""Languages of running text: Markdown, HTML, Org, and those that are read as Markdown after some rewriting."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from triage.notes.formats import Format, Reading
from triage.notes.formats.bibliographies import text_of_latex
from triage.notes.formats.org import parse_org
from triage.notes.html import rows_of_html
from triage.notes.markdown import note_of, parse_markdown
from triage.notes.reading import read_note
from triage.notes.tree import Note

_Written = str | Callable[[re.Match[str]], str]


def _hashes(match: re.Match[str]) -> str:
    return "#" * len(match[1]) + " "


def _link(match: re.Match[str]) -> str:
    """An address and its text, which may be missing."""
    url = re.sub(r"\\([%#&_~])", r"\1", match[1]).strip()
    return f"[{' '.join(match[2].split()).removesuffix('^')}]({url})" if match[2] else f" {url} "


_STRONG = (r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])", r"**\1**")
_ASCIIDOC = (
    (r"^(={1,6})[ \t]+(?=\S)", _hashes),
    (r"^(\*{1,5})[ \t]+(?=\S)", lambda match: "  " * (len(match[1]) - 1) + "- "),
    (r"^(\.{1,5})[ \t]+(?=\S)", lambda match: "   " * (len(match[1]) - 1) + "1. "),
    (r"(?:link:)?(https?://[^\s\[\]]+)\[([^\[\]\n]*)\]", _link),
    (r"^:\w[\w-]*:[ \t].*$", ""),
    _STRONG,
)
_TYPST = (
    (r"^(={1,6})[ \t]+(?=\S)", _hashes),
    (r"^([ \t]*)\+[ \t]+(?=\S)", r"\1- "),
    (r"#link\([ \t]*\"([^\"\n]*)\"[ \t]*(?:,[ \t]*\"|\)\[)([^\"\[\]\n]*)(?:\"[ \t]*\)|\])", _link),
    (r"#link\([ \t]*\"([^\"\n]*)\"[ \t]*\)()", _link),
    (r"^#(?:set|show|import|let|include)\b.*$", ""),
    (r"#(?:strong|emph|underline)\[([^\[\]]*)\]", r"**\1**"),
    _STRONG,
    (r"(?<!:)//.*$", ""),
)
_BRACED = r"\{((?:[^{}]|\{[^{}]*\})*)\}"
_OPTION = r"(?:\[[^\]\n]*\])?"
_LATEX = (
    (r"(?<!\\)%.*$", ""),
    (rf"^.*\\begin\{{document\}}|^[ \t]*\\(?:begin|end)\{{[^}}\n]*\}}(?:{_OPTION}|\{{[^}}\n]*\}})*", ""),
    (rf"\\(?:part|chapter)\*?{_OPTION}{_BRACED}", r"# \1"),
    (rf"\\section\*?{_OPTION}{_BRACED}", r"## \1"),
    (rf"\\(?:sub)+section\*?{_OPTION}{_BRACED}", r"### \1"),
    (r"\\bibitem[ \t]*(?:\[(?:[^\]{}\n]|\{[^{}\n]*\})*\])?[ \t]*(?:\{[^{}\n]*\})?[ \t]*", "- "),
    (r"\\item[ \t]*(?:\[([^\]\n]*)\])?[ \t]*", r"- \1 "),
    (rf"\\href[ \t]*{_OPTION}[ \t]*\{{([^{{}}]*)\}}[ \t]*{_BRACED}", _link),
    (r"\\(?:url|nolinkurl)[ \t]*\{([^{}]*)\}()", _link),
    (rf"\\(?:textbf|mathbf|bf|paragraph|title|caption)\*?[ \t]*{_BRACED}", r"**\1**"),
    (
        r"\\(?:emph|textit|textsl|texttt|textsc|bibinfo[ \t]*\{\w+\}|bibfield[ \t]*\{\w+\}|bibnamefont"
        rf"|bibfnamefont|enquote|natexlab|footnote)[ \t]*{_BRACED}",
        r"\1",
    ),
    (r"\\(?:newblock|BibitemOpen|BibitemShut[ \t]*\{[^{}]*\}|em|it|par)(?![A-Za-z])[ \t]*", " "),
)
_UNDER = r"([=\-~^\"'+*#`:.])\1{2,}[ \t]*"
_RST = (
    (
        r"`([^`<>]+?)\s*<([^<>`]+)>`__?",
        lambda match: f"[{' '.join(match[1].split())}]({''.join(match[2].split())})",
    ),
    (r"^[ \t]*\.\.[ \t]+_`?([^:`\n]+)`?:[ \t]*(\S+)[ \t]*$", r"[\1]: \2"),
    (r"`([^`<>\n]+)`__?(?!\w)", r"[\1][]"),
    (r"(?<![\w`])([A-Za-z][\w-]*)_(?!\w)", r"[\1][]"),
    (r"^[ \t]*\.\.[ \t]+\[([^\]\n]+)\][ \t]+", "- "),
    (r"^[ \t]*\.\.[ \t]+(?:note|tip|warning|important|admonition|seealso|hint)::[ \t]*", ""),
    (r"^[ \t]*\.\.[ \t]+[\w-]+::.*$|^[ \t]*\.\.(?:[ \t].*)?$|^[ \t]+:\w[\w -]*:.*$", ""),
    (r"(?i):(?:arxiv|doi|pmid):`([^`]+)`", r"arXiv:\1"),
    (r":[\w:+-]+:`([^`<>]+)(?:<[^<>`]*>)?`", r"\1"),
)


def _parse_html(text: str) -> Note:
    """A saved page, a Notion or bookmark export."""
    note = note_of(rows_of_html(enumerate(text.split("\n"), start=1)))
    title = re.search(r"<title[^>]*>(.{0,500}?)</title>", text[:20_000], re.S | re.I)
    if title and "netscape-bookmark" not in text[:500].lower():
        note.meta["title"] = " ".join(re.sub(r"<[^>]*>", "", title[1]).split())
        note.meta_lines["title"] = text.count("\n", 0, title.start()) + 1
    return note


def _rewritten(text: str, rules: tuple[tuple[str, _Written], ...]) -> Note:
    """A text as Markdown, its headings, items and links rewritten by rules; the lines stay what they are."""
    for pattern, written in rules:
        text = re.sub(pattern, written, text, flags=re.M)
    return parse_markdown(text)


def _parse_latex(text: str) -> Note:
    """LaTeX documents and ``.bbl`` files; accents and commands become text."""
    note = _rewritten(text, _LATEX)
    for block in note.root.walk():
        if re.search(r"[\\{~]", block.source):
            block.source = text_of_latex(block.source)
        block.source = re.sub(r"[ \t]{2,}", " ", block.source)
    return note


def _parse_rst(text: str) -> Note:
    """reStructuredText: underlined headings by the order in which their lines first come, as docutils does."""
    lines = text.split("\n")
    levels: dict[str, int] = {}
    for place, title in enumerate(lines[:-1]):
        under = re.fullmatch(_UNDER, lines[place + 1])
        if (
            under
            and title.strip()
            and not re.fullmatch(_UNDER, title)
            and len(under[0]) >= len(title.rstrip()) - 2
        ):
            level = levels.setdefault(under[1], len(levels) + 1)
            lines[place], lines[place + 1] = f"{'#' * min(level, 6)} {title.strip()}", ""
            if place and lines[place - 1] == under[0]:
                lines[place - 1] = ""
    return _rewritten("\n".join(lines), _RST)


def _read(parse: Callable[[str], Note], text: str, file: str) -> Reading:
    return read_note(parse(text), file)


def _format(name: str, suffixes: str, shape: str, parse: Callable[[str], Note]) -> Format:
    return Format(name, tuple(suffixes.split()), re.compile(shape, re.I | re.M), partial(_read, parse))


_NEVER = r"(?!)"
"""Only its ending tells."""
FORMATS = (
    _format("html", ".html .htm .xhtml", r"\A\s*<(?:!doctype (?:html|netscape)|html|head|body)", _parse_html),
    _format(
        "org",
        ".org",
        r"^#\+(?:title|startup|options|filetags|author):|^[ \t]*:PROPERTIES:[ \t]*$|^\*+ (?:TODO|DONE)\b",
        parse_org,
    ),
    _format("rst", ".rst .rest", _NEVER, _parse_rst),
    _format(
        "latex", ".tex .bbl .latex", r"^\s*\\(?:documentclass|begin\{thebibliography\}|bibitem)", _parse_latex
    ),
    _format("asciidoc", ".adoc .asciidoc .asc", _NEVER, lambda text: _rewritten(text, _ASCIIDOC)),
    _format("typst", ".typ", _NEVER, lambda text: _rewritten(text, _TYPST)),
    # What is left when no other format fits: Markdown of every flavour, and plain text.
    _format("markdown", ".md .markdown .mdown .mkd .mdx .qmd .rmd", "", parse_markdown),
)
