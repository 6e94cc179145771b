"""What a model has learned of its reader, in words that the reader can check."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.context import Context
from triage.papers import ArxivId, Paper
from triage.training.models import last_papers

if TYPE_CHECKING:
    from triage.ranker.model import TrainedModel

_MOST = 30
_FEWEST = 2
"""Papers with a word: one says little."""


@dataclass(frozen=True, slots=True)
class Learned:
    """The strongest first."""

    words_for: tuple[str, ...]
    words_against: tuple[str, ...]
    authors: tuple[str, ...]


def what_was_learned(context: Context, model: TrainedModel) -> Learned:
    """Return the words and authors that move scores most, of noted papers and those of the last days.

    A word's worth is its weight times how telling it is; authors are those of noted papers.
    """
    import numpy as np

    from triage.ranker.authors import author_features
    from triage.ranker.explain import EMPTY_WORDS
    from triage.ranker.features import hash_words, texts_of, word_columns, words

    with context.store.reading() as tx:
        noted = list(tx.papers.get(one.id for one in model.noted_papers if one.id).values())
    seen: Counter[str] = Counter()
    for paper in (*noted, *last_papers(context)):
        title, abstract, _ = texts_of(paper)
        seen.update(set(words(title) + words(abstract)))
    common = sorted(one for one, papers in seen.items() if papers >= _FEWEST and one not in EMPTY_WORDS)
    weights = np.zeros(len(common))
    known = model.space.columns_
    if common and len(known):
        columns = word_columns(hash_words(common))
        places = np.minimum(np.searchsorted(known, columns), len(known) - 1)
        worth = model.ranker.coef_.words[places] * model.space.idf_[places]
        weights = np.where(known[places] == columns, worth, 0.0)
    order = np.argsort(-weights, kind="stable").tolist()
    names = sorted({name for paper in noted for name in paper.authors})
    rows = author_features([Paper(ArxivId(""), "", authors=(name,)) for name in names])
    worth_of = np.asarray(rows @ model.ranker.coef_.authors).ravel() if names else np.zeros(0)
    best = np.argsort(-worth_of, kind="stable").tolist()
    return Learned(
        tuple(common[one] for one in order[:_MOST] if weights[one] > 0),
        tuple(common[one] for one in order[::-1][:_MOST] if weights[one] < 0),
        tuple(names[one] for one in best[:_MOST] if worth_of[one] > 0),
    )
