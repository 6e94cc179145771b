"""All that a digest says, before it is put into a language."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from triage.config.schema import DigestConfig
from triage.digest.llm_answer import Summary
from triage.digest.summary import summary
from triage.listing.figures import Figure
from triage.papers import ArxivId, Paper, Pick, ScoredPaper


def digest_title(day: date) -> str:
    """Return the title of a day's digest, which is also its file's name without ``.md``.

    >>> digest_title(date(2024, 1, 17))
    '2024-01-17-insights'
    """
    return f"{day.isoformat()}-insights"


def digest_file_name(day: date) -> str:
    """Return the name of the file that a day's digest is written to."""
    return f"{digest_title(day)}.md"


def abbrlink(title: str) -> str:
    """Return the short link of a title: its CRC-32 as eight lower-case hexadecimal digits.

    >>> abbrlink("2024-01-17-insights")
    'dcb2f552'
    """
    return f"{zlib.crc32(title.encode('utf-8')):08x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestContent:
    """One edition: what a digest says, whatever shows it.

    Every candidate of the listing is in one of ``picks``, ``near_misses``, ``questions`` and ``rest``, each in
    rank order; all but those of the rest have their explanations, with the nearest notes and where these
    are.  All text is plain, with LaTeX as the authors wrote it: :func:`triage.digest.render.render` escapes
    it for Markdown.
    """

    day: date
    """The listing day that names the digest: the last one covered."""
    total: int
    """New submissions in the listings covered, over the reader's categories."""
    picks: tuple[Pick, ...]
    near_misses: tuple[Pick, ...] = ()
    """The next few after the picks; shown with their summaries."""
    rest: tuple[Pick, ...] = ()
    """The other candidates."""
    known: tuple[ScoredPaper, ...] = ()
    """Papers of the listing that the reader has noted or labelled already."""
    questions: tuple[Pick, ...] = ()
    """Up to three further ones that the model is unsure about."""
    calibrated: bool = True
    """Whether probabilities were measured: if not, no likelihood is shown."""
    written_at: datetime
    """Aware, in the reader's time zone."""
    read: int = 0
    """Running count of papers that the reader has read."""
    cite: int | None = None
    """The reader's citation count; None when unknown."""
    publish: int | None = None
    """The reader's publication count; None when unknown."""
    settings: DigestConfig = field(default_factory=DigestConfig)
    """Its tags, categories of the blog, and further front matter."""
    remarks: tuple[str, ...] = ()
    """Paragraphs about the day."""
    summaries: Mapping[ArxivId, Summary] = field(default_factory=dict)
    """Those that a language model was asked for, of picks and near misses: see :meth:`summary`."""
    figures: Mapping[ArxivId, Figure] = field(default_factory=dict)
    """The figures to show under picks; most have none."""
    known_categories: tuple[str, ...] = ()
    """The reader's categories of papers, for them to choose from when they correct one."""

    def summary(self, paper: Paper) -> Summary:
        """Return the summary of a paper: a model's if it was asked for, else sentences of the abstract."""
        return self.summaries.get(paper.id) or Summary((summary(paper.abstract),))
