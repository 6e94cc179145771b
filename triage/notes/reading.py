"""A note's tree to its papers: identifiers first, the note's own paper, then what the form proves."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from triage.notes.formats import NoteProblem, Possible, Reading
from triage.notes.forms import candidates
from triage.notes.frontmatter import as_text
from triage.notes.lead import Dress, Lead, text_of, words_of
from triage.notes.naming import Names
from triage.notes.page import Page
from triage.notes.placing import place_ids
from triage.notes.records import broken_ids
from triage.notes.sightings import sightings_in
from triage.notes.titles import Quality
from triage.notes.tree import Block, Kind, Note
from triage.notes.whole import is_template, subject_of, top_title, whole_note
from triage.notes.words import within
from triage.papers import NoteEntry, title_key

_TITLES_PAPERS = re.compile(within("note.lists"), re.I)
_SHORT = 8
"""Letters of a title up to which two lines may have it by chance."""
_HOPELESS = {Dress.LINK: -6.0}
"""Scores up to which not even the other files of a collection prove a line; links often lead to them."""
_HOST = re.compile(r"https?://([^/]+)")


def read_note(note: Note, file: str) -> Reading:
    """Find the papers of a note."""
    seen = list(sightings_in(note.root))
    sighted: dict[Block, set[str]] = defaultdict(set)
    for one in seen:
        sighted[one.block].add(one.key)
    page = Page(note, file, subject_of(note), Names(sighted))
    place_ids(seen, page)
    whole_note(page)
    owners = {paper.block for paper in page.papers}
    if not is_template(file) and not page.proven:
        page.possible += _by_form(page, owners)
    return _reading(page, owners)


def _by_form(page: Page, owners: set[Block | None]) -> Iterator[Possible]:
    """Titles without an address, where the file's own entries or headings prove its form."""
    root = page.note.root
    top = [
        one.text
        for one in root.children[:3]
        if one.kind in (Kind.HEADING, Kind.TEXT) and len(one.source) < 120
    ]
    title = f"{as_text(page.note.meta.get('title'))} {PurePosixPath(page.file).stem} {' '.join(top[:1])}"
    about = bool(_TITLES_PAPERS.search(title))
    for block in root.walk():
        if block.kind is Kind.ITEM and block.pieces and block.pieces[0].url.startswith("cite:"):
            yield Possible(page.entry(block, Lead(), None, owners), "", block.pieces[0].url[5:])
    inside: set[Block] = set()
    for one, value in candidates(root, page.names, page.papers, about_papers=about):
        if any(outer in inside for outer in one.block.ancestors()):
            continue
        if value > 0:
            inside.add(one.block)
        if value > _HOPELESS.get(one.lead.dress, -4.0):
            where = next((match[1] for piece in one.block.pieces if (match := _HOST.match(piece.url))), "")
            parent = one.block.parent.line if one.block.parent else 0
            group = f"line\0{page.file}\0{one.form}\0{parent}\0{where}"
            entry = page.entry(one.block, one.lead, None, owners)
            yield Possible(entry, group, _cite_of(one.block, one.lead), certain=value > 0)


def _cite_of(block: Block, lead: Lead) -> str:
    """The citation key that stands alone right under a title."""
    below = (
        block.children[:2] if block.kind in (Kind.ITEM, Kind.HEADING) and lead.quality >= Quality.WEAK else ()
    )
    for line in below:
        keys = {piece.url[5:] for piece in line.pieces if piece.url.startswith("cite:")}
        alone = not words_of(text_of([piece for piece in line.pieces if not piece.url]))
        if len(keys) == 1 and (alone or line.label is not None):
            return keys.pop()
    return ""


def _reading(page: Page, owners: set[Block | None]) -> Reading:
    entries: list[NoteEntry] = []
    about = page.about
    if about.ids and (about.title or not page.papers):
        best = next((found for found in about.ids if found.id), about.ids[0])
        whole = page.whole_entry(about.title or top_title(page))
        entries.append(replace(whole, arxiv_id=best.id, broken_id=best.broken))
    seen: set[tuple[str, str, Block | None]] = set()
    for paper in page.papers:
        one, block = paper.sighting, paper.block
        entry = page.entry(None if paper.own else block, paper.lead, one, owners)
        key = (one.key, title_key(entry.title), next(block.ancestors(), None) if block is not None else None)
        if key not in seen:
            entries.append(entry)
        seen.add(key)
    problems = [NoteProblem(page.file, line, what) for line, what in page.note.problems]
    problems += broken_ids(entries)
    if about.as_number:
        what = f"the identifier {about.as_number} was saved as a number and lost its last zeros"
        problems.append(NoteProblem(page.file, about.line, what, "write it in quotes"))
    titled = {entry.arxiv_id for entry in entries if entry.arxiv_id and entry.title}
    entries = [entry for entry in entries if entry.title or entry.arxiv_id not in titled]
    noted = {entry.arxiv_id for entry in entries}
    mentions = {one.id: one for one in reversed(page.mentions) if one.id not in noted}
    titles = {title_key(entry.title) for entry in entries}
    for sure in page.possible:
        folded = title_key(sure.entry.title)
        if sure.certain and not sure.citekey and (len(folded) < _SHORT or folded not in titles):
            titles.add(folded)
            entries.append(sure.entry)
    return Reading(
        tuple(sorted(entries, key=lambda one: one.line)),
        tuple(problems),
        mentions=tuple(sorted(mentions.values(), key=lambda one: one.line)),
        groups=tuple(page.groups),
        possible=tuple(one for one in page.possible if one.citekey or not one.certain),
    )
