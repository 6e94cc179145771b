"""The ranker on one screen: papers -> counts -> TF-IDF and topics -> relevance -> probability.

>>> ranker = make_ranker()                                # doctest: +SKIP
>>> ranker.fit(papers, labels)                            # doctest: +SKIP
>>> ranker.predict_proba(candidates)[:, 1]                # doctest: +SKIP
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.pipeline import Pipeline

from triage.ranker.calibration import USUAL_PRIOR, Calibrator, community_lift, community_share, fit_calibrator
from triage.ranker.features import FeatureCache
from triage.ranker.matrix import FeatureMatrix, Flags, Floats, PaperVectorizer
from triage.ranker.relevance import (
    RELEVANT,
    UNLABELLED,
    AuthorLogOdds,
    Labels,
    LinearScore,
    MetadataDiscriminant,
    Relevance,
    TopicDiscriminant,
    WordClassifier,
)
from triage.ranker.space import FeatureSpace
from triage.ranker.space_cache import SpaceCache
from triage.ranker.training_set import CommunityPicks
from triage.ranker.validation import CrossValidation, cross_validate

_GROWN = 1.25
"""With a warm start, the curve is fitted again when the relevant papers have grown by a quarter."""
_FEWEST_COMMUNITY = 10
"""With fewer picks of other people than this, their taste is not learned."""


def make_ranker(
    *, C: float = 0.01, n_components: int = 100, shrinkage: float = 10.0, prior: float = USUAL_PRIOR,
    random_state: int = 0, cache: FeatureCache | None = None, space_cache: SpaceCache | None = None,
) -> Pipeline:  # fmt: skip
    """Return the whole ranker, not yet fitted.

    ``fit(papers, y)`` takes papers and labels: 1 relevant, 0 not relevant, -1 unlabelled.

    Parameters
    ----------
    C, n_components, shrinkage
        Of the support vector machine over words, of the topics, and of the topics' covariance.
    prior : float
        How frequent relevant papers are among candidates.
    cache, space_cache
        Keep the counts of papers, and words and topics while the papers that taught them stay the same.
    """
    return Pipeline([
        ("counts", PaperVectorizer(cache)),
        ("features", FeatureSpace(n_components=n_components, random_state=random_state, cache=space_cache)),
        ("ranker", Ranker(
            Relevance(
                words=WordClassifier(C=C, random_state=random_state),
                topics=TopicDiscriminant(shrinkage=shrinkage),
                metadata=MetadataDiscriminant(),
                authors=AuthorLogOdds(),
            ),
            prior=prior,
            random_state=random_state,
        )),
    ])  # fmt: skip


@dataclass(eq=False, repr=False)
class Ranker(ClassifierMixin, BaseEstimator):
    """Relevance to one reader, with a learned share of other people's, and a calibrated probability."""

    relevance: Relevance
    prior: float = USUAL_PRIOR
    """How frequent relevant papers are among candidates."""
    cv: int = 5
    """Folds."""
    warm_start: bool = False
    """Whether the next ``fit`` keeps curve and share until the relevant papers have grown by a quarter."""
    random_state: int = 0
    """For the folds."""

    classes_: ClassVar = np.array([0, 1])
    coef_: LinearScore = field(init=False)
    """The reader's own taste and other people's."""
    community_coef_: LinearScore | None = field(init=False)
    """The part that is other people's."""
    calibrator_: Calibrator = field(init=False)
    community_step_: float = field(init=False)
    """By how much a paper scores higher when it was a community pick before it was announced."""
    cross_validation_: CrossValidation | None = field(init=False)
    """None when there is too little."""
    _calibrated_prior: float = field(init=False)

    def fit(
        self,
        X: FeatureMatrix,
        y: Labels,
        sample_weight: Floats | None = None,
        *,
        community: CommunityPicks | None = None,
    ) -> Ranker:
        """Learn from labels, and from community picks.

        Without a relevant paper every paper has the same score, but for community picks.  Papers of
        weight 0 teach nothing of the reader; other people may have picked them.
        """
        y = np.asarray(y)
        weights = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        relevant = (y == RELEVANT) & (weights > 0)
        own = clone(self.relevance).fit(X, y, weights).coef_ if relevant.any() else LinearScore.zero(X)
        theirs = self._fit_community(X, (y == UNLABELLED) & (weights > 0), community)
        n_relevant = int(relevant.sum())
        if not self.warm_start or n_relevant >= _GROWN * getattr(self, "_calibrated_with", 0):
            self._calibrate(X, y, weights, theirs, community)
            self._calibrated_with = n_relevant
        else:
            self.calibrator_ = self.calibrator_.moved(self._calibrated_prior, self.prior)
        self._calibrated_prior = self.prior
        self.coef_, self.community_coef_, self.community_step_ = own, None, 0.0
        if theirs is not None:
            self.community_coef_ = theirs.scaled(self._share, own.usual_metadata)
            self.coef_ = own + self.community_coef_
        if community is not None:
            rows = community.candidate & (weights > 0)
            lift = community_lift(X.days[rows], relevant[rows], community.picked_before[rows])
            self.community_step_ = lift / self.calibrator_.slope
        return self

    def _fit_community(
        self, X: FeatureMatrix, unlabelled: Flags, community: CommunityPicks | None
    ) -> LinearScore | None:
        """Learn what other people pick out of the papers that they could choose from."""
        if community is None or community.picked.sum() < _FEWEST_COMMUNITY:
            return None
        rows = community.picked | community.candidate | unlabelled
        y = np.where(community.picked[rows], RELEVANT, UNLABELLED).astype(np.int8)
        fitted: Relevance = clone(self.relevance).fit(X[rows], y)
        return fitted.coef_

    def _calibrate(
        self,
        X: FeatureMatrix,
        y: Labels,
        weights: Floats,
        theirs: LinearScore | None,
        community: CommunityPicks | None,
    ) -> None:
        """Learn the probability curve from held-out scores, and how much other people's picks count."""
        candidate = np.ones(len(y), bool) if community is None else community.candidate
        n_community = 0 if theirs is None or community is None else int(community.picked.sum())
        kept = weights > 0
        X, y, weights, candidate = X[kept], y[kept], weights[kept], candidate[kept]
        relevant = y == RELEVANT
        n_relevant, n_unlabelled = int(relevant.sum()), int((~relevant).sum())
        found = self.cross_validation_ = cross_validate(
            self.relevance, X, y, weights, candidate=candidate, cv=self.cv, random_state=self.random_state
        )
        self._share = 0.0
        tested = found.tested if found else slice(0)
        scores = found.scores[tested] if found else np.zeros(0)
        X, relevant, weights = X[tested], relevant[tested], weights[tested]
        if theirs is not None:
            by_community = theirs.decision_function(X)
            self._share = community_share(scores, by_community, relevant, sample_weight=weights)
            scores = scores + self._share * by_community
        if n_relevant or theirs is not None:
            self.calibrator_ = fit_calibrator(
                scores,
                relevant,
                n_relevant=n_relevant,
                n_unlabelled=n_unlabelled,
                n_community=n_community,
                prior=self.prior,
                sample_weight=weights,
            )
        else:
            self.calibrator_ = Calibrator.constant(self.prior)

    def decision_function(self, X: FeatureMatrix, picked_before: Flags | None = None) -> Floats:
        """Return the scores of papers, higher is better, given which were community picks before."""
        scores = self.coef_.decision_function(X)
        if picked_before is not None:
            scores = scores + self.community_step_ * picked_before
        # Sums of 32-bit numbers: without rounding, the same text twice would have two scores.
        return np.round(scores, 5)

    def predict_proba(self, X: FeatureMatrix, picked_before: Flags | None = None) -> Floats:
        """Return the probabilities of not being relevant and of being so, shape (n, 2)."""
        relevant = self.calibrator_.probability(self.decision_function(X, picked_before))
        return np.column_stack([1 - relevant, relevant])

    def predict(self, X: FeatureMatrix) -> Any:
        """Return whether papers are more likely relevant than not."""
        return (self.predict_proba(X)[:, 1] > 0.5).astype(int)
