"""Languages of running text, each rewritten to Markdown by rules; the lines stay what they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from triage.notes.formats import Format, Reading
from triage.notes.formats.bibliographies import text_of_latex
from triage.notes.html import rows_of_html
from triage.notes.markdown import note_of, parse_markdown
from triage.notes.reading import read_note
from triage.notes.tree import Note
from triage.notes.words import any_of, words

_Rules = tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...]


def _hashes(match: re.Match[str]) -> str:
    return "#" * min(6, len(match[1])) + " "


def _link(match: re.Match[str]) -> str:
    """An address and its text, which may be missing."""
    url = re.sub(r"\\([%#&_~])", r"\1", match[1]).strip()
    return f"[{' '.join(match[2].split()).removesuffix('^')}]({url})" if match[2] else f" {url} "


_HEADING = (r"^(={1,6})[ \t]+(?=\S)", _hashes)
_STRONG = (r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])", r"**\1**")
_ASCIIDOC: _Rules = (
    _HEADING,
    (r"^([*.]{1,5})[ \t]+(?=\S)", lambda match: "  " * (len(match[1]) - 1) + "- "),
    (r"(?:link:)?(https?://[^\s\[\]]+)\[([^\[\]\n]*)\]", _link),
    (r"^:\w[\w-]*:[ \t].*$", ""),
    _STRONG,
)
_TYPST: _Rules = (
    _HEADING,
    (r"^([ \t]*)\+[ \t]+(?=\S)", r"\1- "),
    (r"#link\([ \t]*\"([^\"\n]*)\"[ \t]*(?:,[ \t]*\"|\)\[)([^\"\[\]\n]*)(?:\"[ \t]*\)|\])", _link),
    (r"#link\([ \t]*\"([^\"\n]*)\"[ \t]*\)()", _link),
    (r"^#(?:set|show|import|let|include)\b.*$", ""),
    _STRONG,
    (r"(?<!:)//.*$", ""),
)
_BRACED = r"\{((?:[^{}]|\{[^{}]*\})*)\}"
_OPTION = r"(?:\[[^\]\n]*\])?"
_LATEX: _Rules = (
    (r"(?<!\\)%.*$", ""),
    (rf"^.*\\begin\{{document\}}|^[ \t]*\\(?:begin|end)\{{[^}}\n]*\}}(?:{_OPTION}|\{{[^}}\n]*\}})*", ""),
    (rf"\\(?:part|chapter)\*?{_OPTION}{_BRACED}", r"# \1"),
    (rf"\\section\*?{_OPTION}{_BRACED}", r"## \1"),
    (rf"\\(?:sub)+section\*?{_OPTION}{_BRACED}", r"### \1"),
    (r"\\bibitem[ \t]*(?:\[(?:[^\]{}\n]|\{[^{}\n]*\})*\])?[ \t]*(?:\{[^{}\n]*\})?[ \t]*", "- "),
    (r"\\item[ \t]*(?:\[([^\]\n]*)\])?[ \t]*", r"- \1 "),
    (rf"\\href[ \t]*{_OPTION}[ \t]*\{{([^{{}}]*)\}}[ \t]*{_BRACED}", _link),
    (r"\\(?:url|nolinkurl)[ \t]*\{([^{}]*)\}()", _link),
    (rf"\\(?:textbf|bf|paragraph|title|caption)\*?[ \t]*{_BRACED}", r"**\1**"),
    (
        rf"\\(?:emph|text\w\w|bibinfo[ \t]*\{{\w+\}}|bibfield[ \t]*\{{\w+\}}|bib\w*name\w*|enquote|natexlab|footnote)[ \t]*{_BRACED}",
        r"\1",
    ),
    (r"\\(?:newblock|BibitemOpen|BibitemShut[ \t]*\{[^{}]*\}|em|it|par)(?![A-Za-z])[ \t]*", " "),
)
_UNDER = r"([=\-~^\"'+*#`:.])\1{2,}[ \t]*"
_RST: _Rules = (
    (r"`([^`<>]+?)\s*<([^<>`]+)>`__?", lambda match: f"[{' '.join(match[1].split())}]({''.join(match[2].split())})"),
    (r"^[ \t]*\.\.[ \t]+_`?([^:`\n]+)`?:[ \t]*(\S+)[ \t]*$", r"[\1]: \2"),
    (r"`([^`<>\n]+)`__?(?!\w)", r"[\1][]"),
    (r"(?<![\w`])([A-Za-z][\w-]*)_(?!\w)", r"[\1][]"),
    (r"^[ \t]*\.\.[ \t]+\[([^\]\n]+)\][ \t]+", "- "),
    (r"^[ \t]*\.\.[ \t]+(?:note|tip|warning|important|admonition|seealso|hint)::[ \t]*", ""),
    (r"^[ \t]*\.\.[ \t]+[\w-]+::.*$|^[ \t]*\.\.(?:[ \t].*)?$|^[ \t]+:\w[\w -]*:.*$", ""),
    (r"(?i):(?:arxiv|doi|pmid):`([^`]+)`", r"arXiv:\1"),
    (r":[\w:+-]+:`([^`<>]+)(?:<[^<>`]*>)?`", r"\1"),
)  # fmt: skip


def _mailed(match: re.Match[str]) -> str:
    """A paper of arXiv's mail, where its title stands."""
    return "\n" * match[2].count("\n") + f"- [{' '.join(match[3].split())}](https://arxiv.org/abs/{match[1]})"


