"""RIS, EndNote (``%T``) and PubMed's tagged text as a :class:`~triage.notes.formats.NoteFormat`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.notes.dates import day_of
from triage.notes.formats import Reading
from triage.notes.records import Fields, entry_of_fields
from triage.notes.words import ordered

_RIS = re.compile(r"^\s*([A-Z][A-Z0-9]{1,3})\s{0,2}- ?(.*)$")
_ENDNOTE = re.compile(r"^%([0-9A-Z@!~\[\]+?])\s+(.*)$")
# EndNote's letters in RIS's terms.
_AS_RIS = dict(
    pair.split("=", 1)
    for pair in [
        "T=TI",
        "U=UR",
        "R=DO",
        "X=AB",
        "K=KW",
        "Z=N1",
        "0=TY",
        "J=JO",
        "B=T2",
        "D=PY",
        "A=AU",
        "M=AN",
        "N=IS",
        "P=SP",
        "V=VL",
        "F=ID",
        "O=N1",
        "<=N1",
    ]
)
_TITLES = ("TI", "T1", "CT", "BT", "TT")
_ID_TAGS = ordered("UR L1 L2 L3 L4 LK DO AN M1 M3 N1 JO JF T2 J2 JA PB VL IS SP ID C1 C7 AID LID SO SN")


@dataclass(slots=True)
class _Record:
    line: int
    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def first(self, *tags: str) -> str:
        return next((self.values[tag][0] for tag in tags if self.values.get(tag)), "")


class RisFormat:
    """``.ris``, ``.enw`` and ``.nbib`` files: every record is a paper, software and web pages apart."""

    name = "ris"
    suffixes = (".ris", ".enw", ".nbib")

    def recognises(self, text: str) -> bool:
        """Whether the text has tagged records."""
        head = text[:100_000]
        return bool(re.search(r"^\s*(?:TY  ?- |PMID- )", head, re.M)) or bool(
            re.search(r"^%0 .*\n(?:%.*\n)*%T ", head, re.M)
        )

    def read(self, text: str, file: str) -> Reading:
        """Find the records."""
        entries = (
            entry_of_fields(_fields(record), file, record.line, "RIS record") for record in _records(text)
        )
        return Reading(tuple(entry for entry in entries if entry is not None))


def _records(text: str) -> Iterator[_Record]:
    record: _Record | None = None
    tag = ""
    for number, line in enumerate(text.split("\n"), start=1):
        match = _RIS.match(line)
        endnote = None if match else _ENDNOTE.match(line)
        if not match and not endnote:
            if record and tag and line.strip():
                record.values[tag][-1] += f" {line.strip()}"
            elif not line.strip() and record and "TY" not in record.values and record.values:
                # PubMed and EndNote end a record with a blank line.
                yield record
                record, tag = None, ""
            continue
        tag = match[1] if match else _AS_RIS.get(endnote[1], "") if endnote else ""
        value = (match[2] if match else endnote[2] if endnote else "").strip()
        if tag in ("TY", "PMID") or (endnote and tag == "TY"):
            if record:
                yield record
            record = _Record(number)
        if tag == "ER":
            if record:
                yield record
            record, tag = None, ""
            continue
        if record is None:
            record = _Record(number)
        if tag:
            record.values[tag].append(value)
    if record:
        yield record


def _fields(record: _Record) -> Fields:
    texts = [value for tag in ("N1", "RN", "N2", "AB") for value in record.values.get(tag, ())]
    urls = tuple(
        value for tag in ("UR", "L1", "L2", "LK") for value in record.values.get(tag, ()) if "://" in value
    )
    return Fields(
        kind=record.first("TY").lower().replace(" ", ""),
        title=record.first(*_TITLES),
        id_texts=tuple(
            value
            for tag in _ID_TAGS
            for value in record.values.get(tag, ())
            if tag not in ("VL", "IS", "SP") or "rxiv" in value.lower()
        ),
        urls=urls,
        doi=record.first("DO", "LID", "AID"),
        text="\n".join(texts),
        tags=tuple(
            dict.fromkeys(
                value for tag in ("KW", "OT", "MH") for value in record.values.get(tag, ()) if value
            )
        ),
        noted_on=day_of(record.first("Y2", "DA") if record.values.get("Y2") else ""),
        published=bool(record.first("JO", "JF", "T2", "JA", "TA", "JT"))
        and record.first("TY").upper() not in ("ELEC", "WEB", "BLOG", "VIDEO", "COMP"),
    )
