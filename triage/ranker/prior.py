"""A model of a reader of whom nothing is known: others' taste where that is known, else no order at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from triage.papers import Example, Paper
from triage.ranker.authors import NAMES, names_of
from triage.ranker.calibration import USUAL_RATE, Calibrator
from triage.ranker.categories import fit_categories
from triage.ranker.features import FeatureCache, count_papers
from triage.ranker.form import READ_AS, TRAITS, form_of
from triage.ranker.manifest import Manifest
from triage.ranker.model import TrainedModel
from triage.ranker.relevance import Evidence, Relevance
from triage.ranker.space import learn_space
from triage.ranker.training import community_taste, data_hash, library_versions, paper_days
from triage.ranker.tuning import tune


def know_nothing(
    background: Sequence[Paper],
    *,
    community: Sequence[Example] = (),
    cache: FeatureCache | None = None,
    seed: int = 0,
) -> TrainedModel:
    """Return a model without a single relevant paper.

    Every paper gets the same score, so that candidates stay in the order of the listing, and the
    probability that a paper has when nothing is known of it; with enough picks of other people, their
    taste orders them.

    Parameters
    ----------
    background : sequence of Paper
        Unlabelled older papers, possibly none.
    community : sequence of Example, optional
        What other people picked.
    """
    counts = count_papers(background, cache)
    space = learn_space(counts, seed=seed)
    placed = space.place(counts, paper_days(background), form_of(background), names_of(background))
    nobody = placed.rows(slice(0, 0))
    evidence = Evidence(nobody, np.zeros(0), placed, np.ones(len(placed)))
    relevance = Relevance(
        np.zeros(len(space.columns), np.float32),
        np.zeros(space.basis.shape[1], np.float32),
        np.zeros(len(TRAITS), np.float32),
        np.zeros(len(TRAITS), np.float32),
        np.zeros(NAMES, np.float32),
        0.0,
    )
    calibrator, others = Calibrator(1.0, float(np.log(USUAL_RATE / (1 - USUAL_RATE)))), None
    taste = community_taste(space, community, background, placed, cache=cache, seed=seed)
    if taste is not None:
        tuning = tune(evidence, None, rate=USUAL_RATE, community=taste)
        calibrator = tuning.calibrator
        others = taste.part(tuning.community_share, relevance.usual_form)
        relevance = relevance.plus(others, 1.0)
    categories, _ = fit_categories(nobody, [])
    order = "by what other people pick" if others else "that of the listing"
    return TrainedModel(
        space=space,
        relevance=relevance,
        calibrator=calibrator,
        categories=categories,
        noted=nobody,
        noted_names=(),
        manifest=Manifest(
            data_hash=data_hash(community, background),
            relevant=0,
            irrelevant=0,
            background=len(background),
            community=len(community),
            seed=seed,
            features_version=READ_AS,
            libraries=library_versions(),
            warnings=(
                f"there are no notes, marks or seeds to learn from, so the order is {order}: mark papers "
                "in the digest, or name notes or seeds in config.yaml",
            ),
        ),
        others=others,
    )
