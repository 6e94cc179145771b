"""JSON, JSON Lines and YAML as :class:`~triage.notes.formats.NoteFormat`: Zotero's exports, a file a paper, lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from triage.notes.bibliography import Fields, entry_of_fields, id_text_of_eprint
from triage.notes.document import without_note_words
from triage.notes.entries import day_of
from triage.notes.formats import NoteProblem, Reading
from triage.notes.frontmatter import as_list, as_text, load_yaml
from triage.notes.identifiers import find_ids
from triage.notes.leads import lead
from triage.notes.blocks import Line, Span
from triage.notes.titles import Quality, clean, quality
from triage.notes.venues import Address, address
from triage.papers import NoteEntry

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
    "论文标题",
    "论文名称",
    "论文",
    "标题",
    "题目",
    "제목",
    "タイトル",
    "titre",
)
_ID_KEYS = ("arxiv_id", "arxivid", "arxiv", "arxiv-id", "eprint", "externalids", "arxiv_url", "arxivurl")
_URL_KEYS = re.compile(
    r"(?i)^(?:.*url.*|.*link.*|pdf.*|abs|href|paper|source|doi|id|ids|number|archive.?location|note|extra|journal.*|container-title|.*论文.*|链接|地址|uri|openreview|reference|ref|arxiv.*|eprint.*|extra|report.?number|identifier|key|paper.?id|html|landing.?page)$"
)
_PEOPLE_KEYS = frozenset(
    "author authors creators editor year date issued venue journal container-title publicationtitle conference conferencename abstract abstractnote booktitle proceedingstitle doi publisher journalabbreviation 作者 会议 年份".split()
)
_TEXT_KEYS = (
    "note",
    "notes",
    "summary",
    "tldr",
    "tl;dr",
    "comment",
    "comments",
    "review",
    "description",
    "takeaways",
    "contributions",
    "method",
    "abstract",
    "abstractnote",
    "annote",
    "笔记",
    "摘要",
    "总结",
)
_TAG_KEYS = (
    "tags",
    "tag",
    "keywords",
    "categories",
    "category",
    "keyword",
    "topics",
    "topic",
    "collections",
    "groups",
    "area",
    "field",
    "标签",
    "分类",
)
_LISTS = frozenset(
    "papers items entries references results data documents records publications articles list reading_list readinglist library".split()
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A record in the data, with the names on the way to it."""

    record: Mapping[str, Any]
    path: tuple[str, ...]
    key: str
    """The key under which the record stands: an identifier or a title at times."""


class JsonFormat:
    """``.json`` and ``.jsonl``: CSL JSON, Better BibTeX JSON, Zotero's API, papers one by one or in lists."""

    name = "json"
    suffixes = (".json", ".jsonl", ".ndjson")

    def recognises(self, text: str) -> bool:
        """Whether the text is JSON (its beginning, at least)."""
        head = text.lstrip()[:1]
        return (
            head in ("{", "[")
            and not re.match(r"\s*\[[^\[\]{}\"]*\][(\[:]|\s*\[\[|\s*\[[ xX]\]|\s*\{[%{]", text)
            and _loads(text) is not None
        )

    def read(self, text: str, file: str) -> Reading:
        """Find the records that are papers."""
        loaded = _loads(text)
        if loaded is None:
            return Reading(
                problems=(
                    NoteProblem(
                        file,
                        _json_line(text),
                        "the file is no valid JSON",
                        "check its quotes, commas and brackets",
                    ),
                )
            )
        return _reading(loaded, text, file, "JSON record")


