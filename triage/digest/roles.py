"""Which sentence of an abstract says what a paper does, and which one what it finds.

A multinomial logistic regression over hashed words of a sentence and its neighbours, its place, and a
few cue phrases.  Its weights were trained by ``bench/sentence_roles.py`` on CSAbstruct (Cohan et al. 2019,
arXiv:1909.04054; data of the Allen Institute for AI, Apache-2.0) and are shipped as numbers only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

ROLES = ("background", "objective", "method", "result", "other")

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_HEAD_WORDS = 5
_CUES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bwe\b|我们",
        r"\bthis (?:\w+ ){0,2}(?:paper|work|study|article|survey|report|letter|thesis)\b|本文|本研究",
        r"\bin this\b",
        r"\b(?:propos|present|introduc|develop|describ|stud|investigat|explor|design|aim|examin|address|consider|focus)\w*"
        r"|提出|介绍|研究了|设计",
        r"\b(?:show|demonstrat|reveal|indicat|suggest|find|found|achiev|outperform|improv|observ|prov)\w*|表明|优于|发现",
        r"\bresults?\b|\bexperiment\w*|\bevaluat\w+|实验|结果",
        r"%|\d",
        r"\b(?:however|although|but|despite|while|yet)\b|然而|但是",
        r"\b(?:is|are|has|have) (?:been|become|an|a|the)\b",
        r"\bour\b",
        r"\b(?:novel|new)\b",
        r"\b(?:can|may|could|will)\b",
        r"\b(?:using|based on|by)\b",
        r"\b(?:was|were)\b",
    )
)


def _hashed(n_features: int, longest: int) -> HashingVectorizer:
    return HashingVectorizer(
        ngram_range=(1, longest),
        n_features=n_features,
        token_pattern=r"(?u)\b\w[\w-]*\b|%",  # noqa: S106 -- no password
        alternate_sign=False,
        binary=True,
    )


_WORDS, _NEAR, _HEADS = _hashed(2**15, 2), _hashed(2**13, 2), _hashed(2**12, 3)


def sentence_features(sentences: Sequence[str]) -> sparse.csr_matrix:
    """Return the features of the sentences of one abstract, in order: shape (n_sentences, n_features)."""
    texts = [_NUMBER.sub("0", sentence) for sentence in sentences]
    words, near = _WORDS.transform(texts), _NEAR.transform(texts)
    heads = _HEADS.transform(" ".join(text.split()[:_HEAD_WORDS]) for text in texts)
    cues = np.array([[bool(cue.search(sentence)) for cue in _CUES] for sentence in sentences], float)
    return sparse.hstack(
        [
            words,
            0.3 * _shifted(near, 1),
            0.3 * _shifted(near, -1),
            0.7 * heads,
            _places(sentences),
            0.5 * cues,
            0.5 * np.vstack([np.zeros_like(cues[:1]), cues[:-1]]),
            0.5 * np.vstack([cues[1:], np.zeros_like(cues[:1])]),
            0.5 * _own_words(cues[:, 0] + cues[:, 1] > 0),
        ]
    ).tocsr()


def _shifted(rows: sparse.csr_matrix, by: int) -> sparse.csr_matrix:
    """The rows of the sentence before (1) or after (-1)."""
    edge = sparse.csr_matrix((1, rows.shape[1]))
    return sparse.vstack([edge, rows[:-1]] if by > 0 else [rows[1:], edge])


def _places(sentences: Sequence[str]) -> NDArray[np.float64]:
    count = len(sentences)
    places = np.zeros((count, 12))
    for at, sentence in enumerate(sentences):
        share = at / max(count - 1, 1)
        places[at, min(int(share * 6), 5)] = 1
        places[at, 6:] = (at == 0, at == count - 1, at == 1, share, len(sentence) / 200, 1 / count)
    return places


def _own_words(speaks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Where a sentence stands among those in which the authors speak of themselves ("we", "this paper")."""
    before: NDArray[np.int_] = np.cumsum(speaks) - speaks
    after = speaks.sum() - before - speaks
    return np.column_stack([before == 0, np.minimum(before, 3) / 3, after == 0, speaks & (before == 0)])


@cache
def _weights() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    with (files("triage.digest") / "roles.npz").open("rb") as stream, np.load(stream) as arrays:
        return arrays["coef"].astype(np.float32), arrays["intercept"].astype(np.float32)


def role_probabilities(sentences: Sequence[str]) -> NDArray[np.float64]:
    """Return the probability of each of ``ROLES`` for each sentence of one abstract.

    Returns
    -------
    ndarray of shape (n_sentences, 5)
        Rows add up to one.
    """
    if not sentences:
        return np.zeros((0, len(ROLES)))
    coef, intercept = _weights()
    decision = np.asarray(sentence_features(sentences) @ coef.T) + intercept
    raised = np.exp(decision - decision.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
