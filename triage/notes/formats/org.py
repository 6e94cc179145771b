"""Org-mode and org-roam to blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from triage.notes.markdown import parse_markdown
from triage.notes.tree import Note
from triage.notes.words import words

_KEYWORD = re.compile(r"^\s*#\+(\w[\w-]*):\s*(.*)$")
_HEADING = re.compile(
    r"^(\*+)\s+(?:(?:TODO|DONE|NEXT|WAITING|WAIT|READING|READ|TOREAD|TO-READ|SKIM|SKIMMED|HOLD|CANCELLED|CANCELED|STARTED|SOMEDAY|MAYBE|IN-PROGRESS|PROJ|KILL|INBOX|QUEUE|QUEUED|BACKLOG|REVIEW|PAPER|TO-DO|DROPPED|ABANDONED|WRITING)\s+)?(?:\[#[A-Z0-9]\]\s*)?(.*?)(?:\s+(:[\w@#%:]+:))?\s*$"
)
_PROPERTY = re.compile(r"^\s*:([\w+-]+):\s*(.*?)\s*$")
_LINK = re.compile(r"\[\[([^\[\]]+)\](?:\[((?:[^\[\]]|\[[^\[\]]*\])+)\])?\]")
_CITE = re.compile(r"\[cite(?:/\w+)*:([^\]]*)\]")
_LABELS = {"roam_refs": "link", "roam_key": "link", "interleave_pdf": "pdf", "noter_document": "file"}
_SAME_KEYS = {"filetags": "tags", "roam_tags": "tags", "roam_key": "roam_refs"}
_KEPT_KEYS = words(
    "title tags date author authors url link doi arxiv roam_refs category venue year source eprint paper citekey created"
)
_OLD_CITE = re.compile(r"(?<![\w\[])cite[pt]?:&?([\w:+/-]*\w)")
_BEGIN = re.compile(r"^\s*#\+begin_(\w+)", re.I)
_END = re.compile(r"^\s*#\+end_(\w+)", re.I)
_DESCRIPTION = re.compile(r"^(\s*[-+]\s+)(.{1,60}?)\s+::\s*(.*)$")
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])")
_ITALIC = re.compile(r"(?<![\w/:])/(?=\S)([^/\n]+?)(?<=\S)/(?![\w/])")
_CODE = re.compile(r"(?<![\w=~])[=~](?=\S)([^=~\n]+?)(?<=\S)[=~](?![\w=~])")
_BOX = re.compile(r"^(\s*(?:[-+]|\d+[.)])\s+)\[([ Xx-])\]\s+")
_TIME = re.compile(r"[<\[]\d{4}-\d{2}-\d{2}[^>\]\n]{0,30}[>\]]")
_PLANNING = re.compile(r"^\s*(?:SCHEDULED|DEADLINE|CLOSED):")
_RULE = re.compile(r"^\s*\|[-+]+\|?\s*$")


def parse_org(text: str) -> Note:
    """Translate an Org file to blocks.

    The lines are rewritten one by one as Markdown, so that lists, tables and links are read by one
    parser; properties become labelled lines, those at the top of the file its front matter.
    """
    org = _Lines()
    note = parse_markdown(
        "\n".join(org.line(number, line) for number, line in enumerate(text.split("\n"), start=1))
    )
    note.meta = {**note.meta, **org.meta}
    note.meta_lines = {**note.meta_lines, **org.meta_lines}
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

    def line(self, number: int, line: str) -> str:
        """Translate one line."""
        if self.source or _BEGIN.match(line) or _END.match(line):
            return self._of_block(line)
        if _PLANNING.match(line) or line.strip().startswith("# "):
            return ""
        if keyword := _KEYWORD.match(line):
            return self._keyword(number, keyword[1].lower(), keyword[2])
        if prop := _PROPERTY.match(line):
            return self._property(number, prop[1].lower(), prop[2])
        return "" if self.drawer == "logbook" else self._shown(line)

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

    def _of_block(self, line: str) -> str:
        """A line that begins, continues or ends a block."""
        if self.source:
            if (end := _END.match(line)) and end[1].lower() == self.source:
                self.source = ""
                return "```"
            return line
        if (begin := _BEGIN.match(line)) and begin[1].lower() in ("src", "example", "export"):
            self.source = begin[1].lower()
            return "```"
        return ""

    def _keyword(self, number: int, key: str, value: str) -> str:
        key = _SAME_KEYS.get(key, key)
        if key in _KEPT_KEYS:
            tags = [tag for tag in re.split(r"[:\s,]+", value) if tag]
            self.meta[key] = tags if key == "tags" else _plain(value)
            self.meta_lines.setdefault(key, number)
        return ""

    def _property(self, number: int, name: str, value: str) -> str:
        if name in ("properties", "logbook") and not value:
            self.drawer = name
        elif name == "end":
            self.drawer = ""
        elif self.drawer == "properties" and value:
            key = name.rstrip("+")
            if self.before_headings:
                self.meta[key] = f"{self.meta[key]} {_plain(value)}" if key in self.meta else _plain(value)
                self.meta_lines.setdefault(key, number)
            elif name == "custom_id" and re.search(r"\d", value):
                return f"- paper: [@{value}]"
            elif name not in ("id", "created", "custom_id", "style"):
                # A list item each, so that the properties are labelled lines under their heading.
                return f"- {_LABELS.get(key, key.replace('_', ' '))}: {_inline(value)}"
        return ""


def _plain(value: str) -> str:
    return _LINK.sub(lambda link: link[1], value).strip()


def _inline(line: str) -> str:
    """One line's Org markup as Markdown's."""
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return f"\x00{len(kept) - 1}\x00"

    line = _LINK.sub(lambda link: keep(_link(link[1], link[2])), line)
    line = re.sub(r"https?://\S+", lambda url: keep(url[0]), line)
    line = _CITE.sub(lambda cite: keep(f"[{cite[1]}]"), line)
    line = _OLD_CITE.sub(lambda cite: keep(f"[@{cite[1]}]"), line)
    line = _TIME.sub("", line)
    line = _CODE.sub(lambda code: keep(f"`{code[1]}`"), line)
    line = _BOLD.sub(r"**\1**", line)
    line = _ITALIC.sub(r"*\1*", line)
    return re.sub(r"\x00(\d+)\x00", lambda place: kept[int(place[1])], line)


def _link(target: str, shown: str | None) -> str:
    if target.startswith(("id:", "roam:", "*", "#")):
        return (
            f"[[{(shown or target.partition(':')[2] or target)}]]"
            if target.startswith(("roam:",))
            else (shown or target)
        )
    if target.startswith(("cite:", "citet:", "citep:")):
        return f"[@{target.partition(':')[2].lstrip('&')}]"
    if target.startswith(("file:", "attachment:", "pdf:")):
        target = target.partition(":")[2]
    if target.lower().startswith("arxiv:"):
        target = f"https://arxiv.org/abs/{target.partition(':')[2]}"
    if target.lower().startswith("doi:"):
        target = f"https://doi.org/{target.partition(':')[2]}"
    return f"[{shown or target}](<{target}>)"
