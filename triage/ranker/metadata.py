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
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from triage.listing.calendar import DEADLINE, EASTERN
from triage.papers import Paper

METADATA = (
    "title length",
    "title words",
    "abstract length",
    "abstract digits",
    "title has a colon",
    "title has a question mark",
    "categories",
    "abstract has a link",
    "abstract percentages",
    "title has an acronym",
    "authors",
    "minutes since the last deadline",
    "minutes until the next deadline",
    "abstract first person",
    "title words before the colon",
    "abstract parentheses",
)
"""The columns."""

_READ = 1_000
_DIGIT = re.compile(r"\d")
_ACRONYM = re.compile(r"\b\w*[A-Z]\w*[A-Z]\w*\b")
_WE = re.compile(r"\bwe\b", re.IGNORECASE)
_UNKNOWN = math.nan
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SATURDAY = 5


def metadata_features(papers: Sequence[Paper]) -> NDArray[np.float32]:
    """Return the metadata of papers, shape (n, len(METADATA)); NaN where unknown, and without an abstract."""
    features = np.full((len(papers), len(METADATA)), np.nan, dtype=np.float32)
    for row, paper in enumerate(papers):
        if paper.abstract:
            features[row] = _row(paper)
    return features


def _row(paper: Paper) -> tuple[float, ...]:
    title, abstract = paper.title, paper.abstract[:_READ]
    since, until = (_UNKNOWN, _UNKNOWN) if paper.submitted is None else _around_deadline(paper.submitted)
    return (
        math.log1p(len(title)),
        math.log1p(len(title.split())),
        math.log1p(len(abstract)),
        math.log1p(len(_DIGIT.findall(abstract))),
        float(":" in title),
        float("?" in title),
        float(min(len(paper.categories), 5)),
        float("http" in abstract.lower()),
        math.log1p(abstract.count("%")),
        float(_ACRONYM.search(title) is not None),
        math.log1p(len(paper.authors)) if paper.authors else _UNKNOWN,
        math.log1p(since),
        math.log1p(until),
        math.log1p(len(_WE.findall(abstract))),
        float(len(title.split(":")[0].split()) if ":" in title else 0),
        math.log1p(abstract.count("(")),
    )


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
    since, until = (
        local - datetime.combine(last, DEADLINE),
        datetime.combine(coming, DEADLINE) - local,
    )
    return since / _MINUTE, until / _MINUTE
