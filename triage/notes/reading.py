"""A note's tree to its papers: identifiers first, the note's own paper, then what the form proves."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from triage.notes.formats import NoteProblem, Possible, Reading
from triage.notes.forms import candidates
from triage.notes.frontmatter import as_text
from triage.notes.lead import Dress, Lead, words_of
from triage.notes.naming import Names, fields_in
from triage.notes.page import Page
from triage.notes.placing import place_ids
from triage.notes.sightings import Sighting, sightings_in
from triage.notes.titles import Quality
from triage.notes.tree import Block, Kind, Note
from triage.notes.whole import is_template, subject_of, top_title, whole_note
from triage.notes.words import within
from triage.papers import NoteEntry, title_key

_TITLES_PAPERS = re.compile(within("note.lists"), re.I)
_SHORT = 8
"""Letters of a title up to which two lines may have it by chance."""
_HOPELESS = -3.0
_HOPELESS_LINK = -6.0
"""Scores up to which not even the other files of a collection prove a line; links often lead to them."""
_HOST = re.compile(r"https?://([^/]+)")


def read_note(note: Note, file: str) -> Reading:
    """Find the papers of a note."""
    seen = list(sightings_in(note.root))
    page = Page(note, file, Names(sighted=_ids_of_lines(seen), fields=fields_in(note.root)))
    page.about = subject_of(note)
    place_ids(seen, page)
    whole_note(page)
    _by_form(page)
    return _reading(page)


def _ids_of_lines(seen: Sequence[Sighting]) -> dict[Block, frozenset[str]]:
    found: dict[Block, set[str]] = defaultdict(set)
    for one in seen:
        found[one.block].add(one.key)
    return {block: frozenset(ids) for block, ids in found.items()}


def _by_form(page: Page) -> None:
    """Titles without an address, where the file's own entries or headings prove its form."""
    if is_template(page.file) or page.proven:
        return
    taken = {paper.block for paper in page.papers if paper.block is not None} | page.names.sighted.keys()
    first = next(
        (
            block.text
            for block in page.note.root.children[:3]
            if block.kind in (Kind.HEADING, Kind.TEXT) and len(block.source) < 120
        ),
        "",
    )
    title = f"{as_text(page.note.meta.get('title'))} {PurePosixPath(page.file).stem} {first}"
    found = candidates(
        page.note.root, page.names, page.papers, about_papers=bool(_TITLES_PAPERS.search(title)), taken=taken
    )
    inside: set[Block] = set()
    for block in page.note.root.walk():
        if block.kind is Kind.ITEM and block.pieces and block.pieces[0].url.startswith("cite:"):
            page.possible.append(Possible(page.entry(block, Lead(), None), "", block.pieces[0].url[5:]))
    for one, value in found:
        if any(outer in inside for outer in one.block.ancestors()):
            continue
        key = _cite_of(one.block, one.lead)
        if value > 0:
            inside.add(one.block)
        if value > (_HOPELESS_LINK if one.lead.dress is Dress.LINK else _HOPELESS):
            entry = page.entry(one.block, one.lead, None)
            where = next((match[1] for piece in one.block.pieces if (match := _HOST.match(piece.url))), "")
            group = (
                f"line\0{page.file}\0{one.form}\0{one.block.parent.line if one.block.parent else 0}\0{where}"
            )
            page.possible.append(Possible(entry, group, key, certain=value > 0))


def _cite_of(block: Block, lead: Lead) -> str:
    """The citation key that stands alone right under a title."""
    for line in (
        block.children[:2] if block.kind in (Kind.ITEM, Kind.HEADING) and lead.quality >= Quality.WEAK else ()
    ):
        keys = {piece.url[5:] for piece in line.pieces if piece.url.startswith("cite:")}
        alone = not words_of("".join(piece.text for piece in line.pieces if not piece.url))
        if len(keys) == 1 and (alone or line.label is not None):
            return keys.pop()
    return ""


def _reading(page: Page) -> Reading:
    entries: list[NoteEntry] = []
    meta_ids = page.about.ids
    if meta_ids and (page.about.title or not page.papers):
        arxiv_id = next((found.id for found in meta_ids if found.id), None)
        broken = "" if arxiv_id else next((found.broken for found in meta_ids if found.broken), "")
        whole = page.whole_entry(page.about.title or top_title(page))
        entries.append(replace(whole, arxiv_id=arxiv_id, broken_id=broken))
    seen: set[tuple[str, str, int]] = set()
    for paper in page.papers:
        one = paper.sighting
        entry = page.entry(None if paper.own else paper.block, paper.lead, one)
        scope = id(next(paper.block.ancestors(), None)) if paper.block is not None else 0
        key = (one.key, title_key(entry.title), scope)
        if key in seen:
            continue
        seen.add(key)
        entries.append(entry)
    problems = [NoteProblem(page.file, line, what) for line, what in page.note.problems]
    problems += [
        NoteProblem(
            page.file,
            entry.line,
            f"{entry.broken_id!r} stands where an arXiv identifier should and is none",
            "look the paper up by its title and correct the identifier",
        )
        for entry in entries
        if entry.broken_id
    ]
    if page.about.as_number:
        problems.append(
            NoteProblem(
                page.file,
                page.about.line,
                f"the identifier {page.about.as_number} was saved as a number and lost its last zeros",
                "write it in quotes",
            )
        )
    titled = {entry.arxiv_id for entry in entries if entry.arxiv_id and entry.title}
    entries = [entry for entry in entries if entry.title or entry.arxiv_id not in titled]
    noted = {entry.arxiv_id for entry in entries}
    mentions = {one.id: one for one in reversed(page.mentions) if one.id not in noted}
    certain = [one for one in page.possible if one.certain]
    titles = {title_key(entry.title) for entry in entries}
    for sure in certain:
        folded = title_key(sure.entry.title)
        if not sure.citekey and (len(folded) < _SHORT or folded not in titles):
            titles.add(folded)
            entries.append(sure.entry)
    unsure = tuple(one for one in page.possible if one.citekey or not one.certain)
    return Reading(
        tuple(sorted(entries, key=lambda one: one.line)),
        tuple(problems),
        mentions=tuple(sorted(mentions.values(), key=lambda one: one.line)),
        groups=tuple(page.groups),
        possible=unsure,
    )
