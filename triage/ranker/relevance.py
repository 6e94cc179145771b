"""The ranker: what the reader noted against what they did not, by words and by topics.

Four linear scores are added: a support vector machine over TF-IDF words, which knows the exact
vocabulary of what was noted; a linear discriminant over topics, which knows what is alike in other
words; a linear discriminant over form, which knows what draws the reader whatever the subject; and a
sum over authors, which knows whose papers were noted (bench/RANKING.md says what each is worth).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from triage.ranker.authors import NAMES
from triage.ranker.space import Placed, stack

Floats = NDArray[np.float64]

TOPICS_SHARE = 0.5
"""Weight of the topic score against the word score, both in standard deviations of unlabelled papers."""
_SHRINKAGE = 10.0
"""How far the covariance of topics is drawn to a round one, in units of its mean eigenvalue."""
_SOFTNESS = 0.01
"""The C of the support vector machine."""
_REFUSED = 20.0
"""A refused paper counts as much as this many unlabelled ones."""
FORM_SHARE = 0.8
"""Weight of the form score against the other two together."""
_FORM_DOUBT = 20.0
"""How many noted papers it takes until their form counts half."""
_FORM_SHRINKAGE = 0.3
"""Added to the variance of each trait, in units of that variance."""
_FORM_RECENT = 90
"""Days whose papers say what form is usual now."""
_FORM_SIDE_BY_SIDE = 28
"""A noted paper is compared with those announced up to so many days before it: the reader chose among
them.  What was noted long before triage, or out of the archive's reach, was found in other ways."""
_FORM_FEWEST = 50
NAMES_SHARE = 0.5
"""Weight of an author's log-odds against the scores of words and topics together."""
_NAMES_DOUBT = 0.3
"""Papers added to an author's noted ones, and to those expected by chance, before they are compared."""
_SEASON = 15
"""Days over which the dates of noted papers are smoothed."""
_OFF_SEASON = 0.1
"""Weight of unlabelled papers from times when nothing was noted."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is to learn from, all in one space."""

    noted: Placed
    weights: Floats
    """One a noted paper: 1 for the reader's plain word, less for weak evidence."""
    others: Placed
    """Unlabelled papers, then the refused ones."""
    other_weights: Floats
    """1 for an unlabelled paper."""

    def without(self, noted: NDArray[np.bool_], others: NDArray[np.bool_]) -> Evidence:
        """Return the evidence with some of the papers hidden."""
        return Evidence(
            self.noted.rows(~noted),
            self.weights[~noted],
            self.others.rows(~others),
            self.other_weights[~others],
        )


def gather(
    noted: Placed, weights: Floats, unlabelled: Placed, refused: Placed, refused_weights: Floats
) -> Evidence:
    """Put the evidence together: refused papers count many times as much as unlabelled ones."""
    return Evidence(
        noted,
        weights,
        stack([unlabelled, refused]),
        np.concatenate([np.ones(len(unlabelled)), _REFUSED * refused_weights]),
    )


@dataclass(frozen=True, slots=True)
class Relevance:
    """A score about in units of the standard deviation of unlabelled papers, whose mean is nought."""

    words: NDArray[np.float32]
    """Shape (k,)."""
    topics: NDArray[np.float32]
    """Shape (t,)."""
    form: NDArray[np.float32]
    """Shape (f,)."""
    usual_form: NDArray[np.float32]
    """What an unknown trait is taken for, shape (f,)."""
    names: NDArray[np.float32]
    """Shape (NAMES,)."""
    offset: float

    def scores(self, papers: Placed) -> Floats:
        """Score papers, shape (n,)."""
        by_words = np.asarray(papers.vectors @ self.words, dtype=np.float64)
        by_topics = np.asarray(papers.topics @ self.topics, dtype=np.float64)
        by_names = np.asarray(papers.names @ self.names, dtype=np.float64)
        return by_words + by_topics + self.form_scores(papers.form) + by_names + self.offset

    def form_scores(self, form: NDArray[np.float32]) -> Floats:
        """Score the form of papers alone, shape (n,); nought for the usual one."""
        return np.asarray(np.nan_to_num(form - self.usual_form) @ self.form, dtype=np.float64)

    def plus(self, other: Relevance, share: float) -> Relevance:
        """Return this score with a share of another one added."""
        part = other.part(share, self.usual_form)
        return Relevance(
            self.words + part.words,
            self.topics + part.topics,
            self.form + part.form,
            self.usual_form,
            self.names + part.names,
            self.offset + part.offset,
        )

    def part(self, share: float, usual_form: NDArray[np.float32]) -> Relevance:
        """Return a share of this score, the same for what form is usual in another one."""
        moved = float((usual_form - self.usual_form) @ self.form)
        part = np.float32(share)
        return Relevance(
            part * self.words,
            part * self.topics,
            part * self.form,
            usual_form,
            part * self.names,
            share * (self.offset + moved),
        )


