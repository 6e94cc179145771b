"""What a record of JSON, YAML or Zotero says about a paper, whatever its keys are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from triage.notes.addresses import Address, address
from triage.notes.dates import day_of
from triage.notes.formats import Reading
from triage.notes.frontmatter import as_list, as_text
from triage.notes.identifiers import find_ids, of_field
from triage.notes.records import Fields, broken_id, entry_of_fields, id_text_of_eprint
from triage.notes.subject import without_note_words
from triage.notes.titles import Quality, clean, quality
from triage.notes.words import all_of, any_of, ordered, words

_TITLE_KEYS = (
    "title",
    "paper_title",
    "papertitle",
    "paper-title",
    "paper title",
    "paper_name",
    "full_title",
    "paper",
    "name",
    *all_of("field.title"),
)
_ID_KEYS = ("arxiv_id", "arxivid", "arxiv", "arxiv-id", "eprint", "externalids", "arxiv_url", "arxivurl")
_URL_KEYS = re.compile(
    rf"(?i)^(?:{any_of('field.link')}|.*url.*|.*link.*|pdf.*|abs|href|paper|source|doi|id|ids|number|archive.?(?:location|id)|note|extra|journal.*|container-title|uri|openreview|reference|ref|arxiv.*|eprint.*|extra|report.?number|identifier|key|paper.?id|html|landing.?page)$"
)
_PEOPLE_KEYS = {*all_of("field.people")} | words(
    "author authors creators editor year date issued venue journal container-title publicationtitle conference conferencename abstract abstractnote booktitle proceedingstitle doi publisher journalabbreviation"
)
_TEXT_KEYS = (
    *ordered(
        "note notes summary tldr tl;dr comment comments review description takeaways contributions "
        "method abstract abstractnote annote"
    ),
    *all_of("field.text"),
)
_TAG_KEYS = (
    *ordered("tags tag keywords categories category keyword topics topic collections groups area field"),
    *all_of("field.tags"),
)
_ADDED_KEYS = ("dateadded", "date_added", "read_date", "date_read")
_PUBLISHED_IN = ordered("container-title publicationtitle journal proceedingstitle conferencename booktitle")
_SPACED = words(
    "itemtype publicationtitle abstractnote dateadded conferencename proceedingstitle journalabbreviation archiveid reportnumber"
)
"""Zotero's fields, which its tables write in two words."""


def _lowered(record: Mapping[str, Any]) -> dict[str, Any]:
    lowered = {str(key).strip().lower(): value for key, value in record.items()}
    joined = {name: key for key in lowered if (name := key.replace(" ", "")) in _SPACED and name != key}
    return {**lowered, **{name: lowered[key] for name, key in joined.items()}} if joined else lowered


def title_of_record(record: Mapping[str, Any]) -> str:
    lowered = _lowered(record)
    for key in _TITLE_KEYS:
        value = lowered.get(key)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if (
            isinstance(value, str)
            and value.strip()
            and not value.strip().startswith("http")
            and not (find_ids(value) and len(value.split()) < 3)
        ):
            return value
    return ""


def is_record(record: Mapping[str, Any], key: str) -> bool:
    lowered = _lowered(record)
    if isinstance(lowered.get("data"), dict) and ("key" in lowered or "library" in lowered):
        return True
    title = title_of_record(record)
    has_id = any(
        find_ids(text) for name, text in _flat(lowered) if name in _ID_KEYS or _URL_KEYS.match(name)
    ) or any(lowered.get(name) for name in _ID_KEYS)
    holds_papers = any(
        isinstance(value, list)
        and value
        and all(isinstance(one, dict) for one in value)
        and any(title_of_record(one) for one in value)
        and name not in ("author", "authors", "creators", "editor")
        for name, value in lowered.items()
    )
    if title and not holds_papers:
        known = len(_PEOPLE_KEYS & lowered.keys())
        links = any(
            address(as_text(value).strip()) >= Address.MAYBE
            for name, value in lowered.items()
            if _URL_KEYS.match(name) and isinstance(value, str)
        )
        return (
            has_id
            or links
            or known >= 2
            or (known >= 1 and quality(clean(title)) >= Quality.WEAK)
            or ("itemtype" in lowered)
        )
    if holds_papers:
        return False
    if find_ids(key) and len(record) >= 1 and all(not isinstance(value, dict) for value in record.values()):
        return True
    return (
        has_id
        and not any(isinstance(value, dict) for value in lowered.values())
        and ("arxiv" in lowered or "arxiv_id" in lowered or bool(_PEOPLE_KEYS & lowered.keys()))
    )