_MAIL: _Rules = (
    (r"^[-=]{9,}$|^\\\\.*$", ""),
    (r"^(?:arXiv|Paper):[ ]?(\S+)((?:.*\n){1,12}?)Title:(.*(?:\n[ \t]+\S.*)*)", _mailed),
)
_ORG_INLINE = r"""(?x)
    \[\[(?P<target>[^\[\]]+)\](?:\[(?P<shown>(?:[^\[\]]|\[[^\[\]]*\])+)\])?\]
    | (?P<url>https?://\S+)
    | \[cite(?:/\w+)*:(?P<cites>[^\]]*)\]
    | (?<![\w\[])cite[pt]?:&?(?P<key>[\w:+/-]*\w)
    | [<\[](?P<time>\d{4}-\d{2}-\d{2})[^>\]\n]{0,30}[>\]]
    | (?<![\w=~])[=~](?=\S)(?P<code>[^=~\n]+?)(?<=\S)[=~](?![\w=~])
    | (?<![\w*])\*(?=\S)(?P<bold>[^*\n]+?)(?<=\S)\*(?![\w*])
    | (?<![\w/:])/(?=\S)(?P<italic>[^/\n]+?)(?<=\S)/(?![\w/])
    """
_MARKS = {"cites": "[", "key": "[@", "code": "`", "bold": "**", "italic": "*"}


