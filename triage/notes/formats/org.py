"""Org-mode and org-roam as Markdown, so that lists, tables and links are read by one parser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from triage.notes.markdown import parse_markdown
from triage.notes.tree import Note
from triage.notes.words import words

_STATES = "|".join(
    words(
        "TODO DONE NEXT WAITING WAIT READING READ TOREAD TO-READ SKIM SKIMMED HOLD CANCELLED CANCELED STARTED SOMEDAY MAYBE "
        "IN-PROGRESS PROJ KILL INBOX QUEUE QUEUED BACKLOG REVIEW PAPER TO-DO DROPPED ABANDONED WRITING"
    )
)
_HEADING = re.compile(rf"^(\*+)\s+(?:(?:{_STATES})\s+)?(?:\[#[A-Z0-9]\]\s*)?(.*?)(?:\s+:[\w@#%:]+:)?\s*$")
_KEYWORD = re.compile(r"^\s*#\+(\w[\w-]*):\s*(.*)$")
_PROPERTY = re.compile(r"^\s*:([\w+-]+):\s*(.*?)\s*$")
_LABELS = {"roam_refs": "link", "roam_key": "link", "interleave_pdf": "pdf", "noter_document": "file"}
_SAME_KEYS = {"filetags": "tags", "roam_tags": "tags", "roam_key": "roam_refs"}
_KEPT_KEYS = words(
    "title tags date author authors url link doi arxiv roam_refs category venue year source eprint paper citekey created"
)
_BLOCK = re.compile(r"^\s*#\+(begin|end)_(\w+)", re.I)
_DESCRIPTION = re.compile(r"^(\s*[-+]\s+)(.{1,60}?)\s+::\s*(.*)$")
_BOX = re.compile(r"^(\s*(?:[-+]|\d+[.)])\s+)\[([ Xx-])\]\s+")
_UNSEEN = re.compile(r"^\s*(?:(?:SCHEDULED|DEADLINE|CLOSED):|# )")
_TARGET = re.compile(r"\[\[([^\[\]]+)\](?:\[[^\[\]]*\])?\]")
_RULE = re.compile(r"^\s*\|[-+]+\|?\s*$")
_INLINE = re.compile(
    r"""(?x)
    \[\[(?P<target>[^\[\]]+)\](?:\[(?P<shown>(?:[^\[\]]|\[[^\[\]]*\])+)\])?\]
    | (?P<url>https?://\S+)
    | \[cite(?:/\w+)*:(?P<cites>[^\]]*)\]
    | (?<![\w\[])cite[pt]?:&?(?P<key>[\w:+/-]*\w)
    | [<\[](?P<time>\d{4}-\d{2}-\d{2})[^>\]\n]{0,30}[>\]]
    | (?<![\w=~])[=~](?=\S)(?P<code>[^=~\n]+?)(?<=\S)[=~](?![\w=~])
    | (?<![\w*])\*(?=\S)(?P<bold>[^*\n]+?)(?<=\S)\*(?![\w*])
    | (?<![\w/:])/(?=\S)(?P<italic>[^/\n]+?)(?<=\S)/(?![\w/])
    """
)


def parse_org(text: str) -> Note:
    """Rewrite an Org file line by line; properties become labelled lines, those at its top the front matter."""
    org = _Lines()
    note = parse_markdown("\n".join(map(org.line, text.split("\n"), range(1, len(text) + 2))))
    note.meta |= org.meta
    note.meta_lines |= org.meta_lines
    return note


@dataclass(slots=True)
class _Lines:
    """Org's lines as Markdown's, one by one, and the properties of the file on the way."""

    meta: dict[str, Any] = field(default_factory=dict)
    meta_lines: dict[str, int] = field(default_factory=dict)
    source: str = ""
    """The kind of block of source text that is open."""
    drawer: str = ""
    before_headings: bool = True
    table_row: int = 0

    def line(self, line: str, number: int) -> str:
        """Translate one line."""
        block = _BLOCK.match(line)
        if self.source or block:
            return self._of_block(line, block)
        if keyword := _KEYWORD.match(line):
            key = _SAME_KEYS.get(keyword[1].lower(), keyword[1].lower())
            return self._keep(key, keyword[2], number) if key in _KEPT_KEYS else ""
        if prop := _PROPERTY.match(line):
            return self._property(number, prop[1].lower().rstrip("+"), prop[2])
        return "" if self.drawer == "logbook" or _UNSEEN.match(line) else self._shown(line)

    def _keep(self, key: str, value: str, number: int) -> str:
        """Put a value into the front matter; nothing of it is left in the text."""
        value = _TARGET.sub(r"\1", value).strip()
        tags = [tag for tag in re.split(r"[:\s,]+", value) if tag]
        self.meta[key] = tags if key == "tags" else f"{self.meta.get(key, '')} {value}".strip()
        self.meta_lines.setdefault(key, number)
        return ""

    def _of_block(self, line: str, block: re.Match[str] | None) -> str:
        """A line that begins, continues or ends a block."""
        begins, kind = (block[1].lower() == "begin", block[2].lower()) if block else (False, "")
        if self.source and (begins or kind != self.source):
            return line
        if not self.source and not (begins and kind in ("src", "example", "export")):
            return ""
        self.source = kind if begins else ""
        return "```"

    def _shown(self, line: str) -> str:
        """A line that a reader sees: a heading, a row, an item, text."""
        if heading := _HEADING.match(line):
            self.before_headings = False
            self.table_row = 0
            return f"{'#' * min(6, len(heading[1]))} {_inline(heading[2])}"
        if _RULE.match(line):
            below_header = self.table_row == 1
            return re.sub(r"[^|+]+", "---", line.strip()).replace("+", "|") if below_header else ""
        self.table_row = self.table_row + 1 if line.lstrip().startswith("|") else 0
        ticked = _BOX.sub(lambda box: f"{box[1]}[{'x' if box[2] in 'Xx' else ' '}] ", line)
        return _inline(_DESCRIPTION.sub(r"\1\2: \3", ticked))

    def _property(self, number: int, key: str, value: str) -> str:
        if key == "end" or (key in ("properties", "logbook") and not value):
            self.drawer = "" if key == "end" else key
        elif self.drawer == "properties" and value:
            if self.before_headings:
                return self._keep(key, value, number)
            if key == "custom_id" and re.search(r"\d", value):
                return f"- paper: [@{value}]"
            if key not in ("id", "created", "custom_id", "style"):
                # A list item each, so that the properties are labelled lines under their heading.
                return f"- {_LABELS.get(key, key.replace('_', ' '))}: {_inline(value)}"
        return ""


def _inline(line: str) -> str:
    """One line's Org markup as Markdown's."""
    return _INLINE.sub(_marked, line)


def _marked(match: re.Match[str]) -> str:
    if match["target"]:
        return _link(match["target"], match["shown"])
    kind, inner = match.lastgroup or "", match[match.lastgroup or 0]
    if kind in ("bold", "italic"):
        inner = _inline(inner)
    return _AS_MARKDOWN[kind].format(inner)


_AS_MARKDOWN = {
    "url": "{}",
    "cites": "[{}]",
    "key": "[@{}]",
    "time": "",
    "code": "`{}`",
    "bold": "**{}**",
    "italic": "*{}*",
}


def _link(target: str, shown: str | None) -> str:
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
