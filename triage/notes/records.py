"""What a record of a bibliography, an export or a list says about a paper, whatever its format.

The readers of formats give mappings; what the names of their fields mean stands in ``words.toml``, once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from triage.notes.addresses import Address, address
from triage.notes.dates import day_of
from triage.notes.formats import NoteProblem, Reading
from triage.notes.frontmatter import as_list, as_text
from triage.notes.identifiers import find_ids, of_field
from triage.notes.subject import without_note_words
from triage.notes.titles import Quality, clean, quality, strip_markup
from triage.notes.words import all_of, any_of
from triage.papers import NoteEntry

_TITLES, _TEXTS, _TAGS, _ADDED, _PUBLISHED, _KEYWORDS = (
    all_of(f"field.{kind}") for kind in ("title", "text", "tags", "added", "published", "keywords")
)
_IDS = frozenset(all_of("field.id"))
_TELLING = frozenset(all_of("field.people")) | {"itemtype"}
_PARTS_OF_ONE = {*_TELLING, *_TAGS, *all_of("data.none")}
"""Fields whose values may have names of their own."""
_LINK = re.compile(rf"{any_of('field.link')}$", re.I)
_NAMED = re.compile(rf"{any_of('field.named')}$", re.I)
PARTS = ("attachment", "note", "annotation")
"""Zotero's children of other items, which repeat their parents' addresses."""


def plain_name(name: object) -> str:
    """A field's name as the tables have it.

    >>> plain_name("Item Type") == plain_name("itemType") == plain_name("item-type") == "itemtype"
    True
    """
    return re.sub(r"[\s_-]", "", str(name).lower())


class Record:
    """A mapping by the plain names of its fields.

    ``path`` are the names on the way to it, or the collections that it is in; ``key`` is what it stands
    under: a citation key, at times an identifier.
    """

    def __init__(
        self, given: Mapping[str, Any], path: tuple[str, ...] = (), key: str = "", line: int = 1
    ) -> None:
        inner = given.get("data")
        both = {**given, **inner} if isinstance(inner, dict) else given
        self.fields = {plain_name(name): value for name, value in both.items()}
        self.path, self.key, self.line = path, key, line
        self.texts = list(self._flat())
        """Every single value with its name, in order."""
        self.title = next(filter(None, map(self._as_title, _TITLES)), "")

    def _flat(self) -> Iterator[tuple[str, str]]:
        for name, value in self.fields.items():
            if isinstance(value, dict):
                for inner, one in value.items():
                    own = str(inner).lower()
                    yield own if own in ("arxiv", "doi") else name, as_text(one)
            elif value is not None:
                yield from ((name, as_text(one)) for one in (value if isinstance(value, list) else [value]))

    def _as_title(self, name: str) -> str:
        value = self.fields.get(name)
        text = value[0] if isinstance(value, list) and value else value
        if not isinstance(text, str) or text.strip().startswith("http"):
            return ""
        return "" if len(text.split()) < 3 and find_ids(text) else text.strip()

    def text(self, *names: str) -> str:
        """The first of some fields that says something."""
        return next(filter(None, (as_text(self.fields.get(name)) for name in names)), "")

    def id_texts(self) -> Iterator[str]:
        """The texts in which identifiers are looked for, the surest first."""
        archive = self.text("archiveprefix", "eprinttype", "archive").lower()
        if not archive or "arxiv" in archive:
            eprint, subject = self.text("eprint"), self.text("primaryclass", "eprintclass")
            # The number of an old identifier stands alone at times.
            of_subject = f"{subject.partition('.')[0]}/" if re.fullmatch(r"\d{7}", eprint) and subject else ""
            yield of_field(of_subject + eprint)
        yield from (of_field(text) for name, text in self.texts if name in _IDS and name != "eprint")
        for name, text in self.texts:
            if text.startswith("abs/"):
                yield f"arXiv:{text[4:]}"
            elif len(text) < 600 and (_LINK.match(name) or (_NAMED.match(name) and "rxiv" in text.lower())):
                yield text
        yield self.key

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses among its fields."""
        found = (text for name, text in self.texts if _LINK.match(name) and re.match(r"\w*https?://", text))
        return tuple(dict.fromkeys(found))

    def is_of_paper(self) -> bool:
        """Whether a mapping anywhere in some data describes a paper."""
        if any(_holds_records(value) for name, value in self.fields.items() if name not in _PARTS_OF_ONE):
            return False
        known = len(_TELLING & self.fields.keys())
        leads = max((address(text) for name, text in self.texts if _LINK.match(name)), default=Address.NONE)
        has_id = leads is Address.ARXIV or any(text for name, text in self.texts if name in _IDS)
        if self.title:
            reads = quality(clean(self.title)) >= Quality.WEAK
            return has_id or leads >= Address.MAYBE or known + reads >= 2
        flat = not any(isinstance(value, dict) for value in self.fields.values())
        return flat and bool(find_ids(self.key) or (has_id and known))

    def entry(self, file: str, how: str) -> NoteEntry | None:
        """The record as an entry, or None if it is no paper or says nothing."""
        kind = self.text("itemtype", "type", "ty").lower().replace(" ", "")
        found = [one for text in self.id_texts() for one in find_ids(text)]
        arxiv_id = next((one.id for one in found if one.id), None)
        broken = "" if arxiv_id else next((one.broken for one in found if one.broken), "")
        title = strip_markup(self.title)
        if not kind:
            # Of people's own making, with what people write around titles.
            title = without_note_words(clean(title))[0] or clean(title)
        urls = self.urls
        doi = re.search(r"\b10\.\d{4,9}/[^\s,]+", self.text("doi", "do", "lid", "aid", "identifier"))
        if kind in PARTS or not (title or arxiv_id or broken):
            return None
        if not (arxiv_id or doi or any(self.fields.get(name) for name in _PUBLISHED)):
            best = max(map(address, urls), default=Address.NONE)
            loose = not kind or kind in all_of("type.loose")
            if kind in all_of("type.no_paper") or (loose and best is Address.OTHER):
                return None
        tags, keywords = self._tags(bool(kind))
        return NoteEntry(
            title,
            arxiv_id,
            self.path,
            re.sub(r"<[^<>]{1,200}>", " ", "\n".join(filter(None, self._notes()))).strip(),
            file,
            self.line,
            how,
            broken,
            tuple(dict.fromkeys([*urls, *([f"https://doi.org/{doi[0]}"] if doi else ())])),
            tuple(tag for tag in tags if tag not in self.path),
            day_of(self.text(*_ADDED)),
            keywords,
        )

    def _notes(self) -> Iterator[str]:
        """What the reader, or the paper itself, says about it."""
        for name in _TEXTS:
            value = self.fields.get(name)
            for one in value if isinstance(value, list) else [value]:
                yield as_text(one.get("note") if isinstance(one, dict) else one)

    def _tags(self, is_exported: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The reader's tags, and the keywords that a publisher or a reference manager gave."""
        found: tuple[dict[str, None], dict[str, None]] = ({}, {})
        for name in (*_TAGS, *_KEYWORDS):
            value = self.fields.get(name)
            for one in value if isinstance(value, list) else as_list(value):
                tag = as_text(one.get("tag") or one.get("name")) if isinstance(one, dict) else as_text(one)
                automatic = isinstance(one, dict) and as_text(one.get("type")) == "1"
                # Zotero names collections in items by keys of eight capitals and digits, which say nothing.
                if tag and not re.fullmatch(r"[A-Z0-9]{8}", tag):
                    found[automatic or (is_exported and name in _KEYWORDS)].setdefault(tag)
        return tuple(found[0]), tuple(found[1])


def _holds_records(value: Any) -> bool:
    """Whether a field's value is a list of records of their own."""
    inner = value if isinstance(value, list) else []
    return any(isinstance(one, dict) and Record(one).title for one in inner)


def reading_of_records(records: Iterable[Record], file: str, how: str, *, cited: bool = False) -> Reading:
    """The records of a file that are papers; ``cited`` says that their keys are citation keys."""
    found = [(record.key, entry) for record in records if (entry := record.entry(file, how)) is not None]
    keys = tuple((key, place) for place, (key, _) in enumerate(found) if cited)
    entries = tuple(entry for _, entry in found)
    return Reading(entries, tuple(broken_ids(entries)), keys)


def broken_ids(entries: Iterable[NoteEntry]) -> Iterator[NoteProblem]:
    """The problems of entries whose identifiers can't be any."""
    for entry in entries:
        if entry.broken_id:
            what = f"{entry.broken_id!r} stands where an arXiv identifier should and is none"
            remedy = "look the paper up by its title and correct the identifier"
            yield NoteProblem(entry.file, entry.line, what, remedy)


class Lines:
    """Finds the line of each record by its texts, going forward through the file."""

    def __init__(self, text: str) -> None:
        self._text, self._place, self._line = text, 0, 1
        # Texts that are not found cost a search each, and a file of them no more than this.
        self._left = 20 * len(text) + 1_000_000

    def of(self, *wanted: str) -> int:
        """The line of the first of some texts that is found, else that of the record before."""
        for one in wanted:
            for needle in (one, json.dumps(one)[1:-1], " ".join(one.split()[:3])):
                if len(needle) < 3 or self._left < 0:
                    continue
                found = self._text.find(needle, self._place)
                self._left -= (found if found >= 0 else len(self._text)) - self._place
                if found >= 0:
                    self._line += self._text.count("\n", self._place, found)
                    self._place = found
                    return self._line
        return self._line
