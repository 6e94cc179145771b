"""A note's tree to its papers: identifiers first, the note's own paper, then what the form proves."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from triage.notes.addresses import Address, address
from triage.notes.dates import date_of_note
from triage.notes.formats import Mention, NoteProblem, Possible, Reading
from triage.notes.forms import best_address, candidates
from triage.notes.frontmatter import as_list, as_text
from triage.notes.headings import Holds, holds, is_paper_part
from triage.notes.identifiers import find_ids
from triage.notes.labels import labelled
from triage.notes.lead import Dress, Lead, title_in, words_of
from triage.notes.links import is_generic_link
from triage.notes.naming import Named, Names, fields_in, lines_below, names_paper, row_of
from triage.notes.sightings import Sighting, Stands, elsewhere, sightings_in
from triage.notes.subject import Subject, subject, without_note_words
from triage.notes.titles import Quality, clean, quality, same_paper
from triage.notes.tree import Block, Kind, Note
from triage.papers import NoteEntry, title_key

_TAG_KEYS = ("tags", "tag", "categories", "category", "keywords", "topics", "topic", "collections")
_TITLES_PAPERS = re.compile(
    r"(?i)\bpapers?\b|\bpublications?\b|\barxiv\b|reading[ -]?(?:list|notes?|group)|(?:daily|weekly|my)[- ]readings?\b|literature|lesegruppe|bibliograph|论文|文献|論文|논문|artículos|artigos|articoli|lectures"
)
_SAYS_PAPER = re.compile(r"(?i)\b(?:paper|pdf|article|arxiv|doi|jmlr|acl|ieee|acm|openreview|link)\b|论文|原文|論文|논문|链接|リンク|링크")
_SAYS_OTHER = re.compile(r"(?i)code|github|video|blog|slides?|poster|代码|コード|코드")
_HOST = re.compile(r"https?://([^/]+)")
_LISTED = 3
"""Papers with titles of their own from which a note is a list, whatever its title names."""
_LONGEST_TEXT = 20_000


@dataclass(slots=True)
class _Page:
    """What is known of the note while it is read."""

    note: Note
    file: str
    names: Names = field(default_factory=Names)
    papers: list[Named] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    possible: list[Possible] = field(default_factory=list)
    groups: list[tuple[str, int]] = field(default_factory=list)
    about: Subject = field(default_factory=Subject)
    proven: bool = False
    """Whether the whole note is about one paper."""
    labelled: bool = False
    """Whether a link says that it leads to that paper."""


def read_note(note: Note, file: str) -> Reading:
    """Find the papers of a note."""
    seen = list(sightings_in(note.root))
    page = _Page(note, file, Names(sighted=_ids_of_lines(seen), fields=fields_in(note.root)))
    page.about = _subject_of(note, file)
    listed, aside = _apart(seen, page)
    _place(listed, page)
    for one in aside:
        _mention(page, one, f"it stands under “{elsewhere(one.block)}”")
    _whole_note(page)
    _by_form(page)
    return _reading(page)


def _ids_of_lines(seen: Sequence[Sighting]) -> dict[Block, frozenset[str]]:
    found: dict[Block, set[str]] = defaultdict(set)
    for one in seen:
        found[one.block].add(one.id or one.broken)
    return {block: frozenset(ids) for block, ids in found.items()}


def _apart(seen: Sequence[Sighting], page: _Page) -> tuple[list[Sighting], list[Sighting]]:
    """Identifiers of the note's papers, and those under references and the like."""
    listed: list[Sighting] = []
    aside: list[Sighting] = []
    known: dict[Block | None, bool] = {}
    for one in seen:
        block = one.block
        if block.kind is Kind.CELL or row_of(block) is not None:
            block = row_of(block) or block
        key = block if block.kind in (Kind.ITEM, Kind.TEXT) else block.parent
        if key not in known:
            known[key] = bool(elsewhere(block))
        (aside if known[key] else listed).append(one)
    if not listed and not (page.about.title and page.about.ids):
        own = title_key(page.about.title)
        # Under a note's own references, the paper of its title is its own; a file of references is a bibliography.
        mine = [one for one in aside if same_paper(page.about.title, one.lead.title)]
        if mine or not own:
            listed = mine or aside
            aside = [one for one in aside if one not in listed] if mine else []
    return listed, aside


