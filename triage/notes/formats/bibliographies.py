"""Bibliographies: BibTeX, RIS and its kin, arXiv's mail, Zotero's RDF.  Each reader gives records."""

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

_ENTRY = re.compile(r"^[ \t]*@\s*(?!comment|string|preamble)\w+\s*[{(]\s*[^\s,{}=]+\s*,", re.I | re.M)
_VERBATIM = re.compile(r"(\]\([^()\s]*\)|(?:https?://|10\.\d{4,9}/)[^\s{}]+)")
_COMMAND = re.compile(r"\\([%#&_~$])|\\[A-Za-z]+\*?\s?|[{}\\]")
_TAGGED = re.compile(r"^\s*(?:([A-Z][A-Z0-9]{1,3})\s{0,2}- ?|%([0-9A-Z@!~\[\]+?])\s+)(.*)$")
_ENDNOTE = dict(
    pair.split("=")
    for pair in words("T=TI U=UR R=DO X=AB K=KW Z=N1 0=TY J=JO B=T2 M=AN N=IS P=SP V=VL F=ID O=N1")
)
"""EndNote's letters as tags of RIS."""
_PAPER = re.compile(r"^(?:arXiv:|Paper: )(\S+)", re.M)
_MAIL_FIELD = re.compile(r"^(Title|Categories):\s*(.*(?:\n[ \t]+\S.*)*)", re.M)
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_SUPPORT = ("Attachment", "Memo", "Collection", "Journal", "Person", "Description_of_file")


def text_of_latex(latex: str) -> str:
    r"""LaTeX text as plain text: accents and ligatures as characters, braces gone, math and addresses kept.

    >>> text_of_latex(r"{BERT}: {P}re-training of G{\"o}del $\alpha$-nets")
    'BERT: Pre-training of Gödel $\\alpha$-nets'
    """
    pieces = _VERBATIM.split(latex)
    for place, piece in enumerate(pieces):
        if place % 2:
            pieces[place] = re.sub(r"\\([%#&_~])", r"\1", piece)
        elif re.search(r"[\\{}~`]|--", piece):
            parts = split(letters(re.sub(r"(?<!\\)~", " ", piece)))
            pieces[place] = "".join(f"${part}$" if math else _without_commands(part) for part, math in parts)
    return "".join(pieces)


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
            given = {one.key.lower(): " ".join(text_of_latex(str(one.value)).split()) for one in entry.fields}
            if "subtitle" in given and "title" in given:
                given["title"] += f": {given['subtitle']}"
            records.append(Record({"itemtype": entry.entry_type, **given}, (), entry.key, line))
        elif isinstance(block, model.ParsingFailedBlock):
            what = " ".join(str(block.error or "not understood").split())[:160]
            problems.append(
                NoteProblem(
                    file, line, f"a BibTeX entry can't be read: {what}", "check its braces and commas"
                )
            )
    reading = reading_of_records(records, file, "BibTeX entry", cited=True)
    return Reading(reading.entries, (*problems, *reading.problems), reading.citekeys)


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
        ends = begins in ("TY", "PMID", "ER") or not (row.strip() or "TY" in values)
        if ends and values:
            yield Record(
                {name: [" ".join(parts) for parts in some] for name, some in values.items()}, line=line
            )
            values = {}
        tag = begins if match else tag
        if match and tag not in ("", "ER"):
            line = line if values else number
            values.setdefault(tag, []).append([match[3].strip()])
        elif not match and tag in values and row.strip():
            values[tag][-1].append(row.strip())


def read_mail(text: str, file: str) -> Reading:
    """arXiv's daily mail: papers between lines of two backslashes."""
    return reading_of_records(_mailed(text), file, "arXiv mail")


def _mailed(text: str) -> Iterator[Record]:
    starts = [match.start() for match in _PAPER.finditer(text)]
    line, counted = 1, 0
    for start, end in zip(starts, [*starts, len(text)][1:], strict=True):
        piece = text[start:end]
        fields = {match[1]: match for match in _MAIL_FIELD.finditer(piece)}
        if "Title" in fields:
            place = start + fields["Title"].start()
            line, counted = line + text.count("\n", counted, place), place
            given = {
                "itemtype": "preprint",
                "identifier": piece.split("\n", 1)[0],
                "title": " ".join(fields["Title"][2].split()),
                "abstract": "".join(piece.split("\n\\\\")[1:2]),
                "categories": fields["Categories"][2].split() if "Categories" in fields else [],
            }
            yield Record(given, line=line)


def parsed_xml(text: str) -> Element | None:
    """The root of an XML text; documents that define entities are refused, since a few stand for gigabytes."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        # An encoding that the file declares was dealt with when its bytes were decoded.
        return fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    except (ParseError, DefusedXmlException, RecursionError, ValueError):
        return None


NO_XML = "the file is no valid XML"


def read_rdf(text: str, file: str) -> Reading:
    """Zotero's RDF export; collections are sections."""
    root = parsed_xml(text)
    if root is None:
        return Reading(problems=(NoteProblem(file, 1, NO_XML, "export it again"),))
    return reading_of_records(_items(root, Lines(text)), file, "RDF item")


def _items(root: Element, lines: Lines) -> Iterator[Record]:
    collections: dict[str, list[str]] = {}
    for one in root:
        for part in one if _name(one) == "Collection" else ():
            collections.setdefault(part.get(f"{_RDF}resource", ""), []).append(_child(one, "title"))
    for one in root:
        if _name(one) in _SUPPORT:
            continue
        about, title = one.get(f"{_RDF}about", ""), _child(one, "title")
        given = {"itemtype": [_child(one, "itemType") or _name(one)], "title": [title], "identifier": [about]}
        for each in one.iter():
            if (text := _text(each)) and (
                name := "url" if text.startswith("http") else _FIELDS.get(_name(each))
            ):
                given.setdefault("doi" if text.startswith("DOI 10.") else name, []).append(text)
        if title or "rxiv" in about:
            yield Record(given, tuple(collections.get(about, ())), line=lines.of(title or about))


_FIELDS = {"abstract": "abstract", "subject": "tags", "dateSubmitted": "date_added"} | dict.fromkeys(
    ("identifier", "value", "description", "archive", "coverage", "number", "volume"), "identifier"
)


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Element) -> str:
    return " ".join((element.text or "").split())


def _child(element: Element, name: str) -> str:
    return next((_text(child) for child in element if _name(child) == name), "")


def _is_bibtex(text: str) -> bool:
    return text.lstrip()[:1] in ("@", "%") and bool(_ENTRY.search(text[:200_000]))


FORMATS = (
    Format("bibtex", (".bib", ".biblatex", ".bibtex"), _is_bibtex, read_bibtex),
    Format(
        "ris",
        (".ris", ".enw", ".nbib"),
        re.compile(r"^\s*(?:TY  ?- |PMID- )|^%0 .*\n(?:%.*\n){0,50}%T ", re.M),
        read_ris,
    ),
    Format("arxiv-mail", (".eml",), re.compile(r"^\\\\\s*\n(?:arXiv:|Paper: )", re.M), read_mail),
    Format("zotero-rdf", (".rdf",), re.compile(r"\A.{0,2000}?<rdf:RDF", re.S), read_rdf),
)
