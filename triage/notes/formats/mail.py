"""arXiv's own listing mails, saved as text, as a :class:`~triage.notes.formats.NoteFormat`."""

from __future__ import annotations

import re

from triage.notes.formats import Reading
from triage.notes.records import Fields, entry_of_fields

_PAPER = re.compile(r"^(?:arXiv:|Paper: )(\S+)", re.M)
_FIELD = re.compile(r"^(Title|Authors|Categories|Comments|Journal-ref|DOI):\s*(.*(?:\n[ \t]+\S.*)*)", re.M)
_RULE = "\\\\"


class MailFormat:
    """The daily mail: papers between lines of two backslashes."""

    name = "arxiv-mail"
    suffixes = (".eml",)

    def recognises(self, text: str) -> bool:
        """Whether the text has arXiv's frames around papers."""
        return bool(re.search(r"^\\\\\s*\n(?:arXiv:|Paper: )", text, re.M))

    def read(self, text: str, file: str) -> Reading:
        """Find the papers."""
        entries = []
        starts = [match.start() for match in _PAPER.finditer(text)]
        for start, end in zip(starts, [*starts, len(text)][1:], strict=True):
            piece = text[start:end]
            fields = {match[1]: match for match in _FIELD.finditer(piece)}
            if "Title" not in fields:
                continue
            line = text.count("\n", 0, start + fields["Title"].start()) + 1
            parts = piece.split(f"\n{_RULE}")
            given = Fields(
                kind="preprint",
                title=" ".join(fields["Title"][2].split()),
                id_texts=(piece.split("\n", 1)[0],),
                text=" ".join(parts[1].split()) if len(parts) > 1 else "",
                tags=tuple(fields["Categories"][2].split()) if "Categories" in fields else (),
                published=True,
            )
            entry = entry_of_fields(given, file, line, "arXiv mail")
            if entry is not None:
                entries.append(entry)
        return Reading(tuple(entries))
