"""The note as a whole: what it is about, and what proves that this is a paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from triage.notes.addresses import Address, address
from triage.notes.formats import Possible
from triage.notes.frontmatter import as_text
from triage.notes.headings import Holds, holds, is_paper_part
from triage.notes.lead import Dress, Lead, title_in, words_of
from triage.notes.links import is_generic_link
from triage.notes.naming import names_paper
from triage.notes.page import Page
from triage.notes.sightings import elsewhere
from triage.notes.subject import Subject, subject, without_note_words
from triage.notes.titles import Quality, clean, quality, same_paper
from triage.notes.tree import Block, Kind, Note
from triage.notes.words import any_of, within

SAYS_PAPER = re.compile(within("link.says_paper"), re.I)
_TEMPLATE = re.compile(any_of("note.template"), re.I)
_SAYS_OTHER = re.compile(r"(?i)code|github|video|blog|slides?|poster|代码|コード|코드")


def subject_of(note: Note) -> Subject:
    """What the front matter, else the only heading at the top, says that the note is about."""
    about = subject(note.meta, note.meta_lines)
    if about.title:
        return about
    heads = [one for one in note.root.children if one.kind is Kind.HEADING]
    top = [one for one in heads if one.level == 1] or heads
    if len(top) == 1 and top[0].text.strip():
        title, marked = without_note_words(top[0].text)
        if title and (marked or names_paper(top[0], Lead(title, Dress.PLAIN, quality(title)))):
            return Subject(
                title,
                about.ids,
                about.marked or marked,
                about.bibliographic,
                about.best,
                top[0].line,
                about.citekey,
                about.as_number,
            )
    return about


def whole_note(page: Page) -> None:
    """A note on one paper without an identifier: what proves it, or what would."""
    about, note = page.about, page.note
    folder = str(PurePosixPath(page.file).parent)
    group = f"note\0{folder}\0{','.join(list(note.meta)[:3]) or 'heading'}"
    if about.ids or any(paper.own for paper in page.papers):
        page.proven = True
        page.groups.append((group, 1))
        return
    stem = PurePosixPath(page.file).stem
    key = about.citekey or (stem[1:] if re.fullmatch(r"@[\w:.+-]*\d[\w:.+-]*", stem) else "") or _cited(note)
    if is_template(page.file) or re.search(r"\{\{|<%", about.title):
        return
    if key and not page.papers:
        page.proven = True
        page.possible.append(
            Possible(
                page.whole_entry(about.title),
                "",
                key,
                certain=bool(about.title) and (about.bibliographic or stem.startswith("@")),
            )
        )
        return
    if not about.title or any(one.lead.title for one in page.papers) or quality(about.title) is Quality.NONE:
        return
    if page.papers and not about.bibliographic:
        return
    linked = _own_links(page)
    certain = about.bibliographic or about.marked or linked is Address.PAPER or about.best >= Address.PAPER
    if quality(about.title) < Quality.WEAK:
        # A name alone is a paper's only where the note leads to the paper.
        certain = certain and max(about.best, linked) >= Address.PAPER
        if not certain:
            return
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
            text = one.text.strip()
            if same_paper(page.about.title, title_in(text)) and address(one.url) >= Address.MAYBE:
                return Address.PAPER
            says = f"{label.label if label else ''} {text}"
            if (
                block.kind is not Kind.HEADING
                and is_generic_link(text)
                and SAYS_PAPER.search(says)
                and not _SAYS_OTHER.search(says)
                and not elsewhere(block)
            ):
                worth = address(one.url)
                found[block] = Address.PAPER if worth >= Address.OTHER else worth
    return max(found.values()) if len(found) == 1 else Address.NONE


def _top_lines(root: Block) -> Iterator[Block]:
    return (
        one
        for one in root.walk()
        if (one.kind in (Kind.TEXT, Kind.ITEM, Kind.HEADING) and len(one.source) < 600 and "](" in one.source)
        or "<a " in one.source
    )


def _cited(note: Note) -> str:
    """A citation key among a note's properties (``ROAM_REFS``), or labelled as its paper."""
    for name in ("roam_refs", "roam_key", "custom_id_of_note"):
        if match := re.search(r"(?:@|cite:&?)([\w:.+/-]*\w)", as_text(note.meta.get(name))):
            return match[1]
    for block in note.root.children[:12]:
        if block.kind not in (Kind.ITEM, Kind.TEXT) or len(block.source) > 300:
            continue
        label = block.label
        if label and label.says.value in ("paper", "link"):
            for one in block.pieces:
                if one.url.startswith("cite:"):
                    return one.url[5:]
    return ""


def top_title(page: Page) -> str:
    for block in page.note.root.children[:20]:
        if (
            block.kind is Kind.HEADING
            and holds(block.text) in (Holds.UNKNOWN, Holds.PAPERS)
            and not is_paper_part(block.text)
        ):
            return without_note_words(block.text)[0]
    stem = PurePosixPath(page.file).stem
    return clean(stem.replace("_", " ")) if quality(stem) >= Quality.WEAK and len(words_of(stem)) > 2 else ""


def nickname(title: str) -> str:
    """The first word of a title, when it can be a name."""
    word = re.match(r"[\w.+-]+", title)
    return word[0].casefold().strip("-.") if word and len(word[0]) >= 3 and word[0][:1].isupper() else ""


def is_template(file: str) -> bool:
    """Whether a file is one to be filled in."""
    return bool(_TEMPLATE.search(file))