def _place(listed: Sequence[Sighting], page: _Page) -> None:
    """Give each identifier its title, or a reason why it is only mentioned."""
    titled = [one for one in listed if one.stands is Stands.TITLED]
    prose = [one for one in listed if one.stands is Stands.PROSE]
    lone = [one for one in listed if one.stands in (Stands.LONE, Stands.REMARK)]
    claimed: dict[Block, str] = {}
    page.papers += [_own_line(one, page) for one in titled]
    if not page.about.ids and page.note.meta.get("title"):
        mine = next((one for one in page.papers if same_paper(page.about.title, one.lead.title)), None)
        if mine is not None:
            mine.own, mine.block, page.proven = True, None, True
            mine.lead = Lead(page.about.title, Dress.PLAIN, quality(page.about.title))
    for paper in page.papers:
        if paper.block is not None:
            claimed.setdefault(paper.block, paper.sighting.id or paper.sighting.broken)
    places = [(one, *page.names.place_of(one)) for one in lone]
    crowds: dict[Block | None, set[str]] = defaultdict(set)
    for one, block, _ in places:
        crowds[block].add(one.id or one.broken)
    # The link that says that it leads to the paper comes before a number in brackets.
    for one, block, lead in sorted(places, key=lambda place: place[1] is None and not _says_own(place[0], page)):
        key = one.id or one.broken
        crowded = len(crowds[block]) > 2 and (block is None or block.kind is not Kind.ROW)
        if one.stands is Stands.REMARK and lead.quality < Quality.STRONG:
            crowded = True
        owner = claimed.get(block) if block is not None else None
        if one.block.source.lstrip().startswith("[![") and len(titled) + len(lone) > _LISTED and _is_at_the_head(one.block):
            _mention(page, one, "it is a badge at the head of a list")
        elif block is None:
            _claim_note(one, page, alone=len(crowds[None]) == 1, listed=len(titled))
        elif _is_named(page, one, Lead() if crowded else lead):
            continue
        elif crowded:
            page.papers.append(Named(one, *_words_beside(one)))
        elif owner is None:
            claimed[block] = key
            page.papers.append(Named(one, lead, block))
        elif owner != key:
            if block.kind is Kind.ROW or block.kind is Kind.TEXT or not lead.title:
                page.papers.append(Named(one, *_words_beside(one)))
            else:
                _mention(page, one, f"it stands in the note on “{lead.title}”")
    if not page.about.ids and page.note.meta.get("title") and not page.papers:
        first = next((one for one in prose if one.id and not any(True for _ in one.block.ancestors())), None)
        if first is not None and first.lead.quality >= Quality.WEAK and _nickname(page.about.title) in _nickname(first.lead.title) != "":
            prose.remove(first)
            page.papers.append(Named(first, first.lead, None, own=True))
            page.about = replace(page.about, line=first.block.line)
    for one in prose:
        _mention(page, one, "it is mentioned in running text" if one.block.kind is not Kind.CODE else "it stands in code")
    _leave_out_details(page, claimed)


def _is_named(page: _Page, one: Sighting, lead: Lead) -> bool:
    """Whether the note names the paper of an address already, and better than here."""
    named = any(paper.sighting.id == one.id and paper.lead.title for paper in page.papers)
    return bool(one.id) and named and lead.dress is not Dress.LABEL and lead.quality < Quality.STRONG


def _own_line(one: Sighting, page: _Page) -> Named:
    """A paper whose line gives its title; a nickname in a row yields to the row's title."""
    row = row_of(one.block)
    if row is not None and one.lead.quality <= Quality.NAME:
        ids = {found.id for cell in row.children for line in cell.children for found in find_ids(line.source) if found.id}
        lead = page.names.lead(row)
        if len(ids) == 1 and lead.quality is Quality.STRONG:
            return Named(one, lead, row)
    return Named(one, one.lead, row or one.block)


def _is_at_the_head(block: Block) -> bool:
    """Whether a line stands under no heading, or under the first one only."""
    above = list(block.ancestors())
    return block.kind is Kind.TEXT and (not above or (len(above) == 1 and above[0].kind is Kind.HEADING and above[0].level == 1))


def _says_own(one: Sighting, page: _Page) -> bool:
    """Whether an address is labelled as that of the paper which the front matter names."""
    return bool(page.note.meta.get("title")) and is_generic_link(one.label) and bool(_SAYS_PAPER.search(one.label))


