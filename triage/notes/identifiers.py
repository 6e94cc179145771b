"""arXiv identifiers in every dress: links, mirrors, DOIs, bibcodes, plain text.

One scan finds them all, with their places, so that a caller can also cut them out of a title.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote

from triage.notes.words import words
from triage.papers import ArxivId, InvalidArxivId, parse_arxiv_id

ARCHIVES = words(
    "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs dg-ga econ eess funct-an gr-qc "
    "hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin nucl-ex nucl-th patt-sol physics plasm-ph q-alg q-bio q-fin quant-ph solv-int stat supr-con"
)
"""The archives that old-style identifiers name (https://arxiv.org/archive)."""

_ARCHIVE = "|".join(sorted(ARCHIVES, key=len, reverse=True))
_NEW = r"\d{4}\.\d{4,5}(?!\d)(?:v[1-9]\d?)?"
_OLD = rf"(?:{_ARCHIVE})(?:\.[a-z]{{2}})?/\d{{7}}(?:v[1-9]\d?)?"
_HOST = r"(?:[\w-]{1,60}\.){0,4}"

# Places where whatever follows must be an identifier, so that a wrong one is worth reporting.
_SITES = (
    rf"{_HOST}(?:arxiv|xxx)\.[\w.-]{{1,30}}/(?:abs|pdf|html|ps|format|e-?print|src|tb|cits|show-email|bibtex|dvi|other)/"
    rf"|{_HOST}arxiv\.org/(?=\d{{4}}\.\d{{4,5}}(?!\d))"
    r"|(?:ar5iv|alphaxiv|arxiv-vanity|scirate|hjfy|emergentmind|semanticscholar|bytez|themoonlight|connectedpapers"
    r"|paperswithcode|huggingface|hf|hf-mirror|arxivx?|researchrabbit)\.[a-z.]{2,20}/(?:docs/)?"
    r"(?:abs|pdf|html|papers|arxiv|overview|resources)/"
    r"|ar5iv\.org/|papers\.cool/arxiv/|arxiv-sanity(?:-lite)?\.com/\?(?:rank=pid&)?pid=|paperdigest\.org/arxiv/\?id="
)
_DRESSED = re.compile(
    rf"""(?ix)
      {_HOST}arxiv\.org/ftp/(?:arxiv|(?P<archive>[a-z-]+))/papers/\d{{4}}/(?P<ftp>\d{{4}}\.\d{{4,5}}|\d{{7}})(?:v\d+)?(?:\.pdf)?
    | (?:{_SITES})(?:arxiv:)?(?P<site>{_NEW}|{_OLD}|[^\s\])}}>"'<|,;，。；、）】》]*)
    | 10\.48550/arxiv\.(?P<doi>{_NEW}|{_OLD}|[\w./-]+)
    | \b(?:19|20)\d{{2}}arxiv(?P<bibcode>\d{{8,9}})[a-z](?![a-z0-9])
    | \b(?:19|20)\d{{2}}(?P<bib_archive>(?:{_ARCHIVE.replace("-", ".?")}))\.+(?P<bib_number>\d{{7}})[a-z]\b
    | \b(?:journals/)?corr/abs-(?P<dblp>\d{{4}}-\d{{4,5}})(?!\d)
    | (?:\barxiv|(?<=[a-z)\]])arXiv)\s*(?:e-?prints?|preprints?|id|identifier|number|no\.?)?\s*[:：]?\s*(?:abs/)?\[?(?:\w[\w-]*(?:\.[a-z]{{2}})?\])?\s*
      (?P<named>{_OLD}|\d{{4}}\.\d{{2,7}}(?:v\d{{1,2}})?(?![\d]))
    """
)
_BARE = (
    re.compile(
        r"(?<![\w./:%=&#?-])(\d{4}\.\d{4,5}(?:v[1-9]\d?)?)(?:\.pdf)?(?![\w%])(?!\.\d)", re.ASCII | re.I
    ),
    re.compile(rf"(?<![\w./:-])((?:{_ARCHIVE})(?:\.[A-Z]{{2}})?/\d{{7}}(?:v[1-9]\d?)?)(?![\w/])", re.ASCII),
    # The name of a file.
    re.compile(
        r"(?:^|(?<=[/\s(\[_]))(\d{4}\.\d{4,5}(?:v[1-9]\d?)?)(?=\.(?:pdf|md|html|tex)\b)", re.ASCII | re.I
    ),
)
_DOI = re.compile(r"\b10\.\d{4,9}/\S+", re.ASCII)
_NUMBER = re.compile(r"(\d{2}(?:0[1-9]|1[0-2]))\.(\d{1,5})")
_FOUR_DIGITS = re.compile(r"\d{4}", re.ASCII)
_TAIL = re.compile(r"(?:\.pdf|\.html?|\.ps|\.gz|/|\.|,|;|:|\)|\]|\*|_|`|\\|~|#.*|\?.*|&.*|%20.*)$", re.I)


@dataclass(frozen=True, slots=True)
class FoundId:
    """An identifier in a text, and where it stands there."""

    id: ArxivId | None
    """Without version; None when it is broken."""
    start: int
    end: int
    broken: str = ""
    """What stood where an identifier must stand, when it can't be one."""
    dressed: bool = True
    """Whether a link or the word arXiv says that it is an identifier (or it is a bare number)."""


@lru_cache(maxsize=8192)
def find_ids(text: str) -> tuple[FoundId, ...]:
    """Every arXiv identifier in a text or address, in order of place.

    Other DOIs, dates, page numbers and decimals are not identifiers.  What follows ``arxiv.org/abs/``
    or ``arXiv:`` and can't be one is given back as broken.

    >>> [found.id for found in find_ids("see hhttps://arxiv.org/pdf/2305.14314v2.pdf#page=3")]
    ['2305.14314']
    >>> [found.broken for found in find_ids("https://arxiv.org/pdf/2305.1636")]
    ['2305.1636']
    """
    if not _FOUR_DIGITS.search(text):
        return ()
    lowered = text.lower()
    coded = "arxiv" in lowered and ("%2f" in lowered or "%3a" in lowered)
    if coded and (decoded := unquote(text)) != text:
        # Places in the decoded text mean nothing in this one: the whole of it is taken.
        return tuple(replace(found, start=0, end=len(text)) for found in find_ids(decoded))
    found: list[FoundId] = []
    if "/" in text or "rxiv" in lowered or "corr" in lowered:
        found = [one for match in _DRESSED.finditer(text) if (one := _dressed(match)) is not None]
    spans = [match.span() for match in _DOI.finditer(text)] + [(one.start, one.end) for one in found]
    taken = bytearray(len(text))
    for start, end in spans:
        taken[start:end] = b"x" * (end - start)
    for match in (match for pattern in _BARE for match in pattern.finditer(text)):
        parsed = None if taken[match.start()] else _parsed(match[1])
        if parsed is not None:
            taken[match.start() : match.end()] = b"x" * len(match[0])
            found.append(FoundId(parsed, *match.span(), dressed=False))
    return tuple(sorted(found, key=lambda one: one.start))


def first_id(text: str) -> ArxivId | None:
    """The first whole identifier in a text, or None."""
    return next((found.id for found in find_ids(text) if found.id), None)


def of_field(value: str) -> str:
    """The value of a field for arXiv identifiers, dressed so that a bare number is found in it.

    A tool that reads identifiers as numbers drops trailing zeros; they come back (five digits since
    2015, four before).

    >>> of_field("2311.0921"), of_field("https://arxiv.org/abs/2305.14314"), of_field("hep-th/9901001")
    ('arXiv:2311.09210', 'https://arxiv.org/abs/2305.14314', 'arXiv:hep-th/9901001')
    """
    value = value.strip()
    if number := _NUMBER.fullmatch(value):
        digits = 5 if number[1] >= "1501" else 4
        return f"arXiv:{number[1]}.{number[2].ljust(digits, '0')}"
    if "rxiv" in value.lower() or "://" in value or not value[:1].isalnum():
        return value
    return f"arXiv:{value}"


def lost_zeros(value: str) -> bool:
    """Whether an identifier's value is one that a tool has read as a number.

    >>> lost_zeros("2311.0921"), lost_zeros("2311.09210"), lost_zeros("0706.0123")
    (True, False, False)
    """
    return bool(_NUMBER.fullmatch(value)) and of_field(value) != f"arXiv:{value}"


def _dressed(match: re.Match[str]) -> FoundId | None:
    named = match.groupdict("")
    if number := named["bibcode"]:
        raw = f"{number[:4]}.{number[4:]}"
    elif number := named["bib_number"] or (named["archive"] and named["ftp"]):
        raw = f"{named['archive'] or named['bib_archive'].replace('.', '-')}/{number}"
    else:
        raw = (
            named["ftp"] or named["dblp"].replace("-", ".") or named["site"] or named["doi"] or named["named"]
        )
        raw = unquote(raw)[:200]
    while (shorter := _TAIL.sub("", raw)) != raw:
        raw = shorter
    if (found := _parsed(raw)) is not None:
        return FoundId(found, *match.span())
    # A word after arxiv.org/abs/ such as "search" is no attempt at an identifier; digits are.
    few = sum(character.isdigit() for character in raw) < 4 or ("." in named["named"] and len(raw) < 7)
    return None if few else FoundId(None, *match.span(), broken=raw)


def _parsed(raw: str) -> ArxivId | None:
    # parse_arxiv_id is strict about case (math.GT); people are not.
    lowered = raw.lower()
    for text in (raw, lowered, re.sub(r"\.[a-z]+(?=/)", "", lowered)):
        try:
            return parse_arxiv_id(text)[0]
        except InvalidArxivId:
            continue
    return None
