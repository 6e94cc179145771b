"""From the reader's examples and unlabelled papers to a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from triage.errors import ModelError
from triage.model.calibration import USUAL_RATE, Calibrator, fit_calibrator
from triage.model.categories import ENOUGH_NOTES, fit_categories
from triage.model.evaluate import area_under_curve, average_precision
from triage.model.features import FEATURES_VERSION, FeatureCache, count_papers
from triage.model.manifest import CategoryReport, Manifest, Measure
from triage.model.relevance import fit_relevance
from triage.model.space import learn_space
from triage.model.trained import TrainedModel
from triage.papers import Example, Paper

Floats = NDArray[np.float64]

FEW_NOTES = 10
"""Below this, the order is a first guess."""
FEW_BACKGROUND = 500
"""Below this, common words can't be told from telling ones."""
_FOLDS = 5


def train(
    examples: Sequence[Example],
    background: Sequence[Paper],
    *,
    cache: FeatureCache | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> TrainedModel:
    """Learn what the reader wants.

    Parameters
    ----------
    examples : sequence of Example
        At least one relevant.  Irrelevant ones count much more than unlabelled papers; a weight below
        1 says that the evidence is weak.
    background : sequence of Paper
        Unlabelled older papers, never the candidates to be ranked; examples among them are left out.
    cache : FeatureCache, optional
        Spares reading papers that were read before.
    seed : int
        For the folds and the solver.
    progress : callable, optional
        Told what is being done.

    Raises
    ------
    ModelError
        Without a relevant example.
    """
    say = progress or (lambda _: None)
    relevant = [example for example in examples if example.relevant and example.weight > 0]
    refused = [example for example in examples if not example.relevant and example.weight > 0]
    if not relevant:
        raise ModelError(
            "there is no relevant paper to learn from",
            remedy="Name a folder with your notes under 'notes' in config.yaml, or mark a paper with "
            "'triage label ID --relevant'.",
        )
    labelled = {example.paper.id for example in examples if example.paper.id}
    unlabelled = [paper for paper in background if paper.id not in labelled]
    say(f"reading {len(unlabelled) + len(examples)} papers")
    counts = count_papers([example.paper for example in (*relevant, *refused)], cache)
    unlabelled_counts = count_papers(unlabelled, cache)
    space = learn_space(sparse.vstack([unlabelled_counts, counts], format="csr"))
    vectors = space.vectors(counts)
    noted, refused_vectors = vectors[: len(relevant)], vectors[len(relevant) :]
    others = space.vectors(unlabelled_counts)
    weights = np.array([example.weight for example in relevant])
    refused_weights = np.array([example.weight for example in refused])

    say(f"learning from {len(relevant)} relevant papers")
    relevance = fit_relevance(noted, weights, refused_vectors, refused_weights, others, seed=seed)
    calibrator, auc, precision = _cross_validate(
        noted, weights, refused_vectors, refused_weights, others, seed=seed
    )
    say("learning categories")
    categories, reports = fit_categories(noted, [example.categories for example in relevant], seed=seed)
    manifest = Manifest(
        data_hash=data_hash(examples, background),
        relevant=len(relevant),
        irrelevant=len(refused),
        background=len(unlabelled),
        community=0,
        seed=seed,
        features_version=FEATURES_VERSION,
        libraries=tuple((name, version(name)) for name in ("numpy", "scikit-learn", "scipy")),
        auc=auc,
        average_precision=precision,
        categories=reports,
        warnings=tuple(_warnings(len(relevant), len(unlabelled), reports)),
    )
    return TrainedModel(
        space=space,
        relevance=relevance,
        calibrator=calibrator,
        categories=categories,
        noted=noted,
        noted_names=tuple((str(example.paper.id), example.paper.title) for example in relevant),
        manifest=manifest,
    )


def _cross_validate(
    noted: sparse.csr_matrix,
    weights: Floats,
    refused: sparse.csr_matrix,
    refused_weights: Floats,
    others: sparse.csr_matrix,
    *,
    seed: int,
) -> tuple[Calibrator, Measure | None, Measure | None]:
    """Score every noted and unlabelled paper with a ranker that had not seen it."""
    folds = min(_FOLDS, noted.shape[0])
    if folds < 2 or others.shape[0] < 2 * folds:
        return fit_calibrator(np.zeros(0), np.zeros(0)), None, None
    random = np.random.default_rng(seed)
    noted_fold = random.permutation(np.arange(noted.shape[0]) % folds)
    other_fold = random.permutation(np.arange(others.shape[0]) % folds)
    noted_scores, other_scores = np.zeros(noted.shape[0]), np.zeros(others.shape[0])
    aucs, precisions = [], []
    for fold in range(folds):
        near, far = noted_fold == fold, other_fold == fold
        model = fit_relevance(noted[~near], weights[~near], refused, refused_weights, others[~far], seed=seed)
        noted_scores[near] = model.scores(noted[near])
        other_scores[far] = model.scores(others[far])
        scores = np.concatenate([noted_scores[near], other_scores[far]])
        truth = np.concatenate([np.ones(near.sum(), bool), np.zeros(far.sum(), bool)])
        aucs.append(area_under_curve(scores, truth))
        precisions.append(average_precision(scores, truth))
    return (
        fit_calibrator(noted_scores, other_scores, rate=USUAL_RATE, weights=weights),
        _measure(aucs),
        _measure(precisions),
    )


def _measure(values: list[float]) -> Measure:
    return Measure(float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values))))


def _warnings(relevant: int, background: int, reports: Sequence[CategoryReport]) -> list[str]:
    found = []
    if relevant < FEW_NOTES:
        found.append(
            f"only {relevant} relevant papers: the order is a first guess until there are {FEW_NOTES}"
        )
    if background < FEW_BACKGROUND:
        found.append(
            f"only {background} unlabelled papers to compare with: import a few weeks of listings "
            "('triage archive import FILE')"
        )
    small = [report.name for report in reports if not report.learned]
    if small:
        found.append(
            f"too few notes to learn these categories (at least {ENOUGH_NOTES} are needed): {', '.join(small)}"
        )
    return found


def data_hash(examples: Sequence[Example], background: Sequence[Paper]) -> str:
    """Return the SHA-256 of everything that a model learns from, in the order given."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(
            repr(
                (
                    example.paper.id,
                    example.paper.title,
                    example.paper.abstract,
                    example.relevant,
                    example.weight,
                    example.categories,
                    example.labelled_on,
                )
            ).encode("utf-8", "surrogatepass")
        )
    for paper in background:
        digest.update(repr((paper.id, paper.title, paper.abstract)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
