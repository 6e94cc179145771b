"""XML exports: OPML outlines and Zotero's RDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from triage.notes.dates import day_of
from triage.notes.formats import NoteProblem, Reading
from triage.notes.formats.data import Lines
from triage.notes.reading import read_note
from triage.notes.records import Fields, reading_of_fields
from triage.notes.tree import MAX_DEPTH, Builder, Note

_BROKEN = "the file is no valid XML"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_SUPPORT = ("Attachment", "Memo", "Collection", "Journal", "Person", "Description_of_file")


def _parsed(text: str) -> Element | None:
    """The root of an XML text; documents that define entities are refused, since a few stand for gigabytes."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        # An encoding that the file declares was dealt with when its bytes were decoded.
        return fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    except (ParseError, DefusedXmlException, RecursionError, ValueError):
        return None


class OpmlFormat:
    """OPML: nested outlines with ``text``, ``url`` and ``_note``."""

    name = "opml"
    suffixes = (".opml",)

    def recognises(self, text: str) -> bool:
        """Whether the text is OPML."""
        return "<opml" in text[:1000].lower()

    def read(self, text: str, file: str) -> Reading:
        """Find the papers."""
        root = _parsed(text)
        if root is None:
            return Reading(problems=(NoteProblem(file, 1, _BROKEN, "export it again"),))
        builder, lines = Builder(), Lines(text)
        for outline, depth in _outlines(root.find("body"), 0):
            shown = outline.get("text") or outline.get("title") or ""
            url = outline.get("url") or outline.get("htmlUrl") or outline.get("link") or ""
            line = lines.of(shown[:60])
            source = f"[{shown}]({url})" if url and "](" not in shown and "<a " not in shown else shown
            builder.start_item(depth, line, source)
            for more in (outline.get("_note") or "").split("\n"):
                if more.strip():
                    builder.text(line, more.strip())
        return read_note(Note(builder.root), file)


def _outlines(parent: Element | None, depth: int) -> Iterator[tuple[Element, int]]:
    for one in parent if parent is not None else ():
        if one.tag == "outline":
            yield one, depth
            if depth < MAX_DEPTH:
                yield from _outlines(one, depth + 1)


class RdfFormat:
    """Zotero's RDF export."""

    name = "zotero-rdf"
    suffixes = (".rdf",)

    def recognises(self, text: str) -> bool:
        """Whether the text is RDF with bibliographic items."""
        return "<rdf:RDF" in text[:2000]

    def read(self, text: str, file: str) -> Reading:
        """Find the items."""
        root = _parsed(text)
        if root is None:
            return Reading(problems=(NoteProblem(file, 1, _BROKEN, "export it again"),))
        lines = Lines(text)
        collections: dict[str, list[str]] = {}
        for one in root:
            if _name(one) == "Collection":
                name = next((_text(child) for child in one if _name(child) == "title"), "")
                for part in one:
                    if _name(part) == "hasPart":
                        collections.setdefault(part.get(f"{_RDF}resource", ""), []).append(name)
        return reading_of_fields(
            ((fields, lines.of(fields.title or fields.id_texts[0])) for fields in _items(root, collections)),
            file,
            "RDF item",
        )


def _items(root: Element, collections: dict[str, list[str]]) -> Iterator[Fields]:
    for one in root:
        kind = next((_text(child) for child in one if _name(child) == "itemType"), _name(one))
        if _name(one) in _SUPPORT or kind in ("attachment", "note"):
            continue
        about = one.get(f"{_RDF}about", "")
        texts = [(_name(each), _text(each)) for each in one.iter() if _text(each)]
        title = next((_text(child) for child in one if _name(child) == "title"), "")
        if title or "rxiv" in about:
            yield Fields(
                kind=kind.lower(),
                title=title,
                id_texts=(
                    about,
                    *(
                        text
                        for name, text in texts
                        if name
                        in ("identifier", "value", "description", "archive", "coverage", "number", "volume")
                    ),
                ),
                urls=tuple(text for _, text in texts if text.startswith("http")),
                doi=next((text.partition("DOI ")[2] for _, text in texts if text.startswith("DOI 10.")), ""),
                text="\n".join(text for name, text in texts if name == "abstract"),
                tags=tuple(text for name, text in texts if name == "subject"),
                section=tuple(collections.get(about, ())),
                noted_on=day_of(next((text for name, text in texts if name == "dateSubmitted"), "")),
                published=any(_name(each) in ("Journal", "Book", "Proceedings") for each in one.iter()),
            )


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Element) -> str:
    return " ".join((element.text or "").split())
