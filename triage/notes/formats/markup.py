"""Languages of running text: Markdown, Org, HTML, reStructuredText, LaTeX, AsciiDoc, Typst."""

from __future__ import annotations

import re
from collections.abc import Callable

from triage.notes.formats import Reading
from triage.notes.formats.org import parse_org
from triage.notes.html import parse_html
from triage.notes.markdown import parse_markdown
from triage.notes.reading import read_note
from triage.notes.tree import Note


class MarkdownFormat:
    """Markdown of every flavour, and plain text: what is left when no other format fits."""

    name = "markdown"
    suffixes = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd")

    def recognises(self, text: str) -> bool:
        """Any text can be Markdown."""
        return True

    def read(self, text: str, file: str) -> Reading:
        """Find the papers."""
        return read_note(parse_markdown(text), file)


class OrgFormat:
    """Org-mode and org-roam."""

    name = "org"
    suffixes = (".org",)

    def recognises(self, text: str) -> bool:
        """Whether the text has Org's keywords, drawers or headings with links."""
        return bool(
            re.search(
                r"^#\+(?:title|startup|options|filetags|author):|^\s*:PROPERTIES:\s*$",
                text[:20_000],
                re.I | re.M,
            )
            or re.search(r"^\*+ (?:TODO|DONE)\b", text[:50_000], re.M)
        )

    def read(self, text: str, file: str) -> Reading:
        """Find the papers."""
        return read_note(parse_org(text), file)


class HtmlFormat:
    """Saved pages, exports and bookmarks in HTML."""

    name = "html"
    suffixes = (".html", ".htm", ".xhtml")

    def recognises(self, text: str) -> bool:
        """Whether the text begins as a page."""
        return bool(re.match(r"\s*(?:<!doctype (?:html|netscape)|<html|<head|<body)", text[:2000], re.I))

    def read(self, text: str, file: str) -> Reading:
        """Find the papers."""
        return read_note(parse_html(text), file)


class _Rewritten:
    """A language that is read as Markdown, its headings, items and links rewritten line by line."""

    name = ""
    suffixes: tuple[str, ...] = ()
    rules: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = ()

    def recognises(self, text: str) -> bool:
        """Only its ending tells."""
        return False

    def read(self, text: str, file: str) -> Reading:
        """Find the papers."""
        return read_note(self.parse(text), file)

    def parse(self, text: str) -> Note:
        """Rewrite and read."""
        for pattern, written in self.rules:
            text = pattern.sub(written, text)
        return parse_markdown(text)


class AsciidocFormat(_Rewritten):
    """AsciiDoc."""

    name = "asciidoc"
    suffixes = (".adoc", ".asciidoc", ".asc")
    rules = (
        (re.compile(r"^(={1,6})[ \t]+(?=\S)", re.M), lambda match: "#" * len(match[1]) + " "),
        (re.compile(r"^(\*{1,5})[ \t]+(?=\S)", re.M), lambda match: "  " * (len(match[1]) - 1) + "- "),
        (re.compile(r"^(\.{1,5})[ \t]+(?=\S)", re.M), lambda match: "   " * (len(match[1]) - 1) + "1. "),
        (
            re.compile(r"(?:link:)?(https?://[^\s\[\]]+)\[([^\[\]\n]*)\]"),
            lambda match: f"[{match[2].removesuffix('^')}]({match[1]})" if match[2] else match[1],
        ),
        (re.compile(r"^:(\w[\w-]*):[ \t]+(.*)$", re.M), r""),
        (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"**\1**"),
    )


class TypstFormat(_Rewritten):
    """Typst."""

    name = "typst"
    suffixes = (".typ",)
    rules = (
        (re.compile(r"^(={1,6})[ \t]+(?=\S)", re.M), lambda match: "#" * len(match[1]) + " "),
        (re.compile(r"^([ \t]*)\+[ \t]+(?=\S)", re.M), r"\1- "),
        (re.compile(r"#link\(\s*\"([^\"\n]*)\"\s*\)\[([^\[\]]*)\]"), r"[\2](\1)"),
        (
            re.compile(r"#link\(\s*\"([^\"\n]*)\"\s*(?:,\s*\"([^\"\n]*)\")?\s*\)"),
            lambda match: f"[{match[2]}]({match[1]})" if match[2] else match[1],
        ),
        (re.compile(r"^#(?:set|show|import|let|include)\b.*$", re.M), r""),
        (re.compile(r"#(?:strong|emph|underline)\[([^\[\]]*)\]"), r"**\1**"),
        (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"**\1**"),
        (re.compile(r"//(?<!:\/\/).*$", re.M), r""),
    )


