"""Markdown notes as a :class:`~triage.notes.formats.NoteFormat`."""

from __future__ import annotations

from pathlib import PurePosixPath

from triage.notes.entries import reading_of
from triage.notes.formats import Reading
from triage.notes.markdown import parse_markdown


class MarkdownFormat:
    """Markdown of every flavour, and plain text, which is Markdown without marks."""

    name = "markdown"
    suffixes = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd", ".ipynb.md")

    def recognises(self, text: str) -> bool:
        """Any text may be Markdown: ask this format last."""
        return True

    def read(self, text: str, file: str) -> Reading:
        """Find the noted papers."""
        return reading_of(parse_markdown(text), file, PurePosixPath(file).stem)
