"""Notes in running text as :class:`~triage.notes.formats.NoteFormat`: Markdown, Org, HTML, tables."""

from __future__ import annotations

import csv
import re
from pathlib import PurePosixPath

from triage.notes.blocks import Block, Kind, Note
from triage.notes.entries import reading_of
from triage.notes.formats import NoteProblem, Reading
from triage.notes.html import parse_html
from triage.notes.markdown import inline_line, parse_markdown
from triage.notes.org import parse_org


class MarkdownFormat:
    """Markdown of every flavour, and plain text, which is Markdown without marks."""

    name = "markdown"
    suffixes = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd")

    def recognises(self, text: str) -> bool:
        """Any text may be Markdown: ask this format last."""
        return True

    def read(self, text: str, file: str) -> Reading:
        """Find the noted papers."""
        return reading_of(parse_markdown(text), file, PurePosixPath(file).stem)


class OrgFormat:
    """Org-mode and org-roam."""

    name = "org"
    suffixes = (".org",)

    def recognises(self, text: str) -> bool:
        """Whether the text has Org's keywords or drawers, or more starred than hashed headings with Org links."""
        head = text[:50_000]
        if re.search(r"^#\+(?:title|startup|filetags|author|options|roam_\w+):", head, re.I | re.M):
            return True
        if re.search(r"^[ \t]*:PROPERTIES:[ \t]*$", head, re.M):
            return True
        return bool(
            re.search(r"^\*+ \S", head, re.M)
            and re.search(r"\[\[https?://[^\]]+\]\[", head)
            and not re.search(r"^#{1,6} \S", head, re.M)
        )

    def read(self, text: str, file: str) -> Reading:
        """Find the noted papers."""
        return reading_of(parse_org(text), file, PurePosixPath(file).stem)


class HtmlFormat:
    """HTML: exports of Notion, saved pages."""

    name = "html"
    suffixes = (".html", ".htm", ".xhtml")

    def recognises(self, text: str) -> bool:
        """Whether the text is a whole page of HTML."""
        return bool(
            re.match(
                r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b",
                text,
                re.I | re.S,
            )
        )

    def read(self, text: str, file: str) -> Reading:
        """Find the noted papers."""
        return reading_of(parse_html(text), file, PurePosixPath(file).stem)


class TableFormat:
    """Tables as CSV or TSV: exports of Notion, Airtable, Zotero, spreadsheets."""

    name = "table"
    suffixes = (".csv", ".tsv", ".tab")

    def recognises(self, text: str) -> bool:
        """Whether the first lines are a table whose head names titles."""
        head = text.lstrip("\ufeff").split("\n", 1)[0]
        return (
            bool(
                re.search(
                    r"(?i)(?:^|[\t,;\"])(?:paper[ _]?)?title(?:[\t,;\"]|$)|(?:^|[\t,])(?:论文|标题)", head
                )
            )
            and len(re.split(r"[\t,;]", head)) >= 2
        )

    def read(self, text: str, file: str) -> Reading:
        """Find the rows that are papers."""
        head = text.split("\n", 1)[0]
        delimiter = max("\t,;|", key=head.count)
        table = Block(Kind.TABLE, 1)
        rows = csv.reader(
            text.split("\n"),
            delimiter=delimiter,
            quoting=csv.QUOTE_NONE if delimiter == "\t" and '"' not in head else csv.QUOTE_MINIMAL,
        )
        before = 0
        try:
            for row in rows:
                number = before + 1
                before = rows.line_num
                if any(cell.strip() for cell in row):
                    table.children.append(
                        Block(Kind.ROW, number, [inline_line(cell, number) for cell in row])
                    )
        except csv.Error as error:
            return Reading(
                problems=(
                    NoteProblem(file, before + 1, f"the table can't be read: {error}", "check its quotes"),
                )
            )
        return reading_of(Note([table]), file, PurePosixPath(file).stem)
