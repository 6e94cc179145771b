"""A whole note about one paper: what its front matter, its title and its file's name say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from triage.notes.addresses import Address, address, is_generic_link
from triage.notes.frontmatter import as_text
from triage.notes.identifiers import FoundId, find_ids, lost_zeros, of_field
from triage.notes.titles import Quality, clean, quality
from triage.notes.vocabulary import Holds, holds, is_period
from triage.notes.words import all_of, any_of, ordered, words

_TITLE_KEYS = (
    *ordered("paper_title paper-title papertitle full_title original_title title paper name"),
    *all_of("field.title"),
)
_ID_KEYS = re.compile(
    r"(?i)^(?:arxiv.*|e-?print.*|.*(?:url|link|pdf).*|sources?|doi|papers?|refs?|roam_refs|reference|href|abs|html|"
    r"external.?ids?|openreview|publication|originals?|uri|identifier|archive.?id|resource|s2|venue|journal.*|"
    rf"{any_of('field.link')})$"
)
_PAPER_KEYS = {*all_of("field.people")} | words(
    "authors author venue journal conference year doi citekey cite_key citation-key publication booktitle eprint arxiv arxiv_id"
)
_ARXIV = ("arxiv", "eprint")
_CITEKEYS = ordered("citekey cite_key citation-key citation_key cite-key bibkey")
_CITED = re.compile(r"(?:@|cite:&?)([\w:.+/-]*\w)")
_NAMED_BY_KEY = re.compile(r"@([\w:.+-]*\d[\w:.+-]*)")
_NOTE_WORDS = rf"(?:{any_of('note.paper')}\s*[-_]?\s*{any_of('note.about')}|{any_of('note.alone')})"
_PREFIX = re.compile(
    rf"""(?ix)^\s*(?:
      [\[【「《(（]\s*[^\]】」》)）]{{0,20}}(?:{_NOTE_WORDS}|paper|论文|논문)[^\]】」》)）]{{0,15}}\s*[\]】」》)）]\s*[:：|–—-]?\s*
    | \W*(?:\d{{4}}\W\d{{1,2}}\W\d{{1,2}}\W*)?{_NOTE_WORDS}\s*(?:\d{{1,3}}|[（(]?[一二三四五六七八九十\d]+[)）]?)?\s*(?:[:：|–—]|\s-\s|-(?=\w)|(?=[《「“"]))\s*
    )"""
)
_SUFFIX = re.compile(
    rf"(?i)\s*(?:[|–—:：·]|\s-\s|-|[\(（\[【])\s*(?:a\s+)?{_NOTE_WORDS}(?:\s*[\)）\]】])?\s*\d*\s*$|\s*{any_of('note.ends')}\s*$"
)
_CITEKEY = re.compile(r"^[A-Za-z][\w.-]*(?:19|20)\d{2}[\w-]*\s*(?::|—|–|\s-)\s+(?=\S+\s)")
_TEMPLATE = re.compile(rf"{any_of('note.template')}", re.I)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a note's front matter and title say about its one paper."""

    title: str = ""
    ids: tuple[FoundId, ...] = ()
    marked: bool = False
    """The title says that the note is about a paper (``论文阅读：…``, ``[Paper Review] …``)."""
    bibliographic: bool = False
    """The front matter has fields that only a paper has: authors and a venue or a year, a citekey."""
    best: Address = Address.NONE
    line: int = 1
    citekey: str = ""
    as_number: str = ""
    """An identifier that a tool has read as a number, as it stands there."""


def without_note_words(text: str) -> tuple[str, bool]:
    """A post's title without ``[Paper Review]``, ``论文阅读：`` and the like, and whether it had any.

    >>> without_note_words("[Paper Review] Attention Is All You Need")
    ('Attention Is All You Need', True)
    """
    text = _CITEKEY.sub("", " ".join(text.split()))
    shorter = _SUFFIX.sub("", _PREFIX.sub("", text, count=1), count=1).strip()
    title = clean(shorter)
    named = re.search(r"[^\W\d]", title) and not is_period(title)
    useful = named and holds(title) in (Holds.UNKNOWN, Holds.RESOURCES)
    return (title, shorter != text) if useful else ("", False)


def subject(meta: dict[str, Any], meta_lines: dict[str, int], file: str) -> Subject:
    """Read the front matter, given with lower-case keys and the line of each, as that of one paper's note."""
    title, marked, line = "", False, 1
    for key in filter(meta.get, _TITLE_KEYS):
        value = meta[key]
        value = (value.get("title") or value.get("name")) if isinstance(value, dict) else value
        text = as_text(value) if isinstance(value, str) else ""
        stripped, said = without_note_words(text)
        if stripped and not is_generic_link(text):
            title, marked = stripped, said
            line = meta_lines.get("title" if isinstance(meta[key], dict) else key, 1)
            break
    texts = [text for key, text in _texts(meta) if _ID_KEYS.match(key) and len(text) <= 400]
    numbers = (as_text(value) for key, value in meta.items() if key.startswith(_ARXIV))
    named = _NAMED_BY_KEY.fullmatch(PurePosixPath(file).stem)
    refs = _CITED.search(as_text([meta.get("roam_refs"), meta.get("roam_key")]))
    keys = [as_text(meta.get(key)) for key in _CITEKEYS] + [one[1] for one in (named, refs) if one]
    return Subject(
        title,
        tuple(found for text in texts for found in find_ids(text)),
        marked,
        bibliographic=bool(named) or len(_PAPER_KEYS & meta.keys()) >= 2,
        best=max(map(address, texts), default=Address.NONE),
        line=line,
        citekey=next(filter(None, keys), ""),
        as_number=next((value for value in numbers if lost_zeros(value)), ""),
    )


def _texts(meta: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in nested front matter with the key that it stands under; ids keys win over order."""
    if isinstance(meta, dict):
        for inner in sorted(meta, key=lambda name: not str(name).lower().startswith(_ARXIV)):
            yield from _texts(meta[inner], str(inner).lower())
    elif isinstance(meta, (list, tuple)):
        for value in meta:
            yield from _texts(value, key)
    elif meta is not None:
        text = str(meta).strip()
        text = f"doi:{text}" if key == "doi" and text.startswith("10.") else text
        yield key, of_field(text) if key.startswith(_ARXIV) else text


def title_of_file(file: str) -> str:
    """A file's name as a title, or an empty text when it can't be one."""
    stem = PurePosixPath(file).stem.replace("_", " ")
    return clean(stem) if quality(stem) >= Quality.WEAK and len(stem.split()) > 2 else ""


def is_template(text: str) -> bool:
    """Whether a file's name or a title is one of a form to be filled in."""
    return bool(_TEMPLATE.search(text) or re.search(r"\{\{|<%", text))
