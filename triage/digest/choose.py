"""Which candidates a digest shows: a budget an announcement, and no padding."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from triage.papers import Pick, ScoredPaper

_NO_THRESHOLDS: Mapping[str, float] = MappingProxyType({})

NEAR_MISSES = 3
"""Shown with their summaries."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of a digest, ranked from 1 over all of them."""

    picks: tuple[Pick, ...]
    """Best first, at most ``cap``."""
    rest: tuple[Pick, ...]
    """Every other candidate, best first."""
    cap: int
    """How many picks were allowed: the budget, added up over working days."""
    passed: int
    """How many candidates passed their threshold, picked or not."""
    known: tuple[ScoredPaper, ...] = ()
    """Papers of the listing that the reader has noted or labelled already: no candidates."""


def choose(
    scored: Sequence[ScoredPaper],
    *,
    budget: int,
    announcements: int,
    threshold: float,
    category_thresholds: Mapping[str, float] = _NO_THRESHOLDS,
) -> Choice:
    """Choose the picks of a digest.

    Candidates are ranked by score, then probability, then arXiv id, so that equal scores give the
    same digest on every machine.  A candidate is picked if it passes the threshold and fewer than
    ``budget * announcements`` before it did; a weak day is shorter, never padded.  What the reader knows
    is no candidate; a withdrawn paper is never picked, and comes last.

    Parameters
    ----------
    scored : sequence of ScoredPaper
        The candidates of all announcements that the digest covers, in any order.
    budget : int
        Picks allowed for one announcement, 0 or more.
    announcements : int
        For how many working days the budget counts, 0 or more: the announcements that the digest covers,
        and the days just before them on which arXiv had none.
    threshold : float
        The least probability of a pick, 0 to 1.
    category_thresholds : mapping of str to float, optional
        Thresholds of the reader's own categories.  The first of a paper's categories (best first) that
        has one decides, otherwise `threshold`.
    """
    if budget < 0 or announcements < 0:
        raise ValueError(f"budget and announcements are 0 or more, not {budget} and {announcements}")
    cap = budget * announcements
    picks: list[Pick] = []
    rest: list[Pick] = []
    passed = 0
    known = tuple(one for one in scored if one.known)
    for rank, candidate in enumerate(sorted((one for one in scored if not one.known), key=_order), start=1):
        own = (category_thresholds[name] for name in candidate.categories if name in category_thresholds)
        # A probability that is not a number compares false, and so never passes.
        passes = candidate.probability >= next(own, threshold) and not candidate.paper.is_withdrawn
        passed += passes
        (picks if passes and len(picks) < cap else rest).append(Pick(candidate, rank))
    return Choice(tuple(picks), tuple(rest), cap, passed, known)


def near_misses(choice: Choice, questions: Sequence[Pick] = ()) -> tuple[Pick, ...]:
    """Return the best of the others, but those that the digest asks about."""
    asked = {pick.rank for pick in questions}
    others = (one for one in choice.rest if one.rank not in asked and not one.scored.paper.is_withdrawn)
    return tuple(islice(others, NEAR_MISSES))


def _order(candidate: ScoredPaper) -> tuple[bool, float, float, str]:
    # NaN has no order: one of them would scramble the whole sort.
    score, probability = (
        math.inf if math.isnan(number) else -number for number in (candidate.score, candidate.probability)
    )
    return candidate.paper.is_withdrawn, score, probability, candidate.paper.id
