"""A short summary of an abstract, in its own sentences: what the paper does, and what it finds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

from triage.digest.escape import clean
from triage.digest.roles import ROLES, role_probabilities
from triage.digest.sentences import stands_alone, starting_alone, without_broken_end

CHARACTERS = 560
"""A summary's length, unless one sentence alone is longer; summaries are 450 characters on average."""
_SENTENCES = 4
_SHOWN_WHOLE = 3
"""An abstract of so few sentences is its own summary."""
_CANDIDATES = 9
"""So many sentences, the likeliest, are tried in all combinations."""

_IDEA_WEIGHT, _FINDING_WEIGHT, _PROBLEM_WEIGHT = 4.0, 1.0, 0.05
_PER_CHARACTER = 0.0004
_IN_MID_AIR, _TOO_LONG = 1.0, 0.3
"""What a summary loses for a beginning that needs the sentence before, and for one endless sentence."""

_FIRST_ANNOUNCED = 0.1
"""How much less likely the first sentence with "we propose" or "this paper studies" is not the idea."""
_ANNOUNCES = re.compile(
    r"\b(?:we(?:,? \w+,?){0,2}|this (?:\w+ ){0,2}(?:paper|work|study|article|survey|report|letter|thesis)(?: \w+)?) "
    r"(?:propos|present|introduc|develop|stud(?:y|ie)|investigat|explor|design|describ|examin|address|aim|consider|discuss)"
    r"|本文|我们提出",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\b(?:code|data|dataset|models?|demo|project page|website)\b.{0,60}\b(?:available|released?|found|open-?sourced?)\b"
    r"|https?://|github\.com|\bthis paper is organi[sz]ed\b|\baccepted (?:at|to|by)\b",
    re.IGNORECASE,
)


def summary(abstract: str) -> str:
    """Choose the sentences of an abstract that say the idea and the finding.

    Of all choices of at most four sentences that fit into ``CHARACTERS``, the one that most likely holds
    both (see :mod:`triage.digest.roles`).  Sentences keep their order; the first one stands alone: a
    connective at its head ("However,") is dropped.  A broken sentence at the end of a cut abstract is
    left out.

    Parameters
    ----------
    abstract : str
        Plain text with arXiv's LaTeX left in.

    Returns
    -------
    str
        One line; empty if the abstract has not one whole sentence.
    """
    whole = without_broken_end(clean(abstract))
    worth = [sentence for sentence in whole if not _ASIDE.search(sentence)] or list(whole)
    if not worth:
        return ""
    chosen: Sequence[int] = range(len(worth))
    if len(worth) > _SHOWN_WHOLE or sum(map(len, worth)) + len(worth) > CHARACTERS:
        chosen = _chosen(worth, role_probabilities(worth))
    first, *others = (worth[at] for at in chosen)
    return " ".join([starting_alone(first), *others])


def _chosen(sentences: Sequence[str], probabilities: NDArray[np.float64]) -> Sequence[int]:
    role = {name: probabilities[:, ROLES.index(name)] for name in ROLES}
    finding, problem = role["result"], role["background"]
    no_idea = 1 - role["objective"] - role["method"]
    announced = [at for at, sentence in enumerate(sentences) if _ANNOUNCES.search(sentence)]
    no_idea[announced[:1]] *= _FIRST_ANNOUNCED
    idea = 1 - no_idea
    likeliest = sorted(np.argsort(-(idea + finding), kind="stable")[:_CANDIDATES].tolist())
    alone = [stands_alone(starting_alone(sentence)) for sentence in sentences]

    def value(choice: Sequence[int]) -> float:
        length = sum(len(sentences[at]) + 1 for at in choice)
        return (
            _IDEA_WEIGHT * (1 - prod(1 - float(idea[at]) for at in choice))
            + _FINDING_WEIGHT * (1 - prod(1 - float(finding[at]) for at in choice))
            + _PROBLEM_WEIGHT * max(float(problem[at]) for at in choice)
            - _PER_CHARACTER * length
            - _IN_MID_AIR * (not alone[choice[0]])
            - _TOO_LONG * (length > CHARACTERS)
        )

    choices: Iterable[Sequence[int]] = (
        choice
        for count in range(1, _SENTENCES + 1)
        for choice in combinations(likeliest, count)
        if count == 1 or sum(len(sentences[at]) + 1 for at in choice) <= CHARACTERS
    )
    return max(choices, key=value)
