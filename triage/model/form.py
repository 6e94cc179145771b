"""The form of a paper: what its record looks like, whatever it is about.

Who chooses from a list goes by more than the subject: by short titles, numbers in the abstract, code
to be had, and whatever else tells them early that a paper is for them (bench/RANKING.md says what
this is worth).  Texts count up to a thousand characters only, because some archives cut them there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from triage.papers import Paper

TRAITS = (
    "length of the title",
    "words in the title",
    "length of the abstract",
    "digits in the abstract",
    "colon in the title",
    "question in the title",
    "categories",
    "link in the abstract",
    "percentages in the abstract",
    "acronym in the title",
    "authors",
    "time of submission, cosine",
    "time of submission, sine",
    "first person in the abstract",
    "words before the title's colon",
    "parentheses in the abstract",
)

_READ = 1_000
_DIGIT = re.compile(r"\d")
_ACRONYM = re.compile(r"\b\w*[A-Z]\w*[A-Z]\w*\b")
_WE = re.compile(r"\bwe\b", re.IGNORECASE)
_DAY_SECONDS = 86_400


def form_of(papers: Sequence[Paper]) -> NDArray[np.float32]:
    """Return the traits of papers, shape (n, len(TRAITS)); a row without abstract is all NaN."""
    form = np.full((len(papers), len(TRAITS)), np.nan, dtype=np.float32)
    for row, paper in enumerate(papers):
        if paper.abstract:
            form[row] = _traits(paper)
    return form


def _traits(paper: Paper) -> tuple[float, ...]:
    title, abstract = paper.title, paper.abstract[:_READ]
    cosine = sine = 0.0
    if paper.submitted is not None:
        time = paper.submitted.hour * 3600 + paper.submitted.minute * 60
        cosine, sine = (trace(2 * math.pi * time / _DAY_SECONDS) for trace in (math.cos, math.sin))
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
        math.log1p(len(paper.authors)),
        cosine,
        sine,
        math.log1p(len(_WE.findall(abstract))),
        float(len(title.split(":")[0].split()) if ":" in title else 0),
        math.log1p(abstract.count("(")),
    )
