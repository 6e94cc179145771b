"""Org-mode and org-roam to blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from triage.notes.markdown import parse_markdown
from triage.notes.tree import Note

_KEYWORD = re.compile(r"^\s*#\+(\w[\w-]*):\s*(.*)$")
_HEADING = re.compile(
    r"^(\*+)\s+(?:(?:TODO|DONE|NEXT|WAITING|WAIT|READING|READ|TOREAD|TO-READ|SKIM|SKIMMED|HOLD|CANCELLED|CANCELED|STARTED|SOMEDAY|MAYBE|IN-PROGRESS|PROJ|KILL|INBOX|QUEUE|QUEUED|BACKLOG|REVIEW|PAPER|TO-DO|DROPPED|ABANDONED|WRITING)\s+)?(?:\[#[A-Z0-9]\]\s*)?(.*?)(?:\s+(:[\w@#%:]+:))?\s*$"
)
_PROPERTY = re.compile(r"^\s*:([\w+-]+):\s*(.*?)\s*$")
_LINK = re.compile(r"\[\[([^\[\]]+)\](?:\[((?:[^\[\]]|\[[^\[\]]*\])+)\])?\]")
_CITE = re.compile(r"\[cite(?:/\w+)*:([^\]]*)\]")
_LABELS = {"roam_refs": "link", "roam_key": "link", "interleave_pdf": "pdf", "noter_document": "file"}
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
    meta: dict[str, Any] = {}
    meta_lines: dict[str, int] = {}
    note = parse_markdown("\n".join(_lines(text.split("\n"), meta, meta_lines)))
    note.meta = {**note.meta, **meta}
    note.meta_lines = {**note.meta_lines, **meta_lines}
    return note


def _lines(  # noqa: PLR0912, PLR0915 - one case a kind of line, in Org's order
    lines: list[str], meta: dict[str, Any], meta_lines: dict[str, int]
) -> Iterator[str]:
    source = ""
    drawer = ""
    before_headings = True
    table_row = 0
    for number, line in enumerate(lines, start=1):
        if source:
            if (end := _END.match(line)) and end[1].lower() == source:
                source = ""
                yield "```"
            else:
                yield line
            continue
        begin = _BEGIN.match(line)
        if begin and begin[1].lower() in ("src", "example", "export"):
            source = begin[1].lower()
            yield "```"
            continue
        if begin or _END.match(line) or _PLANNING.match(line) or line.strip().startswith("# "):
            yield ""
            continue
        if keyword := _KEYWORD.match(line):
            key = keyword[1].lower()
            key = {"filetags": "tags", "roam_tags": "tags", "roam_key": "roam_refs"}.get(key, key)
            if key in (
                "title",
                "tags",
                "date",
                "author",
                "authors",
                "url",
                "link",
                "doi",
                "arxiv",
                "roam_refs",
                "category",
                "venue",
                "year",
                "source",
                "eprint",
                "paper",
                "citekey",
                "created",
            ):
                meta[key] = (
                    [tag for tag in re.split(r"[:\s,]+", keyword[2]) if tag]
                    if key == "tags"
                    else _plain(keyword[2])
                )
                meta_lines.setdefault(key, number)
            yield ""
            continue
        if prop := _PROPERTY.match(line):
            name, value = prop[1].lower(), prop[2]
            if name in ("properties", "logbook") and not value:
                drawer = name
            elif name == "end":
                drawer = ""
            elif drawer == "properties" and value:
                if before_headings:
                    key = name.rstrip("+")
                    meta[key] = f"{meta[key]} {_plain(value)}" if key in meta else _plain(value)
                    meta_lines.setdefault(key, number)
                elif name == "custom_id" and re.search(r"\d", value):
                    yield f"- paper: [@{value}]"
                    continue
                elif name not in ("id", "created", "custom_id", "style"):
                    # A list item each, so that the properties are labelled lines under their heading.
                    yield f"- {_LABELS.get(name.rstrip('+'), name.rstrip('+').replace('_', ' '))}: {_inline(value)}"
                    continue
            yield ""
            continue
        if drawer == "logbook":
            yield ""
            continue
        if heading := _HEADING.match(line):
            before_headings = False
            table_row = 0
            yield f"{'#' * min(6, len(heading[1]))} {_inline(heading[2])}"
            continue
        if _RULE.match(line):
            yield re.sub(r"[^|+]+", "---", line.strip()).replace("+", "|") if table_row == 1 else ""
            continue
        table_row = table_row + 1 if line.lstrip().startswith("|") else 0
        ticked = _BOX.sub(lambda box: f"{box[1]}[{'x' if box[2] in 'Xx' else ' '}] ", line)
        yield _inline(_DESCRIPTION.sub(r"\1\2: \3", ticked))


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
