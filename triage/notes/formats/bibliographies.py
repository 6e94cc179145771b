"""Bibliographies: BibTeX, RIS and its kin, Zotero's RDF.  Each reader gives records."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from triage.notes.formats import Format, NoteProblem, Reading
from triage.notes.records import Lines, Record, reading_of_records
from triage.notes.words import words
from triage.text.formulas import split
from triage.text.unicode import letters

_BIBTEX = re.compile(r"\A(?:\s*%.*\n)*\s*@\w+\s*[{(]")
_RIS = re.compile(r"^\s*(?:TY  ?- |PMID- )|^%0 .*\n(?:%.*\n){0,50}%T ", re.M)
_RDF = re.compile(r"\A.{0,2000}?<rdf:RDF", re.S)
_COMMAND = re.compile(r"\\([%#&_~$])|\\[A-Za-z]+\*?\s?|[{}\\]")
_TAGGED = re.compile(r"^\s*(?:([A-Z][A-Z0-9]{1,3})\s{0,2}- ?|%([0-9A-Z])\s+)(.*)$")
_ENDNOTE = dict(pair.split("=") for pair in words("T=TI U=UR R=DO X=AB K=KW Z=N1 0=TY J=JO B=T2 M=AN F=ID"))
"""EndNote's letters as tags of RIS."""
_SUPPORT = ("Attachment", "Memo", "Collection", "Journal", "Person", "Description_of_file")


def text_of_latex(latex: str) -> str:
    r"""LaTeX text as plain text: accents and ligatures as characters, braces and commands gone, math kept.

    >>> text_of_latex(r"{BERT}: {P}re-training of G{\"o}del $\alpha$-nets")
    'BERT: Pre-training of Gödel $\\alpha$-nets'
    """
    if not re.search(r"[\\{}~`]|--", latex):
        return latex
    parts = split(letters(latex))
    return "".join(f"${part}$" if math else _without_commands(part) for part, math in parts)


def _without_commands(text: str) -> str:
    text = _COMMAND.sub(lambda found: found[1] or "", text)
    return text.replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")


def read_bibtex(text: str, file: str) -> Reading:
    """Every entry is a paper, software and web pages apart; broken ones are problems."""
    from bibtexparser import middlewares, model
    from bibtexparser.entrypoint import parse_string

    # bibtexparser logs every odd entry; the problems are in the library, and reported from there.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    stack = [middlewares.ResolveStringReferencesMiddleware(), middlewares.RemoveEnclosingMiddleware()]
    records, problems = [], []
    for block in parse_string(text, parse_stack=stack).blocks:
        # A key or a field that stands twice is no reason to lose the paper.
        entry = getattr(block, "ignore_error_block", None) or block
        line = (block.start_line or 0) + 1
        if isinstance(entry, model.Entry):
            given = {one.key.lower(): _plain(str(one.value)) for one in entry.fields}
            if "subtitle" in given and "title" in given:
                given["title"] += f": {given['subtitle']}"
            records.append(Record({"itemtype": entry.entry_type, **given}, (), entry.key, line))
        elif isinstance(block, model.ParsingFailedBlock):
            what = f"a BibTeX entry can't be read: {' '.join(str(block.error).split())[:160]}"
            problems.append(NoteProblem(file, line, what, "check its braces and commas"))
    reading = reading_of_records(records, file, "BibTeX entry", cited=True)
    return Reading(reading.entries, (*problems, *reading.problems), reading.citekeys)


def _plain(value: str) -> str:
    is_address = value.startswith("http")
    return value.replace("\\", "") if is_address else " ".join(text_of_latex(value).split())


def read_ris(text: str, file: str) -> Reading:
    """RIS, EndNote (``%T``) and PubMed's tagged text."""
    return reading_of_records(_tagged(text), file, "RIS record")


def _tagged(text: str) -> Iterator[Record]:
    values: dict[str, list[list[str]]] = {}
    line, tag = 0, ""
    for number, row in enumerate([*text.split("\n"), "ER  - "], start=1):
        match = _TAGGED.match(row)
        begins = (match[1] or _ENDNOTE.get(match[2], "")) if match else ""
        # PubMed and EndNote end a record with a blank line.
        if values and (begins in ("TY", "PMID", "ER") or not (row.strip() or "TY" in values)):
            given = {name: [" ".join(parts) for parts in some] for name, some in values.items()}
            yield Record(given, line=line)
            values = {}
        tag = begins if match else tag
        if match and tag not in ("", "ER"):
            line = line if values else number
            values.setdefault(tag, []).append([match[3].strip()])
        elif not match and tag in values and row.strip():
            values[tag][-1].append(row.strip())


NO_XML = "the file is no valid XML"


def parsed_xml(text: str) -> Element | None:
    """The root of an XML text; documents that define entities are refused, since a few stand for gigabytes."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        # An encoding that the file declares was dealt with when its bytes were decoded.
        return fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    except (ParseError, DefusedXmlException, RecursionError, ValueError):
        return None


def read_rdf(text: str, file: str) -> Reading:
    """Zotero's RDF export; collections are sections."""
    root = parsed_xml(text)
    if root is None:
        return Reading(problems=(NoteProblem(file, 1, NO_XML, "export it again"),))
    return reading_of_records(_items(root, Lines(text)), file, "RDF item")


def _items(root: Element, lines: Lines) -> Iterator[Record]:
    collections: dict[str, list[str]] = {}
    for one in root.iterfind("{*}Collection"):
        for part in one:
            collections.setdefault(_attribute(part, "resource"), []).append(_child(one, "title"))
    for one in root:
        about, title = _attribute(one, "about"), _child(one, "title")
        if _name(one) in _SUPPORT or not (title or "rxiv" in about):
            continue
        given = {"itemtype": [_child(one, "itemType") or _name(one)], "title": [title], "identifier": [about]}
        for each in one.iter():
            if text := " ".join((each.text or "").split()):
                name = "url" if text.startswith("http") else _name(each)
                given.setdefault("extra" if name == "description" else name, []).append(text)
        yield Record(given, tuple(collections.get(about, ())), line=lines.of(title or about))


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _attribute(element: Element, name: str) -> str:
    return element.get(f"{{http://www.w3.org/1999/02/22-rdf-syntax-ns#}}{name}", "")


def _child(element: Element, name: str) -> str:
    return " ".join(element.findtext(f"{{*}}{name}", "").split())


FORMATS = (
    Format("bibtex", (".bib", ".biblatex", ".bibtex"), _BIBTEX.search, read_bibtex),
    Format("ris", (".ris", ".enw", ".nbib"), _RIS.search, read_ris),
    Format("zotero-rdf", (".rdf",), _RDF.search, read_rdf),
)
