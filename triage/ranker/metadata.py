"""What the record of a paper looks like, whatever the paper is about.

Who chooses from a list goes by more than the subject: by short titles, numbers in the abstract, code
to be had, and whatever else tells them early that a paper is for them (bench/RANKING.md has what this
is worth).  Texts count up to a thousand characters only, because some archives cut them there.

Papers submitted in the half hour before arXiv's deadline are several times as likely to be picked as
others, by nearly every reader measured; so the time counts by its distance from the deadlines, in
logarithms, and not by the clock.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from triage.listing.calendar import DEADLINE, EASTERN
from triage.papers import Paper, could_be_arxiv

_READ = 1_000
_DIGIT = re.compile(r"\d")
_ACRONYM = re.compile(r"\b\w*[A-Z]\w*[A-Z]\w*\b")
_WE = re.compile(r"\bwe\b", re.IGNORECASE)
_UNKNOWN = math.nan
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class _Record:
    """What is read of a paper."""

    paper: Paper
    title: str
    abstract: str
    since: float
    until: float
    """Minutes from one deadline, and to the next."""


METADATA: dict[str, Callable[[_Record], float]] = {
    "title length": lambda one: math.log1p(len(one.title)),
    "title words": lambda one: math.log1p(len(one.title.split())),
    "abstract length": lambda one: math.log1p(len(one.abstract)),
    "abstract digits": lambda one: math.log1p(len(_DIGIT.findall(one.abstract))),
    "title has a colon": lambda one: ":" in one.title,
    "title has a question mark": lambda one: "?" in one.title,
    "categories": lambda one: min(len(one.paper.categories), 5),
    "abstract has a link": lambda one: "http" in one.abstract.lower(),
    "abstract percentages": lambda one: math.log1p(one.abstract.count("%")),
    "title has an acronym": lambda one: _ACRONYM.search(one.title) is not None,
    "authors": lambda one: math.log1p(len(one.paper.authors)) if one.paper.authors else _UNKNOWN,
    "minutes since the last deadline": lambda one: math.log1p(one.since),
    "minutes until the next deadline": lambda one: math.log1p(one.until),
    "abstract first person": lambda one: math.log1p(len(_WE.findall(one.abstract))),
    "title words before the colon": lambda one: (
        len(one.title.split(":")[0].split()) if ":" in one.title else 0
    ),
    "abstract parentheses": lambda one: math.log1p(one.abstract.count("(")),
}
"""The columns, in this order in every model."""


def metadata_features(papers: Sequence[Paper]) -> NDArray[np.float32]:
    """Return the metadata of papers, shape (n, len(METADATA)); NaN where unknown, and without an abstract."""
    features = np.full((len(papers), len(METADATA)), _UNKNOWN, dtype=np.float32)
    for row, paper in enumerate(papers):
        if paper.abstract:
            beside = (
                _around_deadline(paper.submitted) if could_be_arxiv(paper.submitted) else (_UNKNOWN, _UNKNOWN)
            )
            record = _Record(paper, paper.title, paper.abstract[:_READ], *beside)
            features[row] = [column(record) for column in METADATA.values()]
    return features


def _around_deadline(submitted: datetime) -> tuple[float, float]:
    """Return the minutes since the deadline before a submission, and until the one after it.

    A deadline is 14:00 Eastern on a working day, arXiv's holidays or not: papers come by the hour on those too.
    """
    local = submitted.astimezone(EASTERN).replace(tzinfo=None)
    coming = local.date() if local.time() < DEADLINE else local.date() + _DAY
    while coming.weekday() >= _SATURDAY:
        coming += _DAY
    last = coming - _DAY
    while last.weekday() >= _SATURDAY:
        last -= _DAY
    since, until = local - datetime.combine(last, DEADLINE), datetime.combine(coming, DEADLINE) - local
    return since / _MINUTE, until / _MINUTE
