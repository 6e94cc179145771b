"""The picks of a digest for other programs: JSON, BibTeX, RIS."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

from triage.config.schema import Config
from triage.deliver.edition import Edition, PickedPaper
from triage.deliver.latex import tex
from triage.deliver.names import is_group, surname_first
from triage.deliver.targets import Brought
from triage.digest.escape import clean
from triage.errors import TriageError
from triage.papers import Paper
from triage.store.files import write_file

SUFFIXES = MappingProxyType({"json": ".json", "bibtex": ".bib", "ris": ".ris"})

_BIBTEX_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class PapersCopy:
    """The files of one format, one a digest."""

    config: Config
    format: str
    """A key of :data:`SUFFIXES`."""

    @property
    def name(self) -> str:
        """``papers:`` and the format."""
        return f"papers:{self.format}"

    def file(self, edition: Edition) -> Path:
        """Return where a digest's picks are written."""
        name = f"{edition.title}{SUFFIXES[self.format]}"
        folder = self.config.deliver.papers.folder
        return self.config.path(folder) / name if folder else edition.file.with_name(name)

    def bring_up_to_date(self, editions: Sequence[Edition]) -> Brought:
        """Write the files that changed; see :class:`triage.deliver.targets.Copy`."""
        done: set[date] = set()
        failed: dict[date, str] = {}
        for edition in editions:
            try:
                write_file(self.file(edition), FORMATS[self.format](edition))
                done.add(edition.day)
            except TriageError as error:
                failed[edition.day] = error.message
        return Brought(frozenset(done), failed)


def as_json(edition: Edition) -> str:
    """Return the picks as a JSON object: the digest's day and counts, and ``papers`` in rank order."""
    told = {
        "digest": edition.title,
        "day": edition.day.isoformat(),
        "covers": [day.isoformat() for day in edition.covers],
        "total": edition.total,
        "papers": [_json_paper(pick) for pick in edition.picks],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _json_paper(pick: PickedPaper) -> dict[str, object]:
    paper, shown = pick.paper, pick.shown
    return {
        "id": paper.id,
        "version": paper.version,
        "title": clean(paper.title),
        "authors": [clean(author) for author in paper.authors],
        "abstract": clean(paper.abstract),
        "categories": list(paper.categories),
        "submitted": _utc(paper.submitted),
        "announced": paper.announced.isoformat() if paper.announced else None,
        "doi": paper.doi or None,
        "journal_ref": clean(paper.journal_ref) or None,
        "url": paper.abs_url,
        "pdf": paper.pdf_url,
        "rank": shown.rank,
        "score": shown.score,
        "probability": shown.probability,
        "my_categories": list(shown.categories),
    }


def as_bibtex(edition: Edition) -> str:
    """Return the picks as BibTeX, UTF-8, each under the key ``arxiv-`` and its id."""
    return "\n".join(_bibtex_entry(pick) for pick in edition.picks)


def _bibtex_entry(pick: PickedPaper) -> str:
    paper = pick.paper
    day = _first_seen(paper)
    authors = " and ".join(_bibtex_name(author) for author in paper.authors if clean(author))
    fields = {
        "title": tex(paper.title),
        "author": authors,
        "year": str(day.year) if day else "",
        "eprint": paper.id,
        "archiveprefix": "arXiv",
        "primaryclass": paper.primary_category,
        "doi": _doi(paper),
        "url": paper.abs_url,
        "note": tex(paper.journal_ref),
        "keywords": ", ".join(tex(name) for name in pick.shown.categories),
        "abstract": tex(paper.abstract),
    }
    lines = [f"  {key} = {{{value}}}," for key, value in fields.items() if value]
    if day:
        # The months are names of BibTeX, not text.
        lines.append(f"  month = {_BIBTEX_MONTHS[day.month - 1]},")
    return "\n".join([f"@misc{{arxiv-{paper.id.replace('/', '-')},", *lines, "}", ""])


def _bibtex_name(name: str) -> str:
    # In braces a group stays whole, and an "and" is a word and not the next author.
    if is_group(name) or re.search(r"\band\b", name, re.IGNORECASE):
        return f"{{{tex(name)}}}"
    parts = surname_first(name).split(", ")
    # BibTeX wants the suffix in the middle.
    ordered = [parts[0], *parts[2:], *parts[1:2]]
    return ", ".join(tex(part) for part in ordered)


def as_ris(edition: Edition) -> str:
    """Return the picks as RIS: one tag a line, CR LF, UTF-8."""
    return "".join(_ris_entry(pick) for pick in edition.picks)


def _ris_entry(pick: PickedPaper) -> str:
    paper = pick.paper
    day = _first_seen(paper)
    tags = [
        ("TY", "UNPB"),
        ("TI", paper.title),
        *(("AU", surname_first(author)) for author in paper.authors),
        ("PY", str(day.year) if day else ""),
        ("DA", f"{day:%Y/%m/%d}/" if day else ""),
        ("PB", "arXiv"),
        ("AN", f"arXiv:{paper.id}"),
        ("DO", _doi(paper)),
        ("UR", paper.abs_url),
        ("L1", paper.pdf_url),
        *(("KW", name) for name in (*paper.categories, *pick.shown.categories)),
        ("N1", paper.journal_ref),
        ("AB", paper.abstract),
    ]
    lines = [f"{tag}  - {clean(value)}" for tag, value in tags if clean(value)]
    return "\r\n".join([*lines, "ER  - ", "", ""])


FORMATS: MappingProxyType[str, Callable[[Edition], str]] = MappingProxyType(
    {"json": as_json, "bibtex": as_bibtex, "ris": as_ris}
)


def _doi(paper: Paper) -> str:
    """Return the journal's DOI, or else the one that arXiv gives to every paper."""
    said = re.sub(r"[{}\\\s]", "", clean(paper.doi.split()[0])) if paper.doi.strip() else ""
    return said or f"10.48550/arXiv.{paper.id}"


def _first_seen(paper: Paper) -> date | None:
    return paper.submitted.astimezone(UTC).date() if paper.submitted else paper.announced


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