class LatexFormat(_Rewritten):
    """LaTeX documents and ``.bbl`` files: sections, items, ``\\bibitem``, ``\\href``."""

    name = "latex"
    suffixes = (".tex", ".bbl", ".latex")
    rules = (
        (re.compile(r"(?<!\\)%.*$", re.M), r""),
        (re.compile(r"^\s*\\(?:begin|end)\{(?!document)[^}]*\}(?:\[[^\]]*\]|\{[^}]*\})*", re.M), r""),
        (re.compile(r"^.*\\begin\{document\}", re.M), r""),
        (re.compile(r"\\(?:part|chapter)\*?(?:\[[^\]]*\])?\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}"), r"\n# \1"),
        (re.compile(r"\\section\*?(?:\[[^\]]*\])?\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}"), r"## \1"),
        (re.compile(r"\\(?:sub)+section\*?(?:\[[^\]]*\])?\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}"), r"### \1"),
        (re.compile(r"\\bibitem\s*(?:\[[^\]]*(?:\{[^{}]*\}[^\]]*)*\])?\s*(?:\{[^{}]*\})?\s*%?\s*"), r"- "),
        (re.compile(r"\\item\s*(?:\[([^\]]*)\])?\s*"), r"- \1 "),
        (
            re.compile(r"\\href\s*(?:\[[^\]]*\])?\s*\{([^{}]*)\}\s*\{((?:[^{}]|\{[^{}]*\})*)\}"),
            lambda match: f"[{match[2]}]({_plain_url(match[1])})",
        ),
        (re.compile(r"\\(?:url|nolinkurl)\s*\{([^{}]*)\}"), lambda match: f" {_plain_url(match[1])} "),
        (re.compile(r"\\(?:textbf|mathbf|bf)\s*\{((?:[^{}]|\{[^{}]*\})*)\}"), r"**\1**"),
        (
            re.compile(
                r"\\(?:emph|textit|textsl|texttt|textsc|bibinfo\{\w+\}|bibfield\s*\{\w+\}|bibnamefont|bibfnamefont|enquote|natexlab|footnote)\s*\{((?:[^{}]|\{[^{}]*\})*)\}"
            ),
            r"\1",
        ),
        (re.compile(r"\\newblock\b\s*|\\BibitemOpen|\\BibitemShut\s*\{[^{}]*\}|\\em\b|\\it\b|\\par\b"), r" "),
        (re.compile(r"\\(?:paragraph|title|caption)\*?\{([^{}]*)\}"), r"**\1**"),
    )

    def recognises(self, text: str) -> bool:
        """Whether the text is a document or a list of references in LaTeX."""
        return bool(re.search(r"^\s*\\(?:documentclass|begin\{thebibliography\}|bibitem)", text[:5000], re.M))

    def parse(self, text: str) -> Note:
        """Rewrite and read; accents and commands of titles become text."""
        note = super().parse(text)
        for block in note.root.walk():
            if re.search(r"[\\{~]", block.source):
                block.source = _without_commands(block.source)
            block.source = re.sub(r"[ \t]{2,}", " ", block.source)
        return note


def _plain_url(url: str) -> str:
    return re.sub(r"\\([%#&_~])", r"\1", url).strip()


def _without_commands(source: str) -> str:
    from triage.notes.formats.bibtex import plain

    pieces = re.split(r"(\]\([^()\s]*\)|https?://\S+)", source[:5000])
    return "".join(piece if place % 2 else _spaced(piece, plain(piece)) for place, piece in enumerate(pieces))


def _spaced(before: str, after: str) -> str:
    return f"{' ' if before[:1].isspace() else ''}{after}{' ' if before[-1:].isspace() else ''}"


class RestructuredFormat(_Rewritten):
    """reStructuredText: references are resolved by docutils where it is installed."""

    name = "rst"
    suffixes = (".rst", ".rest")
    rules = (
        (re.compile(r"^([=\-~^\"'+*#`:.]{3,})[ \t]*\n(?=[^\n]+\n\1)", re.M), r"\n"),
        (
            re.compile(r"`([^`<>]+?)\s*<([^<>`]+)>`__?"),
            lambda match: f"[{' '.join(match[1].split())}]({''.join(match[2].split())})",
        ),
        (
            re.compile(r"^(\s*)\.\.[ \t]+_([^:`\n]+|`[^`\n]+`):[ \t]*(\S+)[ \t]*$", re.M),
            lambda match: f"\n[{match[2].strip('`')}]: {match[3]}",
        ),
        (re.compile(r"`([^`<>\n]+)`__?(?!\w)"), r"[\1][]"),
        (re.compile(r"(?<![\w`])([A-Za-z][\w-]*)_(?!\w)"), r"[\1][]"),
        (re.compile(r"^\s*\.\.[ \t]+\[([^\]\n]+)\][ \t]+", re.M), r"- "),
        (
            re.compile(r"^\s*\.\.[ \t]+(?:note|tip|warning|important|admonition|seealso|hint)::[ \t]*", re.M),
            r"",
        ),
        (re.compile(r"^\s*\.\.[ \t]+[\w-]+::.*$|^\s*\.\.(?:[ \t].*)?$|^\s+:\w[\w -]*:.*$", re.M), r""),
        (re.compile(r":(?:arxiv|doi|pmid):`([^`]+)`", re.I), r"arXiv:\1"),
        (re.compile(r":[\w:+-]+:`([^`<>]+)(?:<[^<>`]*>)?`"), r"\1"),
    )

    def parse(self, text: str) -> Note:
        """Rewrite underlined headings by the order in which their lines first come, as docutils does."""
        lines = text.split("\n")
        levels: dict[str, int] = {}
        for place in range(len(lines) - 1):
            under = re.fullmatch(r"([=\-~^\"'+*#`:.])\1{2,}\s*", lines[place + 1])
            title = lines[place].strip()
            if (
                under
                and title
                and not re.fullmatch(r"([=\-~^\"'+*#`:.])\1{2,}", title)
                and len(lines[place + 1].strip()) >= len(title) - 2
                and not lines[place][:1].isspace()
            ):
                level = levels.setdefault(under[1], len(levels) + 1)
                lines[place], lines[place + 1] = f"{'#' * min(level, 6)} {title}", ""
        return super().parse("\n".join(lines))