class YamlFormat:
    """``.yaml`` and ``.yml``: a file a paper, or lists of papers."""

    name = "yaml"
    suffixes = (".yaml", ".yml")

    def recognises(self, text: str) -> bool:
        """Whether the whole text is one YAML list or mapping of records."""
        if not re.match(
            r"\s*(?:#[^\n]*\n\s*)*(?:---\s*\n\s*)?(?:#[^\n]*\n\s*)*(?:-\s+)?[\w\"'][\w\"' -]*:(?:\s|$)", text
        ) or re.search(r"^---\s*\n(?:.*\n)*?---\s*\n\s*\S", text):
            return False
        try:
            loaded = load_yaml(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            return False
        return any(True for _ in _records(loaded))

    def read(self, text: str, file: str) -> Reading:
        """Find the records that are papers."""
        try:
            documents = [
                load_yaml(piece) for piece in re.split(r"^---[ \t]*$", text, flags=re.M) if piece.strip()
            ]
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            return Reading(
                problems=(
                    NoteProblem(
                        file,
                        line,
                        f"the file is no valid YAML: {getattr(error, 'problem', '') or 'not understood'}",
                        "quote values that contain colons or brackets",
                    ),
                )
            )
        loaded = documents[0] if len(documents) == 1 else documents
        return _reading(loaded, text, file, "YAML record")


def _loads(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str)
    except (ValueError, RecursionError):
        pass
    rows = [line for line in text.split("\n") if line.strip()]
    if len(rows) < 2 and not text.lstrip().startswith("{"):
        return None
    try:
        loaded = [json.loads(line, parse_float=str) for line in rows]
    except (ValueError, RecursionError):
        return None
    return loaded if all(isinstance(one, dict) for one in loaded) else None


def _json_line(text: str) -> int:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno
    except (ValueError, RecursionError):
        pass
    return 1


def _reading(loaded: Any, text: str, file: str, reading: str) -> Reading:
    collections = _zotero_collections(loaded)
    lines = _Lines(text)
    entries: list[NoteEntry] = []
    for place in _records(loaded):
        fields = fields_of_mapping(place.record, place.path, place.key, collections)
        line = lines.of(as_text(_title(place.record)) or place.key, *fields.id_texts)
        entry = entry_of_fields(fields, file, line, reading)
        if entry is not None:
            entries.append(entry)
    return Reading(tuple(entries))


class _Lines:
    """Finds the line of each record by its title, going forward through the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.line = 1

    def of(self, *wanted: str) -> int:
        for one in wanted:
            for needle in (one, json.dumps(one)[1:-1], " ".join(one.split()[:3])):
                if len(needle) < 3:
                    continue
                found = self.text.find(needle, self.place)
                if found >= 0:
                    self.line += self.text.count("\n", self.place, found)
                    self.place = found
                    return self.line
        return self.line


def _lowered(record: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).strip().lower(): value for key, value in record.items()}


def _title(record: Mapping[str, Any]) -> str:
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


def _records(loaded: Any, path: tuple[str, ...] = (), key: str = "", depth: int = 0) -> Iterator[_Place]:
    """Every mapping in the data that describes a paper."""
    if depth > 12:
        return
    if isinstance(loaded, dict):
        if _is_record(loaded, key):
            yield _Place(loaded, path, key)
            return
        for name, value in loaded.items():
            inner = (
                path
                if str(name).lower() in _LISTS
                or find_ids(str(name))
                or depth == 0
                and isinstance(value, dict)
                and _is_record(value, str(name))
                else (*path, str(name))
            )
            if isinstance(value, str):
                yield from _pair(str(name), value, path)
            elif str(name).lower() not in ("collections", "config", "attachments", "relations", "creators"):
                yield from _records(value, inner, str(name), depth + 1)
    elif isinstance(loaded, list):
        for value in loaded:
            if isinstance(value, str):
                yield from _text(value, path)
            else:
                yield from _records(value, path, key, depth + 1)


def _is_record(record: Mapping[str, Any], key: str) -> bool:
    lowered = _lowered(record)
    if isinstance(lowered.get("data"), dict) and ("key" in lowered or "library" in lowered):
        return True
    title = _title(record)
    has_id = any(
        find_ids(text) for name, text in _flat(lowered) if name in _ID_KEYS or _URL_KEYS.match(name)
    ) or any(lowered.get(name) for name in _ID_KEYS)
    holds_papers = any(
        isinstance(value, list)
        and value
        and all(isinstance(one, dict) for one in value)
        and any(_title(one) for one in value)
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
        named = any(lowered.get(name) == title for name in _TITLE_KEYS[:9])
        return (
            has_id
            or links
            or known >= 1
            or ("itemtype" in lowered)
            or (named and quality(clean(title)) is Quality.STRONG)
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


def _pair(name: str, value: str, path: tuple[str, ...]) -> Iterator[_Place]:
    """``"Title": "address"`` or ``"2305.14314": "| date | **Title** | ..."`` in a mapping."""
    if not (find_ids(value) or find_ids(name)):
        return
    if quality(clean(name)) >= Quality.WEAK and len(value) < 300:
        yield _Place({"title": name, "url": value}, path, "")
    elif find_ids(name):
        yield _Place(
            {"title": _best_piece(value), "url": name if "rxiv" in name.lower() else f"arXiv:{name}"},
            path,
            "",
        )


def _text(value: str, path: tuple[str, ...]) -> Iterator[_Place]:
    """A plain text in a list: a title with an address, or an address alone."""
    here = lead(Line(1, (Span(value),)))
    if here.ids and (here.quality >= Quality.WEAK or here.reference_only):
        yield _Place({"title": here.title, "url": value}, path, "")


def _best_piece(value: str) -> str:
    pieces = [clean(piece) for piece in value.split("|")]
    return max(pieces, key=lambda piece: (quality(piece), len(piece)), default="")


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
    title = _title(lowered)
    id_texts = [
        id_text_of_eprint(
            as_text(lowered.get("eprint")),
            as_text(lowered.get("archiveprefix") or lowered.get("eprinttype")),
            as_text(lowered.get("primaryclass")),
        )
    ]
    flat = list(_flat(lowered))
    for name, text in flat:
        if name in _ID_KEYS and name != "eprint":
            id_texts.append(
                text
                if "arxiv" in text.lower() or not text[:1].isalnum() or "://" in text
                else f"arXiv:{text}"
            )
    id_texts += [text for name, text in flat if _URL_KEYS.match(name) and len(text) < 600]
    id_texts += [text for name, text in flat if name in _TITLE_KEYS and text.startswith("http")]
    id_texts.append(key)
    keys = [as_text(lowered.get(name)) for name in ("key", "itemkey", "itemid", "id")]
    in_collections = [name for one in keys for name in (collections or {}).get(one, ())]
    tags = [tag for name in _TAG_KEYS for tag in _tags(lowered.get(name))]
    notes = [
        as_text(one.get("note")) if isinstance(one, dict) else as_text(one)
        for one in _as_items(lowered.get("notes"))
    ]
    texts = [
        as_text(lowered[name])
        for name in _TEXT_KEYS
        if name != "notes" and isinstance(lowered.get(name), (str, list))
    ] + notes
    kind = as_text(lowered.get("itemtype") or lowered.get("type")).lower()
    urls = tuple(
        dict.fromkeys(
            text for name, text in flat if re.match(r"\w*https?://", text) and _URL_KEYS.match(name)
        )
    )
    stripped, _ = without_note_words(clean(title))
    return Fields(
        kind=kind.replace(" ", ""),
        title=stripped or clean(title),
        id_texts=tuple(filter(None, id_texts)),
        urls=urls,
        doi=as_text(lowered.get("doi")),
        text=re.sub(r"<[^<>]{1,200}>", " ", "\n".join(filter(None, texts))),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag not in in_collections)),
        section=tuple(in_collections) or path,
        noted_on=day_of(
            as_text(
                lowered.get("dateadded")
                or lowered.get("date_added")
                or lowered.get("read_date")
                or lowered.get("date_read")
                or ""
            )
        ),
        published=any(
            lowered.get(name)
            for name in (
                "container-title",
                "publicationtitle",
                "journal",
                "proceedingstitle",
                "conferencename",
                "booktitle",
            )
        ),
    )


def _as_items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _tags(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else as_list(value):
        text = as_text(one.get("tag") or one.get("name")) if isinstance(one, dict) else as_text(one)
        # Zotero names collections in items by keys of eight capitals and digits, which say nothing.
        if text and not re.fullmatch(r"[A-Z0-9]{8}", text):
            yield text


def _zotero_collections(loaded: Any) -> dict[str, list[str]]:
    """Better BibTeX JSON: the names of each item's collections, by the item's id or key."""
    given = loaded.get("collections") if isinstance(loaded, dict) else None
    if not isinstance(given, dict):
        return {}
    names: dict[str, list[str]] = {}
    for one in given.values():
        if isinstance(one, dict):
            for item in _as_items(one.get("items")):
                names.setdefault(as_text(item), []).append(as_text(one.get("name")))
    return names
