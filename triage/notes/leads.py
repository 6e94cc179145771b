"""One line of a note: does it lead with a paper's title, and what belongs to that paper?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from triage.notes.blocks import Line
from triage.notes.identifiers import FoundId, find_ids
from triage.notes.links import BARE_URL, ids_of_line, is_generic_link, urls_of_line, without_references
from triage.notes.picking import Flat, is_cited, is_prose, pick, skip_markers, title_of
from triage.notes.titles import Quality, is_byline, looks_like_authors, quality
from triage.notes.venues import Address, address
from triage.papers import ArxivId

_SAYS_READ = re.compile(
    r"^\W*(?:re-?)?(?:read|reading|finished(?:\s+reading)?|skimmed|studied|started(?:\s+reading)?|今天(?:读|看)了?|读了?|看了?|읽은|読んだ)\W*$",
    re.I,
)


_DASH_PEOPLE = re.compile(r"\s*[-–—]{1,3}\s+(.{4,120})$")


_REFERENCE = re.compile(
    r"\s*[\[(（【]{0,2}\s*(?:BARE|arXiv[\s:]*[\w./-]+|\d{4}\.\d{4,5}(?:v\d+)?)[\])）】]{0,2}[\s.,;:：]*".replace(
        "BARE", BARE_URL.pattern
    ),
    re.I,
)
"""An address right behind a title."""


_SEPARATOR = re.compile(r"(?i)[,;&/+|、，；·]|\s*|,?\s*(?:and|or|und|et|和|及|与|と)")


@dataclass(frozen=True, slots=True)
class Lead:
    """What a line says about the paper that it leads with."""

    title: str = ""
    quality: Quality = Quality.NONE
    how: str = "text"
    """Where the title stood: ``link``, ``quotes``, ``bold``, ``italics``, ``citation`` or ``text``."""
    ids: tuple[FoundId, ...] = ()
    """The identifiers in the line, in order."""
    best: Address = Address.NONE
    """The best address in the line."""
    title_address: Address = Address.NONE
    """What the title itself links to."""
    title_url: str = ""
    mention: bool = False
    """The title stands inside running prose: a paper mentioned in passing."""
    reference_only: bool = False
    """Nothing but an identifier or link(s), no title."""
    rest: str = ""
    """What follows the title."""
    tail: str = ""
    """What was cut off the title itself: ``(Kaplan et al., 2020)``."""
    before: str = ""
    """What stands before the title, markers apart."""
    urls: tuple[str, ...] = ()

    @property
    def id(self) -> ArxivId | None:
        """The identifier of the paper that leads."""
        return next((found.id for found in self.ids if found.id), None)

    @property
    def broken(self) -> str:
        """What looks like its identifier and is none."""
        return "" if self.id else next((found.broken for found in self.ids if found.broken), "")

    @property
    def several_ids(self) -> bool:
        """Whether the line names more than one arXiv paper."""
        return len({found.id for found in self.ids if found.id}) > 1

    def with_ids(self, ids: Iterable[FoundId]) -> Lead:
        """The same lead with other identifiers."""
        return replace(self, ids=tuple(ids))

    @property
    def is_citation(self) -> bool:
        """Whether the line is a reference: people before the title, or people, a venue or a year after it."""
        after = (self.tail + self.rest).strip(" .,;\"'”’*_")
        bare = re.sub(r"\b(?:vol|no|pp|arXiv)\b.*", "", after)
        cited = bool(re.search(r"\b(?:19|20)\d{2}\b", after)) and is_byline(bare.strip(" ()（）,"))
        if not cited and (people := _DASH_PEOPLE.match(after)):
            cited = "," in people[1] or "et al" in people[1]
            cited &= looks_like_authors(people[1])
        return self.quality > Quality.NONE and (
            (bool(self.before.strip(" .,;:")) and is_byline(self.before)) or cited
        )

    @property
    def has_note(self) -> bool:
        """Whether a link to the reader's own note stands beside the title."""
        return bool(
            re.search(
                r"(?i)[\[(（【]\s*(?:my\s+|reading\s+)?(?:notes?|阅读笔记|笔记|summary|解读|メモ|정리|리뷰)\s*[\])）】]",
                self.rest,
            )
        )

    @property
    def runs_on(self) -> bool:
        """Whether the sentence goes on after the title: running prose that happens to begin with it."""
        if _SAYS_READ.match(self.before):
            return False
        rest = _REFERENCE.sub("", self.rest, count=1) if self.is_addressed_behind else self.rest
        goes_on = r"\s*(?!by\b|and\s+[A-Z]|et\s+al|in\s+[A-Z]|from\s+[A-Z]|with\s+code)[a-z]"
        return bool(re.match(goes_on, rest)) or len(rest.split()) > 45

    @property
    def is_addressed_behind(self) -> bool:
        """Whether the title's address stands right behind it: ``**Title** (tag) https://…``."""
        rest = re.sub(r"^\s*[\[(（][^\])）]{1,25}[\])）](?=\s)", "", self.rest)
        return bool(self.ids) and _REFERENCE.match(rest) is not None