def _claim_note(one: Sighting, page: _Page, *, alone: bool, listed: int) -> None:
    """An address that stands under no title but the note's own."""
    about = page.about
    key = one.id or one.broken
    taken = [paper for paper in page.papers if paper.own]
    meta = {found.id or found.broken for found in about.ids}
    if not about.title and not taken and not meta and not listed:
        about = page.about = replace(about, title=_top_title(page))
    if about.title and not taken and not meta and (alone or is_generic_link(one.label) or one.stands is Stands.LONE) and (listed < _LISTED or _says_own(one, page)):
        lead = Lead(about.title, Dress.PLAIN, quality(about.title))
        page.papers.append(Named(one, lead, None, own=True))
        page.proven, page.labelled = True, _says_own(one, page)
    elif key in meta or any(paper.sighting.id == one.id for paper in taken):
        return
    elif (meta or taken) and listed < _LISTED:
        _mention(page, one, "it stands in the note on another paper")
    else:
        page.papers.append(Named(one, *_words_beside(one)))


def _words_beside(one: Sighting) -> tuple[Lead, Block]:
    """The words before a lone address in its line, or the line right above it, whatever they read like."""
    lines = [one.block]
    siblings = one.block.parent.children if one.block.parent is not None else []
    if one.block.kind is Kind.TEXT and not one.block.starts and (place := siblings.index(one.block) if len(siblings) < 500 else 0):
        lines.append(siblings[place - 1])
    for line in lines:
        if line.kind not in (Kind.TEXT, Kind.ITEM) or labelled(line.pieces) is not None:
            continue
        text = ""
        for piece in line.pieces:
            if piece.url and not piece.wiki and is_generic_link(piece.text):
                break
            text += piece.text if not piece.image else ""
        title = title_in(text)
        if text.rstrip().endswith((":", "：")) or ". " in text.strip():
            continue
        if 1 < len(words_of(title)) <= 25 and not find_ids(title) and not is_generic_link(title) and not title.endswith((".", "。", ":")):
            return Lead(title, Dress.PLAIN, Quality.NONE), line
    return Lead(), one.block


def _leave_out_details(page: _Page, claimed: dict[Block, str]) -> None:
    """What is linked inside the note on one paper is a mention, unless it is a list of papers itself."""
    own = {found.id or found.broken for found in page.about.ids} | {paper.sighting.id or paper.sighting.broken for paper in page.papers if paper.own}
    # A heading over headings that are papers too is the first of them, not a note that holds them.
    heads = [paper.block for paper in page.papers if paper.block is not None and paper.block.kind is Kind.HEADING]
    firsts = {outer for block in heads for outer in block.ancestors()}
    kept: list[Named] = []
    inside: dict[Block | None, list[Named]] = defaultdict(list)
    for paper in page.papers:
        key = paper.sighting.id or paper.sighting.broken
        if paper.own:
            kept.append(paper)
            continue
        if paper.block is None:
            continue
        outer = next((one for one in paper.block.ancestors() if claimed.get(one, key) != key and one not in firsts), None)
        if outer is not None:
            inside[outer].append(paper)
        elif own and key in own:
            continue
        elif own and not (paper.block.kind is Kind.HEADING and paper.block.level <= 2):
            inside[None].append(paper)
        else:
            kept.append(paper)
    for outer, papers in inside.items():
        parts = sum(block.kind is Kind.HEADING and is_paper_part(block.text) for block in (outer or page.note.root).walk())
        listed = [one for one in papers if one.sighting.stands is Stands.TITLED and one.block is not None and one.block.kind is not Kind.TEXT]
        if len(listed) >= _LISTED and parts < 2 and not (outer is None and (page.about.ids or page.labelled)) and (outer is None or outer.kind is not Kind.ITEM):
            kept += papers
            continue
        what = page.names.lead(outer).title if outer is not None else page.about.title
        for one in papers:
            _mention(page, one.sighting, f"it stands in the note on “{what}”")
    order = {id(one): place for place, one in enumerate(page.papers)}
    page.papers = sorted(kept, key=lambda one: (one.sighting.block.line, order[id(one)]))


def _mention(page: _Page, one: Sighting, why: str) -> None:
    if one.id:
        page.mentions.append(Mention(page.file, one.block.line, one.id, why))


def _subject_of(note: Note, file: str) -> Subject:
    """What the front matter, else the first heading, else the file's name says that the note is about."""
    about = subject(note.meta, note.meta_lines)
    if about.title:
        return about
    heads = [one for one in note.root.children if one.kind is Kind.HEADING]
    top = [one for one in heads if one.level == 1] or heads
    if len(top) == 1 and top[0].text.strip():
        title, marked = without_note_words(top[0].text)
        if title and (marked or names_paper(top[0], Lead(title, Dress.PLAIN, quality(title)))):
            return Subject(title, about.ids, about.marked or marked, about.bibliographic, about.best, top[0].line, about.citekey, about.as_number)
    return about