def _flat(lowered: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in lowered.items():
        if isinstance(value, dict):
            for inner, one in value.items():
                yield (
                    (name if str(inner).lower() not in ("arxiv", "doi") else str(inner).lower()),
                    as_text(one),
                )
        elif isinstance(value, list):
            for one in value:
                yield name, as_text(one)
        elif value is not None:
            yield name, as_text(value)


def fields_of_mapping(
    record: Mapping[str, Any],
    path: tuple[str, ...] = (),
    key: str = "",
    collections: Mapping[str, Iterable[str]] | None = None,
) -> Fields:
    """A record of JSON, YAML or Zotero in our terms.

    Parameters
    ----------
    record : mapping
        CSL JSON, Better BibTeX JSON, an item of Zotero's API, or a record of somebody's own making.
    path : tuple of str
        The names on the way to the record: its section.
    key : str
        The key under which it stands.
    collections : mapping, optional
        Zotero's collections by item key or id.
    """
    lowered = _lowered(record)
    if isinstance(lowered.get("data"), dict):
        lowered = {**lowered, **_lowered(lowered["data"])}
    title = clean(title_of_record(lowered))
    flat = list(_flat(lowered))
    keys = [as_text(lowered.get(name)) for name in ("key", "itemkey", "itemid", "id")]
    in_collections = [name for one in keys for name in (collections or {}).get(one, ())]
    tags = (tag for name in _TAG_KEYS for tag in _tags(lowered.get(name)))
    kind = as_text(lowered.get("itemtype") or lowered.get("type")).lower()
    urls = (text for name, text in flat if re.match(r"\w*https?://", text) and _URL_KEYS.match(name))
    added = next((lowered[name] for name in _ADDED_KEYS if lowered.get(name)), "")
    return Fields(
        kind=kind.replace(" ", ""),
        title=without_note_words(title)[0] or title,
        id_texts=tuple(filter(None, [*_id_texts(lowered, flat), key])),
        urls=tuple(dict.fromkeys(urls)),
        doi=as_text(lowered.get("doi")),
        text=re.sub(r"<[^<>]{1,200}>", " ", "\n".join(filter(None, _texts(lowered)))),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag not in in_collections)),
        section=tuple(in_collections) or path,
        noted_on=day_of(as_text(added)),
        published=any(lowered.get(name) for name in _PUBLISHED_IN),
    )


def _id_texts(lowered: Mapping[str, Any], flat: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The texts in which identifiers are looked for, the surest first."""
    yield id_text_of_eprint(
        as_text(lowered.get("eprint")),
        as_text(lowered.get("archiveprefix") or lowered.get("eprinttype")),
        as_text(lowered.get("primaryclass")),
    )
    yield from (of_field(text) for name, text in flat if name in _ID_KEYS and name != "eprint")
    yield from (text for name, text in flat if _URL_KEYS.match(name) and len(text) < 600)
    yield from (text for name, text in flat if name in _TITLE_KEYS and text.startswith("http"))


def _texts(lowered: Mapping[str, Any]) -> Iterator[str]:
    """What the reader, or the paper itself, says about it."""
    for name in _TEXT_KEYS:
        if name != "notes" and isinstance(lowered.get(name), (str, list)):
            yield as_text(lowered[name])
    for one in as_items(lowered.get("notes")):
        yield as_text(one.get("note") if isinstance(one, dict) else one)


def as_items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _tags(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else as_list(value):
        text = as_text(one.get("tag") or one.get("name")) if isinstance(one, dict) else as_text(one)
        # Zotero names collections in items by keys of eight capitals and digits, which say nothing.
        if text and not re.fullmatch(r"[A-Z0-9]{8}", text):
            yield text


def reading_of_table(rows: Iterable[tuple[Mapping[str, Any], int]], file: str) -> Reading:
    """The rows of a reference manager's table that are papers."""
    found = (entry_of_fields(fields_of_mapping(row), file, line, "table row") for row, line in rows)
    entries = tuple(entry for entry in found if entry is not None)
    return Reading(entries, tuple(problem for entry in entries if (problem := broken_id(entry)) is not None))
