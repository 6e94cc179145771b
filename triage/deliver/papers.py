"""The picks of a digest for other programs: JSON, BibTeX, RIS."""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from triage.config.schema import Config
from triage.config.values import Part
from triage.context import Context
from triage.deliver.delivery import Mirror, Synced, write_each
from triage.deliver.digests import Digest, PickedPaper
from triage.deliver.latex import tex, tex_title
from triage.digest.escape import clean
from triage.papers import Paper
from triage.store.files import write_file

_GROUP = re.compile(r"\b(?:collaboration|consortium|team|group|project|initiative|network)\b", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV", re.IGNORECASE)
_ET_AL = re.compile(r"et\.? al\.?|(?:and )?others", re.IGNORECASE)
_OTHERS = "others"


class PapersConfig(Part):
    """The picks of each digest for other programs."""

    formats: tuple[Literal["json", "bibtex", "ris"], ...] = ()
    """Empty: none."""
    folder: str = ""
    """Empty: beside the digest."""


class Papers(Mirror[PapersConfig]):
    """The files of one format, one a digest."""

    name = "papers"
    config_model = PapersConfig

    @classmethod
    def parts(cls, settings: PapersConfig) -> Iterable[str]:
        return dict.fromkeys(settings.formats)

    def sync(self, digests: Sequence[Digest], context: Context, files: Sequence[Path]) -> Synced:
        written = {digest.day: self._file(digest, context.config) for digest in digests}
        write = _FORMATS[self.part][1]
        synced = write_each(digests, lambda digest: write_file(written[digest.day], write(digest)))
        return replace(synced, files=tuple(written.values()))

    def _file(self, digest: Digest, config: Config) -> Path:
        name = f"{digest.title}{_FORMATS[self.part][0]}"
        folder = self.settings.folder
        return config.path(folder) / name if folder else digest.file.with_name(name)


def as_json(digest: Digest) -> str:
    """Return the picks as a JSON object: the digest's day and counts, and ``papers`` in rank order."""
    values = {
        "digest": digest.title,
        "day": digest.day.isoformat(),
        "covers": [day.isoformat() for day in digest.covers],
        "total": digest.total,
        "papers": [_json_paper(pick) for pick in digest.picks],
    }
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"


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
        "comment": clean(paper.comment) or None,
        "url": paper.abs_url,
        "pdf": paper.pdf_url,
        "rank": shown.rank,
        "score": shown.score,
        "probability": shown.probability,
        "my_categories": list(shown.categories),
    }


def as_bibtex(digest: Digest) -> str:
    """Return the picks as BibTeX, UTF-8, each under the key ``arxiv-`` and its id."""
    return "\n".join(_bibtex_entry(pick) for pick in digest.picks)


def _bibtex_entry(pick: PickedPaper) -> str:
    paper = pick.paper
    day = _first_seen(paper)
    fields = {
        "title": tex_title(paper.title, paper.abstract),
        "author": " and ".join(map(_bibtex_name, _people(paper.authors))),
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
        lines.append(f"  month = {calendar.month_abbr[day.month].lower()},")
    return "\n".join([f"@misc{{arxiv-{paper.id.replace('/', '-')},", *lines, "}", ""])


def _bibtex_name(name: str) -> str:
    if name == _OTHERS:
        return name
    # In braces a group stays whole, and an "and" is a word and not the next author.
    if _GROUP.search(name) or re.search(r"\band\b", name, re.IGNORECASE):
        return f"{{{tex(name)}}}"
    surname, *given = surname_first(name).split(", ")
    # BibTeX wants the suffix in the middle.
    return ", ".join(map(tex, [surname, *given[1:], *given[:1]]))


def as_ris(digest: Digest) -> str:
    """Return the picks as RIS: one tag a line, CR LF, UTF-8."""
    return "".join(_ris_entry(pick) for pick in digest.picks)


def _ris_entry(pick: PickedPaper) -> str:
    paper = pick.paper
    day = _first_seen(paper)
    tags = [
        ("TY", "UNPB"),
        ("TI", paper.title),
        *(("AU", surname_first(author)) for author in _people(paper.authors) if author != _OTHERS),
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


_FORMATS: MappingProxyType[str, tuple[str, Callable[[Digest], str]]] = MappingProxyType(
    {"json": (".json", as_json), "bibtex": (".bib", as_bibtex), "ris": (".ris", as_ris)}
)
"""Of each format, the ending of its files and its writer."""


def surname_first(name: str) -> str:
    """Return a name as ``Surname, Given``; groups and single words stay as they are.

    A guess, since arXiv doesn't mark the surname: BibTeX's own, that it is the last one,
    with the small words (van, de, ...) before it.

    >>> [surname_first(name) for name in ("Ada M. Lovelace", "Jan van der Berg", "Plato", "Cai Ro, Jr.")]
    ['Lovelace, Ada M.', 'van der Berg, Jan', 'Plato', 'Ro, Cai, Jr.']
    """
    from bibtexparser.middlewares.names import parse_single_name_into_parts

    words = clean(name).replace(",", " ").split()
    if _GROUP.search(name) or len(words) < 2 or set("{}\\~") & set(name):
        return " ".join(words)
    suffix = f", {words.pop()}" if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""
    parts = parse_single_name_into_parts(" ".join(words))
    return f"{parts.merge_last_name_first}{suffix}"


def _doi(paper: Paper) -> str:
    """Return the journal's DOI, or else the one that arXiv gives to every paper."""
    given = re.sub(r"[{}\\\s]", "", clean(paper.doi.split()[0])) if paper.doi.strip() else ""
    return given or f"10.48550/arXiv.{paper.id}"


def _first_seen(paper: Paper) -> date | None:
    """When the first version was submitted; else the month that the identifier names, not the announcement's."""
    if paper.submitted:
        return paper.submitted.astimezone(UTC).date()
    digits = paper.id.rpartition("/")[2][:4]
    if not digits.isdigit():
        return paper.announced
    year = int(digits[:2])
    return date(1900 + year if year > 90 else 2000 + year, int(digits[2:]), 1)


def _people(names: Sequence[str]) -> list[str]:
    """Who wrote a paper, with suffixes that a comma parted from their names, and "et al" as others."""
    people: list[str] = []
    for name in map(clean, names):
        if _SUFFIX.fullmatch(name) and people:
            people[-1] = f"{people[-1]}, {name}"
        elif name and not _ET_AL.fullmatch(name):
            people.append(name)
    return [*people, _OTHERS] if people and any(map(_ET_AL.fullmatch, map(clean, names))) else people


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