def _whole_note(page: _Page) -> None:
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
    if _is_template(page.file) or re.search(r"\{\{|<%", about.title):
        return
    if key and not page.papers:
        page.proven = True
        page.possible.append(Possible(_whole_entry(page, about.title), "", key, certain=bool(about.title) and (about.bibliographic or stem.startswith("@"))))
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
    page.possible.append(Possible(_whole_entry(page, about.title), group, "", certain=certain))
    page.proven = certain


def _own_links(page: _Page) -> Address:
    """The best address of a link that only says that it leads to the paper; none where there are several."""
    found: dict[Block, Address] = {}
    for block in _top_lines(page.note.root):
        label = labelled(block.pieces) if len(block.source) < 2000 else None
        for one in block.pieces:
            if one.image or not one.url or one.wiki:
                continue
            text = one.text.strip()
            if same_paper(page.about.title, title_in(text)) and address(one.url) >= Address.MAYBE:
                return Address.PAPER
            says = f"{label.label if label else ''} {text}"
            if block.kind is not Kind.HEADING and is_generic_link(text) and _SAYS_PAPER.search(says) and not _SAYS_OTHER.search(says) and not elsewhere(block):
                worth = address(one.url)
                found[block] = Address.PAPER if worth >= Address.OTHER else worth
    return max(found.values()) if len(found) == 1 else Address.NONE


def _top_lines(root: Block) -> Iterator[Block]:
    return (one for one in root.walk() if one.kind in (Kind.TEXT, Kind.ITEM, Kind.HEADING) and len(one.source) < 600 and "](" in one.source or "<a " in one.source)


def _cited(note: Note) -> str:
    """A citation key among a note's properties (``ROAM_REFS``), or labelled as its paper."""
    for name in ("roam_refs", "roam_key", "custom_id_of_note"):
        if match := re.search(r"(?:@|cite:&?)([\w:.+/-]*\w)", as_text(note.meta.get(name))):
            return match[1]
    for block in note.root.children[:12]:
        if block.kind not in (Kind.ITEM, Kind.TEXT) or len(block.source) > 300:
            continue
        label = labelled(block.pieces)
        if label and label.says.value in ("paper", "link"):
            for one in block.pieces:
                if one.url.startswith("cite:"):
                    return one.url[5:]
    return ""


def _by_form(page: _Page) -> None:
    """Titles without an address, where the file's own entries or headings prove its form."""
    if _is_template(page.file) or page.proven:
        return
    taken = {paper.block for paper in page.papers if paper.block is not None} | page.names.sighted.keys()
    first = next((block.text for block in page.note.root.children[:3] if block.kind in (Kind.HEADING, Kind.TEXT) and len(block.source) < 120), "")
    title = f"{as_text(page.note.meta.get('title'))} {PurePosixPath(page.file).stem} {first}"
    found = candidates(page.note.root, page.names, page.papers, about_papers=bool(_TITLES_PAPERS.search(title)), taken=taken)
    inside: set[Block] = set()
    for block in page.note.root.walk():
        if block.kind is Kind.ITEM and block.pieces and block.pieces[0].url.startswith("cite:"):
            page.possible.append(Possible(_entry(page, block, Lead(), None, ""), "", block.pieces[0].url[5:]))
    for one in found:
        if any(outer in inside for outer in one.block.ancestors()):
            continue
        entry = _entry(page, one.block, one.lead, None, "")
        key = _cite_of(one.block, one.lead)
        if one.score > 0:
            inside.add(one.block)
        if one.score > -2.5:
            where = next((match[1] for piece in one.block.pieces if (match := _HOST.match(piece.url))), "")
            group = f"line\0{page.file}\0{one.form}\0{one.block.parent.line if one.block.parent else 0}\0{where}"
            page.possible.append(Possible(entry, group, key, certain=one.score > 0))


def _is_template(file: str) -> bool:
    """Whether a file is one to be filled in."""
    return bool(re.search(r"(?i)templates?\b|템플릿|模板|テンプレート|plantilla|vorlage|modèle", file))


def _cite_of(block: Block, lead: Lead) -> str:
    """The citation key that stands alone right under a title."""
    for line in block.children[:2] if block.kind in (Kind.ITEM, Kind.HEADING) and lead.quality >= Quality.WEAK else ():
        keys = {piece.url[5:] for piece in line.pieces if piece.url.startswith("cite:")}
        alone = not words_of("".join(piece.text for piece in line.pieces if not piece.url))
        if len(keys) == 1 and (alone or labelled(line.pieces) is not None):
            return keys.pop()
    return ""


