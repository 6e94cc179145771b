"""Papers like a paper, out of the whole store."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from triage.context import Context
from triage.papers import Paper
from triage.store.search import PaperQuery

if TYPE_CHECKING:
    from triage.ranker.model import TrainedModel

_WORDS = 8
"""The words by which candidates are found: those that tell the paper from others."""
_CANDIDATES = 200


def similar_papers(
    context: Context, paper: Paper, model: TrainedModel, *, limit: int = 20
) -> list[tuple[Paper, float]]:
    """Return papers like one, the most similar first, each with its cosine.

    Found by the paper's most telling words in the store's index, put in order by the model's TF-IDF.
    """
    from triage.ranker.features import count_papers

    told = _telling_words(paper, model)
    if not told:
        return []
    with context.store.reading() as tx:
        query = PaperQuery(" ".join(told), any_word=True)
        found = [one for one in tx.search.papers(query, limit=_CANDIDATES) if one.id != paper.id]
    rows = model.space.tfidf(count_papers([paper, *found], context.feature_cache()))
    cosines = (rows[1:] @ rows[0].T).toarray().ravel().tolist() if found else []
    ranked = sorted(zip(found, cosines, strict=True), key=lambda one: (-one[1], one[0].id))
    return ranked[:limit]


def _telling_words(paper: Paper, model: TrainedModel) -> list[str]:
    import numpy as np

    from triage.ranker.features import hash_words, texts_of, word_columns, words

    title, abstract, _ = texts_of(paper)
    counted = Counter(words(title) * 2 + words(abstract))
    unique = list(counted)
    known = model.space.columns_
    if not unique or not len(known):
        return []
    columns = word_columns(hash_words(unique))
    places = np.minimum(np.searchsorted(known, columns), len(known) - 1)
    idf = np.where(known[places] == columns, model.space.idf_[places], 0.0)
    tfidf = (1 + np.log([counted[word] for word in unique])) * idf
    worth = dict(zip(unique, tfidf.tolist(), strict=True))
    return sorted((word for word in worth if worth[word] > 0), key=lambda word: (-worth[word], word))[:_WORDS]