def fit_relevance(evidence: Evidence, *, seed: int = 0) -> Relevance:
    """Learn from evidence with at least one noted paper; others may be none."""
    noted, others = evidence.noted, evidence.others
    if not len(others):
        centre = np.asarray(noted.vectors.T @ evidence.weights, dtype=np.float32)
        traits = np.zeros(noted.form.shape[1], np.float32)
        none = np.zeros(noted.topics.shape[1], np.float32)
        return Relevance(centre, none, traits, traits, np.zeros(NAMES, np.float32), 0.0)
    weights = evidence.weights / evidence.weights.sum()
    other_weights = evidence.other_weights * in_season(noted.days, others.days)
    other_weights = other_weights / other_weights.sum()
    words = _by_words(evidence, weights, other_weights, seed)
    topics = _by_topics(evidence, weights, other_weights)
    word_scores = np.asarray(others.vectors @ words, dtype=np.float64)
    topic_scores = np.asarray(others.topics @ topics, dtype=np.float64)
    words = words / (word_scores.std() or 1.0)
    topics = TOPICS_SHARE * topics / (topic_scores.std() or 1.0)
    scores = np.asarray(others.vectors @ words) + np.asarray(others.topics @ topics)
    deviation = float(scores.std()) or 1.0
    form, usual = _by_form(evidence)
    return Relevance(
        (words / deviation).astype(np.float32),
        (topics / deviation).astype(np.float32),
        (FORM_SHARE * form).astype(np.float32),
        usual.astype(np.float32),
        (NAMES_SHARE * _by_names(evidence)).astype(np.float32),
        -float(scores.mean()) / deviation,
    )


def _by_words(evidence: Evidence, weights: Floats, other_weights: Floats, seed: int) -> Floats:
    from sklearn.svm import LinearSVC

    papers = len(weights) + len(other_weights)
    model = LinearSVC(C=_SOFTNESS, max_iter=5_000, tol=1e-3, random_state=seed)
    model.fit(
        stack([evidence.noted, evidence.others]).vectors,
        np.concatenate([np.ones(len(weights)), np.zeros(len(other_weights))]),
        sample_weight=np.concatenate([weights, other_weights]) * papers / 2,
    )
    return np.asarray(model.coef_[0], dtype=np.float64)


def _by_topics(evidence: Evidence, weights: Floats, other_weights: Floats) -> Floats:
    others = evidence.others.topics
    width = others.shape[1]
    if not width:
        return np.zeros(0)
    centre = other_weights @ others
    spread = (others * other_weights[:, None].astype(np.float32)).T @ others - np.outer(centre, centre)
    spread += _SHRINKAGE * np.trace(spread) / width * np.eye(width)
    away = weights @ evidence.noted.topics - centre
    return np.asarray(np.linalg.solve(spread, away), dtype=np.float64)