def _whole_entry(page: _Page, title: str) -> NoteEntry:
    return _entry(page, None, Lead(title, Dress.PLAIN, quality(title)), None, "")


def _entry(page: _Page, block: Block | None, lead: Lead, one: Sighting | None, broken: str) -> NoteEntry:
    """A paper as a note entry with its section, text and links."""
    if block is None:
        body = [each for each in page.note.root.walk() if each.source]
        section: tuple[str, ...] = ()
        line, how = page.about.line, "whole note"
    else:
        body = [block, *_below(page, block)]
        section = block.headings()
        line = block.line
        how = f"{block.kind.value}: {lead.dress.value}" if lead.dress not in (Dress.NONE, Dress.PLAIN) else block.kind.value
    if one is not None and not lead.title:
        line = one.block.line
    if one is not None and one.lead is lead and row_of(one.block) is not None:
        line = one.block.line
    text, size = [], 0
    for each in body:
        if size > _LONGEST_TEXT:
            break
        text.append(each.source if each.kind is not Kind.ROW else "")
        size += len(each.source)
    links = dict.fromkeys(
        piece.url for each in body[:200] for piece in each.pieces if piece.url and not piece.wiki and "://" in piece.url and not piece.image
    )
    meta = page.note.meta
    tags = tuple(dict.fromkeys(tag.strip("# ") for key in _TAG_KEYS for tag in as_list(meta.get(key)) if tag.strip("# ")))
    return NoteEntry(
        title=lead.title,
        arxiv_id=one.id if one is not None else None,
        section=section,
        text="\n".join(filter(None, text))[:_LONGEST_TEXT],
        file=page.file,
        line=line,
        reading=how,
        broken_id=broken,
        links=tuple(list(links)[:50]),
        tags=tags,
        noted_on=date_of_note(meta, page.file, section),
    )


def _below(page: _Page, block: Block) -> Iterator[Block]:
    """The lines of an entry, up to the next entry in the same section."""
    own = {paper.block for paper in page.papers}
    for each in lines_below(block):
        if each is not block and each in own and each.kind in (Kind.HEADING, Kind.TEXT):
            return
        if each.kind is not Kind.CODE:
            yield each


def _reading(page: _Page) -> Reading:
    entries: list[NoteEntry] = []
    meta_ids = page.about.ids
    if meta_ids and (page.about.title or not page.papers):
        arxiv_id = next((found.id for found in meta_ids if found.id), None)
        broken = "" if arxiv_id else next((found.broken for found in meta_ids if found.broken), "")
        whole = _whole_entry(page, page.about.title or _top_title(page))
        entries.append(NoteEntry(**{**_fields(whole), "arxiv_id": arxiv_id, "broken_id": broken}))
    seen: set[tuple[str, str, int]] = set()
    for paper in page.papers:
        one = paper.sighting
        entry = _entry(page, None if paper.own else paper.block, paper.lead, one, one.broken)
        scope = id(next(paper.block.ancestors(), None)) if paper.block is not None else 0
        key = (one.id or one.broken, title_key(entry.title), scope)
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
    for one in certain:
        if not one.citekey and not any(entry.line == one.entry.line and entry.title == one.entry.title for entry in entries[-3:]):
            entries.append(one.entry)
    page.groups += [(one.group, 1) for one in certain if not one.citekey and one.group.startswith("note")]
    unsure = tuple(one for one in page.possible if one.citekey or not one.certain)
    return Reading(
        tuple(sorted(entries, key=lambda one: one.line)),
        tuple(problems),
        mentions=tuple(sorted(mentions.values(), key=lambda one: one.line)),
        groups=tuple(page.groups),
        possible=unsure,
    )


def _nickname(title: str) -> str:
    """The first word of a title, when it can be a name."""
    word = re.match(r"[\w.+-]+", title)
    return word[0].casefold().strip("-.") if word and len(word[0]) >= 3 and word[0][:1].isupper() else ""


def _top_title(page: _Page) -> str:
    for block in page.note.root.children[:20]:
        if block.kind is Kind.HEADING and holds(block.text) in (Holds.UNKNOWN, Holds.PAPERS) and not is_paper_part(block.text):
            return without_note_words(block.text)[0]
    stem = PurePosixPath(page.file).stem
    return clean(stem.replace("_", " ")) if quality(stem) >= Quality.WEAK and len(words_of(stem)) > 2 else ""


def _fields(entry: NoteEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in entry.__slots__}