@lru_cache(maxsize=8192)
def lead(line: Line) -> Lead:
    """Read a line as one paper of a list.

    Parameters
    ----------
    line : Line
        The line of an item, a paragraph, a heading or a table's cell.

    Returns
    -------
    Lead
        The title with its quality and place, the identifiers, and whether it is a passing mention.
    """
    flat = Flat.of(line)
    urls = urls_of_line(line)
    ids = ids_of_line(line)
    best = max(map(address, urls), default=Address.NONE)
    if ids and best < Address.ARXIV:
        best = Address.ARXIV
    start = skip_markers(flat)
    found = pick(flat, start)
    if found is None:
        leftover = without_references(flat.text[start:])
        return Lead(
            ids=ids, best=best, urls=urls, reference_only=bool(ids or best >= Address.MAYBE) and not leftover
        )
    low, high, how, url = found
    raw = flat.text[low:high]
    title = title_of(raw, how)
    worth = quality(title)
    before = flat.text[start:low]
    tail = raw[raw.find(title) + len(title) :] if title and title in raw else ""
    if how in ("bold", "italics", "citation") and is_cited(before):
        worth = max(worth, Quality.WEAK)
    rest = flat.text[high:]
    own = _own_ids(ids, url)
    mention = is_prose(before) or (how == "text" and is_prose(title) and len(title.split()) > 25)
    return Lead(
        title,
        worth,
        how,
        own,
        best,
        address(url) if url else Address.NONE,
        url,
        mention,
        False,
        rest,
        tail,
        before,
        urls,
    )


def papers_of_line(line: Line) -> list[Lead]:
    """The papers of a line that is nothing but several linked titles (``[A](…), [B](…)``), else none."""
    linked = [span for span in line.spans if span.url and not span.image]
    papers = [
        span for span in linked if address(span.url) >= Address.PAPER and not is_generic_link(span.text)
    ]
    if len(papers) < 2 or len(papers) != len(linked):
        return []
    first, last = line.spans.index(papers[0]), line.spans.index(papers[-1])
    before = "".join(span.text for span in line.spans[:first])
    between = [span.text.strip() for span in line.spans[first + 1 : last] if not span.url]
    if any(_SEPARATOR.fullmatch(text) is None for text in between) or re.search(r"\w{4}", before):
        return []
    leads = [lead(Line(line.number, (span,))) for span in papers]
    return leads if all(one.quality >= Quality.NAME for one in leads) else []


def _own_ids(ids: tuple[FoundId, ...], url: str) -> tuple[FoundId, ...]:
    """The identifiers, that of the title's own link first."""
    mine = [found.id for found in find_ids(url)] if url else []
    return tuple(sorted(ids, key=lambda found: found.id not in mine)) if mine else ids