def _org_marked(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    if match["target"]:
        return _org_link(match["target"], match["shown"])
    inner = re.sub(_ORG_INLINE, _org_marked, match[kind]) if kind in ("bold", "italic") else match[kind]
    mark = _MARKS.get(kind, "")
    return "" if kind == "time" else mark + inner + ("]" if "[" in mark else mark)


def _org_link(target: str, shown: str | None) -> str:
    kind, colon, rest = target.partition(":")
    if kind == "roam":
        return f"[[{shown or rest}]]"
    if kind in ("cite", "citet", "citep"):
        return f"[@{rest.lstrip('&')}]"
    if address := {"arxiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}.get(kind.lower()):
        target = f"{address}{rest}"
    elif kind in ("file", "attachment", "pdf"):
        target = rest
    elif target.startswith(("*", "#")) or (colon and not rest.startswith("//")):
        # Inside of the file, or of a kind that only the reader's own Emacs knows.
        return shown or target
    return f"[{shown or target}](<{target}>)"


_ORG: _Rules = (
    (r"(?i)^[ \t]*#\+(?:begin|end)_(?:src|example|export)\b.*$", "```"),
    (r"^[ \t]*(?:(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):|#[ +]|:\w+:[ \t]*$).*$", ""),
    (rf"^(\*+)[ \t]+(?:(?-i:{any_of('org.state')})[ \t]+)?(?:\[#[A-Z0-9]\][ \t]*)?", _hashes),
    (r"^(#+ .*?)[ \t]+:[\w@#%:]+:[ \t]*$", r"\1"),
    (r"^[ \t]*\|[-+]+\|?[ \t]*$", lambda match: match[0].replace("+", "|")),
    (r"^([ \t]*[-+][ \t]+)(.{1,60}?)[ \t]+::[ \t]*", r"\1\2: "),
    (_ORG_INLINE, _org_marked),
)
_ORG_FIELD = re.compile(r"^[ \t]*(?:#\+(\w[\w-]*):|:([\w-]+)\+?:(?=[ \t]+\S))[ \t]*(.*?)[ \t]*$", re.M)
_SAME_KEYS = {"filetags": "tags", "roam_tags": "tags", "roam_key": "roam_refs"}
_KEPT_KEYS = words(
    "title tags date author authors url link doi arxiv roam_refs category venue year source eprint paper citekey created"
)


def _parse_org(text: str) -> Note:
    """Org: keywords and the properties at its top are the front matter; those of a heading become labelled lines."""
    heading = re.search(r"^\*+[ \t]", text, re.M)
    top = heading.start() if heading else len(text)
    meta: dict[str, Any] = {}
    meta_lines: dict[str, int] = {}

    def field(match: re.Match[str]) -> str:
        key, value = (match[1] or match[2]).lower(), match[3]
        if match[2] and match.start() > top:
            if key == "custom_id" and re.search(r"\d", value):
                return f"- paper: [@{value}]"
            hidden = key in ("id", "created", "custom_id", "style")
            return (
                ""
                if hidden
                else f"- {'link' if key in ('roam_refs', 'roam_key') else key.replace('_', ' ')}: {value}"
            )
        key = _SAME_KEYS.get(key, key)
        if key in _KEPT_KEYS:
            value = re.sub(r"\[\[([^\[\]]+)\](?:\[[^\[\]]*\])?\]", r"\1", value)
            tags = [tag for tag in re.split(r"[:\s,]+", value) if tag]
            meta[key] = tags if key == "tags" else f"{meta.get(key, '')} {value}".strip()
            meta_lines.setdefault(key, text.count("\n", 0, match.start()) + 1)
        return ""

    note = _rewritten(_ORG_FIELD.sub(field, text), _ORG)
    note.meta |= meta
    note.meta_lines |= meta_lines
    return note


def _parse_html(text: str) -> Note:
    """A saved page, a Notion or bookmark export."""
    note = note_of(rows_of_html(enumerate(text.split("\n"), start=1)))
    title = re.search(r"<title[^>]*>(.{0,500}?)</title>", text[:20_000], re.S | re.I)
    if title and "netscape-bookmark" not in text[:500].lower():
        note.meta["title"] = " ".join(re.sub(r"<[^>]*>", "", title[1]).split())
        note.meta_lines["title"] = text.count("\n", 0, title.start()) + 1
    return note


def _rewritten(text: str, rules: _Rules) -> Note:
    for pattern, written in rules:

        def replaced(match: re.Match[str], written: Any = written) -> str:
            new = str(written(match) if callable(written) else match.expand(written))
            return new + "\n" * (match[0].count("\n") - new.count("\n"))

        text = re.sub(pattern, replaced, text, flags=re.M)
    return parse_markdown(text)


def _parse_latex(text: str) -> Note:
    """LaTeX documents and ``.bbl`` files; accents and commands become text."""
    note = _rewritten(text, _LATEX)
    for block in note.root.walk():
        block.source = re.sub(r"[ \t]{2,}", " ", text_of_latex(block.source))
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
            lines[place : place + 2] = [f"{'#' * min(level, 6)} {title.strip()}", ""]
    return _rewritten("\n".join(lines), _RST)


def _format(name: str, suffixes: str, shape: str, parse: Callable[[str], Note]) -> Format:
    def read(text: str, file: str) -> Reading:
        return read_note(parse(text), file)

    return Format(name, tuple(suffixes.split()), re.compile(shape, re.I | re.M).search, read)


_NEVER = r"(?!)"
"""Only its ending tells."""
_IS_ORG = r"^#\+(?:title|startup|options|filetags|author):|^[ \t]*:PROPERTIES:[ \t]*$|^\*+ (?:TODO|DONE)\b"
_IS_LATEX = r"^\s*\\(?:documentclass|begin\{thebibliography\}|bibitem)"
_IS_HTML = r"\A\s*<(?:!doctype (?:html|netscape)|html|head|body)"
FORMATS = (
    _format("html", ".html .htm .xhtml", _IS_HTML, _parse_html),
    _format("org", ".org", _IS_ORG, _parse_org),
    _format("rst", ".rst .rest", _NEVER, _parse_rst),
    _format("latex", ".tex .bbl .latex", _IS_LATEX, _parse_latex),
    _format("asciidoc", ".adoc .asciidoc .asc", _NEVER, partial(_rewritten, rules=_ASCIIDOC)),
    _format("arxiv-mail", ".eml", r"^\\\\\s*\n(?:arXiv:|Paper: )", partial(_rewritten, rules=_MAIL)),
    _format("typst", ".typ", _NEVER, partial(_rewritten, rules=_TYPST)),
    # What is left when no other format fits: Markdown of every flavour, and plain text.
    _format("markdown", ".md .markdown .mdown .mkd .mdx .qmd .rmd", "", parse_markdown),
)
