"""The note as a whole: what it is about, and what proves that this is a paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from triage.notes.addresses import Address, address, is_generic_link
from triage.notes.formats import Possible
from triage.notes.frontmatter import as_text
from triage.notes.lead import Dress, Lead, title_in, words_of
from triage.notes.naming import names_paper
from triage.notes.page import Page
from triage.notes.sightings import elsewhere
from triage.notes.subject import Subject, subject, without_note_words
from triage.notes.titles import Quality, clean, quality, same_paper
from triage.notes.tree import Block, Kind, Note
from triage.notes.vocabulary import Holds, Says, holds, is_paper_part
from triage.notes.words import any_of, within

SAYS_PAPER = re.compile(within("link.says_paper"), re.I)
_TEMPLATE = re.compile(any_of("note.template"), re.I)
_SAYS_OTHER = re.compile(any_of("label.code"), re.I)
_CITED = re.compile(r"(?:@|cite:&?)([\w:.+/-]*\w)")


def subject_of(note: Note) -> Subject:
    """What the front matter, else the only heading at the top, says that the note is about."""
    about = subject(note.meta, note.meta_lines)
    heads = [one for one in note.root.children if one.kind is Kind.HEADING]
    top = [one for one in heads if one.level == 1] or heads
    if about.title or len(top) != 1:
        return about
    title, marked = without_note_words(top[0].text)
    if title and (marked or names_paper(top[0], Lead(title, Dress.PLAIN, quality(title)))):
        return replace(about, title=title, marked=marked, line=top[0].line)
    return about


def whole_note(page: Page) -> None:
    """A note on one paper without an identifier: what proves it, or what would."""
    about = page.about
    path = PurePosixPath(page.file)
    group = f"note\0{path.parent}\0{','.join(list(page.note.meta)[:3]) or 'heading'}"
    if about.ids or any(paper.own for paper in page.papers):
        page.proven = True
        page.groups.append((group, 1))
        return
    if is_template(page.file) or re.search(r"\{\{|<%", about.title):
        return
    named = re.fullmatch(r"@([\w:.+-]*\d[\w:.+-]*)", path.stem)
    key = about.citekey or (named[1] if named else "") or _cited(page.note)
    if key and not page.papers:
        page.proven = True
        certain = bool(about.title) and (about.bibliographic or bool(named))
        page.possible.append(Possible(page.whole_entry(about.title), "", key, certain=certain))
        return
    worth = quality(about.title)
    if not worth or any(one.lead.title for one in page.papers) or (page.papers and not about.bibliographic):
        return
    linked = max(about.best, _own_links(page))
    # A name alone is a paper's only where the note leads to the paper.
    certain = linked >= Address.PAPER or (worth > Quality.NAME and (about.bibliographic or about.marked))
    if certain or worth > Quality.NAME:
        page.possible.append(Possible(page.whole_entry(about.title), group, "", certain=certain))
        page.proven = certain


def _own_links(page: Page) -> Address:
    """The best address of a link that only says that it leads to the paper; none where there are several."""
    found: dict[Block, Address] = {}
    for block in _top_lines(page.note.root):
        label = block.label
        for one in block.pieces:
            if one.image or not one.url or one.wiki:
                continue
            worth = address(one.url)
            if worth >= Address.MAYBE and same_paper(page.about.title, title_in(one.text)):
                return Address.PAPER
            says = f"{label.label if label else ''} {one.text}".strip()
            if (
                is_generic_link(one.text)
                and SAYS_PAPER.search(says)
                and not _SAYS_OTHER.fullmatch(says)
                and not elsewhere(block)
            ):
                found[block] = Address.PAPER if worth >= Address.OTHER else worth
    return max(found.values()) if len(found) == 1 else Address.NONE


def _top_lines(root: Block) -> Iterator[Block]:
    return (
        one for one in root.walk() if len(one.source) < 600 and ("](" in one.source or "<a " in one.source)
    )


def _cited(note: Note) -> str:
    """A citation key among a note's properties (``ROAM_REFS``), or labelled as its paper."""
    if match := _CITED.search(as_text([note.meta.get("roam_refs"), note.meta.get("roam_key")])):
        return match[1]
    for block in note.root.children[:12]:
        if block.label and block.label.says in (Says.PAPER, Says.LINK):
            for one in block.pieces:
                if one.url.startswith("cite:"):
                    return one.url[5:]
    return ""


def top_title(page: Page) -> str:
    """The first heading that can be a paper's title, else the file's name."""
    for block in page.note.root.children[:20]:
        listed = holds(block.text) in (Holds.UNKNOWN, Holds.PAPERS) and not is_paper_part(block.text)
        if block.kind is Kind.HEADING and listed:
            return without_note_words(block.text)[0]
    stem = PurePosixPath(page.file).stem
    return clean(stem.replace("_", " ")) if quality(stem) >= Quality.WEAK and len(words_of(stem)) > 2 else ""


def is_template(file: str) -> bool:
    """Whether a file is one to be filled in."""
    return bool(_TEMPLATE.search(file))