def _by_form(evidence: Evidence) -> tuple[Floats, Floats]:
    """Learn what form draws the reader; returns a weight a trait, and the usual form.

    A trait that a record doesn't tell counts as usual.
    """
    noted, others = evidence.noted, evidence.others
    known = np.isfinite(others.form[:, 0])
    form, days = others.form[known].astype(np.float64), others.days[known]
    traits = others.form.shape[1]
    if len(form) < _FORM_FEWEST:
        return np.zeros(traits), np.zeros(traits)
    order = np.argsort(days, kind="stable")
    form, days = form[order], days[order]
    recent = form[days >= days[-1] - _FORM_RECENT]
    told = np.maximum(np.isfinite(recent).sum(axis=0), 1)
    usual = np.nan_to_num(recent).sum(axis=0) / told
    away = np.nan_to_num(recent - usual)
    spread = np.sqrt((away**2).sum(axis=0) / told)
    spread[spread < 1e-6] = np.inf  # a trait that never varies says nothing
    # Row n: sum and number of a trait over the first n papers.
    sums = np.vstack([np.zeros(traits), np.cumsum(np.nan_to_num(form), axis=0)])
    counts = np.vstack([np.zeros(traits), np.cumsum(np.isfinite(form), axis=0)])
    first = np.searchsorted(days, noted.days - _FORM_SIDE_BY_SIDE, side="right")
    last = np.searchsorted(days, noted.days, side="right")
    beside = counts[last] - counts[first]
    usual_then = (sums[last] - sums[first]) / np.maximum(beside, 1)
    compared = np.isfinite(noted.form) & (noted.days[:, None] > 0) & (beside >= _FORM_FEWEST)
    drawn = np.where(compared, (noted.form - usual_then) / spread, 0.0)
    mean = evidence.weights @ drawn / (evidence.weights @ compared + _FORM_DOUBT)
    alike = away / spread / np.sqrt(told / len(recent))  # so that each trait has a variance of one
    covariance = alike.T @ alike / len(recent) + _FORM_SHRINKAGE * np.eye(traits)
    return np.linalg.solve(covariance, mean) / spread, usual


def _by_names(evidence: Evidence) -> Floats:
    """Learn whose papers the reader notes; returns log-odds a name, nought for those never noted.

    A name that many papers bear would be among the noted ones by chance, and says little.
    """

    def papers_by(names: sparse.csr_matrix, weights: Floats) -> Floats:
        each = np.repeat(weights, np.diff(names.indptr))
        return np.bincount(names.indices, weights=each, minlength=NAMES).astype(np.float64)

    noted = papers_by(evidence.noted.names, evidence.weights)
    share = evidence.weights.sum() / evidence.other_weights.sum()
    by_chance = share * papers_by(evidence.others.names, evidence.other_weights)
    odds = np.log((noted + _NAMES_DOUBT) / (by_chance + _NAMES_DOUBT))
    return np.asarray(np.where(noted > 0, np.maximum(odds, 0.0), 0.0))


def in_season(noted: NDArray[np.int64], others: NDArray[np.int64]) -> Floats:
    """Weigh unlabelled papers by how much was noted in their time.

    What is unlabelled because it came before the reader's first note, or in their holidays, was
    never refused; and topics come and go, so that without this a ranker learns the fashion of the
    time of noting instead of the reader's taste within a day.

    Parameters
    ----------
    noted, others : arrays of ordinal days, 0 when unknown

    Returns
    -------
    array like ``others``
        Between :data:`_OFF_SEASON` and more, 1 on average where it can be told; all 1 without dates.
    """
    dated, known = noted[noted > 0], others > 0
    if not len(dated) or not known.any():
        return np.ones(len(others))
    first = int(min(dated.min(), others[known].min()))
    last = int(max(dated.max(), others[known].max()))
    reach = np.arange(-3 * _SEASON, 3 * _SEASON + 1)
    window = np.exp(-0.5 * (reach / _SEASON) ** 2)

    def density(days: NDArray[np.int64]) -> Floats:
        counts = np.bincount(days - first, minlength=last - first + 1).astype(float)
        return np.convolve(counts, window)[3 * _SEASON : 3 * _SEASON + len(counts)]

    share = density(dated) / np.maximum(density(others[known]), 1e-9)
    weights = np.ones(len(others))
    found = share[others[known] - first]
    if found.mean() > 0:
        weights[known] = _OFF_SEASON + (1 - _OFF_SEASON) * found / found.mean()
    return weights
